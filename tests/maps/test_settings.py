"""A figure is the same whatever a session has set, drawn or measured before, and the session's settings are as they were."""

from __future__ import annotations

import contextlib
import decimal
import hashlib
import locale
import shutil
import subprocess
import sys
import time
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from fontTools.ttLib import TTFont
from matplotlib import backend_bases

from geoops import maps
from geoops.core.errors import InputError
from geoops.maps.settings import drawing
from geoops.maps.typefaces import font_files, use_fonts

HOSTILE = {
    "font.family": "serif", "font.size": 23.0, "font.weight": "bold", "font.stretch": "condensed", "font.style": "italic",
    "font.variant": "small-caps", "text.hinting": "force_autohint", "text.color": "red", "text.antialiased": False,
    "text.parse_math": True, "text.language": "ar", "axes.grid": True, "axes.facecolor": "#eaeaf2", "axes.linewidth": 4.0,
    "axes.xmargin": 0.4, "axes.prop_cycle": mpl.cycler(color=["#4c72b0", "#dd8452"]), "axes.axisbelow": True,
    "axes.formatter.use_locale": True, "axes.spines.top": False, "axes.unicode_minus": True, "figure.dpi": 211.0,
    "figure.facecolor": "black", "figure.figsize": (2.0, 2.0), "figure.autolayout": True, "lines.linewidth": 5.0,
    "lines.antialiased": False, "lines.dash_capstyle": "round", "lines.scale_dashes": False, "patch.force_edgecolor": True,
    "patch.linewidth": 3.0, "patch.antialiased": False, "scatter.edgecolors": "black", "hatch.linewidth": 3.0,
    "image.interpolation": "bicubic", "image.resample": False, "image.origin": "lower", "image.composite_image": False,
    "path.simplify": False, "path.simplify_threshold": 1.0, "path.snap": False, "path.sketch": (3.0, 60.0, 2.0),
    "agg.path.chunksize": 200, "savefig.bbox": "tight", "savefig.pad_inches": 0.5, "savefig.transparent": True,
    "savefig.facecolor": "#123456", "savefig.dpi": 37.0, "savefig.format": "svg", "savefig.orientation": "landscape",
    "svg.fonttype": "path", "svg.hashsalt": "another", "svg.image_inline": True, "svg.id": "mine", "pdf.fonttype": 3,
    "pdf.compression": 0, "xtick.labelsize": 30.0, "legend.fontsize": 30.0, "mathtext.fontset": "cm",
}  # fmt: skip
"""What a matplotlibrc, a style or a plotting library may leave set."""


def pictures(testland, sites, folder):
    """A small figure with an author's remark, as files: their checksums by name."""
    figure = maps.sites_map(
        sites, region=(39.0, 34.0, 45.0, 36.5), date="2025-06-30", size="journal-84", languages=("en", "ar")
    )
    figure.callout((41.5, 35.0), "A remark of 1,234.5 km")
    months = sites.iloc[:2].assign(date=["2025-01-05", "2025-02-05"])
    frames = maps.event_frames(months, size="journal-84", base=("countries",))
    for suffix in ("png", "svg", "pdf", "webp", "tif"):
        figure.save(folder / f"figure.{suffix}", dpi=72)
    frames.save(folder / "frames.gif", dpi=50)
    frames.save(folder / "frames.pdf")
    (folder / "notebook.png").write_bytes(figure._repr_png_())
    (folder / "findings.txt").write_text("\n".join(map(str, figure.check())), encoding="utf-8")
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def german(folder: Path, patch: pytest.MonkeyPatch) -> None:
    """Set a locale with commas in its numbers: the system's, or one made here where the system can."""
    if shutil.which("localedef"):
        made = folder / "de_DE.UTF-8"
        subprocess.run(["localedef", "-c", "-i", "de_DE", "-f", "UTF-8", str(made)], check=False, capture_output=True)
        if made.exists():
            patch.setenv("LOCPATH", str(folder))
    with contextlib.suppress(locale.Error):  # a system that has none draws in its own
        locale.setlocale(locale.LC_ALL, "de_DE.UTF-8")


@pytest.fixture
def hostile_session(tmp_path_factory):
    """Settings of a session that draws otherwise; undone afterwards."""
    before, number, shown = locale.setlocale(locale.LC_ALL), decimal.getcontext().prec, np.get_printoptions()
    backend = mpl.get_backend()
    with mpl.rc_context(), pytest.MonkeyPatch.context() as patch:
        mpl.use("svg")
        plt.style.use("dark_background")
        mpl.rcParams.update(HOSTILE)
        backend_bases.register_backend("pdf", "matplotlib.backends.backend_svg", "not a PDF at all")
        german(tmp_path_factory.mktemp("locales"), patch)
        patch.setenv("TZ", "Pacific/Auckland")
        time.tzset()
        decimal.getcontext().prec = 3
        np.set_printoptions(precision=1, sign="+", floatmode="fixed")
        with pd.option_context("display.precision", 1, "display.max_colwidth", 5):
            yield
    np.set_printoptions(**shown)
    decimal.getcontext().prec = number
    locale.setlocale(locale.LC_ALL, before)
    backend_bases.register_backend("pdf", "matplotlib.backends.backend_pdf", "Portable Document Format")
    mpl.use(backend)
    time.tzset()


