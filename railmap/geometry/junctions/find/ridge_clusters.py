"""Clusters and paths from the ways that were found."""

from __future__ import annotations

import numpy as np
import shapely

from railmap.geometry.curves import Array, cut, fit_end, length_of, resample, smooth
from railmap.geometry.evidence.band import Scale
from railmap.geometry.graph import WorkGraph
from railmap.geometry.junctions.find.mask_clusters import JunctionCluster, Leg
from railmap.geometry.junctions.find.mask_paths import CandidatePath
from railmap.geometry.junctions.find.ridge_legs import Key, RidgeLeg, aside
from railmap.geometry.junctions.find.ridge_paths import RidgePath

__all__ = ["group_paths"]

_REACH = 40.0  # metres of leg past what was run along, where there is room
_NEAR = 1.0  # metres from each other, ways are of one cluster
_EXPLAINED = 1.4  # metres from a path: half of what keeps tracks apart, and less ...
_UNEXPLAINED_LENGTH = 8.0  # ... of an edge but for this much, and the path replaces it


def group_paths(
    graph: WorkGraph,
    scale: Scale,
    legs: dict[Key, RidgeLeg],
    bare: list[int],
    ways: list[RidgePath],
) -> list[tuple[JunctionCluster, list[CandidatePath]]]:
    """Group ways that share legs or come near each other; what lies between is theirs to draw."""
    parent = {k: k for way in ways for k in (way.a, way.b)}

    def find(k: Key) -> Key:
        while parent[k] != k:
            k = parent[k]
        return k

    def unite(one: Key, two: Key) -> None:
        a, b = sorted((find(one), find(two)))
        parent[b] = a

    lines = np.array([shapely.linestrings(way.xy) for way in ways], object)
    for i, j in shapely.STRtree(lines).query(lines, "dwithin", _NEAR).T:
        unite(ways[i].a, ways[j].a)
    for way in ways:
        unite(way.a, way.b)
    groups: dict[Key, list[Key]] = {}
    for k in sorted(parent):
        groups.setdefault(find(k), []).append(k)
    cuts = _cut_stations(graph, legs, sorted(parent))
    solved = []
    for members in groups.values():
        index = {k: i for i, k in enumerate(members)}
        ends = [_cluster_leg(legs[k], *cuts[k]) for k in members]
        paths = [_path(w, index, ends, legs, scale) for w in ways if w.a in index]
        solved.append((JunctionCluster([], [], ends), paths))
    drawn = [path.xy for _, paths in solved for path in paths]
    solved[0][0].inner.extend(n for n in bare if _explained(graph.edges[n].xy, drawn))
    return solved


def _explained(xy: Array, lines: list[Array]) -> bool:
    """Whether the paths cover an edge, but for a few metres of it."""
    apart = np.full(len(xy), np.inf)
    for line in lines:
        apart = np.minimum(apart, aside(xy, line))
    return bool((apart > _EXPLAINED).mean() * length_of(xy) < _UNEXPLAINED_LENGTH)


def _cut_stations(
    graph: WorkGraph, legs: dict[Key, RidgeLeg], used: list[Key]
) -> dict[Key, tuple[float, bool]]:
    """Station on each leg where its cluster ends, and whether that is the track's own end."""
    cuts = {}
    for key in used:
        leg, other = legs[key], legs.get((key[0], 1 - key[1]))
        total = length_of(leg.xy)
        if other is not None and other.key in used:
            spare = max(total - leg.used - other.used, 0.0)
            cuts[key] = leg.used + min(_REACH, 0.48 * spare), False
        elif total - leg.used - _REACH < 6.0:
            cuts[key] = total, graph.degree(graph.other_node(*key)) == 1
        else:
            cuts[key] = leg.used + _REACH, False
    return cuts


def _cluster_leg(leg: RidgeLeg, station: float, tip: bool) -> Leg:
    xy = cut(leg.xy, leg.clean, station)
    anchor = min(leg.used - leg.clean, 0.85 * length_of(xy))
    point, heading, _ = fit_end(cut(xy, anchor, np.inf), 15.0, curved=False)
    return Leg(leg.edge, leg.end, xy, anchor, point, heading, 0.0, tip)


def _path(
    way: RidgePath, index: dict[Key, int], ends: list[Leg], legs: dict[Key, RidgeLeg], scale: Scale
) -> CandidatePath:
    """A way with the rest of both legs, as one smooth curve from cut to cut."""
    a, b = index[way.a], index[way.b]
    before = cut(ends[a].xy, way.at_a - legs[way.a].clean, np.inf)[:0:-1]
    after = cut(ends[b].xy, way.at_b - legs[way.b].clean, np.inf)[1:]
    xy = resample(np.concatenate([before, way.xy, after]), scale.step)
    weight = np.ones(len(xy))
    weight[0] = weight[-1] = 1e4
    eased = smooth(xy, weight, scale.step, 6.0)
    eased[0], eased[-1] = xy[0], xy[-1]
    return CandidatePath(a, b, eased, 0.0, np.ones(len(eased)))
