"""The table of speeds is readable, sourced and complete; a broken one is said."""

from __future__ import annotations

import pytest

from geoops.core.errors import InputError, ReadError
from geoops.corridors.speeds import MODES, read_speeds, slowed


@pytest.mark.parametrize("mode", MODES)
def test_every_row_of_every_mode_has_a_range_and_a_source_that_is_explained(mode):
    table = read_speeds(mode)
    assert table.ground("open") is not None
    for row in table.rows.values():
        assert 0 < row.low < row.best < row.high
        assert set(row.source.split(";")) <= set(table.sources)
    for source in table.sources.values():
        assert source["title"]
        assert source["opened"]


def test_modes_borrow_rows():
    vehicle, mixed, foot = (read_speeds(mode) for mode in ("vehicle", "mixed", "foot"))
    assert mixed.road("trunk") == vehicle.road("trunk")
    assert mixed.ground("open") == foot.ground("open")
    assert (vehicle.slope_rule, mixed.slope_rule, foot.slope_rule) == (None, "tobler", "tobler")


def test_roads_fall_back_from_class_to_every_to_other():
    assert read_speeds("foot").road("motorway").key == "every"
    assert read_speeds("vehicle").road("bridleway").key == "other"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[vehicle.road]\ntrunk = { low = 1, best = 2, high = 3 }", "must have low, best, high and source"),
        ('[vehicle.road]\ntrunk = { low = 3, best = 2, high = 1, source = "x" }', "0 < low <= best <= high"),
        ('[vehicle.road]\ntrunk = { low = "a", best = 2, high = 1, source = "x" }', "0 < low <= best <= high"),
        ('[mixed.road]\nlike = "nowhere.road"', "no rows of its own"),
        ("[vehicle.road]\ntrunk = 80", "must have low, best, high and source"),
    ],
)
def test_a_broken_table_is_said_with_its_row(tmp_path, text, message):
    file = tmp_path / "speeds.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        read_speeds("mixed" if "mixed" in text else "vehicle", file)


def test_what_is_no_toml_names_the_file(tmp_path):
    file = tmp_path / "speeds.toml"
    file.write_text("[vehicle", encoding="utf-8")
    with pytest.raises(ReadError, match=r"speeds\.toml"):
        read_speeds("vehicle", file)


def test_a_table_beside_the_catalogue_in_use_counts(tmp_path):
    (tmp_path / "catalog.toml").write_text("", encoding="utf-8")
    assert read_speeds("vehicle", catalog=tmp_path).road("trunk") == read_speeds("vehicle").road("trunk")
    (tmp_path / "speeds.toml").write_text(
        '[vehicle.road]\nother = { low = 1, best = 2, high = 3, source = "x" }', encoding="utf-8"
    )
    table = read_speeds("vehicle", catalog=tmp_path)
    assert table.road("trunk").best == 2
    with pytest.raises(InputError, match="no row 'ground'"):
        read_speeds("vehicle", {"ground": 3}, catalog=tmp_path)


def test_a_mode_without_other_says_so(tmp_path):
    (tmp_path / "catalog.toml").write_text("", encoding="utf-8")
    (tmp_path / "speeds.toml").write_text("[foot.ground]\n", encoding="utf-8")
    with pytest.raises(InputError, match="nor one named other"):
        read_speeds("foot", catalog=tmp_path).road("trunk")


def test_factors_make_journeys_longer_with_their_ranges():
    table = read_speeds("vehicle")
    night = slowed(table, {"road": 1.5, "track": 2.0, "ground": 3.0})
    assert night.road("trunk").best == pytest.approx(table.road("trunk").best / 1.5)
    assert night.road("track").low == pytest.approx(table.road("track").low / 3.0)
    assert night.ground("open").high == pytest.approx(table.ground("open").high / 3.0)
    assert night.ground("slope_limit") == table.ground("slope_limit")
    assert "takes 3 times as long" in night.road("track").note
    assert slowed(table, {}).rows == table.rows


@pytest.mark.parametrize(
    ("factors", "message"),
    [({"highway": 2.0}, "no row 'highway'"), ({"road": 0.0}, "positive number"), ({"slope_limit": 2.0}, "no row")],
)
def test_factors_that_are_none_are_refused(factors, message):
    with pytest.raises(InputError, match=message):
        slowed(read_speeds("vehicle"), factors)
