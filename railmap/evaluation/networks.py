"""Prediction and truth as networks of tracks on which trains run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from railmap.evaluation.comparison import Comparison
from railmap.evaluation.graph import RailGraph, build_graph
from railmap.evaluation.layers import TrackLayer
from railmap.evaluation.sampling import SampledLines, find_candidates, sample_lines

__all__ = ["Network", "Networks", "build_networks"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

#: A point is matched to the other network within this distance (m) and angle (degrees).
_SNAP = 1.0
_HEADING = 10.0


@dataclass(frozen=True, slots=True)
class Network:
    """Tracks as cells of 1 m, and as the graph of the moves of trains."""

    lines: SampledLines
    graph: RailGraph

    def snap(self, points: SampledLines) -> tuple[NDArray[np.bool_], Ints, Floats]:
        """Find points of another network on this one.

        Parameters
        ----------
        points
            Cells of the other network.

        Returns
        -------
        ndarray, ndarray, ndarray
            ``(n,)`` bool: which are found; the line on which each is, and metres along it.
        """
        count = len(points.xy)
        found, line, s = np.zeros(count, bool), np.zeros(count, np.int64), np.zeros(count)
        pairs = find_candidates(points, self.lines, _SNAP)
        pairs = pairs.select((pairs.turn <= _HEADING) & (pairs.overshoot <= _SNAP))
        # The nearest line of each point comes first.
        order = np.lexsort((pairs.line, pairs.distance, pairs.cell))
        point, first = np.unique(pairs.cell[order], return_index=True)
        found[point] = True
        line[point], s[point] = pairs.line[order][first], pairs.s[order][first]
        return found, line, s


@dataclass(frozen=True, slots=True)
class Networks:
    """The networks of a comparison."""

    comparison: Comparison
    predicted: Network
    truth: Network


def build_networks(comparison: Comparison) -> Networks:
    """Build the networks of both layers; moves are those of the map where it states them."""

    def network(layer: TrackLayer) -> Network:
        lines = sample_lines(layer.lines.geometry.to_numpy(), 1.0)
        return Network(lines, build_graph(lines.geometry, layer.moves))

    return Networks(comparison, network(comparison.predicted), network(comparison.truth))
