"""Geocoding services (Nominatim, Photon, Pelias through geopy), asked politely and only when told to.

The gazetteer answers first. A service is asked about the names that it does not know, or, when told so, about all; then its
answer stands among the alternatives and never in place of the gazetteer's. Every answer says that it came from a service, and
none claims to be sure. Requests go through `core/fetching.py`: one a second, within a deadline, what came is kept.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from rapidfuzz import fuzz

from geoops.core.errors import InputError, MissingExtraError, NetworkError
from geoops.core.fetching import Fetcher, user_agent
from geoops.core.geodesy import distance
from geoops.core.text import one_line
from geoops.gazetteer.features import split_feature
from geoops.gazetteer.match import Candidate, Context
from geoops.gazetteer.names import article_form, normal, romanised, transliterated
from geoops.gazetteer.records import Record
from geoops.gazetteer.sites import Reading

if TYPE_CHECKING:
    from geopy.location import Location

__all__ = ["SERVICES", "Online", "ask_online"]

SERVICES = ("nominatim", "photon", "pelias")

ONLINE_SCORE = 0.7
"""What an answer of a service is worth at most: its likelihood was not measured, as the gazetteer's was."""

_HOME = {"nominatim": "https://nominatim.openstreetmap.org", "photon": "https://photon.komoot.io"}
_TYPES = ("application/json", "application/geo+json", "text/json", "application/vnd.geo+json")
_PAUSE_S = 1.0
_MAX_BYTES = 2_000_000
_LEAST_RADIUS_M = 1_000.0
_UNKNOWN_RADIUS_M = 25_000.0
_LIKE = 75.0  # per cent: an answer whose names are all less like the question is another place's
# What services call a kind of place, as a GeoNames feature code.
_KINDS = {
    "city": "PPL", "town": "PPL", "village": "PPL", "hamlet": "PPL", "suburb": "PPLX", "quarter": "PPLX", "neighbourhood": "PPLX",
    "neighborhood": "PPLX", "locality": "PPL", "isolated_dwelling": "PPL", "borough": "PPLX", "localadmin": "ADM3",
    "country": "PCLI", "state": "ADM1", "region": "ADM1", "province": "ADM1", "county": "ADM2", "district": "ADM2",
    "peak": "MT", "mountain_range": "MTS", "ridge": "RDGE", "valley": "VAL", "desert": "DSRT", "river": "STM", "water": "LK",
    "reservoir": "RSV", "dam": "DAM", "border_control": "PSTB", "refugee_site": "CMP", "aerodrome": "AIRP", "island": "ISL",
}  # fmt: skip


@dataclass(frozen=True)
class Online:
    """
    A geocoding service and how it is asked.

    Parameters
    ----------
    service
        `nominatim`, `photon` or `pelias`.
    address
        Of a server other than the public one, such as `http://127.0.0.1:8080`; Pelias has no public one.
    ask
        `not_found`: only about names that the gazetteer does not know. `all`: about every name; answers then stand in
        `alternatives`.
    deadline_s
        Seconds that all requests of one call may take together.
    api_key
        Where a Pelias server wants one.
    cache
        Folder that keeps answers; by default the user's cache.
    """

    service: str
    address: str | None = None
    ask: str = "not_found"
    deadline_s: float = 60.0
    api_key: str | None = None
    cache: Path | None = None

    def __post_init__(self) -> None:
        if self.service not in SERVICES:
            msg = f"online={self.service!r}: expected one of {', '.join(SERVICES)}"
            raise InputError(msg)
        if self.ask not in ("not_found", "all"):
            msg = f"ask={self.ask!r}: expected not_found (names that the gazetteer does not know) or all"
            raise InputError(msg)
        parts = urlsplit(self.address or _HOME.get(self.service, ""))
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path not in ("", "/") or parts.query:
            came = "none came" if self.address is None else f"{self.address!r} came"
            msg = f"address of {self.service}: expected one such as https://geocoder.example.org; {came}"
            raise InputError(msg)

    @classmethod
    def of(cls, online: str | Online) -> Online:
        """The service by its name, or as it is."""
        if isinstance(online, Online):
            return online
        if isinstance(online, str):
            return cls(online.strip().lower())
        msg = f"online: expected one of {', '.join(SERVICES)}; {type(online).__name__} came"  # type: ignore[unreachable]
        raise InputError(msg)


