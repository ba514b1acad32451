"""Spatial index of graph edges that stays valid while edges are split and reattached."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import shapely

from railmap.geometry.curves import Array
from railmap.geometry.graph import WorkGraph

__all__ = ["EdgeIndex"]


class EdgeIndex:
    """R-tree of the edges of a graph at one time; `replaced` records later changes.

    Parameters
    ----------
    graph
        The network. Afterwards its edges may be split, shortened or extended at their ends.
    """

    def __init__(self, graph: WorkGraph) -> None:
        self._graph = graph
        self._numbers = sorted(graph.edges)
        self._tree = shapely.STRtree(
            [shapely.linestrings(graph.edges[number].xy) for number in self._numbers]
        )
        self._replacements: dict[int, list[int]] = {}

    def replaced(self, number: int, by: Iterable[int]) -> None:
        """Record the edges that replaced an edge.

        Parameters
        ----------
        number
            The edge that was removed.
        by
            Numbers of its replacements.
        """
        self._replacements[number] = list(by)

    def near(self, shape: shapely.Geometry, distance: float) -> list[int]:
        """Find edges near a shape.

        Parameters
        ----------
        shape
            Geometry in metres.
        distance
            Metres.

        Returns
        -------
        list of int
            Edges that were within the distance when the index was built, or their replacements,
            ascending.
        """
        found = self._tree.query(shape, "dwithin", distance)
        return sorted({now for i in found for now in self._current(self._numbers[int(i)])})

    def line(self, number: int) -> shapely.LineString:
        """Current line of an edge."""
        xy: Array = self._graph.edges[number].xy
        return shapely.linestrings(np.asarray(xy))

    def part(self, number: int, near: Array, reach: float) -> slice:
        """Find the points of an edge that matter near others, for edges may be kilometres long.

        Parameters
        ----------
        number
            The edge.
        near
            ``(n, 2)`` points, metres.
        reach
            Metres.

        Returns
        -------
        slice
            Of the points of the edge: all that are within `reach` in x and y, those between them,
            and one more on either side. Two or more.
        """
        xy = self._graph.edges[number].xy
        low, high = near.min(axis=0) - reach, near.max(axis=0) + reach
        found = np.flatnonzero(((xy >= low) & (xy <= high)).all(axis=1))
        if not len(found):
            return slice(0, len(xy))
        return slice(max(int(found[0]) - 1, 0), int(found[-1]) + 2)

    def _current(self, number: int) -> Iterator[int]:
        if number in self._graph.edges:
            yield number
        for child in self._replacements.get(number, []):
            yield from self._current(child)
