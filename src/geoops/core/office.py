"""Office files and other zips without the clock: the same content gives the same bytes.

Word, PowerPoint and Excel files are zips of XML. The libraries that make them stamp each member with the time of day and
the document with when it was made; both are replaced here, by the day that the caller states.
"""

from __future__ import annotations

import io
import re
import zipfile
from datetime import UTC, datetime

__all__ = ["office_time", "without_clock"]

_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
_CORE = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(</dcterms:)")


def office_time(date: str) -> datetime:
    """The start of an ISO day, for the properties of an office file."""
    return datetime.fromisoformat(date).replace(tzinfo=UTC)


def without_clock(data: bytes, date: str) -> bytes:
    """
    The same zip with its members in their order, none with a time of its own, `docProps/core.xml` at the stated day.

    Parameters
    ----------
    data
        A zip, such as a .docx.
    date
        ISO day that the document's properties carry.
    """
    stamp = f"{office_time(date):%Y-%m-%dT%H:%M:%SZ}".encode()
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            member = source.read(name)
            if name == "docProps/core.xml":
                member = _CORE.sub(rb"\g<1>" + stamp + rb"\g<3>", member)
            entry = zipfile.ZipInfo(name, _ZIP_EPOCH)
            entry.compress_type = zipfile.ZIP_STORED if name.endswith((".png", ".jpg")) else zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            target.writestr(entry, member)
    return out.getvalue()
