"""The one door to the network: files and tiles come through here, within a deadline, politely, and are kept.

A request has one deadline for all of its tries, waits as long as the server asks (Retry-After) or with growing, jittered
pauses, is refused above a size, follows redirects only to https and never to a private address, and gives up with a
sentence that says what happened. What came is checked (type, size, checksum) before it is put in its place by one rename;
an interrupted download is resumed. Nothing is fetched unless a caller asks for it.

A file of which only parts are wanted (a GeoTIFF on a server) is read by ranges through here as well, and only where a caller says
so: `ranges.py`, by default within a minute a part and 256 MiB a file.

What opens a connection of its own, and its limits: `layers/sources/postgis.py` (10 s to connect, 300 s a statement; an
engine that a caller passes in keeps its own).
"""

from __future__ import annotations

import hashlib
import ipaddress
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from geoops.core import answers
from geoops.core.answers import Part, check_answer, check_size, digest_of
from geoops.core.errors import InputError, NetworkError
from geoops.core.version import __version__
from geoops.core.writing import write_bytes, write_text, written_whole

if TYPE_CHECKING:
    import urllib3

__all__ = ["Fetcher", "cache_folder", "user_agent"]

_RETRIED = frozenset({408, 425, 429, 500, 502, 503, 504})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_CHUNK = 1 << 16
_MAX_REDIRECTS = 5


def cache_folder() -> Path:
    """Where fetched files are kept: the system's place for caches, or the environment variable GEOOPS_CACHE."""
    import os

    import platformdirs

    return Path(os.environ.get("GEOOPS_CACHE") or platformdirs.user_cache_dir("geoops"))


def user_agent() -> str:
    """What geoops calls itself to every server: fixed and honest, as tile and geocoding policies ask."""
    return f"geoops/{__version__} (maps of public places; offline-first)"


