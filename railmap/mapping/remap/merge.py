"""Merge a new network with the edits of the old map."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import Point
from shapely.ops import substring

from railmap.geometry.types import Link, Node, Relation, TrackNetwork
from railmap.mapping.remap.anchors import JOIN_M, Anchor, assign_nodes, kept_anchors
from railmap.mapping.remap.edits import Edits, Values
from railmap.mapping.remap.match import Piece, uncovered
from railmap.mapping.schema.ids import IdMaker
from railmap.mapping.schema.node_form import ORDINARY_FORMS, form_of_node
from railmap.mapping.store.rows import ids_of_nodes, network_ids
from railmap.mapping.store.types import QaIssue

__all__ = ["Merged", "merge_edits"]

_SHORTEST_M = 3.0
# A new link is moved to a node over this multiple of its distance, which avoids kinks.
_BEND = 20.0


@dataclass(frozen=True, slots=True)
class Merged:
    """The network with the edits; ``*_values`` are columns by index, for `network_rows`."""

    network: TrackNetwork
    link_values: Mapping[int, Values]
    node_values: Mapping[int, Values]
    issues: list[QaIssue]


def merge_edits(network: TrackNetwork, edits: Edits, srs_id: int) -> Merged:
    """Merge edited links and reviewed nodes into a new network.

    Edited links keep geometry, id and columns. They replace new links with the same id, and new
    links that are on edited ones over their whole length (parallel, within 1 m). Of a new link
    that extends beyond an edited one, the rest remains and is joined to its end. Nodes within 1 m
    of the end of an edited link are merged with it. Reviewed nodes keep position and columns, and
    replace the nearest new node within 3 m.

    Parameters
    ----------
    network
        The new network; not changed.
    edits
        Edits in the network's CRS.
    srs_id
        Id of that CRS in the GeoPackage.

    Returns
    -------
    Merged
        The network, column values of edited objects, and issues.
    """
    node_ids, link_ids = network_ids(network, srs_id)
    anchors, ends = kept_anchors(edits)
    assign_nodes(network, node_ids, link_ids, edits, anchors, ends)
    target = {node: index for index, anchor in enumerate(anchors) for node in anchor.nodes}
    pieces, replaced = uncovered(network, link_ids, edits, ends, target)
    return _Assembly(network, edits, srs_id, anchors, ends, target, pieces, replaced).merged()


class _Assembly:
    """Builds the merged network, with new indices of nodes and links."""

    def __init__(
        self,
        network: TrackNetwork,
        edits: Edits,
        srs_id: int,
        anchors: list[Anchor],
        ends: list[tuple[int, int]],
        target: Mapping[int, int],
        pieces: list[Piece],
        replaced: Mapping[int, int],
    ) -> None:
        self._srs_id = srs_id
        self._old, self._edits, self._replaced = network, edits, replaced
        self._anchors, self._ends, self._target = anchors, ends, target
        self._nodes: list[Node] = []
        self._links: list[Link] = []
        self._node_values: dict[int, Values] = {}
        self._link_values: dict[int, Values] = {}
        self._relations: dict[tuple[int, int, int, int, int], Relation] = {}
        # New indices: of unchanged nodes, of anchors, of old link ends, of edited links.
        self._node: dict[int, int] = {}
        self._anchor: dict[int, int] = {}
        self._end: dict[tuple[int, int], tuple[int, int]] = {}
        self._kept: list[int] = []
        self._cuts: list[tuple[int, int, int]] = []
        self._add_nodes(pieces)
        self._add_pieces(pieces)
        self._add_kept()
        self._count_degrees()
        self._add_relations()

    def merged(self) -> Merged:
        """Return the merged network."""
        network = TrackNetwork(
            self._nodes, self._links, list(self._relations.values()), list(self._old.areas)
        )
        return Merged(network, self._link_values, self._node_values, self._dangling())

    def _add_nodes(self, pieces: list[Piece]) -> None:
        linked = {node for link in self._old.links for node in (link.start_node, link.end_node)}
        needed = {
            node
            for piece in pieces
            for node, anchor in (
                (self._old.links[piece.link].start_node, piece.start_anchor),
                (self._old.links[piece.link].end_node, piece.end_anchor),
            )
            if anchor is None
        }
        for index, node in enumerate(self._old.nodes):
            if index in self._target or (index in linked and index not in needed):
                continue
            self._node[index] = len(self._nodes)
            self._nodes.append(replace(node))
        for index, anchor in enumerate(self._anchors):
            number = self._anchor[index] = len(self._nodes)
            kept = anchor.kept
            if kept is not None and (kept.reviewed or not anchor.nodes):
                known = {"heading_deg": kept.values["heading_deg"]}
                values = {k: v for k, v in kept.values.items() if k not in known or v is not None}
                self._node_values[number] = values
                node = Node(anchor.x, anchor.y, kept.values["form_of_node"] or "pseudoNode")
                node.railway = kept.values["railway"]
            elif anchor.nodes:
                node = replace(self._old.nodes[anchor.nodes[0]], x=anchor.x, y=anchor.y)
                if kept is not None:
                    self._node_values[number] = {"node_id": kept.values["node_id"]}
            else:
                node = Node(anchor.x, anchor.y, "railwayEnd")
            self._nodes.append(node)
        self._keep_ids_apart()

    def _keep_ids_apart(self) -> None:
        """Change ids of new nodes that equal the id of a node that a person has moved."""
        make_id = IdMaker()
        taken = {values["node_id"] for values in self._node_values.values()}
        for number, node_id in enumerate(ids_of_nodes(self._nodes, self._srs_id)):
            if number in self._node_values or node_id not in taken:
                continue
            while node_id in taken:
                node_id = make_id("node again", node_id.encode())
            taken.add(node_id)
            self._node_values[number] = {"node_id": node_id}

    def _number(self, node: int) -> int:
        return self._anchor[self._target[node]] if node in self._target else self._node[node]

    def _joined(
        self, xy: NDArray[np.float64], start: int, end: int, bend: float = 0.0
    ) -> NDArray[np.float64]:
        """Return a line moved to its nodes, over `bend` times their distance."""
        drawn = np.array(xy, dtype=np.float64)
        m = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(drawn, axis=0).T))])
        for row, number, along in ((0, start, m), (-1, end, m[-1] - m)):
            goal = self._nodes[number].x, self._nodes[number].y
            step = np.array(goal) - xy[row]
            reach = min(bend * float(np.hypot(*step)), m[-1])
            if reach > 0:
                drawn += step * np.clip(1.0 - along / reach, 0.0, 1.0)[:, None]
            drawn[row] = goal
        return drawn

    def _add_pieces(self, pieces: list[Piece]) -> None:
        for piece in pieces:
            link = self._old.links[piece.link]
            start = self._end_of(piece.start_anchor, link.start_node)
            end = self._end_of(piece.end_anchor, link.end_node)
            if piece.whole:
                xy = self._joined(link.xy, start, end, _BEND)
                drawn = link
            else:
                line = substring(shapely.linestrings(link.xy), piece.m_from, piece.m_to)
                xy = self._joined(shapely.get_coordinates(line), start, end, _BEND)
                drawn = replace(link, alignment=[])
            length = float(np.hypot(*np.diff(xy, axis=0).T).sum())
            if not length > 0 or (start == end and length < _SHORTEST_M):
                continue
            number = len(self._links)
            self._links.append(replace(drawn, xy=xy, start_node=start, end_node=end))
            for which, anchor in ((0, piece.start_anchor), (1, piece.end_anchor)):
                if anchor is None:
                    self._end[piece.link, which] = (number, which)
                else:
                    self._cuts.append((anchor, number, which))

    def _end_of(self, anchor: int | None, node: int) -> int:
        return self._number(node) if anchor is None else self._anchor[anchor]

    def _add_kept(self) -> None:
        make_id, seen = IdMaker(), set()
        for kept, (first, last) in zip(self._edits.links, self._ends, strict=True):
            start, end = self._anchor[first], self._anchor[last]
            values = dict(kept.values)
            if values["link_id"] in seen:  # QGIS copies the id when it splits a link
                values["link_id"] = make_id("link again", values["link_id"].encode())
            seen.add(values["link_id"])
            self._kept.append(len(self._links))
            self._link_values[len(self._links)] = values
            xy = self._joined(kept.xy, start, end)
            self._links.append(Link(xy, start, end, "edited"))

    def _count_degrees(self) -> None:
        counts = Counter(node for link in self._links for node in (link.start_node, link.end_node))
        for number, node in enumerate(self._nodes):
            degree = counts[number]
            values = self._node_values.get(number, {})
            if "degree" in values:
                values["degree"] = degree
            if degree != node.degree and node.form_of_node in ORDINARY_FORMS:
                node.form_of_node = form_of_node(node.form_of_node, degree)
                if "form_of_node" in values and not values["reviewed"]:
                    values["form_of_node"] = node.form_of_node
            node.degree = degree

    def _relate(self, node: int, a: int, end_a: int, b: int, end_b: int, navigability: str) -> None:
        for link, end in ((a, end_a), (b, end_b)):
            ends = self._links[link]
            if (ends.start_node, ends.end_node)[end] != node:
                return
        if (node, b, end_b, a, end_a) not in self._relations:
            key = (node, a, end_a, b, end_b)
            self._relations.setdefault(key, Relation(node, a, end_a, b, end_b, navigability))

    def _add_relations(self) -> None:
        for relation in self._old.relations:
            if relation.node not in self._target and relation.node not in self._node:
                continue
            node = self._number(relation.node)
            a = self._now(relation.link_a, relation.end_a, node)
            b = self._now(relation.link_b, relation.end_b, node)
            if a is not None and b is not None:
                self._relate(node, *a, *b, relation.navigability)
        for anchor, link, end in self._cuts:
            for kept, pair in zip(self._kept, self._ends, strict=True):
                for which in (0, 1):
                    if pair[which] == anchor:
                        self._relate(self._anchor[anchor], kept, which, link, end, "Both")
        ids = {self._link_values[number]["link_id"]: number for number in self._kept}
        for row in self._edits.relations:
            first, second = ids[row["link_a"]], ids[row["link_b"]]
            end_a, end_b = int(row["end_a"] or 0), int(row["end_b"] or 0)
            node = (self._links[first].start_node, self._links[first].end_node)[end_a]
            self._relate(node, first, end_a, second, end_b, row["navigability"] or "Both")

    def _now(self, link: int, end: int, node: int) -> tuple[int, int] | None:
        """Return the new link end at a node that corresponds to an old link end."""
        if (link, end) in self._end:
            return self._end[link, end]
        if link in self._replaced:
            number = self._kept[self._replaced[link]]
            for which in (0, 1):
                if (self._links[number].start_node, self._links[number].end_node)[which] == node:
                    return number, which
            # Several edited links may lie on one link, which a person has split.
            ends = [
                (kept, which)
                for kept in self._kept
                for which in (0, 1)
                if (self._links[kept].start_node, self._links[kept].end_node)[which] == node
            ]
            return ends[0] if len(ends) == 1 else None
        return None

    def _dangling(self) -> list[QaIssue]:
        """Return issues for new tracks that end on an edited link without a node."""
        lines = [self._links[number].xy for number in self._kept]
        ends = [(i, node) for i, node in enumerate(self._nodes) if node.degree == 1]
        if not lines or not ends:
            return []
        shapes = np.array([shapely.linestrings(xy) for xy in lines], dtype=object)
        points = shapely.points([[node.x, node.y] for _, node in ends])
        found = shapely.STRtree(shapes).query(points, predicate="dwithin", distance=JOIN_M)
        issues = []
        for left, right in sorted(found.T.tolist()):
            number, node = ends[left]
            kept = self._links[self._kept[right]]
            if number not in (kept.start_node, kept.end_node):
                link_id: Any = self._link_values[self._kept[right]]["link_id"]
                text = f"a track ends on the edited link {link_id}; split that there and join them"
                where = Point(node.x, node.y)
                issues.append(QaIssue("edited_link", "warning", text, where, link_id))
        return issues
