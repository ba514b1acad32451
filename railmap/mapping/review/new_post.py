"""A kilometre post by a click: which lines are there, and the post with its journal."""

from __future__ import annotations

import os
from dataclasses import dataclass

import pandas as pd
import shapely

from railmap.errors import InputError
from railmap.mapping.referencing.lineset import Line, LineSet, read_lines, sequence_line
from railmap.mapping.referencing.link_arrays import LinkArrays
from railmap.mapping.referencing.posts import MilestoneResult, PostedLine, all_posts
from railmap.mapping.remap.tables import quoted
from railmap.mapping.review.journal import Journal
from railmap.mapping.schema import layer
from railmap.mapping.schema.chainage import parse_chainage
from railmap.mapping.store.editing import edit_map
from railmap.mapping.store.layers import ensure_layer
from railmap.mapping.store.reader import read_map

__all__ = ["AddedPost", "LineHere", "add_post", "lines_at"]

_REACH_M = 30.0
_SOURCE = "click"
_OWN = ("railway_line", "railway_line_link", "milestone")
_ON_LINKS = {"link_id", "link_m", "line_id", "line_m"}


@dataclass(frozen=True, slots=True)
class LineHere:
    """A line near a place.

    Parameters
    ----------
    line_id, title
        The line.
    distance_m
        From the place, metres.
    line_m
        Chainage there before a post is added, metres.
    posts
        Number of posts that the line has.
    """

    line_id: str
    title: str
    distance_m: float
    line_m: float
    posts: int


@dataclass(frozen=True, slots=True)
class AddedPost:
    """A post that was added.

    Parameters
    ----------
    result
        The line with its new chainage.
    position_text
        The post's kilometre, as it was typed.
    journal
        For `take_back`.
    """

    result: MilestoneResult
    position_text: str
    journal: Journal


def lines_at(
    path: str | os.PathLike[str], point: tuple[float, float], reach_m: float = _REACH_M
) -> list[LineHere]:
    """Return the lines near a place, the nearest first.

    Parameters
    ----------
    path
        The map.
    point
        x, y in its CRS.
    reach_m
        Largest distance of a line, metres.

    Raises
    ------
    InputError
        If there is none.
    MapError
        If the file is not a railmap map, or a line does not match its links.
    """
    content = read_map(path)
    known = read_lines(content, LinkArrays.of(content))
    frame = content.layers.get("milestone")
    here = []
    for line in known.lines:
        distance, at = _distance(known, line, point)
        if distance <= reach_m:
            posts = 0 if frame is None else int((frame["line_id"] == line.line_id).sum())
            m = float(line.chainage(at))
            here.append(LineHere(line.line_id, line.title, distance, m, posts))
    if not here:
        what = "click on its track" if known.lines else "the map has none yet: add one first"
        raise InputError(f"{content.path}: there is no line within {reach_m:g} m; {what}")
    return sorted(here, key=lambda one: (one.distance_m, one.title))


def add_post(
    path: str | os.PathLike[str],
    line_id: str,
    point: tuple[float, float],
    text: str,
    reach_m: float = _REACH_M,
) -> AddedPost:
    """Add a kilometre post to a line, and calibrate the line with all its posts.

    Parameters
    ----------
    path
        The map to change.
    line_id
        The line.
    point
        x, y in the map's CRS.
    text
        The kilometre, such as ``12.4`` or ``12.4+35``.
    reach_m
        Largest distance of the post from the line, metres.

    Returns
    -------
    AddedPost
        The same change as `add_milestones` makes with this post, and its journal.

    Raises
    ------
    InputError
        If `text` is no kilometre, the line is gone or too far, or the post does not fit the others.
    MapError, OutputError
        As `edit_map`.
    """
    content = read_map(path)
    try:
        m = parse_chainage(text.strip())
    except ValueError as error:
        raise InputError(str(error)) from error
    known = read_lines(content, LinkArrays.of(content))
    line = next((one for one in known.lines if one.line_id == line_id), None)
    if line is None:
        raise InputError(f"{content.path}: this line is no longer in the map; click again")
    distance, _ = _distance(known, line, point)
    if distance > reach_m:
        raise InputError(
            f"{content.path}: the place is {distance:.0f} m from line {line.title}; a post is at"
            f" most {reach_m:g} m away"
        )
    post = {"x": point[0], "y": point[1], "m": m, "position_text": text.strip(), "source": _SOURCE}
    planned = PostedLine.of(known, line, all_posts(content, pd.DataFrame([post]), line))
    with edit_map(path) as sql:
        journal = Journal()
        ensure_layer(sql, layer("milestone"))
        for table in _OWN:
            journal.keep(sql, table, "line_id = ?", line_id)
        for (table,) in sql.execute("SELECT table_name FROM gpkg_contents").fetchall():
            info = sql.execute(f"PRAGMA table_info({quoted(table)})").fetchall()
            if {row[1] for row in info} >= _ON_LINKS:
                journal.keep(
                    sql, table,
                    "link_id IN (SELECT link_id FROM railway_line_link WHERE line_id = ?)", line_id,
                )  # fmt: skip
        planned.write(sql)
        for table in _OWN:
            for (fid,) in sql.execute(f"SELECT fid FROM {table} WHERE line_id = ?", (line_id,)):
                journal.created(table, fid)
        journal.close(sql)
    return AddedPost(planned.result, text.strip(), journal)


def _distance(known: LineSet, line: Line, point: tuple[float, float]) -> tuple[float, float]:
    """Return the distance of a place from a line, and the metres along it."""
    drawn = shapely.linestrings(sequence_line(known.track, line.sequence, line.title)[0])
    place = shapely.points(point)
    return float(shapely.distance(drawn, place)), float(shapely.line_locate_point(drawn, place))
