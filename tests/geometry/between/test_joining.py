"""A new line is cut to what the map lacks and joins its tracks."""

from __future__ import annotations

import numpy as np
import pytest

from railmap.geometry.between.joining import Join, join_to_tracks
from railmap.geometry.curves import length_of, project
from tests.helpers.line_scenes import leg
from tests.helpers.switch_image import LEG

MAIN = np.array([[0.0, 15.0], [150.0, 15.0]])
OTHER = MAIN + np.array([0.0, 4.5])


@pytest.mark.parametrize("turned", [1, -1])
@pytest.mark.parametrize("way", [1, -1])
def test_a_leg_begins_at_the_toe_of_its_turnout(way: int, turned: int) -> None:
    """The toe is at 40 m, where no eye can see it."""
    (piece,) = join_to_tracks(LEG[20:500][::way] + np.array([0.0, 0.03]), [MAIN[::turned]])
    join, free = (piece.start, piece.end)[::way]
    assert free is None
    assert join is not None
    assert join.line == 0
    assert join.station == pytest.approx(40.0 if turned == 1 else 110.0, abs=2.0)
    toe = piece.xy[::way][0]
    np.testing.assert_allclose(toe, [40.0, 15.0], atol=2.0)
    assert toe[1] == pytest.approx(15.0, abs=1e-9)
    assert np.abs(project(piece.xy, LEG)[:, 1]).max() < 0.1


def test_a_crossover_joins_both_tracks() -> None:
    inner = leg(9, 190, 100, 4.5) + np.array([40.0, 15.0])
    line = np.concatenate([[[20.0, 15.0]], inner])
    (piece,) = join_to_tracks(line, [MAIN, OTHER])
    assert piece.start is not None
    assert piece.end is not None
    assert (piece.start.line, piece.end.line) == (0, 1)
    assert piece.start.station == pytest.approx(40.0, abs=2.0)
    assert piece.end.station == pytest.approx(40 + 9 * 4.5 + 190 / 9, abs=2.0)


def test_a_line_that_crosses_tracks_notes_where() -> None:
    (piece,) = join_to_tracks(np.array([[50.0, 0.0], [60.0, 30.0]]), [MAIN, OTHER])
    assert (piece.start, piece.end) == (None, None)
    assert [one.at.line for one in piece.crossings] == [0, 1]
    assert [one.at.station for one in piece.crossings] == pytest.approx([55.0, 56.5])
    assert [one.station for one in piece.crossings] == pytest.approx(
        [15 * np.hypot(1, 1 / 3), 19.5 * np.hypot(1, 1 / 3)]
    )


def test_a_shallow_crossing_is_no_track_that_is_there() -> None:
    line = np.array([[20.0, 12.0], [80.0, 18.0]])  # 1:10
    (piece,) = join_to_tracks(line, [MAIN])
    assert length_of(piece.xy) == pytest.approx(length_of(line))
    assert len(piece.crossings) == 1


def test_what_is_there_is_left_out() -> None:
    assert join_to_tracks(np.array([[10.0, 15.1], [140.0, 15.1]]), [MAIN]) == []


@pytest.mark.parametrize("ends", [(42.0, 98.0), (30.0, 110.0)])
def test_a_gap_is_closed_from_end_to_end(ends: tuple[float, float]) -> None:
    tracks = [np.array([[0.0, 15.0], [40.0, 15.0]]), np.array([[100.0, 15.0], [150.0, 15.0]])]
    line = np.array([[ends[0], 15.1], [ends[1], 14.9]])
    (piece,) = join_to_tracks(line, tracks, [(0, 1), (1, 0)])
    assert (piece.start, piece.end) == (Join(0, 40.0), Join(1, 0.0))
    np.testing.assert_array_equal(piece.xy[[0, -1]], [[40.0, 15.0], [100.0, 15.0]])


def test_an_end_near_a_track_is_moved_there_and_one_farther_away_is_free() -> None:
    near, far = ([np.array([[70.0, 15.0 + d], [70.0, 40.0]])] for d in (0.8, 1.5))
    (piece,) = join_to_tracks(near[0], [MAIN])
    assert piece.start == Join(0, 70.0)
    np.testing.assert_array_equal(piece.xy[0], [70.0, 15.0])
    (piece,) = join_to_tracks(far[0], [MAIN])
    assert piece.start is None


def test_a_map_without_tracks_takes_the_line_as_it_is() -> None:
    (piece,) = join_to_tracks(MAIN, [])
    assert (piece.start, piece.end, piece.crossings) == (None, None, ())
    np.testing.assert_allclose(piece.xy, MAIN)
