"""How much detail the interactive page carries: less of it, step by step, where a page would be too large to be handed on.

A wide region begins at a coarser step, as nobody could see more; what was left out is said on the page itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely

from geoops.core.geodesy import Region
from geoops.core.units import format_km
from geoops.report.page.words import page_words

__all__ = ["DETAILS", "Detail", "details_for", "left_out_words", "nearest_features"]

_KM_PER_DEGREE = 111.3
_SPAN_STEPS = 6000.0
"""Of a region's longer side an edge may be off by one part in so many; a screen is 2,000 dots wide."""


@dataclass(frozen=True)
class Detail:
    """
    One step of detail.

    Parameters
    ----------
    tolerance_deg
        By how much lines and edges may be drawn off.
    features
        The most features of a layer.
    towns
        The most names of towns.
    without
        What of the base is not drawn, as `page/base.py` calls it.
    rings
        The most radii of rings, the smallest first.
    """

    tolerance_deg: float
    features: int = 10_000
    towns: int = 200
    without: tuple[str, ...] = ()
    rings: int = 100


DETAILS = (
    Detail(0.003),
    Detail(0.006),
    Detail(0.012),
    Detail(0.025, features=8000),
    Detail(0.05, features=4000),
    Detail(0.05, features=2000, towns=150, without=("roads", "provinces"), rings=2),
    Detail(0.1, features=1000, towns=120, without=("roads", "provinces", "rivers"), rings=1),
    Detail(0.1, features=500, towns=80, without=("roads", "provinces", "rivers", "water"), rings=1),
    Detail(0.2, features=250, towns=40, without=("roads", "provinces", "rivers", "water"), rings=0),
    Detail(0.4, features=100, towns=20, without=("roads", "provinces", "rivers", "water"), rings=0),
)
"""The finest first."""


def details_for(region: Region) -> tuple[Detail, ...]:
    """
    The steps that are tried for a region, the finest that can be seen in it first.

    Parameters
    ----------
    region
        (west, south, east, north) in degrees.

    Examples
    --------
    >>> details_for((38, 33, 46, 38))[0].tolerance_deg, details_for((-110, 0, 80, 60))[0].tolerance_deg
    (0.003, 0.05)
    """
    west, south, east, north = region
    needed = max(east - west, north - south) / _SPAN_STEPS
    first = next((at for at, step in enumerate(DETAILS) if step.tolerance_deg >= needed), len(DETAILS) - 1)
    return DETAILS[first:]


def nearest_features(frame: gpd.GeoDataFrame, sites: gpd.GeoDataFrame, most: int) -> gpd.GeoDataFrame:
    """
    The features of a layer that lie nearest to the sites, in the layer's order; all where there are no more than `most`.

    Parameters
    ----------
    frame
        A layer.
    sites
        Sites that have a place.
    most
        How many are kept.
    """
    if len(frame) <= most or not len(sites):
        return frame.head(most)
    tree = shapely.STRtree(sites.geometry.to_numpy())
    shapes = frame.geometry.to_numpy()
    there = np.flatnonzero(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))
    (at, _), away = tree.query_nearest(shapes[there], return_distance=True, all_matches=False)
    kept = np.sort(there[at[np.argsort(away, kind="stable")[:most]]])
    return frame.iloc[kept]


def left_out_words(
    detail: Detail,
    layers: Mapping[str, tuple[str, int, int]],
    base: Sequence[str],
    radii_km: Sequence[float],
) -> dict[str, str]:
    """
    What a page leaves out, as a sentence in each of its languages; nothing where it leaves out nothing.

    Parameters
    ----------
    detail
        The step that was taken.
    layers
        Name -> title, features drawn, features that there are.
    base
        What the base would have.
    radii_km
        Of all rings.
    """
    if detail == DETAILS[0] and all(drawn == there for _, drawn, there in layers.values()):
        return {}
    return {language: _sentence(words, detail, layers, base, radii_km) for language, words in page_words().items()}


def _sentence(
    words: Mapping[str, str],
    detail: Detail,
    layers: Mapping[str, tuple[str, int, int]],
    base: Sequence[str],
    radii_km: Sequence[float],
) -> str:
    """What is left out in the words of one language."""
    gap = words["comma"]
    parts = [words["left edges"].replace("{0}", _km(words, detail.tolerance_deg * _KM_PER_DEGREE))]
    gone = [words[f"base.{name}"] for name in detail.without if name in base]
    parts += [words["left base"].replace("{0}", gap.join(gone))] if gone else []
    for name, (title, drawn, there) in layers.items():
        if drawn < there:
            line = words["left features"].replace("{0}", words.get(f"layer.{name}", title))
            parts.append(line.replace("{1}", f"{drawn:,}").replace("{2}", f"{there:,}"))
    rings = [_km(words, radius) for radius in sorted(radii_km)[detail.rings :]]
    parts += [words["left rings"].replace("{0}", gap.join(rings))] if rings else []
    return words["left out"].replace("{0}", words["semicolon"].join(parts))


def _km(words: Mapping[str, str], km: float) -> str:
    """A distance in the words of a language."""
    return words["km"].replace("{0}", format_km(km).removesuffix(" km"))
