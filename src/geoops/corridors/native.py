"""The kernels compiled from C, called as those of `kernels.py` are: the same arguments, the same results to the last bit.

The library is found by the checksum of the source beside it, so that one left over from an older source is never used.
Which of the two is used is `engine.py`'s business.
"""

from __future__ import annotations

import ctypes
import hashlib
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["available", "blocked_steps", "cross_any", "eikonal", "library_name", "search", "trace"]

SOURCE = Path(__file__).with_name("kernels.c")

_POINTERS = (
    "pace", "elevation", "slope_table", "lengths", "offsets", "middles", "flags", "guarded", "masks", "delayed", "linked",
    "first_edge", "edge_to", "edge_cost",
)  # fmt: skip
_COUNTS = ("cells", "nodes", "width", "steps", "flag_count", "guarded_count", "linked_count", "slope_count")
_NUMBERS = ("slope_step", "slope_sign", "delay_s", "bucket_s")


class _Graph(ctypes.Structure):
    """The structure `Graph` of kernels.c."""

    _fields_ = [
        *((name, ctypes.c_void_p) for name in _POINTERS),
        *((name, ctypes.c_int64) for name in _COUNTS),
        *((name, ctypes.c_double) for name in _NUMBERS),
    ]  # fmt: skip


def library_name(source: bytes) -> str:
    """The file name of the library that a source gives; `hatch_build.py` names it so too."""
    return f"_kernels-{hashlib.sha256(source).hexdigest()[:16]}.so"


@cache
def _library() -> ctypes.CDLL | None:
    """The library, or None where there is none for this source and machine."""
    try:
        library = ctypes.CDLL(str(SOURCE.with_name(library_name(SOURCE.read_bytes()))))
    except OSError:  # not built, or built for another machine
        return None
    i64, f64, pointer = ctypes.c_int64, ctypes.c_double, ctypes.c_void_p
    searched: list[Any] = [
        ctypes.POINTER(_Graph),
        pointer,
        pointer,
        pointer,
        i64,
        f64,
        pointer,
        i64,
        f64,
        f64,
        pointer,
        f64,
    ]
    library.geoops_search.argtypes, library.geoops_search.restype = searched, f64
    library.geoops_eikonal.argtypes, library.geoops_eikonal.restype = [*searched, i64], f64
    library.geoops_trace.argtypes = [ctypes.POINTER(_Graph), pointer, pointer, i64, ctypes.c_int32, pointer, i64]
    library.geoops_trace.restype = i64
    library.geoops_blocked_steps.argtypes = [i64, i64, pointer, i64, pointer, pointer, i64, pointer]
    library.geoops_blocked_steps.restype = None
    library.geoops_cross_any.argtypes = [pointer, i64, pointer, pointer, pointer, i64, i64, pointer]
    library.geoops_cross_any.restype = None
    return library


def available() -> bool:
    """Whether the library is there."""
    return _library() is not None


def _at(array: NDArray[Any], dtype: type[np.generic]) -> int:
    """Where an array's values lie; they must be as C takes them."""
    if array.dtype != dtype or not array.flags.c_contiguous:
        msg = f"kernel argument must be contiguous {np.dtype(dtype)}; {array.dtype} of strides {array.strides} came"
        raise TypeError(msg)
    return int(array.ctypes.data)


def _graph(
    distance: Any, flags: Any, pace: Any, elevation: Any, slope_table: Any, slope_step: float, slope_sign: float,
    width: int, lengths: Any, offsets: Any, middles: Any, steps: int, guarded: Any, masks: Any, delayed: Any,
    delay_s: float, linked: Any, first_edge: Any, edge_to: Any, edge_cost: Any, bucket_s: float,
) -> _Graph:  # fmt: skip
    """The structure, its pointers into the arrays, which the caller holds."""
    f64, i64, i32, u32 = np.float64, np.int64, np.int32, np.uint32
    return _Graph(
        _at(pace, f64), _at(elevation, f64), _at(slope_table, f64), _at(lengths, f64), _at(offsets, i64),
        _at(middles, i64), _at(flags, np.uint8), _at(guarded, i32), _at(masks, u32), _at(delayed, u32), _at(linked, i32),
        _at(first_edge, i64), _at(edge_to, i32), _at(edge_cost, f64), pace.size, distance.size, width, steps, flags.size,
        guarded.size, linked.size, slope_table.size, slope_step, slope_sign, delay_s, bucket_s,
    )  # fmt: skip


