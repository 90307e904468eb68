"""The door in: what small readers refuse, and that no module of the package opens a file of others' beside it."""

from __future__ import annotations

import ast
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from geoops.core import raster_files, reading, tables
from geoops.core.errors import ReadError

SOURCE = Path(__file__).resolve().parents[2] / "src" / "geoops"
DOORS = {
    "core/archives.py", "core/osm_files.py", "core/plain_files.py", "core/raster_files.py", "core/reading.py",
    "core/tables.py", "core/whole_files.py", "core/writing.py", "core/fetching.py",
}  # fmt: skip
"""The modules that are the doors."""

BESIDE = {
    "core/answers.py": "the first bytes of what the network's door has just written",
    "core/office.py": "a workbook or document that was written a moment before",
    "core/room.py": "what the system says of this process's memory",
    "corridors/native.py": "geoops's own C source, for the name of its library",
    "gazetteer/documents.py": "PDF: the library opens bytes that came by the door",
    "gazetteer/extend.py": "geoops's own copies of layers, for their checksums",
    "gazetteer/review.py": "the first line of a table, to tell what it is; and a copy of it under another name",
    "layers/arrived.py": "the first bytes of a download, to tell a web page",
    "layers/build.py": "checksums of what is read by the door",
    "layers/catalog_file.py": "whether the catalogue would change",
    "layers/inputs.py": "packages pinned by their checksum: checked, then unpacked with filters",
    "layers/sources/boundary_files.py": "what a file says of itself, after it came by the door",
    "layers/sources/opening.py": "how many features a file states, after it came by the door",
    "layers/sources/overpass.py": "an answer of the network's door, whose bytes were checked by it",
    "layers/sources/overture_files.py": "row groups of a file on a server, through the door for ranges",
    "layers/sources/web_tiles.py": "pictures that came as bytes by the network's door; formats and size are pinned",
    "layers/written.py": "geoops's own code, for its checksum",
    "maps/geosaving.py": "a file that was written a moment before",
    "maps/housestyle.py": "a logo whose bytes came by the door; formats and size are pinned",
    "maps/saving.py": "pictures inside of an SVG that was drawn a moment before",
    "maps/sequences.py": "a picture that was drawn a moment before",
    "maps/wording.py": "geoops's own words",
    "report/brief.py": "the checksum of the brief that came by the door",
    "report/doctor_install.py": "the project's own file, beside the code",
    "report/manifest.py": "checksums of a bundle's files",
    "report/memory.py": "geoops's own records in the user's cache",
    "report/page/template.py": "geoops's own page",
    "report/page/words.py": "geoops's own words",
    "report/project.py": "a file that was written a moment before, and geoops's own templates",
    "report/reuse.py": "the record of the installation",
    "report/schema.py": "geoops's own schema",
    "report/writers/__init__.py": "the size of a picture that was drawn a moment before",
    "report/writers/typeset.py": "geoops's own template",
    "report/writers/word.py": "the size of a picture that was drawn a moment before",
}
"""Modules that open something beside the doors, and what."""

_METHODS = {"read_bytes", "read_text", "read_csv", "read_excel", "read_json", "read_parquet", "read_file", "read_dataframe",
            "read_info", "read_pickle", "ParquetFile", "ZipFile", "load_workbook", "read_metadata", "PdfReader"}  # fmt: skip
_OPENERS = {"Image", "rasterio", "tarfile", "gzip", "zipfile", "fiona", "io"}


def opened(path: Path) -> list[int]:
    """Lines of a module that open a file by themselves: a library's reader, or a path's own methods."""
    lines = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        if isinstance(called, ast.Name):
            found = called.id == "open"
        elif isinstance(called, ast.Attribute):
            owner = called.value.id if isinstance(called.value, ast.Name) else ""
            mode = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else None
            found = (called.attr in _METHODS and owner != "go") or (
                called.attr == "open" and (owner in _OPENERS or mode in {"r", "rb", "r+b", "rb+"})
            )
        else:
            found = False
        if found:
            lines.append(node.lineno)
    return lines


