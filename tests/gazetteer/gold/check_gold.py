"""The gold set of the gazetteer: reading it, and checking that the files themselves are sound.

For whoever measures the gazetteer or adds to the set. It reads names and passages, counts them, and says what is wrong
with them (a span that does not match its text, an id that no layer has, a point outside its country, a name in the wrong
half). It measures nothing and knows nothing of the gazetteer: that is `score_gold.py`.
"""

from __future__ import annotations

import csv
import hashlib
import itertools
import json
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

__all__ = ["HALVES", "check_names", "check_passages", "counts", "half_of", "known_ids", "read_names", "read_passages"]

HERE = Path(__file__).parent
HALVES = ("dev", "test")

COLUMNS = (
    "place", "form", "script", "style", "answer_id", "also", "lon", "lat", "tolerance_m", "extent", "kind", "country",
    "answer_name", "source", "note",
)  # fmt: skip
STYLES = {
    "press", "bgn", "un", "ala-lc", "french", "kurdish", "turkish", "typo", "arabic", "arabic-typo", "arabic-vowelled", "trap",
}  # fmt: skip
LEVELS = {"country", "admin1", "admin2", "place", "feature", "relative", "region"}
REGIONS = {"Syria and Iraq", "Sudan", "Sahel", "Ukraine", "Afghanistan", "Mexico"}

SEEN_IN_THE_ISSUE = frozenset({"deir-al-zor", "al-hol", "hasakah", "qamishli", "hamrin", "regions-of-the-brief"})
"""Places whose spellings are listed where the gazetteer is specified: rules have seen them, so they are never tested on."""

BOUNDS = {
    "AF": (60.4, 29.3, 75.0, 38.5), "BF": (-5.6, 9.3, 2.5, 15.2), "EG": (24.6, 21.9, 37.0, 31.7),
    "ET": (32.9, 3.3, 48.0, 15.0), "NG": (2.6, 4.2, 14.7, 13.9), "PK": (60.8, 23.5, 77.9, 37.1), "GT": (-92.3, 13.7, -88.2, 17.9),
    "IQ": (38.7, 29.0, 48.7, 37.5), "IR": (44.0, 25.0, 63.4, 39.9), "JO": (34.8, 29.1, 39.4, 33.4),
    "ML": (-12.3, 10.1, 4.3, 25.1), "MX": (-118.5, 14.5, -86.6, 32.8), "NE": (0.1, 11.6, 16.0, 23.6),
    "PL": (14.0, 48.9, 24.2, 54.9), "SA": (34.4, 16.2, 55.8, 32.3), "SD": (21.7, 8.6, 38.7, 22.3),
    "SN": (-17.6, 12.2, -11.3, 16.8), "SS": (24.0, 3.4, 36.0, 12.3), "SY": (35.6, 32.2, 42.5, 37.4),
    "TD": (13.4, 7.4, 24.1, 23.5), "TR": (25.5, 35.7, 45.0, 42.3), "UA": (22.0, 44.2, 40.3, 52.5),
    "US": (-125.0, 24.4, -66.8, 49.5),
}  # fmt: skip
"""West, south, east, north of the countries that occur: coarse, but always at hand. The polygons check again."""

GOVERNORATES = {
    *(f"SY-{c}" for c in ("DI", "DR", "DY", "HA", "HI", "HL", "HM", "ID", "LA", "QU", "RA", "RD", "SU", "TA")),
    *(f"IQ-{c}" for c in ("AN", "AR", "BA", "BB", "BG", "DA", "DI", "DQ", "KA", "KI", "MA", "MU", "NA", "NI", "QA")),
    "IQ-SD", "IQ-SU", "IQ-WA",
}  # fmt: skip


def half_of(place: str) -> str:
    """The half that a place's forms go to: by a hash of its key, so that nobody chooses."""
    if place in SEEN_IN_THE_ISSUE:
        return "dev"
    return HALVES[hashlib.sha256(f"geoops gold 1 {place}".encode()).digest()[0] % 2]


