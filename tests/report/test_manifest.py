"""The manifest names every file, and a single changed byte is found."""

from __future__ import annotations

import hashlib
import json

import pytest

from geoops.core.errors import ReadError
from geoops.report import verify
from geoops.report.manifest import MANIFEST, file_entry, layer_entries, make_manifest, software


@pytest.fixture
def folder(tmp_path, analysis):
    (tmp_path / "a.csv").write_bytes(b"name\nKirkuk\n")
    (tmp_path / "b.svg").write_bytes(b"<svg/>")
    manifest = make_manifest(
        tmp_path, ["b.svg", "a.csv"], brief={"title": "T", "date": "2025-06-30"}, layers=analysis.layers
    )
    (tmp_path / MANIFEST).write_text(json.dumps(manifest))
    return tmp_path


def test_a_whole_folder_has_no_finding(folder):
    assert verify(folder) == []


def test_the_checksum_is_that_of_the_bytes(folder):
    assert file_entry(folder / "a.csv") == {"sha256": hashlib.sha256(b"name\nKirkuk\n").hexdigest(), "bytes": 12}


@pytest.mark.parametrize("position", [0, 5, 11])
def test_one_changed_byte_is_found(folder, position):
    data = bytearray((folder / "a.csv").read_bytes())
    data[position] ^= 1
    (folder / "a.csv").write_bytes(data)
    assert [(f.file, f.problem) for f in verify(folder)] == [("a.csv", "changed")]


def test_a_missing_and_an_unknown_file_are_found(folder):
    (folder / "b.svg").unlink()
    (folder / "sub").mkdir()
    (folder / "sub" / "x.txt").write_text("x")
    assert [(f.file, f.problem) for f in verify(folder)] == [("b.svg", "missing"), ("sub/x.txt", "unknown")]


def test_a_folder_with_a_manifest_of_its_own_is_anothers(folder):
    (folder / "sub").mkdir()
    (folder / "sub" / "x.txt").write_text("x")
    (folder / "sub" / "manifest.json").write_text("{}")
    assert verify(folder) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "not JSON"),
        ("[]", "not a manifest"),
        ("[" * 100_000, "not JSON"),
        ('{"files": {}}', "not a manifest"),
        ('{"format": "geoops-manifest-1", "files": {"a": 1}}', "not a manifest"),
        ('{"format": "geoops-manifest-1", "files": {"../a": {"sha256": ""}}}', "outside the folder"),
        ('{"format": "geoops-manifest-1", "files": {"/etc/passwd": {"sha256": ""}}}', "outside the folder"),
        ('{"format": "geoops-manifest-1", "files": {"a\\\\b": {"sha256": ""}}}', "outside the folder"),
    ],
)
def test_a_broken_manifest_is_refused_in_words(folder, text, words):
    (folder / MANIFEST).write_text(text)
    with pytest.raises(ReadError, match=words):
        verify(folder)


def test_a_folder_without_a_manifest_is_refused(tmp_path):
    with pytest.raises(ReadError, match="holds no manifest"):
        verify(tmp_path)


def test_layers_are_recorded_by_name_and_checksum_and_no_path_of_the_machine(analysis):
    (entry,) = layer_entries(analysis.layers)
    assert entry["name"] == "wells"
    assert entry["licence"] == "CC BY 4.0"
    assert entry["files"] == [{"path": "wells.parquet", "sha256": "ab"}]
    assert "/somewhere" not in json.dumps(entry)


def test_versions_of_what_draws_are_recorded():
    versions = software()
    assert versions["matplotlib"][0].isdigit()
    assert {"geoops", "python", "shapely", "pyproj"} <= set(versions)
