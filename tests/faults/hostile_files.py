"""Generators of hostile files: each case is a file, and what may come of it.

Three verdicts: `refuse` (an error of geoops's own, nothing else), `whole` (an error, or all that the sound file held), and
`sane` (an error, or a result with finite coordinates in range). None may crash, take much memory, touch a canary or call out.
"""

from __future__ import annotations

import gzip
import io
import json
import random
import struct
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from .canary import Canaries
from .sound import SOUND, frame, write_sound

__all__ = ["Case", "cases"]


@dataclass(frozen=True)
class Case:
    """A file to open: its ending, what lies beside it, and the verdict."""

    name: str
    suffix: str
    data: bytes | Callable[[], bytes]
    verdict: str
    sound: str | None = None
    stem: str = "case"

    def write(self, folder: Path) -> Path:
        """The file on the disk, with the side files of its format where the sound one has some."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self.stem}{self.suffix}"
        path.write_bytes(self.data if isinstance(self.data, bytes) else self.data())
        return path


_TEXTS = {
    ".geojson",
    ".json",
    ".geojsonl",
    ".kml",
    ".gml",
    ".gpx",
    ".mif",
    ".tab",
    ".csv",
    ".topojson",
    ".html",
    ".txt",
    ".toml",
}
# What a cut text can be without being seen to be cut: the format itself says nothing of its own length.
_UNCOUNTED = {".csv", ".geojsonl", ".txt", ".html", ".toml", ".mif", ".hgt"}


def cases(sounds: dict[str, Path], canaries: Canaries) -> Iterator[Case]:
    """All hostile files, the same ones in every run."""
    yield from _cut(sounds)
    yield from _flipped(sounds)
    yield from _swapped(sounds)
    yield from _disguised(canaries)
    yield from _bombs()
    yield from _deep()
    yield from _places_that_are_none()
    yield from _encodings()
    yield from _headers(sounds)


def _stem(suffix: str) -> str:
    return "N33E042" if suffix == ".hgt" else "case"


def _cut(sounds: dict[str, Path]) -> Iterator[Case]:
    """Truncations at each kilobyte (of large files evenly), and within the first bytes."""
    for suffix, path in sounds.items():
        data = path.read_bytes()
        places = sorted(
            {0, 1, 3, 4, 8, 15, 16, 64, 100, 512, len(data) // 2, len(data) - 1, *range(1024, len(data), 1024)}
        )
        places = [p for p in places if 0 <= p < len(data)]
        if len(places) > 26:
            places = places[:10] + [places[10 + n * (len(places) - 11) // 15] for n in range(16)]
        for at in places:
            verdict = "sane" if suffix in _UNCOUNTED else "whole"
            yield Case(f"cut at {at}", suffix, data[:at], verdict, suffix, _stem(suffix))


def _flipped(sounds: dict[str, Path]) -> Iterator[Case]:
    """Bytes changed at random, and runs of zeros: no format here has checksums for all of itself."""
    for suffix, path in sounds.items():
        data = path.read_bytes()
        for seed in range(9):
            draw = random.Random(f"{suffix}{seed}")
            changed = bytearray(data)
            for _ in range((1, 8, 64)[seed % 3]):
                changed[draw.randrange(len(changed))] ^= 1 << draw.randrange(8)
            yield Case(f"flipped, seed {seed}", suffix, bytes(changed), "sane", suffix, _stem(suffix))
        at = len(data) // 3
        yield Case(
            "a hole of zeros", suffix, data[:at] + bytes(min(256, at)) + data[at + 256 :], "sane", suffix, _stem(suffix)
        )
        yield Case(
            "only zeros",
            suffix,
            bytes(min(len(data), 4096)),
            "refuse" if suffix != ".hgt" else "sane",
            suffix,
            _stem(suffix),
        )


def _swapped(sounds: dict[str, Path]) -> Iterator[Case]:
    """Each format under the ending of each other one: refused, or read as what it is."""
    same = [{".json", ".geojson", ".geojsonl", ".topojson"}, {".mif", ".tab"}, {".txt", ".csv", ".html", ".toml"}]
    for suffix in sounds:
        for other, path in sounds.items():
            if suffix != other and not any({suffix, other} <= group for group in same):
                plain = suffix in (".txt", ".html", ".csv", ".hgt")
                yield Case(
                    f"{other} as {suffix}",
                    suffix,
                    path.read_bytes()[:200_000],
                    "sane" if plain else "refuse",
                    None,
                    _stem(suffix),
                )


def _disguised(canaries: Canaries) -> Iterator[Case]:
    """Files that name another file or an address to be read in their place."""
    raster, points = canaries.raster, canaries.text
    vector = f'<OGRVRTDataSource><OGRVRTLayer name="canary"><SrcDataSource>{points}</SrcDataSource><GeometryField encoding="PointFromColumns" x="lon" y="lat"/></OGRVRTLayer></OGRVRTDataSource>'
    called = vector.replace(str(points), f"/vsicurl/{canaries.address}/x.csv")
    grid = (
        '<VRTDataset rasterXSize="20" rasterYSize="20"><SRS>EPSG:4326</SRS><GeoTransform>40,0.1,0,36,0,-0.1</GeoTransform>'
        f'<VRTRasterBand dataType="Int16" band="1"><SimpleSource><SourceFilename>{raster}</SourceFilename></SimpleSource></VRTRasterBand></VRTDataset>'
    )
    wms = f'<GDAL_WMS><Service name="TMS"><ServerUrl>{canaries.address}/${{z}}/${{x}}/${{y}}.png</ServerUrl></Service></GDAL_WMS>'
    pipe = vector.replace(str(points), "/vsistdin/")
    for suffix in SOUND:
        plain = suffix in (".txt", ".html")
        for name, document in {
            "OGR VRT": vector,
            "OGR VRT of an address": called,
            "VRT": grid,
            "WMS": wms,
            "VRT of stdin": pipe,
        }.items():
            for lead, before in {"": b"", " after a mark": b"\xef\xbb\xbf", " after blanks": b" \n\t"}.items():
                yield Case(
                    f"{name}{lead} as {suffix}",
                    suffix,
                    before + document.encode(),
                    "sane" if plain else "refuse",
                    None,
                    _stem(suffix),
                )
    entity = f'<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY c SYSTEM "file://{points}">]><kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><name>&c;</name><Point><coordinates>41,35</coordinates></Point></Placemark></Document></kml>'
    yield Case("an outside entity", ".kml", entity.encode(), "refuse")
    yield Case("an outside entity", ".gpx", entity.replace("<kml", "<gpx").replace("kml [", "gpx [").encode(), "refuse")
    link = f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document><NetworkLink><name>x</name><Link><href>{canaries.address}/a.kml</href></Link></NetworkLink></Document></kml>'
    yield Case("a network link", ".kml", link.encode(), "sane")
    gml = (
        '<?xml version="1.0"?><ogr:FeatureCollection xmlns:ogr="http://ogr.maptools.org/" xmlns:gml="http://www.opengis.net/gml"'
        f' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://ogr.maptools.org/ {canaries.address}/a.xsd">'
        f'<gml:featureMember><ogr:p><ogr:geometryProperty><gml:Point srsName="EPSG:4326"><gml:pos xlink:href="{canaries.address}/b" xmlns:xlink="http://www.w3.org/1999/xlink">35 41</gml:pos></gml:Point></ogr:geometryProperty></ogr:p></gml:featureMember></ogr:FeatureCollection>'
    )
    yield Case("an outside schema", ".gml", gml.encode(), "sane")
    yield Case("a crs by address", ".geojson", json.dumps({"type": "FeatureCollection", "crs": {"type": "link", "properties": {"href": f"{canaries.address}/crs", "type": "proj4"}}, "features": [_point(41, 35)]}).encode(), "sane")  # fmt: skip
    tab = f'!table\n!version 300\n\nDefinition Table\n  File "{raster}"\n  Type "RASTER"\n'
    yield Case("a raster's table", ".tab", tab.encode(), "refuse")


def _point(lon: object, lat: object, name: str = "a") -> dict[str, object]:
    return {"type": "Feature", "properties": {"name": name}, "geometry": {"type": "Point", "coordinates": [lon, lat]}}


def _collection(*features: dict[str, object]) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": list(features)}).encode()


def _bombs() -> Iterator[Case]:
    """Small files that grow: archives, entities, and headers of pictures."""
    yield Case(
        "2.5 GB of rows", ".zip", _packed("places.csv", b"name,lon,lat\n", b"a,1,1\n" * (2**20 // 6), 2500), "sane"
    )
    yield Case("3 GB of zeros", ".gz", _gzipped, "refuse")
    for ending, member in {".docx": "word/document.xml", ".xlsx": "xl/worksheets/sheet1.xml"}.items():
        yield Case("2 GB of blanks", ending, _packed(member, b"", b" " * 2**20, 2000), "refuse")
    for target in ("../../outside.csv", "/tmp/outside.csv", "..\\..\\outside.csv", "C:\\outside.csv", "a/../../b.csv"):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr(target, "name,lon,lat\na,41,35\n")
        yield Case(f"a member called {target}", ".zip", packed.getvalue(), "sane")
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha" * 10}">' for n in range(12))
    for root in ("kml", "gpx"):
        document = f"<!DOCTYPE {root} [{laughs}]><{root}><name>&l11;</name></{root}>"
        yield Case("a billion laughs", f".{root}", document.encode(), "refuse")
        yield Case("a billion laughs after blanks", f".{root}", (" " * 9000 + document).encode(), "refuse")


def _packed(member: str, head: bytes, block: bytes, times: int) -> Callable[[], bytes]:
    """A zip archive of one member that is a block over and over."""

    def made() -> bytes:
        stream = io.BytesIO()
        with (
            zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive,
            archive.open(member, "w", force_zip64=True) as inner,
        ):
            inner.write(head)
            for _ in range(times):
                inner.write(block)
        return stream.getvalue()

    return made


def _gzipped() -> bytes:
    stream = io.BytesIO()
    with gzip.GzipFile(fileobj=stream, mode="wb", mtime=0) as out:
        out.write(b"name,lon,lat\n")
        for _ in range(3000):
            out.write(bytes(2**20))
    return stream.getvalue()


def _deep() -> Iterator[Case]:
    """Nests that overflow a stack."""
    for depth in (100, 5_000, 200_000):
        arrays = b"[" * depth + b"1,2" + b"]" * depth
        head = b'{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},"geometry":{"type":"MultiPolygon","coordinates":'
        yield Case(f"arrays {depth} deep", ".geojson", head + arrays + b"}}]}", "sane")
        nested = (
            b'{"type":"GeometryCollection","geometries":[' * depth
            + b'{"type":"Point","coordinates":[41,35]}'
            + b"]}" * depth
        )
        yield Case(
            f"collections {depth} deep",
            ".geojson",
            b'{"type":"Feature","properties":{},"geometry":' + nested + b"}",
            "sane",
        )
        yield Case(f"TOML arrays {depth} deep", ".toml", b"title = " + b"[" * depth + b"]" * depth, "refuse")
        yield Case(f"tags {depth} deep", ".html", b"<div>" * depth + b"Kirkuk", "sane")
        folders = (
            b"<kml><Document>"
            + b"<Folder>" * depth
            + b"<Placemark><Point><coordinates>41,35</coordinates></Point></Placemark>"
        )
        yield Case(f"folders {depth} deep", ".kml", folders + b"</Folder>" * depth + b"</Document></kml>", "sane")
        wkb = struct.pack("<BII", 1, 7, 1) * depth + shapely.to_wkb(shapely.Point(41, 35))
        yield Case(f"WKB {depth} deep", ".parquet", _parquet_of(wkb), "sane")
        pdf = b"%PDF-1.4\n1 0 obj\n" + b"[" * depth + b"]" * depth + b"\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"
        yield Case(f"PDF arrays {depth} deep", ".pdf", pdf, "refuse")
    for depth in (5_000, 200_000):
        wkt = "GEOMETRYCOLLECTION(" * depth + "POINT(41 35)" + ")" * depth
        review = f'name,lon,lat,geometry\na,41,35,"{wkt}"\n'
        yield Case(f"WKT {depth} deep", ".csv", review.encode(), "sane")


def _parquet_of(wkb: bytes) -> bytes:
    """A GeoParquet file with one geometry, as it was given."""
    meta = {
        "version": "1.1.0",
        "primary_column": "geometry",
        "columns": {"geometry": {"encoding": "WKB", "geometry_types": []}},
    }
    table = pa.table({"name": ["a"], "geometry": pa.array([wkb], pa.binary())})
    stream = io.BytesIO()
    pq.write_table(table.replace_schema_metadata({b"geo": json.dumps(meta).encode()}), stream)
    return stream.getvalue()


def _places_that_are_none() -> Iterator[Case]:
    """Coordinates that are none, out of range, swapped, in metres, or without a CRS."""
    good = _point(41, 35)
    for name, raw in {
        "NaN": b"NaN", "Infinity": b"Infinity", "1e999": b"1e999", "a text": b'"41"', "null": b"null", "true": b"true", "an object": b"{}",
    }.items():  # fmt: skip
        text = _collection(good, _point(12345, 36)).replace(b"12345", raw)
        for suffix in (".geojson", ".json"):
            yield Case(f"a longitude of {name}", suffix, text, "sane")
    for lon, lat in ((41, 95), (41, -91), (500, 35), (-1e300, 1e300), (4_200_000, 3_900_000)):
        yield Case(f"at {lon}, {lat}", ".geojson", _collection(good, _point(lon, lat)), "refuse")
        yield Case(f"at {lon}, {lat}", ".csv", f"name,lon,lat\na,41,35\nb,{lon},{lat}\n".encode(), "refuse")
    for cell in ("NaN", "inf", "-inf", "1e999", "12 N", "", "0x10", "1,5", "٤١", "١٢٫٥"):
        yield Case(f"a longitude of {cell!r}", ".csv", f'name,lon,lat\na,41,35\nb,"{cell}",35\n'.encode(), "sane")
    shapes = {
        "no geometry": None, "an empty one": {"type": "Point", "coordinates": []}, "an unknown one": {"type": "Blob", "coordinates": [1, 2]},
        "a ring of two": {"type": "Polygon", "coordinates": [[[41, 35], [42, 35]]]},
        "a bow": {"type": "Polygon", "coordinates": [[[41, 35], [42, 36], [42, 35], [41, 36], [41, 35]]]},
        "a line of one": {"type": "LineString", "coordinates": [[41, 35]]},
        "a ring round the world": {"type": "Polygon", "coordinates": [[[-180, -90], [180, -90], [180, 90], [-180, 90], [-180, -90]]]},
        "mixed": {"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": [41, 35]}, {"type": "LineString", "coordinates": [[41, 35], [42, 35]]}]},
        "three numbers": {"type": "Point", "coordinates": [41, 35, float("1e308")]},
    }  # fmt: skip
    for name, shape in shapes.items():
        feature = {"type": "Feature", "properties": {"name": "b"}, "geometry": shape}
        yield Case(f"{name} among others", ".geojson", _collection(good, feature), "sane")
    for wkb in (
        b"",
        b"\x01",
        b"\x01\x01\x00\x00\x00",
        struct.pack("<BI", 1, 99),
        struct.pack("<BII", 1, 2, 2**31),
        b"\xff" * 40,
    ):
        yield Case(f"WKB {wkb[:9]!r}", ".parquet", _parquet_of(wkb), "refuse")
    stream = io.BytesIO()
    gpd.GeoDataFrame(frame()[["name", "geometry"]]).set_crs(None, allow_override=True).to_parquet(stream)
    yield Case("without a CRS", ".parquet", stream.getvalue(), "refuse")
    wrong = frame().to_crs(32637)
    stream = io.BytesIO()
    wrong.set_crs(4326, allow_override=True).to_parquet(stream)
    yield Case("metres said to be degrees", ".parquet", stream.getvalue(), "refuse")


def _encodings() -> Iterator[Case]:
    """Text in other encodings than UTF-8, and characters that are none."""
    table = "name,lon,lat\nالحسكة,41,35\n"
    for name in ("utf-16", "utf-16-le", "utf-32", "cp1256", "utf-7"):
        for suffix in (".csv", ".txt", ".toml", ".html"):
            strict = name in ("utf-16", "utf-32") and suffix != ".html"  # UTF-16 with its mark is read as a text
            verdict = "refuse" if strict and (name, suffix) != ("utf-16", ".txt") else "sane"
            yield Case(f"{name}", suffix, table.encode(name), verdict)
    yield Case("NUL bytes", ".csv", b"name,lon,lat\na\x00b,41,35\n", "sane")
    yield Case("NUL bytes", ".toml", b'title = "a\x00"\n', "refuse")
    yield Case("lone surrogates", ".geojson", b'{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"name":"\\ud800 a"},"geometry":{"type":"Point","coordinates":[41,35]}}]}', "sane")  # fmt: skip
    yield Case("an open quote", ".csv", b'name,lon,lat\n"a,41,35\n' + b"b,41,35\n" * 2000, "refuse")
    yield Case("rows of unequal length", ".csv", b"name,lon,lat\na,41,35\nb,41,35,9,9\nc,41\n", "sane")
    yield Case("a million columns", ".csv", b",".join(b"c%d" % n for n in range(200_000)) + b"\n", "refuse")
    yield Case("a column twice", ".csv", b"name,lon,lat,lon\na,41,35,12\n", "sane")
    yield Case("only a head", ".csv", b"name,lon,lat\n", "sane")


def _headers(sounds: dict[str, Path]) -> Iterator[Case]:
    """Headers that promise more than there is."""
    tif = bytearray(sounds[".tif"].read_bytes())
    for code, name in ((256, "wide"), (257, "high")):
        for count in (2**31 - 1, 2**32 - 1, 100_000_000):
            at = tif.find(struct.pack("<HH", code, 3))
            changed = bytearray(tif)
            if at >= 0:
                changed[at : at + 12] = struct.pack("<HHII", code, 4, 1, count)
            yield Case(f"{count:,} cells {name}", ".tif", bytes(changed), "refuse")
    for size in (2**31, 2**62):
        data = bytearray(sounds[".fgb"].read_bytes())
        data[8:12] = struct.pack("<I", size % 2**32)
        yield Case(f"a header of {size:,} bytes", ".fgb", bytes(data), "refuse")
    shp = bytearray(sounds[".shp"].read_bytes())
    shp[24:28] = struct.pack(">i", 2**31 - 1)
    yield Case("a file said to be 4 GB", ".shp", bytes(shp), "sane")
    for suffix in (".gpkg", ".mbtiles"):
        data = bytearray(sounds[suffix].read_bytes())
        data[16:18] = struct.pack(">H", 3)
        yield Case("a page size of 3", suffix, bytes(data), "refuse")


def write_sounds(folder: Path) -> dict[str, Path]:
    """A sound file of each format."""
    return {suffix: write_sound(suffix, folder / suffix.strip(".").replace(".", "-")) for suffix in SOUND}
