"""What the fuzzer calls: one function a target, which takes bytes and raises if what geoops promises does not hold.

A refusal (any `GeoopsError`) is an answer. Everything else that is raised - another error, an assertion below - is a find,
and so is what ends the process or takes too long. The same functions replay the kept corpus in the tests, without a fuzzer.
"""

from __future__ import annotations

import contextlib
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import shapely

from geoops.core import text as clothes
from geoops.core.errors import GeoopsError
from geoops.core.reading import read_vector
from geoops.core.shapes import MAX_DEPTH, from_wkb, from_wkt
from geoops.core.tables import table_chunks
from geoops.gazetteer import features, find_places, names
from geoops.gazetteer.coordinates import typed_point
from geoops.gazetteer.documents import html_words
from geoops.gazetteer.own_places import read_own_places
from geoops.report.briefing import parse_brief


@dataclass(frozen=True)
class Target:
    """A function to be called with bytes, the longest input worth trying, and seconds after which it hangs."""

    call: Callable[[bytes], None]
    longest: int = 400
    seconds: int = 20
    words: tuple[str, ...] = ()
    """Pieces that the fuzzer puts together, besides what it finds by itself."""
    share: int = 1
    """How many parts of the time that all targets have together."""


def _string(data: bytes) -> str:
    """Bytes as a text that may hold anything a Python string may, lone surrogates too."""
    return data.decode("utf-8", errors="surrogatepass" if data[:1] == b"\xed" else "replace")


def _text_of(data: bytes) -> str:
    with contextlib.suppress(UnicodeDecodeError):
        return _string(data)
    return data.decode("utf-8", errors="replace")


def a_name(data: bytes) -> None:
    """Keys are the same each time, stay within bounds, and what is made safe is safe."""
    name = _text_of(data)
    form = names.normal(name)
    assert names.normal(form) == form, "the normal form of a normal form is another one"
    assert names.normal(f"  {name} ") == form, "blanks round a name change its form"
    for key in (names.article_form, names.romanised, names.other_habits, names.other_skeletons, names.transliterated,
                names.skeleton, features.split_feature):  # fmt: skip
        assert key(name) == key(name), "a key changes"
    with contextlib.suppress(GeoopsError):
        point = typed_point(name)
        if point is not None and point.valid:
            assert abs(point.lat) <= 90 and abs(point.lon) <= 180, "a typed point outside the world"  # noqa: PT018
    html = clothes.html_text(name)
    assert not any(c in html for c in "<>{}\n\0"), "markup in what was made safe"
    cell = clothes.csv_cell(name)
    assert not str(cell).lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r")), "a formula in a cell"
    stem = clothes.file_stem(name)
    assert 0 < len(stem) <= 90, "a file name without a bound"
    assert stem.isascii(), "a file name beyond ASCII"
    line = clothes.one_line(name)
    assert clothes.one_line(line) == line, "one line is not the same line again"


def a_text(data: bytes) -> None:
    """Every mention is its own words of the text."""
    text = _text_of(data)
    try:
        found = find_places(text)
    except GeoopsError:
        return
    for row in found.itertuples():
        assert text[row.start : row.end] == row.text, "a span that is not its words"
    assert found["start"].is_monotonic_increasing, "mentions out of order"


def a_document(data: bytes) -> None:
    """Words of a page hold no script and no empty line."""
    words = html_words(_text_of(data))
    assert all(line and line == " ".join(line.split()) for line in words.split("\n") if words), "a line with gaps"


def a_brief(data: bytes) -> None:
    """A brief is read, or refused in words."""
    with contextlib.suppress(GeoopsError):
        parse_brief(_text_of(data))


def well_known_text(data: bytes) -> None:
    """A shape or nothing."""
    (shape,) = from_wkt([_text_of(data)])
    assert shape is None or isinstance(shape, shapely.Geometry)


def well_known_binary(data: bytes) -> None:
    """A shape, nothing, or a refusal; a shape that was read is written and read again."""
    try:
        (shape,) = from_wkb([data], what="a test", on_invalid="ignore")
    except GeoopsError:
        return
    if shape is not None:
        with contextlib.suppress(shapely.errors.GEOSException, ValueError):
            again = from_wkb([shapely.to_wkb(shape, flavor="iso")], what="a test")[0]
            empty = (
                shape.is_empty and again.is_empty and shape.geom_type == again.geom_type
            )  # empty rings are not written
            assert empty or shapely.equals_identical(shape, again) or _not_a_number(shape), "a shape changes on its way"


