"""Add a track to a map: joined to the tracks that are there, with nodes and relations."""

from __future__ import annotations

import os
import sqlite3
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from railmap.errors import InputError
from railmap.geometry.between.joining import Crossing, Join, NewPiece, join_to_tracks
from railmap.geometry.curves import arc_length, cut, point_at
from railmap.geometry.moves import complete_moves
from railmap.mapping.gpkg.blobs import line_m_blob, point_blob
from railmap.mapping.review.journal import Journal
from railmap.mapping.review.split import LinkSplitter, link_line
from railmap.mapping.schema import layer
from railmap.mapping.schema.gauge import DEFAULT_GAUGE_MM
from railmap.mapping.schema.ids import IdMaker
from railmap.mapping.schema.node_form import form_of_node
from railmap.mapping.store.editing import append_rows, edit_map
from railmap.mapping.store.layers import map_srs_id

__all__ = ["AddedTrack", "add_track", "plan_track"]

Array = NDArray[np.float64]
_AT_NODE = 1.0  # a place nearer to a node than this is the node, metres
_HEADING = 15.0  # length of track that shows to which side a leg turns, metres
_NEAR = 30.0  # links farther than this from the line stay as they are, metres
_HERE = "there is a track already in the map, all along this line"


@dataclass(frozen=True, slots=True)
class AddedTrack:
    """Links that were added to a map.

    Parameters
    ----------
    link_ids
        Their ids.
    length_m
        Their length, metres.
    journal
        For `take_back`.
    """

    link_ids: tuple[str, ...]
    length_m: float
    journal: Journal


@dataclass(frozen=True, slots=True)
class _Tracks:
    """The links of a map near a line."""

    ids: list[str]
    xy: list[Array]
    ends: list[tuple[str, str]]
    free: list[tuple[int, int]]


def plan_track(path: str | os.PathLike[str], xy: Array) -> list[NewPiece]:
    """Return the pieces of a line that `add_track` would add to a map, which stays as it is.

    Parameters
    ----------
    path
        The map.
    xy
        ``(n, 2)`` points of the line in the CRS of the map, metres.

    Raises
    ------
    InputError
        If the map has a track all along the line.
    MapError, OutputError
        As `edit_map`.
    """
    with edit_map(path) as sql:
        tracks = _tracks(sql, xy)
    return _pieces(tracks, xy)


def add_track(path: str | os.PathLike[str], xy: Array, interpolated_m: float = 0.0) -> AddedTrack:
    """Add a line to a map as edited links, in one transaction.

    Parts where the map has a track are left out, see `join_to_tracks`. Where the line joins or
    crosses a link between its nodes, the link is split and gets a node; both of its parts become
    edited, so that the node stays when the image is mapped again.

    Parameters
    ----------
    path
        The map.
    xy
        ``(n, 2)`` points of the line in the CRS of the map, metres.
    interpolated_m
        Length of the line that no evidence shows, metres.

    Returns
    -------
    AddedTrack
        The new links.

    Raises
    ------
    InputError
        If the map has a track all along the line.
    MapError, OutputError
        As `edit_map`.

    Examples
    --------
    >>> added = add_track("tracks.gpkg", xy)  # doctest: +SKIP
    >>> take_back("tracks.gpkg", added.journal)  # doctest: +SKIP
    """
    with edit_map(path) as sql:
        tracks = _tracks(sql, xy)
        writer = _Writer(sql, tracks)
        pieces = _pieces(tracks, xy)
        share = min(interpolated_m / max(float(arc_length(xy)[-1]), 1e-9), 1.0)
        for piece in pieces:
            writer.add(piece, share)
        writer.finish()
    length = sum(float(arc_length(piece.xy)[-1]) for piece in pieces)
    return AddedTrack(tuple(writer.added), length, writer.journal)


def _pieces(tracks: _Tracks, xy: Array) -> list[NewPiece]:
    pieces = join_to_tracks(xy, tracks.xy, tracks.free)
    if not pieces:
        raise InputError(_HERE)
    return pieces


def _tracks(sql: sqlite3.Connection, xy: Array) -> _Tracks:
    rows = sql.execute(
        "SELECT link_id, start_node, end_node, geom FROM railway_link"
        " WHERE geom IS NOT NULL ORDER BY fid"
    ).fetchall()
    degree = Counter(node for _, *nodes, _ in rows for node in nodes)
    line = shapely.linestrings(xy)
    found = _Tracks([], [], [], [])
    for link_id, start, end, blob in rows:
        points = link_line(blob)
        if len(points) < 2 or shapely.distance(shapely.linestrings(points), line) > _NEAR:
            continue
        for which, node in enumerate((start, end)):
            if degree[node] == 1:
                found.free.append((len(found.ids), which))
        found.ids.append(link_id)
        found.xy.append(points)
        found.ends.append((start, end))
    return found


