"""Events of an old map, placed on the tracks that were found anew."""

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
from railmap.mapping.remap.heirs import Heirs
from railmap.mapping.remap.tables import quoted
from railmap.mapping.schema import GEOMETRY_COLUMN
from railmap.mapping.sources.events import Events

__all__ = ["Replacer", "is_event_table", "unplace"]

# Events had an accuracy when they were attached, but the map doesn't tell it.
_ACCURACY_M = 1.0
_MAX_DISTANCE_M = 25.0
# A track that moved takes its events along up to this much farther than they lay from it.
_SLACK_M = 3.0
_PLACE = (
    "link_id", "link_m", "line_id", "line_m", "offset_m", "match_distance_m", "match_ambiguous",
    "link_m_from", "link_m_to", "m_from", "m_to",
)  # fmt: skip
_RAILS = ("left_rail", "right_rail")


def is_event_table(sql: sqlite3.Connection, name: str) -> bool:
    """Tell whether a table has places on links, and geometries to place them by."""
    columns = {row[1] for row in sql.execute(f"PRAGMA table_info({quoted(name)})")}
    return {GEOMETRY_COLUMN, "fid", "link_id"} <= columns and bool(columns & {"link_m", "m_from"})


def unplace(sql: sqlite3.Connection, name: str) -> int:
    """Take a table's events off the tracks, for there are none; return how many were on one."""
    columns = {row[1] for row in sql.execute(f"PRAGMA table_info({quoted(name)})")}
    (count,) = sql.execute(f"SELECT count(link_id) FROM {quoted(name)}").fetchone()
    sets = ", ".join(f"{column} = NULL" for column in _PLACE if column in columns)
    sql.execute(f"UPDATE {quoted(name)} SET {sets}")
    return int(count)


class Replacer:
    """Places events on the links of a new map.

    A point stays on the track it was on, if that is still there: its link may have been chosen
    by a person, or by more than its place. Lines and areas, and points whose track is gone, go
    to the nearest. On links that are as they were, nothing changes.

    Parameters
    ----------
    track, moves
        Of the new map.
    heirs
        What the old links have become.
    path
        The map, for messages.
    """

    def __init__(self, track: LinkArrays, moves: Moves, heirs: Heirs, path: Path) -> None:
        self._track, self._heirs, self._path = track, heirs, path
        self._index = LinkIndex(track, moves)
        owner = np.repeat(np.arange(len(track.ids)), np.diff(track.first))
        self._drawn = shapely.linestrings(track.xy, indices=owner)
        self._ruler = Ruler(self._drawn)

    def replace(self, sql: sqlite3.Connection, name: str) -> int:
        """Write the places of a table's events anew; return how many were on a track and aren't.

        Line and chainage are left to `LineSet.refresh`.
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
        there = ~shapely.is_empty(shapes) & ~frame["link_id"].isin(self._heirs.same).to_numpy()
        frame, shapes = frame[there].reset_index(drop=True), shapely.force_2d(shapes[there])
        if frame.empty:
            return 0
        matches, extent = self._places(frame, shapes, name)
        ids = np.array([*self._track.ids, None], dtype=object)
        on = matches.link >= 0
        side = frame["side"].to_numpy(copy=True) if "side" in frame else np.full(len(frame), None)
        rail = np.isin(side.astype(str), _RAILS) & on
        # The new link may be drawn the other way.
        side[rail] = np.where(matches.offset[rail] < 0, *_RAILS)
        ours: dict[str, Any] = {
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
        names = [column for column in ours if column in columns]
        sets = ", ".join(f"{quoted(column)} = ?" for column in names)
        sql.executemany(
            f"UPDATE {quoted(name)} SET {sets} WHERE fid = ?",
            zip(*(ours[column].tolist() for column in names), frame["fid"].tolist(), strict=True),
        )
        return int((frame["link_id"].notna() & ~on).sum())

    def _places(
        self, frame: pd.DataFrame, shapes: NDArray[Any], name: str
    ) -> tuple[Matches, NDArray[np.float64]]:
        events = Events(
            self._path, pd.DataFrame(), [f"{name} {fid}" for fid in frame["fid"]], shapes
        )
        _, found, extent = place_events(
            events, LineSet(self._track, []), self._track, self._index,
            np.full(len(shapes), _ACCURACY_M), _MAX_DISTANCE_M, None, self._path,
        )  # fmt: skip
        heir = np.array(
            [self._heirs.links.get(link, -1) for link in frame["link_id"]], dtype=np.int64
        )
        stay = np.flatnonzero((heir >= 0) & (shapely.get_type_id(shapes) == 0))
        if not len(stay):
            return found, extent
        m = shapely.line_locate_point(self._drawn[heir[stay]], shapes[stay])
        xy = shapely.get_coordinates(shapes[stay])
        away = xy - self._ruler.places(heir[stay], m)
        distance = np.hypot(*away.T)
        before = np.full(len(stay), _MAX_DISTANCE_M)
        if "match_distance_m" in frame:
            told = pd.to_numeric(frame["match_distance_m"][stay]).to_numpy(dtype=np.float64)
            before = np.where(np.isnan(told), before, told + _SLACK_M)
        near = distance <= before
        stay, m, away, distance = stay[near], m[near], away[near], distance[near]
        same = found.link[stay] == heir[stay]
        heading = np.radians(self._ruler.heading(heir[stay], m))
        offset = away[:, 0] * np.sin(heading) - away[:, 1] * np.cos(heading)
        offset[same] = found.offset[stay[same]]
        found.link[stay], found.m[stay] = heir[stay], m
        found.offset[stay], found.distance[stay] = offset, distance
        extent[stay] = m[:, None]
        if "match_ambiguous" in frame:
            found.ambiguous[stay] = frame["match_ambiguous"][stay].fillna(False).astype(bool)
        return found, extent
