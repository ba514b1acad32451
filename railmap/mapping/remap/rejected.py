"""Leave out what a person has rejected when the raster is mapped again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import shapely
from numpy.typing import NDArray

from railmap.geometry.types import TrackNetwork
from railmap.mapping.schema.node_form import form_of_node
from railmap.mapping.schema.review import DOUBTFUL_TRACK, RETURNED_TRACK
from railmap.mapping.store.types import QaIssue

__all__ = ["unanswered", "without_rejected"]

# Parallel tracks are at least 3.5 m apart.
_REACH_M = 1.5
_STEP_M = 1.0
_SHARE = 0.8
_RETURNED = 0.5
_SWITCHES = ("switch", "railway_crossing")


def without_rejected(
    network: TrackNetwork, rejected: Sequence[NDArray[np.float64]]
) -> tuple[TrackNetwork, list[QaIssue]]:
    """Return a network without the links that run where a person has rejected a track.

    A link is left out if 80 % of it are within 1.5 m of rejected lines. One that runs along half of
    a rejected line but goes on elsewhere stays and becomes an issue (``returned_track``). The leg
    of a switch runs beside the main track only at its start, which is less.

    Parameters
    ----------
    network
        The new network; not changed.
    rejected
        Lines, ``(n, 2)`` metres in the network's CRS.
    """
    if not rejected or not network.links:
        return network, []
    lines = np.array([shapely.linestrings(xy) for xy in rejected], dtype=object)
    areas = shapely.buffer(lines, _REACH_M)
    area = shapely.union_all(areas)
    shapely.prepare(area)
    tree = shapely.STRtree(areas)
    gone: set[int] = set()
    issues: list[QaIssue] = []
    for index, link in enumerate(network.links):
        line = shapely.linestrings(link.xy)
        length = float(line.length)
        m = np.linspace(0, length, max(2, round(length / _STEP_M) + 1))
        share = float(shapely.covers(area, shapely.line_interpolate_point(line, m)).mean())
        if share >= _SHARE:
            gone.add(index)
            continue
        for one in sorted(tree.query(line, predicate="intersects").tolist()):
            common = shapely.intersection(line, areas[one])
            if common.length >= _RETURNED * lines[one].length:
                text = f"{common.length:.0f} m of this track are where one was rejected"
                issues.append(QaIssue(RETURNED_TRACK, "warning", text, common))
    return (_without(network, gone) if gone else network), issues


def unanswered(issues: Sequence[QaIssue], answered: Sequence[NDArray[np.float64]]) -> list[QaIssue]:
    """Leave out doubts about tracks that a person has accepted, drawn or rejected.

    Parameters
    ----------
    issues
        Issues of the new map.
    answered
        Lines of edited links and rejected tracks.
    """
    if not answered:
        return list(issues)
    area = shapely.union_all(shapely.buffer([shapely.linestrings(xy) for xy in answered], _REACH_M))
    return [
        issue
        for issue in issues
        if issue.rule != DOUBTFUL_TRACK
        or not issue.geometry.length > 0
        or shapely.intersection(issue.geometry, area).length < _SHARE * issue.geometry.length
    ]


def _without(network: TrackNetwork, gone: set[int]) -> TrackNetwork:
    """Remove links, the nodes that only they had, and what refers to them."""
    links = [link for index, link in enumerate(network.links) if index not in gone]
    before = Counter(node for link in network.links for node in (link.start_node, link.end_node))
    after = Counter(node for link in links for node in (link.start_node, link.end_node))
    kept = [n for n in range(len(network.nodes)) if after[n] or not before[n]]
    node_now = {old: new for new, old in enumerate(kept)}
    link_now = {
        old: new for new, old in enumerate(i for i in range(len(network.links)) if i not in gone)
    }
    nodes = []
    for number in kept:
        node = replace(network.nodes[number])
        if after[number] != before[number]:
            node.degree = after[number]
            if not (node.degree == 1 and node.at_dataset_edge):
                node.form_of_node = form_of_node(node.form_of_node, node.degree)
            if node.degree < 3 and node.railway in _SWITCHES:
                node.railway = node.turnout_side = node.turnout_type = None
                node.crossing_number = node.angle_deg = node.angle_sigma_deg = None
                node.turnout_type_probability = None
        nodes.append(node)
    relations = [
        replace(
            relation,
            node=node_now[relation.node],
            link_a=link_now[relation.link_a],
            link_b=link_now[relation.link_b],
        )
        for relation in network.relations
        if relation.link_a in link_now and relation.link_b in link_now
    ]
    moved = [
        replace(link, start_node=node_now[link.start_node], end_node=node_now[link.end_node])
        for link in links
    ]
    return replace(network, nodes=nodes, links=moved, relations=relations)
