"""Split links at places, so that a route can begin and end between two nodes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from railmap.mapping.referencing.link_arrays import LinkArrays, Moves

__all__ = ["split_links"]


def split_links(
    track: LinkArrays, moves: Moves, places: Sequence[tuple[int, float]]
) -> tuple[LinkArrays, Moves, list[int], list[tuple[int, float]]]:
    """Put a node at places on links; trains pass it in both directions.

    Parameters
    ----------
    track, moves
        The links, and the movements between them; they stay as they are.
    places
        Link and metres along it, more than 0 and less than its length; all different.

    Returns
    -------
    LinkArrays, Moves
        Copies with the split links: the first part keeps the index of the link, the others follow
        at the end.
    list of int
        The node at each place.
    list of (int, float)
        For each link the one that it was part of, and the metres at which it begins on that.
    """
    moves = {end: list(ways) for end, ways in moves.items()}
    origin = [(link, 0.0) for link in range(len(track.ids))]
    nodes = [0] * len(places)
    # From the far end of a link, so that its index and metres stay right for the next place.
    for index in sorted(range(len(places)), key=lambda i: places[i], reverse=True):
        link, m = places[index]
        new = len(track.ids)
        track, nodes[index] = _split(track, link, m)
        origin.append((link, m))
        far = (link, 1)
        for ways in moves.values():
            ways[:] = [(new, 1) if end == far else end for end in ways]
        if far in moves:
            moves[new, 1] = moves.pop(far)
        moves[link, 1], moves[new, 0] = [(new, 0)], [(link, 1)]
    return track, moves, nodes, origin


def _split(track: LinkArrays, link: int, m: float) -> tuple[LinkArrays, int]:
    first, last = int(track.first[link]), int(track.first[link + 1])
    inner = first + int(np.searchsorted(track.m[first:last], m, side="right"))
    place = np.array([[np.interp(m, track.m[first:last], track.xy[first:last, i]) for i in (0, 1)]])
    before = inner - int(track.m[inner - 1] == m)
    count = np.diff(track.first)
    count[link] = before - first + 1
    count = np.append(count, last - inner + 1)
    node = len(track.node_ids)
    nodes = np.vstack([track.nodes, [node, track.nodes[link, 1]]])
    nodes[link, 1] = node
    xy, along = track.xy, track.m
    split = replace(
        track,
        ids=[*track.ids, track.ids[link]],
        first=np.r_[0, np.cumsum(count)].astype(np.int64),
        xy=np.concatenate([xy[:before], place, xy[last:], place, xy[inner:last]]),
        m=np.concatenate([along[:before], [m], along[last:], [0.0], along[inner:last] - m]),
        nodes=nodes,
        node_ids=[*track.node_ids, ""],
        node_xy=np.vstack([track.node_xy, place]),
        accuracy=np.append(track.accuracy, track.accuracy[link]),
    )
    return split, node
