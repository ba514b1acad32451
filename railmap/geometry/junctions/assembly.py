"""Parts of paths that become graph edges, and the switches and crossings on them (both solvers)."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from railmap.geometry.curves import Array, arc_length, cut, length_of, point_at, project
from railmap.geometry.graph import WorkGraph
from railmap.geometry.junctions.find.types import CandidatePath

__all__ = ["Junction", "TrackPart", "add_connections", "add_edges", "path_at_toe"]


@dataclass(slots=True)
class Junction:
    """A switch or crossing on a track part.

    Parameters
    ----------
    node
        The graph node.
    toe_leg
        Switch: the leg of this part on the side of the toe; None for a crossing.
    diverging
        Switch: the path of the diverging leg, and which of its ends is here (0 start, 1 end).
    slips
        Crossing: ``(end of this part, other path, end of the other part)`` of each slip.
    """

    node: int
    toe_leg: int | None = None
    diverging: tuple[int, int] | None = None
    slips: list[tuple[int, int, int]] = field(default_factory=list)


@dataclass(slots=True)
class TrackPart:
    """The part of a path that becomes its own edges: all of it, or the rest past the toes.

    Parameters
    ----------
    xy
        ``(n, 2)`` metres.
    start, end
        Graph nodes at its ends.
    junctions
        Switches and crossings on it.
    end_ids
        End ids of its edges, in order.
    toe_station
        Station of the toe on the parent, from the shared leg, by leg where it diverged.
    parent
        The path that it diverges from, by leg.
    """

    xy: Array
    start: int | None = None
    end: int | None = None
    junctions: list[Junction] = field(default_factory=list)
    end_ids: list[tuple[int, int]] = field(default_factory=list)
    toe_station: dict[int, float] = field(default_factory=dict)
    parent: dict[int, int] = field(default_factory=dict)


def path_at_toe(
    paths: list[CandidatePath], parts: dict[int, TrackPart], p: int, leg: int, toe: float
) -> tuple[int, int, float]:
    """Find the path whose part contains a station of another path.

    Where a path has joined a second one before the toe (turnouts toe to toe), the track between
    the toes is drawn once, as part of the second.

    Parameters
    ----------
    paths
        Paths of the cluster.
    parts
        Parts so far, by path.
    p
        Index of a path.
    leg
        One of its legs.
    toe
        Station from this leg, metres.

    Returns
    -------
    (int, int, float)
        The path that contains the toe, its leg on the same side, and the station from that leg.
    """
    while True:
        far = paths[p].other(leg)
        if far not in parts[p].parent or toe <= length_of(paths[p].xy) - parts[p].toe_station[far]:
            return p, leg, toe
        point = point_at(paths[p].starting_at(leg), toe)
        p = parts[p].parent[far]
        leg = paths[p].other(far)
        toe = float(project(point[None], paths[p].starting_at(leg))[0, 0])


def add_edges(graph: WorkGraph, parts: dict[int, TrackPart], k: int) -> None:
    """Add a track part to the graph, split at its junctions.

    Parameters
    ----------
    graph
        The network; changed in place.
    parts
        Parts by path; part `k` receives its end ids, and its junctions in order.
    k
        Index of the path.
    """
    part = parts[k]
    assert part.start is not None
    assert part.end is not None
    xy = part.xy.copy()
    stations = [float(project(graph.nodes[e.node].xy[None], xy)[0, 0]) for e in part.junctions]
    order = np.argsort(stations, kind="stable")
    part.junctions = [part.junctions[i] for i in order]
    total = float(arc_length(xy)[-1])
    marks = [0.0, *(float(np.clip(stations[i], 0.0, total)) for i in order), total]
    stops = [part.start, *(e.node for e in part.junctions), part.end]
    for low, high, a, b in zip(marks[:-1], marks[1:], stops[:-1], stops[1:], strict=True):
        ends = np.stack([graph.nodes[a].xy, graph.nodes[b].xy])
        number = graph.add_edge(cut(xy, low, high) if high - low > 1e-6 else ends, a, b)
        part.end_ids.append(graph.edges[number].end_ids)


def add_connections(
    graph: WorkGraph, paths: list[CandidatePath], parts: dict[int, TrackPart]
) -> None:
    """Add the connections at every switch and crossing.

    Parameters
    ----------
    graph
        The network; changed in place.
    paths
        Paths of the cluster.
    parts
        Parts by path, after `add_edges`.
    """
    for k in sorted(parts):
        for i, junction in enumerate(parts[k].junctions):
            before, after = parts[k].end_ids[i][1], parts[k].end_ids[i + 1][0]
            connections = graph.nodes[junction.node].connections
            connections.append((before, after))
            for end, other, other_end in junction.slips:
                at = [e.node for e in parts[other].junctions].index(junction.node)
                to = parts[other].end_ids[at + other_end][1 - other_end]
                connections.append(((before, after)[end], to))
            if junction.diverging is not None:
                leg, end = junction.diverging
                branch = parts[leg].end_ids[0][0] if end == 0 else parts[leg].end_ids[-1][1]
                trunk = before if junction.toe_leg == paths[k].a else after
                connections.append((trunk, branch))
