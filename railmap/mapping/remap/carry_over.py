"""What an old map has beside its tracks goes over to the new one: lines, posts, events, marks."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd
import pyproj
import shapely

from railmap.mapping.referencing.link_arrays import LinkArrays, read_moves
from railmap.mapping.remap.columns import carry_columns, has_own_columns
from railmap.mapping.remap.events import Replacer, is_event_table, unplace
from railmap.mapping.remap.heirs import (
    Heirs,
    LinkOverlap,
    carry_attributes,
    find_heirs,
    has_attributes,
)
from railmap.mapping.remap.lines import LostLine, carry_lines, lost_lines
from railmap.mapping.remap.marks import carry_images, carry_issues, carry_runs, has_marks
from railmap.mapping.remap.tables import (
    Mover,
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

__all__ = ["Belongings", "carry_over", "read_belongings"]


@dataclass(frozen=True, slots=True)
class Belongings:
    """An old map that has more than its tracks.

    Parameters
    ----------
    content
        In the new map's CRS.
    move
        Transforms ``(n, 2)`` coordinates from the file's CRS to that; None if they are the same.
    """

    content: Map
    move: Mover = None

    def to_crs(self, crs: pyproj.CRS, move: Mover) -> Belongings:
        """Return it in another CRS; `move` transforms coordinates from the file's CRS to it."""
        layers = {
            name: frame.to_crs(crs) if isinstance(frame, gpd.GeoDataFrame) else frame
            for name, frame in self.content.layers.items()
        }
        return Belongings(replace(self.content, crs=crs, layers=layers), move)


def read_belongings(content: Map) -> Belongings | None:
    """Return a map if it has anything that mapping its raster again does not create, else None.

    That is: lines, posts, events and other tables, columns and styles that a person added, issues
    that were accepted, and attributes of links.

    Raises
    ------
    MapError
        If the file cannot be read.
    """
    if _has_tables(content) or has_marks(content) or has_attributes(content):
        return Belongings(content)
    return None


def carry_over(path: Path, belongings: Belongings) -> list[str]:
    """Give a new map what the old one has beside its tracks.

    Lines run over the new links where the old ones ran, posts calibrate them anew, events are
    placed anew. A line that can't be kept becomes an issue (``not_kept``).

    Parameters
    ----------
    path
        The new map; changed in one transaction.
    belongings
        Of the old one, whose file must still be there.

    Returns
    -------
    list of str
        What isn't as it was, a line each; empty if all is.

    Raises
    ------
    MapError
        If one of the files can't be read.
    OutputError
        If the new map can't be changed.
    """
    old, new = belongings.content, read_map(path)
    with reading_map(old.path) as source, edit_map(path) as sql:
        if new.links.empty:
            place, ids, heirs = unplace, [], Heirs({}, {}, set())
        else:
            track = LinkArrays.of(new)
            moves = read_moves(new, track)
            heirs = find_heirs(old, new, track)
            place, ids = Replacer(track, moves, heirs, old.path).replace, track.ids
        told = []
        for name in extra_tables(source):
            if sql.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (name,)).fetchone():
                continue  # came with a virtual table
            told += _table(source, sql, name, belongings.move, place)
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
        told += carry_columns(source, sql, overlap, heirs.nodes)
        told += _lose(sql, lost)
        told += carry_issues(sql, old, heirs, ids)
        carry_images(sql, old)
        carry_runs(sql, old)
    return told


def _has_tables(content: Map) -> bool:
    with reading_map(content.path) as sql:
        if has_own_columns(sql):
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
    move: Mover,
    place: Callable[[sqlite3.Connection, str], int],
) -> list[str]:
    """Copy a table; return what is to be told of it."""
    sql.execute("SAVEPOINT copied")
    try:
        copy_table(source, sql, name, move)
        off = place(sql, name) if is_event_table(sql, name) else 0
        finish_table(source, sql, name)
    except (sqlite3.Error, ValueError, shapely.errors.ShapelyError) as error:
        sql.execute("ROLLBACK TO copied")
        return [f"the table {name} is not kept: {' '.join(str(error).split())}"]
    finally:
        sql.execute("RELEASE copied")
    return [f"{off} events of the layer {name} are on no track any more"] if off else []


def _lose(sql: sqlite3.Connection, lost: list[LostLine]) -> list[str]:
    """Mark lines that are lost in the map, take their posts off them; return what to tell."""
    there = sql.execute("SELECT 1 FROM gpkg_contents WHERE table_name = 'milestone'").fetchone()
    if there and lost:
        sql.executemany(
            "UPDATE milestone SET line_id = NULL, m = NULL, residual_m = NULL WHERE line_id = ?",
            [(line.line_id,) for line in lost],
        )
    told = [
        f"line {line.title} is not kept: {line.reason}; add it again with railmap line add"
        for line in lost
    ]
    issues = [
        QaIssue("not_kept", "warning", text, shapely.force_2d(line.geometry), line.line_id)
        for line, text in zip(lost, told, strict=True)
    ]
    append_rows(sql, layer("qa_issue"), issue_rows(issues, map_srs_id(sql)))
    return told
