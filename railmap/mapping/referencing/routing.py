"""Shortest link sequence that a train can travel through the network."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Mapping, Sequence, Set

import numpy as np

from railmap.errors import InputError, UsageError
from railmap.mapping.referencing.link_arrays import LinkArrays, Moves

__all__ = ["LinkSequence", "find_node", "find_route"]

# Links in the order of travel, each with whether it is traversed against its M.
LinkSequence = list[tuple[int, bool]]

# (stops reached, link, end by which the link was entered)
_State = tuple[int, int, int]

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
    place = _place(text)
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


def _place(text: str) -> np.ndarray | None:
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
    length, nodes = track.length.tolist(), track.nodes.tolist()
    ends = track.ends_at()
    best: dict[_State, float] = {}
    came: dict[_State, _State | None] = {}
    queue: list[tuple[float, _State, _State | None]] = [
        (length[link], (0, link, end), None)
        for link, end in ends.get(stops[0], [])
        if among is None or link in among
    ]
    heapq.heapify(queue)
    goal = len(stops) - 2
    while queue:
        cost, state, before = heapq.heappop(queue)
        if state in best:
            continue
        best[state], came[state] = cost, before
        reached, link, entered = state
        if nodes[link][1 - entered] == stops[reached + 1]:
            if reached == goal:
                return _trace(came, state)
            reached += 1
        for onward, end in moves.get((link, 1 - entered), ()):
            after = (reached, onward, end)
            if after not in best and (among is None or onward in among):
                heapq.heappush(queue, (cost + length[onward], after, state))
    route = f"from node {names[0]} to node {names[-1]}"
    if len(stops) > 2:
        route += f" over {', '.join(names[1:-1])}"
    if _joined(track, stops):
        raise InputError(
            f"no train can go {route} without reversing; choose other nodes or split it"
        )
    raise InputError(f"no tracks lead {route}; the map has a gap between them")


def _trace(came: Mapping[_State, _State | None], state: _State | None) -> LinkSequence:
    sequence: LinkSequence = []
    while state is not None:
        _, link, entered = state
        sequence.append((link, entered == 1))
        state = came[state]
    return sequence[::-1]


def _joined(track: LinkArrays, stops: Sequence[int]) -> bool:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    count = len(track.node_ids)
    ones = np.ones(len(track.nodes), dtype=np.int8)
    graph = coo_array((ones, (track.nodes[:, 0], track.nodes[:, 1])), shape=(count, count))
    _, part = connected_components(graph, directed=False)
    return len({int(part[stop]) for stop in stops}) == 1
