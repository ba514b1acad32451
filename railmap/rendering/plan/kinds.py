"""Kinds of track plans."""

from __future__ import annotations

import numpy as np

from railmap.rendering.paint.canvas import uniform
from railmap.rendering.plan.builder import PlanBuilder
from railmap.rendering.plan.junctions import add_diamond, add_junctions, add_ladder
from railmap.rendering.plan.tracks import TrackPlan

__all__ = ["make_plan"]

_GAUGES = (
    (1435, 2.6, 0.74),
    (1520, 2.7, 0.09),
    (1668, 2.6, 0.06),
    (1067, 2.05, 0.06),
    (1000, 1.95, 0.05),
)


def make_plan(rng: np.random.Generator, extent: float, kind: str | None = None) -> TrackPlan:
    """Create a random track plan.

    Parameters
    ----------
    rng
        Random generator.
    extent
        Half the diagonal of the image in metres; tracks extend beyond it.
    kind
        plain, double, multiple, junction, yard, diamond; None chooses one at random.
    """
    if kind is None:
        kind = str(
            rng.choice(
                ["plain", "double", "multiple", "junction", "yard", "diamond"],
                p=[0.22, 0.26, 0.14, 0.22, 0.11, 0.05],
            )
        )
    reach = extent * 1.05 + 40
    b = PlanBuilder(rng, reach)
    count = {"plain": 1, "double": 2, "yard": int(rng.integers(1, 3))}.get(
        kind, int(rng.integers(3, 7)) if kind == "multiple" else int(rng.integers(1, 4))
    )
    gaps = rng.choice([4.0, 4.2, 4.5, 4.7, 5.0, 0.0], count, p=[0.24, 0.2, 0.2, 0.1, 0.16, 0.1])
    gaps = np.where(gaps == 0, rng.uniform(5.5, 14, count), gaps)
    offsets = np.cumsum(np.r_[0.0, gaps[1:]])
    spread = 0.22 * extent if kind != "yard" else 0.12 * extent
    offsets = offsets - offsets.mean() + rng.normal(0, spread)
    places = [float(o) for o in offsets]
    for place in places:
        b.parallel(place)
    if kind == "junction":
        add_junctions(b, places, int(rng.integers(1, 3)) + int(extent / 60))
    elif kind == "yard":
        lateral = int(rng.choice([-1, 1]))
        add_ladder(b, len(places) - 1 if lateral > 0 else 0, lateral)
    elif kind == "diamond":
        add_diamond(b, places)
    elif kind == "multiple" and rng.random() < 0.5:
        add_junctions(b, places, 1 + int(extent / 80))
    weights = np.array([g[2] for g in _GAUGES])
    gauge, sleeper, _ = _GAUGES[int(rng.choice(len(_GAUGES), p=weights / weights.sum()))]
    return TrackPlan(
        b.tracks, b.nodes, gauge, sleeper * uniform(rng, 0.97, 1.03), b.reference, kind, b.turnouts
    )