def search(*arguments: Any) -> float:
    """As `kernels.search`."""
    return _searched("geoops_search", *arguments)


def eikonal(*arguments: Any) -> float:
    """As `kernels.eikonal`."""
    return _searched("geoops_eikonal", *arguments[:-1], fixed=arguments[-1:])


def _searched(
    name: str, distance: Any, flags: Any, pace: Any, elevation: Any, slope_table: Any, slope_step: float,
    slope_sign: float, width: int, lengths: Any, offsets: Any, middles: Any, steps: int, guarded: Any, masks: Any,
    delayed: Any, delay_s: float, linked: Any, first_edge: Any, edge_to: Any, edge_cost: Any, bucket_s: float, seeds: Any,
    seed_cost: Any, limit: float, targets: Any, stretch: float, margin: float, other: Any, other_limit: float,
    *, fixed: tuple[Any, ...] = (),
) -> float:  # fmt: skip
    """What a search of that name returns."""
    graph = _graph(
        distance, flags, pace, elevation, slope_table, slope_step, slope_sign, width, lengths, offsets, middles, steps,
        guarded, masks, delayed, delay_s, linked, first_edge, edge_to, edge_cost, bucket_s,
    )  # fmt: skip
    final = getattr(_loaded(), name)(
        ctypes.byref(graph), _at(distance, np.float64), _at(seeds, np.int32), _at(seed_cost, np.float64), seeds.size,
        limit, _at(targets, np.int32), targets.size, stretch, margin, _at(other, np.float64) if other.size else None,
        other_limit, *fixed,
    )  # fmt: skip
    if final < 0.0:
        msg = "no memory for the nodes that wait in a search"
        raise MemoryError(msg)
    return float(final)


def trace(
    distance: Any, flags: Any, pace: Any, elevation: Any, slope_table: Any, slope_step: float, slope_sign: float,
    width: int, lengths: Any, offsets: Any, middles: Any, steps: int, guarded: Any, masks: Any, delayed: Any,
    delay_s: float, linked: Any, first_edge: Any, edge_to: Any, edge_cost: Any, seeds: Any, node: int,
) -> NDArray[np.int32]:  # fmt: skip
    """As `kernels.trace`."""
    graph = _graph(
        distance, flags, pace, elevation, slope_table, slope_step, slope_sign, width, lengths, offsets, middles, steps,
        guarded, masks, delayed, delay_s, linked, first_edge, edge_to, edge_cost, 1.0,
    )  # fmt: skip
    room = 4096
    while True:
        way = np.empty(room, np.int32)
        count = _loaded().geoops_trace(
            ctypes.byref(graph), _at(distance, np.float64), _at(seeds, np.int32), seeds.size, node,
            _at(way, np.int32), room,
        )  # fmt: skip
        if count >= 0:
            return way[:count].copy()
        room *= 8


def blocked_steps(
    rows: int, width: int, segments: Any, step_rows: Any, step_columns: Any, steps: int
) -> NDArray[np.uint32]:
    """As `kernels.blocked_steps`."""
    masks = np.zeros(rows * width, np.uint32)
    _loaded().geoops_blocked_steps(
        rows, width, _at(segments, np.float64), len(segments), _at(step_rows, np.int64), _at(step_columns, np.int64),
        steps, _at(masks, np.uint32),
    )  # fmt: skip
    return masks


def cross_any(lines: Any, segments: Any, first: Any, order: Any, rows: int, width: int) -> NDArray[np.bool_]:
    """As `kernels.cross_any`."""
    result = np.zeros(len(lines), np.bool_)
    _loaded().geoops_cross_any(
        _at(lines, np.float64), len(lines), _at(segments, np.float64), _at(first, np.int64), _at(order, np.int64), rows,
        width, _at(result, np.bool_),
    )  # fmt: skip
    return result


def _loaded() -> ctypes.CDLL:
    """The library, which must be there."""
    library = _library()
    if library is None:
        msg = f"{library_name(SOURCE.read_bytes())} is not there; engine.kernels() chooses what is"
        raise RuntimeError(msg)
    return library
