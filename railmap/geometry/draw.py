"""The finished graph as a `TrackNetwork`: vertices thinned by tolerance, figures for each link."""

from __future__ import annotations

import numpy as np
import shapely
from affine import Affine

from railmap.geometry.alignment import fit_alignment
from railmap.geometry.curves import Array, length_of
from railmap.geometry.field import ProbabilityField
from railmap.geometry.graph import Vertex, WorkGraph
from railmap.geometry.measure import Scale, clean, profile
from railmap.geometry.options import GeometryOptions
from railmap.geometry.rails import RailFit
from railmap.geometry.types import Link, Node, Relation, TrackNetwork

__all__ = ["draw"]


def draw(
    graph: WorkGraph,
    field: ProbabilityField,
    scale: Scale,
    transform: Affine,
    options: GeometryOptions,
    areas: list[object],
    rails: dict[int, RailFit],
) -> TrackNetwork:
    """Number nodes and links from north-west, thin the vertices, and measure every link."""
    order = sorted(
        graph.vertices, key=lambda v: (-graph.vertices[v].xy[1], graph.vertices[v].xy[0], v)
    )
    index = {v: i for i, v in enumerate(order)}
    nodes = [_node(graph, v, transform) for v in order]
    at_node = np.array([[n.x, n.y] for n in nodes]).reshape(-1, 2)
    strands = sorted(
        graph.strands,
        key=lambda s: (index[graph.strands[s].start], index[graph.strands[s].end], s),
    )
    links, ports = [], {}
    for i, number in enumerate(strands):
        strand = graph.strands[number]
        link = _link(field, strand.xy, scale)
        fit = rails.get(number)
        if fit is not None:
            link.geometry_source = "rail_pair"
            link.h_accuracy_m = round(fit.sigma, 3)
            link.gauge_measured_mm, link.gauge_sigma_mm = fit.gauge_mm, fit.gauge_sigma_mm
        wanted = max(options.tolerance, 2.5 * (link.h_accuracy_m or 0.0))
        alignment = fit_alignment(strand.xy, wanted)
        curve = strand.xy
        if alignment.deviation <= wanted:
            # the alignment is drawn: what lies between it and the measured line is noise
            curve, link.alignment = alignment.xy, alignment.segments
            link.min_radius_m = alignment.min_radius
        if strand.gap_m > 0.5 * length_of(strand.xy):
            link.geometry_source = "interpolated"
        link.start_node, link.end_node = index[strand.start], index[strand.end]
        link.interpolated_m = round(strand.gap_m, 3)
        drawn = thin(curve, options.tolerance) + np.array([transform.c, transform.f])
        drawn[0], drawn[-1] = at_node[link.start_node], at_node[link.end_node]
        link.xy = drawn
        links.append(link)
        ports[strand.ports[0]], ports[strand.ports[1]] = (i, 0), (i, 1)
    relations = []
    for v in order:
        for a, b in graph.vertices[v].ways:
            if a in ports and b in ports:
                relations.append(Relation(index[v], *ports[a], *ports[b]))
    return TrackNetwork(nodes, links, relations, areas)


def thin(xy: Array, tolerance: float) -> Array:
    """Fewest of the curve's points whose chords stay within `tolerance` of it (about)."""
    if len(xy) < 3:
        return xy.copy()
    line = shapely.simplify(shapely.linestrings(xy), 0.7 * tolerance, preserve_topology=False)
    return np.array(shapely.get_coordinates(line))


def _node(graph: WorkGraph, number: int, transform: Affine) -> Node:
    v: Vertex = graph.vertices[number]
    degree = graph.degree(number)
    form = "junction" if v.railway else "railwayEnd" if degree == 1 else "pseudoNode"
    if degree >= 3:
        form = "junction"
    elif degree == 1 and v.at_edge:
        form = "pseudoNode"
    return Node(
        x=float(v.xy[0] + transform.c),
        y=float(v.xy[1] + transform.f),
        form_of_node=form,
        railway=v.railway,
        degree=degree,
        at_dataset_edge=v.at_edge,
        turnout_side=v.turnout_side,
        crossing_number=v.crossing_number,
        angle_deg=v.angle_deg,
        angle_sigma_deg=v.angle_sigma_deg,
        h_accuracy_m=v.sigma_m,
    )


def _link(field: ProbabilityField, xy: Array, scale: Scale) -> Link:
    prof = profile(field, xy, 1.6 * scale.width)
    good = clean(prof, scale, scale.width) & prof.found.all(axis=1)
    p = field.values(xy)
    p = np.where(np.isfinite(p), p, 0.0)
    edge = good.sum() > 0.3 * len(xy)
    offset = (prof.distance[good, 0] - prof.distance[good, 1]) / 2
    return Link(
        xy=xy,
        start_node=0,
        end_node=0,
        geometry_source="edge_midpoint" if edge else "skeleton",
        width_m=round(float(np.median(prof.width[good])), 3) if edge else None,
        h_accuracy_m=round(accuracy(offset, scale), 3),
        confidence=round(float(p.mean()), 4),
    )


def accuracy(offset: Array, scale: Scale) -> float:
    """One sigma of the centreline across the track, metres.

    The scatter of the measured offsets, lessened by the smoothing, and a part that no
    averaging takes away: a tenth of a pixel and a centimetre of the band's own shift.
    """
    floor = np.hypot(0.1 * scale.gsd, 0.01)
    if len(offset) < 8:
        return float(np.hypot(floor, 0.5 * scale.gsd))
    d = offset - np.median(offset)
    spread = float(1.4826 * np.median(np.abs(d)))
    r = float(np.clip((d[1:] * d[:-1]).mean() / max((d**2).mean(), 1e-12), 0.0, 0.98))
    correlated = scale.step * (1 + r) / (1 - r)
    return float(np.hypot(floor, spread * min(1.0, np.sqrt(correlated / scale.wavelength))))
