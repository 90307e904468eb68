"""Texts, units and errors: names stay readable and become inert; numbers are written with no more digits than they carry."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoops.core import errors, text, units


@given(st.text())
def test_one_line_is_one_line_and_stays_itself(raw):
    line = text.one_line(raw)
    assert "\n" not in line
    assert not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in line)
    assert text.one_line(line) == line


def test_direction_overrides_and_lone_surrogates_go_and_letters_stay():
    assert text.one_line("a\u202eb\u2066c\ud800d") == "abc?d"
    assert text.one_line("  Hesekê \t ئوتێل\u00a0x ") == "Hesekê ئوتێل x"


@given(st.text())
def test_html_text_has_nothing_that_acts(raw):
    assert not set("<>\"'{}") & set(text.html_text(raw))


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\n=", "  ="])
def test_a_cell_that_would_run_gets_an_apostrophe(start):
    assert text.csv_cell(start + "1+1") == "'" + start + "1+1"


@pytest.mark.parametrize(("cell", "safe"), [("\r=1+1", "'\n=1+1"), ("a\r=1+1", "a\n=1+1"), ("a\r\n=1+1", "a\n=1+1")])
def test_a_carriage_return_begins_no_row(cell, safe):
    """A CSV writer leaves it bare, and a reader takes what follows for the first cell of a row."""
    assert text.csv_cell(cell) == safe


@pytest.mark.parametrize("cell", ["Kirkuk", "", "3-4", -3.5, None, 7])
def test_other_cells_stay_as_they_are(cell):
    assert text.csv_cell(cell) == cell


@given(st.text())
def test_a_file_stem_is_safe_on_every_system(raw):
    stem = text.file_stem(raw)
    assert 0 < len(stem) <= 85
    assert set(stem) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert stem not in {"con", "nul", "aux", "prn", "com1", "lpt1"}


@pytest.mark.parametrize(
    ("raw", "stem"),
    [
        ("Hasakeh / Hesekê", "hasakeh-heseke"),
        ("CON", "con-file"),
        ("", "unnamed"),
        ("x" * 200, "x" * 80),
        ("\u202e", "unnamed"),
    ],
)
def test_file_stems(raw, stem):
    assert text.file_stem(raw) == stem


def test_arabic_is_found_wherever_it_stands():
    assert text.has_arabic("Kirkuk كركوك")
    assert text.has_arabic("ﷲ")
    assert not text.has_arabic("Kirkuk 123 é ê ş")


@pytest.mark.parametrize(
    ("km", "written"),
    [
        (0.0, "0.0 km"),
        (0.04, "0.0 km"),
        (9.94, "9.9 km"),
        (9.96, "10 km"),
        (12.5, "12 km"),
        (1234.4, "1,234 km"),
        (math.inf, "–"),
        (math.nan, "–"),
    ],
)
def test_distances_as_a_reader_wants_them(km, written):
    assert units.format_km(km) == written


@pytest.mark.parametrize(
    ("hours", "written"),
    [
        (0.0, "0 min"),
        (0.5, "30 min"),
        (0.9917, "1.0 h"),
        (0.98, "59 min"),
        (2.345, "2.3 h"),
        (24.0, "1.0 days"),
        (math.inf, "–"),
    ],
)
def test_durations_as_a_reader_wants_them(hours, written):
    assert units.format_hours(hours) == written


@pytest.mark.parametrize(
    ("low", "high", "written"),
    [
        (0.0, 17.6, "0 to 18"),
        (0.04, 8.0, "0 to 8.0"),
        (0.4, 17.6, "0 to 18"),
        (8.6, 9.6, "8.6 to 9.6"),
        (9.6, 30.8, "10 to 31"),
        (0.0, 1053.5, "0 to 1,054"),
        (12.41, 12.44, ""),
        (12.1, 12.4, ""),
        (math.nan, 3.0, ""),
    ],
)
def test_bounds_carry_the_digits_of_the_upper_one(low, high, written):
    assert units.format_bounds(low, high) == written


@pytest.mark.parametrize(
    ("share", "written"),
    [
        (0.0, "0%"),
        (0.004, "<1%"),
        (0.5, "50%"),
        (0.991, "99%"),
        (0.9951, ">99%"),
        (0.99999, ">99%"),
        (1.0, "100%"),
        (math.nan, "–"),
    ],
)
def test_all_and_nothing_are_said_only_where_they_are_so(share, written):
    assert units.format_share(share) == written


@given(st.floats(0.1, 1000))
def test_pace_and_speed_are_each_others_inverse(speed):
    assert units.speed_from_pace(units.pace_from_speed(speed)) == pytest.approx(speed)


def test_constants_are_those_of_the_definitions():
    assert units.METRES_PER_MILE == 1609.344
    assert units.KILOMETRES_PER_MILE == 1.609344
    assert units.pace_from_speed(3.6) == pytest.approx(1.0)


def test_every_error_is_a_geoops_error_and_the_usual_kind_besides():
    for name in errors.__all__:
        kind = getattr(errors, name)
        assert issubclass(kind, errors.GeoopsError)
        assert name in (errors.__doc__ or ""), f"{name} is missing in the tree of the docstring"
    assert issubclass(errors.CrsError, ValueError)
    assert issubclass(errors.ReadError, OSError)
    assert issubclass(errors.MissingExtraError, ImportError)


def test_a_brief_error_lists_every_problem():
    error = errors.BriefError("x.toml", ["line 3: a", "line 9: b"])
    assert error.problems == ("line 3: a", "line 9: b")
    assert str(error) == "x.toml: 2 mistakes; nothing was rendered.\n  - line 3: a\n  - line 9: b"
    assert "1 mistake;" in str(errors.BriefError("x.toml", ["a"]))
