"""Write DATA_LICENCES.md from the layer catalogue; --check only says whether it is in step."""

from __future__ import annotations

import sys
from pathlib import Path

from geoops.core.writing import write_text
from geoops.layers.licences import licence_page

PAGE = Path(__file__).resolve().parents[1] / "DATA_LICENCES.md"


def main() -> int:
    """Write the page, or compare it."""
    root = PAGE.parent / "layers"
    page = licence_page(root)
    if "--check" in sys.argv[1:]:
        same = PAGE.is_file() and PAGE.read_text(encoding="utf-8") == page
        sys.stderr.write("" if same else f"{PAGE.name} is not in step with the catalogue; run this script\n")
        return 0 if same else 1
    write_text(PAGE, page)
    return 0


if __name__ == "__main__":
    sys.exit(main())
