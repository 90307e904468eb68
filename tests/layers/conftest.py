"""A tiny layers folder of its own: one packed input, one base layer, one curated layer."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from geoops.layers.recipes import Made, Recipe
from geoops.layers.sources.airports import airports

AIRPORTS_CSV = """\
"icao","iata","name","city","subd","country","elevation","lat","lon","tz","lid"
"ORBI","BGW","Baghdad International","Baghdad","","IQ",114,33.2625,44.2346,"Asia/Baghdad",""
"OSDZ","DEZ","Deir ez-Zor","Deir ez-Zor","","SY",700,35.2854,40.176,"Asia/Damascus",""
"XXXX","","Nowhere","","","",0,0,0,"",""
"""

SOURCES_TOML = """\
[page-one]
title = "A page"
publisher = "A publisher"
date = "2025-01-01"
licence = "CC BY 4.0"
attribution = "A publisher, CC BY 4.0"
opened = "the page, read in full"

[page-two]
title = "Another page"
publisher = "Another publisher"
date = "2025-02-01"
licence = "Copyright of the publisher; single facts cited"
attribution = "Another publisher"
opened = "the page, read in full"
"""

DAMS_CSV = """\
id,name,name_ar,name_ku,alt_names,kind,country,admin1,lon,lat,uncertainty_m,status,status_date,capacity_mw,geometry_quality,source,source_date,note
dam/one,One Dam,سد واحد,Benda Yek,First Dam|Dam 1,DAM,SY,Raqqa,38.5,35.8,1000,operating,2025-01,880,approximate,page-one;page-two,2025-01-01,
dam/two,Two Dam,,,,DAM,IQ,,43.0,36.5,2000,damaged,2024,,approximate,page-two,2025-02-01,read there
"""

THEMES_TOML = """\
[countries]
title = "Countries"
source = "made for the tests"
date = "2025-01-01"
licence = "CC0"
attribution = "made for the tests"

[airports]
title = "Airports"
source = "airportsdata"
date = "2026-09-05"
licence = "MIT"
attribution = "airportsdata (MIT)"
accuracy = "two kilometres"

[airports.fields]
elevation_m = "metres"

[dams]
title = "Dams"
source = "curated"
attribution = "Curated"
"""


def make_wheel(folder: Path, text: str = AIRPORTS_CSV) -> Path:
    """A wheel with one table in it, the same bytes each time."""
    path = folder / "airportsdata-1-py3-none-any.whl"
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(zipfile.ZipInfo("airportsdata/airports.csv", (2020, 1, 1, 0, 0, 0)), text)
        archive.writestr(zipfile.ZipInfo("airportsdata/unused.txt", (2020, 1, 1, 0, 0, 0)), "not unpacked")
    return path


def state_inputs(root: Path, wheel: Path) -> None:
    """The list of inputs with the wheel's true size and checksum."""
    data = wheel.read_bytes()
    root.mkdir(parents=True, exist_ok=True)
    (root / "inputs.toml").write_text(
        f'[airportsdata]\nclient = "pip"\npackage = "airportsdata"\nversion = "1"\nfile = "{wheel.name}"\n'
        f'bytes = {len(data)}\nsha256 = "{hashlib.sha256(data).hexdigest()}"\n'
        'members = ["airportsdata/airports.csv"]\nholds = "airports"\n',
        encoding="utf-8",
    )


def _countries(folders: dict[str, Path], layers: object) -> Made:
    return Made(
        gpd.GeoDataFrame(
            {"id": ["country/sy", "country/iq"], "name": ["Syria", "Iraq"], "country": ["SY", "IQ"], "kind": "PCLI",
             "uncertainty_m": 1000.0, "geometry_quality": "generalised"},
            geometry=[shapely.box(36, 32, 42, 37), shapely.box(42, 29, 48, 37.3)], crs="EPSG:4326",
        )
    )  # fmt: skip


def _airports(folders: dict[str, Path], layers: object) -> Made:
    frame = airports(folders["airportsdata"])
    frame["kind"] = "AIRP"
    frame["uncertainty_m"] = 2000.0
    frame["geometry_quality"] = "approximate"
    return Made(frame, facts={"remark": "made for the tests"})


@pytest.fixture
def recipes() -> dict[str, Recipe]:
    """Two small base layers."""
    return {"countries": Recipe((), _countries), "airports": Recipe(("airportsdata",), _airports, needs=("countries",))}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A layers folder ready to be built, with its input in the cache `tmp_path/cache`."""
    wheel = make_wheel(tmp_path / "cache")
    root = tmp_path / "layers"
    state_inputs(root, wheel)
    curated = root / "curated"
    curated.mkdir()
    (root / "themes.toml").write_text(THEMES_TOML, encoding="utf-8")
    (curated / "sources.toml").write_text(SOURCES_TOML, encoding="utf-8")
    (curated / "dams.csv").write_text(DAMS_CSV, encoding="utf-8")
    return root


def small_catalog(root: Path, **changes: object) -> Path:
    """A catalogue written by hand with one small layer, `spots`."""
    from geoops.core.writing import write_parquet
    from geoops.layers.inputs import sha256_of
    from geoops.layers.store import as_layer

    frame = gpd.GeoDataFrame(
        {"id": ["a", "b"], "name": ["A", "B"], "uncertainty_m": 10.0, "source": "s", "source_date": "2025", "licence": "CC0"},
        geometry=gpd.points_from_xy([40.0, 44.0], [35.0, 36.0]), crs="EPSG:4326",
    )  # fmt: skip
    path = write_parquet(root / "data/spots.parquet", as_layer(frame, what="spots"))
    entry: dict[str, object] = {
        "title": "Spots", "geometry": "point", "source": "s", "date": "2025", "licence": "CC0", "attribution": "by us",
        "publish": True, "region": [40.0, 35.0, 44.0, 36.0], "uncertainty_m": 10.0, "count": 2, **changes,
    }  # fmt: skip
    lines = [f"{key} = {json.dumps(value)}" for key, value in entry.items() if value is not None]
    file = f'[[layers.spots.files]]\npath = "data/spots.parquet"\nbytes = {path.stat().st_size}\nsha256 = "{sha256_of(path)}"\n'
    (root / "catalog.toml").write_text("[layers.spots]\n" + "\n".join(lines) + "\n" + file, encoding="utf-8")
    return root
