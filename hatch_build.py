"""Puts the embedded layers into the wheel; an editable install reads them from the checkout instead."""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class LayersHook(BuildHookInterface):
    """Adds `layers/` as `geoops/_layers`, but not to an editable install, where a copy would go stale."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before a wheel is built."""
        if version == "editable":
            return
        for name in ("catalog.toml", "speeds.toml", "data"):
            build_data["force_include"][f"layers/{name}"] = f"geoops/_layers/{name}"
