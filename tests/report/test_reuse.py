"""What did not change is kept, what changed is made again, and a manifest makes the same bytes once more."""

from __future__ import annotations

import errno
import io
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from geoops.cli import run
from geoops.core.errors import BriefError, InputError, WriteError
from geoops.report import parse_brief, read_brief, render, rendering, verify
from geoops.report.again import brief_of, render_again
from geoops.report.brief import brief_schema
from geoops.report.manifest import DONE
from geoops.report.schema import schema_text, shipped_schema


def contents(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_the_shipped_schema_is_that_of_the_models():
    assert shipped_schema() == schema_text(), "python -m geoops.report.schema writes it again"
    assert json.loads(shipped_schema()) == brief_schema()


def test_an_unchanged_brief_writes_nothing_and_gives_the_same_tables(three, tmp_path, monkeypatch):
    first = render(three, tmp_path / "out")
    times = {p.name: p.stat().st_mtime_ns for p in (tmp_path / "out").iterdir()}
    monkeypatch.setattr(rendering, "drawers", lambda *_a, **_k: pytest.fail("something was drawn"))
    again = render(three, tmp_path / "out")
    assert again.unchanged
    assert (again.files, again.figures, again.warnings, again.findings) == (
        first.files, first.figures, first.warnings, first.findings,
    )  # fmt: skip
    assert list(again.sites["name"]) == ["Alpha", "Beta"]
    assert {p.name: p.stat().st_mtime_ns for p in (tmp_path / "out").iterdir()} == times


def test_a_changed_figure_is_drawn_and_the_others_are_kept_and_all_is_as_if_made_anew(three, tmp_path, monkeypatch):
    out = tmp_path / "out"
    render(three, out)
    three.write_text(three.read_text().replace('name = "two"', 'name = "two"\ntitle = "Another"'))
    drawn = []
    real = rendering.job_of
    monkeypatch.setattr(rendering, "job_of", lambda b, k, f, n: drawn.append(f.name) or real(b, k, f, n))
    made = render(three, out)
    assert drawn == ["two"]
    assert {"one", "three", "tables", "page"} <= set(made.reused)
    assert "two" not in made.reused
    render(three, tmp_path / "anew", fresh=True)
    assert contents(out) == contents(tmp_path / "anew")


@pytest.mark.parametrize(
    ("old", "new", "kept"),
    [
        ('note = "A market."', 'note = "A fair."', {"one", "two", "three"}),
        ('title = "Tiny"', 'title = "Small"', {"tables"} - {"tables"}),
        ("at = [40.0, 35.0]", "at = [40.0, 35.01]", set()),
    ],
)
def test_what_depends_on_a_section_is_made_again(three, tmp_path, old, new, kept):
    render(three, tmp_path / "out")
    text = three.read_text()
    assert old in text
    three.write_text(text.replace(old, new))
    assert set(render(three, tmp_path / "out").reused) == kept


def test_an_unchanged_bundle_is_found_so_without_what_measures_or_draws(three, tmp_path):
    out = tmp_path / "out"
    render(three, out, helpers=0)
    code = (
        "import sys; from geoops.report import render; "
        f"made = render({str(three)!r}, {str(out)!r}); "
        "print(made.unchanged, sorted({'pandas', 'geopandas', 'matplotlib', 'xarray', 'scipy'} & set(sys.modules)))"
    )
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert child.stdout.strip() == "True []"


def test_a_changed_note_or_citation_measures_nothing_again_and_is_told(three, tmp_path, monkeypatch):
    out = tmp_path / "out"
    render(three, out)
    text = three.read_text().replace('note = "A market."', 'note = "A fair.", cites = ["a"]')
    three.write_text(f'{text}\n[[citations]]\nid = "a"\ntitle = "A paper"\n')
    for name in ("find_sites", "measure", "_ways", "count_within"):
        monkeypatch.setattr(rendering, name, lambda *_, name=name, **__: pytest.fail(f"{name} was called again"))
    made = render(three, out)
    assert list(made.sites["note"]) == ["A fair.", ""]
    assert list(made.sites["cites"]) == ["a", ""]
    assert "A fair." in (out / "sites.csv").read_text()
    assert "A fair." in (out / "report.md").read_text()
    monkeypatch.undo()
    render(three, tmp_path / "anew", fresh=True)
    assert contents(out) == contents(tmp_path / "anew")


def test_a_changed_layer_or_file_is_no_reason_to_keep_anything(three, tmp_path):
    out = tmp_path / "out"
    render(three, out)
    (out / "two.svg").write_text("changed")
    made = render(three, out)
    assert "two" not in made.reused
    assert verify(out) == []
    catalog = three.parent / "layers" / "catalog.toml"
    catalog.write_text(catalog.read_text().replace("2024-05", "2024-06"))
    assert render(three, out).reused == ()


def test_a_bundle_from_elsewhere_is_not_trusted(three, tmp_path, monkeypatch):
    render(three, tmp_path / "out")
    monkeypatch.setenv("GEOOPS_CACHE", str(tmp_path / "empty"))
    made = render(three, tmp_path / "out")
    assert (made.unchanged, made.reused) == (False, ())


def test_a_cache_that_cannot_be_written_costs_nothing_but_time(tiny, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("x")
    monkeypatch.setenv("GEOOPS_CACHE", str(tmp_path / "file"))
    assert not render(tiny, tmp_path / "out").unchanged
    assert not render(tiny, tmp_path / "out").unchanged


def test_a_manifest_makes_the_same_bytes_again(three, tmp_path):
    three.write_text(three.read_text() + '\n[output]\nreport = ["md", "html", "docx", "pptx", "pdf"]\n'
                     'table_formats = ["csv", "xlsx", "gpkg", "geojson", "kml"]\n')  # fmt: skip
    render(three, tmp_path / "out")
    again = render_again(tmp_path / "out", tmp_path / "again", base=three.parent)
    assert again.findings == ()
    assert again.reasons == ()
    assert contents(tmp_path / "out") == contents(tmp_path / "again")
    with pytest.raises(InputError, match="give another"):
        render_again(tmp_path / "out", tmp_path / "out", base=three.parent)
    with pytest.raises(BriefError, match="catalogue"):
        brief_of(tmp_path / "out" / "manifest.json", base=tmp_path)


def test_what_is_not_made_the_same_again_is_said_with_what_may_be_why(tiny, tmp_path, capsys):
    render(tiny, tmp_path / "out")
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    manifest["software"]["shapely"] = "0.1"
    manifest["files"]["sites.csv"]["sha256"] = "0" * 64
    (tmp_path / "out" / "manifest.json").write_text(json.dumps(manifest))
    arguments = [
        "render",
        "--from-manifest",
        str(tmp_path / "out"),
        "--base",
        str(tiny.parent),
        "--out",
        str(tmp_path / "b"),
    ]
    assert run(arguments) == 1
    out, err = capsys.readouterr()
    assert "sites.csv\tchanged" in out
    assert "shapely 0.1 made it" in err


def test_a_render_killed_while_files_move_is_finished_by_the_next(tiny, tmp_path, monkeypatch):
    out = tmp_path / "out"
    render(tiny, out)
    old = contents(out)
    tiny.write_text(tiny.read_text().replace("Tiny", "Small"))
    moved = []
    real = Path.replace

    def die(self, target):
        if DONE in str(self) and len(moved) == 3:
            raise KeyboardInterrupt
        moved.append(target) if DONE in str(self) else None
        return real(self, target)

    monkeypatch.setattr(Path, "replace", die)
    with pytest.raises(KeyboardInterrupt):
        render(tiny, out)
    monkeypatch.undo()
    assert "unfinished" in {f.problem for f in verify(out)}
    from geoops.report.staging import alone, finish_interrupted

    with alone(out):
        finish_interrupted(out)
    assert verify(out) == []
    assert contents(out) != old
    render(tiny, tmp_path / "anew", fresh=True)
    assert contents(out) == contents(tmp_path / "anew")


def test_a_full_disk_leaves_the_old_bundle(tiny, tmp_path, monkeypatch):
    out = tmp_path / "out"
    render(tiny, out)
    before = contents(out)

    def full(_descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(WriteError, match="No space left"):
        render(tiny, out, helpers=0, fresh=True)
    assert contents(out) == before


def test_a_new_brief_names_its_schema_and_puts_it_beside(in_world, tmp_path, monkeypatch, capsys):
    file = tmp_path / "brief.toml"
    assert run(["new", "Alphaton", "--date", "2025-06-30", "--out", str(file)]) == 0
    assert file.read_text().splitlines()[0] == "#:schema brief.schema.json"
    assert (tmp_path / "brief.schema.json").read_text() == schema_text()
    assert read_brief(file).sites[0].name == "Alphaton"
    answers = iter(["Mine", "tomorrow", "2025-06-30", "Me", "Alphaton", "Betaville", ""])
    monkeypatch.setattr("click.prompt", lambda *_a, **_k: next(answers))
    capsys.readouterr()
    assert run(["new", "--ask"]) == 0
    brief = parse_brief(capsys.readouterr().out)
    assert (brief.title, brief.author, [s.name for s in brief.sites]) == ("Mine", "Me", ["Alphaton", "Betaville"])
    assert run(["schema"]) == 0
    assert capsys.readouterr().out == schema_text()


QGIS = """
import sys
from qgis.core import QgsApplication, QgsCoordinateTransform, QgsMapRendererParallelJob, QgsMapSettings, QgsProject, QgsRectangle
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor
QgsApplication.setPrefixPath("/usr", True)
application = QgsApplication([], False)
application.initQgis()
project = QgsProject.instance()
print("read", project.read(f"geopackage:{sys.argv[1]}?projectName=map"), project.title(), project.crs().isValid())
for node in project.layerTreeRoot().findLayers():
    layer = node.layer()
    print(layer.name(), layer.isValid(), layer.featureCount(), layer.renderer().symbol().color().name(), layer.labelsEnabled(), sep="|")

# The sites drawn on the canvas that the project opens with: where on it their colour comes out.
sites = next(node.layer() for node in project.layerTreeRoot().findLayers() if node.layer().name() == "Named places")
settings = QgsMapSettings()
settings.setLayers([sites])
settings.setDestinationCrs(project.crs())
settings.setTransformContext(project.transformContext())
settings.setExtent(QgsRectangle(*map(float, sys.argv[2:6])))
settings.setOutputSize(QSize(600, 400))
settings.setBackgroundColor(QColor("white"))
job = QgsMapRendererParallelJob(settings)
job.start()
job.waitForFinished()
picture = job.renderedImage()
red = QColor("#b3261e").rgb()
spots = sorted({x for x in range(600) for y in range(400) if picture.pixel(x, y) == red})
groups = [x for at, x in enumerate(spots) if at == 0 or x - spots[at - 1] > 20]
print("drawn", len(groups), sites.crs().isValid(), QgsCoordinateTransform(sites.crs(), project.crs(), project).isValid())
"""


def _qgis():
    """Debian's Python where QGIS is installed for it."""
    python = "/usr/bin/python3"
    found = shutil.which(python) and subprocess.run(
        [python, "-c", "import qgis.core"], capture_output=True, check=False
    )
    return python if found and found.returncode == 0 else None


@pytest.mark.slow
def test_qgis_opens_the_project_with_the_figures_symbols_and_labels(tiny, tmp_path):
    python = _qgis()
    if python is None:
        pytest.skip("QGIS is not installed (Debian: python3-qgis)")
    made = render(tiny, tmp_path / "out")
    environment = {"QT_QPA_PLATFORM": "offscreen", "PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    with sqlite3.connect(made.folder / "map.gpkg") as base:
        content = bytes.fromhex(base.execute("SELECT content FROM qgis_projects").fetchone()[0])
    base.close()
    archive = zipfile.ZipFile(io.BytesIO(content))
    project = archive.read(archive.namelist()[0]).decode()
    canvas = [re.search(f"<{side}>([^<]+)</{side}>", project)[1] for side in ("xmin", "ymin", "xmax", "ymax")]
    done = subprocess.run(
        [python, "-c", QGIS, str(made.folder / "map.gpkg"), *canvas],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = done.stdout.splitlines()
    assert lines[0] == "read True Tiny True"
    assert lines[-1] == "drawn 2 True True"  # each of the two sites at a place of its own
    assert lines[1:-1] == [
        "Named places|True|2|#b3261e|True", "Wells|True|2|#4c545b|True", "How surely places are known|True|2|#b3261e|False",
    ]  # fmt: skip


def test_the_project_is_stored_as_qgis_stores_its_own_and_holds_no_path(tiny, tmp_path):
    made = render(tiny, tmp_path / "out")
    with sqlite3.connect(made.folder / "map.gpkg") as base:
        ((name, content),) = base.execute("SELECT name, content FROM qgis_projects").fetchall()
        changed = {row[0] for row in base.execute("SELECT last_change FROM gpkg_contents")}
    base.close()
    assert name == "map"
    assert bytes.fromhex(content)[:2] == b"PK"
    assert changed == {"2000-01-01T00:00:00.000Z"}
