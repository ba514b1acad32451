"""Shortest link sequence that a train can travel through the network."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from railmap.errors import InputError, UsageError
from railmap.mapping.referencing.link_arrays import LinkArrays, Moves

__all__ = [
    "LinkSequence",
    "Run",
    "find_node",
    "find_route",
    "joined_parts",
    "legal_parts",
    "parse_xy",
    "shortest_runs",
]

# Links in the order of travel, each with whether it is traversed against its M.
LinkSequence = list[tuple[int, bool]]

# (stops reached, link, end by which the link was entered)
_State = tuple[int, int, int]
# Reversals, metres to the far end of the link, state, the state before, whether that one reverses.
_Step = tuple[int, float, _State, _State | None, bool]

# A position x,y selects the nearest node within this distance.
_NEAR_M = 25.0


def find_node(track: LinkArrays, text: str) -> int:
    """Return the index of a node.

    Parameters
    ----------
    track
        The links with their nodes.
    text
        A ``node_id``, the first characters of one, or ``x,y`` in the map's CRS.

    Raises
    ------
    UsageError
        If no node or several match.
    """
    place = parse_xy(text)
    if place is not None:
        apart = np.hypot(*(track.node_xy - place).T)
        nearest = int(np.nanargmin(apart))
        if apart[nearest] > _NEAR_M:
            raise UsageError(
                f"no node within {_NEAR_M:g} m of {text}; the nearest is"
                f" {track.node_ids[nearest]}, {apart[nearest]:.0f} m away"
            )
        return nearest
    found = [node for node, name in enumerate(track.node_ids) if name.startswith(text)]
    exact = [node for node in found if track.node_ids[node] == text]
    if not text or not found:
        raise UsageError(f"no node {text!r} in the map; give its node_id, the start of it, or x,y")
    if len(found) > 1 and not exact:
        raise UsageError(f"{len(found)} nodes begin with {text!r}; give more of the node_id")
    return exact[0] if exact else found[0]


def parse_xy(text: str) -> NDArray[np.float64] | None:
    """Return ``(2,)`` of a text such as ``500100.5,5400020``; None if it has another form."""
    parts = text.split(",")
    if len(parts) != 2:
        return None
    try:
        place = np.array([float(part) for part in parts])
    except ValueError:
        return None
    return place if np.isfinite(place).all() else None


def find_route(
    track: LinkArrays, moves: Moves, stops: Sequence[int], *, among: Set[int] | None = None
) -> LinkSequence:
    """Return the shortest link sequence through nodes, without reversing.

    Parameters
    ----------
    track
        The links.
    moves
        Permitted movements at nodes, also at the intermediate stops.
    stops
        Nodes, in order of travel; at least two.
    among
        Links to use; None means all.

    Raises
    ------
    UsageError
        If two consecutive stops are the same.
    InputError
        If there is no such link sequence.
    """
    names = [track.node_ids[stop] for stop in stops]
    if any(a == b for a, b in itertools.pairwise(stops)):
        raise UsageError(f"a line cannot lead from a node to itself ({names[0]}); give two nodes")
    runs = shortest_runs(track, moves, stops, among=among)
    if runs is not None:
        return [(run.link, run.entered == 1) for run in runs]
    route = f"from node {names[0]} to node {names[-1]}"
    if len(stops) > 2:
        route += f" over {', '.join(names[1:-1])}"
    part = joined_parts(track)
    if len({int(part[stop]) for stop in stops}) == 1:
        raise InputError(
            f"no train can go {route} without reversing; choose other nodes or split it"
        )
    raise InputError(f"no tracks lead {route}; the map has a gap between them")


@dataclass(frozen=True, slots=True)
class Run:
    """A link on the way of a train.

    Parameters
    ----------
    link
        Index of the link.
    entered
        End by which the train enters it: 0 start, 1 end.
    reverses
        The train reverses once it has cleared the node there, and leaves by the same end.
    """

    link: int
    entered: int
    reverses: bool = False


def shortest_runs(
    track: LinkArrays,
    moves: Moves,
    stops: Sequence[int],
    *,
    among: Set[int] | None = None,
    room: NDArray[np.bool_] | None = None,
) -> list[Run] | None:
    """Return the way through nodes with the fewest reversals, and of these the shortest.

    Parameters
    ----------
    track
        The links.
    moves
        Permitted movements at nodes, also at the intermediate stops.
    stops
        Nodes, in order of travel; at least two, consecutive ones different.
    among
        Links to use; None means all.
    room
        ``(links, 2)`` whether a train that has entered the link by its start or end has the room to
        clear the node and reverse; None permits no reversal.

    Returns
    -------
    list of Run or None
        None if there is no way.
    """
    length, nodes = track.length.tolist(), track.nodes.tolist()
    clear = None if room is None else room.tolist()
    settled: dict[_State, _State | None] = {}
    queue: list[_Step] = [
        (0, length[link], (0, link, end), None, False)
        for link, end in track.ends_at().get(stops[0], [])
        if among is None or link in among
    ]
    heapq.heapify(queue)
    reversing: set[tuple[_State, _State]] = set()
    goal = len(stops) - 2
    while queue:
        reversals, cost, state, before, reverses = heapq.heappop(queue)
        if state in settled:
            continue
        settled[state] = before
        if reverses and before is not None:
            reversing.add((before, state))
        reached, link, entered = state
        if nodes[link][1 - entered] == stops[reached + 1]:
            if reached == goal:
                return _trace(settled, reversing, state)
            reached += 1
        for onward, end in moves.get((link, 1 - entered), ()):
            after = (reached, onward, end)
            if after not in settled and (among is None or onward in among):
                step = (reversals, cost + length[onward], after, state, False)
                heapq.heappush(queue, step)
        if clear is None or before is None or not clear[link][entered]:
            continue
        start = cost - length[link]
        for onward, end in moves.get((link, entered), ()):
            after = (state[0], onward, end)
            if after not in settled and (among is None or onward in among):
                heapq.heappush(queue, (reversals + 1, start + length[onward], after, state, True))
    return None


def _trace(
    settled: Mapping[_State, _State | None],
    reversing: Set[tuple[_State, _State]],
    state: _State | None,
) -> list[Run]:
    runs: list[Run] = []
    after: _State | None = None
    while state is not None:
        _, link, entered = state
        runs.append(Run(link, entered, after is not None and (state, after) in reversing))
        state, after = settled[state], state
    return runs[::-1]


def joined_parts(track: LinkArrays) -> NDArray[np.int64]:
    """Return a number for each node, equal for nodes that tracks join, whatever trains can do."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    count = len(track.node_ids)
    ones = np.ones(len(track.nodes), dtype=np.int8)
    graph = coo_array((ones, (track.nodes[:, 0], track.nodes[:, 1])), shape=(count, count))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)


def legal_parts(track: LinkArrays, moves: Moves) -> NDArray[np.int64]:
    """Return a number for each link, equal for links between which trains pass if they reverse."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    pairs = [(a[0], b[0]) for a, ways in moves.items() for b in ways]
    rows, columns = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    count = len(track.ids)
    ones = np.ones(len(rows), dtype=np.int8)
    graph = coo_array((ones, (rows, columns)), shape=(count, count))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)