@dataclass
class Fetcher:
    """
    Fetches files, with one set of limits for all of its requests.

    Parameters
    ----------
    cache
        Folder that keeps what was fetched without a place of its own; `cache_folder()` by default.
    deadline_s
        Seconds that one call may take in all, its retries and waits included.
    tries
        How often a request is made at most.
    max_bytes
        Larger answers are refused, by their header or when they grow beyond it.
    pause_s
        Least seconds between two requests to one host.
    silence_s
        Seconds without a byte after which a try is given up; more for a server that thinks before it answers.
    private
        Whether hosts on private or loopback addresses may be asked (a server of the user's own).
    headers
        Sent with every request.
    """

    cache: Path | None = None
    deadline_s: float = 60.0
    tries: int = 4
    max_bytes: int = 2 * 2**30
    pause_s: float = 0.0
    silence_s: float = 30.0
    private: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    _next_at: dict[str, float] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def get(
        self,
        url: str,
        *,
        types: Sequence[str] = (),
        max_age_s: float | None = None,
        check: Callable[[bytes], object] | None = None,
    ) -> bytes:
        """
        The bytes behind an address, from the cache where they are there.

        Parameters
        ----------
        url
            An http or https address.
        types
            Content types that are accepted, by their beginning (`"image/"`); any by default.
        max_age_s
            Cached bytes older than this are fetched again; never by default. If that fails, the old ones stay (`kept`).
        check
            Looks at what came before it is kept, and raises where it is not what was wanted.

        Raises
        ------
        NetworkError
            The source is down, slow, refuses, or sends something else than was asked for.
        """
        entry = self._entry(url)
        if entry.is_file() and (max_age_s is None or time.time() - entry.stat().st_mtime < max_age_s):
            return entry.read_bytes()
        body = bytearray()

        def receive(response: Any, end: float) -> None:
            body.clear()
            for piece in self._pieces(response, end, url):
                body.extend(piece)
                check_size(len(body), self.max_bytes, url)

        self._retry(url, types, receive)
        if check is not None:
            check(bytes(body))
        write_bytes(entry, bytes(body))
        return bytes(body)

    def kept(self, url: str) -> bytes | None:
        """What an earlier `get` kept of an address; nothing is asked for."""
        return self._entry(url).read_bytes() if self._entry(url).is_file() else None

    def _entry(self, url: str) -> Path:
        """Where the bytes of an address are kept."""
        return (self.cache or cache_folder()) / "http" / hashlib.sha256(url.encode()).hexdigest()

    def get_part(self, url: str, start: int, count: int, *, validator: str | None = None) -> Part:
        """
        Some bytes of a file, from a server that gives parts of files. Nothing is cached.

        Parameters
        ----------
        url
            An http or https address.
        start, count
            Which bytes, counted from 0; fewer come at the end of the file.
        validator
            What an earlier part said of the file's state: a file that has changed since is refused.

        Raises
        ------
        NetworkError
            The source is down, slow or refuses, gives no parts, or the file has changed.
        """
        asked = {"Range": f"bytes={start}-{start + count - 1}", **({"If-Range": validator} if validator else {})}
        came: list[Part] = []

        def receive(response: Any, end: float) -> None:
            span = answers.span_of(response)
            if response.status != 206 or span is None or span[0] != start:
                why = (
                    "it has changed since its first part was read"
                    if validator
                    else "its server gives no parts of files"
                )
                msg = f"{url}: the part from byte {start:,} on was asked for and another came: {why}; download the file whole"
                raise NetworkError(msg)
            body = bytearray()
            for piece in self._pieces(response, end, url):
                body.extend(piece)
                check_size(len(body), count, url)
            came[:] = [Part(bytes(body), span[1], answers.validator_of(response))]

        self._retry(url, (), receive, asked=lambda: asked)
        return came[0]

    def download(
        self,
        url: str,
        path: Path,
        *,
        sha256: str | None = None,
        md5: str | None = None,
        types: Sequence[str] = (),
        check: Callable[[Path], None] | None = None,
        progress: Callable[[int, int | None], None] | None = None,
    ) -> Path:
        """
        Bring a file to a path: resumed where an earlier try ended, checked, then put in place.

        What an earlier call left half-done is gone on with only where the file is known to be the same: by what the
        server says of its state (ETag, Last-Modified), or by a checksum that is judged at the end.

        Parameters
        ----------
        url
            An http or https address.
        path
            Where to; a file that is there with the right checksum is not fetched again.
        sha256, md5
            What the file must be, where it is known. MD5 tells damage, not malice.
        types
            Content types that are accepted, by their beginning.
        check
            Looks at the whole file before it is put in place, and raises where it is not what was wanted.
        progress
            Called with the bytes so far and the bytes in all, where the server says them.

        Raises
        ------
        NetworkError
            The source is down, slow, refuses, or sends something else; a wrong checksum says what was expected and
            what came. What was at the path before stays.
        """
        wanted = {kind: value.lower() for kind, value in (("sha256", sha256), ("md5", md5)) if value is not None}
        if wanted and path.is_file() and all(digest_of(path, kind) == value for kind, value in wanted.items()):
            return path
        partial, state = path.with_name(f".{path.name}.partial"), path.with_name(f".{path.name}.state")
        partial.parent.mkdir(parents=True, exist_ok=True)
        mine = False

        def asked() -> dict[str, str]:
            here = partial.stat().st_size if partial.exists() else 0
            stated = state.read_text(encoding="utf-8") if state.exists() else ""
            if not here or not (stated or mine or wanted):
                return {}
            return {"Range": f"bytes={here}-", **({"If-Range": stated} if stated else {})}

        def receive(response: Any, end: float) -> None:
            nonlocal mine
            here = partial.stat().st_size if partial.exists() else 0
            offset = (answers.span_of(response) or (here, None))[0] if response.status == 206 else 0
            if offset > here:
                msg = f"{url}: the part from byte {here:,} on was asked for, that from {offset:,} on came"
                raise NetworkError(msg)
            if not offset:
                write_text(state, answers.validator_of(response) or "")
            rest = answers.length_of(response)
            with partial.open("r+b" if offset else "wb") as stream:
                mine = True
                stream.seek(offset)
                stream.truncate()
                done = offset
                for piece in self._pieces(response, end, url):
                    done += len(piece)
                    check_size(done, self.max_bytes, url)
                    stream.write(piece)
                    if progress is not None:
                        progress(done, None if rest is None else offset + rest)

        self._retry(url, types, receive, asked=asked, partial=partial)
        try:
            for kind, value in wanted.items():
                if (came := digest_of(partial, kind)) != value:
                    raise answers.mismatch(url, kind, value, came)
            if check is not None:
                check(partial)
            with written_whole(path) as temporary:
                partial.replace(temporary)
        finally:
            partial.unlink(missing_ok=True)
            state.unlink(missing_ok=True)
        return path

    # -- one request and its retries ---------------------------------------------------------------------------

    def _retry(
        self,
        url: str,
        types: Sequence[str],
        receive: Callable[[Any, float], None],
        *,
        asked: Callable[[], Mapping[str, str]] = dict,
        partial: Path | None = None,
    ) -> None:
        """Ask until it works, the tries are used up or the deadline is near; then say what the last try met."""
        import urllib3

        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
            msg = f"an http or https address was expected; {url!r} came"
            raise InputError(msg)
        end = time.monotonic() + self.deadline_s
        met = "no try was made"
        for attempt in range(self.tries):
            wait = 0.0 if attempt == 0 else min(0.5 * 2 ** (attempt - 1), 20.0) * random.uniform(0.75, 1.25)
            try:
                response = self._open(url, asked(), end)
                if response.status in _RETRIED:
                    met = f"the server answered {response.status}"
                    wait = max(wait, answers.retry_after(response))
                    response.drain_conn()
                    self._wait(wait, end, url, met)
                    continue
                if response.status == 416 and partial is not None and partial.exists():
                    met = "the file is shorter than what was here of it; that was thrown away"
                    partial.unlink()
                    response.drain_conn()
                    continue
                with response:
                    check_answer(response, url, types, self.max_bytes)
                    receive(response, end)
            except (urllib3.exceptions.HTTPError, socket.gaierror, TimeoutError, ConnectionError) as error:
                met = answers.plain_words(error)
                self._wait(max(wait, 0.25), end, url, met)
                continue
            return
        msg = f"{url}: not reached in {self.tries} tries; the last one met this: {met}"
        raise NetworkError(msg)

    def _pieces(self, response: Any, end: float, url: str) -> Iterator[bytes]:
        """The body as it comes; a server that sends byte by byte is given up at the deadline like a silent one."""
        count = 0
        while piece := response.read1(_CHUNK):
            count += len(piece)
            yield piece
            if time.monotonic() > end:
                msg = f"{url}: given up at the deadline of {self.deadline_s:g} s; {count:,} bytes had come: the source is slow"
                raise NetworkError(msg)

    def _wait(self, seconds: float, end: float, url: str, met: str) -> None:
        """Wait, unless the deadline comes first."""
        if time.monotonic() + seconds >= end:
            msg = f"{url}: given up at the deadline of {self.deadline_s:g} s; the last try met this: {met}"
            raise NetworkError(msg)
        time.sleep(seconds)

    def _open(self, url: str, asked: Mapping[str, str], end: float) -> urllib3.BaseHTTPResponse:
        """The answer to one request, redirects followed."""
        for _ in range(_MAX_REDIRECTS + 1):
            parts = urlsplit(url)
            self._take_turn(parts.netloc, end)
            response = self._request(url, asked, max(end - time.monotonic(), 0.01))
            target = response.headers.get("Location")
            if response.status not in _REDIRECTS or target is None:
                return response
            response.drain_conn()
            following = urljoin(url, target)
            if urlsplit(following).scheme != "https" and not (self.private and parts.scheme == "http"):
                msg = f"{url} redirects to {following}, which is not https; not followed"
                raise NetworkError(msg)
            url = following
        msg = f"{url}: more than {_MAX_REDIRECTS} redirects; given up"
        raise NetworkError(msg)

    def _take_turn(self, host: str, end: float) -> None:
        """Keep the pause between two requests to one host, across threads."""
        with self._lock:
            now = time.monotonic()
            at = max(self._next_at.get(host, now), now)
            self._next_at[host] = at + self.pause_s
        if at > now:
            self._wait(at - now, end, host, "the pause between two requests")

    def _request(self, url: str, asked: Mapping[str, str], seconds: float) -> urllib3.BaseHTTPResponse:
        """One request to an address that was looked at, so that the name cannot lead elsewhere in between."""
        import certifi
        import urllib3

        parts = urlsplit(url)
        host = str(parts.hostname)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        address = self._address(host, port, url)
        timeout = urllib3.Timeout(total=seconds, connect=min(seconds, 10.0), read=min(seconds, self.silence_s))
        pool: urllib3.HTTPConnectionPool
        if parts.scheme == "https":
            pool = urllib3.HTTPSConnectionPool(
                address, port, timeout=timeout, assert_hostname=host, server_hostname=host, ca_certs=certifi.where(),
                cert_reqs="CERT_REQUIRED",
            )  # fmt: skip
        else:
            pool = urllib3.HTTPConnectionPool(address, port, timeout=timeout)
        fixed = {"User-Agent": user_agent(), "Host": parts.netloc, "Accept-Encoding": "identity"}
        headers = {**fixed, **self.headers, **asked}
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return pool.urlopen("GET", target, headers=headers, retries=False, redirect=False, preload_content=False)

    def _address(self, host: str, port: int, url: str) -> str:
        """The address of a host; a private one is refused unless the caller allowed it."""
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = [str(entry[4][0]) for entry in found]
        if not self.private:
            inside = [a for a in addresses if not ipaddress.ip_address(a.split("%")[0]).is_global]
            if inside:
                msg = f"{url}: {host} is the private address {inside[0]}; not asked"
                raise NetworkError(msg)
        return addresses[0]
