"""How exactly a place is known, in the codes of event data: UCDP's `where_prec` and ACLED's `geo_precision`.

Both follow from the kind of place and its radius alone, so that every table of Sites can be exported. The mapping stands in
`where_prec` (UCDP GED Codebook 24.1, "where_prec") and `geo_precision` (ACLED Codebook, 2024, "Geo-Precision").
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

__all__ = ["event_precision", "geo_precision_of", "precision_of"]

_ACLED = {1: 1, 2: 2, 3: 2, 4: 3, 5: 3}


def precision_of(kind: str | None, uncertainty_m: float) -> int:
    """
    The UCDP `where_prec` number of a place, from its kind and the radius of its uncertainty.

    1: an exact place (a populated place, or anything known within 5 km); 2: within about 25 km; 3: a district (ADM2 and
    below); 4: a governorate (ADM1); 5: a line or a wider region; 6: a country; 7: the sea or the air.

    Parameters
    ----------
    kind
        GeoNames feature code.
    uncertainty_m
        Radius in metres.

    Examples
    --------
    >>> precision_of("PPL", 4000.0), precision_of("CMP", 15000.0), precision_of("ADM1", 90000.0), precision_of("STM", 8e5)
    (1, 2, 4, 5)
    """
    code = kind or ""
    if code.startswith("PCL"):
        return 6
    if code.startswith("ADM1"):
        return 4
    if code.startswith("ADM"):
        return 3
    if code in ("SEA", "OCN", "GULF", "BAY"):
        return 7
    if uncertainty_m <= 5_000.0 or (code.startswith("PPL") and uncertainty_m <= 25_000.0):
        return 1
    return 2 if uncertainty_m <= 25_000.0 else 5


def geo_precision_of(where_prec: int | None) -> int | None:
    """
    ACLED's `geo_precision` for a `where_prec`.

    1: a town or a place of its own (1). 2: the area round a town, or a small part of a region such as a district (2, 3). 3: a
    larger region, coded to its capital (4, 5). A country, the sea and a place that was not found have none: ACLED does
    not code what is known no better.

    Parameters
    ----------
    where_prec
        From `precision_of`, or None.

    Examples
    --------
    >>> [geo_precision_of(code) for code in (1, 2, 3, 4, 5, 6, 7, None)]
    [1, 2, 2, 3, 3, None, None, None]
    """
    return None if where_prec is None else _ACLED.get(int(where_prec))


def event_precision(sites: gpd.GeoDataFrame) -> pd.DataFrame:
    """
    The precision codes of Sites, for an event table.

    Parameters
    ----------
    sites
        With `precision`, as `geocode`, `read_places` and `find_places` give them.

    Returns
    -------
    DataFrame
        `where_prec` (UCDP) and `geo_precision` (ACLED), whole numbers, missing where there is no code; the index is that of
        the sites.

    Examples
    --------
    >>> import geoops as go
    >>> event_precision(go.geocode(["Kirkuk", "Kirkuk governorate", "Iraq"])).values.tolist()
    [[1, 1], [4, 3], [6, <NA>]]
    """
    import pandas as pd

    codes = [None if pd.isna(code) else int(code) for code in sites["precision"]]
    columns: dict[str, list[Any]] = {"where_prec": codes, "geo_precision": [geo_precision_of(code) for code in codes]}
    return pd.DataFrame({k: pd.array(v, dtype="Int64") for k, v in columns.items()}, index=sites.index)
