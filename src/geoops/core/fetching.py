"""The one door to the network: files and tiles come through here, within a deadline, politely, and are kept.

A request has one deadline for all of its tries, waits as long as the server asks (Retry-After) or with growing, jittered
pauses, is refused above a size, follows redirects only to https and never to a private address, and gives up with a
sentence that says what happened. What came is checked (type, size, checksum) before it is put in its place by one rename;
an interrupted download is resumed. Nothing is fetched unless a caller asks for it.

What opens a connection of its own, and its limits: `layers/sources/postgis.py` (10 s to connect, 300 s a statement; an
engine that a caller passes in keeps its own).
"""

from __future__ import annotations

import email.utils
import hashlib
import ipaddress
import random
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from geoops.core.errors import InputError, NetworkError
from geoops.core.version import __version__
from geoops.core.writing import write_bytes, written_whole

if TYPE_CHECKING:
    import urllib3

__all__ = ["Fetcher", "cache_folder"]

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

    def get(self, url: str, *, types: Sequence[str] = (), max_age_s: float | None = None) -> bytes:
        """
        The bytes behind an address, from the cache where they are there.

        Parameters
        ----------
        url
            An http or https address.
        types
            Content types that are accepted, by their beginning (`"image/"`); any by default.
        max_age_s
            Cached bytes older than this are fetched again; never by default. If that fails, the old ones stay in
            use only where the caller catches the error and asks with `max_age_s=None`.

        Raises
        ------
        NetworkError
            The source is down, slow, refuses, or sends something else than was asked for.
        """
        entry = (self.cache or cache_folder()) / "http" / hashlib.sha256(url.encode()).hexdigest()
        if entry.is_file() and (max_age_s is None or time.time() - entry.stat().st_mtime < max_age_s):
            return entry.read_bytes()
        body = bytearray()
        self._retry(url, types, lambda response, _: _drain(response, body, self.max_bytes), fresh=body.clear)
        write_bytes(entry, bytes(body))
        return bytes(body)

    def download(
        self,
        url: str,
        path: Path,
        *,
        sha256: str | None = None,
        types: Sequence[str] = (),
        progress: Callable[[int, int | None], None] | None = None,
    ) -> Path:
        """
        Bring a file to a path: resumed where an earlier try ended, checked, then put in place.

        Parameters
        ----------
        url
            An http or https address.
        path
            Where to; a file that is there with the right checksum is not fetched again.
        sha256
            What the file must be, where it is known.
        types
            Content types that are accepted, by their beginning.
        progress
            Called with the bytes so far and the bytes in all, where the server says them.

        Raises
        ------
        NetworkError
            The source is down, slow, refuses, or sends something else; a wrong checksum says what was expected and
            what came. What was at the path before stays.
        """
        if sha256 is not None and path.is_file() and _sha256(path) == sha256:
            return path
        partial = path.with_name(f".{path.name}.partial")
        partial.parent.mkdir(parents=True, exist_ok=True)

        def receive(response: urllib3.BaseHTTPResponse, offset: int) -> None:
            total = _length(response)
            with partial.open("r+b" if offset else "wb") as stream:
                stream.seek(offset)
                stream.truncate()
                done = offset
                for chunk in response.stream(_CHUNK):
                    done += len(chunk)
                    _check_size(done, self.max_bytes, url)
                    stream.write(chunk)
                    if progress is not None:
                        progress(done, None if total is None else offset + total)

        self._retry(url, types, receive, partial=partial)
        came = _sha256(partial)
        if sha256 is not None and came != sha256:
            partial.unlink()
            msg = (
                f"{url}: the file is not the one that was expected (sha256 {sha256} expected, {came} came); it was"
                " thrown away. It has changed at its source, or something on the way put another in its place"
            )
            raise NetworkError(msg)
        with written_whole(path) as temporary:
            partial.replace(temporary)
        return path

    # -- one request and its retries ---------------------------------------------------------------------------

    def _retry(
        self,
        url: str,
        types: Sequence[str],
        receive: Callable[[Any, int], None],
        *,
        fresh: Callable[[], None] = lambda: None,
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
            offset = partial.stat().st_size if partial is not None and partial.exists() else 0
            fresh()
            try:
                response = self._open(url, offset, end)
                if response.status in _RETRIED:
                    met = f"the server answered {response.status}"
                    wait = max(wait, _retry_after(response))
                    response.drain_conn()
                    self._wait(wait, end, url, met)
                    continue
                with response:
                    _check_answer(response, url, types, self.max_bytes)
                    receive(response, offset if response.status == 206 else 0)
            except (urllib3.exceptions.HTTPError, socket.gaierror, TimeoutError, ConnectionError) as error:
                met = _plain(error)
                self._wait(max(wait, 0.25), end, url, met)
                continue
            return
        msg = f"{url}: not reached in {self.tries} tries; the last one met this: {met}"
        raise NetworkError(msg)

    def _wait(self, seconds: float, end: float, url: str, met: str) -> None:
        """Wait, unless the deadline comes first."""
        if time.monotonic() + seconds >= end:
            msg = f"{url}: given up at the deadline of {self.deadline_s:g} s; the last try met this: {met}"
            raise NetworkError(msg)
        time.sleep(seconds)

    def _open(self, url: str, offset: int, end: float) -> urllib3.BaseHTTPResponse:
        """The answer to one request, redirects followed."""
        for _ in range(_MAX_REDIRECTS + 1):
            parts = urlsplit(url)
            self._take_turn(parts.netloc, end)
            response = self._request(url, offset, max(end - time.monotonic(), 0.01))
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

    def _request(self, url: str, offset: int, seconds: float) -> urllib3.BaseHTTPResponse:
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
        headers = {"User-Agent": user_agent(), "Host": parts.netloc, "Accept-Encoding": "identity", **self.headers}
        if offset:
            headers["Range"] = f"bytes={offset}-"
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


def _drain(response: Any, body: bytearray, max_bytes: int) -> None:
    """Read an answer into memory."""
    for chunk in response.stream(_CHUNK):
        body.extend(chunk)
        _check_size(len(body), max_bytes, "the answer")


def _check_answer(response: Any, url: str, types: Sequence[str], max_bytes: int) -> None:
    """Refuse an answer that is no success, of another type, or too large, before its body is read."""
    if response.status not in (200, 206):
        msg = f"{url}: the server answered {response.status}, {_meaning(response.status)}"
        raise NetworkError(msg)
    kind = str(response.headers.get("Content-Type", "")).split(";")[0].strip().lower()
    if types and not kind.startswith(tuple(types)):
        msg = f"{url}: {kind or 'something without a type'} came where {' or '.join(types)} was expected"
        raise NetworkError(msg)
    _check_size(_length(response) or 0, max_bytes, url)


def _check_size(count: int, max_bytes: int, url: str) -> None:
    """Refuse more bytes than allowed."""
    if count > max_bytes:
        msg = f"{url}: more than {max_bytes:,} bytes came; the limit of this call"
        raise NetworkError(msg)


def _length(response: Any) -> int | None:
    """The length that the server states."""
    stated = response.headers.get("Content-Length")
    return int(stated) if stated is not None and stated.isdigit() else None


def _retry_after(response: Any) -> float:
    """Seconds that the server asks to wait, given as a number or a date."""
    stated = response.headers.get("Retry-After")
    if stated is None:
        return 0.0
    if stated.strip().isdigit():
        return float(stated)
    try:
        then = email.utils.parsedate_to_datetime(stated)
    except ValueError:
        return 0.0
    return max(then.timestamp() - time.time(), 0.0)


def _meaning(status: int) -> str:
    """What a status means for the one who asked."""
    return {
        401: "it wants a key or a login",
        403: "access is blocked: see the provider's terms",
        404: "there is no such file: has it moved?",
        410: "the file is gone",
        416: "the file is shorter than what was already there: delete the .partial file and try again",
    }.get(status, "which is no success")


def _plain(error: Exception) -> str:
    """An error of the network in a few plain words."""
    import urllib3

    if isinstance(error, socket.gaierror):
        return "the host's name is not known (is there a network?)"
    if isinstance(error, urllib3.exceptions.NewConnectionError):  # itself a kind of time-out to urllib3
        return "no connection"
    if isinstance(error, urllib3.exceptions.TimeoutError | TimeoutError):
        return "no answer in time"
    if isinstance(error, urllib3.exceptions.SSLError):
        return f"the server's certificate was refused ({error})"
    if isinstance(error, urllib3.exceptions.IncompleteRead | urllib3.exceptions.ProtocolError):
        return "the connection broke off"
    return f"no connection ({error})"


def _sha256(path: Path) -> str:
    """The checksum of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
