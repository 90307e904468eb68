"""Each figure, theme and size looks as it did when it was last looked at: no label has moved by 2 mm, no mark has gone.

The pictures in `baseline/` are of the invented country, small and in grey. After a change that is meant, look at the new ones that the
failure names, and write them anew with `GEOOPS_BASELINE=1 python -m pytest tests/maps/test_images.py`.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import rioxarray  # noqa: F401
import shapely
import xarray as xr
from matplotlib.text import Text
from PIL import Image

from geoops import maps
from geoops.core.types import Corridor
from geoops.maps.geosaving import rendered
from geoops.maps.theme import SIZES, THEMES

BASELINE = Path(__file__).parent / "baseline"
REGION = (37.0, 33.0, 46.0, 37.5)
DPI = 50
BLOCK = 4  # pixels a side, 2 mm
LEAST = 10.0  # of 255, by which a block's mean may differ: rounding of edges, not of letters


KINDS = ("sites", "proximity", "corridor", "event")
LEVELS = 8  # of 255, to which grey is rounded: files half as large


def grey(figure):
    """A figure as it is compared."""
    return np.asarray(Image.fromarray(rendered(figure, DPI)).convert("L")) // LEVELS * LEVELS


def blocks(pixels):
    """Means of blocks of 2 mm, where a letter that moved shows twice: where it was, and where it is."""
    rows, columns = (n // BLOCK * BLOCK for n in pixels.shape)
    cut = pixels[:rows, :columns].astype(float)
    return cut.reshape(rows // BLOCK, BLOCK, columns // BLOCK, BLOCK).mean(axis=(1, 3))


def differences(one, other):
    """How many blocks differ, beyond what antialiasing may do."""
    if one.shape != other.shape:
        return one.size
    return int((np.abs(blocks(one) - blocks(other)) > LEAST).sum())


def corridor():
    """A journey over the invented border, made up: maps draw what they are given."""
    lon, lat = np.meshgrid(np.arange(39.0, 45.0, 0.05), np.arange(36.6, 34.0, -0.05))
    away = np.abs(lat - (35.3 + 0.05 * (lon - 40.1)))
    extra = xr.DataArray(
        np.where(away < 0.6, away * 1.2, np.nan), dims=("y", "x"), coords={"y": lat[:, 0], "x": lon[0]}
    )
    route = shapely.LineString([(40.1, 35.3), (41.5, 35.45), (43.0, 35.4), (44.4, 35.5)])
    return Corridor(
        origin_name="Kalda", destination_name="Orim", hours=6.2, distance_km=412.0, slack=0.1, extra_h=extra.rio.write_crs("EPSG:4326"),
        polygon=route.buffer(0.5), route=route, road_share=0.8, mode="vehicle",
    )  # fmt: skip


def cases():
    """Each figure, in each theme on one sheet and on each sheet in one theme; each from right to left."""
    for kind in KINDS:
        yield f"figure-{kind}", kind, {}
        yield f"language-ar-{kind}", kind, {"languages": ("ar", "en")}
        yield from ((f"theme-{name}-{kind}", kind, {"theme": name}) for name in THEMES if name != "report")
        yield from ((f"size-{name}-{kind}", kind, {"size": name}) for name in SIZES if name != "a4-landscape")


def parameters():
    """The cases; those that `make test` leaves to `.ci/run` are marked: of each theme and sheet it makes the sites map."""
    for name, kind, options in cases():
        yield pytest.param(
            name, kind, options, id=name, marks=[pytest.mark.slow] if options and kind != "sites" else []
        )


def made(kind, sites, nearest_tables, **options):
    """A figure of the invented country."""
    said = {
        "title": "Places of Testland",
        "subtitle": "A summary with a number, 12 km.",
        "date": "2025-06-30",
        **options,
    }
    if kind == "proximity":
        return maps.proximity_map(sites.iloc[:3], nearest_tables, layout="panels", **said)
    if kind == "corridor":
        return maps.corridor_map(corridor(), sites=sites.iloc[:2], region=REGION, **said)
    if kind == "event":
        from tests.maps.conftest import months

        rng = np.random.default_rng(8)
        points = shapely.points(rng.normal((41.0, 35.2), (1.2, 0.6), (400, 2)))
        events = sites.iloc[np.zeros(400, dtype=int)].reset_index(drop=True).set_geometry(points, crs="EPSG:4326")
        return maps.event_map(events.assign(date=np.resize(months(12), 400)), region=REGION, **said)
    return maps.sites_map(sites, region=REGION, languages=said.pop("languages", ("en", "ar")), **said)


@pytest.mark.parametrize(("name", "kind", "options"), list(parameters()))
def test_a_figure_looks_as_it_did(testland, sites, nearest_tables, tmp_path, name, kind, options):
    now = grey(made(kind, sites, nearest_tables, **options))
    file = BASELINE / f"{name}.png"
    if os.environ.get("GEOOPS_BASELINE"):
        BASELINE.mkdir(exist_ok=True)
        Image.fromarray(now).save(file, optimize=True)
    assert file.is_file(), f"{file.name} is not there; write it with GEOOPS_BASELINE=1 and look at it"
    then = np.asarray(Image.open(file).convert("L"))
    count = differences(now, then)
    if count:
        Image.fromarray(now).save(tmp_path / f"{name}.png")
    assert count == 0, f"{count} blocks of 2 mm differ from {file.name}; the new picture is {tmp_path / name}.png"


SAID = {
    "sites": ("label-site", "label-town", "title", "legend"),
    "proximity": ("label-distance", "panel-title", "table"),
    "corridor": ("label-site", "label-badge", "table"),
    "event": ("label-town", "chart", "margin"),
}
"""Texts of each figure that are moved, one after another."""


def moves():
    """Each text of each figure in the usual look; the first of each in every theme and on every sheet, which `.ci/run` makes."""
    for kind, gids in SAID.items():
        yield from (pytest.param(kind, gid, {}, id=f"{kind}-{gid}") for gid in gids)
        looks = [{"theme": name} for name in THEMES] + [{"size": name} for name in SIZES]
        yield from (
            pytest.param(kind, gids[0], look, id=f"{kind}-{next(iter(look.values()))}", marks=pytest.mark.slow)
            for look in looks
        )


@pytest.mark.parametrize(("kind", "gid", "look"), list(moves()))
def test_a_text_that_moves_by_two_millimetres_is_seen(testland, sites, nearest_tables, kind, gid, look):
    figure = made(kind, sites, nearest_tables, **look)
    before = grey(figure)
    found = [t for t in figure.fig.findobj(Text) if t.get_gid() == gid and len(t.get_text()) > 3]
    text = min(found, key=lambda t: len(t.get_text()))  # the shortest is the hardest to see
    x, y = text.get_position()
    text.set_position((x + 2.0 / 25.4 * 72.0, y))
    assert differences(before, grey(figure)) > 0, text.get_text()


def test_a_symbol_that_is_gone_is_seen(testland, sites, nearest_tables):
    figure = made("sites", sites, nearest_tables)
    before = grey(figure)
    next(a for a in figure.ax.get_children() if str(a.get_gid()) == "site-k").set_visible(False)
    assert differences(before, grey(figure)) > 0