class _Writer:
    """Adds pieces; splits links where they join."""

    def __init__(self, sql: sqlite3.Connection, tracks: _Tracks) -> None:
        self.journal = Journal()
        self.added: list[str] = []
        self._sql, self._tracks = sql, tracks
        self._srs_id = map_srs_id(sql)
        self._splitter = LinkSplitter(sql, self.journal)
        # Parts of each link: id, first and last station on it.
        self._parts = [
            [(link_id, 0.0, float(arc_length(xy)[-1]))]
            for link_id, xy in zip(tracks.ids, tracks.xy, strict=True)
        ]
        self._make_id = IdMaker()
        self._touched: set[str] = set()
        self._crossed: set[str] = set()

    def add(self, piece: NewPiece, interpolated: float) -> None:
        """Add one piece, in parts between the tracks that it crosses."""
        total = float(arc_length(piece.xy)[-1])
        last = [Crossing(piece.end, total)] if piece.end is not None else []
        node = self._node(piece.start, piece.xy[0])
        before = 0.0
        for crossing in (*piece.crossings, *last):
            ahead = self._node(crossing.at, point_at(piece.xy, crossing.station))
            if crossing.station < total:
                self._crossed.add(ahead)
            self._link(cut(piece.xy, before, crossing.station), node, ahead, interpolated)
            node, before = ahead, crossing.station
        if not last:
            end = self._node(None, piece.xy[-1])
            self._link(cut(piece.xy, before, total), node, end, interpolated)

    def finish(self) -> None:
        """Set degrees, forms, kinds and relations of the nodes that got links."""
        for node_id in sorted(self._touched):
            self._set_right(node_id)
        self.journal.close(self._sql)

    def _id(self, kind: str, content: bytes, table: str, column: str) -> str:
        while True:
            found = self._make_id(kind, content)
            if (
                self._sql.execute(
                    f'SELECT 1 FROM "{table}" WHERE {column} = ?', (found,)
                ).fetchone()
                is None
            ):
                return found

    def _node(self, join: Join | None, xy: Array) -> str:
        """Return the node at a place: one that is there, or a new one that splits a link."""
        if join is None:
            return self._new_node(xy)
        parts = self._parts[join.line]
        at = next(
            (i for i, (_, _, high) in enumerate(parts) if join.station <= high), len(parts) - 1
        )
        link_id, low, high = parts[at]
        for near, column in ((low, "start_node"), (high, "end_node")):
            if abs(join.station - near) < _AT_NODE:
                (found,) = self._sql.execute(
                    f"SELECT {column} FROM railway_link WHERE link_id = ?", (link_id,)
                ).fetchone()
                self._touched.add(found)
                return str(found)
        place = point_at(self._tracks.xy[join.line], join.station)
        node = self._new_node(place)
        new = self._id("link", link_id.encode() + place.tobytes(), "railway_link", "link_id")
        self._splitter.split(link_id, join.station - low, node, new)
        parts[at : at + 1] = [(link_id, low, join.station), (new, join.station, high)]
        return node

    def _new_node(self, xy: Array) -> str:
        node = self._id("node", np.asarray(xy).tobytes(), "railway_node", "node_id")
        x, y = (float(v) for v in xy)
        values = {"node_id": node, "form_of_node": "railwayEnd", "degree": 0, "reviewed": False}
        self._append("railway_node", values, point_blob(self._srs_id, x, y), (x, y, x, y))
        self._touched.add(node)
        return node

    def _link(self, xy: Array, start: str, end: str, interpolated: float) -> None:
        xy = xy.copy()
        xy[0], xy[-1] = self._position(start), self._position(end)
        m = arc_length(xy)
        blob, bounds = line_m_blob(self._srs_id, np.column_stack([xy, m]))
        link_id = self._id("link", xy.tobytes(), "railway_link", "link_id")
        values = {
            "link_id": link_id,
            "start_node": start,
            "end_node": end,
            "railway": "rail",
            "gauge": DEFAULT_GAUGE_MM,
            "gauge_source": "default",
            "length_m": float(m[-1]),
            "geometry_source": "edited",
            "interpolated_m": round(interpolated * float(m[-1]), 3),
        }
        self._append("railway_link", values, blob, bounds)
        self.added.append(link_id)

    def _append(self, table: str, values: dict[str, Any], blob: bytes, bounds: Any) -> None:
        append_rows(self._sql, layer(table), [(values, blob, bounds)])
        (fid,) = self._sql.execute(f'SELECT max(fid) FROM "{table}"').fetchone()
        self.journal.created(table, fid)

    def _position(self, node_id: str) -> Array:
        (blob,) = self._sql.execute(
            "SELECT geom FROM railway_node WHERE node_id = ?", (node_id,)
        ).fetchone()
        return np.asarray(link_line(blob)[0])

    def _set_right(self, node_id: str) -> None:
        ends: list[tuple[int, int]] = []
        lines: list[Array] = []
        ids: list[str] = []
        for link_id, start, end, blob in self._sql.execute(
            "SELECT link_id, start_node, end_node, geom FROM railway_link"
            " WHERE start_node = ?1 OR end_node = ?1 ORDER BY fid",
            (node_id,),
        ).fetchall():
            ends += [(len(ids), which) for which in (0, 1) if (start, end)[which] == node_id]
            lines.append(link_line(blob))
            ids.append(link_id)
        moves = self._relations(node_id, ends, lines, ids)
        self.journal.keep(self._sql, "railway_node", "node_id = ?", node_id)
        form, railway, reviewed = self._sql.execute(
            "SELECT form_of_node, railway, coalesce(reviewed, 0) FROM railway_node"
            " WHERE node_id = ?",
            (node_id,),
        ).fetchone()
        values: dict[str, Any] = {"degree": len(ends)}
        if not reviewed:
            values |= {"form_of_node": form_of_node(form or "railwayEnd", len(ends))}
            if node_id in self._crossed and railway is None:
                values["railway"] = "railway_crossing"
            elif len(ends) == 3 and railway is None:
                values |= _switch(moves, ends, lines)
        setters = ", ".join(f"{name} = ?" for name in values)
        self._sql.execute(
            f"UPDATE railway_node SET {setters} WHERE node_id = ?", (*values.values(), node_id)
        )

    def _relations(
        self, node_id: str, ends: list[tuple[int, int]], lines: list[Array], ids: list[str]
    ) -> Counter[tuple[int, int]]:
        """Complete the relations at a node; return how often a train can leave each end."""
        where = {(ids[link], end): (link, end) for link, end in ends}
        known: list[tuple[tuple[int, int], tuple[int, int]]] = []
        leads: list[tuple[int, int]] = []
        for a, end_a, b, end_b, navigability in self._sql.execute(
            "SELECT link_a, end_a, link_b, end_b, navigability FROM net_relation WHERE node_id = ?",
            (node_id,),
        ).fetchall():
            first, second = where.get((a, end_a)), where.get((b, end_b))
            if first is not None and second is not None:
                known.append((first, second))
                if navigability != "None":
                    leads += [first, second]
        there = {frozenset(pair) for pair in known}
        for move in complete_moves(0, ends, known, lines):
            one, two = (move.link_a, move.end_a), (move.link_b, move.end_b)
            if frozenset((one, two)) in there:
                continue
            if move.navigability != "None":
                leads += [one, two]
            values = {
                "node_id": node_id,
                "link_a": ids[one[0]],
                "end_a": one[1],
                "link_b": ids[two[0]],
                "end_b": two[1],
                "navigability": move.navigability,
            }
            content = "|".join(str(value) for value in values.values()).encode()
            values["relation_id"] = self._id("relation", content, "net_relation", "relation_id")
            append_rows(self._sql, layer("net_relation"), [(values, None, None)])
            (fid,) = self._sql.execute("SELECT max(fid) FROM net_relation").fetchone()
            self.journal.created("net_relation", fid)
        return Counter(leads)


def _switch(
    leads: Counter[tuple[int, int]], ends: list[tuple[int, int]], lines: list[Array]
) -> dict[str, Any]:
    """Return the columns of a switch: the end that leads to both others is before its toe."""
    trunk = [end for end in ends if leads[end] == 2]
    if len(trunk) != 1 or len(leads) != 3:
        return {}
    toe = -_out_of(lines[trunk[0][0]], trunk[0][1])
    turns = []
    for end in ends:
        if end != trunk[0]:
            out = _out_of(lines[end[0]], end[1])
            turns.append(float(np.arctan2(toe[0] * out[1] - toe[1] * out[0], toe @ out)))
    leg = max(turns, key=abs)
    return {
        "railway": "switch",
        "turnout_side": "left" if leg > min(turns, key=abs) else "right",
        "heading_deg": round(float(np.degrees(np.arctan2(toe[0], toe[1]))) % 360.0, 6),
    }


def _out_of(xy: Array, end: int) -> Array:
    path = xy if end == 0 else xy[::-1]
    away = point_at(path, _HEADING) - path[0]
    return np.asarray(away / max(float(np.hypot(*away)), 1e-12))
