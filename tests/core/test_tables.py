"""Tables and archives: chunks that count their rows, and words on what is no table or no archive."""

from __future__ import annotations

import zipfile

import pandas as pd
import pytest

from geoops.core import archives, reading, tables
from geoops.core.errors import CrsError, ReadError

openpyxl = pytest.importorskip("openpyxl")


def test_rows_come_in_chunks_and_keep_their_number(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("\ufeffa,b\n" + "".join(f"{i},\n" for i in range(1, 8)), encoding="utf-8")
    chunks = list(tables.table_chunks(path, rows=3))
    assert [list(c.index) for c in chunks] == [[1, 2, 3], [4, 5, 6], [7]]
    assert chunks[0].iloc[0].tolist() == ["1", None]
    assert list(chunks[0].columns) == ["a", "b"]


def test_excel_s_semicolons_and_tabs_are_seen(tmp_path):
    (tmp_path / "a.csv").write_text("x;y\n1;2,5\n")
    (tmp_path / "b.tsv").write_text("x\ty\n1\t2\n")
    assert next(tables.table_chunks(tmp_path / "a.csv"))["y"].tolist() == ["2,5"]
    assert next(tables.table_chunks(tmp_path / "b.tsv"))["y"].tolist() == ["2"]


@pytest.mark.parametrize("head", ["name,lat,lat", "name,lat,Lat", "LAT ,name,lat", "lat,name,lat,lat"])
def test_a_needed_column_that_stands_twice_is_refused(tmp_path, head):
    (tmp_path / "a.csv").write_text(f"{head}\n{'1,' * head.count(',')}1\n", encoding="utf-8")
    with pytest.raises(ReadError, match="its head has lat twice"):
        next(tables.table_chunks(tmp_path / "a.csv", needs=["name", "lat"]))
    assert len(next(tables.table_chunks(tmp_path / "a.csv", needs=["name"]))) == 1


def test_a_workbook_comes_in_chunks_as_text(tmp_path):
    path = tmp_path / "t.xlsx"
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["n", None, "day"])
    for i in range(5):
        sheet.append([float(i), 0.5, pd.Timestamp("2025-05-14").to_pydatetime()])
    sheet.append([None, None])
    book.create_sheet("Empty")
    book.save(path)
    chunks = list(tables.table_chunks(path, rows=4, needs=("N",)))
    assert [len(c) for c in chunks] == [4, 2]
    assert chunks[0].iloc[1].tolist() == ["1", "0.5", "2025-05-14T00:00:00"]
    assert chunks[1].index.tolist() == [5, 6]
    assert chunks[1].iloc[1].tolist() == [None, None, None]
    assert list(chunks[0].columns) == ["n", "column 2", "day"]
    with pytest.raises(ReadError, match=r"t\.xlsx, sheet 'Sheet': lacks the columns lat; it has n"):
        list(tables.table_chunks(path, needs=("lat",)))
    empty = list(tables.table_chunks(path, sheet="Empty"))
    assert len(empty) == 1
    assert len(empty[0]) == 0
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ReadError, match="none or was cut off"):
        list(tables.table_chunks(path))


def test_a_workbook_that_is_only_an_archive_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "t.xlsx"
    with zipfile.ZipFile(path, "w") as z:
        z.writestr("a.txt", "x" * 1000)
    with pytest.raises(ReadError, match="cannot be read as a workbook"):
        list(tables.table_chunks(path))
    monkeypatch.setattr(tables, "MAX_UNPACKED_BYTES", 800)
    with pytest.raises(ReadError, match="unpacks to 1,000 bytes"):
        list(tables.table_chunks(path))


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", b"", "the file is empty"),
        ("a.doc", b"x", "not read as tables"),
        ("a.csv", b"<!DOCTYPE html><html>", "a web page"),
        ("a.csv", b'{"type": 1}', "JSON"),
        ("a.csv", b"PK\x03\x04xx", "a zip archive"),
        ("a.csv", b"a\x00b", "binary data"),
        ("a.csv", b"\n\n", "holds no table"),
        ("a.csv", b"a,b\n\xff\xfe,1\n", "not UTF-8 near row 1"),
        ("a.csv", b"a,b\n1,2\n1,2,3,4\n", "damaged or truncated after row"),
    ],
)
def test_what_is_no_table_is_named(tmp_path, name, content, words):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ReadError, match=words):
        list(tables.table_chunks(path))


