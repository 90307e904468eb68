"""The gold set itself: its spans match, its ids exist, its points lie where they say, and there is enough of it."""

from __future__ import annotations

import copy
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
LAYERS = ROOT / "layers"


def _module(name: str) -> ModuleType:
    """A module of the gold set: the folder is data, not a package."""
    spec = importlib.util.spec_from_file_location(f"gold_{name}", Path(__file__).parent / "gold" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


check_gold = _module("check_gold")
score_gold = _module("score_gold")
IDS = check_gold.known_ids(LAYERS / "curated")


@pytest.mark.parametrize("half", ["dev", "test"])
def test_names_are_sound(half: str) -> None:
    assert check_gold.check_names(half, check_gold.read_names(half), IDS) == []


def test_no_form_stands_in_both_halves() -> None:
    dev, test = ({row["form"] for row in check_gold.read_names(half)} for half in ("dev", "test"))
    assert dev & test == set()


def test_passages_are_sound() -> None:
    assert check_gold.check_passages(check_gold.read_passages(), IDS) == []


def test_every_text_has_its_answers_and_every_answer_its_text() -> None:
    folder = Path(check_gold.__file__).parent / "passages"
    assert {path.stem for path in folder.glob("*.txt")} == {path.stem for path in folder.glob("*.json")}


@pytest.mark.parametrize(
    ("what", "least"),
    [
        ("forms", 440), ("places", 130), ("not_towns", 65), ("traps", 85), ("passages", 28), ("regional_passages", 14),
        ("mentions", 500), ("relative", 25), ("unknown", 10), ("text_traps", 100),
    ],
)  # fmt: skip
def test_there_is_enough(what: str, least: int) -> None:
    assert check_gold.counts()["all"][what] >= least


def test_the_table_of_the_readme_is_true() -> None:
    text = (Path(check_gold.__file__).parent / "README.md").read_text(encoding="utf-8")
    count = check_gold.counts()
    table = [line.split("|")[2:5] for line in text.splitlines() if line.startswith("| ")][1:13]
    rows = [tuple(int(cell) for cell in cells) for cells in table if cells[0].strip().isdigit()]
    wanted = (
        "forms", "places", "answers", "arabic", "not_towns", "traps", "passages", "regional_passages", "mentions", "text_traps",
    )  # fmt: skip
    assert rows == [tuple(count[half][what] for half in ("dev", "test", "all")) for what in wanted]


def test_a_quarter_of_the_forms_is_in_arabic_script() -> None:
    for half, count in check_gold.counts().items():
        assert count["arabic"] >= 0.25 * count["forms"], half


def test_each_half_holds_about_half() -> None:
    count = check_gold.counts()
    for what in ("forms", "answers", "traps", "passages", "mentions"):
        assert 0.4 <= count["test"][what] / (count["dev"][what] + count["test"][what]) <= 0.6, what


def test_every_region_has_two_passages_and_both_halves() -> None:
    for region in check_gold.REGIONS:
        halves = [passage["half"] for passage in check_gold.read_passages() if passage["region"] == region]
        assert len(halves) >= 2, region
        assert set(halves) == {"dev", "test"}, region


def test_three_passages_are_wholly_in_arabic_and_more_hold_some() -> None:
    arabic = latin = 0
    for passage in check_gold.read_passages():
        letters = [letter for letter in passage["text"] if letter.isalpha()]
        share = sum("\u0600" <= letter <= "\u06ff" for letter in letters) / len(letters)
        arabic += share > 0.99
        latin += 0 < share < 0.5
    assert arabic >= 3
    assert latin >= 2


def test_the_geonames_ids_are_in_the_layer_of_places() -> None:
    files = sorted((LAYERS / "data").glob("places*.parquet"))
    if not files:
        pytest.skip("layers/data/places*.parquet is not built: run scripts/build_layers.py")
    import pyarrow.parquet as pq

    wanted = {row["answer_id"] for half in check_gold.HALVES for row in check_gold.read_names(half)}
    wanted |= {m.get("answer_id") or "" for p in check_gold.read_passages() for m in p["mentions"]}
    wanted = {answer_id for answer_id in wanted if answer_id.isdigit()}
    ids = [i for file in files for i in pq.read_table(file, columns=["id"]).column("id").to_pylist()]
    assert wanted - {str(value).rsplit("/", 1)[-1].rsplit(":", 1)[-1] for value in ids} == set()
    assert len(wanted) > 200


def test_the_points_lie_in_their_countries() -> None:
    if not (LAYERS / "data" / "countries.parquet").exists():
        pytest.skip("layers/data/countries.parquet is not built: run scripts/build_layers.py")
    import geopandas as gpd
    import shapely

    layer = gpd.read_parquet(LAYERS / "data" / "countries.parquet")
    countries = {code: part.geometry.to_numpy() for code, part in layer.groupby("country")}
    points = {
        (row["country"], float(row["lon"]), float(row["lat"]))
        for half in check_gold.HALVES
        for row in check_gold.read_names(half)
        if row["country"]
    }
    points |= {
        (m["country"], m["lon"], m["lat"])
        for p in check_gold.read_passages()
        for m in p["mentions"]
        if m.get("country") and "lon" in m
    }
    # A border post lies on the line, and the line here is a generalised one: a tenth of a degree is allowed.
    outside = [p for p in points if shapely.distance(countries[p[0]], shapely.Point(p[1:])).min() > 0.1]
    assert outside == []
    assert len(points) > 250


def test_the_checker_sees_a_shifted_span() -> None:
    passage = copy.deepcopy(check_gold.read_passages()[0])
    passage["mentions"][0]["start"] += 1
    assert len(check_gold.check_passages([passage], IDS)) == 1


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"lon": "12.5"}, "is not in"),
        ({"answer_id": "camp/no-such-camp"}, "no layer has the id"),
        ({"script": "arabic"}, "is not that of the form"),
        ({"style": "guess"}, "is not one of"),
        ({"tolerance_m": "900000"}, "tolerance"),
        ({"place": "al-hol"}, "other half"),
        ({"source": ""}, "no source"),
        ({"form": " Homs"}, "blanks"),
    ],
)
def test_the_checker_sees_a_wrong_row(change: dict[str, str], word: str) -> None:
    row = next(r for r in check_gold.read_names("test") if r["country"] == "SY" and r["script"] == "latin")
    problems = check_gold.check_names("test", [row | change], IDS)
    assert any(word in problem for problem in problems), problems


