"""Which compiled kernels are used: those from C where the library was built, else numba's. The results are the same.

`GEOOPS_KERNELS=numba` takes numba's even where the library is there.
"""

from __future__ import annotations

import os
from types import ModuleType

from geoops.corridors import native

__all__ = ["kernels"]


def kernels() -> ModuleType:
    """The module with `search`, `trace`, `blocked_steps` and `cross_any`."""
    if os.environ.get("GEOOPS_KERNELS", "") != "numba" and native.available():
        return native
    from geoops.corridors import kernels as compiled_by_numba

    return compiled_by_numba