def test_members_of_archives(tmp_path, monkeypatch):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("__MACOSX/x.csv", "junk")
        z.writestr("deep/.hidden.csv", "junk")
        z.writestr("deep/T.CSV", "a,b\n1,2\n")
        z.writestr("empty.txt", "")
        z.writestr("big.geojson", "x" * 5000)
    assert archives.members(path) == ["big.geojson", "deep/T.CSV", "empty.txt"]
    assert next(tables.table_chunks(path, member="T.CSV"))["b"].tolist() == ["2"]
    with pytest.raises(ReadError, match="holds no table"):
        list(tables.table_chunks(path, member="empty.txt"))
    with (
        pytest.raises(ReadError, match=r"holds no file \.gpkg; name one.*big\.geojson"),
        archives.unpacked(path, suffixes=(".gpkg",)),
    ):
        pass
    with archives.unpacked(path, suffixes=(".geojson",)) as inside:
        assert inside.read_bytes() == b"x" * 5000
    assert not inside.exists()
    monkeypatch.setattr(archives, "MAX_UNPACKED_BYTES", 4999)
    with pytest.raises(ReadError, match="holds more than 4,999 bytes"), archives.unpacked(path, suffixes=(".geojson",)):
        pass


def test_a_damaged_member_is_named(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as z:
        z.writestr("t.csv", "a,b\n" + "1,2\n" * 5000)
    data = bytearray(path.read_bytes())
    data[2000:2010] = b"9,9\n9,9\n9,"  # the checksum does not match
    path.write_bytes(bytes(data))
    with pytest.raises(ReadError, match=r"t\.csv in it is damaged"):
        list(tables.table_chunks(path))
    with pytest.raises(ReadError, match=r"t\.csv in it is damaged"), archives.unpacked(path, suffixes=(".csv",)):
        pass


def test_an_error_of_the_caller_stays_the_caller_s(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as z:
        z.writestr("t.csv", "a\n1\n")
    with pytest.raises(RuntimeError, match="mine"), archives.member_stream(path, suffixes=(".csv",)):
        raise RuntimeError("mine")


def test_facts_of_a_raster(tmp_path):
    text = tmp_path / "x.tif"
    text.write_bytes(b"II*\x00garbage")
    with pytest.raises(ReadError, match="cannot be read as GTiff"):
        reading.raster_facts(text)


def test_a_file_in_metres_is_windowed_by_degrees(tmp_path):
    import geopandas as gpd

    points = gpd.GeoDataFrame({"n": [1, 2]}, geometry=gpd.points_from_xy([44.4, 40.1], [35.5, 35.3]), crs=4326).to_crs(
        32638
    )
    points.to_file(tmp_path / "utm.gpkg")
    found = reading.read_vector(tmp_path / "utm.gpkg", region=(44.0, 35.0, 45.0, 36.0), keep_numbers=True)
    assert found["n"].tolist() == [1]
    assert found.crs == points.crs
    assert found.index.tolist() == [1]
    points.to_csv(tmp_path / "x.csv")
    with pytest.raises((ReadError, CrsError)):
        reading.read_vector(tmp_path / "x.csv")


def test_cells_beyond_the_head_are_not_dropped(tmp_path):
    (tmp_path / "wide.csv").write_text("name,lon\nDeir,1,2\n", encoding="utf-8")
    with pytest.raises(ReadError, match="more cells than the head has names"):
        list(tables.table_chunks(tmp_path / "wide.csv"))
    (tmp_path / "trailing.csv").write_text("name,lon\nDeir,1,\nHoms,2,\n", encoding="utf-8")  # empty ones are harmless
    (chunk,) = tables.table_chunks(tmp_path / "trailing.csv")
    assert chunk["lon"].tolist() == ["1", "2"]
