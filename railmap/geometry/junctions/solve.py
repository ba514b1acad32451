"""Replace the forks of the skeleton by turnouts and crossings (both solvers)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from railmap.geometry.curves import project
from railmap.geometry.evidence.band import Scale
from railmap.geometry.evidence.field import ProbabilityField
from railmap.geometry.graph import WorkGraph
from railmap.geometry.junctions.assembly import (
    Junction,
    TrackPart,
    add_connections,
    add_edges,
    path_at_toe,
)
from railmap.geometry.junctions.crossings import add_crossings
from railmap.geometry.junctions.cuts import cut_legs
from railmap.geometry.junctions.find.mask_clusters import find_clusters
from railmap.geometry.junctions.find.mask_paths import find_mask_paths
from railmap.geometry.junctions.find.ridge_solver import find_ridge_paths
from railmap.geometry.junctions.find.types import CandidatePath, JunctionCluster
from railmap.geometry.junctions.ranking import rank
from railmap.geometry.junctions.toes import (
    draw_beyond_toe,
    draw_leg,
    find_toe,
    leg_side,
    set_switch,
)

__all__ = ["solve_junctions"]

_APART = 0.2  # tracks this far apart at the end of the band are two tracks, metres
_AT_TIP = 1.0  # a toe this near to the end of the data is outside, metres
_TRUNK = 1.5  # least length of trunk before a toe whose trunk ends inside the data, metres


def solve_junctions(
    graph: WorkGraph, probability: ProbabilityField, scale: Scale, gauge: float
) -> None:
    """Replace every junction cluster by smooth tracks, switches and crossings.

    Parameters
    ----------
    graph
        The network; changed in place.
    probability
        Track probability.
    scale
        Lengths of the raster; its profile selects the mask or the ridge solver.
    gauge
        Track gauge, metres.
    """
    if scale.tent:
        solved = find_ridge_paths(graph, probability, scale)
    else:
        clusters = find_clusters(graph, probability, scale)
        solved = [(cluster, find_mask_paths(probability, cluster, scale)) for cluster in clusters]
    solved = [(cluster, paths) for cluster, paths in solved if paths]
    cuts = cut_legs(graph, solved)
    for k, (cluster, paths) in enumerate(solved):
        _Assembly(graph, probability, scale, gauge, cluster, paths, cuts[k]).run()
    graph.merge_all()


@dataclass(slots=True)
class _Assembly:
    """Turn the paths of one cluster into edges and nodes of the graph.

    `cuts` are the graph nodes at the cuts of the legs.
    """

    graph: WorkGraph
    probability: ProbabilityField
    scale: Scale
    gauge: float
    cluster: JunctionCluster
    paths: list[CandidatePath]
    cuts: list[int | None]

    def run(self) -> None:
        """Add the paths in order of rank, each from the toe of its turnout on."""
        graph, paths = self.graph, self.paths
        parts: dict[int, TrackPart] = {}
        for k in rank(paths):
            path = paths[k]
            part = TrackPart(path.xy)
            for leg, end in ((path.a, 0), (path.b, 1)):
                parents = [p for p in parts if leg in (paths[p].a, paths[p].b)]
                node = self._end_node(parts, part, k, (leg, end), parents)
                if node is None:
                    continue
                if self.cluster.legs[leg].tip:
                    graph.nodes[node].xy = part.xy[0 if end == 0 else -1].copy()
                if end == 0:
                    part.start = node
                else:
                    part.end = node
            parts[k] = part
        add_crossings(graph, parts, self.probability if self.scale.tent else None)
        for k in sorted(parts):
            add_edges(graph, parts, k)
        add_connections(graph, paths, parts)

    def _end_node(
        self,
        parts: dict[int, TrackPart],
        part: TrackPart,
        k: int,
        at: tuple[int, int],
        parents: list[int],
    ) -> int | None:
        """Node at an end ``(leg, end)`` of path `k`; None if it diverges from a parent there."""
        leg, end = at
        node = self.cuts[leg]
        if parents:
            node = self._separate_end(part, leg, end, parents)
        if node is not None:
            return node
        tip = self.cluster.legs[leg].tip and self.cuts[leg] is not None
        if self._diverge(parts, part, k, at, parents, tip):
            return None
        return self._add_end(part, end, self.cuts[leg])

    def _separate_end(self, part: TrackPart, leg: int, end: int, parents: list[int]) -> int | None:
        """Add a node for a path that is still apart from its parents where the leg ends."""
        first = self.cuts[leg]
        if not self.cluster.legs[leg].tip or first is None:
            return None
        point = part.xy[[0 if end == 0 else -1]]
        apart = min(abs(float(project(point, self.paths[p].xy)[0, 1])) for p in parents)
        if apart < _APART:
            return None
        return self._add_end(part, end, first)

    def _add_end(self, part: TrackPart, end: int, other: int | None) -> int:
        """Add a node at the end of a part, at the dataset's edge if node `other` is."""
        graph = self.graph
        node = graph.add_node(part.xy[0 if end == 0 else -1])
        graph.nodes[node].at_dataset_edge = other is not None and graph.nodes[other].at_dataset_edge
        return node

    def _diverge(
        self,
        parts: dict[int, TrackPart],
        part: TrackPart,
        k: int,
        at: tuple[int, int],
        parents: list[int],
        tip: bool,
    ) -> bool:
        """Let path `k` diverge, at ``(leg, end)``, from the parent that it shares most track with.

        False where the leg ends before the toe (`tip`) at the edge of the data: the switch is
        outside. Inside the data, legs that meet are joined by a switch where they meet.
        """
        graph, paths = self.graph, self.paths
        leg, end = at
        mine = part.xy if end == 0 else part.xy[::-1]
        weight = np.ones(len(mine))
        measured = paths[k].weight if end == 0 else paths[k].weight[::-1]
        if len(measured) == len(mine):
            weight = measured
        best = None
        for p in parents:
            main = paths[p].starting_at(leg)
            toe, side, fit = find_toe(self.probability, main, mine, weight, self.scale, self.gauge)
            if toe < parts[p].toe_station.get(leg, 0.0):
                continue  # the parent has not diverged from its own parent there
            if best is None or toe > best[1] + 0.5:
                best = (p, toe, side, fit)
        assert best is not None  # the first parent has no parent itself
        parent, station, side, fit = best
        first = self.cuts[leg]
        if tip and first is not None and not graph.nodes[first].at_dataset_edge:
            station = max(station, _TRUNK)
        elif tip and station <= _AT_TIP:
            if fit is not None and fit.measured_from > 0:  # nearer points are not those of the leg
                main = paths[parent].starting_at(leg)
                apart = draw_beyond_toe(main, mine, side, fit, self.scale)
                part.xy = apart if end == 0 else apart[::-1]
            return False
        p, from_leg, toe = path_at_toe(paths, parts, parent, leg, station)
        branch = draw_leg(paths[p].starting_at(from_leg), mine, toe, side, fit, self.scale)
        node = graph.add_node(branch[0])
        set_switch(
            graph.nodes[node], leg_side(paths[parent].starting_at(leg), mine, side, fit), fit
        )
        part.toe_station[leg], part.parent[leg] = station, parent
        parts[p].junctions.append(Junction(node, from_leg, (k, end)))
        part.xy = branch if end == 0 else branch[::-1]
        if end == 0:
            part.start = node
        else:
            part.end = node
        return True
