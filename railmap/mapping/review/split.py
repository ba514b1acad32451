"""Split a link of a map at a place, with everything that refers to it."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from railmap.geometry.curves import arc_length, cut, point_at, project
from railmap.mapping.gpkg.blobs import line_m_blob, wkb_from_blob
from railmap.mapping.remap.tables import quoted
from railmap.mapping.review.journal import Journal
from railmap.mapping.store.layers import map_srs_id

__all__ = ["LinkSplitter", "copy_row", "link_line", "put_line"]

_Values = dict[str, Any]
_OWN = ("railway_link", "railway_line_link", "alignment_segment", "vertical_segment")
# Columns with places on a link, of events and heights: the middle of a row's decides.
_PLACES = (("link_m",), ("link_m_from", "link_m_to"), ("m_from", "m_to"))


def link_line(blob: bytes) -> NDArray[np.float64]:
    """Return the ``(n, 2)`` points of a link from its blob, metres."""
    points: NDArray[np.float64] = shapely.get_coordinates(shapely.from_wkb(wkb_from_blob(blob)))
    return points


def put_line(
    sql: sqlite3.Connection, table: str, fid: int, xy: NDArray[np.float64], m: float = 0.0
) -> None:
    """Store a line whose M begins with `m`, metres."""
    blob, _ = line_m_blob(map_srs_id(sql), np.column_stack([xy, m + arc_length(xy)]))
    sql.execute(f"UPDATE {quoted(table)} SET geom = ? WHERE fid = ?", (blob, fid))


def copy_row(
    sql: sqlite3.Connection, journal: Journal, table: str, fid: int, changes: _Values
) -> int:
    """Add a copy of a row with other values; return its ``fid``."""
    cursor = sql.execute(f"SELECT * FROM {quoted(table)} WHERE fid = ?", (fid,))
    names = [entry[0] for entry in cursor.description]
    row = dict(zip(names, cursor.fetchone(), strict=True)) | changes
    del row["fid"]
    columns, marks = ", ".join(quoted(name) for name in row), ", ".join("?" * len(row))
    done = sql.execute(
        f"INSERT INTO {quoted(table)} ({columns}) VALUES ({marks})", tuple(row.values())
    )
    new = int(done.lastrowid or 0)
    journal.created(table, new)
    return new


@dataclass(frozen=True, slots=True)
class LinkSplitter:
    """Splits links in a transaction of `edit_map`.

    Both parts are ``edited``, so that mapping again keeps the node between them. Events and
    heights go with the part they are on, lines run over both parts, segments of the alignment are
    cut.

    Parameters
    ----------
    sql
        The map.
    journal
        Keeps the rows that change.
    """

    sql: sqlite3.Connection
    journal: Journal

    def split(self, link_id: str, m: float, node_id: str, new_id: str) -> None:
        """Split a link.

        Parameters
        ----------
        link_id
            The link; its first part keeps the id.
        m
            Metres from its start.
        node_id
            The node there, whose position is that of the link.
        new_id
            Id of the second part.
        """
        (fid,) = self.journal.keep(self.sql, "railway_link", "link_id = ?", link_id)
        (blob,) = self.sql.execute("SELECT geom FROM railway_link WHERE fid = ?", (fid,)).fetchone()
        xy = link_line(blob)
        total = float(arc_length(xy)[-1])
        parts = cut(xy, 0.0, m), cut(xy, m, total)
        edited = {"geometry_source": "edited", "min_radius_m": None}
        new = copy_row(
            self.sql, self.journal, "railway_link", fid,
            edited | {"link_id": new_id, "start_node": node_id, "length_m": total - m},
        )  # fmt: skip
        self.sql.execute(
            "UPDATE railway_link SET geometry_source = 'edited', min_radius_m = NULL,"
            " end_node = ?, length_m = ? WHERE fid = ?",
            (node_id, m, fid),
        )
        for part, at in zip(parts, (fid, new), strict=True):
            put_line(self.sql, "railway_link", at, part)
        self._relations(link_id, new_id)
        self._line_links(link_id, new_id, point_at(xy, m))
        for table, columns in self._tables():
            if table in ("alignment_segment", "vertical_segment"):
                self._segments(table, link_id, new_id, m, parts)
            elif table not in _OWN:
                self._events(table, columns, link_id, new_id, m)

    def _tables(self) -> list[tuple[str, set[str]]]:
        """Tables with rows on links, and their columns."""
        names = self.sql.execute("SELECT table_name FROM gpkg_contents ORDER BY 1").fetchall()
        found = []
        for (table,) in names:
            info = self.sql.execute(f"PRAGMA table_info({quoted(table)})").fetchall()
            columns = {row[1] for row in info}
            if {"fid", "link_id"} <= columns:
                found.append((table, columns))
        return found

    def _relations(self, link_id: str, new_id: str) -> None:
        for side in "ab":
            self.journal.keep(
                self.sql, "net_relation", f"link_{side} = ? AND end_{side} = 1", link_id
            )
            self.sql.execute(
                f"UPDATE net_relation SET link_{side} = ? WHERE link_{side} = ? AND end_{side} = 1",
                (new_id, link_id),
            )

    def _line_links(self, link_id: str, new_id: str, place: NDArray[np.float64]) -> None:
        if "railway_line_link" not in {table for table, _ in self._tables()}:
            return
        for fid, line_id, seq, turned, m_to in self.sql.execute(
            "SELECT fid, line_id, seq, reversed, m_to FROM railway_line_link WHERE link_id = ?"
            " ORDER BY seq DESC",
            (link_id,),
        ).fetchall():
            self.journal.keep(self.sql, "railway_line_link", "fid = ?", fid)
            self.journal.keep(
                self.sql, "railway_line_link", "line_id = ? AND seq > ?", line_id, seq
            )
            self.sql.execute(
                "UPDATE railway_line_link SET seq = seq + 1 WHERE line_id = ? AND seq > ?",
                (line_id, seq),
            )
            between = self._chainage(line_id, place)
            first, second = (new_id, link_id) if turned else (link_id, new_id)
            copy_row(
                self.sql, self.journal, "railway_line_link", fid,
                {"link_id": second, "seq": seq + 1, "m_from": between, "m_to": m_to},
            )  # fmt: skip
            self.sql.execute(
                "UPDATE railway_line_link SET link_id = ?, m_to = ? WHERE fid = ?",
                (first, between, fid),
            )

    def _chainage(self, line_id: str, place: NDArray[np.float64]) -> float | None:
        row = self.sql.execute(
            "SELECT geom FROM railway_line WHERE line_id = ?", (line_id,)
        ).fetchone()
        if row is None or row[0] is None:
            return None
        line = shapely.get_coordinates(shapely.from_wkb(wkb_from_blob(row[0])), include_m=True)
        xy = np.ascontiguousarray(line[:, :2])
        return float(np.interp(project(place[None], xy)[0, 0], arc_length(xy), line[:, 2]))

    def _segments(
        self, table: str, link_id: str, new_id: str, m: float, parts: tuple[Any, Any]
    ) -> None:
        rows = self.sql.execute(
            f"SELECT fid, m_from, length_m FROM {table} WHERE link_id = ? ORDER BY seq", (link_id,)
        ).fetchall()
        seq = 0
        for fid, low, length in rows:
            high = low + length
            if high <= m:
                continue
            self.journal.keep(self.sql, table, "fid = ?", fid)
            moved = {"link_id": new_id, "seq": seq, "m_from": max(low - m, 0.0)}
            seq += 1
            at = fid
            if low < m:
                values = _values(self.sql, table, fid)
                before, after = _cut_segment(values, (m - low) / length)
                at = copy_row(self.sql, self.journal, table, fid, after | moved)
                _update(self.sql, table, fid, before)
                put_line(self.sql, table, fid, cut(parts[0], low, m), low)
            else:
                _update(self.sql, table, fid, moved)
            put_line(self.sql, table, at, cut(parts[1], moved["m_from"], high - m), moved["m_from"])

    def _events(self, table: str, columns: set[str], link_id: str, new_id: str, m: float) -> None:
        places = next((names for names in _PLACES if columns >= set(names)), None)
        if places is None:
            return
        also = [name for names in _PLACES for name in names if name in columns]
        for fid in self.journal.keep(self.sql, table, "link_id = ?", link_id):
            values = _values(self.sql, table, fid)
            at = [values[name] for name in places if values[name] is not None]
            second = bool(at) and sum(at) / len(at) > m
            changed = {
                name: max(values[name] - m, 0.0) if second else min(values[name], m)
                for name in also
                if values[name] is not None
            }
            _update(self.sql, table, fid, changed | ({"link_id": new_id} if second else {}))
        if "seq" in columns:
            self.sql.execute(
                f"UPDATE {quoted(table)} SET seq = seq - (SELECT min(seq) FROM {quoted(table)}"
                " WHERE link_id = ?1) WHERE link_id = ?1",
                (new_id,),
            )


def _values(sql: sqlite3.Connection, table: str, fid: int) -> _Values:
    cursor = sql.execute(f"SELECT * FROM {quoted(table)} WHERE fid = ?", (fid,))
    return dict(zip([entry[0] for entry in cursor.description], cursor.fetchone(), strict=True))


def _update(sql: sqlite3.Connection, table: str, fid: int, values: _Values) -> None:
    for name, value in values.items():
        sql.execute(f"UPDATE {quoted(table)} SET {quoted(name)} = ? WHERE fid = ?", (value, fid))


def _cut_segment(values: _Values, share: float) -> tuple[_Values, _Values]:
    """Return what changes in the parts of a segment before and after a share of its length."""
    length = values["length_m"]
    before: _Values = {"length_m": share * length}
    after: _Values = {"length_m": (1 - share) * length}
    if "start_radius_m" in values:
        # the curvature of a clothoid is linear
        ends = [
            0.0 if r is None else 1 / r for r in (values["start_radius_m"], values["end_radius_m"])
        ]
        bend = ends[0] + share * (ends[1] - ends[0])
        before["end_radius_m"] = after["start_radius_m"] = 1 / bend if bend else None
    elif values.get("start_height_m") is not None:
        first, last = values["start_gradient_permille"], values["end_gradient_permille"]
        here = first + share * (last - first)
        before["end_gradient_permille"] = after["start_gradient_permille"] = here
        after["start_height_m"] = values["start_height_m"] + share * length * (first + here) / 2000
    return before, after