def read_names(half: str) -> list[dict[str, str]]:
    """The rows of a half's names, as text; a trap has an empty `answer_id`."""
    with (HERE / f"names_{half}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_passages(half: str | None = None) -> list[dict[str, Any]]:
    """The passages (of one half), each its JSON with the `text` added."""
    passages = []
    for path in sorted((HERE / "passages").glob("*.json")):
        passage = json.loads(path.read_text(encoding="utf-8"))
        if half in (None, passage["half"]):
            # newline="" would be needed only for carriage returns, which the check refuses.
            passages.append(passage | {"text": path.with_suffix(".txt").read_text(encoding="utf-8")})
    return passages


def known_ids(curated: Path) -> set[str]:
    """Ids of the curated rows and of the governorates; GeoNames ids are checked against the layer of places instead."""
    ids = set(GOVERNORATES)
    for path in curated.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            ids |= {row["id"] for row in csv.DictReader(file) if row.get("id")}
    for path in curated.glob("*.geojson"):
        features = json.loads(path.read_text(encoding="utf-8"))["features"]
        ids |= {feature["properties"]["id"] for feature in features if feature["properties"].get("id")}
    return ids


def _is_arabic(form: str) -> bool:
    """Whether a form is written in Arabic letters, Kurdish and Persian ones among them."""
    return any(unicodedata.name(letter, "").startswith("ARABIC") for letter in form)


def _outside(country: str, lon: float, lat: float) -> bool:
    """Whether a point lies outside the rectangle of its country (rivers of several countries have none)."""
    if not country:
        return False
    west, south, east, north = BOUNDS[country]
    return not (west <= lon <= east and south <= lat <= north)


def _id_problem(answer_id: str, ids: set[str]) -> str | None:
    """What is wrong with an answer's id, as far as it can be known without the layers."""
    scheme = answer_id.split(":", 1)[0]
    if answer_id.isdigit() or scheme in {"ne", "osm", "point"} or answer_id.startswith("IQG") or answer_id in ids:
        return None
    country = answer_id[:2]
    if country not in {"SY", "IQ"} and country in BOUNDS and answer_id[2:3] == "-":
        return None
    return f"no layer has the id {answer_id!r}"


def check_names(half: str, rows: Iterable[Mapping[str, str]], ids: set[str]) -> list[str]:
    """What is wrong with the names of a half, one line a problem; empty if nothing is."""
    problems, seen = [], set()
    for number, row in enumerate(rows, start=2):
        where = f"names_{half}.csv:{number} {row['form']!r}"
        found = []
        if tuple(row) != COLUMNS:
            found.append(f"columns {tuple(row)}, expected {COLUMNS}")
        if half_of(row["place"]) != half:
            found.append(f"place {row['place']!r} belongs to the other half")
        if row["form"] in seen or row["form"] != row["form"].strip() or not row["form"]:
            found.append("twice in the file, empty, or with blanks round it")
        seen.add(row["form"])
        if row["script"] != ("arabic" if _is_arabic(row["form"]) else "latin"):
            found.append(f"script {row['script']!r} is not that of the form")
        if row["style"] not in STYLES:
            found.append(f"style {row['style']!r} is not one of {sorted(STYLES)}")
        if row["kind"] == "trap":
            if any(row[c] for c in ("answer_id", "lon", "lat", "tolerance_m", "country")):
                found.append("a trap has no answer")
        else:
            problem = _id_problem(row["answer_id"], ids)
            found += [problem] if problem else []
            if not row["source"] or not row["answer_name"]:
                found.append("no source, or no name of the answer")
            if _outside(row["country"], float(row["lon"]), float(row["lat"])):
                found.append(f"{row['lon']}, {row['lat']} is not in {row['country']}")
            if row["tolerance_m"] == "extent":
                west, south, east, north = map(float, row["extent"].split())
                if not (west <= float(row["lon"]) <= east and south <= float(row["lat"]) <= north):
                    found.append("the point is outside the extent")
            elif not 1_000 <= float(row["tolerance_m"]) <= 40_000:
                found.append(f"tolerance {row['tolerance_m']} m")
        problems += [f"{where}: {text}" for text in found]
    return problems


def check_passages(passages: Iterable[Mapping[str, Any]], ids: set[str]) -> list[str]:
    """What is wrong with the passages, one line a problem; empty if nothing is."""
    problems = []
    for passage in passages:
        text, found = passage["text"], []
        words = len(text.split())
        if not 80 <= words <= 300:
            found.append(f"{words} words, expected 80 to 300")
        if "\r" in text or unicodedata.normalize("NFC", text) != text:
            found.append("carriage returns, or not in NFC: offsets would depend on the reader")
        if passage["half"] not in HALVES or passage["region"] not in REGIONS:
            found.append(f"half {passage['half']!r}, region {passage['region']!r}")
        for span in [*passage["mentions"], *passage["traps"]]:
            if text[span["start"] : span["end"]] != span["text"] or span["text"] != span["text"].strip():
                there = text[span["start"] : span["end"]]
                found.append(f"{span['start']}:{span['end']} is {there!r}, the mention says {span['text']!r}")
        for mention in passage["mentions"]:
            found += [f"{mention['text']!r}: {line}" for line in _mention_problems(mention, ids)]
        required = sorted((m["start"], m["end"]) for m in passage["mentions"] if not m.get("optional"))
        found += [f"mentions {a} and {b} overlap" for a, b in itertools.pairwise(required) if b[0] < a[1]]
        problems += [f"{passage['id']}: {line}" for line in found]
    return problems


def _mention_problems(mention: Mapping[str, Any], ids: set[str]) -> list[str]:
    """What is wrong with one mention's answer."""
    if mention["level"] not in LEVELS:
        return [f"level {mention['level']!r}"]
    if mention["level"] == "country":
        return [] if mention["country"] in BOUNDS else [f"country {mention['country']!r}"]
    if mention.get("unknown"):
        return ["an unknown place has no coordinates"] if "lon" in mention else []
    if mention["level"] == "relative" and "lon" not in mention:
        return ["a relative place needs a disc or an extent"]
    if "lon" not in mention:
        return [] if mention.get("optional") else ["no answer"]
    found = []
    problem = mention.get("answer_id") and _id_problem(mention["answer_id"], ids)
    if problem:
        found.append(problem)
    if _outside(mention.get("country") or "", mention["lon"], mention["lat"]):
        found.append(f"{mention['lon']}, {mention['lat']} is not in {mention['country']}")
    if mention["radius_m"] <= 0:
        found.append("no radius")
    return found


def counts() -> dict[str, dict[str, int]]:
    """How much there is: of each half and in all."""
    table = {}
    for name, halves in {"dev": ("dev",), "test": ("test",), "all": HALVES}.items():
        rows = [row for half in halves for row in read_names(half)]
        forms = [row for row in rows if row["kind"] != "trap"]
        passages = [passage for half in halves for passage in read_passages(half)]
        mentions = [m for p in passages for m in p["mentions"] if m["subnational"] and not m.get("optional")]
        table[name] = {
            "forms": len(forms),
            "places": len({row["place"] for row in forms}),
            "answers": len({row["answer_id"] for row in forms}),
            "arabic": sum(row["script"] == "arabic" for row in forms),
            "not_towns": sum(not row["kind"].startswith("PPL") for row in forms),
            "traps": len(rows) - len(forms),
            "passages": len(passages),
            "regional_passages": sum(passage["region"] == "Syria and Iraq" for passage in passages),
            "mentions": len(mentions),
            "relative": sum(m["level"] == "relative" for m in mentions),
            "unknown": sum(bool(m.get("unknown")) for m in mentions),
            "text_traps": sum(len(passage["traps"]) for passage in passages),
        }
    return table
