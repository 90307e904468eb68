"""The memory that a process may take and keeps: what figures need is asked for before any work, what is free is given back.

Libraries that run out of memory abort or wait for ever, so a limit that is too small is said first.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from pathlib import Path

from geoops.core.errors import RoomError

__all__ = ["check_room", "give_back", "keep_little", "room_for_two"]

_ADDRESSES_MB = 1200
_ADDRESSES_MB_A_PROCESSOR = 750
"""Address space that a render takes, most of it never touched: libraries set some aside for each thread."""
_RESIDENT_MB = 600
_RESIDENT_MB_OF_TWO = 1200
_MALLOPT = {"M_TRIM_THRESHOLD": (-1, 2**20), "M_MMAP_THRESHOLD": (-3, 2**19), "M_ARENA_MAX": (-8, 2)}
"""Numbers of glibc's malloc.h, and bytes or heaps."""
_GROUP_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def check_room() -> None:
    """
    Refuse to begin where a limit on this process, or on the group that it runs in, is smaller than what a small figure needs.

    Raises
    ------
    RoomError
        Naming the limit, what is needed and how to raise it.
    """
    allowed = _address_limit_mb()
    needed = _ADDRESSES_MB + _ADDRESSES_MB_A_PROCESSOR * (os.cpu_count() or 1)
    if allowed is not None and allowed < needed:
        msg = (
            f"this process may take {allowed:,.0f} MB of address space (ulimit -v), and a render takes up to {needed:,} MB, most of it"
            " set aside and not used; nothing was started. Raise the limit, or limit the resident memory instead"
        )
        raise RoomError(msg)
    allowed = _group_limit_mb()
    if allowed is not None and allowed < _RESIDENT_MB:
        msg = (
            f"this process runs in a group that may take {allowed:,.0f} MB of memory, and a render takes {_RESIDENT_MB} MB or more;"
            " nothing was started. Raise the limit of the container or of the service"
        )
        raise RoomError(msg)


def room_for_two() -> bool:
    """Whether a second process may draw beside this one: not where the group that it runs in has little memory."""
    allowed = _group_limit_mb()
    return allowed is None or allowed >= _RESIDENT_MB_OF_TWO


def keep_little() -> None:
    """
    Have this process hand memory back as soon as it is free (glibc; elsewhere nothing happens).

    Left alone, the C library raises the size from which an array gets pages of its own to 32 MB, takes a heap for each thread, and
    Arrow keeps a pool beside both; a render then holds a third more than it uses. For a process that is geoops's own, at its beginning:
    how the process of somebody else allocates is not ours to settle, and what its environment says of Arrow stands.
    """
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    with contextlib.suppress(OSError, AttributeError):
        settle = ctypes.CDLL(None).mallopt
        for setting, value in _MALLOPT.values():
            settle(setting, value)


def give_back() -> None:
    """
    Hand memory that is free inside this process back to the system, where its C library can (glibc).

    Arrays of a few megabytes leave holes that the allocator keeps; after a step that made many, they are most of what it holds.
    """
    arrow = sys.modules.get("pyarrow")
    if arrow is not None:
        arrow.default_memory_pool().release_unused()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def _address_limit_mb() -> float | None:
    """Megabytes of address space that the process may take; None where nothing limits it or the system has no such limit."""
    try:
        import resource
    except ImportError:  # pragma: no cover  not on this system
        return None
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    return None if limit == resource.RLIM_INFINITY else limit / 2**20


def _group_limit_mb() -> float | None:
    """Megabytes that the group of a container may take; None where nothing limits it."""
    for place in _GROUP_LIMITS:
        try:
            words = Path(place).read_text(encoding="ascii").strip()
        except OSError:
            continue
        if words.isdigit():
            return int(words) / 2**20
    return None
