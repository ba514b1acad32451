"""Carry the other content of an old map over to the new one: lines, posts, events, issues."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd
import pyproj
import shapely

from railmap.errors import one_line
from railmap.mapping.referencing.link_arrays import LinkArrays, read_moves
from railmap.mapping.remap.columns import carry_columns, has_user_columns
from railmap.mapping.remap.events import EventPlacer, clear_positions, is_event_table
from railmap.mapping.remap.lines import LostLine, carry_lines, lost_lines
from railmap.mapping.remap.records import (
    carry_images,
    carry_issues,
    carry_runs,
    has_accepted_issues,
)
from railmap.mapping.remap.successors import (
    LinkOverlap,
    Successors,
    carry_attributes,
    find_successors,
    has_attributes,
)
from railmap.mapping.remap.tables import (
    Transform,
    copy_extras,
    copy_table,
    extra_tables,
    finish_table,
    quoted,
)
from railmap.mapping.schema import layer
from railmap.mapping.store.access import reading_map
from railmap.mapping.store.editing import append_rows, edit_map
from railmap.mapping.store.layers import map_srs_id
from railmap.mapping.store.reader import Map, read_map
from railmap.mapping.store.rows import issue_rows
from railmap.mapping.store.types import QaIssue

__all__ = ["OtherContent", "carry_over", "read_other_content"]


@dataclass(frozen=True, slots=True)
class OtherContent:
    """Content of an old map in addition to its tracks.

    Parameters
    ----------
    content
        The old map, in the new map's CRS.
    move
        Transforms ``(n, 2)`` coordinates from the file's CRS to that; None if they are the same.
    """

    content: Map
    move: Transform = None

    def to_crs(self, crs: pyproj.CRS, move: Transform) -> OtherContent:
        """Return it in another CRS; `move` transforms coordinates from the file's CRS to it."""
        layers = {
            name: frame.to_crs(crs) if isinstance(frame, gpd.GeoDataFrame) else frame
            for name, frame in self.content.layers.items()
        }
        return OtherContent(replace(self.content, crs=crs, layers=layers), move)


def read_other_content(content: Map) -> OtherContent | None:
    """Return the content that mapping the raster again does not create, None if there is none.

    That is: lines, posts, events and other tables, user-defined columns and styles, accepted
    issues, and attributes of links.

    Raises
    ------
    MapError
        If the file cannot be read.
    """
    if _has_tables(content) or has_accepted_issues(content) or has_attributes(content):
        return OtherContent(content)
    return None


def carry_over(path: Path, other: OtherContent) -> list[str]:
    """Carry the other content of an old map over to the new one.

    Lines follow the new links along the old line, and are calibrated again with their posts;
    events are placed again. A line that cannot be kept becomes an issue (``not_kept``).

    Parameters
    ----------
    path
        The new map; changed in one transaction.
    other
        Content of the old map, whose file must still exist.

    Returns
    -------
    list of str
        One line for each change or loss; empty if everything is kept.

    Raises
    ------
    MapError
        If one of the files cannot be read.
    OutputError
        If the new map cannot be changed.
    """
    old, new = other.content, read_map(path)
    with reading_map(old.path) as source, edit_map(path) as sql:
        if new.links.empty:
            place, ids, successors = clear_positions, [], Successors({}, {}, set())
        else:
            track = LinkArrays.of(new)
            moves = read_moves(new, track)
            successors = find_successors(old, new, track)
            place, ids = EventPlacer(track, moves, successors, old.path).place, track.ids
        messages = []
        for name in extra_tables(source):
            if sql.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (name,)).fetchone():
                continue  # created with a virtual table
            messages += _table(source, sql, name, other.move, place)
        copy_extras(source, sql)
        overlap = None
        if new.links.empty:
            lost = lost_lines(old, "there are no tracks")
        else:
            overlap = LinkOverlap.of(old, new)
            if has_attributes(old):
                carry_attributes(sql, overlap)
            lines, lost = carry_lines(sql, old, track, moves)
            lines.refresh(sql)
        messages += carry_columns(source, sql, overlap, successors.nodes)
        messages += _lose(sql, lost)
        messages += carry_issues(sql, old, successors, ids)
        carry_images(sql, old)
        carry_runs(sql, old)
    return messages


def _has_tables(content: Map) -> bool:
    with reading_map(content.path) as sql:
        if has_user_columns(sql):
            return True
        tables = [*extra_tables(sql), "railway_line"]
        present = {name for (name,) in sql.execute("SELECT name FROM sqlite_master")}
        if any(
            sql.execute(f"SELECT EXISTS (SELECT 1 FROM {quoted(name)})").fetchone()[0]
            for name in tables
            if name in present
        ):
            return True
        found = sql.execute("SELECT 1 FROM layer_styles WHERE styleName <> 'railmap'")
        return found.fetchone() is not None


def _table(
    source: sqlite3.Connection,
    sql: sqlite3.Connection,
    name: str,
    move: Transform,
    place: Callable[[sqlite3.Connection, str], int],
) -> list[str]:
    """Copy a table; return messages for the user."""
    sql.execute("SAVEPOINT copied")
    try:
        copy_table(source, sql, name, move)
        off = place(sql, name) if is_event_table(sql, name) else 0
        finish_table(source, sql, name)
    except (sqlite3.Error, ValueError, shapely.errors.ShapelyError) as error:
        sql.execute("ROLLBACK TO copied")
        return [f"the table {name} is not kept: {one_line(error)}"]
    finally:
        sql.execute("RELEASE copied")
    return [f"{off} events of the layer {name} are no longer on a track"] if off else []


def _lose(sql: sqlite3.Connection, lost: list[LostLine]) -> list[str]:
    """Add issues for lost lines and detach their posts; return messages for the user."""
    there = sql.execute("SELECT 1 FROM gpkg_contents WHERE table_name = 'milestone'").fetchone()
    if there and lost:
        sql.executemany(
            "UPDATE milestone SET line_id = NULL, m = NULL, residual_m = NULL WHERE line_id = ?",
            [(line.line_id,) for line in lost],
        )
    messages = [
        f"line {line.title} is not kept: {line.reason}; add it again with railmap line add"
        for line in lost
    ]
    issues = [
        QaIssue("not_kept", "warning", text, shapely.force_2d(line.geometry), line.line_id)
        for line, text in zip(lost, messages, strict=True)
    ]
    append_rows(sql, layer("qa_issue"), issue_rows(issues, map_srs_id(sql)))
    return messages
