"""Names given together become Sites: each read in the light of the others, with its doubt stated.

A bare name takes its most likely reading, for a town and a governorate of one name the town; the other readings stand
in `alternatives`. Where another reading more than 25 km away scores nearly as well the row says `ambiguous`. A name that is not
found keeps its row. Spelling is `match.py`'s business, finding names in a text that of `mentions.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple, SupportsIndex, TypeVar

import shapely

from geoops.core.errors import InputError
from geoops.core.objects import no_collection
from geoops.core.text import one_line
from geoops.gazetteer.asked import countries_of, kind_of, near_of, queries_of
from geoops.gazetteer.company import Company
from geoops.gazetteer.coordinates import TypedPoint, typed_point
from geoops.gazetteer.match import Candidate, Context, match, near_names, rank, rough_km
from geoops.gazetteer.names import normal
from geoops.gazetteer.records import Gazetteer, GazetteerLike, Record, open_gazetteer
from geoops.gazetteer.sites import Reading, alternative, record_columns, sites_of
from geoops.gazetteer.trust import is_other_word, is_trusted

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from geoops.gazetteer.online import Online

__all__ = ["Matched", "candidates", "geocode", "read_matched", "read_together"]

T = TypeVar("T")

AMBIGUOUS_WITHIN = 0.05
AMBIGUOUS_BEYOND_KM = 25.0
_AMBIGUOUS_MOST = 0.89  # an ambiguous answer never claims the 98 % that 0.9 stands for
_MOST_ALTERNATIVES = 5
_CONTEXT_REACH = 0.35
_LEAST_ALTERNATIVE = 0.75  # less like is another name, not another reading
_ID = re.compile(r"[a-z0-9_-]+/\S+")

CANDIDATE_COLUMNS = (
    "name", "name_local", "kind", "country", "admin1", "lon", "lat", "uncertainty_m", "gazetteer_id", "score", "reason",
    "source", "licence",
)  # fmt: skip


def geocode(
    names: Any, *, country: str | Iterable[str] | None = None, near: Any = None, kind: str | None = None,
    gazetteer: GazetteerLike = None, online: str | Online | None = None,
) -> gpd.GeoDataFrame:  # fmt: skip
    """
    The places that names mean, a row a name, in order.

    Names given together are read together: where a name has several likely readings, those in the countries of, and
    close to, the other names come first. "Homs, Syria" names its context itself; "36.39, 41.15" is a latitude and a
    longitude and is taken as such, "geonames/94787" the id of a place.

    Parameters
    ----------
    names
        One name, or several: a list, a Series. Missing and empty ones keep their row, `not_found`.
    country
        ISO 3166-1 alpha-2 code, or several, that the places must lie in.
    near
        Where the places likely are: a (longitude, latitude) pair, or whatever else counts as sites.
    kind
        The kind that the places must have: a GeoNames feature code or its beginning (`PPL`, `ADM1`, `MTS`, `CMP`), or
        a word for a group of kinds (`city`, `governorate`, `river`, `camp`, `crossing` ...).
    gazetteer
        Folder of a layer catalogue with its gazetteer; by default the one of `GEOOPS_LAYERS`, else the embedded one.
    online
        A geocoding service to ask about the names that the gazetteer does not know: `nominatim`, `photon`, or an
        `geoops.gazetteer.online.Online`. Needs geopy (`pip install 'geoops[online]'`) and a network. Such rows say so in
        `source` and `reason` and score at most 0.7. By default nothing is asked.

    Returns
    -------
    GeoDataFrame
        Sites, EPSG:4326, with the columns of `geoops.core.schema.SITE_COLUMNS`. `geometry` is the representative point,
        `extent` the area or line that the name covers where a layer has it, `uncertainty_m` the radius round the point
        that surely holds the place meant (all of the extent), `precision` the UCDP `where_prec` number (see
        `precision_of`), `alternatives` a list of dicts. `status` is `resolved`; `ambiguous` where a reading more than
        25 km away scores within 0.05 of the first, which is then still the row's; or `not_found` with no geometry and
        the nearest spellings as alternatives.

    Raises
    ------
    InputError
        Something that is not names, an unknown kind, a country that is no code.
    CatalogError
        There is no gazetteer, or it was built from other layers than the catalogue lists.
    MissingExtraError
        `online` without geopy. A service that fails is no error: the rows that stay open say what it met.

    Examples
    --------
    >>> import geoops as go
    >>> sites = go.geocode(["Deir al-Zor", "Kirkuk"])
    >>> sites["country"].tolist()
    ['SY', 'IQ']
    """
    queries, index = queries_of(names)
    opened = open_gazetteer(gazetteer)
    context = Context(countries=countries_of(country), kind=kind_of(kind), near=near_of(near))
    with no_collection():
        readings = read_together(opened, queries, context)
    if online is not None:
        from geoops.gazetteer.online import Online, ask_online

        readings = ask_online(readings, context, Online.of(online))
    return sites_of(opened, readings, index=index)


def candidates(
    name: str, *, limit: int = 10, country: str | Iterable[str] | None = None, near: Any = None, kind: str | None = None,
    gazetteer: GazetteerLike = None,
) -> pd.DataFrame:  # fmt: skip
    """
    Every reading of one name, the best first.

    Parameters
    ----------
    name
        In any spelling and script.
    limit
        At most so many rows.
    country, near, kind, gazetteer
        As for `geocode`.

    Returns
    -------
    DataFrame
        `name, name_local, kind, country, admin1, lon, lat, uncertainty_m, gazetteer_id, score, reason, source, licence`.
        `reason` says why it matched: `exact`, `alternate name`, `article`, `romanisation`, `skeleton`,
        `edit distance 1`. A name that nothing matches gives no row.

    Raises
    ------
    InputError
        The name is not a text, or the limit is not positive.
    """
    if not isinstance(name, str):
        msg = f"name: expected a text; {type(name).__name__} came"  # type: ignore[unreachable]
        raise InputError(msg)
    if not (isinstance(limit, SupportsIndex) and limit.__index__() >= 1):
        msg = f"limit={limit!r}: expected a whole number of at least 1"
        raise InputError(msg)
    opened = open_gazetteer(gazetteer)
    context = Context(countries=countries_of(country), kind=kind_of(kind), near=near_of(near))
    plain, context = _with_tail(opened, one_line(name), context)
    known = _by_id(opened, plain)
    ranked = [known] if known is not None else _best(opened, plain, context, limit)
    import pandas as pd

    rows = [record_columns(c.record) | {"score": c.score, "reason": c.reason} for c in ranked]
    return pd.DataFrame(rows, columns=list(CANDIDATE_COLUMNS))


def _best(gazetteer: Gazetteer, name: str, context: Context, limit: int) -> list[Candidate]:
    """The best readings of a name; those that fit only loosely come behind, where there are not enough others."""
    ranked = rank(match(gazetteer, name, context), context)
    if len(ranked) < limit:
        had = {c.record.entry for c in ranked}
        more = rank(match(gazetteer, name, context, enough=2.0), context)
        ranked += [c for c in more if c.record.entry not in had]
    return ranked[:limit]


def _with_tail(gazetteer: Gazetteer, query: str, context: Context) -> tuple[str, Context]:
    """
    "Homs, Syria" and "Safira (Aleppo)": the name, and the context that its tail states.

    The tail must be a country, or an area whose name fits; else the whole stays one name.
    """
    head, tail = query, ""
    if query.endswith(")") and "(" in query:
        head, tail = query[:-1].rsplit("(", 1)
    else:
        for comma in (",", "،"):
            if comma in query:
                head, tail = query.rsplit(comma, 1)
                break
    if not normal(head) or not normal(tail):
        return query, context
    areas = [
        c for c in rank(match(gazetteer, tail)) if c.score >= 0.85 and c.record.kind.startswith(("PCL", "ADM"))
    ]  # fmt: skip
    state = next((c.record for c in areas if c.record.kind.startswith("PCL")), None)
    if state is not None and state.country:
        demanded = frozenset(state.country.split(";"))
        return head.strip(), replace(context, countries=context.countries & demanded if context.countries else demanded)
    if areas:
        area = areas[0].record
        demanded = frozenset((area.country or "").split(";")) - {""}
        return head.strip(), replace(
            context, countries=context.countries or demanded, near=(*context.near, (area.lon, area.lat)), _vectors={}
        )
    return query, context


def read_together(gazetteer: Gazetteer, queries: Sequence[str], context: Context) -> list[Reading]:
    """
    The readings of names that belong together, one for each, in order.

    First every name is read alone. The countries and places of those that are clear then favour, in a second pass,
    the readings of the others that lie with them.

    Parameters
    ----------
    gazetteer
        Where to look.
    queries
        Names on one line; an empty one is not found.
    context
        What is demanded and preferred for all.
    """
    found: dict[str, Matched] = {}
    points: dict[str, TypedPoint] = {}
    readings: dict[str, Reading] = {}
    for query in dict.fromkeys(queries):
        point = typed_point(query)
        if point is not None:
            points[query] = point
            continue
        known = _by_id(gazetteer, query)
        if known is not None:
            readings[query] = Reading(query, "resolved", known, None, (), known.reason)
            continue
        name, own = _with_tail(gazetteer, query, context)
        found[query] = Matched(query, match(gazetteer, name, own), own)
    readings |= read_matched(gazetteer, found)
    for query, point in points.items():
        status = "resolved" if point.valid else "not_found"
        readings[query] = Reading(query, status, None, point, (), point.reason)
    return [readings[query] for query in queries]


class Matched(NamedTuple):
    """
    A name with what may be meant by it.

    Parameters
    ----------
    query
        The name.
    candidates
        From `match`.
    context
        What is demanded and preferred for this name.
    """

    query: str
    candidates: list[Candidate]
    context: Context


def read_matched(gazetteer: Gazetteer, found: Mapping[T, Matched], *, suggest: bool = True) -> dict[T, Reading]:
    """
    The second half of `read_together`, for names that were matched already.

    Parameters
    ----------
    gazetteer
        That they were matched in.
    found
        Names under any key.
    suggest
        Whether a name without any candidate gets the nearest spellings of the whole gazetteer as alternatives.
    """
    alone = {key: rank(matched.candidates, matched.context) for key, matched in found.items()}
    clear = {
        key: ranked[0].record
        for key, ranked in alone.items()
        if ranked and ranked[0].score >= 0.85 and not ranked[0].loose and not _rivals(gazetteer, ranked)
    }
    readings = {}
    company = Company(clear)
    for key, (query, matched, own) in found.items():
        among = company.of(key, own)
        ranked = alone[key]
        if among is not own and len(matched) > 1:
            # The context can lift a reading by no more than this: what is further down need not be weighed again.
            open_yet = {c.record.entry for c in ranked if c.score >= ranked[0].score - _CONTEXT_REACH}
            ranked = rank([c for c in matched if c.record.entry in open_yet], among)
        readings[key] = _read(gazetteer, query, ranked, among, suggest=suggest)
    return readings


def _by_id(gazetteer: Gazetteer, query: str) -> Candidate | None:
    """The place of a gazetteer's id ("geonames/94787"), where that was given in place of a name."""
    record = gazetteer.by_id(query) if _ID.fullmatch(query) else None
    return None if record is None else Candidate(record, 1.0, "gazetteer id", 1.0, asked=True)


