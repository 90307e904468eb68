"""One interactive map in one HTML file that opens from a disk, with no network and nothing beside it.

Leaflet, the base and every feature stand in the page itself; a content policy in its head forbids any request. What the page
holds is put together in `page/`; how its markup and script look is in `assets/page/`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geoops.core.errors import CatalogError, InputError
from geoops.core.geodesy import Region, check_region, region_of
from geoops.core.publication import refuse_undated, refuse_unpublished
from geoops.core.schema import as_features, as_sites
from geoops.core.text import html_text, one_line
from geoops.core.types import Corridor
from geoops.core.writing import write_text
from geoops.layers.citations import citations
from geoops.report.page.bands import CHANCES, chances, journey, shares_within
from geoops.report.page.base import base_labels, base_shapes, country_names, wider
from geoops.report.page.content import overlay, ring_entries, site_entry, sources_of
from geoops.report.page.detail import details_for, left_out_words, nearest_features
from geoops.report.page.keys import key_rules
from geoops.report.page.template import filled_page
from geoops.report.page.words import first_language

if TYPE_CHECKING:
    import geopandas as gpd
    import xarray as xr

    from geoops.gazetteer.records import Record

__all__ = ["WebMap", "web_map"]

MAX_BYTES = 1_000_000
"""A page above this many bytes is made again with less detail, and says what it leaves out."""

_BASE = ("countries", "water", "rivers", "boundaries", "roads")
_KM_PER_DEGREE = 111.3


@dataclass(frozen=True)
class WebMap:
    """
    A map as one HTML page.

    Parameters
    ----------
    html
        The whole page.
    title
        Its title.
    """

    html: str = field(repr=False)
    title: str

    def save(self, path: str | os.PathLike[str]) -> Path:
        """
        Write the page, whole or not at all, and give back its path.

        Parameters
        ----------
        path
            Where to; `.html` or `.htm`.
        """
        if Path(path).suffix.lower() not in {".html", ".htm"}:
            msg = f"{os.fspath(path)!r}: a web map is saved as .html"
            raise InputError(msg)
        return write_text(path, self.html)

    def _repr_html_(self) -> str:
        """The page in a frame, for notebooks."""
        import html

        source = html.escape(self.html, quote=True)
        return f'<iframe srcdoc="{source}" title="{html_text(self.title)}" style="width:100%;height:520px;border:0"></iframe>'


def web_map(
    sites: Any,
    *,
    layers: Mapping[str, Any] | Sequence[str] | None = None,
    rings: gpd.GeoDataFrame | None = None,
    corridors: Corridor | Sequence[Corridor] | None = None,
    ensemble: xr.DataArray | Mapping[str, xr.DataArray] | None = None,
    base: Mapping[str, Any] | None = None,
    title: str = "Named sites",
    subtitle: str = "",
    date: str = "",
    region: Region | None = None,
    catalog: str | os.PathLike[str] | None = None,
    worldview: str | None = None,
    notes: Mapping[str, str] | None = None,
    languages: Sequence[str] = ("en",),
) -> WebMap:
    """
    Sites, layers, rings, corridors and ensembles as one offline page.

    A reader switches layers, narrows corridors by their slack and ensembles by their probability, measures distances from any
    point, searches by any spelling, and prints. The page speaks English and Arabic, in light and dark. It stays below a megabyte:
    where it would not, it leaves out detail, step by step, and says which.

    Parameters
    ----------
    sites
        Sites, or whatever counts as sites; a row without a place is listed, not drawn.
    layers
        Name -> features, or names of the catalogue. Each can be switched on and off.
    rings
        As `geoops.rings` gives them.
    corridors
        As `geoops.corridor` gives them: the area within each slack up to their own, and the route.
    ensemble
        As `geoops.ensemble` gives it, or several by name.
    base
        Name -> features of the quiet base; by default countries, water, rivers, boundaries and roads of the catalogue, with the
        names of countries and towns. An empty mapping draws none.
    title, subtitle, date
        Shown at the top; the date is the as-at date of the report.
    region
        (west, south, east, north) of the base; by default round the sites.
    catalog
        Another catalogue for names of layers and for the base.
    worldview
        Whose view of borders, as in `geoops.sites_map`; the page says which was drawn.
    notes
        Site name -> why it is named.
    languages
        The first is the one in which the page opens: "en" or "ar"; the reader can change it.

    Returns
    -------
    WebMap
        `.save(path)` writes it; `.html` is the page.

    Raises
    ------
    InputError
        Something that is not sites, or no site with a place and no region.
    PublicationError
        A layer that must not be published, or what was made from one.
    """
    refuse_unpublished(sites, "sites")
    corridors = [corridors] if isinstance(corridors, Corridor) else corridors
    language = first_language(languages)
    frame = as_sites(sites)
    placed = frame[~(frame.geometry.isna() | frame.geometry.is_empty)]
    where = _region(frame, region)
    drawn = _features_of(layers, where, catalog, worldview)
    under = _features_of(list(_known(_BASE, catalog)) if base is None else base, wider(where), catalog, worldview)
    clouds = ensemble if isinstance(ensemble, Mapping) else {} if ensemble is None else {"": ensemble}
    for what, thing in (*drawn.items(), *under.items(), ("rings", rings), *(("corridors", c) for c in corridors or ()),
                        *(("ensemble", cloud) for cloud in clouds.values())):  # fmt: skip
        refuse_unpublished(thing, what)
    for what, thing in drawn.items():
        refuse_undated(thing, what)
    towns = (
        _features_of(_known(("places",), catalog), wider(where, 0.3), catalog, worldview).get("places")
        if base is None
        else None
    )
    ways = [c for c in corridors or () if c.status == "found"]
    radii = sorted({float(r) for r in rings["radius_km"]}) if rings is not None and "radius_km" in rings else []
    records, entries = _records(placed, catalog)
    known = citations(catalog) if records else {}
    layers_shown = [*under.values(), *([] if towns is None else [towns]), *drawn.values()]
    fixed = {
        "bounds": [[where[1], where[0]], [where[3], where[2]]],
        "countries": country_names(under.get("countries")),
        "sources": sources_of([*(f.attrs.get("layer") or {} for f in layers_shown), *entries], placed, records, known),
        "shares": shares_within(max(c.slack for c in ways)) if ways else [],
        "chances": list(CHANCES),
        "shown": ["sites", *([f"corridors-{ways[0].mode}"] if ways else ["ensemble-0"] if clouds else [])],
        "rules": key_rules(),
    }
    remarks = notes or {}
    page = ""
    for detail in details_for(where):
        tolerance = detail.tolerance_deg
        near = {name: nearest_features(frame, placed, detail.features) for name, frame in drawn.items()}
        inner = rings[rings["radius_km"].isin(radii[: detail.rings])] if rings is not None and radii else rings
        ring_list, radii_km = ring_entries(inner, tolerance)
        marks = [
            site_entry(row, remarks.get(str(row["name"]), ""), records.get(row["gazetteer_id"]), tolerance, known)
            for _, row in placed.iterrows()
        ]
        origins = list(dict.fromkeys(mark["source"] for mark in marks if "source" in mark))
        marks = [{**mark, "source": origins.index(mark["source"])} if "source" in mark else mark for mark in marks]
        shapes = [overlay(name, f, where, i, tolerance) for i, (name, f) in enumerate(near.items())]
        counts = {
            one["name"]: (one["title"], len(near[name]), len(drawn[name]))
            for name, one in zip(near, shapes, strict=True)
        }
        data = {
            **fixed,
            "labels": base_labels(under.get("countries"), towns, where, set(records), most=detail.towns),
            "tolerance_km": round(tolerance * _KM_PER_DEGREE, 2),
            "sites": marks,
            "origins": origins,
            "layers": shapes,
            "rings": ring_list,
            "rings_km": radii_km,
            "corridors": [journey(c, tolerance) for c in ways],
            "ensembles": [chances(name, cloud, tolerance) for name, cloud in clouds.items()],
            "base": base_shapes(under, where, tolerance, without=detail.without),
        }
        left = left_out_words(detail, counts, [*under, *(["provinces"] if "boundaries" in under else [])], radii)
        page = filled_page(title, subtitle, date, frame, data, remarks, language, left_out=left)
        if len(page.encode("utf-8")) <= MAX_BYTES:
            break
    return WebMap(page, one_line(title))


def _records(sites: gpd.GeoDataFrame, catalog: Any) -> tuple[dict[str, Record], list[dict[str, Any]]]:
    """The gazetteer's places of the sites by their ids, and the catalogue's entries of the layers that hold them."""
    from geoops.gazetteer.records import open_gazetteer

    ids = [i for i in dict.fromkeys(sites["gazetteer_id"]) if isinstance(i, str) and i]
    if not ids:
        return {}, []
    try:
        gazetteer = open_gazetteer(catalog)
    except CatalogError:  # its layers changed, or it has none: the names that the sites carry must do
        return {}, []
    found = gazetteer.by_ids(ids)
    held = dict.fromkeys(record.layer for record in found.values())
    return found, [{**gazetteer.catalog.layers[name], "name": name} for name in held]


def _region(sites: gpd.GeoDataFrame, region: Region | None) -> Region:
    """The region asked for, or one round sites and their extents."""
    if region is not None:
        return check_region(region)
    shapes = [g for column in ("geometry", "extent") for g in sites[column] if g is not None and not g.is_empty]
    if not shapes:
        msg = "no site has a place, so there is no region to show; give region=(west, south, east, north)"
        raise InputError(msg)
    west, south, east, north = region_of(shapes, margin=0.15)
    return max(west - 0.3, -180.0), max(south - 0.3, -85.0), min(east + 0.3, 180.0), min(north + 0.3, 85.0)


def _known(names: Sequence[str], catalog: Any) -> list[str]:
    """Those of the names that the catalogue has."""
    from geoops.layers.catalog import read_catalog

    has = read_catalog(catalog).layers
    return [name for name in names if name in has]


def _features_of(layers: Any, region: Region, catalog: Any, worldview: str | None) -> dict[str, gpd.GeoDataFrame]:
    """Name -> features, loading what came as a name; grids are not drawn."""
    if layers is None:
        return {}
    from geoops.layers.load import layer

    pairs = (
        layers.items()
        if isinstance(layers, Mapping)
        else (
            (n, layer(n, region=region, catalog=catalog, worldview=worldview if n == "boundaries" else None))
            for n in layers
        )
    )
    return {str(n): as_features(f, what=str(n)) for n, f in pairs if not hasattr(f, "dims")}
