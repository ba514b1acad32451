"""Crossings: where two paths cut each other, at what angle, and with which slips."""

from __future__ import annotations

import numpy as np
import shapely

from railmap.geometry.curves import Array, cut, heading_change, project, resample
from railmap.geometry.evidence.field import ProbabilityField
from railmap.geometry.graph import WorkGraph
from railmap.geometry.junctions.assembly import Junction, TrackPart
from railmap.geometry.junctions.slips import find_slips

__all__ = ["add_crossings"]

_CROSSING = 20.0  # metres to both sides that tell the angle of a crossing
_LEAST_SIGMA = np.radians(0.1)  # of an angle: what no averaging takes away
_FLAT = np.radians(1.3)  # tracks that cut at less don't cross: they lie side by side


def add_crossings(
    graph: WorkGraph, own: dict[int, TrackPart], ridges: ProbabilityField | None
) -> None:
    """A crossing wherever two paths cut each other, with the slips that the ridges show."""
    keys = sorted(own)
    tracks = [own[k].xy for k in keys]
    for i, a in enumerate(keys):
        for b in keys[i + 1 :]:
            one, two = own[a], own[b]
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
                if angle < _FLAT:
                    continue
                node = graph.add_node(hit)
                info = graph.nodes[node]
                info.railway = "railway_crossing"
                info.angle_deg = round(float(np.degrees(angle)), 3)
                info.crossing_number = round(float(1 / np.tan(max(angle, 1e-3))), 2)
                info.angle_sigma_deg = round(float(np.degrees(sigma)), 3)
                slips = find_slips(ridges, one.xy, two.xy, hit, tracks) if ridges else []
                one.junctions.append(Junction(node, slips=[(end, b, far) for end, far in slips]))
                two.junctions.append(Junction(node))


def _crossing_angle(one: Array, two: Array, at: Array) -> tuple[float, float]:
    """Angle between two tracks where they cross and its sigma, radians."""
    (a, sigma_a), (b, sigma_b) = (_heading_at(xy, at) for xy in (one, two))
    turn = abs(heading_change(a, b))
    return min(turn, np.pi - turn), float(np.hypot(np.hypot(sigma_a, sigma_b), _LEAST_SIGMA))


def _heading_at(xy: Array, at: Array) -> tuple[float, float]:
    """Heading of a cubic through a curve about a point of it, and its sigma, radians.

    A cubic, as two turnouts' arcs that meet there (a scissors) bend one way and then the other.
    """
    middle = float(project(at[None], xy)[0, 0])
    part = resample(cut(xy, middle - _CROSSING, middle + _CROSSING), 0.25)
    _, _, axes = np.linalg.svd(part - part.mean(axis=0), full_matrices=False)
    u, v = (part - at) @ axes[0], (part - at) @ axes[1]
    c = np.polynomial.polynomial.polyfit(u, v, 3 if len(u) > 16 else 1)
    rmse = float(np.sqrt(((np.polynomial.polynomial.polyval(u, c) - v) ** 2).mean()))
    # errors hang together over some 6 m
    spread = max(float(((u - u.mean()) ** 2).sum()), 1e-9)
    way = axes[0] + c[1] * axes[1]
    # a cubic's slope at its middle is 2.5 times as uncertain as a line's
    sigma = 2.5 * max(rmse, 0.01) * np.sqrt(6.0 / 0.25 / spread)
    return float(np.arctan2(way[1], way[0])), float(sigma)
