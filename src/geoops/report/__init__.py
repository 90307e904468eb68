"""The report: one brief in, everything that a publication needs out.

Figures, tables, captions, one offline page and a manifest come from here; the measuring, searching and drawing is the
work of the rooms below.
"""

from geoops.report.brief import Brief, brief_schema
from geoops.report.briefing import parse_brief, read_brief
from geoops.report.bundle import Bundle, render
from geoops.report.manifest import verify
from geoops.report.web import WebMap, web_map

__all__ = ["Brief", "Bundle", "WebMap", "brief_schema", "parse_brief", "read_brief", "render", "verify", "web_map"]
