"""Random cases through geoops and through programs that share no code with it: every disagreement is counted.

GeographicLib for the ellipsoid, PostGIS for nearest features, scikit-image, NetworkX and GRASS for travel time. Where PostGIS and
geoops differ by more than what PostGIS promises, brute force on GeographicLib says who is off.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import networkx as nx  # noqa: F401  (the oracle's; its absence is said here and not in the middle)
import numpy as np
import rasterio
import shapely
from geographiclib.geodesic import Geodesic
from geographiclib.test.test_geodesic import GeodesicTest
from rasterio.transform import from_origin
from skimage.graph import MCP_Geometric

import geoops as go
from geoops.core import geodesy

from .tally import Tally

_TESTS = Path(__file__).parents[1]
sys.path[:0] = [path for path in (str(_TESTS), str(_TESTS / "proximity")) if path not in sys.path]

import layers as hard  # noqa: E402
import oracle as brute  # noqa: E402
from postgis_server import NoServerError, psql, server  # noqa: E402
from tests.corridors.conftest import Plane, oracle, oracle_hours  # noqa: E402

__all__ = ["run"]

EARTH = Geodesic.WGS84
WRONG = "silent wrong answers"


def run(*, cases: int = 40_000, seed: int = 13) -> Tally:
    """Of so many cases most are geodesics; the grids and the layers are fewer, and each has many cells or pairs."""
    tally = Tally("against other programs", seed=seed)
    rng = np.random.default_rng(seed)
    _geodesics(tally, rng, cases)
    _postgis(tally, rng, rounds=max(1, cases // 4000))
    _scikit_image(tally, rng, grids=max(3, cases // 200))
    _networkx(tally, rng, grids=max(1, cases // 2000))
    _grass(tally, rng, grids=max(1, cases // 8000))
    return tally


def _pairs(rng: np.random.Generator, count: int) -> Iterator[tuple[float, float, float, float]]:
    """Latitude, longitude, azimuth and metres of geodesics, in the families of GeographicLib's test set."""
    for number in range(count):
        lat, azimuth = np.degrees(np.arcsin(rng.uniform(-1, 1))), rng.uniform(0.0, 180.0)
        metres = rng.uniform(0.0, 2e7)
        match number % 10:
            case 1:  # nearly antipodal
                metres = 20_003_931.0 - 10.0 ** rng.uniform(0, 4.8)
            case 2:  # short
                metres = 10.0 ** rng.uniform(-4, 4)
            case 3:  # one end near a pole
                lat = 90.0 - 10.0 ** rng.uniform(-9, 0)
            case 4:  # from pole to pole
                lat, metres = 90.0 - 10.0 ** rng.uniform(-9, 0), 20_003_931.0 * rng.uniform(0.99, 1.0)
            case 5:  # nearly along a meridian
                azimuth = 10.0 ** rng.uniform(-9, 0)
            case 6:  # nearly along the equator
                lat, azimuth = 10.0 ** rng.uniform(-9, -1), 90.0 + rng.normal(0.0, 1e-6)
            case 7:  # at its vertex
                azimuth = 90.0
        yield float(lat), float(rng.uniform(-180, 180)), float(azimuth), float(metres)