def deep_shapes(data: bytes) -> None:
    """A nest of containers is refused exactly where it is too deep; the first two bytes say how deep."""
    depth = int.from_bytes(data[:2], "little") % 2_000
    head = b"\x01\x07\x00\x00\x00\x01\x00\x00\x00" * depth
    nest = head + b"\x01\x01\x00\x00\x00" + (data[2:18] + b"\0" * 16)[:16]
    try:
        from_wkb([nest], what="a test", on_invalid="ignore")
    except GeoopsError:
        assert depth + 1 > MAX_DEPTH, "a harmless nest is refused"
    else:
        assert depth <= MAX_DEPTH, "a nest too deep was parsed"


def _not_a_number(shape: shapely.Geometry) -> bool:
    return bool(np.isnan(shapely.get_coordinates(shape, include_z=True, include_m=True)).any())


@cache
def _folder() -> Path:
    kept = tempfile.TemporaryDirectory(prefix="geoops-fuzz-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None)
    _KEPT.append(kept)
    return Path(kept.name)


_KEPT: list[tempfile.TemporaryDirectory[str]] = []


def _vector(name: str) -> Callable[[bytes], None]:
    def call(data: bytes) -> None:
        path = _folder() / name
        path.write_bytes(data)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                frame = read_vector(path)
            except GeoopsError:
                return
        assert frame.crs is not None, "features without a CRS"

    return call


def a_table(data: bytes) -> None:
    """A table's cells are text or nothing, and its columns are those of its first line."""
    path = _folder() / "table.csv"
    path.write_bytes(data)
    with contextlib.suppress(GeoopsError):
        for chunk in table_chunks(path):
            assert all(value is None or isinstance(value, str) for column in chunk for value in chunk[column].head(3))


def own_places(data: bytes) -> None:
    """Every place of a user's table lies in the world."""
    path = _folder() / "places.csv"
    path.write_bytes(data)
    try:
        frame = read_own_places(path)
    except GeoopsError:
        return
    west, south, east, north = frame.total_bounds if len(frame) else (0.0,) * 4
    assert -180 <= west <= east <= 180, "a place outside the world"
    assert -90 <= south <= north <= 90, "a place outside the world"


TARGETS = {
    "names": Target(a_name, 120, words=("al-", "el ", "ez-Zor", "دير", "ال", "Jabal ", "Tall ", "province", "36.39, 41.15", "36°23'N")),
    "texts": Target(a_text, 300, words=(" km north of ", " between ", " and ", "Kirkuk", "Deir ez-Zor", "Turkish border", "western ", ". ", "حلب", "eastern countryside of "), share=5),
    "documents": Target(a_document, 400, words=("<p>", "</p>", "<script>", "<!--", "<![CDATA[", "&#x", "&amp;")),
    "briefs": Target(a_brief, 600, words=("title = ", "[[sites]]", "[[figures]]", "[proximity]", "rings_km = ", "[corridors]", "2025-06-30", '"""', "nan", "inf", "1e400")),
    "wkt": Target(well_known_text, 400, words=("POINT ", "LINESTRING Z", "POLYGON", "EMPTY", "GEOMETRYCOLLECTION", "nan", "(", ")", "CURVEPOLYGON", "COMPOUNDCURVE")),
    "wkb": Target(well_known_binary, 400),
    "nests": Target(deep_shapes, 20),
    "geojson": Target(_vector("a.geojson"), 800, words=('{"type":"FeatureCollection"', '"features":[', '"geometry":', '"coordinates":', '"Polygon"', '"properties":{', '"crs":{', "1e999"), share=2),
    "kml": Target(_vector("a.kml"), 800, words=("<kml>", "<Document>", "<Placemark>", "<Point>", "<coordinates>", "<Polygon>", "<outerBoundaryIs>", "</", "<!DOCTYPE", "<NetworkLink>")),
    "csv": Target(_vector("a.csv"), 400, words=("lon,lat\n", '"', "\r\n", ",", "nan", "1e999", "\ufeff")),
    "tables": Target(a_table, 400, words=('"', "\r\n", ",", "\ufeff", "\x00")),
    "own-places": Target(own_places, 500, words=("name,lon,lat", "uncertainty_m", "kind", "country", "alternates", '"', "|", "nan")),
}  # fmt: skip
