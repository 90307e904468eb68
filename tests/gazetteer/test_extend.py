"""GeoNames country files and a user's own table become part of the gazetteer: the right one wins, nothing is built twice."""

from __future__ import annotations

import os
import shutil
import zipfile
from pathlib import Path

import pytest
import shapely

from geoops.cli import run
from geoops.core.errors import InputError, ReadError, WriteError
from geoops.gazetteer import build_gazetteer, candidates, find_places, geocode
from geoops.gazetteer.extend import extend_gazetteer
from geoops.gazetteer.own_places import COLUMNS, read_own_places
from geoops.gazetteer.records import open_gazetteer


def line(
    gid, name, lat, lon, code, *, other="", country="SY", admin1="08", admin2="", population=0, day="2024-01-12"
):  # fmt: skip
    """One row as GeoNames writes it: 19 columns, tabs, no quotes."""
    group, feature = code.split(".")
    ascii_name = name.encode("ascii", "ignore").decode() or name
    cells = [gid, name, ascii_name, other, lat, lon, group, feature, country, "", admin1, admin2, "", "", population, "", 210,
             "Asia/Damascus", day]  # fmt: skip
    return "\t".join(map(str, cells))


SYRIA = [
    line(170794, "Dayr az Zawr", 35.33588, 40.14084, "P.PPLA", other="Der Zor,Deir ez Zor,دير الزور", population=242565),
    line(173811, "Al Ḩasakah", 36.50237, 40.74772, "P.PPLA", admin1="01", population=0, other="Hesice"),
    line(7000001, "Tall Ḩamīs", 36.80417, 41.42528, "P.PPL", other="Tall Hamis,Tel Hamis,Tell Hamis,تل حميس"),
    line(7000002, "Muḩāfaz̧at Dayr az Zawr", 35.0, 40.4, "A.ADM1", other="Deir ez-Zor Governorate"),
    line(7000003, "Mayadin District", 34.9, 40.5, "A.ADM2", other="قضاء الميادين,Al Mayadin District", admin2="0802"),
    line(7000004, "Wādī al Miyāh", 34.4, 38.9, "H.WAD", other="Wadi al-Miyah,وادي المياه"),
    line(7000005, "Jabal ‘Abd al ‘Azīz", 36.4, 40.35, "T.MTS", other="Mount Abdulaziz,جبل عبد العزيز"),
    line(7000006, "Syria", 35.0, 38.0, "A.PCLI", other="Syrian Arab Republic,سوريا"),
    line(7000007, "Nahr al Furāt", 35.3, 40.1, "H.STM", other="Euphrates,Euphrates River"),
    line(7000008, "Homs", 33.0, 36.2, "P.PPL"),  # a hamlet that shares a city's name
    "7000009\tcut off",
]  # fmt: skip
IRAQ = [
    line(7100001, "Jibāl Ḩamrīn", 34.6, 44.3, "T.MTS", country="IQ", other="Hamrin Mountains,جبال حمرين"),
    line(7100002, "Tāzah Khūrmātū", 35.30222, 44.32944, "P.PPL", country="IQ", other="Taza Khurmatu,Taza,تازة"),
]
OWN = """name,lon,lat,alt_names,kind,country,uncertainty_m,id,extent_wkt,comment
Homs,36.60,34.80,Camp Alpha|معسكر ألفا,CMP,SY,300,,,ours
"Depot, north",41.2341,36.9021,,,,,,,
Kirkuk,44.40,35.47,,PPLA,IQ,1500,geonames/94787,,surveyed
Our valley,40.2,35.1,,VAL,SY,500,own/valley,"POLYGON ((40 35, 40.4 35, 40.4 35.2, 40 35.2, 40 35))",
"""


