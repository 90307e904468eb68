"""Packages: fetched by the ordinary clients, refused on a wrong checksum, unpacked only where the list says."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest
from tests.layers.conftest import make_wheel, state_inputs

import geoops.layers.inputs as inputs_module
from geoops.core.errors import CatalogError, InputError, NetworkError
from geoops.layers.inputs import Input, default_cache, fetch, read_inputs, sha256_of, unpack


@pytest.fixture
def item(tmp_path: Path) -> Input:
    wheel = make_wheel(tmp_path / "registry")
    state_inputs(tmp_path, wheel)
    return read_inputs(tmp_path / "inputs.toml")["airportsdata"]


def client(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch, name: str = "npm") -> None:
    """A command of the client's name that does what the script says."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


def test_the_list_of_the_embedded_layers_is_whole() -> None:
    from geoops.layers.catalog import embedded_catalog
    from geoops.layers.recipes import RECIPES

    listed = read_inputs(embedded_catalog() / "inputs.toml")
    assert {key for recipe in RECIPES.values() for key in recipe.inputs} == set(listed)
    assert all(len(item.sha256) == 64 for item in listed.values())


@pytest.mark.parametrize(("old", "new", "what"), [("client = ", "klient = ", "keys"), ('"pip"', '"cargo"', "cargo")])
def test_a_wrong_list_is_refused(old: str, new: str, what: str, item: Input, tmp_path: Path) -> None:
    file = tmp_path / "inputs.toml"
    file.write_text(file.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(CatalogError, match=what):
        read_inputs(file)


def test_a_file_in_the_cache_needs_no_client(item: Input, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("the client was called"))
    assert fetch(item, tmp_path / "registry") == tmp_path / "registry" / item.file


def test_the_client_brings_the_file(item: Input, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    client(tmp_path / "bin", f'echo "$@" > {tmp_path}/asked\ncp {tmp_path}/registry/{item.file} .', monkeypatch)
    path = fetch(replace(item, client="npm"), tmp_path / "cache")
    assert sha256_of(path) == item.sha256
    assert (tmp_path / "asked").read_text(encoding="utf-8").split() == ["pack", "--silent", "airportsdata@1"]
    assert [p.name for p in (tmp_path / "cache").iterdir()] == [item.file]


def test_a_damaged_file_in_the_cache_is_fetched_again(
    item: Input, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client(tmp_path / "bin", f"cp {tmp_path}/registry/{item.file} .", monkeypatch, "apt-get")
    cache = tmp_path / "cache"
    cache.mkdir()
    (cache / item.file).write_bytes(b"x" * item.size_bytes)
    assert sha256_of(fetch(replace(item, client="apt"), cache)) == item.sha256


def test_another_file_than_listed_is_refused_and_not_kept(
    item: Input, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client(tmp_path / "bin", f"echo other > {item.file}", monkeypatch)
    with pytest.raises(NetworkError, match="checksum"):
        fetch(replace(item, client="npm"), tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_client_that_fails_is_quoted(item: Input, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    client(tmp_path / "bin", "echo first >&2; echo no such version >&2; exit 1", monkeypatch)
    with pytest.raises(NetworkError, match="no such version"):
        fetch(replace(item, client="npm"), tmp_path / "cache")


def test_a_client_that_brings_nothing_is_said(item: Input, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    client(tmp_path / "bin", "exit 0", monkeypatch)
    with pytest.raises(NetworkError, match="no message"):
        fetch(replace(item, client="npm"), tmp_path / "cache")


def test_a_client_that_hangs_is_ended(item: Input, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    client(tmp_path / "bin", "exec sleep 30", monkeypatch)
    monkeypatch.setattr(inputs_module, "_CLIENT_DEADLINE_S", 0.3)
    with pytest.raises(NetworkError, match="did not finish"):
        fetch(replace(item, client="npm"), tmp_path / "cache")


def test_a_client_that_is_not_installed_is_named(item: Input, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NetworkError, match="npm is not installed"):
        fetch(replace(item, client="npm"), tmp_path / "cache")


def test_pip_is_asked_for_one_pinned_wheel(item: Input) -> None:
    command = inputs_module._COMMANDS["pip"](item)
    assert command[1:4] == ["-m", "pip", "download"]
    assert "--no-deps" in command
    assert command[-1] == "airportsdata==1"


def test_only_the_members_listed_are_unpacked(item: Input, tmp_path: Path) -> None:
    folder = unpack(item, tmp_path / "registry" / item.file, tmp_path / "cache")
    assert [p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()] == ["airportsdata/airports.csv"]
    marker = folder / "marker"
    marker.touch()
    assert unpack(item, tmp_path / "registry" / item.file, tmp_path / "cache") == folder
    assert marker.exists()  # unpacked once


def test_a_pattern_without_a_file_is_refused_and_leaves_nothing(item: Input, tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="no file of"):
        unpack(replace(item, members=("nothing/*",)), tmp_path / "registry" / item.file, tmp_path / "cache")
    assert list((tmp_path / "cache/unpacked").iterdir()) == []


def tar_with(path: Path, names: list[str]) -> None:
    with tarfile.open(path, "w:gz") as archive:
        for name in names:
            info = tarfile.TarInfo(name)
            info.size = 2
            archive.addfile(info, io.BytesIO(b"{}"))


def test_an_archive_cannot_write_outside_its_folder(item: Input, tmp_path: Path) -> None:
    path = tmp_path / "evil.tgz"
    tar_with(path, ["package/map.geo.json", "../outside.json", "package/../../outside.json"])
    folder = unpack(replace(item, members=("*.json",)), path, tmp_path / "cache")
    assert [p.relative_to(folder).as_posix() for p in folder.rglob("*.json")] == ["package/map.geo.json"]
    assert not list(tmp_path.glob("**/outside.json"))


@pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="dpkg-deb is not installed")
def test_a_debian_package_is_unpacked(item: Input, tmp_path: Path) -> None:
    build = tmp_path / "build"
    (build / "DEBIAN").mkdir(parents=True)
    (build / "DEBIAN/control").write_text(
        "Package: small\nVersion: 1\nArchitecture: all\nMaintainer: T <t@example.org>\nDescription: small\n",
        encoding="utf-8",
    )
    (build / "usr/share/small").mkdir(parents=True)
    (build / "usr/share/small/a.txt").write_text("a", encoding="utf-8")
    (build / "usr/share/small/b.txt").write_text("b", encoding="utf-8")
    subprocess.run(
        ["dpkg-deb", "--build", "--root-owner-group", str(build), str(tmp_path / "small.deb")],
        check=True,
        capture_output=True,
    )
    folder = unpack(replace(item, members=("usr/share/small/a.*",)), tmp_path / "small.deb", tmp_path / "cache")
    assert [p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()] == ["usr/share/small/a.txt"]


def test_without_dpkg_a_debian_package_is_refused(item: Input, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "small.deb").write_bytes(b"!<arch>\n")
    with pytest.raises(InputError, match="dpkg-deb is not installed"):
        unpack(item, tmp_path / "small.deb", tmp_path / "cache")


def test_the_cache_is_the_users() -> None:
    assert default_cache().parts[-2:] == ("geoops", "inputs")
