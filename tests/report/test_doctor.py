"""The doctor, with one thing broken at a time: each fault is seen, called what it is, and comes with what to do."""

from __future__ import annotations

import datetime as dt
import hashlib
import http.server
import importlib.metadata
import json
import shutil
import socket
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
from packaging.requirements import Requirement

from geoops.cli import run
from geoops.core.fetching import Fetcher
from geoops.maps import typefaces
from geoops.report import doctor, doctor_disk, doctor_install
from geoops.report.doctor import FAIL, OK, WARN, checks

NAMES = ["python", "libraries", "kernels", "extras", "fonts", "layers", "ages", "gazetteer", "cache", "disk", "network"]


@pytest.fixture
def unplugged(monkeypatch):
    """Whoever opens a connection is found out."""

    def no(*args, **kwargs):
        pytest.fail("a connection was tried")

    monkeypatch.setattr(socket.socket, "connect", no)
    monkeypatch.setattr(socket, "getaddrinfo", no)


@pytest.fixture
def own_layers(in_world, tmp_path, monkeypatch):
    """A copy of the small world, with true sizes and checksums, that can be broken."""
    folder = tmp_path / "layers"
    shutil.copytree(in_world, folder)
    text = (folder / "catalog.toml").read_text()
    for file in (folder / "data").glob("*.parquet"):
        body = file.read_bytes()
        stated = f'path = "data/{file.name}", sha256 = '
        text = text.replace(
            f'{stated}"00", bytes = 1', f'{stated}"{hashlib.sha256(body).hexdigest()}", bytes = {len(body)}'
        )
    assert '"00"' not in text
    (folder / "catalog.toml").write_text(text)
    monkeypatch.setenv("GEOOPS_LAYERS", str(folder))
    return folder


def test_a_whole_installation_has_no_fault_and_asks_nobody(unplugged):
    steps = []
    found = checks(progress=lambda words, share: steps.append((words, share)))
    assert [c.name for c in found] == NAMES == [words for words, _ in steps]
    assert [share for _, share in steps] == sorted(share for _, share in steps)
    assert [(c.name, c.detail) for c in found if c.result == FAIL] == []
    assert all(c.remedy for c in found if c.result == WARN)
    assert "not tried" in found[-1].detail


def test_the_command_says_it_as_a_table_as_json_and_by_its_exit_code(capsys, monkeypatch):
    looks = {"python": (OK, "fine", ""), "fonts": (WARN, "so so", "do this"), "disk": (FAIL, "none", "do that")}
    found = [doctor.Check(name, *said) for name, said in looks.items()]
    monkeypatch.setattr(doctor, "checks", lambda **_: found[:2])
    assert run(["doctor"]) == 0
    out = capsys.readouterr().out
    assert out == "check\tresult\tdetail\tremedy\npython\tok\tfine\t\nfonts\twarn\tso so\tdo this\n"
    monkeypatch.setattr(doctor, "checks", lambda **_: found)
    assert run(["doctor", "--json"]) == 1
    rows = json.loads(capsys.readouterr().out)
    assert [(r["check"], r["result"], r["remedy"]) for r in rows] == [
        ("python", "ok", ""), ("fonts", "warn", "do this"), ("disk", "fail", "do that"),
    ]  # fmt: skip
    assert run(["doctor", "--quiet"]) == 1
    out, err = capsys.readouterr()
    assert err == ""
    assert [line.split("\t")[0] for line in out.splitlines()] == ["check", "fonts", "disk"]


def test_a_check_that_breaks_is_itself_a_finding_and_the_others_go_on(monkeypatch, tmp_path):
    monkeypatch.setenv("GEOOPS_LAYERS", str(tmp_path / "nowhere"))
    monkeypatch.setattr(doctor_install, "fonts", lambda: 1 / 0)
    found = {c.name: c for c in checks()}
    assert list(found) == NAMES
    assert found["python"].result == OK
    assert found["fonts"].result == FAIL
    assert "ZeroDivisionError" in found["fonts"].detail
    assert found["layers"].result == FAIL
    assert "nowhere" in found["layers"].detail
    assert found["gazetteer"].result == FAIL


# --- what is installed


