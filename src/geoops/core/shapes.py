"""Shapes of strangers: well-known binary and text, parsed only where they are not nested deeper than a process bears.

GEOS reads a collection inside a collection by calling itself; a value of two megabytes that holds nothing but collections
ends the process. A nest of `MAX_DEPTH` is far beyond what any publisher writes and far below what the smallest stack bears.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal

from geoops.core.errors import ReadError

if TYPE_CHECKING:
    import numpy as np

__all__ = ["MAX_DEPTH", "check_depth", "from_wkb", "from_wkt"]

MAX_DEPTH = 256
"""Shapes nested deeper than this are refused."""

_HEADER_BYTES = 9  # byte order, type, count: the least that a level of a nest takes
_CONTAINERS = frozenset({4, 5, 6, 7})
_WHICH = Literal["raise", "ignore"]


def from_wkb(values: Sequence[Any] | np.ndarray, *, what: str, on_invalid: _WHICH = "raise") -> np.ndarray:
    """
    Shapes from well-known binary.

    Parameters
    ----------
    values
        Bytes, their hexadecimal digits, or None.
    what
        The file that they come from, for the message.
    on_invalid
        Whether a value that is none raises shapely's error, or is missing from the result.

    Raises
    ------
    ReadError
        A value is nested deeper than `MAX_DEPTH`, or is a curve while invalid ones raise.
    """
    import numpy as np
    import shapely

    found = np.asarray(values, dtype=object)
    check_depth(found, what=what)
    return _parsed(shapely.from_wkb, found, on_invalid)


def from_wkt(values: Sequence[Any] | np.ndarray, *, on_invalid: _WHICH = "ignore") -> np.ndarray:
    """
    Shapes from well-known text; what is nested deeper than `MAX_DEPTH` is no shape.

    Parameters
    ----------
    values
        Texts; anything else is missing.
    on_invalid
        Whether a text that is none raises shapely's error, or is missing from the result.
    """
    import numpy as np
    import shapely

    safe = [value if isinstance(value, str) and _depth_of_text(value) <= MAX_DEPTH else None for value in values]
    return _parsed(shapely.from_wkt, np.array(safe, dtype=object), on_invalid)


def _parsed(parse: Callable[..., Any], values: np.ndarray, on_invalid: _WHICH) -> np.ndarray:
    """Parse all at once; a curve, which shapely does not know, fails alone and not with all its neighbours."""
    import numpy as np

    try:
        return np.asarray(parse(values, on_invalid=on_invalid))
    except NotImplementedError as error:
        if on_invalid == "raise":
            msg = f"a shape is a curve ({error}); write it with straight edges, as ST_CurveToLine does"
            raise ReadError(msg) from error
    result = np.empty(values.shape, dtype=object)
    for at, value in enumerate(values.ravel()):
        try:
            result.flat[at] = parse(value, on_invalid=on_invalid)
        except NotImplementedError:
            result.flat[at] = None
    return result


def check_depth(values: Sequence[Any] | np.ndarray, *, what: str) -> None:
    """Refuse well-known binary that is nested too deep; short values cannot be."""
    least = _HEADER_BYTES * MAX_DEPTH
    for value in values:
        if value is not None and len(value) > least and _too_deep(_bytes(value)):
            msg = f"{what}: holds a shape nested more than {MAX_DEPTH} deep; no map needs that, and the file is refused"
            raise ReadError(msg)


def _bytes(value: bytes | str) -> bytes:
    """Well-known binary, also as the hexadecimal digits in which databases send it."""
    if isinstance(value, bytes):
        return value
    try:
        return bytes.fromhex(value)
    except ValueError:
        return b""


def _depth_of_text(text: str) -> int:
    """How deep the brackets of a text are nested."""
    if text.count("(") <= MAX_DEPTH:
        return 0
    import numpy as np

    letters = np.frombuffer(text.encode("utf-8", "replace"), dtype=np.uint8)
    return int(np.cumsum((letters == ord("(")).astype(np.int64) - (letters == ord(")"))).max())


def _too_deep(value: bytes) -> bool:
    """Whether a value is nested deeper than `MAX_DEPTH`; one that ends early or has an unknown type is GEOS's to refuse."""
    at, little, waiting = 0, True, [1]
    try:
        while waiting:
            if not waiting[-1]:
                waiting.pop()
                continue
            waiting[-1] -= 1
            little = {0: False, 1: True}.get(value[at], little)
            mark = "<" if little else ">"
            (kind,) = struct.unpack_from(mark + "I", value, at + 1)
            at += 5 + (4 if kind & 0x20000000 else 0)
            flat, thousand = (kind & 0xFFFF) % 1000, (kind & 0xFFFF) // 1000
            numbers = (
                2 + (bool(kind & 0x80000000) or thousand in (1, 3)) + (bool(kind & 0x40000000) or thousand in (2, 3))
            )
            if flat == 1:
                at += 8 * numbers
                continue
            (count,) = struct.unpack_from(mark + "I", value, at)
            at += 4
            if flat == 2:
                at += 8 * numbers * count
            elif flat == 3:
                for _ in range(count):
                    (points,) = struct.unpack_from(mark + "I", value, at)
                    at += 4 + 8 * numbers * points
            elif flat in _CONTAINERS:
                waiting.append(count)
                if len(waiting) > MAX_DEPTH:
                    return True
            else:
                return False
    except (struct.error, IndexError):
        return False
    return False
