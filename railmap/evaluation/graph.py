"""Track graph with the moves that trains can make at nodes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import cKDTree

from railmap.evaluation.moves import LineMove, free_moves

__all__ = ["RailGraph", "build_graph"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

#: Ends within this distance (m) form one node; an end this close to another line splits it.
SNAP = 0.25
#: Length of track (m) over which headings at a node are measured.
_CHORD = 5.0


@dataclass(frozen=True, slots=True)
class RailGraph:
    """Pieces of track between nodes, and the permitted moves between them.

    State ``2k`` is running along piece k from its start to its end, ``2k + 1`` in the opposite
    direction.

    Parameters
    ----------
    first
        ``(lines + 1,)``: line i has pieces ``first[i]:first[i + 1]``, in order.
    start, length
        ``(pieces,)`` distance along its line at which a piece starts, and its length (m).
    node
        ``(pieces, 2)`` node at its start and end.
    steps
        ``(states, states)``: length of the next state (m) where a train may continue to it.
    """

    first: Ints
    start: Floats
    length: Floats
    node: Ints
    steps: csr_array

    def locate(self, line: Ints, s: Floats) -> tuple[Ints, Floats]:
        """Return the piece, and the distance (m) along it, of points at `s` metres on lines."""
        key = self.start + np.repeat(self._base(), np.diff(self.first))
        piece = np.searchsorted(key, self._base()[line] + s, side="right") - 1
        piece = np.clip(piece, self.first[line], self.first[line + 1] - 1)
        return piece, np.clip(s - self.start[piece], 0.0, self.length[piece])

    def distances(
        self, source: tuple[Ints, Floats], target: tuple[Ints, Floats], limit: float = np.inf
    ) -> Floats:
        """Return the shortest permitted paths (m), inf where there is none."""
        piece, at = source
        to, to_at = target
        result = np.full((len(piece), len(to)), np.inf)
        if not result.size:
            return result
        rest = np.stack([self.length[piece] - at, at])
        ahead = np.stack([self.length[to] - to_at, to_at])
        for direction in (0, 1):
            states, back = np.unique(2 * piece + direction, return_inverse=True)
            found = dijkstra(self.steps, indices=states, limit=limit)[back]
            for end in (0, 1):
                path = rest[direction][:, None] + found[:, 2 * to + end] - ahead[end][None, :]
                result = np.minimum(result, np.where(piece[:, None] != to[None, :], path, np.inf))
        same = piece[:, None] == to[None, :]
        return np.where(same, np.abs(at[:, None] - to_at[None, :]), result)

    def _base(self) -> Floats:
        """Return an offset per line that separates the lines on one sorted axis."""
        last = self.first[1:] - 1
        reach = self.start[last] + self.length[last] + 1.0
        return np.concatenate([[0.0], np.cumsum(reach)[:-1]])


def build_graph(lines: NDArray[np.object_], moves: Sequence[LineMove] | None = None) -> RailGraph:
    """Build the graph: nodes where ends meet within 0.25 m and where an end meets a line.

    Lines that only cross are not joined.

    Parameters
    ----------
    lines
        ``(n,)`` shapely LineStrings in metres, none of length 0.
    moves
        Moves that a map states, as (line, end, line, end) with 0 for the start and 1 for the end
        of a line, each in the direction of the train; an end without a move is named with itself.
        The moves of all other ends follow from their directions.
    """
    n = len(lines)
    if not n:
        none = np.empty((0, 2), np.int64)
        nothing = np.empty(0)
        return RailGraph(np.zeros(1, np.int64), nothing, nothing, none, csr_array((0, 0)))
    total = shapely.length(lines)
    line, start, stop = _split(lines, total)
    first = np.searchsorted(line, np.arange(n + 1)).astype(np.int64)
    ends = np.stack([_point(lines[line], start), _point(lines[line], stop)], axis=1)
    node = _join(ends.reshape(-1, 2)).reshape(-1, 2)
    length = stop - start
    reach = np.minimum(_CHORD, length)
    out = (
        np.stack([_point(lines[line], start + reach), _point(lines[line], stop - reach)], axis=1)
        - ends
    )
    out /= np.maximum(np.hypot(out[..., 0], out[..., 1]), 1e-12)[..., None]
    known: dict[int, list[int]] = defaultdict(list)
    for line_a, end_a, line_b, end_b in moves or ():
        a, b = (
            2 * first[number + 1] - 1 if which else 2 * first[number]
            for number, which in ((line_a, end_a), (line_b, end_b))
        )
        known[int(a)] += [int(b)] if a != b else []
    steps = _steps(node.reshape(-1), out.reshape(-1, 2), length, known)
    return RailGraph(first, start, length, node, steps)


def _point(lines: NDArray[np.object_], s: Floats) -> Floats:
    return shapely.get_coordinates(shapely.line_interpolate_point(lines, s))


def _split(lines: NDArray[np.object_], total: Floats) -> tuple[Ints, Floats, Floats]:
    """Split lines where the end of another one touches them between their ends."""
    ends = shapely.points(
        np.concatenate([_point(lines, np.zeros(len(lines))), _point(lines, total)])
    )
    end, line = shapely.STRtree(lines).query(ends, predicate="dwithin", distance=SNAP)
    s = shapely.line_locate_point(lines[line], ends[end])
    inside = (s > SNAP) & (s < total[line] - SNAP)
    owner = np.concatenate([np.arange(len(lines)), line[inside], np.arange(len(lines))])
    cut = np.concatenate([np.zeros(len(lines)), s[inside], total])
    order = np.lexsort((cut, owner))
    owner, cut = owner[order], cut[order]
    keep = np.ones(len(cut), bool)
    # Two ends at the same point are one cut.
    keep[1:] = (owner[1:] != owner[:-1]) | (np.diff(cut) > SNAP) | (cut[1:] == total[owner[1:]])
    owner, cut = owner[keep], cut[keep]
    whole = owner[1:] == owner[:-1]
    return owner[:-1][whole].astype(np.int64), cut[:-1][whole], cut[1:][whole]


def _join(points: Floats) -> Ints:
    pairs = cKDTree(points).query_pairs(SNAP, output_type="ndarray")
    n = len(points)
    links = csr_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    return connected_components(links, directed=False)[1].astype(np.int64)


def _steps(
    node: Ints, out: Floats, length: Floats, known: Mapping[int, Collection[int]]
) -> csr_array:
    """Join states at nodes; end ``2k`` of piece k is its start, ``2k + 1`` its end."""
    order = np.argsort(node, kind="stable")
    rows: list[int] = []
    columns: list[int] = []
    weights: list[float] = []
    bounds = np.flatnonzero(np.diff(node[order], prepend=-1, append=-1))
    for low, high in pairwise(bounds):
        ends = order[low:high].tolist()
        for arrive, leave in _passed(ends, out, known):
            rows.append(arrive ^ 1)  # arriving at end 2k + 1 is state 2k
            columns.append(leave)  # leaving from start 2k is state 2k
            weights.append(float(length[leave // 2]))
    states = 2 * len(length)
    return csr_array((weights, (rows, columns)), shape=(states, states))


def _passed(
    ends: list[int], out: Floats, known: Mapping[int, Collection[int]]
) -> Iterator[tuple[int, int]]:
    """Yield the moves at a node; what is known of an end takes the place of its direction."""
    for a, b in free_moves(out[ends].tolist()):
        if ends[a] not in known and ends[b] not in known:
            yield ends[a], ends[b]
    for end in ends:
        for other in known.get(end, ()):
            # A train cannot turn about in a node, whatever a map states.
            if other in ends and float(out[end] @ out[other]) <= 0.0:
                yield end, other
