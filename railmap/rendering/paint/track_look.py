"""Appearance of a track: sleepers and rails."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from railmap.rendering.paint.canvas import Colour, jitter, uniform

__all__ = ["TrackLook", "track_look"]


@dataclass(slots=True)
class TrackLook:
    """Appearance of one track."""

    sleeper: str
    colour: Colour
    spacing: float
    width: float
    variation: float
    head: Colour
    foot: Colour
    rail_shadow: float


def track_look(rng: np.random.Generator, ballast: Colour, shared: TrackLook | None) -> TrackLook:
    """Sample an appearance; mostly the neighbour's (`shared`)."""
    if shared is not None and rng.random() < 0.7:
        return shared
    base = np.array(ballast)
    kind = str(
        rng.choice(
            ["concrete", "wood", "steel", "faint", "covered"], p=[0.38, 0.22, 0.06, 0.22, 0.12]
        )
    )
    bright = uniform(rng, -30, 30)
    colour = {
        "concrete": jitter(rng, (168, 162, 152), 22),
        "wood": jitter(rng, (80, 68, 58), 16),
        "steel": jitter(rng, (98, 72, 56), 14),
        "faint": jitter(rng, np.clip(base + bright * 0.5, 5, 250), 6),
        "covered": jitter(rng, base, 3),
    }[kind]
    head = [
        (194, 192, 190),
        (232, 232, 232),
        (124, 98, 78),
        (152, 144, 136),
        (82, 74, 68),
        (58, 50, 46),
    ][int(rng.choice(6, p=[0.26, 0.18, 0.18, 0.16, 0.14, 0.08]))]
    return TrackLook(
        kind,
        colour,
        uniform(rng, 0.56, 0.68),
        uniform(rng, 0.2, 0.31),
        uniform(rng, 2, 16),
        jitter(rng, head, 16),
        jitter(rng, (86, 64, 50), 16),
        uniform(rng, 0.3, 1.0),
    )
