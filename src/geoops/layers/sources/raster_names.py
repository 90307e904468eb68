"""What the name of a raster file tells: whose it is, of when, and where on Earth it must lie.

The last is the country test of rasters: a file whose axes were exchanged, or whose CRS is not the one stated, has possible
coordinates, but not those of the tile or the country that its name states.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import shapely

from geoops.core.errors import CoordinateError, SchemaError
from geoops.core.geodesy import Region
from geoops.layers.sources.axes import embedded_layer
from geoops.layers.sources.contract import date_of
from geoops.layers.sources.country_codes import alpha2, country_name
from geoops.layers.sources.fetched import recorded

__all__ = ["check_place", "provenance", "swapped"]

_COPERNICUS = (
    "Copernicus DEM, © DLR e.V. 2010-2014 and © Airbus Defence and Space GmbH 2014-2018 provided under COPERNICUS by the"
    " European Union and ESA"
)
# Publishers by what their file names look like: source, licence, attribution.
_PUBLISHERS = (
    (r"^[ns]\d\d[ew]\d\d\d.*\.hgt$", ("SRTM (NASA, USGS)", "public domain", "SRTM, NASA / USGS")),
    (r"copernicus_dsm", ("Copernicus DEM", "Copernicus DEM licence, free with attribution", _COPERNICUS)),
    (r"worldcover", ("ESA WorldCover", "CC BY 4.0", "ESA WorldCover, contains modified Copernicus Sentinel data")),
    (r"_(ppp|pop|pd)_\d{4}|worldpop", ("WorldPop", "CC BY 4.0", "WorldPop (worldpop.org), CC BY 4.0")),
)  # fmt: skip


_DAYS = {"SRTM (NASA, USGS)": "2000-02", "Copernicus DEM": "2015"}
"""Dates of what was measured once: SRTM's eleven days, the middle of TanDEM-X's years."""

_TILES = (
    (r"copernicus_dsm.*_([ns])(\d\d)_00_([ew])(\d\d\d)_00", 1.0),
    (r"worldcover.*_([ns])(\d\d)([ew])(\d\d\d)_map", 3.0),
)
"""Names that state the south-western corner of a square tile, and its side in degrees."""

_OF_A_COUNTRY = r"^([a-z]{3})_(?:ppp|pop|pd)_"


def provenance(
    name: str, source: str | None, licence: str | None, date: str | None, *, file: Path | None = None
) -> dict[str, Any]:
    """
    Whose the data is and of when: what was said, else what the record of its fetching says, else what its name tells.

    Parameters
    ----------
    name
        The file's own name, without what an archive adds.
    source, licence, date
        What was said.
    file
        Where it lies, if it is on this disk.

    Raises
    ------
    SchemaError
        Nothing tells.
    """
    known = next((who for pattern, who in _PUBLISHERS if re.search(pattern, name.casefold())), None)
    entry = {} if file is None else recorded(file)
    if (source is None or licence is None) and known is None and not entry:
        msg = f"{file or name}: its name does not say whose data it is; say source='...' and licence='...'"
        raise SchemaError(msg)
    who = known or (source or "", licence or "", "")
    if entry:
        who = (
            str(entry.get("publisher") or who[0] or entry["source"]),
            str(entry["licence"]),
            str(entry["attribution"]),
        )
    day = date_of(name, date)
    if day is None and (year := re.search(r"(?<!\d)(?:19|20)\d\d(?!\d)", Path(name).stem)):
        day = year[0]
    if day is None and known is not None:
        day = _DAYS.get(known[0])
    if day is None:
        msg = f"{file or name}: nothing says of what date the data is; say date='YYYY'"
        raise SchemaError(msg)
    mine = source or who[0]
    return {"source": mine, "licence": licence or who[1], "attribution": mine if source else who[2], "date": day}


def swapped(bounds: Region) -> Region:
    """Bounds with longitude and latitude exchanged."""
    return (bounds[1], bounds[0], bounds[3], bounds[2])


def check_place(file: str, name: str, bounds: Region) -> None:
    """
    Refuse a file that lies elsewhere than its name states.

    Parameters
    ----------
    file
        For the message.
    name
        The file's own name.
    bounds
        What it covers by what it says of itself, in degrees.

    Raises
    ------
    CoordinateError
        Nothing of it lies in the tile or the country of its name, or most of it would with its axes exchanged.
    """
    stated = _stated(name.casefold())
    if stated is None:
        return
    words, area = stated
    right, exchanged = _share(area, bounds), _share(area, swapped(bounds))
    if right > 0.5 or (right > 0.0 and exchanged <= 0.5):
        return
    covers = ", ".join(f"{v:g}" for v in bounds)
    if exchanged > 0.5:
        why = "latitude and longitude look swapped: write it again with longitude as x (gdal_translate -a_ullr), or get it again"
    else:
        why = "its CRS or its position is not the one stated, or its name is another file's: get it again"
    msg = f"{file}: its name states {words}, but it covers {covers} (west, south, east, north); {why}"
    raise CoordinateError(msg)


def _stated(name: str) -> tuple[str, shapely.Geometry] | None:
    """The area that a name states, in words and as a shape; None where it states none that is known."""
    for pattern, side in _TILES:
        if match := re.search(pattern, name):
            south = int(match[2]) * (-1 if match[1] == "s" else 1)
            west = int(match[4]) * (-1 if match[3] == "w" else 1)
            corner = f"{match[1]}{match[2]} {match[3]}{match[4]}".upper()
            return f"the tile of {side:g}° at {corner}", shapely.box(west, south, west + side, south + side)
    match = re.search(_OF_A_COUNTRY, name)
    code = None if match is None else alpha2([match[1]])[0]
    lands = embedded_layer("countries")
    if code is None or lands is None or code not in set(lands["country"]):
        return None
    return country_name(code), shapely.union_all(lands.geometry[lands["country"] == code].to_numpy())


def _share(area: shapely.Geometry, bounds: Region) -> float:
    """How much of what a file covers lies in the rectangle of an area, 0 to 1."""
    covered = shapely.box(*bounds)
    return float(shapely.intersection(shapely.envelope(area), covered).area / max(covered.area, 1e-12))
