"""Convert the finished graph to a `TrackNetwork`: simplified lines, attributes of each link."""

from __future__ import annotations

from collections import Counter

import numpy as np
import shapely
from affine import Affine

from railmap.geometry.alignment import align_links, stretched
from railmap.geometry.curves import Array, length_of
from railmap.geometry.evidence.band import (
    Scale,
    accuracy,
    gap_sigma,
    single_band,
)
from railmap.geometry.evidence.field import ProbabilityField
from railmap.geometry.evidence.rails import RailFit
from railmap.geometry.graph import GraphEdge, GraphNode, WorkGraph
from railmap.geometry.judge.remove import Judgement
from railmap.geometry.junctions.standard_turnouts import TurnoutTable, most_probable_type
from railmap.geometry.moves import complete_moves
from railmap.geometry.options import GeometryOptions
from railmap.geometry.repair.noding import meeting_pairs, part_at_node
from railmap.geometry.types import Link, Node, Relation, TrackNetwork

__all__ = ["network_from_graph"]

_LARGEST_NOISE = 0.15  # largest distance by which links are straightened where they part, metres
_PARTED = 3  # times that one of two links is straightened where they part


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
    nodes = [_node(graph, v, transform, options.turnouts) for v in order]
    at_node = np.array([[n.x, n.y] for n in nodes]).reshape(-1, 2)
    edges = sorted(
        graph.edges,
        key=lambda s: (index[graph.edges[s].start], index[graph.edges[s].end], s),
    )
    ends = [(index[graph.edges[n].start], index[graph.edges[n].end]) for n in edges]
    measured: dict[int, Link] = {}
    noises: dict[int, float] = {}
    for number, (start, end) in zip(edges, ends, strict=True):
        link, noises[number] = _measure(
            field, graph.edges[number], scale, rails.get(number), judged.get(number)
        )
        link.start_node, link.end_node = start, end
        measured[number] = link
    drawn = align_links(graph, measured, noises, options.tolerance)
    links, curves, end_ids = [], [], {}
    for i, number in enumerate(edges):
        edge, curve = graph.edges[number], drawn[number]
        links.append(measured[number])
        curves.append((simplify(curve, options.tolerance), curve, edge.xy))
        end_ids[edge.end_ids[0]], end_ids[edge.end_ids[1]] = (i, 0), (i, 1)
    _draw_apart(links, curves, at_node, np.array([transform.c, transform.f]))
    for link in links:
        link.alignment = stretched(link.alignment, length_of(link.xy))
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


def _draw_apart(
    links: list[Link], curves: list[tuple[Array, Array, Array]], at_node: Array, origin: Array
) -> None:
    """Draw each link by the first of its curves with which it meets others only at nodes.

    `curves` are the simplified one, all points of the same, and the measured points, which meet
    only at nodes. `origin` leads to the CRS.
    Links that cross by the noise of their curves just past the node where they part are straight
    up to there.
    """
    level = [0] * len(links)
    parted: Counter[tuple[int, int]] = Counter()
    changed = list(range(len(links)))
    for i in changed:
        _draw_by(links[i], curves[i][0] + origin, at_node)
    ends = [(link.start_node, link.end_node) for link in links]
    while changed:
        pairs = meeting_pairs([link.xy for link in links], ends, changed)
        simple = shapely.is_simple([shapely.linestrings(links[i].xy) for i in changed])
        pairs += [(i, i) for i, fine in zip(changed, simple, strict=True) if not fine]
        moved: set[int] = set()
        for a, b in pairs:
            if {a, b} & moved:
                continue
            if a != b and level[a] == level[b] == 1 and parted[a, b] < _PARTED:
                parted[a, b] += 1
                lines = links[a].xy, links[b].xy
                found = part_at_node(lines, (ends[a], ends[b]), _LARGEST_NOISE)
                if found is not None:
                    links[(a, b)[found[0]]].xy = found[1]
                    moved.add((a, b)[found[0]])
                    continue
            for i in {k for k in (a, b) if level[k] < 2}:
                level[i] += 1
                _draw_by(links[i], curves[i][level[i]] + origin, at_node)
                moved.add(i)
        changed = sorted(moved)


def _draw_by(link: Link, xy: Array, at_node: Array) -> None:
    link.xy = xy
    link.xy[0], link.xy[-1] = at_node[link.start_node], at_node[link.end_node]


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
        node.turnout_type = node.turnout_type_probability = None


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


def _node(graph: WorkGraph, number: int, transform: Affine, turnouts: TurnoutTable) -> Node:
    v: GraphNode = graph.nodes[number]
    degree = graph.degree(number)
    form = "junction" if v.railway else "railwayEnd" if degree == 1 else "pseudoNode"
    if degree >= 3:
        form = "junction"
    elif degree == 1 and v.at_dataset_edge:
        form = "pseudoNode"
    standard: tuple[str | None, float | None] = (None, None)
    if v.railway == "switch" and v.angle_deg and v.angle_sigma_deg and v.leg_radius_m:
        angle, sigma = np.radians(v.angle_deg), np.radians(v.angle_sigma_deg)
        standard = most_probable_type(angle, sigma, v.leg_radius_m, turnouts) or standard
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
        turnout_type=standard[0],
        turnout_type_probability=standard[1],
        h_accuracy_m=v.sigma_m,
    )


def _link(field: ProbabilityField, xy: Array, scale: Scale, gap: float) -> tuple[Link, float]:
    """Create a link without its nodes; also the noise of its points, metres (`accuracy`)."""
    sections, good = single_band(field, xy, scale)
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
