"""The version of geoops, in a place that every floor may import."""

from __future__ import annotations

__all__ = ["__version__"]

__version__ = "0.1.0"
