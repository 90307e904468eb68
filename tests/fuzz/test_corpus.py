"""The fuzzer's corpus, replayed without the fuzzer: seeds, and the shortest form of everything that it once found."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

HERE = Path(__file__).parent


def _module(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"geoops_fuzz_{name}", HERE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


TARGETS = _module("targets").TARGETS
FOUND = _module("found")
KEPT = sorted(path for path in (HERE / "corpus").glob("*/*") if path.is_file())


@pytest.mark.parametrize("path", KEPT, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_what_was_once_found_is_no_find_again(path):
    TARGETS[path.parent.name].call(path.read_bytes())


@pytest.mark.parametrize("name", TARGETS)
def test_every_target_has_a_seed_and_bears_nothing_at_all(name):
    assert any(path.parent.name == name for path in KEPT), f"no seed in tests/fuzz/corpus/{name}"
    TARGETS[name].call(b"")


@pytest.mark.parametrize("name", TARGETS)
def test_the_ways_that_the_fuzzer_found_are_no_finds(name):
    for data in FOUND.of(name)[: 20 if name == "texts" else None]:  # texts take long
        TARGETS[name].call(data)


def test_what_is_kept_is_laid_out_again(tmp_path, monkeypatch):
    monkeypatch.setattr(FOUND, "FOUND", tmp_path / "found.json")
    (tmp_path / "names").mkdir()
    for number, data in enumerate((b"Homs", b"\xff", b"Homs")):
        (tmp_path / "names" / str(number)).write_bytes(data)
    assert FOUND.keep(tmp_path, ["names", "wkt"]) == {"names": 2, "wkt": 0}
    (tmp_path / "out").mkdir()
    FOUND.lay_out("names", tmp_path / "out")
    assert sorted(path.read_bytes() for path in (tmp_path / "out").iterdir()) == [b"Homs", b"\xff"]
    assert FOUND.keep(tmp_path, ["names"]) == {"names": 2}


def test_the_corpus_is_small_and_belongs_to_targets():
    assert {path.parent.name for path in KEPT} == set(TARGETS)
    assert sum(path.stat().st_size for path in (*KEPT, FOUND.FOUND)) < 400_000


@pytest.mark.parametrize(
    ("name", "broken", "data"),
    [
        ("names", ("names", "normal", lambda name: name + "x"), b"Deir"),
        ("names", ("clothes", "csv_cell", lambda value: value), b"=1+1"),
        ("nests", ("None", "MAX_DEPTH", 1_000), b"\xf4\x01"),
        ("wkt", ("None", "from_wkt", lambda _: ["no shape"]), b"POINT (1 2)"),
    ],
)
def test_a_broken_promise_is_found(name, broken, data, monkeypatch):
    module = sys.modules["geoops_fuzz_targets"]
    owner, attribute, value = broken
    monkeypatch.setattr(module if owner == "None" else getattr(module, owner), attribute, value)
    with pytest.raises(AssertionError):
        TARGETS[name].call(data)
