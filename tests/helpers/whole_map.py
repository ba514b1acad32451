"""What must hold of the map of any raster: geometry, noding, nodes and relations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np
import shapely

from railmap.geometry import TrackNetwork

__all__ = ["faults", "fingerprint"]


def faults(net: TrackNetwork) -> list[str]:
    """Say what is wrong with a network; empty if it is whole."""
    found = [*_lines(net)]
    return found or [*_noding(net), *_nodes(net), *_relations(net), *_areas(net)]


def fingerprint(net: TrackNetwork) -> bytes:
    """Bytes that are equal only for equal networks."""
    parts = [link.xy.tobytes() for link in net.links]
    parts += [str((n.x, n.y, n)).encode() for n in net.nodes]
    parts += [str(r).encode() for r in net.relations]
    for link in net.links:
        values = [getattr(link, k) for k in link.__slots__ if k not in ("xy", "evidence")]
        parts.append(str(values).encode())
    parts += [shapely.to_wkb(area) for area in net.areas]
    return b"|".join(parts)


def _lines(net: TrackNetwork) -> Iterator[str]:
    for i, link in enumerate(net.links):
        if len(link.xy) < 2 or not np.isfinite(link.xy).all():
            yield f"link {i} is no line"
            continue
        if not (np.hypot(*np.diff(link.xy, axis=0).T) > 0).all():
            yield f"link {i} has a repeated point"
        for node, row in ((link.start_node, 0), (link.end_node, -1)):
            if not (link.xy[row] == [net.nodes[node].x, net.nodes[node].y]).all():
                yield f"link {i} does not end in its node"
        if not shapely.is_simple(shapely.linestrings(link.xy)):
            yield f"link {i} meets itself"


def _noding(net: TrackNetwork) -> Iterator[str]:
    lines = [shapely.linestrings(link.xy) for link in net.links]
    if not lines:
        return
    for a, b in sorted(map(tuple, shapely.STRtree(lines).query(lines, "intersects").T.tolist())):
        if a >= b:
            continue
        one, two = net.links[a], net.links[b]
        shared = {one.start_node, one.end_node} & {two.start_node, two.end_node}
        at = {(net.nodes[v].x, net.nodes[v].y) for v in shared}
        met = shapely.intersection(lines[a], lines[b])
        if any(tuple(p) not in at for p in shapely.get_coordinates(met)):
            yield f"links {a} and {b} meet outside a node"
    places = Counter((n.x, n.y) for n in net.nodes)
    for place, count in places.items():
        if count > 1:
            yield f"{count} nodes are at {place}"


def _nodes(net: TrackNetwork) -> Iterator[str]:
    ends = Counter(v for k in net.links for v in (k.start_node, k.end_node))
    for i, n in enumerate(net.nodes):
        name = f"node {i} ({n.form_of_node}, {n.railway}, {ends[i]} ends)"
        if n.degree != ends[i]:
            yield f"{name} has the degree {n.degree}"
        if (n.form_of_node == "junction") != (ends[i] >= 3):
            yield f"{name} is a junction if three ends or more meet"
        if n.form_of_node == "railwayEnd" and (ends[i] != 1 or n.at_dataset_edge):
            yield f"{name} is no end of a track"
        if n.form_of_node == "pseudoNode" and ends[i] != 2 and not n.at_dataset_edge:
            yield f"{name} is no pseudo node"
        if n.at_dataset_edge and ends[i] != 1:
            yield f"{name} is at the edge of the data, but its track goes on"
        if n.railway == "switch" and (ends[i] < 3 or n.turnout_side is None):
            yield f"{name} is no switch"
        if n.railway == "railway_crossing" and ends[i] < 4:
            yield f"{name} is no crossing"
        if n.railway == "buffer_stop" and ends[i] != 1:
            yield f"{name} is no buffer stop"
        if n.railway is None and (n.turnout_side or n.crossing_number or n.angle_deg):
            yield f"{name} is nothing, but has an angle"
        values = (n.angle_deg, n.angle_sigma_deg, n.h_accuracy_m, n.crossing_number)
        if not all(v is None or (np.isfinite(v) and v >= 0) for v in values):
            yield f"{name} has values {values}"


def _relations(net: TrackNetwork) -> Iterator[str]:
    seen: Counter[tuple[tuple[int, int], tuple[int, int]]] = Counter()
    at_node: dict[int, list[tuple[int, int]]] = {}
    for r in net.relations:
        pair = ((r.link_a, r.end_a), (r.link_b, r.end_b))
        seen[min(pair), max(pair)] += 1
        for link, end in pair:
            if (net.links[link].start_node, net.links[link].end_node)[end] != r.node:
                yield f"a relation of node {r.node} is of an end elsewhere"
            at_node.setdefault(r.node, []).append((link, end))
        if pair[0] == pair[1]:
            yield f"a relation of node {r.node} turns back on link {r.link_a}"
    for pair, count in seen.items():
        if count > 1:
            yield f"the relation {pair} occurs {count} times"
    ends: dict[int, list[tuple[int, int]]] = {}
    for i, link in enumerate(net.links):
        ends.setdefault(link.start_node, []).append((i, 0))
        ends.setdefault(link.end_node, []).append((i, 1))
    for v, members in ends.items():
        uses = Counter(at_node.get(v, []))
        name = f"node {v} ({net.nodes[v].railway}, {len(members)} ends)"
        if len(members) > 1 and any(not uses[m] for m in members):
            yield f"{name}: an end has no relation"
        if net.nodes[v].railway == "switch" and max(uses.values(), default=0) < 2:
            yield f"{name}: no end leads to two others"


def _areas(net: TrackNetwork) -> Iterator[str]:
    for i, area in enumerate(net.areas):
        if not shapely.is_valid(area):
            yield f"area {i} is not valid"
