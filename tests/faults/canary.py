"""What no reader may touch: a file beside the hostile ones, and a server on the loopback address that counts who calls."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import rasterio
from rasterio.transform import from_origin

__all__ = ["CANARY", "CANARY_VALUE", "Canaries", "canaries"]

CANARY = "CANARY-7f3a"
"""Stands in the foreign files; it must stand in no result."""
CANARY_VALUE = 4242
"""Fills the foreign raster."""


class Canaries:
    """Foreign files, and the address of a server with the number of calls that it has had."""

    def __init__(self, folder: Path, listener: socket.socket) -> None:
        self.text = folder / "canary.csv"
        self.text.write_text(f"name,lon,lat\n{CANARY},41.0,35.0\n", encoding="utf-8")
        self.raster = folder / "canary.tif"
        with rasterio.open(
            self.raster, "w", driver="GTiff", width=20, height=20, count=1, dtype="int16", crs="EPSG:4326",
            transform=from_origin(40.0, 36.0, 0.1, 0.1),
        ) as target:  # fmt: skip
            target.write(np.full((20, 20), CANARY_VALUE, "int16"), 1)
        self.address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self.calls = 0
        self._listener = listener
        self._thread = threading.Thread(target=self._count, daemon=True)
        self._thread.start()

    def _count(self) -> None:
        while True:
            try:
                call, _ = self._listener.accept()
            except OSError:
                return
            self.calls += 1
            call.close()

    def seen_in(self, text: str) -> bool:
        """Whether foreign bytes stand in what a reader gave."""
        return CANARY in text


@contextlib.contextmanager
def canaries(folder: Path) -> Iterator[Canaries]:
    """The canaries, while the block lasts."""
    folder.mkdir(parents=True, exist_ok=True)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield Canaries(folder, listener)
