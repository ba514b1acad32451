"""Kilometre posts of a file onto a line of a map."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pandas as pd
import shapely

from railmap.errors import InputError, Option
from railmap.mapping.referencing.lineset import Line, read_lines, sequence_line
from railmap.mapping.referencing.link_arrays import LinkArrays
from railmap.mapping.referencing.posts import MilestoneResult, PostedLine, all_posts
from railmap.mapping.schema.chainage import parse_chainage
from railmap.mapping.sources.events import read_events
from railmap.mapping.store.editing import edit_map
from railmap.mapping.store.reader import Map, read_map

__all__ = ["add_milestones"]

_CHAINAGE = ("position_text", "position_km", "km", "chainage", "text")
_LINE = ("line_ref", "line", "railway_line", "ref")


def add_milestones(
    path: str | os.PathLike[str],
    posts: str | os.PathLike[str],
    *,
    ref: str,
    posts_crs: Any = None,
    max_distance_m: float = 30.0,
    jump_m: float = 10.0,
) -> MilestoneResult:
    """Add kilometre posts to a line and calibrate it with all its posts.

    A post replaces a post of the map that has the same chainage and is within 1 m. Rows with
    another line in a column ``line``, ``line_ref`` or ``ref`` are skipped. The chainage of events
    on the line is updated.

    Parameters
    ----------
    path
        The map to change.
    posts
        CSV (lon/lat or x/y) or vector file of points with ``position_km`` or ``position_text``.
    ref
        Number of the line. If chainage decreases along it, it is reversed.
    posts_crs
        CRS of x/y columns, by default the map's.
    max_distance_m
        Maximum distance of posts from the line, metres.
    jump_m
        Larger differences between chainage and distance are jumps, metres; see `calibrate`.

    Raises
    ------
    InputError
        If there is no such line, or posts cannot be read, are too far from the line or in the
        wrong order.
    MapError
        If the file is not a railmap map.
    OutputError
        If it cannot be changed.
    """
    content = read_map(path)
    track = LinkArrays.of(content)
    known = read_lines(content, track)
    found = known.find(ref, content.path)
    if len(found) > 1:
        raise InputError(
            f"{content.path}: {len(found)} lines are called {ref!r}; give the start of a line_id:"
            f" {', '.join(line.line_id for line in found)}"
        )
    line = found[0]
    rows = all_posts(content, _read_posts(posts, content, line, posts_crs), line)
    drawn = shapely.linestrings(sequence_line(track, line.sequence, line.title)[0])
    away = shapely.distance(drawn, shapely.points(rows[["x", "y"]].to_numpy(dtype=np.float64)))
    if (away > max_distance_m).any():
        worst = int(np.argmax(away))
        raise InputError(
            f"{os.fspath(posts)}: post {rows['position_text'].iloc[worst]} is"
            f" {away[worst]:.0f} m from line {line.title}; more than {max_distance_m:g} m is"
            " refused (",
            Option("max_distance_m"),
            ", or ",
            Option("posts_crs"),
            " if x and y are in another CRS)",
        )
    planned = PostedLine.of(known, line, rows, jump_m)
    with edit_map(path) as sql:
        planned.write(sql)
    return planned.result


def _read_posts(
    posts: str | os.PathLike[str], content: Map, line: Line, posts_crs: Any
) -> pd.DataFrame:
    events, _ = read_events(posts, content.crs, events_crs=posts_crs)
    if events.geometry is None:
        raise InputError(
            f"{events.source}: posts need a position to calibrate a line: columns lon and lat or"
            " x and y"
        )
    if not (shapely.get_type_id(events.geometry) == 0).all():
        raise InputError(f"{events.source}: posts are points; this file has lines or areas")
    columns = {str(name).strip().lower(): name for name in events.frame.columns}
    chainages = [events.frame[columns[name]] for name in _CHAINAGE if name in columns]
    if not chainages:
        raise InputError(f"{events.source}: no column position_km or position_text")
    lines = next((events.frame[columns[name]] for name in _LINE if name in columns), None)
    mine = {line.ref, line.name, line.line_id}
    found = []
    for i, name in enumerate(events.names):
        if lines is not None and pd.notna(lines.iloc[i]) and _text(lines.iloc[i]) not in mine:
            continue
        written = next((column.iloc[i] for column in chainages if pd.notna(column.iloc[i])), None)
        if written is None:
            raise InputError(f"{events.source}: {name} has no chainage")
        try:
            m = parse_chainage(_text(written))
        except ValueError as error:
            raise InputError(f"{events.source}: {name}: {error}") from error
        source = columns.get("source")
        given = None if source is None else events.frame[source].iloc[i]
        found.append(
            {
                "x": shapely.get_x(events.geometry[i]),
                "y": shapely.get_y(events.geometry[i]),
                "m": m,
                "position_text": _text(written),
                "source": events.source.name if pd.isna(given) else str(given),
            }
        )
    if not found:
        raise InputError(f"{events.source}: has no posts of line {line.title}")
    return pd.DataFrame(found)


def _text(value: Any) -> str:
    return f"{value:.9g}" if isinstance(value, float) else str(value).strip()
