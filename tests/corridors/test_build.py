"""The C kernels are compiled where there is a compiler; without one, or with a broken one, the build goes on."""

from __future__ import annotations

import ctypes
import importlib.util
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def build():
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def checkout(tmp_path, build):
    folder = tmp_path / build.FOLDER
    folder.mkdir(parents=True)
    shutil.copy(ROOT / build.FOLDER / "kernels.c", folder)
    return tmp_path


@pytest.mark.skipif(not any(map(shutil.which, ("cc", "gcc", "clang"))), reason="needs a C compiler")
def test_with_a_compiler_there_is_one_library_named_by_its_source(build, checkout, monkeypatch):
    from geoops.corridors.native import library_name

    monkeypatch.delenv("CC", raising=False)
    old = checkout / build.FOLDER / "_kernels-0123456789abcdef.so"
    old.write_bytes(b"of an older source")
    made = build.compile_kernels(checkout)
    assert made.name == library_name((checkout / build.FOLDER / "kernels.c").read_bytes())
    assert ctypes.CDLL(str(made)).geoops_search
    assert not old.exists()
    before = made.stat().st_mtime_ns
    assert build.compile_kernels(checkout) == made
    assert made.stat().st_mtime_ns == before


@pytest.mark.parametrize(
    ("compiler", "said"), [("no-such-compiler", "no C compiler"), ("false", "could not be compiled")]
)
def test_without_a_working_compiler_the_build_goes_on_and_says_so(build, checkout, monkeypatch, capsys, compiler, said):
    monkeypatch.setenv("CC", compiler)
    assert build.compile_kernels(checkout) is None
    assert said in capsys.readouterr().err
    assert [path.name for path in (checkout / build.FOLDER).iterdir()] == ["kernels.c"]


def test_the_hook_tags_the_wheel_by_what_is_in_it(build, checkout, monkeypatch):
    hook = build.LayersHook(str(checkout), {}, None, None, str(checkout), "wheel")
    library = checkout / build.FOLDER / "_kernels-x.so"
    for made, version, tagged in ((library, "standard", True), (None, "standard", False), (library, "editable", False)):
        monkeypatch.setattr(build, "compile_kernels", lambda _, made=made: made)
        data = {"force_include": {}}
        hook.initialize(version, data)
        assert data.get("tag", "py3-none-any").startswith("py3-none-any") is not tagged
        assert (str(library) in data["force_include"]) is tagged
        for part in ("layers/data", "layers/curated/sources.d"):  # rows cite by keys that a reader is told in words
            assert (part in data["force_include"]) is (version != "editable")
