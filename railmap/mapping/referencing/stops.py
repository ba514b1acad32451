"""Where a route begins or ends: a node, a position or a chainage."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from railmap.errors import InputError, Option, UsageError
from railmap.mapping.referencing.lineset import read_lines
from railmap.mapping.referencing.link_arrays import LinkArrays, Moves
from railmap.mapping.referencing.locate import in_map, station_of
from railmap.mapping.referencing.projection import LinkIndex
from railmap.mapping.referencing.routing import find_node, parse_xy
from railmap.mapping.schema.chainage import is_location, parse_location
from railmap.mapping.store.reader import Map

__all__ = ["Stop", "StopFinder"]

# A place this close to the end of its link (m) is the node there.
_AT_NODE_M = 1e-3


@dataclass(frozen=True, slots=True)
class Stop:
    """An end of a route.

    Parameters
    ----------
    text
        As the user gave it.
    x, y
        Position on the track, metres in the map's CRS.
    node_id
        The node; None for a place between two nodes.
    link_id, link_m
        The link, and metres along it; None for a node.
    snapped_m
        Distance from the position given to the track, metres; 0 for a node or a chainage.
    ambiguous
        Another track is nearly as near to the position given.
    """

    text: str
    x: float
    y: float
    node_id: str | None
    link_id: str | None
    link_m: float | None
    snapped_m: float = 0.0
    ambiguous: bool = False

    @property
    def title(self) -> str:
        """The text, and for a position that was moved to the track by how much."""
        moved = f" (moved {self.snapped_m:.1f} m to the track)" if self.snapped_m > 0.05 else ""
        return f"{self.text}{moved}"


@dataclass(slots=True)
class StopFinder:
    """Finds the ends of routes in a map.

    Parameters
    ----------
    content
        The map.
    track, moves
        Its links, and the movements between them.
    """

    content: Map
    track: LinkArrays
    moves: Moves
    _index: LinkIndex | None = field(init=False, default=None)

    def find(self, text: str, *, crs: Any = None, max_distance_m: float = 50.0) -> Stop:
        """Return the end of a route.

        Parameters
        ----------
        text
            ``x,y``; a chainage such as ``6185 km 12.430``; a ``node_id`` or the start of one.
        crs
            CRS of ``x,y``; None for the map's.
        max_distance_m
            Maximum distance of ``x,y`` from a track, metres.

        Raises
        ------
        UsageError
            If the text names no node, or several, or `crs` is not a CRS.
        InputError
            If no track is near enough, the node has none, or the map has no such chainage.
        """
        text = text.strip()
        place = parse_xy(text)
        if place is not None:
            x, y = in_map(self.content, float(place[0]), float(place[1]), crs)
            return self._nearest(text, x, y, max_distance_m)
        if is_location(text):
            return self._chainage(text)
        if not text:
            raise UsageError(
                'a route needs two ends: give node ids, x,y or chainages such as "6185 km 12.430"'
            )
        return self._node(text, find_node(self.track, text))

    def _node(self, text: str, node: int, snapped_m: float = 0.0, ambiguous: bool = False) -> Stop:
        name, (x, y) = self.track.node_ids[node], self.track.node_xy[node].tolist()
        if not np.isfinite([x, y]).all():
            raise InputError(f"{self.content.path}: node {name} has no track; give another one")
        return Stop(text, x, y, name, None, None, snapped_m, ambiguous)

    def _nearest(self, text: str, x: float, y: float, limit: float) -> Stop:
        if self._index is None:
            self._index = LinkIndex(self.track, self.moves)
        found = self._index.match(np.array([[x, y]]), np.zeros(1), max_distance_m=limit, threads=1)
        link, m = int(found.link[0]), float(found.m[0])
        if link < 0:
            raise InputError(
                f"{self.content.path}: no track within {limit:g} m of {text}; give a place nearer"
                f" to one, in the CRS {self.content.crs.to_string()} or with ",
                Option("crs"),
            )
        return self._on_link(text, link, m, float(found.distance[0]), bool(found.ambiguous[0]))

    def _chainage(self, text: str) -> Stop:
        wanted = parse_location(text)
        known = read_lines(self.content, self.track)
        lines = known.find(wanted.ref, self.content.path)
        places = []
        for line in lines:
            s = station_of(line, wanted.km, wanted.plus_m)
            if s is not None:
                places.append(known.link_at(line, s))
        if not places:
            raise InputError(f"{self.content.path}: {lines[0].outside(wanted)}")
        if len(places) > 1:
            raise UsageError(
                f"{text!r} is on {len(places)} lines called {wanted.ref}; give a node id or x,y"
            )
        return self._on_link(text, *places[0])

    def _on_link(
        self, text: str, link: int, m: float, snapped_m: float = 0.0, ambiguous: bool = False
    ) -> Stop:
        track, length = self.track, float(self.track.length[link])
        if m <= _AT_NODE_M or m >= length - _AT_NODE_M:
            node = int(track.nodes[link, int(m > length / 2)])
            return self._node(text, node, snapped_m, ambiguous)
        vertices = slice(track.first[link], track.first[link + 1])
        x, y = (float(np.interp(m, track.m[vertices], track.xy[vertices, i])) for i in (0, 1))
        return Stop(text, x, y, None, track.ids[link], m, snapped_m, ambiguous)
