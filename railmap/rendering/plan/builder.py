"""Lay parallel tracks and turnouts between them where there is space."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from railmap.rendering.plan.alignment import Reference, diverging_leg
from railmap.rendering.plan.tracks import PlanNode, Track

__all__ = ["PlanBuilder"]


class PlanBuilder:
    """A plan under construction: tracks along a reference line, nodes and occupied stations.

    Parameters
    ----------
    rng
        Random generator.
    extent
        Half the length of the reference line in metres.
    """

    def __init__(self, rng: np.random.Generator, extent: float) -> None:
        self.rng = rng
        self.extent = extent
        self.reference = Reference(rng, extent)
        self.tracks: list[Track] = []
        self.nodes: list[PlanNode] = []
        self.turnouts: list[tuple[int, float, int, int]] = []
        self.occupied: dict[int, list[tuple[float, float]]] = {}

    def add(self, station: NDArray[np.float64], offset: NDArray[np.float64], main: bool) -> int:
        """Lay a track through stations and offsets; return its index."""
        self.tracks.append(Track(self.reference.at(station, offset), station, offset, main))
        return len(self.tracks) - 1

    def parallel(self, offset: float) -> int:
        """Lay a main track parallel to the reference line; return its index."""
        station = np.arange(-self.extent + 2, self.extent - 2, 0.5)
        return self.add(station, np.full_like(station, offset), True)

    def free(self, track: int, low: float, high: float) -> bool:
        """Occupy the stations `low` to `high` of a track; False if a turnout occupies them."""
        taken = self.occupied.setdefault(track, [])
        if any(low < b and high > a for a, b in taken):
            return False
        taken.append((low, high))
        return True

    def node(
        self,
        station: float,
        offset: float,
        railway: str,
        number: float | None = None,
        side: str | None = None,
    ) -> None:
        """Add a node at a station and offset, unless it is beyond the ends of the tracks."""
        if abs(station) > self.extent - 2:
            return
        x, y = self.reference.at(np.array([station]), np.array([offset]))[0]
        self.nodes.append(PlanNode(float(x), float(y), railway, number, side))

    def turnout(
        self,
        main: int,
        toe: float,
        direction: int,
        lateral: int,
        number: float,
        radius: float,
        rise: float | None,
        to: int | None,
    ) -> bool:
        """Lay a diverging track from track `main` at station `toe`; False without space.

        Parameters
        ----------
        direction, lateral
            -1 or 1: towards lower or higher stations, lower or higher offsets.
        number, radius
            Crossing number and radius (m).
        rise
            Offset (m) at which the leg becomes parallel again; None if it leads away.
        to
            The track at `rise` that the leg joins; None for a separate track.
        """
        track = self.tracks[main]
        base = float(np.interp(toe, track.station, track.offset))
        slope = 1 / number
        if rise is not None:
            length = (rise - radius * slope**2) / slope + 2 * radius * slope
            if length < 2 * radius * slope:
                return False
            reach = length
        else:
            reach = self.extent * 2
        merge = 3.2 * number + radius * slope  # clear of the main track by then
        low, high = sorted((toe - 2 * direction, toe + merge * direction))
        if not self.free(main, low, high):
            return False
        if to is not None:
            low, high = sorted((toe + (reach + 2) * direction, toe + (reach - merge) * direction))
            if not self.free(to, low, high):
                return False
        x = np.arange(0, reach + 0.25, 0.5)
        x[-1] = reach if rise is not None and to is not None else x[-1]
        if rise is not None and to is None:
            x = np.arange(0, 2 * self.extent, 0.5)
        station = toe + direction * x
        keep = np.abs(station) < self.extent - 2
        if keep.sum() < 8:
            return False
        shape = np.clip(
            diverging_leg(x, number, radius, rise), 0, rise if rise is not None else 1e9
        )
        offset = base + lateral * shape
        leg = self.add(station[keep], offset[keep], False)
        side = "right" if direction * lateral > 0 else "left"
        self.node(toe, base, "switch", number, side)
        track.splits.append(toe)
        self.turnouts.append((main, toe, direction, leg))
        clear = toe + direction * (2.9 * number + radius * slope / 2)
        self.tracks[leg].bearers.append((min(toe, clear), max(toe, clear)))
        if to is not None:
            end = toe + direction * reach
            other = self.tracks[to]
            # seen from the far end both signs change, the side does not
            self.node(end, base + lateral * rise, "switch", number, side)  # type: ignore[operator]
            other.splits.append(end)
            self.turnouts.append((to, end, -direction, leg))
            clear = end - direction * (2.9 * number + radius * slope / 2)
            self.tracks[leg].bearers.append((min(end, clear), max(end, clear)))
        return True