def _rivals(gazetteer: Gazetteer, ranked: Sequence[Candidate]) -> list[Candidate]:
    """The readings that make the first one ambiguous: nearly as good, and more than 25 km from what it covers."""
    first = ranked[0]
    close = [c for c in ranked[1:] if c.score >= first.score - AMBIGUOUS_WITHIN]
    apart = [
        c for c in close
        if rough_km(first.record.lon, first.record.lat, c.record.lon, c.record.lat) > AMBIGUOUS_BEYOND_KM
    ]  # fmt: skip
    if not apart or not (first.record.has_extent or any(c.record.has_extent for c in apart)):
        return apart
    return [c for c in apart if not _one_within_other(gazetteer, first.record, c.record)]


def _one_within_other(gazetteer: Gazetteer, one: Record, other: Record) -> bool:
    """Whether the point of one of two places lies in the extent of the other."""
    for holder, held in ((one, other), (other, one)):
        extent = gazetteer.extent(holder)
        if (
            extent is not None
            and shapely.get_dimensions(extent) == 2
            and shapely.intersects_xy(extent, held.lon, held.lat)
        ):
            return True
    return False


def _read(gazetteer: Gazetteer, query: str, ranked: Sequence[Candidate], context: Context, *, suggest: bool) -> Reading:
    """The reading of one name from its ranked candidates."""
    if not normal(query):
        return Reading(
            query, "not_found", None, None, (), "no name was given" if not query else "no letter or digit in it"
        )
    if not any(letter.isalpha() for letter in normal(query)):
        return Reading(
            query, "not_found", None, None, (), "a number alone is no name; give a name, an id or a pair of coordinates"
        )
    word = is_other_word(query)
    trusted = next(
        (at for at, c in enumerate(ranked) if is_trusted(c, context) and not (word and c.reason != "exact")), None
    )
    if trusted is None:
        near = [*ranked[:_MOST_ALTERNATIVES]] or (near_names(gazetteer, query, context) if suggest else [])
        named = ", ".join(str(alternative(c)) for c in near[:3])
        limits = [f"in {'/'.join(sorted(context.countries))}"] if context.countries else []
        limits += [f"of kind {context.kind}"] if context.kind else []
        asked = f" {' '.join(limits)}" if limits else ""
        reason = f"no place of that name{asked}" + (f"; nearest in spelling: {named}" if named else "")
        return Reading(query, "not_found", None, None, tuple(near), reason)
    ranked = ranked[trusted:]
    first = ranked[0]
    rest = tuple(c for c in ranked[1:] if c.spelling >= _LEAST_ALTERNATIVE)[:_MOST_ALTERNATIVES]
    rivals = _rivals(gazetteer, ranked)
    if not rivals:
        return Reading(query, "resolved", first, None, rest, first.reason)
    less = max(0.0, first.score - _AMBIGUOUS_MOST)
    first = first._replace(score=round(first.score - less, 4))
    rest = tuple(c._replace(score=round(max(0.0, c.score - less), 4)) for c in rest)
    where = str(alternative(rivals[0]))
    return Reading(query, "ambiguous", first, None, rest, f"{first.reason}; as likely: {where}")
