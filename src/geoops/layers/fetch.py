"""Public sources onto the disk: only what is missing, whole or not at all, with a record of what came from whom and when.

Which files are meant is `public.py`'s answer; how one is asked for, resumed and kept is `core/fetching.py`'s. A source that
fails does not stop the others, and what was there before stays.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from geoops.core.errors import InputError, NetworkError, ReadError
from geoops.core.fetching import Fetcher
from geoops.core.geodesy import Region
from geoops.core.reading import read_text
from geoops.core.writing import check_writable, write_json
from geoops.layers.arrived import check_kind, json_object
from geoops.layers.inputs import sha256_of
from geoops.layers.public import PublicSource, Wanted, wanted
from geoops.layers.sources.country_codes import country_name
from geoops.layers.sources.fetched import RECORD

__all__ = ["RECORD", "Outcome", "fetch"]

_FILE_DEADLINE_S = 4 * 3600.0
_ANSWER_DEADLINE_S = 60.0
_INDEX_AGE_S = 86_400.0
_GIVEN_UP_AFTER = 3


@dataclass(frozen=True)
class Outcome:
    """
    What became of one file.

    Parameters
    ----------
    source, what
        The row of the table, and which country, tile or item.
    state
        `fetched`, `kept` (it was there), `absent` (the source has none), `failed`, or `to fetch` in a dry run.
    file
        Its path.
    bytes
        Its size; 0 where it is not there.
    note
        Why it failed, what is absent, or what is to be known.
    address
        Where it comes from.
    """

    source: str
    what: str
    state: str
    file: str
    bytes: int
    note: str
    address: str


def fetch(
    names: Sequence[str],
    out: str | os.PathLike[str],
    *,
    region: Region | None = None,
    countries: Sequence[str] = (),
    mirror: str | None = None,
    refresh: bool = False,
    dry_run: bool = False,
    sources: Mapping[str, PublicSource] | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> list[Outcome]:
    """
    Bring files of public sources into a folder.

    Run again, it fetches only what is not there unchanged. Files of one host are asked for one after the other, with the
    pause that the table states.

    Parameters
    ----------
    names, region, countries, sources
        As for `geoops.layers.public.wanted`.
    out
        The folder; `fetched.json` in it is the record.
    mirror
        The address of a copy: `https://HOST/PATH` is then asked for as `MIRROR/HOST/PATH`. It may be on this machine.
    refresh
        Fetch again what is there.
    dry_run
        Say what would be fetched; nothing is asked for and nothing written.
    progress
        Called with what is being fetched and the share of the files that is done.

    Returns
    -------
    list of Outcome
        One a file, failures among them.

    Raises
    ------
    InputError
        A name, country or region that asks for nothing, or a mirror that is no address.
    WriteError
        The folder cannot be written.
    """
    files = wanted(names, region=region, countries=countries, sources=sources)
    folder = Path(out)
    if mirror is not None and urlsplit(mirror).scheme not in ("http", "https"):
        msg = f"mirror {mirror!r}: an http or https address was expected"
        raise InputError(msg)
    if not dry_run:
        check_writable(folder)
    record = _read_record(folder)
    work = _Work(folder, mirror, refresh, dry_run, record)
    outcomes: list[Outcome] = []
    for number, item in enumerate(files):
        share = number / len(files)
        if progress is not None:
            progress(f"{item.source.key} {item.what}", share)
        outcomes.append(work.bring(item, _told(progress, item, share, len(files))))
    return outcomes


def _told(
    progress: Callable[[str, float], None] | None, item: Wanted, share: float, count: int
) -> Callable[[int, int | None], None] | None:
    """Progress within one file, as progress of the whole."""
    if progress is None:
        return None

    def tell(done: int, of: int | None) -> None:
        progress(f"{item.source.key} {item.what}", share + (done / of if of else 0.0) / count)

    return tell


def _read_record(folder: Path) -> dict[str, Any]:
    """The record of a folder; an empty one where there is none, or none that can be read."""
    path = folder / RECORD
    if path.is_file():
        try:
            found = json.loads(read_text(path))
        except (ReadError, ValueError):
            found = None
        if isinstance(found, dict) and isinstance(found.get("files"), dict):
            return found
    return {"files": {}}


class _Work:
    """One call's folder, record, doors to the network and what has failed so far."""

    def __init__(self, folder: Path, mirror: str | None, refresh: bool, dry_run: bool, record: dict[str, Any]) -> None:
        self.folder, self.mirror, self.refresh, self.dry_run, self.record = folder, mirror, refresh, dry_run, record
        self.today = dt.datetime.now(dt.UTC).date().isoformat()
        self._doors: dict[str, Fetcher] = {}
        self._failures: dict[str, int] = {}

    def bring(self, item: Wanted, tell: Callable[[int, int | None], None] | None) -> Outcome:
        """One file, from the folder, from the network, or not at all."""
        if (there := self._there(item)) is not None:
            return there
        if self.dry_run:
            told = (
                f"the file's own address is told by {item.address}"
                if item.source.follow or item.source.by == "index"
                else ""
            )
            return self._outcome(item, "to fetch", told)
        failures = self._failures.get(item.source.key, 0)
        if failures >= _GIVEN_UP_AFTER:
            return self._outcome(item, "failed", f"not asked for: {item.source.key} failed {failures} times in a row")
        try:
            outcome = self._fetched(item, tell)
        except NetworkError as error:
            if error.status == 404 and item.source.absent and not self._entry(item).get("sha256"):
                self._write(item, {"absent": item.source.absent, "asked_at": self.mirror or ""})
                return self._outcome(item, "absent", item.source.absent)
            self._failures[item.source.key] = failures + 1
            kept = self._entry(item).get("fetched")
            stays = f"; the file of {kept} stays" if kept and (self.folder / item.file).is_file() else ""
            return self._outcome(item, "failed", f"{error}{stays}")
        self._failures[item.source.key] = 0
        return outcome

    # -- what is there -------------------------------------------------------------------------------------------

    def _entry(self, item: Wanted) -> dict[str, Any]:
        """What the record says of a file; of an extract it is under the name that the index gave it."""
        files: dict[str, dict[str, Any]] = self.record["files"]
        for entry in files.values():
            if entry.get("source") == item.source.key and item.what in entry.get("asked_as", [entry.get("what")]):
                return entry
        return {}

    def _there(self, item: Wanted) -> Outcome | None:
        """The file, if it is there as it was fetched, or known to be absent."""
        entry = self._entry(item)
        if self.refresh or not entry:
            return None
        if "absent" in entry:  # of this source; a copy elsewhere may have it
            if entry.get("asked_at", "") != (self.mirror or ""):
                return None
            return self._outcome(item, "absent", str(entry["absent"]))
        path = self.folder / str(entry["file"])
        if not path.is_file() or path.stat().st_size != entry["bytes"] or sha256_of(path) != entry["sha256"]:
            return None
        return self._outcome(replace(item, file=str(entry["file"])), "kept", f"fetched on {entry['fetched']}")

    # -- the network ---------------------------------------------------------------------------------------------

    def _door(self, source: PublicSource, deadline_s: float) -> Fetcher:
        """The way to a source; its pause holds between all of its requests, whatever they are for."""
        if source.key not in self._doors:
            self._doors[source.key] = Fetcher(
                tries=8, pause_s=source.pause_s, max_bytes=int(source.max_mb * 2**20), private=self.mirror is not None
            )
        return replace(self._doors[source.key], deadline_s=deadline_s)

    def _url(self, address: str) -> str:
        """The address, or that of its copy."""
        if self.mirror is None:
            return address
        parts = urlsplit(address)
        return f"{self.mirror.rstrip('/')}/{parts.netloc}{parts.path}{'?' + parts.query if parts.query else ''}"

    def _fetched(self, item: Wanted, tell: Callable[[int, int | None], None] | None) -> Outcome:
        """Fetch a file, by way of the answer that tells its address where there is one."""
        source = item.source
        if source.by == "index":
            index = self._answer(source, item.address, _INDEX_AGE_S)
            name, address = _of_index(index, item, self._url(item.address))
            found = replace(item, address=address, file=source.file.format(item=name.replace("/", "-")))
            same = self.record["files"].get(found.file)
            if same is not None and not self.refresh and item.what not in same.get("asked_as", []):
                same["asked_as"] = [*same.get("asked_as", [same["what"]]), item.what]
                if (there := self._there(item)) is not None:
                    write_json(self.folder / RECORD, self.record)
                    return there
            return self._download(found, tell, {})
        if source.by == "pointer":
            return self._pointed(item)
        if source.follow:
            answer = self._answer(source, item.address, 0.0)
            told = answer.get(source.follow)
            if not isinstance(told, str) or not told.startswith("https://"):
                msg = f"{self._url(item.address)}: the answer has no address in {source.follow!r}; the service has changed"
                raise NetworkError(msg)
            said = {key: str(answer[key]) for key in source.says if answer.get(key)}
            try:
                return self._download(replace(item, address=told), tell, said)
            except NetworkError as error:
                error.status = None  # the answer names a file that is not there: that is no answer that there is none
                raise
        return self._download(item, tell, {})

    def _answer(self, source: PublicSource, address: str, age_s: float) -> dict[str, Any]:
        """A JSON object from an address; one of an earlier day where the service is down."""
        url = self._url(address)
        door = self._door(source, _ANSWER_DEADLINE_S)
        try:
            body = door.get(url, max_age_s=age_s, check=partial(json_object, url=url))
        except NetworkError:
            kept = door.kept(url) if age_s > 0.0 else None
            if kept is None:
                raise
            body = kept
        return json_object(body, url=url)

    def _download(self, item: Wanted, tell: Callable[[int, int | None], None] | None, said: dict[str, str]) -> Outcome:
        """Bring a file whole, and write it into the record."""
        source = item.source
        url, path = self._url(item.address), self.folder / item.file
        door = self._door(source, _FILE_DEADLINE_S)
        notes: list[str] = []
        for attempt in (1, 2):
            md5 = self._md5(source, url, notes) if source.checksum == "md5" else None
            try:
                door.download(url, path, md5=md5, check=partial(check_kind, kind=source.kind, url=url), progress=tell)
                break
            except NetworkError as error:
                if attempt == 2 or not error.mismatch:
                    raise  # a file renewed between its checksum and itself is tried once more
        self._write(item, {
            "bytes": path.stat().st_size, "sha256": sha256_of(path), "fetched": self.today, **({"md5": md5} if md5 else {}),
            **({"stated": said} if said else {}),
        })  # fmt: skip
        stated = [f"{key}: {value}" for key, value in said.items()]
        return self._outcome(item, "fetched", "; ".join([*notes, *stated]))

    def _md5(self, source: PublicSource, url: str, notes: list[str]) -> str | None:
        """The checksum that lies beside a file."""
        try:
            text = self._door(source, _ANSWER_DEADLINE_S).get(f"{url}.md5", max_age_s=0.0).decode("ascii", "replace")
        except NetworkError as error:
            if error.status != 404:
                raise
            notes.append("its publisher gave no checksum")
            return None
        digest = text.split()[0].lower() if text.split() else ""
        if len(digest) != 32 or any(c not in "0123456789abcdef" for c in digest):
            msg = f"{url}.md5: a checksum was expected; {text[:60]!r} came"
            raise NetworkError(msg)
        return digest

    def _pointed(self, item: Wanted) -> Outcome:
        """Keep what an answer points to, as addresses that are read in place."""
        source = item.source
        answer = self._answer(source, item.address, 0.0)
        name = answer.get(source.follow)
        if not isinstance(name, str) or not name:
            msg = f"{self._url(item.address)}: the answer has no {source.follow!r}; the service has changed"
            raise NetworkError(msg)
        path = self.folder / item.file
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json(path, {"release": name, "asked": self.today, "paths": [p.format(item=name) for p in source.paths]})
        self._write(item, {"bytes": path.stat().st_size, "sha256": sha256_of(path), "fetched": self.today})
        return self._outcome(item, "fetched", f"newest release {name}; its data is read in place, not fetched whole")

    # -- the record ----------------------------------------------------------------------------------------------

    def _write(self, item: Wanted, facts: Mapping[str, Any]) -> None:
        """Write what is known of a file into the record, at once, so that it holds whatever comes after."""
        source = item.source
        before = self.record["files"].get(item.file, {})
        asked = list(dict.fromkeys([*before.get("asked_as", []), item.what]))
        self.record["files"][item.file] = {
            "source": source.key, "what": item.what, "asked_as": asked, "file": item.file, "address": item.address,
            "licence": source.licence, "attribution": source.attribution, "loader": source.loader,
            **({"publisher": source.publisher} if source.publisher else {}), **facts,
        }  # fmt: skip
        write_json(self.folder / RECORD, self.record)

    def _outcome(self, item: Wanted, state: str, note: str) -> Outcome:
        """What became of a file."""
        path = self.folder / item.file
        size = path.stat().st_size if state != "absent" and path.is_file() else 0
        return Outcome(item.source.key, item.what, state, str(path), size, note, self._url(item.address))


def _of_index(index: Mapping[str, Any], item: Wanted, url: str) -> tuple[str, str]:
    """Name and address of the extract that covers a country most closely, or of the one that is named."""
    rows = [f.get("properties", {}) for f in index.get("features", []) if isinstance(f, dict)]
    named = [row for row in rows if row.get("id") == item.what]
    of_country = [row for row in rows if item.what in (row.get("iso3166-1:alpha2") or ())]
    fit = named or sorted(
        of_country, key=lambda row: (len(row["iso3166-1:alpha2"]), "iso3166-2" in row, len(row["id"]))
    )
    address = (fit[0].get("urls") or {}).get("pbf") if fit else None
    if address is None:
        msg = f"{url}: has no extract of {country_name(item.what)}; name one as {item.source.key}:ID with an id of the index"
        raise NetworkError(msg)
    if not str(address).startswith("https://"):
        msg = f"{url}: the extract's address {address!r} is not https; the service has changed"
        raise NetworkError(msg)
    return urlsplit(str(address)).path.rsplit("/", 1)[-1].removesuffix(".osm.pbf").removesuffix("-latest"), str(address)
