"""Add railway lines (link sequences with chainage) to the map."""

from __future__ import annotations

import dataclasses
import os
import sqlite3
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from railmap.errors import InputError, Option, UsageError
from railmap.mapping.gpkg.blobs import line_m_blob
from railmap.mapping.gpkg.package import Row
from railmap.mapping.referencing.continuity import continuous_sequences
from railmap.mapping.referencing.lineset import Line, LineSet, read_lines, sequence_line
from railmap.mapping.referencing.link_arrays import LinkArrays, read_moves
from railmap.mapping.referencing.routing import LinkSequence, find_node, find_route
from railmap.mapping.schema import layer
from railmap.mapping.schema.ids import IdMaker
from railmap.mapping.store.editing import append_rows, edit_map
from railmap.mapping.store.layers import ensure_layer, map_srs_id
from railmap.mapping.store.reader import read_map

__all__ = ["add_line", "auto_lines", "put_lines"]


def add_line(
    path: str | os.PathLike[str],
    *,
    ref: str,
    start: str,
    end: str,
    via: Sequence[str] = (),
    name: str | None = None,
    replace: bool = False,
) -> Line:
    """Add a line: the shortest link sequence from node to node without reversing.

    Chainage is metres from `start` until kilometre posts calibrate it. Events on the line's links
    get line and chainage.

    Parameters
    ----------
    path
        The map to change.
    ref, name
        Number and name of the line.
    start, end, via
        Nodes: a ``node_id``, the start of one, or ``x,y`` in the map's CRS.
    replace
        Replace a line with the same `ref` and delete its posts.

    Returns
    -------
    Line
        The new line.

    Raises
    ------
    UsageError
        If a node is not in the map.
    InputError
        If no such link sequence exists, or the line exists and `replace` is not set.
    MapError
        If the file is not a railmap map.
    OutputError
        If it cannot be changed.
    """
    ref = ref.strip()
    if not ref:
        raise UsageError("a line needs a number: give ", Option("ref"))
    content = read_map(path)
    track = LinkArrays.of(content)
    stops = [find_node(track, text) for text in (start, *via, end)]
    frame = content.layers.get("railway_line")
    known = [] if frame is None else frame.loc[frame["ref"] == ref, "line_id"].tolist()
    if known and not replace:
        raise InputError(
            f"{content.path}: line {ref} exists already; pass ",
            Option("replace", True),
            " or another ",
            Option("ref"),
        )
    line = _new_line(track, find_route(track, read_moves(content, track), stops), ref, name)
    if frame is not None and known:
        kept = content.layers | {"railway_line": frame[~frame["line_id"].isin(known)]}
        content = dataclasses.replace(content, layers=kept)
    lines = read_lines(content, track).lines
    _check_free(line, lines)
    with edit_map(path) as sql:
        for line_id in known:
            _drop(sql, line_id)
            if _has(sql, "milestone"):
                sql.execute("DELETE FROM milestone WHERE line_id = ?", (line_id,))
        put_lines(sql, track, [line])
        LineSet(track, [*lines, line]).refresh(sql)
    return line


def auto_lines(
    path: str | os.PathLike[str], *, min_length_m: float = 50.0, prefix: str = "T"
) -> list[Line]:
    """Add lines along the continuous tracks; see `continuous_sequences`.

    Links of existing lines are excluded. A line takes the ``ref`` and ``name`` of most of its
    links, if no other line has that ref; the others are numbered T1, T2, ... by decreasing length.

    Parameters
    ----------
    path
        The map to change.
    min_length_m
        Minimum length of a line, metres.
    prefix
        Prefix of the generated numbers.

    Returns
    -------
    list of Line
        The new lines, longest first; empty if all tracks have lines.

    Raises
    ------
    MapError
        If the file is not a railmap map.
    OutputError
        If it cannot be changed.
    """
    content = read_map(path)
    track = LinkArrays.of(content)
    known = read_lines(content, track)
    taken = {line.ref for line in known.lines}
    by_id = content.links.drop_duplicates("link_id").set_index("link_id")
    refs, names = (by_id[column].reindex(track.ids).tolist() for column in ("ref", "name"))
    lines: list[Line] = []
    number = 0
    for sequence in continuous_sequences(content, track, read_moves(content, track)):
        for part in _free_parts(sequence, known.line):
            length = float(sum(track.length[link] for link, _ in part))
            if length < min_length_m:
                continue
            ref = _most(track, part, refs)
            if ref is None or ref in taken:
                number += 1
                while f"{prefix}{number}" in taken:
                    number += 1
                ref = f"{prefix}{number}"
            taken.add(ref)
            lines.append(_new_line(track, part, ref, _most(track, part, names)))
    if lines:
        with edit_map(path) as sql:
            put_lines(sql, track, lines)
            LineSet(track, [*known.lines, *lines]).refresh(sql)
    return lines


