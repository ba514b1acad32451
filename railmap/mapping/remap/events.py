"""Place the events of an old map on the tracks of the new one."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from railmap.mapping.attach.placement import place_events
from railmap.mapping.compare.overlap import Ruler
from railmap.mapping.gpkg.blobs import wkb_from_blob
from railmap.mapping.referencing.lineset import LineSet
from railmap.mapping.referencing.link_arrays import LinkArrays, Moves
from railmap.mapping.referencing.projection import LinkIndex, Matches
from railmap.mapping.remap.successors import Successors
from railmap.mapping.remap.tables import quoted
from railmap.mapping.schema import GEOMETRY_COLUMN
from railmap.mapping.sources.events import Events

__all__ = ["EventPlacer", "clear_positions", "is_event_table"]

# The map does not store the accuracy with which events were attached.
_ACCURACY_M = 1.0
_MAX_DISTANCE_M = 25.0
# Events stay on a track that has moved if their distance increases by at most this.
_SLACK_M = 3.0
_POSITION = (
    "link_id", "link_m", "line_id", "line_m", "offset_m", "match_distance_m", "match_ambiguous",
    "link_m_from", "link_m_to", "m_from", "m_to",
)  # fmt: skip
_RAILS = ("left_rail", "right_rail")


def is_event_table(sql: sqlite3.Connection, name: str) -> bool:
    """Return whether a table has geometries and positions on links."""
    columns = {row[1] for row in sql.execute(f"PRAGMA table_info({quoted(name)})")}
    return {GEOMETRY_COLUMN, "fid", "link_id"} <= columns and bool(columns & {"link_m", "m_from"})


def clear_positions(sql: sqlite3.Connection, name: str) -> int:
    """Clear the positions of a table's events; return the number of events that had one."""
    columns = {row[1] for row in sql.execute(f"PRAGMA table_info({quoted(name)})")}
    (count,) = sql.execute(f"SELECT count(link_id) FROM {quoted(name)}").fetchone()
    sets = ", ".join(f"{column} = NULL" for column in _POSITION if column in columns)
    sql.execute(f"UPDATE {quoted(name)} SET {sets}")
    return int(count)


class EventPlacer:
    """Place events on the links of a new map.

    A point stays on its track if that still exists, because its link may have been chosen by a
    person. Lines and areas, and points whose track no longer exists, are placed on the nearest
    track. Events on unchanged links are not changed.

    Parameters
    ----------
    track, moves
        Links of the new map, and movements between them.
    successors
        New links by old id.
    path
        The map, for messages.
    """

    def __init__(self, track: LinkArrays, moves: Moves, successors: Successors, path: Path) -> None:
        self._track, self._successors, self._path = track, successors, path
        self._index = LinkIndex(track, moves)
        owner = np.repeat(np.arange(len(track.ids)), np.diff(track.first))
        self._drawn = shapely.linestrings(track.xy, indices=owner)
        self._ruler = Ruler(self._drawn)

    def place(self, sql: sqlite3.Connection, name: str) -> int:
        """Update the positions of a table's events; return the number that lost their track.

        Line and chainage are updated by `LineSet.refresh`.
        """
        columns = [row[1] for row in sql.execute(f"PRAGMA table_info({quoted(name)})")]
        wanted = ["fid", GEOMETRY_COLUMN, "link_id"]
        for extra in ("match_distance_m", "match_ambiguous", "side"):
            if extra in columns:
                wanted.append(extra)
        rows = sql.execute(
            f"SELECT {', '.join(map(quoted, wanted))} FROM {quoted(name)}"
            f" WHERE {GEOMETRY_COLUMN} IS NOT NULL"
        ).fetchall()
        frame = pd.DataFrame(rows, columns=wanted, dtype=object)
        shapes = np.array(
            shapely.from_wkb([wkb_from_blob(blob) for blob in frame.pop(GEOMETRY_COLUMN)]),
            dtype=object,
        )
        there = ~shapely.is_empty(shapes) & ~frame["link_id"].isin(self._successors.same).to_numpy()
        frame, shapes = frame[there].reset_index(drop=True), shapely.force_2d(shapes[there])
        if frame.empty:
            return 0
        matches, extent = self._positions(frame, shapes, name)
        ids = np.array([*self._track.ids, None], dtype=object)
        on = matches.link >= 0
        side = frame["side"].to_numpy(copy=True) if "side" in frame else np.full(len(frame), None)
        rail = np.isin(side.astype(str), _RAILS) & on
        # The new link may have the opposite direction.
        side[rail] = np.where(matches.offset[rail] < 0, *_RAILS)
        values: dict[str, Any] = {
            "link_id": ids[matches.link],
            "link_m": matches.m,
            "offset_m": matches.offset,
            "side": side,
            "match_distance_m": matches.distance,
            "match_ambiguous": matches.ambiguous.astype(int),
            "link_m_from": extent[:, 0],
            "link_m_to": extent[:, 1],
            "m_from": extent[:, 0],
            "m_to": extent[:, 1],
            "line_id": np.full(len(frame), None, dtype=object),
            "line_m": np.full(len(frame), np.nan),
        }
        names = [column for column in values if column in columns]
        sets = ", ".join(f"{quoted(column)} = ?" for column in names)
        sql.executemany(
            f"UPDATE {quoted(name)} SET {sets} WHERE fid = ?",
            zip(*(values[column].tolist() for column in names), frame["fid"].tolist(), strict=True),
        )
        return int((frame["link_id"].notna() & ~on).sum())

    def _positions(
        self, frame: pd.DataFrame, shapes: NDArray[Any], name: str
    ) -> tuple[Matches, NDArray[np.float64]]:
        events = Events(
            self._path, pd.DataFrame(), [f"{name} {fid}" for fid in frame["fid"]], shapes
        )
        _, found, extent = place_events(
            events, LineSet(self._track, []), self._track, self._index,
            np.full(len(shapes), _ACCURACY_M), _MAX_DISTANCE_M, None, self._path,
        )  # fmt: skip
        successor = np.array(
            [self._successors.links.get(link, -1) for link in frame["link_id"]], dtype=np.int64
        )
        stay = np.flatnonzero((successor >= 0) & (shapely.get_type_id(shapes) == 0))
        if not len(stay):
            return found, extent
        m = shapely.line_locate_point(self._drawn[successor[stay]], shapes[stay])
        xy = shapely.get_coordinates(shapes[stay])
        away = xy - self._ruler.positions(successor[stay], m)
        distance = np.hypot(*away.T)
        before = np.full(len(stay), _MAX_DISTANCE_M)
        if "match_distance_m" in frame:
            known = pd.to_numeric(frame["match_distance_m"][stay]).to_numpy(dtype=np.float64)
            before = np.where(np.isnan(known), before, known + _SLACK_M)
        near = distance <= before
        stay, m, away, distance = stay[near], m[near], away[near], distance[near]
        same = found.link[stay] == successor[stay]
        heading = np.radians(self._ruler.heading(successor[stay], m))
        offset = away[:, 0] * np.sin(heading) - away[:, 1] * np.cos(heading)
        offset[same] = found.offset[stay[same]]
        found.link[stay], found.m[stay] = successor[stay], m
        found.offset[stay], found.distance[stay] = offset, distance
        extent[stay] = m[:, None]
        if "match_ambiguous" in frame:
            found.ambiguous[stay] = frame["match_ambiguous"][stay].fillna(False).astype(bool)
        return found, extent