def test_nothing_opens_a_file_beside_the_doors_but_what_is_listed():
    found = {p.relative_to(SOURCE).as_posix(): opened(p) for p in sorted(SOURCE.rglob("*.py"))}
    beside = {name: lines for name, lines in found.items() if lines and name not in DOORS}
    assert {name: lines for name, lines in beside.items() if name not in BESIDE} == {}
    assert BESIDE.keys() - beside.keys() == set(), "listed, and opens nothing any more"


@pytest.mark.parametrize(
    "line",
    ["pd.read_csv(x)", "rasterio.open(x)", "Path(x).read_text()", "json.load(open(x))", "with x.open('rb') as s: pass",
     "Image.open(x)", "pyogrio.read_dataframe(x)"],
)  # fmt: skip
def test_a_reader_beside_the_doors_is_seen(tmp_path, line):
    (tmp_path / "a.py").write_text(f"import a\n{line}\n", encoding="utf-8")
    assert opened(tmp_path / "a.py") == [2]
    (tmp_path / "a.py").write_text("read_text(x)\nread_table(x)\nread_json(x)\nfrom b import open\n", encoding="utf-8")
    assert opened(tmp_path / "a.py") == []


def test_json_that_is_none_is_said_to_be_so(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('{"a": [1, "é"]}', encoding="utf-8")
    assert reading.read_json(path) == {"a": [1, "é"]}
    for text in ('{"a": [1', "[" * 100_000, ""):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ReadError, match=r"a\.json: is no JSON, or was cut off"):
            reading.read_json(path)
    path.write_text("[1, 2, 3]", encoding="utf-8")
    with pytest.raises(ReadError, match="9 bytes; at most 4 are read"):
        reading.read_json(path, at_most=4)


def test_a_picture_is_of_its_kind_and_size_or_refused(tmp_path):
    cells = np.arange(12, dtype=np.uint8).reshape(3, 4)
    Image.fromarray(cells).save(tmp_path / "a.png")
    assert reading.read_picture(tmp_path / "a.png", kind="PNG", size=(4, 3)).tolist() == cells.tolist()
    Image.fromarray(np.dstack([cells, cells, cells])).save(tmp_path / "c.png")
    assert reading.read_picture(tmp_path / "c.png", kind="PNG").shape == (3, 4, 3)
    assert reading.read_picture(tmp_path / "c.png", kind="PNG", grey=True).tolist() == cells.tolist()
    with pytest.raises(ReadError, match="has 4 by 3 pixels, expected 3 by 4"):
        reading.read_picture(tmp_path / "a.png", kind="PNG", size=(3, 4))
    with pytest.raises(ReadError, match="cannot be read as JPEG"):
        reading.read_picture(tmp_path / "a.png", kind="JPEG")
    stream = io.BytesIO()
    Image.fromarray(np.random.default_rng(1).integers(0, 255, (90, 90), np.uint8)).save(stream, "PNG")
    (tmp_path / "cut.png").write_bytes(stream.getvalue()[:4000])
    with pytest.raises(ReadError, match=r"cut\.png: cannot be read as PNG"):
        reading.read_picture(tmp_path / "cut.png", kind="PNG")


def test_bare_cells_are_an_hdf5_file_or_refused(tmp_path):
    (tmp_path / "a.h5").write_text('<VRTDataset rasterXSize="1" rasterYSize="1"/>', encoding="utf-8")
    with pytest.raises(ReadError, match="the name says HDF5"):
        raster_files.read_cells(tmp_path / "a.h5", shape=(1, 1))
    (tmp_path / "a.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + b"\0" * 100)
    with pytest.raises(ReadError, match="cannot be read as HDF5"):
        raster_files.read_cells(tmp_path / "a.h5", shape=(1, 1))
    (tmp_path / "a.tif").write_bytes(b"II*\x00")
    with pytest.raises(ReadError, match=r"files ending in '\.tif' are not opened"):
        raster_files.read_cells(tmp_path / "a.tif", shape=(1, 1))


def test_a_small_table_comes_whole(tmp_path):
    (tmp_path / "a.csv").write_text("\ufeffname,n\n" + "NA,\n" * 25_000, encoding="utf-8")
    table = tables.read_table(tmp_path / "a.csv", needs=["n"])
    assert list(table.index) == list(range(25_000))
    assert table.iloc[-1].tolist() == ["NA", None]
    with pytest.raises(ReadError, match="lacks the columns lon"):
        tables.read_table(tmp_path / "a.csv", needs=["lon"])
