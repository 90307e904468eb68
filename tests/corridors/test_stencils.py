"""What a stencil is: its steps, what lies under them, how far its directions are off."""

from __future__ import annotations

import numpy as np
import pytest

from geoops.core.errors import InputError
from geoops.corridors.stencils import check_stencil, direction_error, steps_of

from .conftest import share_of_cells, step_list


@pytest.mark.parametrize("stencil", [8, 16, 32])
def test_steps_are_all_directions_once_each_followed_by_its_reverse(stencil):
    steps = steps_of(stencil)
    pairs = list(zip(steps.columns.tolist(), steps.rows.tolist(), strict=True))
    assert sorted(pairs) == sorted(step_list(stencil))
    assert all((-x, -y) == pairs[k + 1] for k, (x, y) in enumerate(pairs) if k % 2 == 0)


def test_the_cells_under_a_step_are_those_the_geometry_gives():
    steps = steps_of(32)
    weights = {8: [0.25, 0.25], 16: [1 / 3, 1 / 3], 24: [0.25, 0.25, 1 / 12, 1 / 12]}
    for k in range(8, 32):
        dx, dy = int(steps.columns[k]), int(steps.rows[k])
        expected = share_of_cells(dx, dy)
        expected.pop((0, 0))
        expected.pop((dx, dy))
        share = weights[8 * (k // 8)]
        mine = {(int(c), int(r)): w for (r, c), w in zip(steps.middles[k], share, strict=False)}
        assert mine == pytest.approx(expected)


@pytest.mark.parametrize(
    ("stencil", "worst"),
    # Half the widest angle between two steps: 22.5°, atan(1/2)/2, atan(1/3)/2.
    [
        (8, 1 / np.cos(np.pi / 8) - 1),
        (16, 1 / np.cos(np.arctan(0.5) / 2) - 1),
        (32, 1 / np.cos(np.arctan(1 / 3) / 2) - 1),
    ],
)
def test_direction_error_is_that_of_the_widest_angle_between_steps(stencil, worst):
    got, rms = direction_error(stencil, np.array([1.0]), np.array([1.0]))
    assert got == pytest.approx(worst, rel=1e-4)
    assert 0 < rms < got


def test_the_default_is_off_by_0_64_per_cent_in_the_mean():
    assert direction_error(32, np.array([1.0]), np.array([1.0]))[1] == pytest.approx(0.0064, abs=5e-5)


def test_cells_that_are_not_square_are_worse_and_say_so():
    square = direction_error(32, np.array([1.0]), np.array([1.0]))[0]
    flat = direction_error(32, np.array([0.5]), np.array([1.0]))[0]
    assert flat > square


@pytest.mark.parametrize("bad", [4, 0, "8", None, True, 8.0, 64])
def test_an_unknown_stencil_is_refused_with_those_there_are(bad):
    with pytest.raises(InputError, match='8, 16, 32 or "eikonal"'):
        check_stencil(bad)
