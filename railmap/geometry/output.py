"""Convert the finished graph to a `TrackNetwork`: simplified lines, attributes of each link."""

from __future__ import annotations

from collections import Counter

import numpy as np
import shapely
from affine import Affine

from railmap.geometry.alignment import fit_alignment, fit_line
from railmap.geometry.constants import SECTION_REACH
from railmap.geometry.curves import Array, length_of
from railmap.geometry.evidence.band import (
    Scale,
    accuracy,
    cross_sections,
    gap_sigma,
    is_single,
)
from railmap.geometry.evidence.field import ProbabilityField
from railmap.geometry.evidence.rails import RailFit
from railmap.geometry.graph import GraphEdge, GraphNode, WorkGraph
from railmap.geometry.judge.remove import Judgement
from railmap.geometry.moves import complete_moves
from railmap.geometry.options import GeometryOptions
from railmap.geometry.repair.noding import meeting_pairs
from railmap.geometry.through import through_lines
from railmap.geometry.types import Link, Node, Relation, TrackNetwork

__all__ = ["network_from_graph"]

_NOISE_SIGMAS = 3.0  # of the noise by which a drawn alignment may leave the measured line
_LARGEST_NOISE = 0.15  # most of it, metres
_EXPLAINED_SIGMAS = 4.0  # of its accuracy within which an alignment explains a line
_LEAST_SIGMA, _LARGEST_SIGMA = 0.01, 0.5  # accuracies that alignments use, metres
_LONGEST_LEG = 200.0  # a line from a switch that is longer is plain line, metres


def network_from_graph(
    graph: WorkGraph,
    field: ProbabilityField,
    scale: Scale,
    transform: Affine,
    options: GeometryOptions,
    areas: list[object],
    rails: dict[int, RailFit],
    judged: dict[int, Judgement],
) -> TrackNetwork:
    """Number nodes and links from the north-west, simplify the lines and measure every link.

    Parameters
    ----------
    graph
        The finished graph, in grid metres.
    field
        Track probability.
    scale
        Lengths of the raster.
    transform
        Pixel (col, row) to CRS (x, y).
    options
        Gives the tolerance.
    areas
        Polygons of areas too wide for a track, in the CRS.
    rails
        Measurements of the rails by edge number.
    judged
        Evidence and confidence by edge number, if a piece model gave them.

    Returns
    -------
    TrackNetwork
        In the CRS of `transform`.
    """
    order = sorted(graph.nodes, key=lambda v: (-graph.nodes[v].xy[1], graph.nodes[v].xy[0], v))
    index = {v: i for i, v in enumerate(order)}
    nodes = [_node(graph, v, transform) for v in order]
    at_node = np.array([[n.x, n.y] for n in nodes]).reshape(-1, 2)
    edges = sorted(
        graph.edges,
        key=lambda s: (index[graph.edges[s].start], index[graph.edges[s].end], s),
    )
    drawings: dict[int, Link] = {}
    noises: dict[int, float] = {}
    for number in edges:
        drawings[number], noises[number] = _measure(
            field, graph.edges[number], scale, rails.get(number), judged.get(number)
        )
    _align(graph, drawings, noises, options)
    links = [drawings[number] for number in edges]
    ends = [(index[graph.edges[n].start], index[graph.edges[n].end]) for n in edges]
    _draw_apart(links, [graph.edges[n] for n in edges], ends, at_node, transform)
    end_ids = {}
    for i, (number, link) in enumerate(zip(edges, links, strict=True)):
        link.start_node, link.end_node = ends[i]
        for end in (0, 1):
            end_ids[graph.edges[number].end_ids[end]] = (i, end)
    relations = []
    lines = [link.xy for link in links]
    at: dict[int, list[tuple[int, int]]] = {}
    for i, pair in enumerate(ends):
        for end, v in enumerate(pair):
            at.setdefault(v, []).append((i, end))
    for v in order:
        known = [
            (end_ids[a], end_ids[b])
            for a, b in graph.nodes[v].connections
            if a in end_ids and b in end_ids
        ]
        moves = complete_moves(index[v], at[index[v]], known, lines)
        _keep_only_switches(nodes[index[v]], moves)
        relations += moves
    return TrackNetwork(nodes, links, relations, areas)


def _measure(
    field: ProbabilityField,
    edge: GraphEdge,
    scale: Scale,
    fit: RailFit | None,
    judgement: Judgement | None,
) -> tuple[Link, float]:
    """Create a link without its nodes, in grid metres; also the noise of its points, metres."""
    link, noise = _link(field, edge.xy, scale, edge.gap_m)
    if judgement is not None:
        link.confidence = round(judgement.confidence, 4)
        link.evidence = judgement.features
    if fit is not None:
        link.geometry_source = "rail_pair"
        link.h_accuracy_m, noise = round(fit.sigma, 3), fit.sigma
        link.gauge_measured_mm, link.gauge_sigma_mm = fit.gauge_mm, fit.gauge_sigma_mm
    if edge.gap_m > 0.5 * length_of(edge.xy):
        link.geometry_source = "interpolated"
    link.interpolated_m = round(edge.gap_m, 3)
    return link, noise


