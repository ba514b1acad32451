"""Where bands of several tracks run together: the clusters, and the clean legs that leave them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from railmap.geometry.curves import Array, arc_length, cut, fit_end, heading_change
from railmap.geometry.evidence.band import Scale, cross_sections, is_single
from railmap.geometry.evidence.field import ProbabilityField
from railmap.geometry.graph import WorkGraph

__all__ = ["JunctionCluster", "Leg", "find_clusters"]

_SUSTAINED = 2.0
_MAX_LEGS = 16
_CLEAR_BETWEEN = 8.0  # less single track than this between two clusters makes them one, metres
_MAX_DIAMOND = 80.0
_ALIGNED = np.radians(1.5)


@dataclass(slots=True)
class Leg:
    """A track that leaves a cluster.

    ``xy`` begins at the cluster and runs outwards from the first clean point to the cut, where the
    cluster's work ends. ``anchor`` is the station on it from where on the curve is sure to be that
    of the one track. ``heading`` points into the cluster, at the anchor.
    """

    edge: int
    end: int
    xy: Array
    anchor: float
    point: Array
    heading: float
    curvature: float
    tip: bool = False


@dataclass(slots=True)
class JunctionCluster:
    """Vertices and edges of one fused place, and its legs."""

    nodes: list[int]
    inner: list[int]
    legs: list[Leg]


def _first_clean(ok: np.ndarray, s: Array, after: float) -> float | None:
    """Station from where the band is single for a while, at least `after`."""
    step = s[1] - s[0] if len(s) > 1 else 1.0
    run = max(round(_SUSTAINED / max(step, 1e-9)), 1)
    # the gap between two tracks opens at the node: what looks single there is not, if the
    # band is wide again beyond
    wide = np.concatenate([[0], (~ok).astype(int), [0]])
    begin, stop = np.flatnonzero(np.diff(wide) == 1), np.flatnonzero(np.diff(wide) == -1)
    for a, b in zip(begin, stop, strict=True):
        if s[a] < 4.0 * after and (b - a) * step > 2.0 * _SUSTAINED:
            after = float(s[b - 1])
    good = ok & (s >= after)
    if len(good) < run:
        return None
    whole = np.convolve(good, np.ones(run), mode="valid") >= 0.85 * run
    return float(s[int(np.argmax(whole))]) if whole.any() else None


def find_clusters(graph: WorkGraph, field: ProbabilityField, scale: Scale) -> list[JunctionCluster]:
    """Group the junctions that fused stretches tie together; cut each leg where it is clean."""
    w = scale.width
    spans: dict[int, tuple[float | None, float | None]] = {}
    parent: dict[int, int] = {v: v for v in graph.nodes if graph.degree(v) >= 3}

    def find(v: int) -> int:
        while parent[v] != v:
            v = parent[v]
        return v

    inner: list[int] = []
    open_ended: set[int] = set()
    for number in sorted(graph.edges):
        edge = graph.edges[number]
        joined = [v in parent for v in (edge.start, edge.end)]
        if not any(joined):
            continue
        s = arc_length(edge.xy)
        ok = is_single(cross_sections(field, edge.xy, 1.6 * w), scale, w)
        low = _first_clean(ok, s, 1.2 * w) if joined[0] else 0.0
        back = _first_clean(ok[::-1], (s[-1] - s)[::-1], 1.2 * w) if joined[1] else 0.0
        if low is None or back is None or low + back > s[-1] - _CLEAR_BETWEEN:
            if all(joined):
                inner.append(number)
                a, b = sorted((find(edge.start), find(edge.end)))
                parent[b] = a
            else:
                open_ended.add(number)
                spans[number] = (0.0, None) if joined[0] else (None, 0.0)
            continue
        spans[number] = (low if joined[0] else None, back if joined[1] else None)

    for number in _diamonds(graph, spans, w):
        inner.append(number)
        del spans[number]
        edge = graph.edges[number]
        a, b = sorted((find(edge.start), find(edge.end)))
        parent[b] = a

    groups: dict[int, list[int]] = {}
    for v in sorted(parent):
        groups.setdefault(find(v), []).append(v)
    clusters = []
    for nodes in groups.values():
        members = set(nodes)
        legs = []
        for number in sorted(spans):
            edge = graph.edges[number]
            for end, v in ((0, edge.start), (1, edge.end)):
                if v in members and spans[number][end] is not None:
                    if number in open_ended:
                        legs.append(_open_leg(graph, number, end, w))
                    else:
                        legs.append(_leg(graph, number, end, spans[number], w))
        if 3 <= len(legs) <= _MAX_LEGS:
            clusters.append(
                JunctionCluster(nodes, [n for n in inner if graph.edges[n].start in members], legs)
            )
    return clusters


def _diamonds(
    graph: WorkGraph, spans: dict[int, tuple[float | None, float | None]], w: float
) -> list[int]:
    """Edges that are the middle of a diamond: the legs at both ends go on crosswise."""
    found = []
    for number in sorted(spans):
        edge = graph.edges[number]
        ends = (edge.start, edge.end)
        size = float(arc_length(edge.xy)[-1])
        if None in spans[number] or size > _MAX_DIAMOND or any(graph.degree(v) != 3 for v in ends):
            continue
        sides = []
        for v in ends:
            legs = [(n, e) for n, e in graph.incident(v) if n != number and n in spans]
            looks = []
            for n, e in legs:
                xy = graph.points_from(n, e)
                xy = cut(xy, float(spans[n][e] or 0.0) + 1.2 * w, np.inf)
                if len(xy) > 8:
                    looks.append(fit_end(xy, 15.0, curved=float(arc_length(xy)[-1]) > 12.0)[:2])
            sides.append(looks)
        if any(len(looks) != 2 for looks in sides):
            continue
        for i in (0, 1):
            pairs = [(sides[0][0], sides[1][i]), (sides[0][1], sides[1][1 - i])]
            if all(_collinear(*a, *b) for a, b in pairs) and _cross(pairs):
                found.append(number)
                break
    return found


def _collinear(point: Array, heading: float, other: Array, other_heading: float) -> bool:
    """Whether one straight or arc joins two ends that look at each other."""
    chord = other - point
    along = float(np.arctan2(chord[1], chord[0]))
    a, b = heading_change(heading, along), heading_change(along, other_heading + np.pi)
    return abs(a - b) < _ALIGNED and abs(a + b) < np.radians(12.0)


def _cross(pairs: list[tuple[tuple[Array, float], tuple[Array, float]]]) -> bool:
    (p, q), (r, s) = [(a[0], b[0]) for a, b in pairs]

    def side(a: Array, b: Array, c: Array) -> float:
        return float((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))

    return side(p, q, r) * side(p, q, s) < 0 and side(r, s, p) * side(r, s, q) < 0


def _open_leg(graph: WorkGraph, number: int, end: int, w: float) -> Leg:
    """A leg that ends, at the edge of the data as a rule, before its tracks are one.

    Its skeleton leads nowhere, but runs in their midst: a straight line through it is its course.
    """
    xy = graph.points_from(number, end)
    total = float(arc_length(xy)[-1])
    trunk = cut(xy, min(1.2 * w, 0.3 * total), max(total - 1.2 * w, 0.7 * total))
    _, heading, _ = fit_end(trunk, np.inf, curved=False)
    way = np.array([np.cos(heading), np.sin(heading)])
    middle = trunk.mean(axis=0)
    last = float((xy[-1] - middle) @ way)
    near = last + min(max(0.3 * total, 2.0), 8.0)
    part = np.stack([middle + near * way, middle + last * way])
    return Leg(number, end, part, 0.0, part[0], heading, 0.0, True)


def _leg(
    graph: WorkGraph, number: int, end: int, span: tuple[float | None, float | None], w: float
) -> Leg:
    """Cut a leg: half way to the next cluster, or far enough to see where it goes."""
    xy = graph.points_from(number, end)
    total = float(arc_length(xy)[-1])
    first = float(span[end] or 0.0)
    other = span[1 - end]
    room = total - first - (other or 0.0)
    # two clusters share the clean stretch by how far each reaches: next to a turnout's toe the
    # band widens slowly, next to its frog fast
    far = 0.96 * room * (first + 1.0) / (first + other + 2.0) if other is not None else room
    tip = other is None and graph.degree(graph.other_node(number, end)) == 1
    # past the fused stretch a skeleton still leans over for about as long
    margin = min(0.75 * first + 2.0, max(0.45 * far, far - 6.0))
    reach = min(far, margin + max(25.0, 0.6 * first))
    if tip and far - reach < 6.0:
        reach = far
    part = cut(xy, first, first + max(reach, min(1.0, room)))
    anchor = min(margin, 0.85 * float(arc_length(part)[-1]))
    look = cut(part, anchor, np.inf)
    point, heading, curvature = fit_end(look, 15.0)
    sagitta = abs(curvature) * min(15.0, float(arc_length(look)[-1])) ** 2 / 8
    if sagitta < 0.03 or float(arc_length(look)[-1]) < 8.0:
        point, heading, curvature = fit_end(look, 15.0, curved=False)
    return Leg(number, end, part, anchor, point, heading, curvature, tip and reach == far)
