"""Two runs, each in a process of its own, give the same bytes in every format that a figure has."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

FIGURE = """
import sys
from pathlib import Path
import geopandas as gpd, pandas as pd, shapely
import geoops as go
from geoops.core.types import Corridor
out = Path(sys.argv[1])
sites = gpd.GeoDataFrame(
    {"name": ["Deir al-Zor", "Kirkuk"], "name_local": ["دير الزور", "كركوك"], "uncertainty_m": [4000.0, 30_000.0]},
    geometry=[shapely.Point(40.14, 35.33), shapely.Point(44.39, 35.47)], crs="EPSG:4326",
)
figure = go.sites_map(sites, date="2025-06-30", languages=("en", "ar"), layers=("oil_gas_fields",), size="journal-84")
figure.callout((41.0, 35.0), "A remark")
for suffix in ("png", "pdf", "svg", "webp", "gpkg", "tif"):
    figure.save(out / f"figure.{suffix}", dpi=80)
events = sites.iloc[[0, 1, 0, 1]].assign(date=["2025-01-05", "2025-01-09", "2025-02-01", "2025-02-03"], source="invented", licence="CC0")
go.event_frames(events, by="month", size="journal-84", base=("countries",)).save(out / "frames.gif", dpi=60)
"""


def run(folder: Path, seed: str) -> dict[str, str]:
    """Checksums of what one process wrote; the seed is that of Python's hashes, which order sets."""
    folder.mkdir()
    env = {**os.environ, "PYTHONHASHSEED": seed}
    subprocess.run([sys.executable, "-c", FIGURE, str(folder)], check=True, env=env, timeout=300)
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.iterdir())}


def test_two_processes_write_the_same_bytes(tmp_path):
    one, other = run(tmp_path / "one", "1"), run(tmp_path / "other", "2")
    assert sorted(one) == [
        "figure.gpkg",
        "figure.pdf",
        "figure.png",
        "figure.svg",
        "figure.tif",
        "figure.webp",
        "frames.gif",
    ]
    assert one == other
