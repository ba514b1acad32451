"""Elements meet without kinks where the drawn line is that of the alignment."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from railmap.publishing.exchange.alignment.elements import Element
from railmap.publishing.exchange.alignment.link_elements import link_elements
from railmap.publishing.exchange.alignment.true_curves import TrueCurve, true_curves

# straight, clothoid, arc, a short clothoid, straight
PIECES = [(40.0, 0, 0), (30.0, 0, 1 / 300), (50.0, 1 / 300, 1 / 300), (8.0, 1 / 300, 0), (25, 0, 0)]


def rows() -> pd.DataFrame:
    found, at = [], 0.0
    for length, k0, k1 in PIECES:
        kind = "CLOTHOID" if k0 != k1 else "CIRCULARARC" if k0 else "LINE"
        radii = [1 / k if k else None for k in (k0, k1)]
        found.append((kind, at, length, *radii))
        at += length
    names = ["type", "m_from", "length_m", "start_radius_m", "end_radius_m"]
    return pd.DataFrame(found, columns=names)


def drawn(step: float = 1.0) -> np.ndarray:
    k = np.concatenate([np.linspace(a, b, int(n * 100), endpoint=False) for n, a, b in PIECES])
    angle = 0.7 + np.r_[0, np.cumsum(k)] * 0.01
    move = np.stack([np.cos(angle[:-1]), np.sin(angle[:-1])], 1) * 0.01
    return np.vstack([[0, 0], np.cumsum(move, axis=0)])[:: int(step * 100)]


def curves(elements: list[Element]) -> list[TrueCurve]:
    return [curve for element in elements for curve in true_curves(element)]


def kinks(elements: list[Element]) -> np.ndarray:
    """Radians between elements."""
    turns = [b.heading - a.heading_at(a.length) for a, b in pairwise(curves(elements))]
    return np.abs([math.remainder(turn, math.tau) for turn in turns])


@pytest.mark.parametrize("noise", [0.0, 0.02])
def test_there_are_no_kinks(noise: float) -> None:
    xy = drawn()
    xy[1:-1] += np.random.default_rng(2).normal(0, noise, xy[1:-1].shape)
    found = link_elements(xy, rows())
    assert [one.kind for one in found] == ["Line", "Spiral", "Curve", "Spiral", "Line"]
    assert kinks(found).max() < 1e-6
    for one, following in pairwise(found):
        assert (one.xys[-1] == following.xys[0]).all()
    assert (found[0].xys[0, :2] == xy[0]).all()
    assert (found[-1].xys[-1, :2] == xy[-1]).all()
    assert found[2].start_radius == pytest.approx(300.0, abs=1e-9)
    last = curves(found)[-1]
    assert np.hypot(*(last.points(last.length)[0] - xy[-1])) < 1e-6
    true = np.cumsum([0.0, *(one[0] for one in PIECES)])
    clean = drawn(0.5)
    for one, at in zip(found[1:], true[1:], strict=False):
        assert np.hypot(*(one.xys[0, :2] - clean[int(2 * at)])) < 5 * noise + 0.02


def test_a_line_that_was_moved_by_hand_keeps_its_joints() -> None:
    xy = drawn()
    xy[60:100] += [0.0, 2.0]
    found = link_elements(xy, rows())
    assert kinks(found).max() > 0.01
    line = np.hypot(*np.diff(xy, axis=0).T)
    at = np.r_[0.0, np.cumsum(line)]
    for one in found[1:]:
        s = one.xys[0, 2]
        expected = [np.interp(s, at, xy[:, i]) for i in (0, 1)]
        assert one.xys[0, :2] == pytest.approx(expected, abs=1e-9)
