"""The pages say what is so: every block of Python and every command on them is run, in order, in one folder a page.

A block with a caption is a file, written before what follows. Blocks in plain text need a network or a large file.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import matplotlib.pyplot as plt
import pytest
from click.testing import CliRunner
from tests.bench import keeping

import geoops
from geoops.cli import cli

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
SLOW = {"tutorial.md"}

_FENCE = re.compile(r"^(?P<mark>`{3}|:{3})(?P<kind>[^\n`]*)\n(?P<body>.*?)^(?P=mark)[ ]*$", re.MULTILINE | re.DOTALL)
_CAPTION = re.compile(r"\A:caption: (?P<name>\S+)\n\n?(?P<body>.*)\Z", re.DOTALL)


def blocks(page: Path) -> Iterator[tuple[str, str]]:
    """Kind and body of each block: `python`, `console`, `text`, `file NAME`, or a directive."""
    for found in _FENCE.finditer(page.read_text(encoding="utf-8")):
        kind, body = found["kind"].strip(), found["body"]
        caption = _CAPTION.match(body) if kind.startswith("{code-block}") else None
        yield (f"file {caption['name']}", caption["body"]) if caption else (kind, body)


def run_command(line: str) -> None:
    """One line after a prompt: `NAME=value geoops ...`."""
    words = shlex.split(line)
    environment = {}
    while "=" in words[0]:
        name, _, value = words.pop(0).partition("=")
        environment[name] = value
    assert words[0] == "geoops", f"a page shows a command that is not run here: {line}"
    done = CliRunner().invoke(cli, words[1:], env=environment)
    assert done.exit_code == 0, f"{line}\n{done.output}"
    assert done.output.strip() or "--quiet" in words, f"{line} printed nothing"


RUN = [page for page in PAGES if any(kind in {"python", "console"} for kind, _ in blocks(page))]


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(page, marks=pytest.mark.slow if page.name in SLOW else (), id=str(page.relative_to(DOCS)))
        for page in RUN
    ],
)
def test_a_page_does_what_it_says(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GEOOPS_LAYERS", raising=False)
    names: dict[str, object] = {"__name__": "__main__"}
    for number, (kind, body) in enumerate(blocks(page), start=1):
        if kind.startswith("file "):
            Path(kind.removeprefix("file ")).write_text(body, encoding="utf-8")
        elif kind == "python":
            exec(compile(body, f"{page.name}, block {number}", "exec"), names)
        elif kind == "console":
            for line in body.splitlines():
                assert line.startswith("$ "), f"{page.name}, block {number}: a line without a prompt: {line}"
                run_command(line.removeprefix("$ "))
    plt.close("all")
    # What a page saves, it shows how to save: the files are there and not empty.
    for saved in re.findall(r'\.save\("([^"]+)"\)', page.read_text(encoding="utf-8")):
        assert (tmp_path / saved).stat().st_size > 1000


def test_every_kind_of_block_is_known():
    kinds = {kind for page in PAGES for kind, _ in blocks(page)}
    directives = {"{toctree}", "{eval-rst}", "{command-help}"}
    assert {kind for kind in kinds if not kind.startswith("file ")} <= {"python", "console", "text", *directives}


def test_the_tutorial_and_the_promised_pages_are_run():
    run = {str(page.relative_to(DOCS)) for page in RUN}
    how_to = {
        "another-region",
        "own-layers",
        "own-speeds",
        "dask",
        "citing",
        "house-style",
        "reviewing-places",
        "offline-basemap",
    }
    assert {"tutorial.md", *(f"howto/{name}.md" for name in how_to)} <= run
    assert {f"explanation/{name}.md" for name in ("uncertainty", "edges", "corridors", "not-said")} <= run


def test_the_reference_has_every_public_name():
    page = (DOCS / "reference" / "api.md").read_text(encoding="utf-8")
    named = re.findall(r"^\.\. auto(?:function|class|exception):: (\w+)$", page, re.MULTILINE)
    assert sorted(named) == sorted(set(geoops.__all__) - {"__version__"})


def test_every_page_hangs_in_the_index():
    index = (DOCS / "index.md").read_text(encoding="utf-8")
    listed = {line for kind, body in blocks(DOCS / "index.md") if kind == "{toctree}" for line in body.splitlines()}
    for page in PAGES:
        name = page.relative_to(DOCS).with_suffix("").as_posix()
        assert name == "index" or name in listed, f"{name} is in no table of contents of {index[:20]!r}"


def test_the_page_beside_the_peers_is_what_the_benchmarks_printed():
    kept = keeping.read()
    assert kept
    assert keeping.PAGE.read_text(encoding="utf-8") == keeping.page(kept), (
        "python -m tests.bench --page writes it again"
    )
    for name, run in kept.items():
        assert (ROOT / "tests" / "bench" / f"bench_{name}.py").is_file()
        assert run["printed"]
        assert run["versions"]["geopandas"]
        assert run["date"]


def test_the_gallery_shows_every_picture_and_names_real_scripts():
    page = (DOCS / "gallery.md").read_text(encoding="utf-8")
    shown = re.findall(r"!\[[^\]]+\]\(\.\./(outputs/[^)]+)\)", page)
    assert len(shown) == len(set(shown))
    for name in shown:
        assert (ROOT / name).is_file()
    pictures = {*(ROOT / "outputs").glob("*.png"), *(ROOT / "outputs" / "gallery").glob("*.webp")}
    assert {str(path.relative_to(ROOT)) for path in pictures} <= set(shown)
    scripts = set(re.findall(r"`(scripts/[^`]+)`", page))
    assert {"scripts/gallery.py", "scripts/briefs/default.toml"} <= scripts
    for name in scripts:
        assert (ROOT / name).is_file()


def test_the_site_is_built_without_a_warning(tmp_path):
    pytest.importorskip("myst_parser", reason="the site needs geoops[docs]")
    pytest.importorskip("furo", reason="the site needs geoops[docs]")
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html", "-d", str(tmp_path / "trees"), str(DOCS), str(tmp_path / "site")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    reference = (tmp_path / "site" / "reference" / "api.html").read_text(encoding="utf-8")
    assert all(f'id="geoops.{name}"' in reference for name in set(geoops.__all__) - {"__version__"})
    commands = (tmp_path / "site" / "reference" / "commands.html").read_text(encoding="utf-8")
    assert all(f"geoops {name}" in commands for name in cli.commands)
    assert "geoops layers build" in commands
