"""A file behind an address, of which only the parts are read that are asked for: a GeoTIFF on a server, window by window.

Every part comes through a `Fetcher`, with its deadline, its tries and its politeness; all parts together stay below its
`max_bytes`. A file that changes at its source while it is read is refused.
"""

from __future__ import annotations

import io
import os
from collections import OrderedDict
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from geoops.core.errors import InputError, NetworkError

if TYPE_CHECKING:
    from geoops.core.fetching import Fetcher

__all__ = ["RemoteFile"]

_BLOCK = 1 << 15
_BLOCKS_KEPT = 512  # 16 MiB
_DEFAULT_MAX_BYTES = 256 * 2**20


class RemoteFile(io.RawIOBase):
    """
    A file on a server that gives parts of files, as a stream that can be read anywhere.

    Parameters
    ----------
    url
        An https address (http where the fetcher may ask private hosts).
    fetcher
        Through which is asked; by default one minute a part and 256 MiB in all.

    Raises
    ------
    InputError
        Another kind of address.
    NetworkError
        The server is down, slow, refuses, or gives no parts of files.
    """

    def __init__(self, url: str, fetcher: Fetcher | None = None) -> None:
        super().__init__()
        from geoops.core.fetching import Fetcher

        self.fetcher = fetcher or Fetcher(max_bytes=_DEFAULT_MAX_BYTES)
        scheme = urlsplit(url).scheme
        if scheme != "https" and not (scheme == "http" and self.fetcher.private):
            msg = f"{url!r}: parts of files are read from https addresses only"
            raise InputError(msg)
        self.url = url
        self.came = 0
        """Bytes that have come so far."""
        self.failed: NetworkError | None = None
        """What went wrong while it was read. A library that reads cannot pass it on, so it only gets no bytes: see `check`."""
        self._at = 0
        self._blocks: OrderedDict[int, bytes] = OrderedDict()
        self._validator: str | None = None
        self._size: int | None = None
        self._fill(0, 0)

    @property
    def name(self) -> str:
        """The last part of the address's path: what the file is called."""
        return urlsplit(self.url).path.rsplit("/", 1)[-1]

    def __fspath__(self) -> str:
        return self.url

    def __str__(self) -> str:
        return self.url

    def readable(self) -> bool:
        """It can be read."""
        return True

    def seekable(self) -> bool:
        """It can be read anywhere."""
        return True

    def tell(self) -> int:
        """Where the next byte is read."""
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a byte, counted from the start, from here, or from the end."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size or 0}[whence]
        self._at = max(base + offset, 0)
        return self._at

    def close(self) -> None:
        """Stay open: a library closes its files, and may open this one again."""

    def read(self, count: int = -1) -> bytes:
        """The bytes from here on; fewer at the end of the file, none once something has gone wrong."""
        if self.failed is not None:
            return b""
        size = self._size or 0
        end = size if count < 0 else min(self._at + count, size)
        if end <= self._at:
            return b""
        first, last = self._at // _BLOCK, (end - 1) // _BLOCK
        missing = [b for b in range(first, last + 1) if b not in self._blocks]
        if missing:
            try:
                self._fill(missing[0], missing[-1])
            except NetworkError as error:
                self.failed = error
                return b""
        parts = [self._blocks[b] for b in range(first, last + 1)]
        for block in range(first, last + 1):
            self._blocks.move_to_end(block)
        while len(self._blocks) > _BLOCKS_KEPT:
            self._blocks.popitem(last=False)
        data = b"".join(parts)[self._at - first * _BLOCK : end - first * _BLOCK]
        self._at = end
        return data

    def check(self) -> None:
        """Raise what went wrong while the file was read, if anything did."""
        if self.failed is not None:
            raise self.failed

    def _fill(self, first: int, last: int) -> None:
        """Ask for some blocks in one request."""
        count = (last - first + 1) * _BLOCK
        if self._size is not None:
            count = min(count, self._size - first * _BLOCK)
        if self.came + count > self.fetcher.max_bytes:
            msg = (
                f"{self.url}: more than {self.fetcher.max_bytes:,} bytes of it are needed, the limit of this call; ask for a"
                " smaller region or larger cells, or download the file"
            )
            raise NetworkError(msg)
        part = self.fetcher.get_part(self.url, first * _BLOCK, count, validator=self._validator)
        if self._size is None:
            if part.size is None:
                msg = f"{self.url}: its server does not say how large the file is; download it"
                raise NetworkError(msg)
            self._size, self._validator = part.size, part.validator
        self.came += len(part.data)
        for block in range(first, last + 1):
            start = (block - first) * _BLOCK
            self._blocks[block] = part.data[start : start + _BLOCK]
