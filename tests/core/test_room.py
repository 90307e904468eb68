"""Too little memory is said before any work, and nothing is left of what was not begun."""

from __future__ import annotations

import os
import platform
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from geoops.core import room as rooms
from geoops.core.errors import GeoopsError, RoomError


def test_a_render_in_too_small_an_address_space_says_so_and_leaves_nothing(tmp_path):
    brief = tmp_path / "brief.toml"
    brief.write_text('title = "One"\ndate = 2025-06-30\nsites = [{ name = "Kirkuk" }]\n', encoding="utf-8")
    out = tmp_path / "out"
    done = subprocess.run(
        [sys.executable, "-m", "geoops", "render", str(brief), "--out", str(out)],
        capture_output=True, text=True, check=False, timeout=120,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (500 * 2**20,) * 2),
    )  # fmt: skip
    assert done.returncode == 5
    assert "may take 500 MB of address space (ulimit -v)" in done.stderr
    assert not out.exists()


@pytest.mark.parametrize(("words", "refused"), [("104857600\n", True), ("8589934592\n", False), ("max\n", False)])
def test_the_limit_of_a_container_counts(words, refused, tmp_path, monkeypatch):
    (tmp_path / "memory.max").write_text(words, encoding="ascii")
    monkeypatch.setattr(rooms, "_GROUP_LIMITS", (str(tmp_path / "none"), str(tmp_path / "memory.max")))
    if not refused:
        rooms.check_room()
        return
    with pytest.raises(RoomError, match="100 MB of memory") as caught:
        rooms.check_room()
    assert isinstance(caught.value, MemoryError)
    assert isinstance(caught.value, GeoopsError)


@pytest.mark.parametrize(("limit", "room"), [("1000000000\n", False), ("4000000000\n", True), ("max\n", True)])
def test_little_memory_is_not_shared_with_a_second_process(limit, room, tmp_path, monkeypatch):
    (tmp_path / "memory.max").write_text(limit, encoding="ascii")
    monkeypatch.setattr(rooms, "_GROUP_LIMITS", (str(tmp_path / "memory.max"),))
    assert rooms.room_for_two() == room


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc hands memory back when asked")
def test_free_memory_is_handed_back_though_something_lies_above_it():
    def resident_mb():
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize() / 2**20

    held = [bytearray(b"x" * 100_000) for _ in range(1_500)]  # each below the size that is mapped by itself
    full = resident_mb()
    del held[:-1]
    rooms.give_back()
    assert resident_mb() < full - 100.0


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be told how to allocate")
def test_a_process_of_our_own_holds_no_array_that_it_let_go():
    code = (
        "import sys, resource\n"
        "from pathlib import Path\n"
        "from geoops.core.room import keep_little\n"
        "if sys.argv[1] == 'little': keep_little()\n"
        "import numpy as np\n"
        "page = resource.getpagesize()\n"
        "mb = lambda: int(Path('/proc/self/statm').read_text().split()[1]) * page / 2**20\n"
        "np.ones(20 * 2**20, np.uint8)\n"  # let go at once: from here on glibc keeps what is smaller on its heap
        "before = mb()\n"
        "held = [np.ones(5 * 2**20, np.uint8) for _ in range(60)]\n"
        "del held[:-1]\n"
        "print(mb() - before)\n"
    )
    untuned = {name: value for name, value in os.environ.items() if not name.startswith(("MALLOC_", "GLIBC_TUNABLES"))}
    kept = {
        way: float(
            subprocess.run(
                [sys.executable, "-c", code, way], capture_output=True, text=True, check=True, env=untuned
            ).stdout
        )
        for way in ("little", "as ever")
    }
    assert kept["little"] < 10.0
    if kept["as ever"] < 200.0:
        pytest.skip(f"this system keeps {kept['as ever']:.0f} MB of 300 by itself: nothing is left to settle")
