"""Heights of a track plan and of the ground around it: gradients, earthworks, a bridge."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from railmap.rendering.plan.tracks import Track, TrackPlan

__all__ = ["Relief"]

Floats = NDArray[np.float64]

_FORMATION_M = 3.3  # from the centreline to the edge of the formation
_SLOPE = 1 / 1.5  # of embankments and cuttings
_STEEPEST = 0.02  # gradient of the track
_RADII_M = 2000.0, 8000.0  # of the parabolas
_SPACING_M = 60.0, 250.0  # of the vertical intersections
_HILLS_M = 120.0, 700.0  # wavelengths of the ground
_BRIDGE_M = 30.0, 50.0  # length of a bridge along the reference line
_VALLEY_M = 5.0, 9.0  # depth of the valley under it
_ABUTMENT = 1.0  # slope of the ground at its ends
_BRIDGE_STREAM = 20_233
_STREAM = 20_231  # heights draw numbers of their own: the image of a seed stays the same


@dataclass(frozen=True, slots=True)
class Relief:
    """Heights of a plan, metres. All tracks have one height at a station of the reference line.

    Parameters
    ----------
    level
        Height at station 0, metres.
    gradient
        Before the first parabola, metres per metre.
    starts, lengths, changes
        ``(n,)`` station and length of the parabolas, and how much the gradient changes in each.
    hills
        ``(k, 4)`` wave numbers along x and y, phase and amplitude of the natural ground.
    bridge
        Stations of the ends of a bridge, and the depth of the valley under it; None without one.
    """

    level: float
    gradient: float
    starts: Floats
    lengths: Floats
    changes: Floats
    hills: Floats
    bridge: tuple[float, float, float] | None = None

    @classmethod
    def random(
        cls, seed: int, plan: TrackPlan | None, extent: float, bridge: bool = False
    ) -> Relief:
        """Random heights; the same seed gives the same.

        Parameters
        ----------
        seed
            Seed of the image.
        plan
            Its tracks; None for ground only.
        extent
            Half the length of the reference line, metres.
        bridge
            Lead the tracks over a valley near station 0; all else stays the same.
        """
        rng = np.random.default_rng((seed, _STREAM))
        gradients = [float(rng.uniform(-_STEEPEST, _STEEPEST))]
        starts: list[float] = []
        lengths: list[float] = []
        here = -extent + float(rng.uniform(*_SPACING_M)) / 2
        while plan is not None and here < extent:
            gradients.append(float(rng.uniform(-_STEEPEST, _STEEPEST)))
            radius = float(np.exp(rng.uniform(*np.log(_RADII_M))))
            starts.append(here)
            lengths.append(abs(gradients[-1] - gradients[-2]) * radius)
            here += lengths[-1] + float(rng.uniform(*_SPACING_M))
        waves, turns = 2 * np.pi / rng.uniform(*_HILLS_M, 6), rng.uniform(0, 2 * np.pi, (2, 6))
        hills = np.column_stack(
            [waves * np.cos(turns[0]), waves * np.sin(turns[0]), turns[1], 0.02 / waves]
        )
        level = float(rng.uniform(80, 400))
        changes = np.diff(gradients)
        over = _bridge(seed) if bridge and plan is not None else None
        return cls(level, gradients[0], np.array(starts), np.array(lengths), changes, hills, over)

    def on_bridge(self, station: Floats) -> NDArray[np.bool_]:
        """Whether the tracks are on a bridge at stations."""
        if self.bridge is None:
            return np.zeros(len(station), np.bool_)
        return (station > self.bridge[0]) & (station < self.bridge[1])

    def heights(self, station: Floats) -> Floats:
        """Heights of the tracks at stations, metres."""
        return self.level + self._rise(station) - self._rise(np.zeros(1))[0]

    def gradients(self, station: Floats) -> Floats:
        """Gradients of the tracks at stations, uphill to higher stations, metres per metre."""
        part = (station[:, None] - self.starts) / self.lengths
        return np.asarray(self.gradient + np.clip(part, 0, 1) @ self.changes)

    def _rise(self, station: Floats) -> Floats:
        part = (station[:, None] - self.starts) / self.lengths
        inside = np.clip(part, 0, 1) ** 2 / 2 + np.maximum(part - 1, 0)
        return np.asarray(self.gradient * station + inside @ (self.changes * self.lengths))

    def ground(self, xy: Floats, tracks: list[Track]) -> Floats:
        """Heights of the ground: formation, embankments and cuttings in natural ground, a valley.

        Under a bridge it is the ground that a terrain model has, not the deck.

        Parameters
        ----------
        xy
            ``(n, 2)`` metres from the centre of the image, y downwards.
        tracks
            The tracks.
        """
        kx, ky, phase, amplitude = self.hills.T
        natural = self.level + np.cos(np.outer(xy[:, 0], kx) + np.outer(xy[:, 1], ky) + phase) @ (
            amplitude
        )
        if not tracks:
            return np.asarray(natural)
        points = np.concatenate([track.xy for track in tracks])
        ahead = np.concatenate([np.gradient(track.xy, axis=0) for track in tracks])
        per_step = np.concatenate([np.gradient(track.station) for track in tracks])
        station = np.concatenate([track.station for track in tracks])
        distance, nearest = cKDTree(points).query(xy)
        # to the foot of the perpendicular, not to the nearest vertex
        step = ((xy - points[nearest]) * ahead[nearest]).sum(1) / (ahead[nearest] ** 2).sum(1)
        step = np.clip(step, -1, 1)
        at = station[nearest] + step * per_step[nearest]
        formation = self.heights(at)
        beyond = np.maximum(distance - _FORMATION_M, 0) * _SLOPE
        ground = np.clip(natural, formation - beyond, formation + beyond)
        if self.bridge is not None:
            first, last, depth = self.bridge
            inside = np.minimum(at - first, last - at)
            valley = formation - np.minimum(inside * _ABUTMENT, depth)
            ground = np.where(inside > 0, np.minimum(ground, valley), ground)
        return np.asarray(ground)


def _bridge(seed: int) -> tuple[float, float, float]:
    rng = np.random.default_rng((seed, _BRIDGE_STREAM))
    middle, half = float(rng.uniform(-10, 10)), float(rng.uniform(*_BRIDGE_M)) / 2
    return middle - half, middle + half, float(rng.uniform(*_VALLEY_M))