def test_the_checker_sees_a_trap_with_an_answer() -> None:
    row = next(r for r in check_gold.read_names("test") if r["kind"] == "trap")
    assert check_gold.check_names("test", [row], IDS) == []
    assert check_gold.check_names("test", [row | {"lon": "40.0"}], IDS) != []


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"lon": 2.0}, "is not in"),
        ({"answer_id": "dam/none"}, "no layer"),
        ({"radius_m": 0}, "no radius"),
        ({"level": "town"}, "level"),
    ],
)
def test_the_checker_sees_a_wrong_mention(change: dict[str, Any], word: str) -> None:
    passage = copy.deepcopy(check_gold.read_passages()[0])
    mention = next(m for m in passage["mentions"] if m["level"] == "place" and "lon" in m)
    mention.update(change)
    problems = check_gold.check_passages([passage], IDS)
    assert any(word in problem for problem in problems), problems


TOWN = {
    "answer_id": "94787", "also": "", "lon": "44.3922", "lat": "35.4681", "tolerance_m": "10000", "extent": "", "kind": "PPL",
}  # fmt: skip


@pytest.mark.parametrize(
    ("found_id", "lon", "lat", "kind", "right"),
    [
        ("94787", 0.0, 0.0, "PPLA", True),
        ("place/94787", 0.0, 0.0, "PPLA", True),
        ("194787", 0.0, 0.0, "PPLA", False),
        (None, 44.45, 35.47, "PPL", True),
        (None, 44.45, 35.47, "ADM1", False),  # the governorate is not the city
        (None, 44.6, 35.47, "PPL", False),  # 19 km away
    ],
)
def test_a_town_is_right_by_its_id_or_by_kind_and_distance(
    found_id: str | None, lon: float, lat: float, kind: str, right: bool
) -> None:
    assert score_gold.name_is_right(TOWN, found_id, lon, lat, kind) is right


