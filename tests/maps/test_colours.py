"""Colours that colour-blind readers can tell apart, and scales that stay in order when printed in grey.

Vision without one kind of cone is simulated by the matrices of Machado, Oliveira and Fernandes 2009 (doi:10.1109/TVCG.2009.113,
severity 1), applied to linear RGB; differences are CIEDE2000, computed by scikit-image.
"""

from __future__ import annotations

import itertools
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from skimage.color import deltaE_ciede2000, rgb2lab

from geoops.maps.proximity_figure import _colors
from geoops.maps.theme import THEMES, contrast

VISION = {
    "all cones": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
LEAST = 10.0  # CIEDE2000: told apart at a glance; about 1 is the least that can be seen side by side
KINDS = (
    "site",
    "oil",
    "power",
    "transport",
    "crossing",
    "camp",
    "dam",
)  # of thematic symbols that stand on one map, each with a shape of its own besides


def seen(colour, vision):
    """A colour in CIELAB as someone with that vision sees it."""
    value = np.array(to_rgb(colour))
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    linear = np.clip(np.array(VISION[vision]) @ linear, 0.0, 1.0)
    back = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return rgb2lab(back[None, None, :])[0, 0]


def closest(colours, vision):
    """The smallest difference between any two of some colours."""
    labs = [seen(colour, vision) for colour in colours]
    return min(float(deltaE_ciede2000(a, b)) for a, b in itertools.combinations(labs, 2))


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("theme", [name for name in THEMES if name != "print"])
def test_kinds_of_symbols_differ_for_every_reader(theme, vision):
    look = THEMES[theme]
    assert closest([getattr(look, kind) for kind in KINDS], vision) >= LEAST


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("theme", [name for name in THEMES if name != "print"])
def test_connectors_of_themes_differ_for_every_reader(theme, vision):
    names = ["roads", "boundaries", "oil_gas_fields", "power_stations", "border_crossings"]
    colours = _colors(SimpleNamespace(theme=THEMES[theme]), names)
    assert closest(list(colours.values()), vision) >= LEAST


def test_the_check_refuses_a_pair_that_red_green_blind_readers_confuse():
    assert closest(["#b3261e", "#5d6b12"], "all cones") > 30.0
    assert closest(["#b3261e", "#5d6b12"], "protanopia") < closest(["#b3261e", "#5d6b12"], "all cones") / 2.0


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("theme", THEMES)
def test_bands_run_one_way_in_lightness_for_every_reader(theme, vision):
    lightness = np.array([seen(band, vision)[0] for band in THEMES[theme].bands])
    steps = np.diff(lightness) * (1.0 if contrast(THEMES[theme].page, "#000000") > 6.0 else -1.0)
    assert steps.min() > 5.0  # of 100: each step shows in grey too
