"""Carry lines and kilometre posts of an old map over to the new network."""

from __future__ import annotations

import sqlite3
from collections.abc import Set
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from railmap.errors import InputError, MapError, UsageError
from railmap.mapping.compare.overlap import overlay
from railmap.mapping.referencing.lines import put_lines
from railmap.mapping.referencing.lineset import Line, LineSet, sequence_line
from railmap.mapping.referencing.link_arrays import LinkArrays, Moves
from railmap.mapping.referencing.posts import calibrate_line
from railmap.mapping.referencing.routing import LinkSequence, find_route
from railmap.mapping.store.reader import Map

__all__ = ["LostLine", "carry_lines", "lost_lines"]

Floats = NDArray[np.float64]

# A new link belongs to an old line if this share of it is within this distance of the line.
_REACH_M = 1.75
_SHARE = 0.5
# A link sequence longer than this multiple of the old line, plus this length, is not the line.
_LONGER = 1.1
_LONGER_M = 50.0


@dataclass(frozen=True, slots=True)
class LostLine:
    """An old line without a link sequence in the new network."""

    line_id: str
    title: str
    reason: str
    geometry: shapely.Geometry


def carry_lines(
    sql: sqlite3.Connection, old: Map, track: LinkArrays, moves: Moves
) -> tuple[LineSet, list[LostLine]]:
    """Carry the lines of an old map over; the posts must already be in the new map.

    A line follows its old links and the new links on it, from the node nearest to its old start to
    the node nearest to its old end. It is calibrated again with its posts. Without posts, chainage
    is the distance from the start, or (``design``) interpolated from the old line.

    Parameters
    ----------
    sql
        The new map, opened with `edit_map`.
    old
        The old map, in the new map's CRS.
    track, moves
        Links of the new map, and movements between them.

    Returns
    -------
    LineSet, list of LostLine
        The lines of the new map, and the lost lines.
    """
    frame = old.layers.get("railway_line")
    lines: list[Line] = []
    lost: list[LostLine] = []
    owner = np.repeat(np.arange(len(track.ids)), np.diff(track.first))
    links = shapely.linestrings(track.xy, indices=owner)
    for row in [] if frame is None else frame.itertuples():
        title = row.ref or row.name or row.line_id
        if row.geom is None or row.geom.is_empty or row.geom.length == 0:
            continue
        members = _members(old, row.line_id)
        try:
            sequence = _route(track, links, moves, shapely.force_2d(row.geom), members)
            xy, s = sequence_line(track, sequence, title)
            line = Line(row.line_id, row.ref or "", row.name, "none", sequence, xy, s, s.copy())
            line = _with_chainage(sql, old, track, line, row.geom, row.calibration or "none")
        except (InputError, MapError, UsageError) as error:
            lost.append(LostLine(row.line_id, title, str(error), row.geom))
            continue
        lines.append(line)
    if lines:
        put_lines(sql, track, lines)
    return LineSet(track, lines), lost


def lost_lines(old: Map, reason: str) -> list[LostLine]:
    """Return all lines of a map as lost."""
    frame = old.layers.get("railway_line")
    return [
        LostLine(
            row.line_id, row.ref or row.name or row.line_id, reason, shapely.force_2d(row.geom)
        )
        for row in ([] if frame is None else frame.itertuples())
        if row.geom is not None
    ]


def _members(old: Map, line_id: str) -> Set[str]:
    links = old.layers.get("railway_line_link")
    return set() if links is None else set(links.loc[links["line_id"] == line_id, "link_id"])


def _route(
    track: LinkArrays,
    links: NDArray[np.object_],
    moves: Moves,
    drawn: shapely.LineString,
    members: Set[str],
) -> LinkSequence:
    """Return the link sequence along an old line.

    Raises
    ------
    InputError
        If there is none.
    UsageError
        If its ends are at the same node.
    """
    near = np.sort(shapely.STRtree(links).query(drawn, predicate="dwithin", distance=_REACH_M))
    shares = overlay(links[near], np.array([drawn]), reach_m=_REACH_M).shares(len(near), 1)
    on = {int(near[link]) for (link, _), share in shares.items() if share >= _SHARE}
    on |= {link for link, name in enumerate(track.ids) if name in members}
    if not on:
        raise InputError("there is no track along it")
    nodes = np.unique(track.nodes[sorted(on)])
    ends = [shapely.get_coordinates(drawn)[i] for i in (0, -1)]
    stops = [int(nodes[np.hypot(*(track.node_xy[nodes] - end).T).argmin()]) for end in ends]
    try:
        return find_route(track, moves, stops, among=on)
    except InputError:
        sequence = find_route(track, moves, stops)
    length = float(sum(track.length[link] for link, _ in sequence))
    if length > _LONGER * drawn.length + _LONGER_M:
        raise InputError("its tracks are no longer connected")
    return sequence


def _with_chainage(
    sql: sqlite3.Connection,
    old: Map,
    track: LinkArrays,
    line: Line,
    drawn: shapely.LineString,
    calibration: str,
) -> Line:
    if calibration == "none":
        return line
    posts = _posts(old, line.line_id)
    if calibration == "posts" and len(posts):
        line, posts, _ = calibrate_line(track, line, posts)
        sql.executemany(
            "UPDATE milestone SET m = ?, residual_m = ? WHERE fid = ?",
            posts[["line_m", "residual_m", "fid"]].itertuples(index=False, name=None),
        )
        return line
    flat = shapely.get_coordinates(drawn, include_m=True)
    s = np.r_[0.0, np.cumsum(np.hypot(*np.diff(flat[:, :2], axis=0).T))]
    at = shapely.line_locate_point(shapely.force_2d(drawn), shapely.points(line.xy))
    return replace(line, calibration=calibration, m=_taken_over(line.s, at, s, flat[:, 2]))


def _taken_over(new_s: Floats, at: Floats, old_s: Floats, old_m: Floats) -> Floats:
    """Return the old chainage at new vertices, which are `at` metres along the old line.

    Beyond the ends of the old line, chainage increases with distance.
    """
    inside = (at > 0) & (at < old_s[-1])
    rises = np.r_[True, np.diff(np.maximum.accumulate(at)) > 0]
    knots = np.flatnonzero(inside & rises)
    if not len(knots):
        raise InputError("there is no track along it")
    knot_m = np.interp(at[knots], old_s, old_m)
    m = np.interp(new_s, new_s[knots], knot_m)
    before, after = new_s < new_s[knots[0]], new_s > new_s[knots[-1]]
    m[before] = knot_m[0] - (new_s[knots[0]] - new_s[before])
    m[after] = knot_m[-1] + new_s[after] - new_s[knots[-1]]
    return np.asarray(m)


def _posts(old: Map, line_id: str) -> pd.DataFrame:
    """Return the posts of a line for `calibrate_line`, with their ``fid``."""
    frame = old.layers.get("milestone")
    if frame is None:
        return pd.DataFrame()
    there = (frame["line_id"] == line_id) & frame["position_km"].notna() & frame.geometry.notna()
    posts: gpd.GeoDataFrame = frame[there]
    posts = posts[~posts.geometry.is_empty]
    km = posts["position_km"].to_numpy(dtype=np.float64)
    text = [text or f"{value:.9g}" for text, value in zip(posts["position_text"], km, strict=True)]
    return pd.DataFrame(
        {
            "x": posts.geometry.x.to_numpy(),
            "y": posts.geometry.y.to_numpy(),
            "m": np.round(1000 * km, 6),
            "position_text": text,
            "fid": posts.index.to_numpy(),
        }
    )
