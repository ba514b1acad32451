"""Where trains cannot go: separated tracks, and relations that no train can follow."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry import Point

from railmap.mapping.referencing.link_arrays import LinkArrays, read_moves, turns_about
from railmap.mapping.referencing.routing import legal_parts
from railmap.mapping.store.reader import Map
from railmap.mapping.store.types import QaIssue

__all__ = ["movement_issues"]

# A track that ends this close to the edge of the images (m) may go on beyond it.
_EDGE_M = 2.0


def movement_issues(content: Map) -> Iterator[QaIssue]:
    """Yield the issues of the rules ``turn`` and ``unreachable``.

    ``turn``: a relation would have a train turn about in a node.

    ``unreachable``: no train can reach a part of the network. A part is what trains reach from each
    other if they may reverse. Trains come from outside: a part is entered where a track is cut by
    the edge of the images (``at_dataset_edge``, or an end at the edge of their footprints or
    beyond). Another part is an issue if the map has a part to be reached from: one that is entered,
    else the longest. A map of one part has no issue, and neither has one that does not know the
    edge of its images.
    """
    if content.links.empty:
        return
    track = LinkArrays.of(content)
    yield from _turns(content, track)
    part = legal_parts(track, read_moves(content, track))
    entered = _entered_nodes(content, track) if part.any() else None
    if entered is not None:
        yield from _unreachable(track, part, entered)


def _unreachable(
    track: LinkArrays, part: NDArray[np.int64], entered: NDArray[np.bool_]
) -> Iterator[QaIssue]:
    length = np.bincount(part, weights=track.length)
    reached = np.zeros(len(length), bool)
    reached[part[entered[track.nodes].any(axis=1)]] = True
    if not reached.any():
        # Rounded, so that noise in the last digits does not decide.
        reached[np.round(length, 3).argmax()] = True
    closed, others = np.flatnonzero(~reached[part]), np.flatnonzero(reached[part])
    if not len(closed):
        return
    owner = np.repeat(np.arange(len(track.ids)), np.diff(track.first))
    lines = shapely.linestrings(track.xy, indices=owner)
    (_, near), apart = shapely.STRtree(lines[others]).query_nearest(
        lines[closed], return_distance=True, all_matches=False
    )
    order = np.lexsort((closed, apart, part[closed]))
    parts, first, count = np.unique(part[closed][order], return_index=True, return_counts=True)
    rank = np.lexsort((closed, -np.round(track.length[closed], 3), part[closed]))
    longest = closed[rank][np.unique(part[closed][rank], return_index=True)[1]]
    for number, at, links, link in zip(
        parts.tolist(), order[first].tolist(), count.tolist(), longest.tolist(), strict=True
    ):
        between = shapely.shortest_line(lines[closed[at]], lines[others[near[at]]])
        x, y = shapely.get_coordinates(between)[0].tolist()
        remedy = (
            f"it touches other tracks at {x:.1f},{y:.1f} without a movement between them; correct"
            " net_relation, or accept this"
            if apart[at] == 0.0
            else f"the nearest other track is {apart[at]:.1f} m from {x:.1f},{y:.1f}; join them, or"
            " accept this"
        )
        more = f" and {links - 1} more" if links > 1 else ""
        text = (
            f"link {track.ids[link]}{more} ({length[number]:.0f} m): no train can get there, and no"
            f" end is at the edge of the images: {remedy}"
        )
        middle = lines[link].interpolate(0.5, normalized=True)
        yield QaIssue("unreachable", "warning", text, middle, track.ids[link])


def _turns(content: Map, track: LinkArrays) -> Iterator[QaIssue]:
    relations = content.layers["net_relation"]
    index = {link_id: link for link, link_id in enumerate(track.ids)}
    away = track.outward()
    for row in relations[relations["navigability"].fillna("Both") != "None"].itertuples():
        if row.link_a not in index or row.link_b not in index:
            continue
        if pd.isna(row.end_a) or pd.isna(row.end_b):
            continue
        a, b = (index[row.link_a], int(row.end_a > 0)), (index[row.link_b], int(row.end_b > 0))
        node = int(track.nodes[a])
        if node != int(track.nodes[b]) or not turns_about(away[a], away[b]):
            continue
        text = (
            f"net_relation has trains turn about at node {row.node_id}, from link {row.link_a} to"
            f" link {row.link_b}; set its navigability to None"
        )
        yield QaIssue("turn", "warning", text, Point(*track.node_xy[node]), row.node_id)


def _entered_nodes(content: Map, track: LinkArrays) -> NDArray[np.bool_] | None:
    """Return ``(nodes,)`` bool: where tracks may go on outside; None if no edge is known."""
    nodes = content.nodes
    cut = nodes["at_dataset_edge"].fillna(False).to_numpy(dtype=bool)
    at_edge = set(nodes["node_id"][cut])
    entered = np.array([name in at_edge for name in track.node_ids], dtype=bool)
    images = content.layers["source_image"]["geom"].dropna()
    images = images[~images.is_empty] if len(images) else images
    if not at_edge and images.empty:
        return None
    if len(images):
        seen = shapely.union_all(shapely.make_valid(images.to_numpy()))
        shapely.prepare(inner := shapely.buffer(seen, -_EDGE_M))
        single = np.bincount(track.nodes.ravel(), minlength=len(track.node_ids)) == 1
        entered |= single & ~shapely.intersects_xy(inner, *track.node_xy.T)
    return entered