BAD = """name,lon,lat,kind,country,uncertainty_m,id,extent_wkt,source_date,population
Good,40,35,,,,,,,
,40,35,,,,,,,
Far,400,35,,,,,,,
No lat,40,,,,,,,,
Words,east,35,,,,,,,
Kind,40,35,a small town,,,,,,
Country,40,35,,Syria,,,,,
Radius,40,35,,,-5,,,,
Shape,40,35,,,,,POLYGON ((1 2)),,
Bow,40,35,,,,,"POLYGON ((0 0, 1 1, 1 0, 0 1, 0 0))",,
Day,40,35,,,,,,yesterday,
People,40,35,,,,,,,many
One,40,35,,,,own/x,,,
Two,40,35,,,,own/x,,,
,,,,,,,,,
"""


@pytest.fixture(scope="session")
def files(tmp_path_factory):
    """Format-true country files, one zipped with its readme, and a table of one's own."""
    folder = tmp_path_factory.mktemp("geonames")
    with zipfile.ZipFile(folder / "SY.zip", "w") as archive:
        archive.writestr("readme.txt", "see geonames.org\n")
        archive.writestr("SY.txt", "\n".join(SYRIA) + "\n")
    (folder / "IQ.txt").write_text("\n".join(IRAQ) + "\n", encoding="utf-8")
    (folder / "own.csv").write_text(OWN, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def mine(small_world, files, tmp_path_factory):
    """A gazetteer of one's own on the small world."""
    out = tmp_path_factory.mktemp("mine")
    return extend_gazetteer(out, geonames=[files / "SY.zip", files / "IQ.txt"], own=files / "own.csv", base=small_world)


def test_what_the_files_add_is_found_and_what_was_there_still_is(mine):
    sites = geocode(
        ["Tell Hamis", "تل حميس", "Taza Khurmatu", "Wadi al-Miyah", "Mount Abdulaziz", "Deir ez-Zor", "Aleppo", "al Hol camp"],
        gazetteer=mine.folder,
    )  # fmt: skip
    assert sites["gazetteer_id"].tolist() == [
        "geonames/7000001", "geonames/7000001", "geonames/7100002", "geonames/7000004", "geonames/7000005", "geonames/170794",
        "geonames/170063", "camp/al-hol",
    ]  # fmt: skip
    assert sites["kind"].tolist()[3:5] == ["WAD", "MTS"]
    assert sites["licence"].iloc[0] == "CC BY 4.0"
    assert sites["admin1"].iloc[0] == "Al Hasakah"  # by the base's outline, under the base's name


def test_a_second_order_division_is_told_from_its_town(mine):
    found = candidates("Mayadin district", gazetteer=mine.folder)
    assert found.iloc[0][["gazetteer_id", "kind"]].tolist() == ["geonames/7000003", "ADM2"]
    assert found.iloc[0]["uncertainty_m"] > 20_000


def test_a_place_of_both_is_one_place_with_the_names_of_both(mine):
    for name in ("Deir al-Zor", "Der Zor", "Dayr az Zawr"):
        table = candidates(name, gazetteer=mine.folder)
        assert table["gazetteer_id"].tolist().count("geonames/170794") == 1
        assert table.iloc[0]["name"] == "Deir al-Zor"  # the base's first name stays
    site = geocode(["Der Zor"], gazetteer=mine.folder).iloc[0]
    assert (site.geometry.x, site.geometry.y) == pytest.approx((40.14084, 35.33588), abs=1e-5)  # the file's position
    record = next(
        r for r in map(open_gazetteer(mine.folder).record, open_gazetteer(mine.folder).entries("hAsAk"))
        if r.id == "geonames/173811"
    )  # fmt: skip
    assert record.weight > 300_000  # the file gives no population, the base does


def test_what_the_base_has_with_its_extent_is_no_second_time_a_point(mine):
    assert {"geonames/7000002", "geonames/7000006", "geonames/7000007", "geonames/7100001"}.isdisjoint(
        {
            gid
            for name in ("Deir ez-Zor Governorate", "Syria", "Euphrates", "Hamrin Mountains")
            for gid in candidates(name, gazetteer=mine.folder)["gazetteer_id"]
        }
    )
    assert geocode(["Hamrin Mountains"], gazetteer=mine.folder)["extent"].iloc[0] is not None
    assert "GeoNames: 4 features are in the gazetteer already, most of them with their extent" in mine.notes


def test_rows_that_are_left_out_are_told(mine):
    assert any(note.startswith("SY.zip: 1 rows left out: not 19 columns") for note in mine.notes)


def test_ones_own_table_wins_over_all(mine):
    camp, depot, kirkuk, valley = (
        geocode([name], gazetteer=mine.folder).iloc[0] for name in ("Homs", "Depot, north", "Kirkuk", "Our valley")
    )
    assert (camp["kind"], camp["uncertainty_m"], camp["source"]) == ("CMP", 300.0, "own.csv")
    assert {a["name"] for a in camp["alternatives"]} >= {"Homs"}  # the city stands beside it
    assert geocode(["Camp Alpha"], gazetteer=mine.folder)["gazetteer_id"].tolist() == [camp["gazetteer_id"]]
    assert geocode(["معسكر ألفا"], gazetteer=mine.folder)["gazetteer_id"].tolist() == [camp["gazetteer_id"]]
    assert (depot["country"], depot["uncertainty_m"]) == ("SY", 2000.0)  # found by position; a town's radius by default
    assert (kirkuk["gazetteer_id"], kirkuk["uncertainty_m"]) == ("geonames/94787", 1500.0)
    assert candidates("Kirkuk", gazetteer=mine.folder)["gazetteer_id"].tolist().count("geonames/94787") == 1
    assert valley["extent"].equals(shapely.box(40, 35, 40.4, 35.2)) or valley["extent"].area == pytest.approx(0.08)
    assert valley["uncertainty_m"] > 20_000


def test_a_text_is_read_with_it_too(mine):
    found = find_places("Fighting was reported near Tell Hamis and in Our valley.", gazetteer=mine.folder)
    assert "geonames/7000001" in found["gazetteer_id"].tolist()


def test_the_quick_way_files_what_building_everything_again_does(mine, tmp_path):
    whole = tmp_path / "whole"
    shutil.copytree(mine.folder, whole)
    build_gazetteer(whole)
    quick, slow = open_gazetteer(mine.folder), open_gazetteer(whole)
    assert len(quick) == len(slow)
    assert {quick.record(e).id for e in range(len(quick))} == {slow.record(e).id for e in range(len(slow))}

    def filed(gazetteer):
        ids = [gazetteer.record(e).id for e in range(len(gazetteer))]
        return {(int(h), ids[e]) for h, e in zip(gazetteer.keys.hashes, gazetteer.keys.owners, strict=True)}

    assert filed(quick) == filed(slow)
    columns = [
        {r.id: (r.weight, r.country, r.admin1, r.lon, r.lat) for r in map(g.record, range(len(g)))}
        for g in (quick, slow)
    ]
    assert columns[0] == columns[1]


def test_keys_that_the_additions_crowd_keep_their_spellings(small_world, tmp_path):
    rows = ["name,lon,lat"] + [f"Hamma,{36 + i / 1000:.3f},35.1" for i in range(160)]
    own = tmp_path / "own.csv"
    own.write_text("\n".join(rows), encoding="utf-8")
    done = extend_gazetteer(tmp_path / "out", own=own, base=small_world)
    opened = open_gazetteer(done.folder)
    assert len(opened.entries("=hamma")) == 160
    base = [open_gazetteer(small_world).record(int(e)) for e in open_gazetteer(small_world).entries("hAm")]
    for record in base:
        assert any(opened.record(int(e)).id == record.id for n in record.names for e in opened.entries(f"={n.lower()}"))


# --- again


def _stamps(folder: Path) -> dict[str, int]:
    return {str(p.relative_to(folder)): p.stat().st_mtime_ns for p in folder.rglob("*") if p.is_file()}


def test_building_again_does_only_what_is_needed(small_world, files, tmp_path):
    own = tmp_path / "own.csv"
    own.write_text(OWN, encoding="utf-8")
    out = tmp_path / "out"

    def build():
        return extend_gazetteer(out, geonames=[files / "SY.zip"], own=own, base=small_world)

    first = build()
    assert not first.kept
    before = _stamps(out)
    again = build()
    assert not again.built
    assert again.notes == first.notes  # what was left out is told every time
    assert _stamps(out) == before
    own.write_text(OWN.replace("Our valley", "Another valley"), encoding="utf-8")
    third = build()
    assert set(third.built) == {"own_places", "gazetteer"}
    assert geocode(["Another valley"], gazetteer=out)["status"].tolist() == ["resolved"]
    assert geocode(["Our valley"], gazetteer=out)["status"].tolist() == ["not_found"]
    assert len(list((out / "data").glob("own_places*"))) == 1  # the old table's file is gone
    victim = next((out / "data").glob("geonames*"))
    victim.write_bytes(victim.read_bytes()[:-100])
    assert "geonames" in build().built  # damage is mended


def test_without_its_additions_a_layer_goes(small_world, files, tmp_path):
    out = tmp_path / "out"
    extend_gazetteer(out, geonames=[files / "SY.zip"], own=files / "own.csv", base=small_world)
    extend_gazetteer(out, own=files / "own.csv", base=small_world)
    assert not list((out / "data").glob("geonames*"))
    assert geocode(["Tell Hamis"], gazetteer=out)["status"].tolist() == ["not_found"]


def test_what_a_killed_build_left_is_swept_by_the_next_one(small_world, files, tmp_path):
    out = tmp_path / "out"
    left = [out / ".part-0123456789abcdef.toml", out / "data" / ".part-0123456789abcdef.parquet"]
    for path in left:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("half", encoding="utf-8")
    extend_gazetteer(out, own=files / "own.csv", base=small_world)
    assert [path for path in left if path.exists()] == []


def test_a_build_that_fails_leaves_what_was_there(small_world, files, tmp_path):
    out = tmp_path / "out"
    extend_gazetteer(out, geonames=[files / "SY.zip"], base=small_world)
    bad = tmp_path / "bad.csv"
    bad.write_text("name,lon,lat\nX,400,1\n", encoding="utf-8")
    with pytest.raises(InputError, match="line 2"):
        extend_gazetteer(out, geonames=[files / "SY.zip"], own=bad, base=small_world)
    assert geocode(["Tell Hamis"], gazetteer=out)["status"].tolist() == ["resolved"]
    assert not list(out.rglob(".part-*"))


# --- what is refused


def test_every_bad_row_of_the_table_is_listed_with_its_line(tmp_path):
    table = _text(tmp_path / "own.csv", BAD)
    with pytest.raises(InputError) as caught:
        read_own_places(table)
    text = str(caught.value)
    assert "own.csv: 12 mistakes; nothing was built." in text
    for words in (
        "line 3 (no name): no name", "line 4 (Far): lon is '400'", "line 5 (No lat): no lat", "line 6 (Words): lon is 'east'",
        "line 7 (Kind): kind is 'a small town'", "line 8 (Country): country is 'Syria'", "line 9 (Radius): uncertainty_m is '-5'",
        "line 10 (Shape): extent_wkt", "line 11 (Bow): extent_wkt", "line 12 (Day): source_date is 'yesterday'",
        "line 13 (People): population is 'many'", "line 15 (Two): id 'own/x' stands on line 14 already",
    ):  # fmt: skip
        assert words in text
    assert "line 16" not in text  # a blank line is none


def test_a_column_that_stands_twice_is_refused(tmp_path):
    (tmp_path / "own.csv").write_text("name,lon,lat,kind,Kind\nA,40,35,PPL,CMP\n", encoding="utf-8")
    with pytest.raises(ReadError, match=r"own\.csv: its head has kind twice"):
        read_own_places(tmp_path / "own.csv")
    (tmp_path / "own.csv").write_text("name,lon,lat,note,Note\nA,40,35,x,y\n", encoding="utf-8")
    assert read_own_places(tmp_path / "own.csv")["name"].tolist() == ["A"]  # columns of others may


def test_many_mistakes_are_counted_and_the_first_are_shown(tmp_path):
    table = tmp_path / "own.csv"
    table.write_text("name,lon,lat\n" + "x,0,91\n" * 80, encoding="utf-8")
    with pytest.raises(InputError, match=r"80 mistakes[\s\S]*and 30 more"):
        read_own_places(table)


def test_a_table_without_its_columns_or_rows_is_refused(tmp_path):
    table = tmp_path / "own.csv"
    table.write_text("place,x,y\nA,1,2\n", encoding="utf-8")
    with pytest.raises(ReadError, match="lat"):
        read_own_places(table)
    table.write_text("name,lon,lat\n", encoding="utf-8")
    with pytest.raises(InputError, match="no place in it"):
        read_own_places(table)
    with pytest.raises(ReadError, match="no file"):
        read_own_places(tmp_path / "none.csv")


def test_the_radius_follows_the_digits_where_none_is_given(tmp_path):
    table = tmp_path / "own.csv"
    table.write_text(
        "name,lon,lat,kind\nA,40,35,PPL\nB,40.12345,35.12345,DAM\nC,40.12345,35.12345,\n", encoding="utf-8"
    )
    layer = read_own_places(table).set_index("name")
    assert layer.loc["A", "uncertainty_m"] == pytest.approx(78_715, abs=2)  # half a degree each way
    assert layer.loc["B", "uncertainty_m"] == 1.0
    assert layer.loc["C", "uncertainty_m"] == 2000.0


def test_what_cannot_be_built_is_said(small_world, files, mine, tmp_path):
    with pytest.raises(InputError, match="nothing to add"):
        extend_gazetteer(tmp_path / "out", base=small_world)
    with pytest.raises(InputError, match="this is the gazetteer to begin with"):
        extend_gazetteer(small_world, own=files / "own.csv", base=small_world)
    with pytest.raises(InputError, match=r"has geonames, own_places of its own"):
        extend_gazetteer(tmp_path / "out", own=files / "own.csv", base=mine.folder)
    with pytest.raises(ReadError, match="no file"):
        extend_gazetteer(tmp_path / "out", geonames=[tmp_path / "XX.zip"], base=small_world)
    with pytest.raises(ReadError, match="not a GeoNames country file"):
        extend_gazetteer(tmp_path / "out", geonames=[_text(tmp_path / "XX.txt", "a\tb\n1\t2\n")], base=small_world)
    if os.geteuid() != 0:
        (tmp_path / "shut").mkdir(mode=0o500)
        with pytest.raises(WriteError):
            extend_gazetteer(tmp_path / "shut" / "out", own=files / "own.csv", base=small_world)


def _text(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


# --- the command


def test_the_command_builds_and_the_others_take_the_result(small_world, files, tmp_path, capsys):
    out = tmp_path / "mine"
    call = ["gazetteer", "build", str(files / "SY.zip"), "--csv", str(files / "own.csv"), "--out", str(out)]
    assert run([*call, "--catalog", str(small_world)]) == 0
    assert f"use it with: --gazetteer {out}" in capsys.readouterr().err
    assert run(["geocode", "Tell Hamis", "--gazetteer", str(out), "--json"]) == 0
    assert "geonames/7000001" in capsys.readouterr().out
    report = _text(tmp_path / "report.txt", "People fled from Tell Hamis to Qamishli.")
    assert run(["places", str(report), "--gazetteer", str(out), "--json"]) == 0
    assert "geonames/7000001" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["SY.zip"], "--out is needed"),
        (["--csv", "own.csv"], "--out is needed"),
        (["--out", "x"], "give FILES or --csv"),
    ],
)
def test_the_command_says_what_it_lacks(arguments, words, capsys):
    assert run(["gazetteer", "build", *arguments]) == 2
    assert words in capsys.readouterr().err


def test_every_documented_column_is_in_the_help(capsys):
    run(["gazetteer", "build", "--help"])
    out = capsys.readouterr().out
    assert all(column in out for column in COLUMNS)
