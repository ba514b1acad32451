"""Exact curves of elements: their ends, against the integral of their heading."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import quad

from railmap.publishing.exchange.alignment.elements import Element
from railmap.publishing.exchange.alignment.true_curves import TrueCurve, true_curves


def integrated(curve: TrueCurve, s: float) -> np.ndarray:
    x = quad(lambda u: math.cos(curve.heading_at(u)), 0, s, epsabs=1e-11, limit=200)[0]
    y = quad(lambda u: math.sin(curve.heading_at(u)), 0, s, epsabs=1e-11, limit=200)[0]
    return np.array([curve.x + x, curve.y + y])


@pytest.mark.parametrize(
    ("kind", "radii"),
    [("Line", (None, None)), ("Curve", (300.0, 300.0)), ("Curve", (-40.0, -40.0)),
     ("Spiral", (None, -250.0)), ("Spiral", (190.0, None)), ("Spiral", (500.0, 300.0))],
)  # fmt: skip
def test_curves_keep_ends_and_radii(kind: str, radii: tuple[float | None, float | None]) -> None:
    a, b = np.array([500_000.0, 5_400_000.0]), np.array([500_050.0, 5_400_030.0])
    xys = np.array([[*a, 0.0], [*((a + b) / 2), 30.0], [*b, 58.5]])
    (curve,) = true_curves(Element(kind, xys, *radii))
    ends = curve.points([0.0, curve.length])
    assert np.allclose(ends, [a, b], atol=1e-8, rtol=0)
    assert [1 / k if k else None for k in (curve.start_curvature, curve.end_curvature)] == [
        pytest.approx(radius) for radius in radii
    ]
    for s in (0.3 * curve.length, curve.length):
        assert np.allclose(curve.points(s)[0], integrated(curve, s), atol=1e-8, rtol=0)


def test_a_drawn_curve_keeps_its_tolerance() -> None:
    curve = TrueCurve("CLOTHOID", 0.0, 0.0, 0.3, 80.0, 0.0, -1 / 190)
    drawn = curve.drawn(0.001)
    steps = np.linspace(0.0, curve.length, len(drawn))
    middle = curve.points((steps[1:] + steps[:-1]) / 2)
    away = np.hypot(*(middle - (drawn[1:] + drawn[:-1]) / 2).T)
    assert 0.0005 < away.max() <= 0.001


def test_a_curve_that_cannot_reach_its_end_is_the_drawn_line() -> None:
    xys = np.array([[0.0, 0.0, 0.0], [50.0, 1.0, 50.0], [100.0, 0.0, 100.0]])
    curves = list(true_curves(Element("Spiral", xys, 5.0, 1.0)))
    assert [curve.kind for curve in curves] == ["LINE", "LINE"]
    assert curves[1].points(curves[1].length)[0] == pytest.approx([100.0, 0.0])
