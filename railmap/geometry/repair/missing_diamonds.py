"""Missing diamonds: two free ends in line, with exactly one other track between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from scipy.spatial import cKDTree

from railmap.geometry.curves import Array, arc_length, heading_change, project, resample
from railmap.geometry.edge_index import EdgeIndex
from railmap.geometry.evidence.band import Scale
from railmap.geometry.graph import WorkGraph
from railmap.geometry.junctions.crossings import set_crossing

__all__ = ["restore_diamonds"]

_BENT = 8.0  # length at a free end that the other track's band has bent, metres
_FIT = 22.0  # length past it that is fitted by a line, metres
_STRAIGHT = 0.08  # largest standard deviation from the line, metres
_FARTHEST = 80.0  # largest distance of the two lines' starts, metres
_LATERAL, _LATERAL_PER_METRE = 0.15, 0.012  # largest offset of the lines, for a gap, metres
_TURN = np.radians(2.0)  # largest angle between the lines
_ANGLES = np.radians((2.0, 35.0))  # of the crossing
_CLEAR = 3.0  # distance of the crossing from the other track's ends, metres


@dataclass(frozen=True, slots=True)
class _Leg:
    """A free end of an edge, and the line fitted to its straight part.

    `rest` are the points of the edge without the bent part, from there outwards; `point` and
    `heading` are the line's start and its direction towards the free end.
    """

    edge: int
    end: int
    rest: Array
    point: Array
    heading: float


def restore_diamonds(graph: WorkGraph, scale: Scale) -> None:
    """Connect pairs of free ends that are in line, by a crossing with the track between them.

    Parameters
    ----------
    graph
        The network; changed in place.
    scale
        Lengths of the raster.
    """
    legs = _free_legs(graph)
    if len(legs) < 2:
        return
    index = EdgeIndex(graph)
    found = []
    points = np.array([leg.point for leg in legs])
    for i, j in sorted(map(tuple, cKDTree(points).query_pairs(_FARTHEST, output_type="ndarray"))):
        one, two = legs[i], legs[j]
        if one.edge != two.edge and (offset := _offset(one, two)) is not None:
            found.append((offset, i, j))
    used: set[int] = set()
    for _, i, j in sorted(found):
        one, two = legs[i], legs[j]
        if not {one.edge, two.edge} & used and _cross(graph, index, one, two, scale):
            used |= {one.edge, two.edge}


def _free_legs(graph: WorkGraph) -> list[_Leg]:
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
        axis = np.linalg.svd(part - middle, full_matrices=False)[2][0]
        axis = axis if axis @ (part[0] - part[-1]) > 0 else -axis
        across = (part - middle) @ np.array([-axis[1], axis[0]])
        if np.std(across) < _STRAIGHT:
            point = middle + axis * float((part[0] - middle) @ axis)
            legs.append(_Leg(number, end, rest, point, float(np.arctan2(axis[1], axis[0]))))
    return legs


def _offset(one: _Leg, two: _Leg) -> float | None:
    """Lateral offset of two legs from each other's line, metres; None if not in line."""
    chord = two.point - one.point
    gap = float(np.hypot(*chord))
    if not _BENT < gap < _FARTHEST or abs(heading_change(one.heading, two.heading + np.pi)) > _TURN:
        return None
    if abs(heading_change(one.heading, float(np.arctan2(chord[1], chord[0])))) > _TURN:
        return None
    offset = max(
        abs(float(c @ (-np.sin(leg.heading), np.cos(leg.heading))))
        for leg, c in ((one, chord), (two, -chord))
    )
    return offset if offset < _LATERAL + _LATERAL_PER_METRE * gap else None


def _cross(graph: WorkGraph, index: EdgeIndex, one: _Leg, two: _Leg, scale: Scale) -> bool:
    """Join two legs by a crossing if their line meets exactly one other track, once."""
    if one.edge not in graph.edges or two.edge not in graph.edges:
        return False  # split by another crossing
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
    along_main = main[near[-1]] - main[near[0]]
    angle = abs(heading_change(float(np.arctan2(along_main[1], along_main[0])), one.heading))
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
    set_crossing(graph.nodes[node], angle, float(np.hypot(0.005, _STRAIGHT / _FIT)))
    graph.nodes[node].connections = [(through[0], through[1]), (end_ids[0], end_ids[1])]
    return True