def test_an_area_is_right_anywhere_inside_and_a_second_reading_counts() -> None:
    area = TOWN | {"kind": "MTS", "answer_id": "region/a", "tolerance_m": "extent", "extent": "43 34 45 35"}
    assert score_gold.name_is_right(area, None, 44.0, 34.5, "MTS")
    assert not score_gold.name_is_right(area, None, 44.0, 35.5, "MTS")
    assert score_gold.name_is_right(area | {"also": "region/b 1 2 5000"}, "region/b", 0.0, 0.0, "MTS")
    assert not score_gold.name_is_right(TOWN | {"answer_id": ""}, None, 44.3922, 35.4681, "PPL")


def test_spans_are_paired_once_and_the_anchor_is_free() -> None:
    def mention(start: int, end: int, **more: Any) -> dict[str, Any]:
        answer = {"answer_id": "1", "lon": 40.0, "lat": 35.0, "radius_m": 5000}
        return {"start": start, "end": end, "level": "place", "subnational": True, **answer, **more}

    def span(start: int, end: int, lon: float | None = 40.0, kind: str = "PPL") -> dict[str, Any]:
        return {"start": start, "end": end, "kind": kind, "lon": lon, "lat": 35.0, "gazetteer_id": None}

    passage = {
        "mentions": [
            mention(0, 15),  # "Aleppo province"
            mention(20, 40, level="relative", answer_id=None),  # "30 km east of Kirkuk", with its anchor
            mention(34, 40, optional=True),
            {"start": 50, "end": 56, "level": "place", "subnational": True, "unknown": True},
            {"start": 60, "end": 65, "level": "country", "subnational": False, "country": "SY"},
            mention(90, 99),
        ],
        "traps": [{"start": 70, "end": 75, "text": "Assad", "why": "person"}],
    }
    found = [
        span(0, 6), span(20, 40, 41.0), span(34, 40), span(50, 56, None), span(60, 65, kind="PCLI"), span(70, 75), span(80, 84),
    ]  # fmt: skip
    assert score_gold.tally_passage(passage, found) == {
        "hits": 3, "missed": 1, "false": 2, "trapped": 1, "resolvable": 3, "resolvable_found": 2, "within_10_km": 1,
        "within_161_km": 2, "unknown": 1, "unknown_placed": 0,
    }  # fmt: skip
    road = {"mentions": [mention(0, 30, optional=True), mention(5, 11), mention(15, 20)], "traps": []}
    assert score_gold.tally_passage(road, [span(0, 30)])["missed"] == 0
    assert score_gold.tally_passage(road, [span(5, 11)])["missed"] == 1
    nothing = score_gold.tally_passage(passage, [span(34, 40)])
    assert (nothing["hits"], nothing["missed"], nothing["false"]) == (0, 4, 0)


def test_a_country_where_a_town_was_wanted_is_no_place_of_it() -> None:
    mention = {"answer_id": "region/b", "lon": 40.0, "lat": 35.0, "radius_m": 5000}
    assert not score_gold.resolved_within(mention, "SY", 38.5, 35.0, 10_000.0)
    assert score_gold.resolved_within(mention, "SY", 38.5, 35.0, 161_000.0)
    assert score_gold.resolved_within(mention | {"extent": [38, 34, 41, 36]}, "SY", 38.5, 35.0, 10_000.0)
