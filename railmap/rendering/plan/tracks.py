"""Tracks, nodes and plans, and positions along tracks."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from railmap.rendering.plan.alignment import Reference

__all__ = ["PlanNode", "Track", "TrackPlan", "by_station", "run_and_station", "stations"]


@dataclass(slots=True)
class PlanNode:
    """A switch, crossing, buffer stop or level crossing of the plan (metres, y downwards)."""

    x: float
    y: float
    railway: str
    crossing_number: float | None = None
    turnout_side: str | None = None


@dataclass(slots=True)
class Track:
    """One continuous track.

    ``xy`` is ``(n, 2)`` metres, ``station`` and ``offset`` place it along the plan's reference
    line, ``splits`` are the stations of its nodes. ``bearers`` are station ranges in which
    long bearers of another track carry it.
    """

    xy: NDArray[np.float64]
    station: NDArray[np.float64]
    offset: NDArray[np.float64]
    main: bool = True
    splits: list[float] = field(default_factory=list)
    bearers: list[tuple[float, float]] = field(default_factory=list)
    stub: bool = False


@dataclass(slots=True)
class TrackPlan:
    """All tracks and nodes of an image; ``gauge_mm`` and ``sleeper_m`` apply to all tracks."""

    tracks: list[Track]
    nodes: list[PlanNode]
    gauge_mm: int
    sleeper_m: float
    reference: Reference
    kind: str
    # main track index, station of the toe, direction along it, and the diverging track
    turnouts: list[tuple[int, float, int, int]] = field(default_factory=list)


def stations(
    xy: NDArray[np.float64],
    step: float,
    rng: np.random.Generator | None = None,
    jitter_m: float = 0.0,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return points every `step` metres along a line, their unit tangents and distances."""
    gone = np.r_[0, np.cumsum(np.linalg.norm(np.diff(xy, axis=0), axis=1))]
    along = np.arange(0, gone[-1], step)
    if rng is not None and jitter_m:
        along = np.clip(along + rng.normal(0, jitter_m, len(along)), 0, gone[-1])

    def at(d: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.stack([np.interp(d, gone, xy[:, i]) for i in (0, 1)], 1)

    ahead = at(np.minimum(along + 0.3, gone[-1])) - at(np.maximum(along - 0.3, 0))
    return at(along), ahead / (np.linalg.norm(ahead, axis=1, keepdims=True) + 1e-12), along


def by_station(track: Track) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the stations of a track in ascending order and its offsets there."""
    order = np.argsort(track.station)
    return track.station[order], track.offset[order]


def run_and_station(track: Track) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return distances from a track's start and the stations there."""
    gone = np.r_[0, np.cumsum(np.linalg.norm(np.diff(track.xy, axis=0), axis=1))]
    return gone, track.station
