"""Every link end at a node leads somewhere, or is said to lead nowhere."""

from __future__ import annotations

import numpy as np

from railmap.geometry.moves import complete_moves


def ray(degrees: float) -> np.ndarray:
    a = np.radians(degrees)
    return np.linspace([0.0, 0.0], [20 * np.cos(a), 20 * np.sin(a)], 9)


def test_known_moves_stay_and_are_stated_once() -> None:
    lines = [ray(180), ray(0), ray(6)]
    known = [((0, 0), (1, 0)), ((0, 0), (2, 0)), ((2, 0), (0, 0))]
    moves = complete_moves(7, [(0, 0), (1, 0), (2, 0)], known, lines)
    assert [(m.link_a, m.link_b, m.navigability) for m in moves] == [(0, 1, "Both"), (0, 2, "Both")]
    assert {m.node for m in moves} == {7}


def test_end_without_a_move_leads_where_a_train_can_turn() -> None:
    lines = [ray(180), ray(0), ray(20), ray(100)]
    ends = [(k, 0) for k in range(4)]
    moves = complete_moves(0, ends, [((0, 0), (1, 0))], lines)
    found = {(m.link_a, m.link_b): m.navigability for m in moves}
    assert found == {(0, 1): "Both", (0, 2): "Both", (1, 3): "None"}


def test_end_of_a_line_is_measured_from_that_end() -> None:
    lines = [ray(180)[::-1], ray(0)]
    (move,) = complete_moves(0, [(0, 1), (1, 0)], [], lines)
    assert (move.link_a, move.end_a, move.link_b, move.end_b) == (0, 1, 1, 0)
    assert move.navigability == "Both"


def test_single_end_has_no_move() -> None:
    assert complete_moves(0, [(0, 0)], [], [ray(0)]) == []
