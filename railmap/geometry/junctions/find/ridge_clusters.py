"""Ridge solver: group the selected paths to clusters, and cut the legs."""

from __future__ import annotations

import numpy as np
import shapely

from railmap.geometry.constants import END_FIT
from railmap.geometry.curves import (
    Array,
    cut,
    distance_from,
    fit_end,
    length_of,
    smooth_between,
)
from railmap.geometry.evidence.band import Scale
from railmap.geometry.graph import WorkGraph
from railmap.geometry.junctions.find.ridge_legs import EdgeEnd, RidgeLeg
from railmap.geometry.junctions.find.ridge_paths import RidgePath
from railmap.geometry.junctions.find.types import CandidatePath, JunctionCluster, Leg

__all__ = ["group_paths"]

_REACH = 40.0  # length of leg past the traced path, where there is room, metres
_NEAR = 1.0  # paths nearer than this are in one cluster, metres
_COVERED = 1.4  # distance from a path up to which it covers an edge: less than half the spacing
_UNCOVERED_LENGTH = 8.0  # an edge is replaced if less than this is not covered, metres
_WAVELENGTH = 6.0  # of the smoothing of a path, metres


def group_paths(
    graph: WorkGraph,
    scale: Scale,
    legs: dict[EdgeEnd, RidgeLeg],
    inner: list[int],
    selected: list[RidgePath],
) -> list[tuple[JunctionCluster, list[CandidatePath]]]:
    """Group paths that share legs or come near each other.

    Parameters
    ----------
    graph
        The network.
    scale
        Lengths of the raster.
    legs
        Legs by edge and end.
    inner
        Edges inside clusters. Those that the paths cover are removed later, with the first cluster.
    selected
        Selected paths; at least one.

    Returns
    -------
    list of (JunctionCluster, list of CandidatePath)
        Clusters with their smoothed paths.
    """
    parent = {k: k for path in selected for k in (path.a, path.b)}

    def find(k: EdgeEnd) -> EdgeEnd:
        while parent[k] != k:
            k = parent[k]
        return k

    def unite(one: EdgeEnd, two: EdgeEnd) -> None:
        a, b = sorted((find(one), find(two)))
        parent[b] = a

    lines = np.array([shapely.linestrings(path.xy) for path in selected], object)
    for i, j in shapely.STRtree(lines).query(lines, "dwithin", _NEAR).T:
        unite(selected[i].a, selected[j].a)
    for path in selected:
        unite(path.a, path.b)
    groups: dict[EdgeEnd, list[EdgeEnd]] = {}
    for k in sorted(parent):
        groups.setdefault(find(k), []).append(k)
    cuts = _cut_stations(graph, legs, sorted(parent))
    inside: dict[EdgeEnd, list[RidgePath]] = {}
    for path in selected:
        inside.setdefault(find(path.a), []).append(path)
    solved = []
    for root, members in groups.items():
        index = {k: i for i, k in enumerate(members)}
        ends = [_leg(legs[k], *cuts[k]) for k in members]
        paths = [_smoothed(path, index, ends, legs, scale) for path in inside[root]]
        solved.append((JunctionCluster(ends), paths))
    drawn = [path.xy for _, paths in solved for path in paths]
    tree = shapely.STRtree([shapely.linestrings(xy) for xy in drawn])
    for number in inner:
        xy = graph.edges[number].xy
        near = tree.query(shapely.linestrings(xy), "dwithin", _COVERED)
        if _is_covered(xy, [drawn[i] for i in sorted(near)]):
            solved[0][0].inner_edges.append(number)
    return solved


def _is_covered(xy: Array, lines: list[Array]) -> bool:
    """Whether the paths near an edge cover it, except for less than 8 m of it."""
    apart = np.full(len(xy), np.inf)
    for line in lines:
        apart = np.minimum(apart, distance_from(xy, line))
    return bool((apart > _COVERED).mean() * length_of(xy) < _UNCOVERED_LENGTH)


def _cut_stations(
    graph: WorkGraph, legs: dict[EdgeEnd, RidgeLeg], used: list[EdgeEnd]
) -> dict[EdgeEnd, tuple[float, bool]]:
    """Station on each leg where its cluster ends, and whether that is a free end."""
    cuts = {}
    members = set(used)
    for key in used:
        leg, other = legs[key], legs.get((key[0], 1 - key[1]))
        total = length_of(leg.xy)
        if other is not None and other.key in members:
            spare = max(total - leg.used - other.used, 0.0)
            cuts[key] = leg.used + min(_REACH, 0.48 * spare), False
        elif total - leg.used - _REACH < 6.0:
            cuts[key] = total, graph.degree(graph.other_node(*key)) == 1
        else:
            cuts[key] = leg.used + _REACH, False
    return cuts


def _leg(leg: RidgeLeg, station: float, tip: bool) -> Leg:
    xy = cut(leg.xy, leg.single_from, station)
    anchor = min(leg.used - leg.single_from, 0.85 * length_of(xy))
    point, heading, _ = fit_end(cut(xy, anchor, np.inf), END_FIT, curved=False)
    return Leg(leg.edge, leg.end, xy, anchor, point, heading, tip)


def _smoothed(
    path: RidgePath,
    index: dict[EdgeEnd, int],
    ends: list[Leg],
    legs: dict[EdgeEnd, RidgeLeg],
    scale: Scale,
) -> CandidatePath:
    """A path with the rest of both legs, as one smooth curve from cut to cut."""
    a, b = index[path.a], index[path.b]
    before = cut(ends[a].xy, path.at_a - legs[path.a].single_from, np.inf)[:0:-1]
    after = cut(ends[b].xy, path.at_b - legs[path.b].single_from, np.inf)[1:]
    xy = smooth_between(np.concatenate([before, path.xy, after]), scale.step, _WAVELENGTH)
    return CandidatePath(a, b, xy, np.ones(len(xy)))
