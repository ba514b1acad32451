"""Links of a map as flat arrays, and the train movements between them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numba import njit
from numpy.typing import NDArray

from railmap.errors import MapError
from railmap.evaluation.moves import free_moves
from railmap.mapping.store.reader import Map

__all__ = ["LinkArrays", "Moves", "read_moves", "turns_about"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Length over which the direction of a link end is measured.
_HEADING_M = 10.0

# (link, end) -> the (link, end) pairs by which a train that leaves there may enter.
Moves = dict[tuple[int, int], list[tuple[int, int]]]


@dataclass(frozen=True, slots=True)
class LinkArrays:
    """The links that have a geometry, in the map's order.

    Parameters
    ----------
    ids
        ``link_id`` by link.
    first
        ``(links + 1,)``: link i has the vertices ``first[i]:first[i + 1]``.
    xy
        ``(vertices, 2)`` metres, CRS x/y.
    m
        ``(vertices,)`` metres along the link from its start.
    nodes
        ``(links, 2)`` index into `node_ids` of start and end.
    node_ids, node_xy
        The nodes; a node that is missing in the map is at the end of the link that refers to it.
    accuracy
        ``(links,)`` ``h_accuracy_m``, NaN where unknown.
    """

    ids: list[str]
    first: Ints
    xy: Floats
    m: Floats
    nodes: Ints
    node_ids: list[str]
    node_xy: Floats
    accuracy: Floats

    @classmethod
    def of(cls, content: Map) -> LinkArrays:
        """Return the links of a map.

        Raises
        ------
        MapError
            If no link has a geometry.
        """
        links = content.links
        lines = links.geometry.to_numpy()
        sound = (shapely.get_type_id(lines) == 1) & ~shapely.is_empty(lines)
        sound &= shapely.length(lines) > 0
        links, lines = links[sound], lines[sound]
        if not len(links):
            raise MapError(f"{content.path}: the map has no tracks")
        xy = shapely.get_coordinates(lines)
        first = np.r_[0, np.cumsum(shapely.get_num_coordinates(lines))].astype(np.int64)
        named = pd.concat([content.nodes["node_id"], links["start_node"], links["end_node"]])
        codes, names = pd.factorize(named)
        count = len(content.nodes)
        nodes = codes[count:].reshape(2, -1).T.astype(np.int64)
        places = np.full((len(names), 2), np.nan)
        places[nodes[:, 1]] = xy[first[1:] - 1]
        places[nodes[:, 0]] = xy[first[:-1]]
        return cls(
            ids=links["link_id"].tolist(),
            first=first,
            xy=xy,
            m=_along(xy, first),
            nodes=nodes,
            node_ids=[str(name) for name in names],
            node_xy=places,
            accuracy=links["h_accuracy_m"].to_numpy(dtype=np.float64),
        )

    @property
    def length(self) -> Floats:
        """``(links,)`` metres."""
        return self.m[self.first[1:] - 1]

    def line(self, link: int, reverse: bool = False) -> Floats:
        """Return ``(n, 2)`` x/y of a link, in or against the direction of its M."""
        xy = self.xy[self.first[link] : self.first[link + 1]]
        return xy[::-1] if reverse else xy

    def outward(self) -> Floats:
        """Return ``(links, 2, 2)`` unit vectors x/y from each end (start, end) into the link."""
        owner = np.repeat(np.arange(len(self.ids)), np.diff(self.first))
        lines = shapely.linestrings(self.xy, indices=owner)
        reach = np.minimum(_HEADING_M, self.length)
        away = np.empty((len(self.ids), 2, 2))
        for end, sign in ((0, 1.0), (1, -1.0)):
            there = shapely.line_interpolate_point(lines, sign * reach)
            here = self.xy[self.first[:-1] if end == 0 else self.first[1:] - 1]
            away[:, end] = shapely.get_coordinates(there) - here
        size = np.hypot(away[..., 0], away[..., 1])[..., None]
        return away / np.where(size > 0, size, 1.0)

    def ends_at(self) -> dict[int, list[tuple[int, int]]]:
        """Return the (link, end) pairs that meet at each node."""
        found: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for link, (start, end) in enumerate(self.nodes.tolist()):
            found[start].append((link, 0))
            found[end].append((link, 1))
        return found


def _along(xy: Floats, first: Ints) -> Floats:
    step = np.zeros(len(xy))
    step[1:] = np.hypot(*np.diff(xy, axis=0).T)
    step[first[:-1]] = 0.0
    # Summed per link: a single sum loses precision on a large map.
    return np.asarray(_sum_by_link(step, first))


@njit(cache=True, nogil=True)
def _sum_by_link(step, first):  # type: ignore[no-untyped-def]
    m = np.empty_like(step)
    for link in range(len(first) - 1):
        total = 0.0
        for i in range(first[link], first[link + 1]):
            total += step[i]
            m[i] = total
    return m


def read_moves(content: Map, track: LinkArrays) -> Moves:
    """Return the movements that trains can make at nodes.

    They follow from ``net_relation``. At a node without relations (for example one drawn in a
    GIS), they follow from the directions of the link ends, see `free_moves`. A relation whose ends
    do not meet (any more), or between which a train would turn about, is no movement; `check`
    reports it.
    """
    index = {link_id: link for link, link_id in enumerate(track.ids)}
    node_index = {node_id: node for node, node_id in enumerate(track.node_ids)}
    nodes, vectors = track.nodes.tolist(), track.outward().tolist()
    moves: Moves = defaultdict(list)
    known: set[int] = set()
    relations = content.layers["net_relation"]
    names = ("node_id", "link_a", "end_a", "link_b", "end_b", "navigability")
    for node_id, link_a, end_a, link_b, end_b, navigability in zip(
        *(relations[name].tolist() for name in names), strict=True
    ):
        if link_a not in index or link_b not in index or pd.isna(end_a) or pd.isna(end_b):
            continue
        a, b = (index[link_a], int(end_a > 0)), (index[link_b], int(end_b > 0))
        node = node_index.get(node_id, -1)
        if nodes[a[0]][a[1]] != node or nodes[b[0]][b[1]] != node:
            continue
        known.add(node)
        if turns_about(vectors[a[0]][a[1]], vectors[b[0]][b[1]]):
            continue
        direction = "Both" if navigability is None else navigability
        if direction in ("Both", "AB") and b not in moves[a]:
            moves[a].append(b)
        if direction in ("Both", "BA") and a not in moves[b]:
            moves[b].append(a)
    kinds = dict(zip(content.nodes["node_id"], content.nodes["railway"], strict=True))
    for node, ends in track.ends_at().items():
        if node in known or len(ends) < 2:
            continue
        away = [vectors[link][end] for link, end in ends]
        crossing = kinds.get(track.node_ids[node]) != "switch"
        for one, other in free_moves(away, straight_on=crossing):
            moves[ends[one]].append(ends[other])
    return moves


def turns_about(a: Sequence[float], b: Sequence[float]) -> bool:
    """Return whether a train would turn by more than 90 degrees between two link ends.

    Parameters
    ----------
    a, b
        Unit vectors from the node into the links, x/y, see `LinkArrays.outward`.
    """
    return a[0] * b[0] + a[1] * b[1] > 0.0
