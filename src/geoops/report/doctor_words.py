"""What a check of the installation says: ok, warn or fail, what was found, what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["FAIL", "OK", "WARN", "Check", "Finding", "Result"]

Result = Literal["ok", "warn", "fail"]
Finding = tuple[Result, str, str]
"""The result, what was found, what to do (empty where there is nothing to do)."""
OK: Result = "ok"
WARN: Result = "warn"
FAIL: Result = "fail"


@dataclass(frozen=True)
class Check:
    """
    One thing that was looked at.

    Parameters
    ----------
    name
        What.
    result
        `ok`; `warn` where geoops works, but less well than it could; `fail` where something will not work.
    detail
        What was found.
    remedy
        What to do; empty where there is nothing to do.
    """

    name: str
    result: Result
    detail: str
    remedy: str = ""
