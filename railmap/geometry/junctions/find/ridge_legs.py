"""Ridge solver: ends of graph edges where ridges are traced into trackwork."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from railmap.geometry.constants import END_FIT, MIN_RADIUS, NOISE_SAGITTA
from railmap.geometry.curves import Array, arc_length, cut, fit_end, length_of, project, resample
from railmap.geometry.evidence.band import Scale
from railmap.geometry.evidence.field import ProbabilityField
from railmap.geometry.graph import WorkGraph
from railmap.geometry.junctions.find.ridge_trace import TraceState, on_ridge

__all__ = ["SINGLE_RIDGE", "EdgeEnd", "RidgeLeg", "find_legs", "is_open"]

SINGLE_RIDGE = 4.0
"""Length of single ridge with which a leg begins, metres."""

EdgeEnd = tuple[int, int]
"""A graph edge and one of its ends (0 start, 1 end)."""


@dataclass(slots=True)
class RidgeLeg:
    """An end of a graph edge at trackwork.

    Parameters
    ----------
    edge, end
        The graph edge and its end.
    xy
        ``(n, 2)`` points outwards, from that end, metres.
    single_from
        Station from which the edge is on a single ridge, metres.
    level
        Probability there, 0-1.
    used
        Station up to which traced paths need the leg, metres.
    """

    edge: int
    end: int
    xy: Array
    single_from: float
    level: float
    used: float

    @property
    def key(self) -> EdgeEnd:
        """Edge and end."""
        return self.edge, self.end

    def state(self, station: float) -> TraceState:
        """Position, heading and curvature of a trace into the trackwork.

        Parameters
        ----------
        station
            Where it starts on the leg, metres.

        Returns
        -------
        TraceState
            Heading into the trackwork.
        """
        part = cut(self.xy, station, np.inf)
        size = length_of(part)
        point, heading, curvature = fit_end(part, END_FIT, curved=size > 8.0)
        if abs(curvature) * min(END_FIT, size) ** 2 / 8 < NOISE_SAGITTA:
            point, heading, curvature = fit_end(part, END_FIT, curved=False)
        limit = 1 / MIN_RADIUS
        return float(point[0]), float(point[1]), heading, float(np.clip(curvature, -limit, limit))

    def station(self, point: Array) -> float:
        """Station nearest to a point ``(2,)``, metres."""
        return float(project(point[None], self.xy)[0, 0])


def is_open(graph: WorkGraph, node: int) -> bool:
    """Whether tracks may continue at a node in more ways than its edges show.

    Parameters
    ----------
    graph
        The network.
    node
        A node of it.

    Returns
    -------
    bool
        True at junctions and nodes marked `GraphNode.continues`.
    """
    return graph.degree(node) >= 3 or graph.nodes[node].continues


def find_legs(
    graph: WorkGraph,
    probability: ProbabilityField,
    scale: Scale,
    fused: set[int],
    stubs: set[int],
) -> tuple[dict[EdgeEnd, RidgeLeg], list[int]]:
    """Find the legs at open nodes.

    Parameters
    ----------
    graph
        The network.
    probability
        Track probability (tent).
    scale
        Lengths of the raster.
    fused
        Edges that count as inside a cluster, as they are too short between two clusters.
    stubs
        Edges added where a trace left the data; on a single ridge over their whole length.

    Returns
    -------
    legs
        By edge and end.
    inner
        Edges at open nodes without a single ridge: they are inside clusters.
    """
    legs: dict[EdgeEnd, RidgeLeg] = {}
    inner = []
    for number in sorted(graph.edges):
        edge = graph.edges[number]
        opened = [is_open(graph, v) for v in (edge.start, edge.end)]
        if not any(opened):
            continue
        xy = resample(edge.xy, scale.step)
        s = arc_length(xy)
        if number in fused or len(xy) < 4:
            inner.append(number)
            continue
        good = on_ridge(probability, xy, float(s[1])) | (number in stubs)
        spans = _spans(good, s)
        if not len(spans) or (all(opened) and spans[-1, 1] - spans[0, 0] < SINGLE_RIDGE):
            inner.append(number)
            continue
        level = float(np.nanmedian(probability.values(xy)[good]))
        for end, first in ((0, spans[0, 0]), (1, s[-1] - spans[-1, 1])):
            if opened[end]:
                outward = xy if end == 0 else xy[::-1]
                legs[number, end] = RidgeLeg(
                    number, end, outward, float(first), level, used=float(first)
                )
    return legs, inner


def _spans(good: NDArray[np.bool_], s: Array) -> Array:
    """First and last stations ``(k, 2)`` of the parts on a single ridge that are long enough."""
    change = np.diff(np.concatenate([[0], good.astype(int), [0]]))
    first, last = s[np.flatnonzero(change == 1)], s[np.flatnonzero(change == -1) - 1]
    long = last - first >= min(SINGLE_RIDGE, 0.5 * float(s[-1]))
    return np.stack([first[long], last[long]], 1)
