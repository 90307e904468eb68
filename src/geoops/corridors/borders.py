"""International boundaries as walls, and the posts at which a policy lets a journey pass.

Which status counts as a boundary, and which as an open post, is said in the notes that the friction carries.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd

from geoops.core.schema import WGS84
from geoops.core.units import SECONDS_PER_HOUR
from geoops.corridors.themes import lines_of, words

__all__ = ["Borders", "border_walls", "international"]

_OPEN = ("open", "operating")


@dataclass(frozen=True)
class Borders:
    """
    Walls and posts.

    Parameters
    ----------
    lines
        Boundaries, with `wall` = "border": passed at posts only, or, with `delay_s`, anywhere in that time.
    posts
        Border crossings that the policy lets pass.
    notes
        What was assumed.
    delay_s
        Seconds that a crossing takes, wherever it is.
    """

    lines: gpd.GeoDataFrame
    posts: gpd.GeoDataFrame
    notes: tuple[str, ...]
    delay_s: float = 0.0

    @property
    def closed(self) -> bool:
        """Whether boundaries are passed at posts only."""
        return "delay_s" not in self.lines


def international(boundaries: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The lines that part states in fact, however well marked: not claims, and not provinces."""
    status = words(boundaries, "status")
    if (status == "").all():
        return lines_of(boundaries)
    held = status.str.contains("international|control|indefinite")
    return lines_of(boundaries[held.to_numpy()])


def border_walls(themes: Mapping[str, Any], crossings: str, delay_h: float = 0.0) -> Borders:
    """Walls and posts by policy: "open", "any" or "anywhere", a crossing taking some hours."""
    nothing = gpd.GeoDataFrame({"wall": []}, geometry=gpd.GeoSeries([], crs=WGS84))
    posts = themes.get("border_crossings")
    delay_s = delay_h * SECONDS_PER_HOUR
    waits = f" Each crossing takes {delay_h:g} h more." if delay_h > 0 else ""
    if crossings == "anywhere" and not waits:
        return Borders(nothing, nothing, ("Borders may be passed anywhere, without delay.",))
    if "boundaries" not in themes:
        return Borders(nothing, nothing, ("No boundaries given: borders do not count.",))
    lines = international(themes["boundaries"])
    walls = gpd.GeoDataFrame({"wall": "border"}, index=range(len(lines)), geometry=list(lines.geometry), crs=WGS84)
    if crossings == "anywhere":
        return Borders(walls.assign(delay_s=delay_s), nothing, (f"Borders may be passed anywhere.{waits}",), delay_s)
    if posts is None or len(posts) == 0:
        note = "No border crossing is listed here: no international boundary can be passed."
        return Borders(walls, nothing, (note,) if len(walls) else ())
    posts = posts[posts.geometry.geom_type == "Point"]
    if crossings == "open":
        posts = posts[words(posts, "status").isin(_OPEN).to_numpy()]
        note = f"International boundaries are passed only at the {len(posts)} border crossings listed as open.{waits}"
    else:
        note = (
            f"International boundaries are passed only at listed border crossings ({len(posts)}), open or not.{waits}"
        )
    return Borders(walls, posts.reset_index(drop=True), (note,), delay_s)
