"""Mask solver: group junctions whose bands are fused to clusters, and find their legs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from railmap.geometry.constants import END_FIT, NOISE_SAGITTA, SECTION_REACH
from railmap.geometry.curves import Array, arc_length, cut, fit_end, heading_change
from railmap.geometry.evidence.band import Scale, cross_sections, is_single
from railmap.geometry.evidence.field import ProbabilityField
from railmap.geometry.graph import WorkGraph
from railmap.geometry.junctions.find.types import JunctionCluster, Leg

__all__ = ["find_clusters"]

_SUSTAINED = 2.0  # length over which a band must be single, metres
_MAX_LEGS = 16  # of a cluster
_CLEAR_BETWEEN = 8.0  # shortest single track between two clusters, metres
_MAX_DIAMOND = 80.0  # longest fused band of a diamond crossing, metres
_ALIGNED = np.radians(1.5)  # largest difference of the angles of two aligned legs

_Spans = dict[int, tuple[float | None, float | None]]
"""For each edge, the length of fused band at its start and end; None where there is no cluster."""


def _first_single(ok: NDArray[np.bool_], s: Array, after: float) -> float | None:
    """First station from `after` on where the band stays single for 2 m."""
    step = s[1] - s[0] if len(s) > 1 else 1.0
    count = max(round(_SUSTAINED / max(step, 1e-9)), 1)
    # next to the node the gap between two tracks can look like the edge of a single band: skip it
    # if the band is wide again further out
    wide = np.concatenate([[0], (~ok).astype(int), [0]])
    begin, stop = np.flatnonzero(np.diff(wide) == 1), np.flatnonzero(np.diff(wide) == -1)
    for a, b in zip(begin, stop, strict=True):
        if s[a] < 4.0 * after and (b - a) * step > 2.0 * _SUSTAINED:
            after = float(s[b - 1])
    good = ok & (s >= after)
    if len(good) < count:
        return None
    whole = np.convolve(good, np.ones(count), mode="valid") >= 0.85 * count
    return float(s[int(np.argmax(whole))]) if whole.any() else None


def find_clusters(graph: WorkGraph, field: ProbabilityField, scale: Scale) -> list[JunctionCluster]:
    """Group junctions that are connected by fused bands, and cut their legs where bands are single.

    Parameters
    ----------
    graph
        The network.
    field
        Track probability (mask).
    scale
        Lengths of the raster.

    Returns
    -------
    list of JunctionCluster
        Clusters of 3 to 16 legs.
    """
    w = scale.width
    spans: _Spans = {}
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
        ok = is_single(cross_sections(field, edge.xy, SECTION_REACH * w), scale, w)
        low = _first_single(ok, s, 1.2 * w) if joined[0] else 0.0
        back = _first_single(ok[::-1], (s[-1] - s)[::-1], 1.2 * w) if joined[1] else 0.0
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
    ends: dict[int, list[tuple[int, int]]] = {}
    for number in sorted(spans):
        edge = graph.edges[number]
        for end, v in ((0, edge.start), (1, edge.end)):
            if v in parent and spans[number][end] is not None:
                ends.setdefault(find(v), []).append((number, end))
    inside: dict[int, list[int]] = {}
    for number in inner:
        inside.setdefault(find(graph.edges[number].start), []).append(number)
    clusters = []
    for root in groups:
        if 3 <= len(ends.get(root, [])) <= _MAX_LEGS:
            legs = [
                _open_leg(graph, number, end, w)
                if number in open_ended
                else _leg(graph, number, end, spans[number], w)
                for number, end in ends[root]
            ]
            clusters.append(JunctionCluster(legs, inside.get(root, [])))
    return clusters


def _diamonds(graph: WorkGraph, spans: _Spans, w: float) -> list[int]:
    """Edges that are the middle of a diamond crossing: opposite legs are aligned crosswise."""
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
            outer = []
            for n, e in legs:
                xy = graph.points_from(n, e)
                xy = cut(xy, float(spans[n][e] or 0.0) + 1.2 * w, np.inf)
                if len(xy) > 8:
                    outer.append(fit_end(xy, END_FIT, curved=float(arc_length(xy)[-1]) > 12.0)[:2])
            sides.append(outer)
        if any(len(outer) != 2 for outer in sides):
            continue
        for i in (0, 1):
            pairs = [(sides[0][0], sides[1][i]), (sides[0][1], sides[1][1 - i])]
            if all(_collinear(*a, *b) for a, b in pairs) and _cross(pairs):
                found.append(number)
                break
    return found


def _collinear(point: Array, heading: float, other: Array, other_heading: float) -> bool:
    """Whether one straight or arc connects two ends that face each other."""
    chord = other - point
    along = float(np.arctan2(chord[1], chord[0]))
    a, b = heading_change(heading, along), heading_change(along, other_heading + np.pi)
    return bool(abs(a - b) < _ALIGNED and abs(a + b) < np.radians(12.0))


def _cross(pairs: list[tuple[tuple[Array, float], tuple[Array, float]]]) -> bool:
    """Whether the lines between two pairs of points intersect."""
    (p, q), (r, s) = [(a[0], b[0]) for a, b in pairs]

    def side(a: Array, b: Array, c: Array) -> float:
        return float((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))

    return side(p, q, r) * side(p, q, s) < 0 and side(r, s, p) * side(r, s, q) < 0


def _open_leg(graph: WorkGraph, number: int, end: int, w: float) -> Leg:
    """Leg that ends, usually at the edge of the data, while its tracks are still fused.

    Its skeleton is in the middle of the fused band; the leg is a straight line fitted to it.
    """
    xy = graph.points_from(number, end)
    total = float(arc_length(xy)[-1])
    trunk = cut(xy, min(1.2 * w, 0.3 * total), max(total - 1.2 * w, 0.7 * total))
    _, heading, _ = fit_end(trunk, np.inf, curved=False)
    axis = np.array([np.cos(heading), np.sin(heading)])
    middle = trunk.mean(axis=0)
    last = float((xy[-1] - middle) @ axis)
    near = last + min(max(0.3 * total, 2.0), 8.0)
    part = np.stack([middle + near * axis, middle + last * axis])
    return Leg(number, end, part, 0.0, part[0], heading, tip=True)


def _leg(
    graph: WorkGraph, number: int, end: int, span: tuple[float | None, float | None], w: float
) -> Leg:
    """Cut a leg between this and the next cluster, or where its heading is certain."""
    xy = graph.points_from(number, end)
    total = float(arc_length(xy)[-1])
    first = float(span[end] or 0.0)
    other = span[1 - end]
    room = total - first - (other or 0.0)
    # two clusters share the single track in proportion to their fused lengths: the band widens
    # slowly at the toe of a turnout, fast at its crossing
    far = 0.96 * room * (first + 1.0) / (first + other + 2.0) if other is not None else room
    tip = other is None and graph.degree(graph.other_node(number, end)) == 1
    # past the fused band the skeleton is displaced for about the same length
    margin = min(0.75 * first + 2.0, max(0.45 * far, far - 6.0))
    reach = min(far, margin + max(25.0, 0.6 * first))
    if tip and far - reach < 6.0:
        reach = far
    part = cut(xy, first, first + max(reach, min(1.0, room)))
    anchor = min(margin, 0.85 * float(arc_length(part)[-1]))
    single = cut(part, anchor, np.inf)
    length = float(arc_length(single)[-1])
    point, heading, curvature = fit_end(single, END_FIT)
    if abs(curvature) * min(END_FIT, length) ** 2 / 8 < NOISE_SAGITTA or length < 8.0:
        point, heading, _ = fit_end(single, END_FIT, curved=False)
    return Leg(number, end, part, anchor, point, heading, tip and reach == far)
