"""The report: one brief in, everything that a publication needs out.

Figures, tables, captions, one offline page and a manifest come from here; the measuring, searching and drawing is the
work of the rooms below. What a name stands for is imported when it is first asked for.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from geoops.report.brief import Brief as Brief
    from geoops.report.brief import brief_schema as brief_schema
    from geoops.report.briefing import parse_brief as parse_brief
    from geoops.report.briefing import read_brief as read_brief
    from geoops.report.bundle import Bundle as Bundle
    from geoops.report.bundle import render as render
    from geoops.report.manifest import verify as verify
    from geoops.report.web import WebMap as WebMap
    from geoops.report.web import web_map as web_map

_HOME = {
    "Brief": "brief", "Bundle": "bundle", "WebMap": "web", "brief_schema": "brief", "parse_brief": "briefing",
    "read_brief": "briefing", "render": "bundle", "verify": "manifest", "web_map": "web",
}  # fmt: skip

__all__ = ["Brief", "Bundle", "WebMap", "brief_schema", "parse_brief", "read_brief", "render", "verify", "web_map"]


def __getattr__(name: str) -> Any:
    """Import what a name stands for when it is first asked for."""
    if name not in _HOME:
        msg = f"module 'geoops.report' has no attribute {name!r}"
        raise AttributeError(msg)
    value = getattr(importlib.import_module(f"geoops.report.{_HOME[name]}"), name)
    globals()[name] = value
    return value