def test_settings_of_a_session_leave_a_figure_as_it_is(testland, sites, tmp_path, request):
    (tmp_path / "plain").mkdir()
    (tmp_path / "hostile").mkdir()
    plain = pictures(testland, sites, tmp_path / "plain")
    request.getfixturevalue("hostile_session")
    set_so = dict(mpl.rcParams)
    hostile = pictures(testland, sites, tmp_path / "hostile")
    assert {name for name in plain if plain[name] != hostile[name]} == set()
    assert len(plain) == 9
    assert dict(mpl.rcParams) == set_so


def test_settings_come_back_after_an_error():
    before = dict(mpl.rcParams)
    with pytest.raises(InputError), drawing():
        maps.sites_map([], date="2025-06-30")
    assert dict(mpl.rcParams) == before


def test_what_an_author_plots_keeps_the_author_s_own_settings(testland, sites):
    figure = maps.sites_map(sites, date="2025-06-30")
    with mpl.rc_context({"lines.linewidth": 7.0}):
        (line,) = figure.ax.plot([40.0, 41.0], [35.0, 35.0])
    figure._repr_png_()
    assert line.get_linewidth() == 7.0


MEASURED_FIRST = """
from matplotlib import font_manager
from geoops.maps import lettering
from geoops.maps.theme import TextStyle
from geoops.maps.typefaces import use_fonts
manager = font_manager.fontManager
manager.ttflist[:] = [entry for entry in manager.ttflist if "Noto" not in entry.name]  # a machine without them
style = TextStyle(10.0, "#000000")
words = ["Survey", "of", "Testland", "مخيم"]
before = [lettering.ink_of(word, style) for word in words]
use_fonts()
lettering._unit_ink.cache_clear(), lettering._outline.cache_clear(), lettering._outlines._letters.clear()
assert before == [lettering.ink_of(word, style) for word in words]
"""


def test_letters_measured_before_the_first_figure_are_those_of_figures():
    """They were a substitute's, DejaVu Sans, and stayed so: lines of small print ended a word earlier."""
    subprocess.run([sys.executable, "-c", MEASURED_FIRST], check=True, timeout=120)


def wide_noto(folder: Path) -> str:
    """A house's font that calls itself as the package's does, with letters twice as wide."""
    regular = next(path for path in font_files() if path.name == "NotoSans-Regular.ttf")
    path = folder / "house.ttf"
    with TTFont(regular) as font:
        for name, (advance, side) in list(font["hmtx"].metrics.items()):
            font["hmtx"][name] = (advance * 2, side)
        font.save(path)
    return str(path)


def test_a_house_s_font_of_the_package_s_name_does_not_stay(testland, sites, tmp_path):
    plain = maps.sites_map(sites, date="2025-06-30", size="journal-84")
    first = plain.save(tmp_path / "first.png", dpi=72).read_bytes()
    (tmp_path / "house.toml").write_text(f'fonts = ["{Path(wide_noto(tmp_path)).name}"]\n', encoding="utf-8")
    house = maps.sites_map(sites, date="2025-06-30", size="journal-84", theme=str(tmp_path / "house.toml"))
    wide = house.save(tmp_path / "wide.png", dpi=72).read_bytes()
    assert wide != first
    assert plain.save(tmp_path / "again.png", dpi=72).read_bytes() == first
    other = maps.sites_map(sites, date="2025-06-30", size="journal-84")
    assert other.save(tmp_path / "other.png", dpi=72).read_bytes() == first
    assert house.save(tmp_path / "again.png", dpi=72).read_bytes() == wide
    use_fonts()


def test_a_remark_is_set_in_the_fonts_of_its_own_figure(testland, sites, tmp_path):
    (tmp_path / "house.toml").write_text(f'fonts = ["{Path(wide_noto(tmp_path)).name}"]\n', encoding="utf-8")
    options = {"date": "2025-06-30", "size": "journal-84", "theme": str(tmp_path / "house.toml")}
    one = maps.sites_map(sites, **options)
    one.callout((41.5, 35.0), "A remark")
    other = maps.sites_map(sites, **options)
    maps.sites_map(sites, date="2025-06-30", size="journal-84")
    other.callout((41.5, 35.0), "A remark")
    paths = [figure.save(tmp_path / f"{i}.png", dpi=72) for i, figure in enumerate((one, other))]
    assert paths[0].read_bytes() == paths[1].read_bytes()
    use_fonts()