@lru_cache(maxsize=16)
def _fetcher(host: str, cache: Path | None, private: bool) -> Fetcher:  # noqa: ARG001  one a host: the pause is between its calls
    """The one that asks a host, kept for as long as the process lives."""
    return Fetcher(cache=cache, pause_s=_PAUSE_S, max_bytes=_MAX_BYTES, private=private)


def ask_online(readings: Sequence[Reading], context: Context, online: Online) -> list[Reading]:
    """
    The readings, with what a service says of the names that it is asked about.

    A service that fails is not asked again in this call: rows that stay open say so in their reason.

    Parameters
    ----------
    readings
        From the gazetteer.
    context
        Its demands (country, kind) hold for the service's answers too.
    online
        Whom to ask, and about what.

    Raises
    ------
    MissingExtraError
        geopy is not installed.
    """
    service = _Service(online)
    answers: dict[str, tuple[Candidate | None, str]] = {}
    result = []
    for reading in readings:
        asked = reading.status == "not_found" or online.ask == "all"
        if not asked or reading.point is not None or not normal(reading.query):
            result.append(reading)
            continue
        if reading.query not in answers:
            answers[reading.query] = service.answer(reading.query, context)
        found, words = answers[reading.query]
        if found is None:
            reason = reading.reason if reading.status != "not_found" else f"{reading.reason}; {words}"
            result.append(replace(reading, reason=reason))
        elif reading.status == "not_found":
            result.append(Reading(reading.query, "resolved", found, None, reading.others, found.reason))
        else:
            result.append(replace(reading, others=(*reading.others, found)))
    return result


class _Service:
    """One service in one call: its client, its deadline, and whether it has failed."""

    def __init__(self, online: Online) -> None:
        self._online = online
        self._end = time.monotonic() + online.deadline_s
        self._failed = ""
        parts = urlsplit(online.address or _HOME[online.service])
        fetcher = _fetcher(parts.netloc, online.cache, online.address is not None)
        try:
            from geopy import geocoders
        except ImportError as error:
            msg = "asking a geocoding service needs the package geopy; install it with: pip install 'geoops[online]'"
            raise MissingExtraError(msg) from error
        common: dict[str, Any] = {
            "scheme": parts.scheme, "user_agent": user_agent(), "adapter_factory": _adapter(fetcher, self._end), "proxies": None,
        }  # fmt: skip
        if online.service == "pelias":
            self._client: Any = geocoders.Pelias(parts.netloc, online.api_key, **common)
        else:
            kind = geocoders.Nominatim if online.service == "nominatim" else geocoders.Photon
            self._client = kind(domain=parts.netloc, **common)

    def answer(self, query: str, context: Context) -> tuple[Candidate | None, str]:
        """The service's reading of a name, if it has one of that name, and words on what it said."""
        name = self._online.service
        if self._failed:
            return None, f"{name} was not asked: {self._failed}"
        if time.monotonic() >= self._end:
            return None, f"{name} was not asked: the deadline of {self._online.deadline_s:g} s was over"
        try:
            records = [(_record(name, location), location) for location in self._ask(query, context)]
        except NetworkError as error:
            self._failed = "it did not answer before"
            return None, f"{name} was asked and failed: {error}"
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            self._failed = "its answers are not understood"
            return None, f"{name} was asked and answered something not understood ({type(error).__name__}: {error})"
        others = []
        for record, location in records:
            if not _like(query, record.names):
                others.append(record.name)
            elif context.admits(record):
                why = "the gazetteer has no such name" if self._online.ask == "not_found" else "asked about every name"
                reason = f"online: {name}, {why}; {one_line(str(location.address))[:120]}"
                return Candidate(record, ONLINE_SCORE, reason, ONLINE_SCORE), reason
        named = f" but only of another name: {', '.join(others[:2])}" if others else ""
        return None, f"{name} was asked and has none{named}"

    def _ask(self, query: str, context: Context) -> list[Location]:
        """The service's answers, the best first."""
        options: dict[str, Any] = {"exactly_one": False}
        if self._online.service == "nominatim":
            options |= {"addressdetails": True, "namedetails": True, "language": "en", "limit": 5}
            options["country_codes"] = sorted(code.lower() for code in context.countries) or None
        elif self._online.service == "photon":
            options |= {"language": "en", "limit": 5}
        elif context.countries:
            options["countries"] = sorted(context.countries)
        return list(self._client.geocode(query[:200], **options) or [])


