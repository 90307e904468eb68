"""Puts the embedded layers into the wheel, and compiles the corridor kernels where a C compiler is found.

An editable install reads the layers from the checkout. Without a compiler nothing is lost but speed: numba's kernels
give the same results, and the wheel is one for every machine. `python hatch_build.py` compiles in a checkout.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FOLDER = Path("src/geoops/corridors")
# No fused multiply-add and nothing that reorders sums: the results must be numba's to the last bit.
FLAGS = ("-std=c99", "-O3", "-fPIC", "-shared", "-ffp-contract=off", "-fno-math-errno", "-fvisibility=hidden")


class LayersHook(BuildHookInterface):
    """Adds `layers/` as `geoops/_layers`, but not to an editable install, where a copy would go stale; and the kernels."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before a wheel is built."""
        library = compile_kernels(Path(self.root))
        if version == "editable":
            return
        for name in ("catalog.toml", "speeds.toml", "data", "curated/sources.d"):
            build_data["force_include"][f"layers/{name}"] = f"geoops/_layers/{name}"
        if library is not None:
            build_data["force_include"][str(library)] = f"geoops/corridors/{library.name}"
            build_data["pure_python"] = False
            build_data["tag"] = f"py3-none-{_machine()}"  # no part of Python is linked: any version may load it


def compile_kernels(root: Path) -> Path | None:
    """The library beside `kernels.c`, compiled if it is not there yet; None where it cannot be."""
    source = root / FOLDER / "kernels.c"
    name = f"_kernels-{hashlib.sha256(source.read_bytes()).hexdigest()[:16]}.so"
    target = source.with_name(name)
    if target.is_file():
        return target
    compiler = _compiler()
    if compiler is None:
        print("geoops: no C compiler found; corridors will use numba's kernels, with the same results", file=sys.stderr)
        return None
    try:
        with tempfile.TemporaryDirectory(dir=source.parent) as folder:
            made = Path(folder) / name
            subprocess.run(
                [*compiler, *FLAGS, "-o", str(made), str(source), "-lm"], check=True, capture_output=True, timeout=120
            )
            for old in source.parent.glob("_kernels-*.so"):
                old.unlink()
            made.replace(target)
    except (OSError, subprocess.SubprocessError) as error:
        print(f"geoops: the C kernels could not be compiled ({error}); numba's are used instead", file=sys.stderr)
        return None
    return target


def _compiler() -> list[str] | None:
    """What `CC` names, else the first compiler that there is."""
    stated = os.environ.get("CC")
    if stated is not None:
        words = shlex.split(stated)
        return words if words and shutil.which(words[0]) else None
    found = next((name for name in ("cc", "gcc", "clang") if shutil.which(name)), None)
    return None if found is None else [found]


def _machine() -> str:
    """The platform part of the wheel's tag; a compiler makes code for one processor, also on a universal Python."""
    return sysconfig.get_platform().replace("universal2", platform.machine()).replace("-", "_").replace(".", "_")


if __name__ == "__main__":
    print(compile_kernels(Path(__file__).resolve().parent) or "not compiled")
