"""Crossings: where two tracks intersect, at what angle, and with which slips (both solvers)."""

from __future__ import annotations

import numpy as np
import shapely

from railmap.geometry.curves import Array, cut, heading_change, project, resample
from railmap.geometry.evidence.field import ProbabilityField
from railmap.geometry.graph import GraphNode, WorkGraph
from railmap.geometry.junctions.assembly import Junction, TrackPart
from railmap.geometry.junctions.slips import find_slips

__all__ = ["add_crossings", "set_crossing"]

_STEP = 0.25  # spacing of the fitted points, metres
_CORRELATED = 6.0  # length over which errors of a centreline are correlated, metres
_FIT = 20.0  # length to both sides from which the angle is fitted, metres
_MIN_SIGMA = np.radians(0.1)  # smallest standard deviation of an angle
_MIN_ANGLE = np.radians(1.3)  # tracks that intersect at less run side by side


def add_crossings(
    graph: WorkGraph, parts: dict[int, TrackPart], ridges: ProbabilityField | None
) -> None:
    """Add a crossing wherever two track parts intersect.

    Parameters
    ----------
    graph
        The network; receives the nodes.
    parts
        Track parts by the index of their path; receive the junctions.
    ridges
        Probability of a tent, to find slips; None for a mask.
    """
    keys = sorted(parts)
    tracks = [parts[k].xy for k in keys]
    for i, a in enumerate(keys):
        for b in keys[i + 1 :]:
            one, two = parts[a], parts[b]
            if {e.node for e in one.junctions} & {two.start, two.end} or {
                e.node for e in two.junctions
            } & {one.start, one.end}:
                continue  # one leaves the other at a switch
            ends = [graph.nodes[v].xy for v in (one.start, one.end, two.start, two.end) if v]
            hits = shapely.get_coordinates(
                shapely.intersection(shapely.linestrings(one.xy), shapely.linestrings(two.xy))
            )
            for hit in hits[np.lexsort(hits.T[::-1])]:
                if any(np.hypot(*(hit - e)) < 0.5 for e in ends):
                    continue
                angle, sigma = _crossing_angle(one.xy, two.xy, hit)
                if angle < _MIN_ANGLE:
                    continue
                node = graph.add_node(hit)
                set_crossing(graph.nodes[node], angle, sigma)
                slips = find_slips(ridges, one.xy, two.xy, hit, tracks) if ridges else []
                one.junctions.append(Junction(node, slips=[(end, b, far) for end, far in slips]))
                two.junctions.append(Junction(node))


def set_crossing(node: GraphNode, angle: float, sigma: float) -> None:
    """Make a node a crossing.

    Parameters
    ----------
    node
        The node; changed in place.
    angle, sigma
        Angle between the tracks and its standard deviation, radians.
    """
    node.railway = "railway_crossing"
    node.angle_deg = round(float(np.degrees(angle)), 3)
    node.crossing_number = round(float(1 / np.tan(max(angle, 1e-3))), 2)
    node.angle_sigma_deg = round(float(np.degrees(sigma)), 3)


def _crossing_angle(one: Array, two: Array, at: Array) -> tuple[float, float]:
    """Angle between two tracks where they intersect, and its standard deviation, radians."""
    (a, sigma_a), (b, sigma_b) = (_heading_at(xy, at) for xy in (one, two))
    turn = abs(heading_change(a, b))
    return min(turn, np.pi - turn), float(np.hypot(np.hypot(sigma_a, sigma_b), _MIN_SIGMA))


def _heading_at(xy: Array, at: Array) -> tuple[float, float]:
    """Heading of a curve at one of its points, and its standard deviation, radians.

    The fit is a cubic: in a scissors crossover the arcs of two turnouts meet there, and the track
    bends one way and then the other.
    """
    middle = float(project(at[None], xy)[0, 0])
    part = resample(cut(xy, middle - _FIT, middle + _FIT), _STEP)
    _, _, axes = np.linalg.svd(part - part.mean(axis=0), full_matrices=False)
    u, v = (part - at) @ axes[0], (part - at) @ axes[1]
    c = np.polynomial.polynomial.polyfit(u, v, 3 if len(u) > 16 else 1)
    rmse = float(np.sqrt(((np.polynomial.polynomial.polyval(u, c) - v) ** 2).mean()))
    spread = max(float(((u - u.mean()) ** 2).sum()), 1e-9)
    tangent = axes[0] + c[1] * axes[1]
    # the slope of a cubic at its middle is 2.5 times as uncertain as that of a line
    sigma = 2.5 * max(rmse, 0.01) * np.sqrt(_CORRELATED / _STEP / spread)
    return float(np.arctan2(tangent[1], tangent[0])), float(sigma)
