"""What each path draws itself, and the switches and crossings on it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from railmap.geometry.curves import Array, arc_length, cut, length_of, point_at, project
from railmap.geometry.graph import WorkGraph
from railmap.geometry.junctions.find.mask_paths import CandidatePath

__all__ = ["Junction", "TrackPart", "add_connections", "add_edges", "carrying_path"]


@dataclass(slots=True)
class Junction:
    """Something on a path: a switch (``leg`` is its toe's side) or a crossing."""

    node: int
    leg: int | None = None
    diverging: tuple[int, int] | None = None  # path and which of its ends
    slips: list[tuple[int, int, int]] = field(default_factory=list)  # own end, path, its end


@dataclass(slots=True)
class TrackPart:
    """What a path draws itself: all of it, or what is left past the toes."""

    xy: Array
    start: int | None = None
    end: int | None = None
    junctions: list[Junction] = field(default_factory=list)
    end_ids: list[tuple[int, int]] = field(default_factory=list)  # of its pieces, in order
    left: dict[int, float] = field(default_factory=dict)  # by leg: station where it diverged ...
    parent: dict[int, int] = field(default_factory=dict)  # ... and the path that it left


def carrying_path(
    paths: list[CandidatePath], own: dict[int, TrackPart], p: int, leg: int, toe: float
) -> tuple[int, int, float]:
    """The path that draws what path `p` runs over at station `toe` from `leg`.

    That is the one that `p` has joined before (turnouts toe to toe: the track between the toes is
    drawn once). Gives the path, the leg of it that lies on the side of `leg`, the station from it.
    """
    while True:
        far = paths[p].b if leg == paths[p].a else paths[p].a
        if far not in own[p].parent or toe <= length_of(paths[p].xy) - own[p].left[far]:
            return p, leg, toe
        point = point_at(paths[p].starting(leg), toe)
        p = own[p].parent[far]
        leg = paths[p].b if far == paths[p].a else paths[p].a
        toe = float(project(point[None], paths[p].starting(leg))[0, 0])


def add_edges(graph: WorkGraph, own: dict[int, TrackPart], k: int) -> None:
    """Draw a path's own stretch, cut at its events."""
    item = own[k]
    assert item.start is not None
    assert item.end is not None
    xy = item.xy.copy()
    stations = [float(project(graph.nodes[e.node].xy[None], xy)[0, 0]) for e in item.junctions]
    order = np.argsort(stations, kind="stable")
    item.junctions = [item.junctions[i] for i in order]
    total = float(arc_length(xy)[-1])
    marks = [0.0, *(float(np.clip(stations[i], 0.0, total)) for i in order), total]
    stops = [item.start, *(e.node for e in item.junctions), item.end]
    for low, high, a, b in zip(marks[:-1], marks[1:], stops[:-1], stops[1:], strict=True):
        ends = np.stack([graph.nodes[a].xy, graph.nodes[b].xy])
        number = graph.add_edge(cut(xy, low, high) if high - low > 1e-6 else ends, a, b)
        item.end_ids.append(graph.edges[number].end_ids)


def add_connections(
    graph: WorkGraph, paths: list[CandidatePath], own: dict[int, TrackPart]
) -> None:
    """Say at every switch and crossing which way leads on to which."""
    for k in sorted(own):
        for i, event in enumerate(own[k].junctions):
            before, after = own[k].end_ids[i][1], own[k].end_ids[i + 1][0]
            ways = graph.nodes[event.node].connections
            ways.append((before, after))
            for mine, other, its in event.slips:
                at = [e.node for e in own[other].junctions].index(event.node)
                ways.append(((before, after)[mine], own[other].end_ids[at + its][1 - its]))
            if event.diverging is not None:
                leg, end = event.diverging
                branch = own[leg].end_ids[0][0] if end == 0 else own[leg].end_ids[-1][1]
                ways.append((before if event.leg == paths[k].a else after, branch))
