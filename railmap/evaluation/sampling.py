"""Divide lines into short cells and locate cells along other lines."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray

__all__ = ["Candidates", "SampledLines", "find_candidates", "sample_lines"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Half the chord of a heading (m), long enough to smooth staircases of pixels.
_HALF_CHORD = 1.0
#: Lines are indexed in pieces of about this length (m), so that bounding boxes stay small.
_PIECE = 10.0


@dataclass(frozen=True, slots=True)
class SampledLines:
    """Lines divided into cells of equal length; the cells of a line are consecutive.

    Parameters
    ----------
    geometry
        The lines, ``(n,)`` shapely LineStrings in metres.
    length
        ``(n,)`` metres.
    first
        ``(n + 1,)``: line i has cells ``first[i]:first[i + 1]``.
    line
        ``(cells,)`` the line of each cell.
    s, width
        ``(cells,)`` distance of the cell's centre along its line, and its length (m).
    xy
        ``(cells, 2)`` the cell's centre (m).
    direction
        ``(cells, 2)`` unit vector along the line, from a 2 m chord.
    """

    geometry: NDArray[np.object_]
    length: Floats
    first: Ints
    line: Ints
    s: Floats
    width: Floats
    xy: Floats
    direction: Floats

    def cell_at(self, line: Ints, s: Floats) -> Ints:
        """Return the cell of `line` at distance `s` (m)."""
        count = self.first[line + 1] - self.first[line]
        index = np.floor(s / self.length[line] * count).astype(np.int64)
        return self.first[line] + np.clip(index, 0, count - 1)

    def take(self, cells: Ints) -> SampledLines:
        """Return some of the cells, for `find_candidates`; `first` is that of all cells."""
        return replace(
            self,
            line=self.line[cells],
            s=self.s[cells],
            width=self.width[cells],
            xy=self.xy[cells],
            direction=self.direction[cells],
        )


@dataclass(frozen=True, slots=True)
class Candidates:
    """Pairs of a cell and a nearby line of the other layer, sorted by cell, then line.

    Parameters
    ----------
    cell, line
        Index of the cell and of the line.
    s
        Distance along that line (m).
    distance, offset
        Metres to that line; `offset` is signed, positive to its right.
    turn
        Angle between the two directions, 0 to 90 degrees.
    overshoot
        Distance of the cell beyond that line's end (m); 0 next to the line.
    """

    cell: Ints
    line: Ints
    s: Floats
    distance: Floats
    offset: Floats
    turn: Floats
    overshoot: Floats

    def select(self, keep: NDArray[np.bool_]) -> Candidates:
        """Return the pairs where `keep` is true."""
        return Candidates(
            self.cell[keep],
            self.line[keep],
            self.s[keep],
            self.distance[keep],
            self.offset[keep],
            self.turn[keep],
            self.overshoot[keep],
        )


def sample_lines(geometry: NDArray[np.object_], step: float) -> SampledLines:
    """Divide each line into cells of equal length, at most `step` metres."""
    n = len(geometry)
    length = np.asarray(shapely.length(geometry), dtype=np.float64).reshape(n)
    count = np.maximum(np.ceil(length / step - 1e-9), 1).astype(np.int64)
    first = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    line = np.repeat(np.arange(n, dtype=np.int64), count)
    width = length[line] / count[line]
    s = (np.arange(len(line)) - first[line] + 0.5) * width
    table = _VertexTable(geometry, length)
    before = table.at(line, np.maximum(s - _HALF_CHORD, 0.0))
    after = table.at(line, np.minimum(s + _HALF_CHORD, length[line]))
    chord = after - before
    norm = np.hypot(chord[:, 0], chord[:, 1])
    # A line that folds back within the chord has no heading; use any.
    direction = np.where(norm[:, None] > 0, chord / np.maximum(norm, 1e-300)[:, None], [1.0, 0.0])
    return SampledLines(geometry, length, first, line, s, width, table.at(line, s), direction)


class _VertexTable:
    """Interpolate points along many lines at once, over all vertices."""

    def __init__(self, geometry: NDArray[np.object_], length: Floats) -> None:
        self._xy, index = shapely.get_coordinates(geometry, return_index=True)
        step = np.zeros(len(index))
        same = index[1:] == index[:-1]
        step[1:] = np.where(same, np.hypot(*np.diff(self._xy, axis=0).T), 0.0)
        total = np.cumsum(step)
        start = np.searchsorted(index, np.arange(len(geometry)))
        # 1 m between lines separates one line's end from the next one's start.
        self._base = total[start] + np.arange(len(geometry)) if len(geometry) else np.empty(0)
        self._s = total + index

    def at(self, line: Ints, s: Floats) -> Floats:
        if not len(line):
            return np.empty((0, 2))
        where = self._base[line] + s
        x = np.interp(where, self._s, self._xy[:, 0])
        y = np.interp(where, self._s, self._xy[:, 1])
        return np.column_stack([x, y])


def find_candidates(cells: SampledLines, others: SampledLines, radius: float) -> Candidates:
    """Find the lines of `others` within `radius` metres of each cell."""
    if not len(cells.line) or not len(others.geometry):
        empty = np.empty(0)
        none = np.empty(0, np.int64)
        return Candidates(none, none, empty, empty, empty, empty, empty)
    pieces, owner, start = _pieces(others.geometry)
    points = shapely.points(cells.xy)
    tree = shapely.STRtree(pieces)
    cell, piece = tree.query(points, predicate="dwithin", distance=radius)
    at = shapely.line_locate_point(pieces[piece], points[cell])
    foot = shapely.get_coordinates(shapely.line_interpolate_point(pieces[piece], at))
    s = start[piece] + at
    line = owner[piece]
    delta = cells.xy[cell] - foot
    distance = np.hypot(delta[:, 0], delta[:, 1])
    order = np.lexsort((s, distance, line, cell))
    nearest = np.ones(len(order), bool)
    c, k = cell[order], line[order]
    nearest[1:] = (c[1:] != c[:-1]) | (k[1:] != k[:-1])
    pick = order[nearest]
    cell, line, s, delta, distance = cell[pick], line[pick], s[pick], delta[pick], distance[pick]
    along = others.direction[others.cell_at(line, s)]
    # Positive to the right of the line's direction.
    across = delta[:, 0] * along[:, 1] - delta[:, 1] * along[:, 0]
    past = (s <= 1e-6) | (s >= others.length[line] - 1e-6)
    overshoot = np.where(past, np.abs((delta * along).sum(axis=1)), 0.0)
    cosine = np.abs((cells.direction[cell] * along).sum(axis=1))
    return Candidates(
        cell=cell.astype(np.int64),
        line=line.astype(np.int64),
        s=s,
        distance=np.where(past, np.abs(across), distance),
        offset=np.where(past, across, np.copysign(distance, across)),
        turn=np.degrees(np.arccos(np.clip(cosine, 0.0, 1.0))),
        overshoot=overshoot,
    )


def _pieces(geometry: NDArray[np.object_]) -> tuple[NDArray[np.object_], Ints, Floats]:
    """Split lines at vertices into pieces of about `_PIECE` metres: piece, its line, its start."""
    xy, index = shapely.get_coordinates(geometry, return_index=True)
    inside = index[1:] == index[:-1]
    seg = np.flatnonzero(inside)
    length = np.hypot(*(xy[seg + 1] - xy[seg]).T)
    seg, length = seg[length > 0], length[length > 0]
    line = index[seg].astype(np.int64)
    total = np.cumsum(length) - length
    opening = np.searchsorted(line, np.arange(len(geometry)))
    s = total - total[opening][line]
    number = np.floor(s / _PIECE)
    new = np.ones(len(seg), bool)
    new[1:] = (line[1:] != line[:-1]) | (number[1:] != number[:-1])
    piece = np.cumsum(new) - 1
    # Each segment contributes its first vertex, the last segment of a piece both.
    last = np.append(new[1:], True)
    vertex = np.concatenate([seg, seg[last] + 1])
    member = np.concatenate([piece, piece[last]])
    order = np.lexsort((vertex, member))
    lines = shapely.linestrings(xy[vertex[order]], indices=member[order])
    return lines, line[new], s[new]