def _adapter(fetcher: Fetcher, end: float) -> Callable[..., Any]:
    """A way for geopy to the network that keeps geoops's deadline, retries, pauses and cache."""
    from geopy.adapters import BaseSyncAdapter

    class Adapter(BaseSyncAdapter):  # type: ignore[misc,unused-ignore]
        def get_json(self, url: str, *, timeout: Any, headers: Any) -> Any:  # noqa: ARG002  the fetcher has its own
            return json.loads(self._get(url))

        def get_text(self, url: str, *, timeout: Any, headers: Any) -> str:  # noqa: ARG002  the fetcher has its own
            return self._get(url).decode("utf-8", "replace")

        def _get(self, url: str) -> bytes:
            left = max(end - time.monotonic(), 0.01)
            return replace(fetcher, deadline_s=left).get(url, types=_TYPES, check=lambda body: _check(url, body))

    return Adapter


def _check(url: str, body: bytes) -> None:
    """Refuse what is no JSON before it is kept."""
    try:
        json.loads(body)
    except ValueError as error:
        msg = f"{url}: something came that is no JSON: {body[:40]!r}"
        raise NetworkError(msg) from error


def _record(service: str, location: Location) -> Record:
    """An answer as a place."""
    raw: Mapping[str, Any] = location.raw
    about: Mapping[str, Any] = raw.get("properties") or raw
    address: Mapping[str, Any] = about.get("address") or {}
    named: Mapping[str, Any] = about.get("namedetails") or {}
    first = one_line(str(about.get("name") or str(location.address).split(",")[0]))
    names = dict.fromkeys(one_line(str(n)) for n in (first, *named.values()) if isinstance(n, str) and n.strip())
    country = address.get("country_code") or about.get("countrycode") or about.get("country_code")
    words = (
        about.get("addresstype"),
        about.get("osm_value"),
        about.get("layer"),
        about.get("type"),
        about.get("class"),
    )
    lon, lat = _position(raw)
    number = about.get("osm_id") or about.get("gid") or about.get("id") or about.get("place_id")
    letter = str(about.get("osm_type") or "")[:1].lower()
    osm = service != "pelias" or str(about.get("source", "")).startswith("openstreetmap")
    return Record(
        entry=-1, layer="online", row=-1, parts=(), id=f"{service}/{letter}{number}", name=first, name_local=None,
        names=tuple(names), kind=next((_KINDS[str(w)] for w in words if str(w) in _KINDS), ""),
        country=str(country).upper() if country and len(str(country)) == 2 else None,
        admin1=address.get("state") or about.get("state") or about.get("region"),
        lon=lon, lat=lat, uncertainty_m=_radius(lon, lat, raw.get("boundingbox"), about.get("extent") or raw.get("bbox")), weight=1.0,
        has_extent=False, source=f"{service} (online)", source_date=None,
        licence="ODbL 1.0" if osm else "as stated by the service",
    )  # fmt: skip


def _position(raw: Mapping[str, Any]) -> tuple[float, float]:
    """The coordinates as the service gave them: geopy makes 0, 0 of missing ones."""
    lon, lat = raw["geometry"]["coordinates"][:2] if "geometry" in raw else (raw["lon"], raw["lat"])
    lon, lat = float(lon), float(lat)
    if not (abs(lon) <= 180.0 and abs(lat) <= 90.0):
        msg = f"position {lon}, {lat}"
        raise ValueError(msg)
    return lon, lat


def _radius(lon: float, lat: float, south_first: Any, west_first: Any) -> float:
    """The radius round the point that covers the box of an answer, if it has one."""
    if isinstance(south_first, Sequence) and len(south_first) == 4:
        south, north, west, east = map(float, south_first)
    elif isinstance(west_first, Sequence) and len(west_first) == 4:
        west, south, east, north = map(float, west_first)
        south, north = min(south, north), max(south, north)  # Photon has the north before the south
    else:
        return _UNKNOWN_RADIUS_M
    far = distance(lon, lat, [west, west, east, east], [south, north, south, north])
    return float(max(_LEAST_RADIUS_M, far.max()))


def _like(query: str, names: Sequence[str]) -> bool:
    """Whether one of an answer's names is the one asked about: a service gives something for almost anything."""
    forms = [query.partition(",")[0], *(rest for rest, _ in split_feature(query))]
    for form in forms:
        latin = transliterated(form).replace(" ", "") or article_form(form)
        for name in (n for whole in names for n in (whole, *(rest for rest, _ in split_feature(whole)))):
            other = transliterated(name).replace(" ", "") or article_form(name)
            if set(romanised(form)) & set(romanised(name)) or fuzz.ratio(latin, other) >= _LIKE:
                return True
    return False
