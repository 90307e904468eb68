"""Any vector file as a layer: what is kept, what is mended, what is listed, what is refused and with which words."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

from geoops.core.errors import CoordinateError, CrsError, InputError, MissingExtraError, ReadError, SchemaError
from geoops.layers.sources import opening
from geoops.layers.sources import vector_files as source
from geoops.layers.sources.contract import Ledger, date_of, dropped_table

SAID = {"source": "a test", "licence": "CC0", "date": "2025-05-01", "uncertainty_m": 100.0}
TOWNS = gpd.GeoDataFrame(
    {
        "OBJECTID": [1, 2, 3, 4],
        "TOWN": ["Kirkuk", "Daquq", "Erbil", "Sinjar"],
        "POP": [900_000, 50_000, 1_200_000, 80_000],
        "CNTRY": ["IRQ", "Iraq", "IQ", "368"],
    },
    geometry=gpd.points_from_xy([44.39, 44.45, 44.01, 41.86], [35.47, 35.14, 36.19, 36.32]),
    crs=4326,
)
MAPPING = {"id": "OBJECTID", "name": "town", "population": "POP", "country": "CNTRY"}


def write(path, frame, **more):
    pyogrio.write_dataframe(frame, path, **more)
    return path


@pytest.mark.parametrize(
    "name",
    ["t.gpkg", "t.shp", "t.geojson", "t.fgb", "t.gml", "t.tab", "t.geojsonl", "t.kml", "t.parquet", "t.csv", "t.xlsx"],
)
def test_every_format_gives_the_same_layer(tmp_path, conforms, lands, name):
    path = tmp_path / name
    if name == "t.parquet":
        TOWNS.to_parquet(path)
    elif name == "t.csv":
        TOWNS.drop(columns="geometry").assign(Longitude=TOWNS.geometry.x, Latitude=TOWNS.geometry.y).to_csv(
            path, index=False
        )
    elif name == "t.xlsx":
        pytest.importorskip("openpyxl")
        TOWNS.drop(columns="geometry").assign(lng=TOWNS.geometry.x, lat=TOWNS.geometry.y).to_excel(path, index=False)
    else:
        driver = {"t.kml": "KML", "t.geojsonl": "GeoJSONSeq"}.get(name)
        write(path, TOWNS, **({"driver": driver} if driver else {}))
    layer = conforms(source.read(path, theme="places", columns=MAPPING, countries=lands, **SAID), rows=4)
    row = layer.set_index("id").loc["1"]
    assert (row["name"], row["country"], float(row["population"])) == ("Kirkuk", "IQ", 900_000.0)
    assert (row.geometry.x, row.geometry.y) == pytest.approx((44.39, 35.47), abs=1e-6)
    part = source.read(path, theme="places", columns=MAPPING, region=(44.3, 35.0, 44.5, 35.6), countries=lands, **SAID)
    assert sorted(part["name"]) == ["Daquq", "Kirkuk"]


def test_a_zipped_shapefile_and_one_in_metres(tmp_path, lands):
    folder = tmp_path / "shp"
    folder.mkdir()
    write(folder / "towns.shp", TOWNS.to_crs(32638))
    archive = tmp_path / "towns.zip"
    with zipfile.ZipFile(archive, "w") as z:
        for file in folder.iterdir():
            z.write(file, f"deep/{file.name}")
    layer = source.read(
        archive, theme="places", columns=MAPPING, region=(44.3, 35.0, 44.5, 35.6), countries=lands, **SAID
    )
    assert sorted(layer["name"]) == ["Daquq", "Kirkuk"]
    assert layer.crs == "EPSG:4326"
    assert float(layer.set_index("name").loc["Kirkuk"].geometry.x) == pytest.approx(44.39, abs=1e-6)


def test_parquet_without_boxes_is_read_group_by_group(tmp_path, lands):
    path = tmp_path / "t.parquet"
    TOWNS.rename_geometry("shape").to_parquet(path, row_group_size=1)
    layer = source.read(path, theme="places", columns=MAPPING, region=(44.3, 35.0, 44.5, 35.6), countries=lands, **SAID)
    assert sorted(layer["name"]) == ["Daquq", "Kirkuk"]
    TOWNS.to_parquet(path, write_covering_bbox=True)
    layer = source.read(path, theme="places", columns=MAPPING, region=(44.3, 35.0, 44.5, 35.6), countries=lands, **SAID)
    assert sorted(layer["name"]) == ["Daquq", "Kirkuk"]
    pd.DataFrame({"a": [1]}).to_parquet(path)
    with pytest.raises(ReadError, match="without the metadata of GeoParquet"):
        source.read(path, theme="places", **SAID)


def test_bad_rows_are_listed_and_good_ones_kept(tmp_path, lands, conforms):
    bow = shapely.Polygon([(40, 35), (41, 36), (41, 35), (40, 36)])  # crosses itself
    good = shapely.box(42.5, 35, 43, 36)
    frame = gpd.GeoDataFrame(
        {"id": ["bow", "a", "a", "a", "line", "point", "none", "mixed", None]},
        geometry=[
            bow, good, good, shapely.box(43.5, 35, 44, 36), shapely.LineString([(42.5, 35), (43, 36)]), shapely.Point(43, 35),
            None, shapely.GeometryCollection([shapely.box(45, 33, 46, 34), shapely.Point(45, 33)]), shapely.box(46, 31, 47, 32),
        ],
        crs=4326,
    )  # fmt: skip
    path = write(tmp_path / "areas.gpkg", frame)
    layer = conforms(source.read(path, theme="flood_extents", geometry="areas", countries=lands, **SAID), rows=5)
    assert set(layer["id"]) == {"bow", "a", "a~2", "mixed", "areas/9"}
    assert layer.geometry.is_valid.all()
    assert set(layer.geometry.geom_type) <= {"Polygon", "MultiPolygon"}
    # The two triangles of the bow tie: half of the square's area together.
    assert float(shapely.area(layer.set_index("id").loc["bow", "geometry"])) == pytest.approx(0.5)
    listed = {(r["row"], r["reason"]) for r in layer.attrs["dropped"]}
    assert listed == {
        (5, "not areas"), (6, "not areas"), (7, "no geometry"), (3, "repeats the id and place of an earlier row"),
    }  # fmt: skip
    assert layer.attrs["dropped_counts"] == {
        "no geometry": 1,
        "not areas": 2,
        "repeats the id and place of an earlier row": 1,
    }
    assert layer.attrs["mended"]["invalid rings made valid"] == 1
    assert layer.attrs["mended"]["ids that several features had, numbered"] == 1
    assert list(dropped_table(layer).columns) == ["row", "id", "reason"]
    # What stands in attrs must not break what people do next.
    assert len(pd.concat([layer, layer])) == 10
    layer.to_parquet(tmp_path / "out.parquet")
    json.dumps(layer.attrs)


def test_a_ring_that_is_none_costs_its_row_only(tmp_path, lands):
    path = tmp_path / "rings.geojson"
    features = [
        {"type": "Feature", "properties": {"id": str(i)}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
        for i, ring in enumerate([[[43, 35], [44, 35], [44, 36], [43, 35]], [[43, 35], [44, 35]]])
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    layer = source.read(path, theme="control_areas", countries=lands, **SAID)
    assert list(layer["id"]) == ["0"]
    assert [d["row"] for d in layer.attrs["dropped"]] == [1]


@pytest.mark.parametrize("region", [None, (41.0, 34.0, 45.0, 37.0)])
def test_swapped_axes_are_caught_and_mended_on_request(tmp_path, lands, region):
    swapped = TOWNS.set_geometry(gpd.points_from_xy(TOWNS.geometry.y, TOWNS.geometry.x), crs=4326)
    path = write(tmp_path / "swapped.gpkg", swapped)
    with pytest.raises(CoordinateError, match=r"swapped\.gpkg.*look swapped.*swap_axes=True"):
        source.read(path, theme="places", columns=MAPPING, region=region, countries=lands, **SAID)
    layer = source.read(path, theme="places", columns=MAPPING, region=region, countries=lands, swap_axes=True, **SAID)
    assert layer.set_index("name").loc["Kirkuk"].geometry.x == pytest.approx(44.39)
    assert layer.attrs["country_test"].startswith("4 of 4")


def test_coordinates_out_of_range_tell_what_they_are(tmp_path, lands):
    far = TOWNS.set_geometry(gpd.points_from_xy([35.0] * 4, [144.0] * 4), crs=4326)
    with pytest.raises(CoordinateError, match="look swapped"):
        source.read(write(tmp_path / "far.gpkg", far), theme="places", countries=lands, **SAID)
    metres = TOWNS.to_crs(32638).set_crs(4326, allow_override=True)
    with pytest.raises(CoordinateError, match="metres"):
        source.read(write(tmp_path / "metres.gpkg", metres), theme="places", countries=lands, **SAID)
    degrees = TOWNS.set_crs(32638, allow_override=True)
    with pytest.raises(CrsError, match="look like degrees"):
        source.read(write(tmp_path / "degrees.gpkg", degrees), theme="places", countries=lands, **SAID)
    one = pd.concat([TOWNS, TOWNS.iloc[:1].set_geometry([shapely.Point(44, 95)], crs=4326)], ignore_index=True)
    layer = source.read(write(tmp_path / "one.gpkg", one), theme="places", countries=lands, **SAID)
    assert [d["reason"] for d in layer.attrs["dropped"]] == ["outside ±360 and ±90 degrees"]
    none = TOWNS.set_crs(None, allow_override=True)
    with pytest.warns(UserWarning, match="crs"):
        write(tmp_path / "none.gpkg", none)
    with pytest.raises(CrsError, match="states no CRS"):
        source.read(tmp_path / "none.gpkg", theme="places", **SAID)


def test_a_wrong_crs_is_caught_by_the_countries(tmp_path, lands):
    many = pd.concat([TOWNS, TOWNS], ignore_index=True)
    wrong = many.to_crs(32638).set_crs(32636, allow_override=True)  # twelve degrees too far west
    with pytest.raises(CoordinateError, match=r"of 4 features.*0 lie|of 8 features.*0 lie"):
        source.read(
            write(tmp_path / "zone.gpkg", wrong), theme="places", columns={"country": "CNTRY"}, countries=lands, **SAID
        )


@pytest.mark.parametrize("missing", ["source", "licence", "date", "uncertainty_m"])
def test_nothing_is_a_layer_without_provenance(tmp_path, lands, missing):
    path = write(tmp_path / "areas.gpkg", TOWNS)
    said = {k: v for k, v in SAID.items() if k != missing}
    with pytest.raises(SchemaError, match=rf"areas\.gpkg, theme places: row 1 has no .*{missing}"):
        source.read(path, theme="places", countries=lands, **said)


def test_provenance_may_stand_in_the_rows(tmp_path, lands):
    rows = TOWNS.assign(
        source="from the row", source_date="2020", licence="CC BY", uncertainty_m=[5.0, None, -1.0, 7.0]
    )
    path = write(tmp_path / "rows.gpkg", rows)
    layer = source.read(
        path, theme="places", columns={"name": "TOWN"}, uncertainty_m=50.0, countries=lands, publish=False
    )
    assert set(layer["source"]) == {"from the row"}
    assert layer.set_index("name")["uncertainty_m"].to_dict() == {"Kirkuk": 5.0, "Daquq": 50.0, "Sinjar": 7.0}
    assert layer.attrs["dropped_counts"] == {"uncertainty_m is no radius above 0": 1}
    assert layer.attrs["layer"]["publish"] is False
    assert "why_not_published" in layer.attrs["layer"]
    assert layer.attrs["layer"]["date"] == "2020"


def test_columns_that_are_not_there_are_named(tmp_path, lands):
    path = write(tmp_path / "t.gpkg", TOWNS)
    with pytest.raises(SchemaError, match=r"t\.gpkg.*no column 'NAME_X' \(for name\), 'gone'.*TOWN"):
        source.read(path, theme="places", columns={"name": "NAME_X"}, keep=["gone"], **SAID)
    layer = source.read(path, theme="places", columns={"name": "TOWN"}, keep=["pop"], country="Iraq", kind="PPL",
                        status="operating", geometry_quality="surveyed", countries=lands, **SAID)  # fmt: skip
    assert [c for c in layer.columns if c not in source.LAYER_COLUMNS] == ["POP"]
    assert set(layer["kind"]) == {"PPL"}
    assert set(layer["geometry_quality"]) == {"surveyed"}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"theme": "Bad Theme"}, "theme"),
        ({"geometry": "dots"}, "points, lines, areas"),
        ({"uncertainty_m": -1.0}, "above 0"),
        ({"geometry_quality": "perfect"}, "surveyed"),
        ({"country": "Atlantis"}, "ISO 3166"),
        ({"date": "12.5.2025"}, "YYYY-MM-DD"),
    ],
)
def test_arguments_that_are_none_are_refused(tmp_path, given, words):
    path = write(tmp_path / "t.gpkg", TOWNS)
    with pytest.raises(InputError, match=words):
        source.read(path, **({"theme": "places"} | SAID | given))


def test_files_that_lie_are_named(tmp_path):
    cut = write(tmp_path / "cut.gpkg", pd.concat([TOWNS] * 500, ignore_index=True))
    cut.write_bytes(cut.read_bytes()[:20_000])
    with pytest.raises(ReadError, match=r"cut\.gpkg"):
        source.read(cut, theme="places", **SAID)
    page = tmp_path / "page.geojson"
    page.write_text("<!DOCTYPE html><html>")
    with pytest.raises(ReadError, match=r"page\.geojson: the name says GeoJSON"):
        source.read(page, theme="places", **SAID)
    vrt = tmp_path / "evil.kml"
    vrt.write_text(
        '<OGRVRTDataSource><OGRVRTLayer name="kml"><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer></OGRVRTDataSource><kml '
    )
    with pytest.raises(ReadError, match=r"evil\.kml: the name says KML"):
        source.read(vrt, theme="places", **SAID)
    empty = write(tmp_path / "empty.gpkg", TOWNS.iloc[:0])
    with pytest.raises(ReadError, match=r"empty\.gpkg: holds no feature"):
        source.read(empty, theme="places", **SAID)
    head = tmp_path / "head.csv"
    head.write_text("lon,lat,name\n")
    with pytest.raises(ReadError, match="holds a head and no row"):
        source.read(head, theme="places", **SAID)
    blank = tmp_path / "blank.csv"
    blank.write_text("name,value\na,1\n")
    with pytest.raises(ReadError, match=r"no columns of coordinates.*name, value.*lon="):
        source.read(blank, theme="places", **SAID)
    bad = tmp_path / "bad.csv"
    bad.write_text("lon,lat\nx,y\n1;2,\n")
    with pytest.raises(ReadError, match=r"not one of 2 rows can be kept: 2 x no coordinates that are numbers"):
        source.read(bad, theme="places", **SAID)


def test_an_empty_region_is_an_empty_layer(tmp_path, lands):
    layer = source.read(
        write(tmp_path / "t.gpkg", TOWNS),
        theme="places",
        columns=MAPPING,
        region=(-10, -10, -9, -9),
        countries=lands,
        **SAID,
    )
    assert len(layer) == 0
    assert "population" in layer
    assert layer.attrs["layer"]["count"] == 0
    assert layer.crs == "EPSG:4326"


def test_wkt_and_named_columns_of_a_table(tmp_path, lands):
    path = tmp_path / "lines.csv"
    deep = "GEOMETRYCOLLECTION(" * 3 + "POINT(44 35)" + ")" * 3
    path.write_text(f'nr;form\n1;"LINESTRING (44 35, 45 36)"\n2;"LINESTRING (44"\n3;"{deep}"\n4;\n')
    layer = source.read(path, theme="roads", wkt="form", columns={"id": "nr"}, countries=lands, **SAID)
    assert list(layer["id"]) == ["1"]
    assert layer.attrs["dropped_counts"] == {"no coordinates that are numbers": 2, "not lines": 1}
    path.write_text("nr,east,north\n1,44.5,35.5\n")
    layer = source.read(path, theme="places", lon="east", lat="north", countries=lands, **SAID)
    assert (layer.geometry.x[0], layer.geometry.y[0]) == (44.5, 35.5)


def test_an_archive_of_several_asks_which(tmp_path, lands):
    archive = tmp_path / "two.zip"
    with zipfile.ZipFile(archive, "w") as z:
        for name in ("a.geojson", "b.geojson"):
            z.writestr(name, TOWNS.to_json())
    with pytest.raises(ReadError, match=r"holds 2 files.*member=.*a\.geojson, b\.geojson"):
        source.read(archive, theme="places", **SAID)
    layer = source.read(archive, theme="places", member="b.geojson", columns=MAPPING, countries=lands, **SAID)
    assert len(layer) == 4


def test_a_workbook_without_openpyxl_names_the_extra(tmp_path, monkeypatch):
    from geoops.core import tables

    path = tmp_path / "t.xlsx"
    path.write_bytes(b"PK\x03\x04")

    def gone(name):
        raise ImportError(name)

    monkeypatch.setattr(tables.importlib, "import_module", gone)
    with pytest.raises(MissingExtraError, match=r"geoops\[xlsx\]"):
        source.read(path, theme="places", **SAID)


def test_dates_come_from_names():
    assert date_of("acled_20240131.csv", None) == "2024-01-31"
    assert date_of("plain.csv", None) is None
    assert date_of("tracker 123456789.csv", None) is None


def test_the_ledger_lists_a_thousand_and_counts_all():
    ledger = Ledger("x")
    ledger.drop(range(1500), "r")
    assert len(ledger.listed) == 1000
    assert ledger.counts == {"r": 1500}
    assert ledger.summary() == "1500 x r"
    ledger.drop([], "nothing")
    assert "nothing" not in ledger.counts


@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="peaks of memory are read from /proc")
@pytest.mark.parametrize("suffix", ["gpkg", "csv", "geojson", "parquet"])
def test_memory_is_bounded_by_the_region(tmp_path, suffix):
    script = textwrap.dedent("""
        import sys
        from pathlib import Path
        peak = lambda: int(Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0])
        from geoops.layers.sources import vector_files
        import geopandas, pyogrio
        said = dict(source="t", licence="t", date="2025", uncertainty_m=1.0, columns={"name": "name"})
        vector_files.read(sys.argv[1], theme="places", region=(10, 10, 10.2, 10.2), **said)
        base = peak()
        layer = vector_files.read(sys.argv[2], theme="places", region=(10, 10, 10.2, 10.2), **said)
        print(len(layer), peak() - base)
    """)
    files = []
    for count in (2_000, 200_000):
        rng = np.random.default_rng(1)
        near = 100
        x = np.concatenate([np.full(near, 10.1), rng.uniform(20, 40, count - near)])
        frame = gpd.GeoDataFrame(
            {"name": [f"name of place {i} " * 4 for i in range(count)]}, geometry=gpd.points_from_xy(x, x), crs=4326
        )
        path = tmp_path / f"n{count}.{suffix}"
        if suffix == "csv":
            frame.drop(columns="geometry").assign(lon=x, lat=x).to_csv(path, index=False)
        elif suffix == "parquet":
            frame.to_parquet(path, row_group_size=5000)
        else:
            write(path, frame)
        files.append(str(path))
    ran = subprocess.run(
        [sys.executable, "-c", script, *files], capture_output=True, text=True, timeout=120, check=True
    )
    found, grown = map(int, ran.stdout.split())
    assert found == 100
    assert grown < 80_000  # kB; the rows of the whole file are more than 100 MB


def test_a_column_is_found_by_any_spelling():
    assert opening.column_of([" Latitude ", "x"], ["latitude"]) == " Latitude "
    assert opening.column_of(["a"], ["b"]) is None
