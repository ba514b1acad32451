"""Which edges are near, while edges are cut and hung elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import shapely

from railmap.geometry.curves import Array
from railmap.geometry.graph import WorkGraph

__all__ = ["EdgeIndex"]


class EdgeIndex:
    """A tree over the edges as they were when it was made; `replaced` says what became of them.

    Parameters
    ----------
    graph
        The network; its edges may only grow shorter or be led on meanwhile.
    """

    def __init__(self, graph: WorkGraph) -> None:
        self._graph = graph
        self._numbers = sorted(graph.edges)
        self._tree = shapely.STRtree(
            [shapely.linestrings(graph.edges[number].xy) for number in self._numbers]
        )
        self._became: dict[int, list[int]] = {}

    def replaced(self, number: int, by: Iterable[int]) -> None:
        """Say which edges an edge became."""
        self._became[number] = list(by)

    def near(self, shape: shapely.Geometry, distance: float) -> list[int]:
        """Numbers of the edges that came within a distance of a shape, those of today."""
        found = self._tree.query(shape, "dwithin", distance)
        return sorted({now for i in found for now in self._now(self._numbers[int(i)])})

    def line(self, number: int) -> shapely.LineString:
        """The edge's line of today."""
        xy: Array = self._graph.edges[number].xy
        return shapely.linestrings(np.asarray(xy))

    def _now(self, number: int) -> Iterator[int]:
        if number in self._graph.edges:
            yield number
        for child in self._became.get(number, []):
            yield from self._now(child)
