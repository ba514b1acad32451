"""Option groups of `railmap scenes classify`."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["PlacementOptions"]


@dataclass(frozen=True)
class PlacementOptions:
    """Which photos are attached to the map, and how they are joined into stretches.

    Parameters
    ----------
    min_probability
        Minimum probability of a scene that is attached, 0 to 1.
    join_m
        Photos of one scene at most this far apart along a line form a stretch, metres.
    max_distance_m
        Maximum distance of a photo from its track, metres.
    """

    min_probability: float = 0.5
    join_m: float = 100.0
    max_distance_m: float = 50.0