def test_the_bounds_are_those_of_pyproject_and_of_the_installed_metadata(monkeypatch, tmp_path):
    import tomllib

    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    python, asked = doctor_install.bounds()
    assert python == project["requires-python"]
    assert sorted(map(str, asked[""])) == sorted(str(Requirement(t)) for t in project["dependencies"])
    assert set(asked) == {"", *project["optional-dependencies"]}

    # An installed package has no pyproject.toml beside it: its metadata says the same.
    from email.message import Message

    metadata = Message()
    metadata["Requires-Python"] = ">=3.11"
    for name in ("report", "osm"):
        metadata["Provides-Extra"] = name
    for text in ("numpy>=1.26", 'typst>=0.14; extra == "report"', 'osmium>=4.0; extra == "osm"'):
        metadata["Requires-Dist"] = text
    monkeypatch.setattr(importlib.metadata, "metadata", lambda _: metadata)
    monkeypatch.setattr(doctor_install, "__file__", str(tmp_path / "a" / "b" / "c" / "d.py"))
    python, asked = doctor_install.bounds()
    assert python == ">=3.11"
    assert {name: [r.name for r in wanted] for name, wanted in asked.items()} == {
        "": ["numpy"], "report": ["typst"], "osm": ["osmium"],
    }  # fmt: skip


def with_bounds(monkeypatch, python=">=3.11", **groups):
    asked = {name.strip("_"): [Requirement(t) for t in texts] for name, texts in groups.items()}
    monkeypatch.setattr(doctor_install, "bounds", lambda: (python, asked))


def test_another_python_is_a_fault(monkeypatch):
    with_bounds(monkeypatch, python=">=3.99")
    result, detail, remedy = doctor_install.python()
    assert result == FAIL
    assert ">=3.99" in detail
    assert "environment" in remedy


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (["numpy>=1.0", "no-such-library>=1"], "not installed: no-such-library"),
        (["numpy>=999"], "(needed: >=999)"),
        (["numpy<0.1"], "(needed: <0.1)"),
    ],
)
def test_a_library_that_is_missing_or_of_another_version_is_a_fault(monkeypatch, texts, words):
    with_bounds(monkeypatch, _=texts)
    result, detail, remedy = doctor_install.libraries()
    assert result == FAIL
    assert words in detail
    assert "pip install" in remedy


