"""A small world of its own: a catalogue with real names and rounded real positions, and the gazetteer built from it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from shapely.geometry import LineString, Point, Polygon, box

from geoops.core.schema import LAYER_COLUMNS
from geoops.core.writing import write_parquet
from geoops.gazetteer import build_gazetteer
from geoops.gazetteer.records import Gazetteer, open_gazetteer

COUNTRIES = [
    ("SY", "Syria", "سوريا", "Syrian Arab Republic", box(35.7, 32.3, 42.3, 37.3)),
    ("IQ", "Iraq", "العراق", "Republic of Iraq", box(42.3, 29.0, 48.5, 37.4)),
    ("LB", "Lebanon", "لبنان", "", box(35.0, 33.0, 35.7, 34.7)),
    ("LY", "Libya", "ليبيا", "", box(9.3, 19.5, 25.2, 33.2)),
    ("US", "United States", None, "United States of America|USA", box(-125.0, 25.0, -67.0, 49.0)),
]
ADMIN1 = [
    ("SY-HL", "Aleppo", "محافظة حلب", "Aleppo Governorate|Halab", "SY", box(36.4, 35.6, 38.6, 36.9)),
    ("SY-DY", "Deir ez-Zor", "محافظة دير الزور", "Dayr az Zawr", "SY", box(39.3, 33.9, 41.3, 35.9)),
    ("SY-HA", "Al Hasakah", "محافظة الحسكة", "Hasakah", "SY", box(39.6, 35.9, 42.3, 37.3)),
    ("IQ-KI", "Kirkuk", "محافظة كركوك", "At Ta'mim", "IQ", box(43.2, 34.7, 44.9, 35.9)),
    ("IQ-AN", "Al Anbar", "محافظة الأنبار", "Anbar", "IQ", box(42.3, 31.0, 43.2, 35.0)),
    ("US-WA", "Washington", None, "State of Washington", "US", box(-124.7, 45.6, -117.0, 49.0)),
]
# id, name, local, alternates, kind, country, population, lon, lat
PLACES = [
    (170794, "Deir al-Zor", "دير الزور", "Deir ez-Zor|Deir Ezzor|Dayr az Zawr", "PPLA", "SY", 271800, 40.141, 35.336),
    (173811, "Al Ḩasakah", "الحسكة", "Hasakah|Al-Hasakeh", "PPLA", "SY", 422445, 40.748, 36.502),
    (173797, "Al Ḩawl", "الهول", "Al Hawl|El Hol", "PPL", "SY", 0, 41.150, 36.390),
    (173377, "Al Qāmishlī", "القامشلي", "Qamishli|Kamechlié", "PPL", "SY", 184231, 41.231, 37.052),
    (170063, "Aleppo", "حلب", "Halab|Haleb", "PPLA", "SY", 2098210, 37.161, 36.202),
    (169577, "Homs", "حمص", "Ḩimş|Hims", "PPLA", "SY", 775404, 36.726, 34.724),
    (170654, "Damascus", "دمشق", "Dimashq|Damas", "PPLC", "SY", 1569394, 36.291, 33.510),
    (163808, "Palmyra", "تدمر", "Tadmur", "PPL", "SY", 51323, 38.284, 34.557),
    (172955, "Ar Raqqah", "الرقة", "Raqqa|Rakka", "PPLA", "SY", 531952, 39.010, 35.951),
    (174448, "Ālbū Kamāl", "البوكمال", "Abu Kamal|Al Bukamal", "PPL", "SY", 57572, 40.918, 34.453),
    (169387, "Khaţţāb", "خطاب", "Khattab", "PPL", "SY", 10830, 36.650, 35.210),
    (94787, "Kirkuk", "كركوك", "Karkuk|Kerkûk|Kerkouk", "PPLA", "IQ", 1031000, 44.392, 35.468),
    (90220, "Daquq", "داقوق", "Tawuq", "PPL", "IQ", 0, 44.449, 35.139),
    (98182, "Baghdad", "بغداد", "Bagdad", "PPLC", "IQ", 7216000, 44.366, 33.315),
    (99072, "Mosul", "الموصل", "Al Mawsil|Mossoul", "PPLA", "IQ", 1739800, 43.130, 36.340),
    (448149, "Tripoli", "طرابلس", "Tarabulus", "PPLA", "LB", 229398, 35.850, 34.437),
    (2210247, "Tripoli", "طرابلس", "Tarabulus al-Gharb", "PPLC", "LY", 1150989, 13.188, 32.887),
    (4140963, "Washington", None, "Washington D.C.", "PPLC", "US", 689545, -77.036, 38.895),
    (4250542, "Springfield", None, "", "PPL", "US", 114394, -89.644, 39.802),
    (4951788, "Springfield", None, "", "PPL", "US", 155929, -72.590, 42.101),
    (4409896, "Springfield", None, "", "PPL", "US", 169176, -93.298, 37.215),
    (4354234, "Damascus", None, "", "PPL", "US", 15257, -77.204, 39.288),
]  # fmt: skip
HAMRIN = Polygon([(43.6, 35.0), (44.3, 34.6), (45.0, 34.0), (45.1, 34.1), (44.4, 34.7), (43.7, 35.1)])
DESERT = Polygon([(37.5, 34.0), (39.5, 34.0), (39.8, 35.2), (38.0, 35.2)])
EUPHRATES = LineString([(38.0, 36.8), (38.5, 35.9), (40.1, 35.35), (40.95, 34.45), (42.4, 34.1), (44.3, 32.5)])


def _frame(rows: list[dict[str, Any]], **constants: Any) -> gpd.GeoDataFrame:
    """Rows as a layer."""
    frame = gpd.GeoDataFrame(rows, geometry="geometry", crs="EPSG:4326")
    for column in LAYER_COLUMNS:
        if column not in frame:
            frame[column] = constants.get(column)
    theme = [c for c in frame.columns if c not in LAYER_COLUMNS]
    return gpd.GeoDataFrame(frame[[*LAYER_COLUMNS[:-1], *theme, "geometry"]], crs="EPSG:4326")


def _feature(
    identifier: str,
    name: str,
    local: str | None,
    alternates: str,
    kind: str,
    country: str,
    geometry: Any,
    radius: float,
) -> dict[str, Any]:
    """One feature of a small layer."""
    return {
        "id": identifier, "name": name, "name_local": local, "alt_names": alternates or None, "kind": kind,
        "country": country, "uncertainty_m": radius, "geometry": geometry,
    }  # fmt: skip


def layers_of_the_small_world() -> dict[str, gpd.GeoDataFrame]:
    """Every layer by its name."""
    own = {"source": "typed for a test", "licence": "CC0", "source_date": "2025"}
    return {
        "countries": _frame(
            [_feature(f"country/{c}", n, ar, alt, "PCLI", c, g, 1000.0) for c, n, ar, alt, g in COUNTRIES], **own
        ),
        "admin1": _frame(
            [_feature(f"admin1/{i}", n, ar, alt, "ADM1", c, g, 1000.0) for i, n, ar, alt, c, g in ADMIN1], **own
        ),
        "places": _frame(
            [
                _feature(f"geonames/{i}", n, ar, alt, k, c, Point(lon, lat), 4000.0) | {"population": p}
                for i, n, ar, alt, k, c, p, lon, lat in PLACES
            ],
            source="geonames", licence="CC BY 4.0",
        ),
        "regions": _frame([
            _feature("region/hamrin", "Hamrin Mountains", "جبال حمرين", "Jabal Hamrin|Hamrin range|Çiyayên Hemrîn", "MTS", "IQ", HAMRIN, 4000.0),
            _feature("region/central-syrian-desert", "central Syrian desert", "البادية السورية", "Badia", "DSRT", "SY", DESERT, 20000.0),
            _feature("region/northern-iraq", "northern Iraq", "شمال العراق", "north of Iraq", "RGN", "IQ", box(42.3, 34.7, 46.0, 37.4), 30000.0),
            _feature("region/north-eastern-syria", "north-eastern Syria", "شمال شرق سوريا", "northeast Syria", "RGN", "SY", box(38.8, 34.8, 42.3, 37.3), 30000.0),
        ], **own),
        "rivers": _frame([_feature("river/euphrates", "Euphrates", "نهر الفرات", "Euphrates River|Firat", "STM", "", EUPHRATES, 2000.0) | {"country": None}], **own),
        "camps": _frame([
            _feature("camp/al-hol", "al Hol camp", "مخيم الهول", "al-Hawl camp", "CMP", "SY", Point(41.149, 36.376), 2000.0),
            _feature("camp/roj", "Roj camp", "مخيم روج", "al-Roj camp", "CMP", "SY", Point(42.08, 37.02), 15000.0),
        ], **own),
        "border_crossings": _frame([
            _feature("border-crossing/yarubiyah", "Yarubiyah / Rabia", "اليعربية", "Rabia crossing|Yaarubiya", "BDRB", "SY", Point(42.0745, 36.8054), 1500.0),
        ], **own),
        "oil_gas_fields": _frame([
            _feature("oil-field/omar", "Al-Omar oil field", "حقل العمر النفطي", "al-Omar", "OILF", "SY", Point(40.59, 35.09), 6000.0),
        ], **own),
        "refineries": _frame([
            _feature("refinery/homs", "Homs refinery", "مصفاة حمص", "Homs Petroleum Refinery", "OILR", "SY", Point(36.641, 34.713), 2000.0),
        ], **own),
    }  # fmt: skip


def write_catalogue(folder: Path, layers: dict[str, gpd.GeoDataFrame]) -> Path:
    """A catalogue on disk, in the form that `geoops.layers` reads."""
    entries = []
    for name, frame in layers.items():
        path = write_parquet(folder / "data" / f"{name}.parquet", frame, row_group_size=8)
        entries.append(
            f'[layers.{name}]\ntitle = "{name}"\ngeometry = "features"\nsource = "test"\ndate = "2025"\nlicence = "CC0"\n'
            f'attribution = "test"\npublish = true\nregion = [-180, -90, 180, 90]\nuncertainty_m = 1000\n'
            f'files = [{{ path = "data/{name}.parquet", bytes = {path.stat().st_size}, sha256 = "of {name}" }}]\n'
        )
    (folder / "catalog.toml").write_text("\n".join(entries), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def small_world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a catalogue and its gazetteer."""
    folder = write_catalogue(tmp_path_factory.mktemp("layers"), layers_of_the_small_world())
    build_gazetteer(folder)
    return folder


@pytest.fixture(scope="session")
def gazetteer(small_world: Path) -> Gazetteer:
    """The small world's gazetteer, open."""
    return open_gazetteer(small_world)