def _geodesics(tally: Tally, rng: np.random.Generator, count: int) -> None:
    """Distances and places against GeographicLib, and against the cases of its test set that its package carries."""
    rows = []
    for lat, lon, azimuth, metres in _pairs(rng, count):
        end = EARTH.Direct(lat, lon, azimuth, metres)
        truth = EARTH.Inverse(lat, lon, end["lat2"], end["lon2"], Geodesic.DISTANCE)["s12"]
        rows.append((lon, lat, azimuth, metres, end["lon2"], end["lat2"], truth))
    for lat1, lon1, azi1, lat2, lon2, _, s12, *_ in GeodesicTest.testcases:
        rows.append((lon1, lat1, azi1, s12, lon2, lat2, s12))
    lon1, lat1, azimuth, metres, lon2, lat2, truth = np.array(rows).T
    tally.inputs += len(rows)
    tally.outcomes["geodesics, GeographicLib"] += len(rows)
    off_m = np.abs(geodesy.distance(lon1, lat1, lon2, lat2) - truth)
    there = geodesy.destination(lon1, lat1, azimuth, metres)
    missed_m = np.array([
        EARTH.Inverse(a, b, c, d, Geodesic.DISTANCE)["s12"] for b, a, d, c in zip(*there, lon2, lat2, strict=True)
    ])  # fmt: skip
    for name, errors in (("distance", off_m), ("destination", missed_m)):
        tally.measured[f"{name}_off_by_m_at_most"] = float(f"{errors.max():.1e}")
        for n in np.flatnonzero(~(errors < 1e-6)):
            tally.met(WRONG, f"{name} off by {errors[n]:.3g} m: {rows[n]}")


def _postgis(tally: Tally, rng: np.random.Generator, *, rounds: int) -> None:
    """Distances from points to points, lines and areas, all pairs, by ST_Distance of geography."""
    try:
        with server() as address:
            for number in range(rounds):
                west, south = rng.uniform(-170, 160), rng.uniform(-70, 60)
                box = (west, south, west + 6.0, south + 6.0)
                sites = hard.points(rng, 40, box)
                layer = np.concatenate(
                    [hard.points(rng, 20, box), hard.lines(rng, 15, box, 0.3), hard.areas(rng, 15, box, 0.3)]
                )
                found = go.nearest(
                    gpd.GeoSeries(sites, crs=4326), gpd.GeoSeries(layer, crs=4326), k=len(layer), with_lines=False
                )
                ours = np.full((len(sites), len(layer)), np.nan)
                ours[found["site"], found["feature"].astype(int)] = found["distance_km"] * 1000.0
                theirs = _by_postgis(address, sites, layer)
                _settle(tally, number, sites, layer, ours, theirs)
    except NoServerError as error:
        tally.outcomes[f"not tried: PostGIS: {error}"] += 1


def _by_postgis(address: str, sites: np.ndarray, layer: np.ndarray) -> np.ndarray:
    values = [
        ", ".join(f"({n}, '{shape.wkt}'::geography)" for n, shape in enumerate(shapes)) for shapes in (sites, layer)
    ]
    words = psql(
        address,
        f"with s(i, g) as (values {values[0]}), l(j, h) as (values {values[1]}) "
        "select st_distance(g, h) from s, l order by i, j;",
    )
    return np.array([float(line) for line in words.split()]).reshape(len(sites), len(layer))


def _settle(
    tally: Tally, number: int, sites: np.ndarray, layer: np.ndarray, ours: np.ndarray, theirs: np.ndarray
) -> None:
    """Points must agree to a millimetre; of the rest, where they differ by more than a metre, brute force judges."""
    tally.inputs += ours.size
    tally.outcomes["distances, PostGIS"] += ours.size
    points = shapely.get_type_id(layer) == 0
    limit = np.where(points, 1e-3, 1.0)
    for i, j in np.argwhere(~(np.abs(ours - theirs) <= limit)):
        truth = brute.distance_m(sites[i], layer[j], "geodesic")
        if abs(ours[i, j] - truth) <= 1e-3:
            tally.outcomes["PostGIS off by more than a metre, by brute force"] += 1
        else:
            tally.met(
                WRONG, f"layer {number}: {ours[i, j]:.4f} m, {theirs[i, j]:.4f} by PostGIS, {truth:.4f} by brute force"
            )


def _pace(rng: np.random.Generator, shape: tuple[int, int]) -> tuple[np.ndarray, tuple[int, int]]:
    """Paces over some orders of magnitude with closed cells, and a cell to start from."""
    pace = np.exp(rng.uniform(0.0, rng.uniform(0.1, 8.0), shape))
    pace[rng.random(shape) < rng.uniform(0.0, 0.35)] = np.inf
    start = (int(rng.integers(shape[0])), int(rng.integers(shape[1])))
    pace[start] = 1.0
    return pace, start


