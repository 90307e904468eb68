"""GeoNames country files: the documented columns, chosen by theme and region, in bounded memory."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path

import pytest

from geoops.core.errors import CoordinateError, InputError, ReadError
from geoops.layers.sources import geonames_files as source
from geoops.layers.sources.contract import dropped_table


def line(
    gid, name, lat, lon, code, *, other="", country="SY", admin1="07", population=0, elevation="", day="2024-01-12"
):
    """One row as GeoNames writes it: 19 columns, tabs, no quotes."""
    group, feature = code.split(".")
    return "\t".join(
        map(str, [gid, name, name, other, lat, lon, group, feature, country, "", admin1, "", "", "", population, elevation,
                  210, "Asia/Damascus", day])
    )  # fmt: skip


ROWS = [
    line(
        170794,
        "Dayr az Zawr",
        35.33588,
        40.14084,
        "P.PPLA",
        other="Deir ez-Zor,Der Zor,Dayr az Zawr,دير الزور",
        population=242565,
    ),
    line(173576, 'Tall "al" Hawl', 36.39082, 41.15044, "P.PPL", admin1="01", other="الهول"),
    line(170792, "Muhafazat Dayr az Zawr", 35.0, 40.4, "A.ADM1"),
    line(173811, "Muhafazat al Hasakah", 36.5, 40.9, "A.ADM1", admin1="01"),
    line(98182, "Jibal Hamrin", 34.5, 44.5, "T.MTS", country="IQ", admin1="18", other="جبال حمرين"),
    line(1, "Old place", 35.0, 38.0, "P.PPLQ"),
    line(2, "Sadd", 35.86, 38.55, "S.DAM"),
    line(3, "No code", 35.1, 38.1, "P.", day="2020-02-30x"),
]


@pytest.fixture
def country_file(tmp_path):
    path = tmp_path / "SY.txt"
    path.write_text("\n".join(ROWS) + "\n", encoding="utf-8")
    return path


def test_places_carry_what_the_columns_say(country_file, conforms, lands):
    layer = conforms(source.read(country_file, theme="places", countries=lands, date="2024-06-01"), rows=4)
    city = layer.set_index("geonameid").loc[170794]
    assert (city["name"], city["kind"], city["country"], city["population"]) == ("Dayr az Zawr", "PPLA", "SY", 242565)
    assert city["name_local"] == "دير الزور"
    assert city["alt_names"].split("|") == ["Deir ez-Zor", "Der Zor"]
    assert city["admin1"] == "Muhafazat Dayr az Zawr"
    assert city["source_date"] == "2024-01-12"
    assert (city.geometry.x, city.geometry.y) == (40.14084, 35.33588)
    assert city["uncertainty_m"] > layer.set_index("geonameid").loc[173576, "uncertainty_m"]
    assert layer.set_index("geonameid").loc[173576, "name"] == 'Tall "al" Hawl'  # quotes are letters here
    assert layer.set_index("geonameid").loc[1, "status"] == "abandoned"
    assert layer.set_index("geonameid").loc[3, "source_date"] == "2024-06-01"  # its own date is none


@pytest.mark.parametrize(("theme", "ids"), [("regions", [98182]), ("dams", [2]), ("bridges", [])])
def test_themes_are_feature_codes(country_file, lands, theme, ids):
    assert list(source.read(country_file, theme=theme, countries=lands)["geonameid"]) == ids


def test_the_gazetteer_is_all_of_it(country_file, lands):
    layer = source.read(country_file, theme="gazetteer", countries=lands, all_names=False, date="2024")
    assert len(layer) == len(ROWS)
    assert layer["alt_names"].isna().all()


def test_a_region_is_read_from_the_archive(tmp_path, country_file, lands):
    archive = tmp_path / "SY.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as z:
        z.write(country_file, "SY.txt")
        z.writestr("readme.txt", "Readme for GeoNames")
    layer = source.read(archive, theme="places", region=(41.0, 36.0, 42.0, 37.0), countries=lands)
    assert list(layer["geonameid"]) == [173576]
    assert layer["admin1"].tolist() == ["Muhafazat al Hasakah"]  # which lies outside the region itself
    assert layer.attrs["layer"]["region"] == [41.0, 36.0, 42.0, 37.0]


def test_rows_that_cannot_be_kept_are_listed(tmp_path, lands):
    path = tmp_path / "SY.txt"
    path.write_text("\n".join([*ROWS, line(5, "Nowhere", "", "", "P.PPL"), ROWS[0], ROWS[1][:60]]), encoding="utf-8")
    layer = source.read(path, theme="places", countries=lands, date="2024")
    assert len(layer) == 4
    table = dropped_table(layer)
    assert dict(zip(table["row"], table["reason"], strict=True)) == {
        9: "no coordinates that are numbers",
        10: "repeats the id and place of an earlier row",
        11: "not 19 columns; the file may be cut off",
    }


def test_another_table_is_refused_by_name(tmp_path):
    path = tmp_path / "SY.txt"
    path.write_text("id,name\n1,x\n", encoding="utf-8")
    with pytest.raises(ReadError, match=r"SY\.txt: not a GeoNames country file: its first row has 1 of 19"):
        source.read(path)
    with pytest.raises(InputError, match="gives no 'roads'"):
        source.read(path, theme="roads")


def test_a_cut_archive_is_refused(tmp_path, country_file):
    archive = tmp_path / "SY.zip"
    with zipfile.ZipFile(archive, "w") as z:
        z.write(country_file, "SY.txt")
    archive.write_bytes(archive.read_bytes()[:-40])
    with pytest.raises(ReadError, match="not a whole zip archive"):
        source.read(archive)


@pytest.mark.parametrize("region", [None, (38.0, 34.0, 42.0, 37.0)])
def test_swapped_axes_are_caught_by_the_countries(tmp_path, lands, region):
    path = tmp_path / "SY.txt"
    rows = [line(i, f"p{i}", 38 + i * 0.3, 34 + i * 0.2, "P.PPL") for i in range(10)]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    with pytest.raises(CoordinateError, match="latitude and longitude look swapped"):
        source.read(path, region=region, countries=lands)


@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="peaks of memory are read from /proc")
def test_memory_is_bounded_by_the_region(tmp_path):
    """Reading a hundredth of a file ten times as long costs about the same."""
    script = textwrap.dedent("""
        import sys
        from pathlib import Path
        peak = lambda: int(Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0])
        from geoops.layers.sources import geonames_files
        base = peak()
        layer = geonames_files.read(sys.argv[1], region=(40.0, 35.0, 40.1, 35.1))
        print(len(layer), peak() - base)
    """)
    used = {}
    for count in (40_000, 400_000):
        path = tmp_path / f"n{count}.txt"
        with path.open("w", encoding="utf-8") as out:
            for i in range(count):
                near = i < 300
                lat, lon = (35.05, 40.05) if near else (36.0 + i % 100 * 0.01, 41.0)
                out.write(line(i, f"place {i}", lat, lon, "P.PPL", other="one,two,ثلاثة") + "\n")
        ran = subprocess.run(
            [sys.executable, "-c", script, str(path)], capture_output=True, text=True, timeout=120, check=True
        )
        found, used[count] = map(int, ran.stdout.split())
        assert found == 300
    assert (
        used[400_000] < used[40_000] + 40_000
    )  # kB; the longer file alone is 60 MB of text, several times that as rows
