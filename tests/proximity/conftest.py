"""Makes the room's own helpers (`oracle`, `layers`) importable by their names."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
