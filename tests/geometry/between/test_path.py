"""The track between two points, on rendered rails and rendered probability."""

from __future__ import annotations

import numpy as np
import pytest
from affine import Affine

from railmap.errors import InputError
from railmap.geometry.between.corridor import Corridor
from railmap.geometry.between.path import FoundTrack, find_between
from railmap.geometry.constants import GAUGE
from railmap.geometry.curves import length_of, project
from railmap.geometry.evidence.field import ProbabilityField
from railmap.geometry.turnouts.rail_strip import RailImage
from tests.helpers.line_scenes import X0, Y0, Scene, render
from tests.helpers.rail_image import Picture, rail_image
from tests.helpers.switch_image import CURVE, LEG, SIZE, STRAIGHT, switch_picture

GSD = 0.1
TRANSFORM = Affine(GSD, 0, X0, 0, -GSD, Y0)
LOWER_LEFT = np.array([0.0, -SIZE[1]])
HOLE = np.s_[:, 600:800]
"""Columns of a probability, 20 m, that are no track."""


def find(
    line: np.ndarray,
    first: int,
    last: int,
    *,
    beside: float = 0.7,
    picture: Picture | None = None,
    scene: Scene | None = None,
) -> FoundTrack:
    """Find it from clicks beside two of its points."""
    ends = line[[first, last]] + [[0.0, beside], [0.0, -beside]] + LOWER_LEFT
    field = None
    if scene is not None:
        field = ProbabilityField(scene.read, GSD, *scene.probability.shape)
    return find_between(
        *ends,
        field=field,
        tent=scene is not None and scene.profile == "tent",
        rails=None if picture is None else RailImage(picture, TRANSFORM),
    )


def error(found: FoundTrack, line: np.ndarray) -> float:
    """Largest distance of the found line from the true one, metres."""
    return float(np.abs(project(found.xy, line + LOWER_LEFT)[:, 1]).max())


@pytest.mark.parametrize("head", [215, 40])
@pytest.mark.parametrize("line", [STRAIGHT, LEG])
def test_rails_lead_past_a_switch_to_the_clicked_track(line: np.ndarray, head: int) -> None:
    found = find(line, 20, 480, picture=switch_picture(head=head))
    assert error(found, line) < 0.1
    assert length_of(found.xy) == pytest.approx(length_of(line[20:481]), abs=0.3)
    assert found.unseen_m == 0.0


def test_rails_lead_through_a_curve() -> None:
    found = find(CURVE, 200, 2800, picture=rail_image([CURVE], SIZE, GSD, GAUGE, 215))
    assert error(found, CURVE) < 0.05
    # the points are those of the track next to the clicks
    off = np.hypot(*(found.xy[[0, -1]] - LOWER_LEFT - CURVE[[200, 2800]]).T)
    assert off.max() < 0.3


@pytest.mark.parametrize("tent", [True, False])
def test_probability_leads_through_a_curve_and_over_a_hole(tent: bool) -> None:
    scene = render([CURVE], SIZE, tent=tent)
    found = find(CURVE, 200, 2800, scene=scene)
    assert error(found, CURVE) < 0.02
    assert found.unseen_m == 0.0
    scene.probability[HOLE] = 0
    found = find(CURVE, 200, 2800, scene=scene)
    assert error(found, CURVE) < 0.05
    assert found.unseen_m == pytest.approx(20.0, abs=1.0)


def test_rails_are_seen_where_the_probability_has_a_hole() -> None:
    scene = render([CURVE], SIZE, tent=True)
    scene.probability[HOLE] = 0
    picture = rail_image([CURVE], SIZE, GSD, GAUGE, 215)
    found = find(CURVE, 200, 2800, scene=scene, picture=picture)
    assert error(found, CURVE) < 0.05
    assert found.unseen_m < 1.0


def test_probability_and_rails_lead_past_a_switch() -> None:
    scene = render([STRAIGHT, LEG], SIZE, tent=True)
    found = find(LEG, 20, 480, scene=scene, picture=switch_picture())
    assert error(found, LEG) < 0.1


def test_the_direction_of_the_clicks_is_that_of_the_line() -> None:
    there = find(STRAIGHT, 20, 500, picture=switch_picture())
    back = find(STRAIGHT, 500, 20, picture=switch_picture())
    assert there.xy[0, 0] < there.xy[-1, 0]
    assert back.xy[0, 0] > back.xy[-1, 0]
    assert error(back, STRAIGHT) < 0.1


def test_without_a_track_it_says_so() -> None:
    ballast = rail_image([], SIZE, GSD, GAUGE, 110)
    with pytest.raises(InputError, match="no track is seen"):
        find(STRAIGHT, 20, 500, picture=ballast)
    with pytest.raises(InputError, match="no track is seen"):
        find(STRAIGHT, 20, 500)


@pytest.mark.parametrize("last", [22, 20])
def test_clicks_too_near_to_each_other_are_refused(last: int) -> None:
    with pytest.raises(InputError, match="m apart"):
        find(STRAIGHT, 20, last, beside=0.0, picture=switch_picture())
    with pytest.raises(InputError, match="700 m apart"):
        find_between(np.zeros(2), np.array([700.0, 0.0]))


def test_cells_and_places_of_a_corridor_are_inverse() -> None:
    corridor = Corridor(np.array([3.0, -4.0]), np.array([60.0, -50.0]))
    row, col = corridor.cell(np.array([20.0, -10.0]))
    np.testing.assert_allclose(corridor.place(row, col), [20.0, -10.0])
    assert corridor.shape[1] % 2 == 1
