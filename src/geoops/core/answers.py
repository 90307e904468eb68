"""What a server's answer is worth: its status, type, length and the wait it asks for, and what an error means in plain words.

Judged here, asked for in `fetching.py`. Nothing in this module opens a connection.
"""

from __future__ import annotations

import email.utils
import hashlib
import re
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geoops.core.errors import NetworkError

__all__ = ["Part", "check_answer", "check_size", "digest_of", "length_of", "meaning", "mismatch", "plain_words", "retry_after",
           "span_of", "validator_of"]  # fmt: skip

_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")


@dataclass(frozen=True)
class Part:
    """
    Some bytes of a file.

    Parameters
    ----------
    data
        The bytes.
    size
        How many bytes the whole file has, where the server says it.
    validator
        What tells this state of the file from another.
    """

    data: bytes
    size: int | None
    validator: str | None


def check_answer(response: Any, url: str, types: Sequence[str], max_bytes: int) -> None:
    """Refuse an answer that is no success, of another type, or too large, before its body is read."""
    if response.status not in (200, 206):
        msg = f"{url}: the server answered {response.status}, {meaning(response.status)}"
        error = NetworkError(msg)
        error.status = response.status
        raise error
    kind = str(response.headers.get("Content-Type", "")).split(";")[0].strip().lower()
    if types and not kind.startswith(tuple(types)):
        msg = f"{url}: {kind or 'something without a type'} came where {' or '.join(types)} was expected"
        raise NetworkError(msg)
    check_size(length_of(response) or 0, max_bytes, url)


def check_size(count: int, max_bytes: int, url: str) -> None:
    """Refuse more bytes than allowed."""
    if count > max_bytes:
        msg = f"{url}: more than {max_bytes:,} bytes came; the limit of this call"
        raise NetworkError(msg)


def digest_of(path: Path, kind: str) -> str:
    """The checksum of what came, read in pieces."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, kind).hexdigest()


def mismatch(url: str, kind: str, expected: str, came: str) -> NetworkError:
    """The error for a file that is not the one its checksum states."""
    error = NetworkError(
        f"{url}: the file is not the one that was expected ({kind} {expected} expected, {came} came); it was thrown away. It"
        " has changed at its source, or something on the way put another in its place"
    )
    error.mismatch = True
    return error


def length_of(response: Any) -> int | None:
    """The length that the server states."""
    stated = response.headers.get("Content-Length")
    return int(stated) if stated is not None and stated.isdigit() else None


def span_of(response: Any) -> tuple[int, int | None] | None:
    """The first byte that a partial answer holds, and the size of the whole file where the server says it."""
    match = _CONTENT_RANGE.fullmatch(str(response.headers.get("Content-Range", "")).strip())
    return None if match is None else (int(match[1]), None if match[3] == "*" else int(match[3]))


def validator_of(response: Any) -> str | None:
    """What tells this state of the file from another: its strong ETag, else the date of its last change."""
    tag = response.headers.get("ETag")
    if tag and not tag.startswith("W/"):
        return str(tag)
    changed = response.headers.get("Last-Modified")
    return None if changed is None else str(changed)


def retry_after(response: Any) -> float:
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


def meaning(status: int) -> str:
    """What a status means for the one who asked."""
    return {
        401: "it wants a key or a login",
        403: "access is blocked: see the provider's terms",
        404: "there is no such file: has it moved?",
        410: "the file is gone",
        416: "the file is shorter than what was asked of it",
    }.get(status, "which is no success")


def plain_words(error: Exception) -> str:
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
