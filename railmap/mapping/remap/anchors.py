"""Fixed positions of nodes: ends of edited links, and reviewed nodes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import shapely

from railmap.geometry.types import TrackNetwork
from railmap.mapping.remap.edits import Edits, KeptNode

__all__ = ["JOIN_M", "Anchor", "assign_nodes", "kept_anchors"]

# Nodes within the first distance are merged; the nearest node within the second distance moves to
# a reviewed node, which is less than the distance of a neighbouring track.
JOIN_M = 1.0
_REVIEWED_M = 3.0
# Maximum distance by which a person may have moved the end of a link.
_MOVED_M = 10.0


@dataclass(slots=True)
class Anchor:
    """End of an edited link or a reviewed node; `nodes` are the new nodes to move there."""

    x: float
    y: float
    kept: KeptNode | None
    nodes: list[int] = field(default_factory=list)


def kept_anchors(edits: Edits) -> tuple[list[Anchor], list[tuple[int, int]]]:
    """Return the anchors, and the indices of first and last anchor of each edited link."""
    anchors = [Anchor(node.x, node.y, node) for node in edits.nodes if node.reviewed]
    by_id = {node.values["node_id"]: node for node in edits.nodes}
    used = {anchor.kept.values["node_id"] for anchor in anchors if anchor.kept}
    nearest = _nearest_ends(edits, by_id)
    ends = []
    for link in edits.links:
        pair: list[int] = []
        for (x, y), node_id in zip(link.xy[[0, -1]].tolist(), link.ends, strict=True):
            at = [np.hypot(anchor.x - x, anchor.y - y) for anchor in anchors]
            # The two ends of a short link are not merged.
            for index in pair:
                at[index] = np.inf
            if at and min(at) <= JOIN_M:
                pair.append(int(np.argmin(at)))
                continue
            node = by_id.get(node_id) if node_id not in used else None
            if node is not None:
                far = np.hypot(node.x - x, node.y - y)
                # Both parts of a split link refer to the nodes of the whole link.
                if far > min(_MOVED_M, nearest[node_id] + JOIN_M):
                    node = None
            if node is not None:
                used.add(node_id)
            pair.append(len(anchors))
            anchors.append(Anchor(x, y, node))
        ends.append((pair[0], pair[1]))
    return anchors, ends


def _nearest_ends(edits: Edits, by_id: Mapping[str, KeptNode]) -> dict[str, float]:
    """Return the distance of each node to the nearest link end that refers to it, metres."""
    found: dict[str, float] = {}
    for link in edits.links:
        for (x, y), node_id in zip(link.xy[[0, -1]].tolist(), link.ends, strict=True):
            if (node := by_id.get(node_id)) is not None:
                far = float(np.hypot(node.x - x, node.y - y))
                found[node_id] = min(far, found.get(node_id, far))
    return found


def assign_nodes(
    network: TrackNetwork,
    node_ids: list[str],
    link_ids: list[str],
    edits: Edits,
    anchors: list[Anchor],
    ends: list[tuple[int, int]],
) -> None:
    """Assign new nodes to anchors: by id, by the end of a replaced link, by distance.

    Parameters
    ----------
    network
        The new network.
    node_ids, link_ids
        Ids of its nodes and links.
    edits
        The edits.
    anchors
        The anchors; their `nodes` are set.
    ends
        Anchors of the ends of each edited link.
    """
    if not anchors:
        return
    free = dict.fromkeys(range(len(network.nodes)))
    at = np.array([[anchor.x, anchor.y] for anchor in anchors])

    def distance(node: int, anchor: int) -> float:
        new = network.nodes[node]
        return float(np.hypot(new.x - at[anchor, 0], new.y - at[anchor, 1]))

    def take(node: int, anchor: int) -> None:
        del free[node]
        anchors[anchor].nodes.append(node)

    by_id = {anchor.kept.values["node_id"]: i for i, anchor in enumerate(anchors) if anchor.kept}
    for node, node_id in enumerate(node_ids):
        anchor = by_id.get(node_id)
        if anchor is not None and distance(node, anchor) <= _MOVED_M:
            take(node, anchor)
    of_link: dict[str, list[int]] = {}
    for kept, pair in zip(edits.links, ends, strict=True):
        of_link.setdefault(kept.values["link_id"], []).extend(pair)
    for link, link_id in zip(network.links, link_ids, strict=True):
        for node in (link.start_node, link.end_node):
            if node in free and link_id in of_link:
                anchor = min(of_link[link_id], key=lambda p: distance(node, p))
                if distance(node, anchor) <= _MOVED_M:
                    take(node, anchor)
    tree = shapely.STRtree(shapely.points(at))
    free_xy = np.array([[network.nodes[node].x, network.nodes[node].y] for node in free])
    points = shapely.points(free_xy.reshape(-1, 2))
    found = tree.query(points, predicate="dwithin", distance=_REVIEWED_M)
    names = list(free)
    pairs = sorted(
        (distance(names[left], right), names[left], int(right)) for left, right in found.T.tolist()
    )
    for far, node, index in pairs:
        kept_node = anchors[index].kept
        attracts = kept_node is not None and kept_node.reviewed and not anchors[index].nodes
        if node in free and (far <= JOIN_M or attracts):
            take(node, index)