def _alike(tally: Tally, who: str, mine: np.ndarray, theirs: np.ndarray, rtol: float) -> None:
    """All cells alike, those that nothing reaches among them."""
    tally.inputs += 1
    tally.outcomes[f"grids, {who}"] += 1
    if not np.allclose(mine, theirs, rtol=rtol, atol=0.0, equal_nan=True):
        worst = np.nanmax(np.abs(mine - theirs))
        tally.met(WRONG, f"{who}: a grid of {mine.shape} differs, by up to {worst:g} h")


def _hours(pace: np.ndarray, start: tuple[int, int], stencil: int) -> np.ndarray:
    plane = Plane()
    return np.asarray(go.travel_time(plane.friction(pace), plane.at(start[1], start[0]), stencil=stencil).values)


def _scikit_image(tally: Tally, rng: np.random.Generator, *, grids: int) -> None:
    for _ in range(grids):
        pace, start = _pace(rng, (int(rng.integers(2, 60)), int(rng.integers(2, 60))))
        theirs, _ = MCP_Geometric(np.where(np.isfinite(pace), pace, -1)).find_costs([start])
        _alike(tally, "scikit-image", _hours(pace, start, 8), theirs * 1000.0 / 3600.0, 1e-12)


def _networkx(tally: Tally, rng: np.random.Generator, *, grids: int) -> None:
    plane = Plane()
    for number in range(grids):
        pace, start = _pace(rng, (int(rng.integers(5, 14)), int(rng.integers(5, 14))))
        stencil = (8, 16, 32)[number % 3]
        theirs = oracle_hours(oracle(plane, pace, stencil), (start[1], start[0]), pace.shape)
        theirs[start] = 0.0
        _alike(tally, "NetworkX", _hours(pace, start, stencil), theirs, 1e-12)


def _grass(tally: Tally, rng: np.random.Generator, *, grids: int) -> None:
    """`r.cost`, with the eight neighbours and with the knight's move."""
    if shutil.which("grass") is None:
        tally.outcomes["not tried: GRASS is not installed (grass-core)"] += 1
        return
    for number in range(grids):
        pace, start = _pace(rng, (90, 70))
        stencil = (8, 16)[number % 2]
        with tempfile.TemporaryDirectory() as name:
            theirs = _by_grass(Path(name), pace, start, knight=stencil == 16)
        _alike(
            tally, f"GRASS r.cost, {stencil} neighbours", _hours(pace, start, stencil), theirs * 1000.0 / 3600.0, 1e-9
        )


def _by_grass(folder: Path, pace: np.ndarray, start: tuple[int, int], *, knight: bool) -> np.ndarray:
    rows, columns = pace.shape
    tif = folder / "costs.tif"
    with rasterio.open(
        tif, "w", driver="GTiff", height=rows, width=columns, count=1, dtype="float64", nodata=-1.0,
        transform=from_origin(0, rows, 1, 1), crs="EPSG:32638",
    ) as file:  # fmt: skip
        file.write(np.where(np.isfinite(pace), pace, -1.0), 1)
    script = (
        f"r.in.gdal -o --quiet input={tif} output=costs && g.region raster=costs && r.cost --quiet {'-k' if knight else ''} input=costs"
        f" output=total start_coordinates={start[1] + 0.5},{rows - start[0] - 0.5}"
        f" && r.out.bin --quiet null=-1 input=total output={folder}/total.bin bytes=8"
    )
    subprocess.run(
        ["grass", "-c", "XY", str(folder / "location"), "--exec", "bash", "-c", script], capture_output=True, check=True, text=True
    )  # fmt: skip
    total = np.fromfile(folder / "total.bin").reshape(rows, columns)
    return np.where(total < 0, np.inf, total)