def put_lines(sql: sqlite3.Connection, track: LinkArrays, lines: Sequence[Line]) -> None:
    """Write lines; replace those with the same ``line_id``.

    Parameters
    ----------
    sql
        The map, opened with `edit_map`.
    track
        Its links.
    lines
        The lines.
    """
    for name in ("railway_line", "railway_line_link"):
        ensure_layer(sql, layer(name))
    srs_id = map_srs_id(sql)
    rows: list[Row] = []
    members: list[Row] = []
    for line in lines:
        _drop(sql, line.line_id)
        attributes = {
            "line_id": line.line_id,
            "ref": line.ref,
            "name": line.name,
            "calibration": line.calibration,
            "m_min": line.m[0],
            "m_max": line.m[-1],
        }
        rows.append((attributes, *line_m_blob(srs_id, np.column_stack([line.xy, line.m]))))
        members += [(member, None, None) for member in _members(track, line)]
    append_rows(sql, layer("railway_line"), rows)
    append_rows(sql, layer("railway_line_link"), members)


def _members(track: LinkArrays, line: Line) -> list[dict[str, Any]]:
    ends = np.r_[0.0, np.cumsum([track.length[link] for link, _ in line.sequence])]
    # A link that ends at a jump ends before the jump.
    before = np.interp(-ends, -line.s[::-1], line.m[::-1])
    after = line.chainage(ends)
    return [
        {
            "line_id": line.line_id,
            "seq": seq,
            "link_id": track.ids[link],
            "reversed": reverse,
            "m_from": after[seq],
            "m_to": before[seq + 1],
        }
        for seq, (link, reverse) in enumerate(line.sequence)
    ]


def _new_line(track: LinkArrays, sequence: LinkSequence, ref: str, name: str | None) -> Line:
    xy, s = sequence_line(track, sequence, ref)
    content = "|".join([ref, *(track.ids[link] for link, _ in sequence)])
    return Line(IdMaker()("line", content.encode()), ref, name, "none", sequence, xy, s, s.copy())


def _drop(sql: sqlite3.Connection, line_id: str) -> None:
    sql.execute("DELETE FROM railway_line WHERE line_id = ?", (line_id,))
    sql.execute("DELETE FROM railway_line_link WHERE line_id = ?", (line_id,))


def _has(sql: sqlite3.Connection, table: str) -> bool:
    found = sql.execute("SELECT 1 FROM gpkg_contents WHERE table_name = ?", (table,)).fetchone()
    return found is not None


def _check_free(line: Line, lines: Sequence[Line]) -> None:
    if line.line_id in {other.line_id for other in lines}:
        raise InputError(f"line {line.ref} with the same links exists already")


def _free_parts(sequence: LinkSequence, line: NDArray[np.int64]) -> list[LinkSequence]:
    """Split a link sequence at the links that belong to a line; return the rest."""
    parts: list[LinkSequence] = [[]]
    for link, reverse in sequence:
        if line[link] < 0:
            parts[-1].append((link, reverse))
        elif parts[-1]:
            parts.append([])
    return [part for part in parts if part]


def _most(track: LinkArrays, sequence: LinkSequence, values: Sequence[Any]) -> str | None:
    """Return the value of the greatest length of a sequence, None if that has none."""
    metres: dict[str | None, float] = {}
    for link, _ in sequence:
        value = values[link] if isinstance(values[link], str) and values[link] else None
        metres[value] = metres.get(value, 0.0) + float(track.length[link])
    return max(metres.items(), key=lambda item: (item[1], item[0] or ""))[0]