def _align(
    graph: WorkGraph, links: dict[int, Link], noises: dict[int, float], options: GeometryOptions
) -> None:
    """Give the links their alignments, line by line, and simplify what is drawn."""
    for line in through_lines(graph):
        curves = [graph.edges[n].xy[::-1] if back else graph.edges[n].xy for n, back in line]
        sigmas = [_sigma(links[n]) for n, _ in line]
        plain = _is_plain(graph, line)
        parts = fit_line(curves, sigmas, plain=plain)
        for (number, back), curve, sigma, part in zip(line, curves, sigmas, parts, strict=True):
            drawn = max(options.tolerance, min(_NOISE_SIGMAS * noises[number], _LARGEST_NOISE))
            explained = max(drawn, _EXPLAINED_SIGMAS * sigma)
            if part.deviation > explained and len(line) > 1:
                part = fit_alignment(curve, sigma, plain=plain)
            link, curve = links[number], graph.edges[number].xy
            if back:
                part = part.reversed()
            if part.deviation <= explained:
                link.alignment, link.min_radius_m = part.segments, part.min_radius
            if part.deviation <= drawn:
                # its distance from the measured line is noise
                curve = part.xy
            link.xy = simplify(curve, options.tolerance)


def _sigma(link: Link) -> float:
    return float(np.clip(link.h_accuracy_m or _LEAST_SIGMA, _LEAST_SIGMA, _LARGEST_SIGMA))


def _is_plain(graph: WorkGraph, line: list[tuple[int, bool]]) -> bool:
    """Whether a line is more than the leg of a turnout: long, or not from a switch."""
    if sum(length_of(graph.edges[n].xy) for n, _ in line) > _LONGEST_LEG:
        return True
    (first, back), (last, other) = line[0], line[-1]
    ends = graph.edges[first], graph.edges[last]
    nodes = (ends[0].end if back else ends[0].start, ends[1].start if other else ends[1].end)
    return all(graph.degree(v) < 3 for v in nodes)


def _draw_apart(
    links: list[Link],
    edges: list[GraphEdge],
    ends: list[tuple[int, int]],
    at_node: Array,
    transform: Affine,
) -> None:
    """Move links to the CRS; those that their simplification made meet are drawn in full."""
    origin = np.array([transform.c, transform.f])
    for link, (start, end) in zip(links, ends, strict=True):
        link.xy = link.xy + origin
        link.xy[0], link.xy[-1] = at_node[start], at_node[end]
    full: set[int] = set()
    while True:
        lines = [link.xy for link in links]
        met = {i for pair in meeting_pairs(lines, ends) for i in pair}
        met |= set(np.flatnonzero(~shapely.is_simple([shapely.linestrings(k) for k in lines])))
        if met <= full:
            return
        for i in sorted(met - full):
            link, (start, end) = links[i], ends[i]
            link.xy = edges[i].xy + origin
            link.xy[0], link.xy[-1] = at_node[start], at_node[end]
        full |= met


def _keep_only_switches(node: Node, moves: list[Relation]) -> None:
    """Make a switch without a leg that leads to two others a plain junction."""
    if node.railway != "switch":
        return
    uses = Counter(
        end
        for move in moves
        if move.navigability != "None"
        for end in ((move.link_a, move.end_a), (move.link_b, move.end_b))
    )
    if max(uses.values(), default=0) < 2:
        node.railway = node.turnout_side = node.h_accuracy_m = None
        node.crossing_number = node.angle_deg = node.angle_sigma_deg = None


def simplify(xy: Array, tolerance: float) -> Array:
    """Drop points of a curve whose chord stays near it (Douglas-Peucker at 0.7 tolerances).

    Parameters
    ----------
    xy
        ``(n, 2)`` metres.
    tolerance
        Largest distance of the curve from its chords, metres (approximately kept).

    Returns
    -------
    ndarray
        ``(m, 2)`` of these points, with the first and the last.
    """
    if len(xy) < 3:
        return xy.copy()
    line = shapely.simplify(shapely.linestrings(xy), 0.7 * tolerance, preserve_topology=False)
    return np.array(shapely.get_coordinates(line))


def _node(graph: WorkGraph, number: int, transform: Affine) -> Node:
    v: GraphNode = graph.nodes[number]
    degree = graph.degree(number)
    form = "junction" if v.railway else "railwayEnd" if degree == 1 else "pseudoNode"
    if degree >= 3:
        form = "junction"
    elif degree == 1 and v.at_dataset_edge:
        form = "pseudoNode"
    return Node(
        x=float(v.xy[0] + transform.c),
        y=float(v.xy[1] + transform.f),
        form_of_node=form,
        railway=v.railway,
        degree=degree,
        at_dataset_edge=v.at_dataset_edge,
        turnout_side=v.turnout_side,
        crossing_number=v.crossing_number,
        angle_deg=v.angle_deg,
        angle_sigma_deg=v.angle_sigma_deg,
        h_accuracy_m=v.sigma_m,
    )


def _link(field: ProbabilityField, xy: Array, scale: Scale, gap: float) -> tuple[Link, float]:
    """Create a link without its nodes; also the noise of its points, metres (`accuracy`)."""
    sections = cross_sections(field, xy, SECTION_REACH * scale.width)
    good = is_single(sections, scale, scale.width) & sections.found.all(axis=1)
    p = field.values(xy)
    measured = good.sum() > 0.3 * len(xy)
    sigma, noise = accuracy(sections, good, p, scale)
    if gap:
        share = min(gap / max(length_of(xy), 1e-9), 1.0)
        sigma = float(np.sqrt((1 - share) * sigma**2 + share * gap_sigma(gap) ** 2))
    link = Link(
        xy=xy,
        start_node=0,
        end_node=0,
        geometry_source="edge_midpoint" if measured else "skeleton",
        width_m=round(float(np.median(sections.width[good])), 3) if measured else None,
        h_accuracy_m=round(sigma, 3),
        confidence=round(float(np.where(np.isfinite(p), p, 0.0).mean()), 4),
    )
    return link, noise
