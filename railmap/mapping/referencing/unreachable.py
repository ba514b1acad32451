"""Why no train can go from one place to another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from railmap.errors import InputError
from railmap.mapping.referencing.link_arrays import LinkArrays, Moves
from railmap.mapping.referencing.routing import joined_parts, legal_parts
from railmap.mapping.referencing.stops import Stop

__all__ = ["no_route"]


def no_route(
    track: LinkArrays, moves: Moves, stops: Sequence[Stop], ends: Sequence[int]
) -> InputError:
    """Return the error of two places between which no train can go, even if it reverses.

    Parameters
    ----------
    track, moves
        The links, split at the places, and the movements between them.
    stops
        The places.
    ends
        Their nodes in `track`.
    """
    start, end = (stop.title for stop in stops)
    joined = joined_parts(track)
    one, two = (np.flatnonzero(joined[track.nodes[:, 0]] == joined[node]) for node in ends)
    if joined[ends[0]] != joined[ends[1]]:
        gap, x, y = _tracks_apart(track, one, two)
        return InputError(
            f"no tracks lead from {start} to {end}: they are in separate parts of the map"
            f" ({_size(track, one)}; {_size(track, two)}), {gap:.1f} m apart at {x:.1f},{y:.1f};"
            " join the tracks there if they are connected"
        )
    part = legal_parts(track, moves)
    one, two = (np.flatnonzero(np.isin(part, part[_at(track, node)])) for node in ends)
    if np.intersect1d(one, two).size:
        return InputError(
            f"no train can go from {start} to {end}, even if it reverses: net_relation permits the"
            " other direction only"
        )
    meet = np.intersect1d(track.nodes[one], track.nodes[two])
    where = ""
    if meet.size:
        names = ", ".join(track.node_ids[node] for node in meet[:3].tolist())
        more = f" and {meet.size - 3} more" if meet.size > 3 else ""
        where = f"; they meet at node {names}{more}, where no train passes from one to the other"
    return InputError(
        f"no train can go from {start} to {end}, even if it reverses: tracks join them, but trains"
        f" stay in separate parts ({_size(track, one)}; {_size(track, two)}){where}"
    )


def _tracks_apart(
    track: LinkArrays, one: NDArray[np.int64], two: NDArray[np.int64]
) -> tuple[float, float, float]:
    """Return the distance between two sets of links, and where it is, x/y on the first set."""
    owner = np.repeat(np.arange(len(track.ids)), np.diff(track.first))
    lines = shapely.linestrings(track.xy, indices=owner)
    pairs, distance = shapely.STRtree(lines[two]).query_nearest(
        lines[one], return_distance=True, all_matches=False
    )
    best = int(distance.argmin())
    near = shapely.shortest_line(lines[one[pairs[0, best]]], lines[two[pairs[1, best]]])
    x, y = shapely.get_coordinates(near)[0].tolist()
    return float(distance[best]), x, y


def _at(track: LinkArrays, node: int) -> NDArray[np.int64]:
    return np.flatnonzero((track.nodes == node).any(axis=1))


def _size(track: LinkArrays, links: NDArray[np.int64]) -> str:
    # Parts of a link that was split count as one.
    count = len({track.ids[link] for link in links.tolist()})
    return f"{count} link{'' if count == 1 else 's'}, {track.length[links].sum():.0f} m"
