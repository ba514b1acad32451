"""Results of both solvers: junction clusters, their legs, and candidate paths between legs."""

from __future__ import annotations

from dataclasses import dataclass, field

from railmap.geometry.curves import Array

__all__ = ["CandidatePath", "JunctionCluster", "Leg"]


@dataclass(slots=True)
class Leg:
    """A track that leaves a junction cluster.

    Parameters
    ----------
    edge, end
        The graph edge, and which of its ends is at the cluster (0 start, 1 end).
    xy
        ``(n, 2)`` points outwards, from the first point with a single track to the cut, where the
        cluster ends, metres.
    anchor
        Station on `xy` from which the curve is reliably that of the one track, metres.
    point, heading
        Position and heading (radians) there, pointing into the cluster.
    tip
        Whether the leg ends in a free end and not in a cut.
    """

    edge: int
    end: int
    xy: Array
    anchor: float
    point: Array
    heading: float
    tip: bool = False


@dataclass(slots=True)
class JunctionCluster:
    """A place where the bands of several tracks are fused.

    Parameters
    ----------
    legs
        Tracks that leave it.
    inner_edges
        Graph edges inside, which the paths replace.
    """

    legs: list[Leg]
    inner_edges: list[int] = field(default_factory=list)


@dataclass(slots=True)
class CandidatePath:
    """A track between two legs of a cluster.

    Parameters
    ----------
    a, b
        Indices of the legs.
    xy
        ``(n, 2)`` from the cut of leg `a` to the cut of leg `b`, metres.
    weight
        ``(n,)`` weight of the measurement at each point, 0 where there was none.
    cost
        Mask solver: bends and uncovered band; lower is better.
    inside
        Mask solver: share of the path that is inside the band, 0-1.
    """

    a: int
    b: int
    xy: Array
    weight: Array
    cost: float = 0.0
    inside: float = 1.0

    def starting_at(self, leg: int) -> Array:
        """Points from the cut of a leg, ``(n, 2)``."""
        return self.xy if leg == self.a else self.xy[::-1]

    def other(self, leg: int) -> int:
        """Leg at the other end."""
        return self.b if leg == self.a else self.a
