"""Whose view of borders a layer is given in: neutral, or as one country sees them, as far as the layer knows.

A layer made from Natural Earth 5 knows how each country that Natural Earth asks draws every line (`dissent` says where a view
differs from the ground), so a view of it is complete. The embedded layer knows claims only: whose line it is (`claim`), and on
land that who holds (`country`). Of the parties to a claim it can show their claims as borders, and leave out the claims of others on land
that they hold; which lines on the ground a country does not recognise it cannot say, and those stay drawn as they are.
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import pandas as pd

from geoops.core.errors import InputError
from geoops.layers.sources.country_codes import country_name
from geoops.layers.sources.worldviews import status_of

__all__ = ["NEUTRAL", "VIEWED", "seen_by", "views_in"]

NEUTRAL = "neutral"
VIEWED = ("boundaries", "countries")
"""The layers that look different to different countries."""

_NEUTRAL_WORDS = "Borders in a neutral view: disputed lines are drawn as disputed."
# How Natural Earth words a claim: "Indian claim".
_CLAIMANTS = {
    "Argentine": "ar", "Bolivian": "bo", "Chinese": "cn", "Georgian": "ge", "Guatemalan": "gt", "Indian": "in",
    "Japanese": "jp", "Kenyan": "ke", "Lebanese": "lb", "Moldovan": "md", "Moroccan": "ma", "Pakistani": "pk",
    "Portuguese": "pt", "Russian": "ru", "South Sudanese": "ss", "Sudanese": "sd", "Suriname": "sr", "Syrian": "sy",
    "Ukrainian": "ua", "Venezuelan": "ve", "Western Saharan": "eh",
}  # fmt: skip


def views_in(frame: gpd.GeoDataFrame) -> dict[str, bool]:
    """
    The views that a layer of boundaries or countries can be given in, and whether each is complete.

    Parameters
    ----------
    frame
        The layer, all of it: claims are known from its rows.

    Returns
    -------
    dict
        Lower-case code -> True where the layer knows every line of the view, False where it knows claims only.
    """
    entry = frame.attrs.get("layer", {})
    views = dict.fromkeys((str(view) for view in entry.get("worldviews", ())), True)
    if "claim" in frame and not views:
        claimed = frame[_claimant(frame).notna()]
        parties = {*_claimant(claimed), *claimed["country"].dropna().str.lower()}
        views |= dict.fromkeys(sorted(parties), False)
    return views


def _claimant(frame: gpd.GeoDataFrame) -> pd.Series:
    """Whose claim a line is, as a lower-case code; missing where it is none, or one of no country."""
    words = frame["claim"].astype(object).where(frame["claim"].notna(), "").astype(str)
    who: pd.Series = words.where(words.str.endswith(" claim"), "").str.removesuffix(" claim").map(_CLAIMANTS)
    return who


def seen_by(
    frame: gpd.GeoDataFrame, worldview: str | None, views: dict[str, bool] | None = None, *, optional: bool = False
) -> gpd.GeoDataFrame:
    """
    A layer of boundaries or countries in a view of borders.

    Parameters
    ----------
    frame
        As the catalogue has it, neutral; perhaps only a region of it.
    worldview
        Two letters of a country, or `neutral` (as None).
    views
        From `views_in` of the whole layer.
    optional
        Give the layer as it is where it does not know the view.

    Returns
    -------
    GeoDataFrame
        Lines that the view does not recognise are left out, `status` is the view's. The entry in `attrs["layer"]` says
        in `worldview` and `worldview_words` which view it is, for whoever draws it.

    Raises
    ------
    InputError
        A view that the layer does not know; the message says which it knows, and how to get others.
    """
    entry = dict(frame.attrs.get("layer", {}))
    view = NEUTRAL if worldview is None else worldview.strip().lower()
    if view == NEUTRAL:
        return _stated(frame, entry, NEUTRAL, _NEUTRAL_WORDS)
    known = views_in(frame) if views is None else views
    if view not in known:
        if optional:
            return _stated(frame, entry, NEUTRAL, _NEUTRAL_WORDS)
        has = f"it knows {', '.join(sorted(known))}" if known else "it knows none"
        msg = (
            f"layer {entry.get('name', 'boundaries')}: no world view {worldview!r}; {has}, and neutral. Build the layer from Natural"
            " Earth's boundary lines (version 5 has a column FCLASS_xx a view) for others: geoops layers build --boundaries FILE"
        )
        raise InputError(msg)
    name = country_name(view.upper()) or view.upper()
    if known[view]:
        return _stated(_complete(frame, view), entry, view, f"Borders as seen by {name} (Natural Earth's world views).")
    words = (
        f"Borders with the claims of {name} as borders and claims on land that it holds left out; other disputed lines are"
        " drawn as disputed."
    )
    return _stated(_claimed(frame, view), entry, view, words)


def _stated(frame: gpd.GeoDataFrame, entry: dict[str, Any], view: str, words: str) -> gpd.GeoDataFrame:
    """The layer with the view in its entry."""
    frame.attrs = {**frame.attrs, "layer": {**entry, "worldview": view, "worldview_words": words}}
    return frame


def _complete(frame: gpd.GeoDataFrame, view: str) -> gpd.GeoDataFrame:
    """Each line as the view has it, from what is on the ground and where the view differs."""
    if "dissent" not in frame or len(frame) == 0:
        return frame
    ground = frame["feature_class"].map(status_of)
    own = [_of_view(text, view) for text in frame["dissent"]]
    status = pd.Series(own, index=frame.index, dtype=object)
    status = status.where(status.notna(), ground).where(frame["feature_class"].notna(), frame["status"])
    result = frame.copy()
    areas = frame.geom_type.str.endswith("Polygon")
    result["status"] = status.where(~areas | status.isin(["disputed", "indefinite"]), None)
    return result[(status != "unrecognized").to_numpy()].reset_index(drop=True)


def _of_view(text: object, view: str) -> str | None:
    """What one view says in `dissent`: "in: unrecognized; pk: international"."""
    if not isinstance(text, str):
        return None
    parts = (part.partition(": ") for part in text.split("; "))
    return next((status for who, _, status in parts if who == view), None)


def _claimed(frame: gpd.GeoDataFrame, view: str) -> gpd.GeoDataFrame:
    """The claims of a country as borders, without those of others on land that it holds."""
    who = _claimant(frame)
    own = (who == view).to_numpy()
    against = (who.notna() & (who != view) & (frame["country"].str.lower() == view)).to_numpy(dtype=bool)
    result = frame.copy()
    result.loc[own, "status"] = "international"
    return result[~against].reset_index(drop=True)
