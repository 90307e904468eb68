"""Sound files, one of each format that geoops opens: what the generators of hostile files damage."""

from __future__ import annotations

import gzip
import io
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import rasterio
import shapely
from rasterio.transform import from_origin

__all__ = ["ROWS", "SOUND", "frame", "write_sound"]

ROWS = 60


def frame() -> gpd.GeoDataFrame:
    """Sixty points of the region with a name and a number."""
    rng = np.random.default_rng(7)
    names = [f"Place {n} ديرالزور" for n in range(ROWS)]
    points = shapely.points(rng.uniform(39.0, 45.0, ROWS).round(5), rng.uniform(33.0, 37.0, ROWS).round(5))
    return gpd.GeoDataFrame({"name": names, "value": np.arange(ROWS)}, geometry=points, crs=4326)


def _by_gdal(driver: str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        table = frame() if driver != "GPX" else frame()[["name", "geometry"]]
        pyogrio.write_dataframe(table, path, driver=driver)

    return write


def _csv(path: Path) -> None:
    table = frame()
    lines = [f'"{n}",{x!r},{y!r}' for n, x, y in zip(table["name"], table.geometry.x, table.geometry.y, strict=True)]
    path.write_text("name,lon,lat\n" + "\n".join(lines) + "\n", encoding="utf-8")


def heights() -> np.ndarray:
    """A raster's values: a slope with some waves."""
    rows, columns = np.mgrid[0:120, 0:160]
    return (300 + 2 * rows + 20 * np.sin(columns / 9)).astype("float32")


def _tif(path: Path) -> None:
    with rasterio.open(
        path, "w", driver="GTiff", width=160, height=120, count=1, dtype="float32", crs="EPSG:4326",
        transform=from_origin(39.0, 37.0, 0.05, 0.05), tiled=True, blockxsize=64, blockysize=64, compress="deflate",
    ) as target:  # fmt: skip
        target.write(heights(), 1)


def _hgt(path: Path) -> None:
    rows, columns = np.mgrid[0:1201, 0:1201]
    path.write_bytes((rows // 3 + columns // 5).astype(">i2").tobytes())


def _mbtiles(path: Path) -> None:
    from PIL import Image

    picture = io.BytesIO()
    Image.new("RGB", (256, 256), (120, 160, 90)).save(picture, "PNG")
    with sqlite3.connect(path) as database:
        database.execute("create table metadata (name text, value text)")
        database.execute("create table tiles (zoom_level int, tile_column int, tile_row int, tile_data blob)")
        about = {"name": "t", "format": "png", "bounds": "-180,-85.06,180,85.06", "minzoom": "0", "maxzoom": "0"}
        database.executemany("insert into metadata values (?, ?)", about.items())
        database.execute("insert into tiles values (0, 0, 0, ?)", (picture.getvalue(),))
    database.close()


def _xlsx(path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["name", "lon", "lat"])
    table = frame()
    for name, point in zip(table["name"], table.geometry, strict=True):
        sheet.append([name, point.x, point.y])
    book.save(path)


def _zip(path: Path) -> None:
    inner = path.with_suffix(".inner.csv")
    _csv(inner)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("places.csv", inner.read_bytes())
    inner.unlink()


def _gz(path: Path) -> None:
    inner = path.with_suffix(".inner.csv")
    _csv(inner)
    path.write_bytes(gzip.compress(inner.read_bytes(), mtime=0))
    inner.unlink()


TEXT = (
    "Aid reached Kirkuk on Monday. The road from Deir al-Zor to Hasakah was open, and two trucks stood at Daquq. " * 30
)


def _docx(path: Path) -> None:
    import docx

    document = docx.Document()
    for part in TEXT.split(". "):
        document.add_paragraph(part)
    document.save(path)


def _pdf(path: Path) -> None:
    """A page of text, written by hand: objects, a stream, a table of offsets."""
    lines = " ".join(f"({part}) Tj T*" for part in TEXT.split(". ")[:40])
    stream = f"BT /F1 10 Tf 12 TL 40 780 Td {lines} ET".encode("latin-1")
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 %s >> >> >>"
        % b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
    ]
    data, offsets = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        offsets.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    start = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(parts) + 1)
    data += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    data += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(parts) + 1, start)
    path.write_bytes(data)


def _html(path: Path) -> None:
    path.write_text(
        "<html><body>" + "".join(f"<p>{p}.</p>" for p in TEXT.split(". ")) + "</body></html>", encoding="utf-8"
    )


def _txt(path: Path) -> None:
    path.write_text(TEXT, encoding="utf-8")


def _brief(path: Path) -> None:
    path.write_text(
        'title = "Places"\ndate = 2025-06-30\n\n[[sites]]\nname = "Kirkuk"\n\n[[sites]]\nname = "Daquq"\nnote = "A market."\n\n'
        '[proximity]\nthemes = ["oil_gas_fields"]\nrings_km = [25.0, 50.0]\n',
        encoding="utf-8",
    )


def _osm(path: Path) -> None:
    import osmium
    from osmium.osm import mutable

    with osmium.SimpleWriter(str(path), overwrite=True) as writer:
        table = frame()
        about = {"version": 1, "timestamp": "2024-03-01T00:00:00Z", "changeset": 1, "uid": 1, "user": "m"}
        for number, (name, point) in enumerate(zip(table["name"], table.geometry, strict=True), 1):
            tags = {"place": "village", "name": name}
            writer.add_node(mutable.Node(id=number, location=(point.x, point.y), tags=tags, **about))


SOUND: dict[str, Callable[[Path], None]] = {
    ".gpkg": _by_gdal("GPKG"), ".geojson": _by_gdal("GeoJSON"), ".json": _by_gdal("GeoJSON"),
    ".fgb": _by_gdal("FlatGeobuf"), ".shp": _by_gdal("ESRI Shapefile"), ".geojsonl": _by_gdal("GeoJSONSeq"),
    ".kml": _by_gdal("KML"), ".gml": _by_gdal("GML"), ".gpx": _by_gdal("GPX"), ".mif": _by_gdal("MapInfo File"),
    ".tab": _by_gdal("MapInfo File"),
    ".parquet": lambda path: frame().to_parquet(path), ".csv": _csv,
    ".tif": _tif, ".hgt": _hgt, ".mbtiles": _mbtiles,
    ".xlsx": _xlsx, ".zip": _zip, ".gz": _gz,
    ".docx": _docx, ".pdf": _pdf, ".html": _html, ".txt": _txt, ".toml": _brief, ".osm.pbf": _osm,
}  # fmt: skip
"""How a sound file of each ending is written."""


def write_sound(suffix: str, folder: Path) -> Path:
    """A sound file of a format, alone in a folder of its own with whatever lies beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    name = "N33E042" if suffix == ".hgt" else "sound"
    path = folder / f"{name}{suffix}"
    SOUND[suffix](path)
    return path
