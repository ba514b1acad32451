"""Where nodes have to be: at the ends of a person's links, and where one was reviewed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import shapely

from railmap.geometry.types import TrackNetwork
from railmap.mapping.remap.edits import Edits, KeptNode

__all__ = ["JOIN_M", "Place", "assign_nodes", "kept_places"]

# Nodes this near are one; a reviewed one draws the nearest from farther, yet not from the
# neighbouring track.
JOIN_M = 1.0
_REVIEWED_M = 3.0
# How far a person may have moved what still is the same end.
_MOVED_M = 10.0


@dataclass(slots=True)
class Place:
    """Where a kept link ends or a reviewed node is; `nodes` are the new ones that come here."""

    x: float
    y: float
    kept: KeptNode | None
    nodes: list[int] = field(default_factory=list)


def kept_places(edits: Edits) -> tuple[list[Place], list[tuple[int, int]]]:
    """Return the places, and each kept link's first and last one."""
    places = [Place(node.x, node.y, node) for node in edits.nodes if node.reviewed]
    by_id = {node.values["node_id"]: node for node in edits.nodes}
    used = {place.kept.values["node_id"] for place in places if place.kept}
    nearest = _nearest_ends(edits, by_id)
    ends = []
    for link in edits.links:
        pair: list[int] = []
        for (x, y), node_id in zip(link.xy[[0, -1]].tolist(), link.ends, strict=True):
            at = [np.hypot(place.x - x, place.y - y) for place in places]
            # The two ends of a short link stay two.
            for index in pair:
                at[index] = np.inf
            if at and min(at) <= JOIN_M:
                pair.append(int(np.argmin(at)))
                continue
            node = by_id.get(node_id) if node_id not in used else None
            if node is not None:
                far = np.hypot(node.x - x, node.y - y)
                # Both parts of a split link name the nodes of the whole: the other may be there.
                if far > min(_MOVED_M, nearest[node_id] + JOIN_M):
                    node = None
            if node is not None:
                used.add(node_id)
            pair.append(len(places))
            places.append(Place(x, y, node))
        ends.append((pair[0], pair[1]))
    return places, ends


def _nearest_ends(edits: Edits, by_id: Mapping[str, KeptNode]) -> dict[str, float]:
    """Return how far each node is from the nearest link end that names it, metres."""
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
    places: list[Place],
    ends: list[tuple[int, int]],
) -> None:
    """Tell which new nodes come to which place: by id, by a replaced link's end, by nearness."""
    if not places:
        return
    free = dict.fromkeys(range(len(network.nodes)))
    at = np.array([[place.x, place.y] for place in places])

    def distance(node: int, place: int) -> float:
        told = network.nodes[node]
        return float(np.hypot(told.x - at[place, 0], told.y - at[place, 1]))

    def take(node: int, place: int) -> None:
        del free[node]
        places[place].nodes.append(node)

    by_id = {place.kept.values["node_id"]: i for i, place in enumerate(places) if place.kept}
    for node, node_id in enumerate(node_ids):
        place = by_id.get(node_id)
        if place is not None and distance(node, place) <= _MOVED_M:
            take(node, place)
    of_link: dict[str, list[int]] = {}
    for kept, pair in zip(edits.links, ends, strict=True):
        of_link.setdefault(kept.values["link_id"], []).extend(pair)
    for link, link_id in zip(network.links, link_ids, strict=True):
        for node in (link.start_node, link.end_node):
            if node in free and link_id in of_link:
                place = min(of_link[link_id], key=lambda p: distance(node, p))
                if distance(node, place) <= _MOVED_M:
                    take(node, place)
    tree = shapely.STRtree(shapely.points(at))
    free_xy = np.array([[network.nodes[node].x, network.nodes[node].y] for node in free])
    points = shapely.points(free_xy.reshape(-1, 2))
    found = tree.query(points, predicate="dwithin", distance=_REVIEWED_M)
    names = list(free)
    pairs = sorted(
        (distance(names[left], right), names[left], int(right)) for left, right in found.T.tolist()
    )
    for far, node, index in pairs:
        kept_node = places[index].kept
        draws = kept_node is not None and kept_node.reviewed and not places[index].nodes
        if node in free and (far <= JOIN_M or draws):
            take(node, index)
