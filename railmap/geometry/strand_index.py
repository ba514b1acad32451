"""Which strands are near, while strands are cut and hung elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import shapely

from railmap.geometry.curves import Array
from railmap.geometry.graph import WorkGraph

__all__ = ["StrandIndex"]


class StrandIndex:
    """A tree over the strands as they were when it was made; `replaced` says what became of them.

    Parameters
    ----------
    graph
        The network; its strands may only grow shorter or be led on meanwhile.
    """

    def __init__(self, graph: WorkGraph) -> None:
        self._graph = graph
        self._numbers = sorted(graph.strands)
        self._tree = shapely.STRtree(
            [shapely.linestrings(graph.strands[number].xy) for number in self._numbers]
        )
        self._became: dict[int, list[int]] = {}

    def replaced(self, number: int, by: Iterable[int]) -> None:
        """Say which strands a strand became."""
        self._became[number] = list(by)

    def near(self, shape: shapely.Geometry, distance: float) -> list[int]:
        """Numbers of the strands that came within a distance of a shape, those of today."""
        found = self._tree.query(shape, "dwithin", distance)
        return sorted({now for i in found for now in self._now(self._numbers[int(i)])})

    def line(self, number: int) -> shapely.LineString:
        """The strand's line of today."""
        xy: Array = self._graph.strands[number].xy
        return shapely.linestrings(np.asarray(xy))

    def _now(self, number: int) -> Iterator[int]:
        if number in self._graph.strands:
            yield number
        for child in self._became.get(number, []):
            yield from self._now(child)
