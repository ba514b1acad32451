"""Diamonds whose one track a network lost: two loose ends in line, with one other track between."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from scipy.spatial import cKDTree

from railmap.geometry.curves import Array, arc_length, heading_change, project, resample
from railmap.geometry.edge_index import EdgeIndex
from railmap.geometry.evidence.band import Scale
from railmap.geometry.graph import WorkGraph

__all__ = ["restore_diamonds"]

_BENT = 8.0  # metres at a loose end that the other track's band has bent
_FIT = 22.0  # metres of leg past them that tell its line
_STRAIGHT = 0.08  # metres that they may scatter about it
_FARTHEST = 80.0  # metres between the places where the lines were told
_LATERAL, _LATERAL_GROWS = 0.15, 0.012  # metres beside the line, and more for each metre of gap
_TURN = np.radians(2.0)
_ANGLES = np.radians((2.0, 35.0))
_CLEAR = 3.0  # metres from the crossing to the other track's ends


@dataclass(frozen=True, slots=True)
class _Leg:
    """A loose end; the line of its straight, from where that begins towards the end."""

    edge: int
    end: int
    rest: Array
    point: Array
    heading: float


def restore_diamonds(graph: WorkGraph, scale: Scale) -> None:
    """Lead pairs of loose ends in line through the one track between them."""
    legs = _loose(graph)
    if len(legs) < 2:
        return
    index = EdgeIndex(graph)
    found = []
    points = np.array([leg.point for leg in legs])
    for i, j in sorted(map(tuple, cKDTree(points).query_pairs(_FARTHEST, output_type="ndarray"))):
        one, two = legs[i], legs[j]
        if one.edge != two.edge and (beside := _in_line(one, two)) is not None:
            found.append((beside, i, j))
    used: set[int] = set()
    for _, i, j in sorted(found):
        one, two = legs[i], legs[j]
        if not {one.edge, two.edge} & used and _cross(graph, index, one, two, scale):
            used |= {one.edge, two.edge}


def _loose(graph: WorkGraph) -> list[_Leg]:
    legs = []
    for node in sorted(graph.nodes):
        if graph.nodes[node].at_dataset_edge or graph.degree(node) != 1:
            continue
        number, end = graph.incident(node)[0]
        xy = graph.points_from(number, end)
        along = arc_length(xy)
        if along[-1] < _BENT + 0.5 * _FIT:
            continue
        rest = xy[along >= _BENT]
        part = rest[arc_length(rest) <= _FIT]
        middle = part.mean(axis=0)
        way = np.linalg.svd(part - middle, full_matrices=False)[2][0]
        way = way if way @ (part[0] - part[-1]) > 0 else -way
        across = (part - middle) @ np.array([-way[1], way[0]])
        if np.std(across) < _STRAIGHT:
            point = middle + way * float((part[0] - middle) @ way)
            legs.append(_Leg(number, end, rest, point, float(np.arctan2(way[1], way[0]))))
    return legs


def _in_line(one: _Leg, two: _Leg) -> float | None:
    """How far two legs lie beside each other's line, metres; None if they aren't one track."""
    chord = two.point - one.point
    gap = float(np.hypot(*chord))
    if not _BENT < gap < _FARTHEST or abs(heading_change(one.heading, two.heading + np.pi)) > _TURN:
        return None
    if abs(heading_change(one.heading, float(np.arctan2(chord[1], chord[0])))) > _TURN:
        return None
    beside = [abs(float(c @ (-np.sin(leg.heading), np.cos(leg.heading))))
              for leg, c in ((one, chord), (two, -chord))]  # fmt: skip
    return max(beside) if max(beside) < _LATERAL + _LATERAL_GROWS * gap else None


def _cross(graph: WorkGraph, index: EdgeIndex, one: _Leg, two: _Leg, scale: Scale) -> bool:
    """Join two legs by a diamond if their line meets just one other track, once."""
    if one.edge not in graph.edges or two.edge not in graph.edges:
        return False  # cut by another diamond
    line = shapely.linestrings(np.stack([one.point, two.point]))
    hits = []
    for number in index.near(line, 0.0):
        if number not in (one.edge, two.edge):
            met = shapely.intersection(line, index.line(number))
            hits += [(number, hit) for hit in shapely.get_coordinates(met)]
    if len(hits) != 1:
        return False
    number, hit = hits[0]
    main = graph.edges[number].xy
    station, total = float(project(hit[None], main)[0, 0]), float(arc_length(main)[-1])
    along = arc_length(main)
    near = np.flatnonzero(np.abs(along - station) < _CLEAR)
    way = main[near[-1]] - main[near[0]]
    angle = abs(heading_change(float(np.arctan2(way[1], way[0])), one.heading))
    angle = min(angle, np.pi - angle)
    if not _CLEAR < station < total - _CLEAR or not _ANGLES[0] < angle < _ANGLES[1]:
        return False
    at = int(np.searchsorted(along, station))
    node = graph.split(number, np.insert(main, at, hit, axis=0), at)
    pieces = graph.incident(node)
    index.replaced(number, [n for n, _ in pieces])
    through = tuple(graph.edges[n].end_ids[e] for n, e in pieces)
    end_ids = []
    for leg in (one, two):
        end_ids.append(graph.edges[leg.edge].end_ids[leg.end])
        xy = resample(np.concatenate([hit[None], leg.rest]), scale.step)
        new = graph.reattach(leg.edge, leg.end, node, xy if leg.end == 0 else xy[::-1])
        index.replaced(leg.edge, [new])
        graph.edges[new].gap_m += float(np.hypot(*(leg.rest[0] - hit)))
    info = graph.nodes[node]
    info.railway = "railway_crossing"
    info.angle_deg = round(float(np.degrees(angle)), 3)
    info.angle_sigma_deg = round(float(np.degrees(np.hypot(0.005, _STRAIGHT / _FIT))), 3)
    info.crossing_number = round(float(1 / np.tan(angle)), 2)
    info.connections = [(through[0], through[1]), (end_ids[0], end_ids[1])]
    return True
