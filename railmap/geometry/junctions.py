"""Turnouts and crossings in place of the places where a skeleton forks."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import shapely

from railmap.geometry.curves import (
    Array,
    arc_length,
    bend,
    cut,
    directions,
    length_of,
    point_at,
    project,
    resample,
    smooth,
)
from railmap.geometry.field import ProbabilityField
from railmap.geometry.graph import WorkGraph
from railmap.geometry.measure import Scale, profile
from railmap.geometry.paths import Path, find_paths
from railmap.geometry.routes import find_routes
from railmap.geometry.turnout import Turnout, fit_turnout
from railmap.geometry.zones import Zone, find_zones

__all__ = ["solve_junctions"]

_BLEND = 8.0  # metres over which a leg goes from the fitted turnout to what was measured
_MODEL_SEPARATION = 1.2
_MAX_RMSE = 0.15
_CROSSING = 20.0  # metres to both sides that tell the angle of a crossing
_LEAST_SIGMA = np.radians(0.1)  # of an angle: what no averaging takes away
_UNSEEN = 0.2  # weight of separations where neither edge was to be seen
_FUSED = 1.2  # metres of separation up to which the width of the band tells it ...
_DOUBT = 0.5  # ... unless it is off by more: another track is near
_SHORT_LEG = 8.0
_APART = 0.2  # tracks this far apart where the band ends are two tracks there
_PARTED = 0.4  # metres between paths that have parted ...
_BEFORE, _AFTER = 35.0, 25.0  # ... and how much of both, there, tells which one bends
_AT_TIP = 1.0  # metres from the end of the data: a toe found there lies outside
_FLAT = np.radians(1.3)  # tracks that cut at less don't cross: they lie side by side


@dataclass(slots=True)
class _Event:
    """Something on a path: a switch (``leg`` is its toe's side) or a crossing."""

    vertex: int
    leg: int | None = None
    diverging: tuple[int, int] | None = None  # path and which of its ends


@dataclass(slots=True)
class _Own:
    """What a path draws itself: all of it, or what is left past the toes."""

    xy: Array
    start: int | None = None
    end: int | None = None
    events: list[_Event] = field(default_factory=list)
    ports: list[tuple[int, int]] = field(default_factory=list)  # of its pieces, in order
    left: dict[int, float] = field(default_factory=dict)  # by leg: station where it diverged


def solve_junctions(
    graph: WorkGraph, probability: ProbabilityField, scale: Scale, gauge: float
) -> None:
    """Replace every fused zone by smooth tracks, switches and crossings."""
    if scale.tent:
        solved = find_routes(graph, probability, scale)
    else:
        zones = find_zones(graph, probability, scale)
        solved = [(zone, find_paths(probability, zone, scale)) for zone in zones]
    solved = [(zone, paths) for zone, paths in solved if paths]
    cuts = _cut_legs(graph, solved)
    for k, (zone, paths) in enumerate(solved):
        _assemble(graph, probability, zone, paths, cuts[k], scale, gauge)
    graph.merge_all()


def _cut_legs(graph: WorkGraph, solved: list[tuple[Zone, list[Path]]]) -> list[list[int | None]]:
    """Take the zones out of the graph; gives the vertex at each leg's cut, None without a path."""
    stations: dict[int, list[float]] = {}
    vertices: list[list[int | None]] = [[None] * len(zone.legs) for zone, _ in solved]
    where: dict[tuple[int, int], tuple[int, int]] = {}
    for k, (zone, paths) in enumerate(solved):
        used = {leg for path in paths for leg in (path.a, path.b)}
        for i, leg in enumerate(zone.legs):
            total = length_of(graph.strands[leg.strand].xy)
            low_high = stations.setdefault(leg.strand, [0.0, total])
            xy = graph.outward(leg.strand, leg.end)
            first = float(project(leg.xy[:1], xy)[0, 0])
            at = min(first + (length_of(leg.xy) if i in used else 0.0), total)
            low_high[leg.end] = at if leg.end == 0 else total - at
            if i in used:
                where[leg.strand, leg.end] = (k, i)
    inner = {n for zone, _ in solved for n in zone.inner}
    for number in sorted(inner):
        graph.remove(number)
    for number in sorted(stations):
        _shorten(graph, number, stations[number], solved, vertices, where)
    return vertices


def _shorten(
    graph: WorkGraph,
    number: int,
    span: list[float],
    solved: list[tuple[Zone, list[Path]]],
    vertices: list[list[int | None]],
    where: dict[tuple[int, int], tuple[int, int]],
) -> None:
    """Leave of a strand what lies between its cuts."""
    strand = graph.strands[number]
    total = length_of(strand.xy)
    touched = [span[0] > 0.0, span[1] < total]
    rest = cut(strand.xy, span[0], span[1])
    ends = []
    for end, old in ((0, strand.start), (1, strand.end)):
        if not touched[end]:
            ends.append(old)
            continue
        place = where.get((number, end))
        point = rest[0 if end == 0 else -1]
        if place is not None:
            leg = solved[place[0]][0].legs[place[1]]
            point = leg.xy[-1]
        vertex = graph.add_vertex(point)
        if place is not None:
            vertices[place[0]][place[1]] = vertex
        else:
            graph.vertices[vertex].settled = True
        ends.append(vertex)
    free = [graph.degree(v) == 1 and not touched[e] for e, v in enumerate(ends)]
    consumed = length_of(rest) < 0.3 and any(free)
    at_edge = any(graph.vertices[v].at_edge for e, v in enumerate(ends) if free[e])
    new = graph.add_strand(rest, ends[0], ends[1], strand.ports)
    ways = [list(graph.vertices[v].ways) for v in ends]
    graph.remove(number)
    for v, kept in zip(ends, ways, strict=True):
        graph.vertices[v].ways = kept
    loose = [graph.vertices[v].settled or free[e] for e, v in enumerate(ends)]
    if all(loose) and length_of(rest) < _SHORT_LEG and any(touched):
        graph.remove(new)
    elif consumed:
        keep = ends[0] if touched[0] else ends[1]
        graph.vertices[keep].at_edge = at_edge
        graph.remove(new, keep)


def _rank(paths: list[Path]) -> list[int]:
    """Order paths so that where two part, the one that goes on as it came precedes the other."""
    lost = np.zeros(len(paths))
    for i, one in enumerate(paths):
        for j in range(i):
            for leg in {one.a, one.b} & {paths[j].a, paths[j].b}:
                mine, its = (_bending(paths[k], leg, paths[m]) for k, m in ((i, j), (j, i)))
                lost[i if mine > its else j] += 1
    return sorted(range(len(paths)), key=lambda k: (lost[k], -length_of(paths[k].xy), k))


def _bending(path: Path, leg: int, other: Path) -> float:
    """How badly one parabola fits a path about where it parts from another, metres."""
    mine = path.starting(leg)
    apart = np.abs(project(mine, other.xy)[:, 1]) > _PARTED
    at = float(arc_length(mine)[int(np.argmax(apart))]) if apart.any() else length_of(mine)
    xy = cut(mine, at - _BEFORE, at + _AFTER)
    centre = xy.mean(axis=0)
    _, _, axes = np.linalg.svd(xy - centre, full_matrices=False)
    u, v = (xy - centre) @ axes[0], (xy - centre) @ axes[1]
    c = np.polynomial.polynomial.polyfit(u, v, 2)
    return float(np.sqrt(((np.polynomial.polynomial.polyval(u, c) - v) ** 2).mean()))


def _separations(main: Array, leg: Array, weight: Array) -> tuple[Array, Array, Array, float]:
    """Stations on the main track, separations there, weights, and the leg's side (+1 left)."""
    place = project(leg, main)
    inside = (place[:, 0] > 0) & (place[:, 0] < arc_length(main)[-1] - 1e-6)
    far = inside & (np.abs(place[:, 1]) > 0.5)
    side = 1.0 if np.sum(place[far, 1]) >= 0 else -1.0
    x, s = place[inside, 0], side * place[inside, 1]
    trust = np.where(weight[inside] > 0, 1.0, _UNSEEN)
    order = np.argsort(x, kind="stable")
    return x[order], s[order], trust[order], side


def _fused_separations(
    probability: ProbabilityField, main: Array, x: Array, s: Array, side: float, scale: Scale
) -> Array:
    """Separations, where the ridges of both tracks are still one, from the band's width."""
    near = s < _FUSED
    if near.sum() < 10:
        return s
    at = point_at(main, x[near])
    tangent = directions(main)
    along = arc_length(main)
    t = np.stack([np.interp(x[near], along, tangent[:, i]) for i in (0, 1)], 1)
    middle = at + 0.5 * side * s[near, None] * np.stack([-t[:, 1], t[:, 0]], 1)
    width = profile(probability, middle, 2.0 * scale.width).width
    trunk = width[s[near] < 0.05][:40]
    trunk = trunk[np.isfinite(trunk)]
    if len(trunk) < 10:
        return s
    found = width - float(np.median(trunk))
    good = np.isfinite(found) & (np.abs(found - s[near]) < _DOUBT)
    out = s.copy()
    out[np.flatnonzero(near)[good]] = found[good]
    return out


def _toe(
    probability: ProbabilityField,
    main: Array,
    leg: Array,
    weight: Array,
    scale: Scale,
    gauge: float,
) -> tuple[float, float, Turnout | None]:
    """Station of the toe on the main track, side of the leg, and the fit if there is one."""
    x, s, trust, side = _separations(main, leg, weight)
    if scale.tent:
        s = _fused_separations(probability, main, x, s, side, scale)
    fit = fit_turnout(x, s, trust, gauge, 0.5 * scale.wavelength) if len(x) > 10 else None
    total = float(arc_length(main)[-1])
    if fit is not None:
        return float(np.clip(fit.toe, 0.5, total - 0.5)), side, fit
    near = np.flatnonzero(s < 0.15)
    at = float(x[near[-1]]) if len(near) else 0.5
    return float(np.clip(at, 0.5, total - 0.5)), side, None


def _branch(
    main: Array, leg: Array, toe: float, side: float, fit: Turnout | None, scale: Scale
) -> Array:
    """The leg from its toe on: tangent to the main track, then on what was measured."""
    place = project(leg, main)
    total = float(arc_length(main)[-1])
    start = point_at(main, toe)
    # the leg's own points are told from the main track's end by running past it
    past = np.flatnonzero(place[:, 0] <= toe)
    first = int(past[-1]) + 1 if len(past) else 1
    rest = leg[first:].copy()
    if fit is not None and fit.rmse <= _MAX_RMSE:
        x, s = place[first:, 0], side * place[first:, 1]
        model = fit.separation(x - toe)
        reached = np.flatnonzero(model >= _MODEL_SEPARATION)
        x_end = float(x[reached[0]]) if len(reached) else float(x.max(initial=toe))
        share = np.clip((x - x_end) / _BLEND, 0.0, 1.0)
        mixed = (1 - share) * model + share * s
        inside = (x < total - 1e-6) & (share < 1.0)
        here = point_at(main, x)
        tangent = directions(main)
        along = arc_length(main)
        t = np.stack([np.interp(x, along, tangent[:, i]) for i in (0, 1)], 1)
        normal = side * np.stack([-t[:, 1], t[:, 0]], 1)
        rest[inside] = (here + mixed[:, None] * normal)[inside]
    curve = resample(np.concatenate([start[None], rest]), scale.step)
    weight = np.ones(len(curve))
    weight[0] = weight[-1] = 1e4
    eased = smooth(curve, weight, scale.step, 6.0)
    eased[0], eased[-1] = curve[0], curve[-1]
    return eased


def _assemble(
    graph: WorkGraph,
    probability: ProbabilityField,
    zone: Zone,
    paths: list[Path],
    cuts: list[int | None],
    scale: Scale,
    gauge: float,
) -> None:
    rank = _rank(paths)
    own: dict[int, _Own] = {}
    for k in rank:
        path = paths[k]
        item = _Own(path.xy)
        for leg, end in ((path.a, 0), (path.b, 1)):
            parents = [p for p in own if leg in (paths[p].a, paths[p].b)]
            vertex = cuts[leg]
            if parents:
                vertex = _beside(graph, zone, paths, item, leg, end, parents, cuts)
            if vertex is None:
                tip = zone.legs[leg].tip and cuts[leg] is not None
                if _diverge(
                    graph, probability, paths, own, item, k, leg, end, parents, tip, scale, gauge
                ):
                    continue
                vertex = _own_end(graph, item, end, cuts[leg])
            if zone.legs[leg].tip:
                graph.vertices[vertex].xy = item.xy[0 if end == 0 else -1].copy()
            if end == 0:
                item.start = vertex
            else:
                item.end = vertex
        own[k] = item
    _crossings(graph, own)
    for k in sorted(own):
        _pieces(graph, own, k)
    _ways(graph, paths, own)


def _beside(
    graph: WorkGraph,
    zone: Zone,
    paths: list[Path],
    item: _Own,
    leg: int,
    end: int,
    parents: list[int],
    cuts: list[int | None],
) -> int | None:
    """A vertex of its own for a path that is still beside the others where the leg ends."""
    first = cuts[leg]
    if not zone.legs[leg].tip or first is None:
        return None
    point = item.xy[[0 if end == 0 else -1]]
    apart = min(abs(float(project(point, paths[p].xy)[0, 1])) for p in parents)
    if apart < _APART:
        return None
    return _own_end(graph, item, end, first)


def _own_end(graph: WorkGraph, item: _Own, end: int, other: int | None) -> int:
    """A vertex where a path ends beside another one's end."""
    vertex = graph.add_vertex(item.xy[0 if end == 0 else -1])
    graph.vertices[vertex].at_edge = other is not None and graph.vertices[other].at_edge
    return vertex


def _diverge(
    graph: WorkGraph,
    probability: ProbabilityField,
    paths: list[Path],
    own: dict[int, _Own],
    item: _Own,
    k: int,
    leg: int,
    end: int,
    parents: list[int],
    tip: bool,
    scale: Scale,
    gauge: float,
) -> bool:
    """Let path `k` leave, at `leg`, the path that it stays with longest.

    Not so (False) where the leg ends before that (`tip`): the switch lies outside the data.
    """
    mine = item.xy if end == 0 else item.xy[::-1]
    weight = np.ones(len(mine))
    measured = paths[k].weight if end == 0 else paths[k].weight[::-1]
    if len(measured) == len(mine):
        weight = measured
    best = None
    for p in parents:
        main = paths[p].starting(leg)
        toe, side, fit = _toe(probability, main, mine, weight, scale, gauge)
        if toe < own[p].left.get(leg, 0.0):
            continue  # it had not left its own parent there
        if best is None or toe > best[1] + 0.5:
            best = (p, toe, side, fit)
    assert best is not None  # the first of them has left nothing
    p, toe, side, fit = best
    if tip and toe <= _AT_TIP:
        return False
    main = paths[p].starting(leg)
    branch = _branch(main, mine, toe, side, fit, scale)
    vertex = graph.add_vertex(branch[0])
    info = graph.vertices[vertex]
    info.railway = "switch"
    info.turnout_side = "left" if side > 0 else "right"
    if fit is not None:
        info.angle_deg = round(float(np.degrees(fit.angle)), 3)
        info.angle_sigma_deg = round(float(np.degrees(fit.angle_sigma)), 3)
        info.crossing_number = round(float(1 / np.tan(fit.angle)), 2)
        info.sigma_m = round(fit.toe_sigma, 2)
    item.left[leg] = toe
    own[p].events.append(_Event(vertex, leg, (k, end)))
    item.xy = branch if end == 0 else branch[::-1]
    if end == 0:
        item.start = vertex
    else:
        item.end = vertex
    return True


def _crossings(graph: WorkGraph, own: dict[int, _Own]) -> None:
    """A crossing wherever two paths cut each other."""
    keys = sorted(own)
    for i, a in enumerate(keys):
        for b in keys[i + 1 :]:
            one, two = own[a], own[b]
            if {e.vertex for e in one.events} & {two.start, two.end} or {
                e.vertex for e in two.events
            } & {one.start, one.end}:
                continue  # one leaves the other at a switch
            ends = [graph.vertices[v].xy for v in (one.start, one.end, two.start, two.end) if v]
            hits = shapely.get_coordinates(
                shapely.intersection(shapely.linestrings(one.xy), shapely.linestrings(two.xy))
            )
            for hit in hits[np.lexsort(hits.T[::-1])]:
                if any(np.hypot(*(hit - e)) < 0.5 for e in ends):
                    continue
                angle, sigma = _crossing_angle(one.xy, two.xy, hit)
                if angle < _FLAT:
                    continue
                vertex = graph.add_vertex(hit)
                info = graph.vertices[vertex]
                info.railway = "railway_crossing"
                info.angle_deg = round(float(np.degrees(angle)), 3)
                info.crossing_number = round(float(1 / np.tan(max(angle, 1e-3))), 2)
                info.angle_sigma_deg = round(float(np.degrees(sigma)), 3)
                one.events.append(_Event(vertex))
                two.events.append(_Event(vertex))


def _crossing_angle(one: Array, two: Array, at: Array) -> tuple[float, float]:
    """Angle between two tracks where they cross and its sigma, radians."""
    (a, sigma_a), (b, sigma_b) = (_heading_at(xy, at) for xy in (one, two))
    turn = abs(bend(a, b))
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


def _pieces(graph: WorkGraph, own: dict[int, _Own], k: int) -> None:
    """Draw a path's own stretch, cut at its events."""
    item = own[k]
    assert item.start is not None
    assert item.end is not None
    xy = item.xy.copy()
    stations = [float(project(graph.vertices[e.vertex].xy[None], xy)[0, 0]) for e in item.events]
    order = np.argsort(stations, kind="stable")
    item.events = [item.events[i] for i in order]
    total = float(arc_length(xy)[-1])
    marks = [0.0, *(float(np.clip(stations[i], 0.0, total)) for i in order), total]
    stops = [item.start, *(e.vertex for e in item.events), item.end]
    for low, high, a, b in zip(marks[:-1], marks[1:], stops[:-1], stops[1:], strict=True):
        ends = np.stack([graph.vertices[a].xy, graph.vertices[b].xy])
        number = graph.add_strand(cut(xy, low, high) if high - low > 1e-6 else ends, a, b)
        item.ports.append(graph.strands[number].ports)


def _ways(graph: WorkGraph, paths: list[Path], own: dict[int, _Own]) -> None:
    """Say at every switch and crossing which way leads on to which."""
    for k in sorted(own):
        for i, event in enumerate(own[k].events):
            before, after = own[k].ports[i][1], own[k].ports[i + 1][0]
            ways = graph.vertices[event.vertex].ways
            ways.append((before, after))
            if event.diverging is not None:
                leg, end = event.diverging
                branch = own[leg].ports[0][0] if end == 0 else own[leg].ports[-1][1]
                ways.append((before if event.leg == paths[k].a else after, branch))