def test_a_library_that_does_not_load_is_a_fault(monkeypatch, tmp_path):
    (tmp_path / "broken_binary.py").write_text("raise OSError('libfoo.so.3: cannot open shared object file')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(doctor_install, "_IMPORTED", ("numpy", "broken_binary"))
    result, detail, _ = doctor_install.libraries()
    assert result == FAIL
    assert "broken_binary (OSError: libfoo.so.3" in detail


def test_an_extra_that_is_lacking_says_what_that_costs(monkeypatch):
    with_bounds(monkeypatch, _=[], report=["no-such-library"], osm=["numpy"])
    monkeypatch.setattr(doctor_install, "left_out", lambda: ("docx", "pdf"))
    result, detail, remedy = doctor_install.extras()
    assert result == WARN
    assert "installed: osm; not installed: report; so `geoops report` leaves out docx, pdf" in detail
    assert "geoops[report]" in remedy
    monkeypatch.setattr(doctor_install, "left_out", tuple)
    assert doctor_install.extras()[0] == OK
    with_bounds(monkeypatch, _=[], tiles=["numpy>=999"])
    result, detail, _ = doctor_install.extras()
    assert result == WARN
    assert ">=999" in detail


@pytest.mark.parametrize(
    ("chosen", "result", "words"), [("numba", WARN, "numba on first use"), ("", OK, "compiled from C")]
)
def test_which_kernels_are_used_is_said(monkeypatch, chosen, result, words):
    from geoops.corridors import native

    if not chosen and not native.available():
        pytest.skip("no C kernels were built here")
    monkeypatch.setenv("GEOOPS_KERNELS", chosen)
    found = doctor_install.kernels()
    assert found[0] == result
    assert words in found[1]
    assert bool(found[2]) == (result == WARN)


def test_a_font_that_is_missing_or_broken_is_a_fault(monkeypatch, tmp_path):
    assert doctor_install.fonts()[0] == OK
    folder = tmp_path / "fonts"
    shutil.copytree(typefaces._FOLDER, folder)
    monkeypatch.setattr(typefaces, "_FOLDER", folder)
    (folder / "NotoSansArabic-Bold.ttf").rename(tmp_path / "gone.ttf")
    result, detail, remedy = doctor_install.fonts()
    assert result == FAIL
    assert "NotoSansArabic-Bold.ttf" in detail
    assert "install" in remedy
    (folder / "NotoSansArabic-Bold.ttf").write_bytes(b"no font at all")
    broken = next(c for c in checks() if c.name == "fonts")
    assert broken.result == FAIL
    assert "NotoSansArabic-Bold.ttf" in broken.detail


# --- what lies on the disk


def test_a_layer_that_was_changed_is_a_fault(own_layers):
    assert doctor_disk.layers()[0] == OK
    file = own_layers / "data" / "wells.parquet"
    whole = file.read_bytes()
    file.write_bytes(whole[:-9] + bytes([whole[-9] ^ 1]) + whole[-8:])  # the same size, one bit of another value
    result, detail, remedy = doctor_disk.layers()
    assert result == FAIL
    assert "wells.parquet: the checksum" in detail
    assert "geoops layers build" in remedy
    file.write_bytes(whole[:-9])
    assert "the catalogue states" in doctor_disk.layers()[1]
    file.unlink()
    assert "wells.parquet: the file is missing" in doctor_disk.layers()[1]


def test_many_changed_layers_are_counted(own_layers):
    import tomllib

    listed = tomllib.loads((own_layers / "catalog.toml").read_text())["layers"]
    files = {part["path"] for entry in listed.values() for part in entry["files"]}
    for file in files:
        (own_layers / file).unlink()
    detail = doctor_disk.layers()[1]
    assert detail.count("the file is missing") == min(5, len(files))
    assert len(files) <= 5 or f"and {len(files) - 5} more" in detail


def test_layers_of_what_changes_grow_old_and_others_do_not(own_layers):
    listed = (own_layers / "catalog.toml").read_text()
    assert 'date = "2024-05"' in listed
    result, detail, _ = doctor_disk.ages(dt.date(2026, 6, 1))
    assert (result, "from 2 years" in detail) == (OK, True)
    result, detail, remedy = doctor_disk.ages(dt.date(2027, 6, 1))
    assert result == WARN
    assert detail.startswith("old for what changes: border_crossings 3 years; ")  # countries and rivers do not count
    assert "layers fetch" in remedy
    (own_layers / "catalog.toml").write_text(listed.replace('"2024-05"', '"unknown"'))
    assert doctor_disk.ages()[0] == WARN


def test_a_gazetteer_that_does_not_know_a_capital_is_a_fault(in_world):
    result, detail, remedy = doctor_disk.gazetteer()
    assert result == FAIL
    assert "Baghdad" in detail
    assert "gazetteer build" in remedy


def test_a_cache_that_cannot_be_written_is_a_warning(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("in the way")  # not even root makes a folder below a file
    monkeypatch.setenv("GEOOPS_CACHE", str(tmp_path / "file" / "cache"))
    result, detail, remedy = doctor_disk.cache()
    assert result == WARN
    assert str(tmp_path / "file" / "cache") in detail
    assert "cannot be written" in detail
    assert "GEOOPS_CACHE" in remedy


def test_the_caches_size_is_told_and_too_much_of_it_is_a_warning(monkeypatch, tmp_path):
    monkeypatch.setenv("GEOOPS_CACHE", str(tmp_path / "cache"))
    (tmp_path / "cache" / "deep").mkdir(parents=True)
    (tmp_path / "cache" / "deep" / "a").write_bytes(b"x" * 3_000_000)
    result, detail, _ = doctor_disk.cache()
    assert (result, f"{tmp_path / 'cache'}, 3 MB" in detail) == (OK, True)
    assert [p.name for p in (tmp_path / "cache").iterdir()] == ["deep"]  # the trial leaves nothing
    monkeypatch.setattr(doctor_disk, "_MOST_CACHE_BYTES", 1e6)
    assert doctor_disk.cache()[0] == WARN


@pytest.mark.parametrize(("free", "result"), [(50e9, OK), (1e9, WARN), (1e8, FAIL)])
def test_a_full_disk_is_seen(monkeypatch, free, result):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    found, detail, remedy = doctor_disk.disk()
    assert found == result
    assert f"{free / 1e9:.1f} GB" in detail
    assert bool(remedy) == (result != OK)


# --- the network, only where it is asked for


class Source(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        there = self.path == "/readme.txt"
        body = b"read me\n" if there else b"no"
        self.send_response(200 if there else 404)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@pytest.fixture
def source(monkeypatch):
    monkeypatch.setattr(
        doctor_disk, "_fetcher", lambda folder: Fetcher(cache=folder, tries=1, deadline_s=5, private=True)
    )
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Source) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_source_that_answers_is_ok_and_one_that_does_not_is_a_fault(source, monkeypatch):
    monkeypatch.setattr(doctor_disk, "_PROBE", f"{source}/readme.txt")
    assert doctor_disk.network(ask=True)[:2] == (OK, f"{source}/readme.txt answers (8 bytes)")
    monkeypatch.setattr(doctor_disk, "_PROBE", f"{source}/gone.txt")
    result, detail, remedy = doctor_disk.network(ask=True)
    assert result == FAIL
    assert "404" in detail
    assert "layers fetch" in remedy
    monkeypatch.setattr(doctor_disk, "_PROBE", "http://127.0.0.1:9/readme.txt")
    assert doctor_disk.network(ask=True)[0] == FAIL


def test_the_network_is_not_tried_unless_asked_for(unplugged):
    assert doctor_disk.network(ask=False)[:2] == (OK, "not tried: geoops works without one")
