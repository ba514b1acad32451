"""Add kilometre posts to a map and calibrate lines with them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import shapely

from railmap.errors import InputError, Option
from railmap.mapping.gpkg.blobs import point_blob
from railmap.mapping.gpkg.package import Row
from railmap.mapping.referencing.calibration import Calibration, calibrate
from railmap.mapping.referencing.lines import put_lines
from railmap.mapping.referencing.lineset import Line, LineSet, read_lines, sequence_line
from railmap.mapping.referencing.link_arrays import LinkArrays
from railmap.mapping.schema import layer
from railmap.mapping.schema.chainage import parse_chainage
from railmap.mapping.sources.events import read_events
from railmap.mapping.store.editing import append_rows, edit_map
from railmap.mapping.store.layers import ensure_layer, map_srs_id
from railmap.mapping.store.reader import Map, read_map

__all__ = ["MilestoneResult", "add_milestones", "calibrate_line"]

_CHAINAGE = ("position_text", "position_km", "km", "chainage", "text")
_LINE = ("line_ref", "line", "railway_line", "ref")
_SAME_PLACE_M = 1.0


@dataclass(frozen=True, slots=True)
class MilestoneResult:
    """A calibrated line.

    Parameters
    ----------
    line
        The line with its new chainage.
    posts
        Number of posts.
    calibration
        Jumps, overlong kilometres and residuals.
    names
        Texts of the posts.
    """

    line: Line
    posts: int
    calibration: Calibration
    names: Sequence[str]

    def remarks(self, residual_m: float = 5.0) -> list[str]:
        """Return remarks: jumps, long kilometres, posts with residuals above `residual_m`."""
        found = [
            f"kilometres jump from {a / 1000:.3f} to {b / 1000:.3f}"
            for a, b in self.calibration.jumps
        ]
        found += [
            f"between km {a / 1000:.3f} and {b / 1000:.3f} there are {more:.0f} m too many"
            for a, b, more in self.calibration.long
        ]
        off = np.abs(self.calibration.residual)
        found += [
            f"post {self.names[i]} is {self.calibration.residual[i]:+.1f} m off its neighbours"
            for i in np.flatnonzero(off > residual_m).tolist()
        ]
        return found


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
    rows = _all_posts(content, _read_posts(posts, content, line, posts_crs), line)
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
    line, rows, fit = calibrate_line(track, line, rows, jump_m)
    with edit_map(path) as sql:
        ensure_layer(sql, layer("milestone"))
        put_lines(sql, track, [line])
        sql.execute("DELETE FROM milestone WHERE line_id = ?", (line.line_id,))
        append_rows(sql, layer("milestone"), _rows(rows, line, map_srs_id(sql)))
        others = [other for other in known.lines if other.line_id != line.line_id]
        LineSet(track, [*others, line]).refresh(sql)
    return MilestoneResult(line, len(rows), fit, rows["position_text"].tolist())


def calibrate_line(
    track: LinkArrays, line: Line, posts: pd.DataFrame, jump_m: float = 10.0
) -> tuple[Line, pd.DataFrame, Calibration]:
    """Calibrate a line with its posts; reverse it if chainage decreases along it.

    Parameters
    ----------
    track
        The links.
    line
        The line; its chainage is replaced.
    posts
        Columns ``x``, ``y``, ``m`` (chainage of the post, metres) and ``position_text``.
    jump_m
        See `calibrate`.

    Returns
    -------
    Line, DataFrame, Calibration
        The line, the posts with ``residual_m`` and ``line_m``, and the fit.

    Raises
    ------
    InputError
        If posts are in the wrong order.
    MapError
        If consecutive links do not meet.
    """
    xy, s = sequence_line(track, line.sequence, line.title)
    points = shapely.points(posts[["x", "y"]].to_numpy(dtype=np.float64))
    at = shapely.line_locate_point(shapely.linestrings(xy), points)
    fit = calibrate(
        at, posts["m"].to_numpy(dtype=np.float64), float(s[-1]),
        names=posts["position_text"].tolist(), line=line.title, jump_m=jump_m,
    )  # fmt: skip
    sequence = (
        [(link, not reverse) for link, reverse in line.sequence[::-1]]
        if fit.reverse
        else line.sequence
    )
    xy, s = sequence_line(track, sequence, line.title)
    line = replace(
        line, calibration="posts", sequence=sequence, **_measured(xy, s, fit.s.copy(), fit.m.copy())
    )
    # 1 µm further: a post at a jump is after the jump.
    m = line.chainage((line.length - at if fit.reverse else at) + 1e-6)
    line_m = np.where(np.abs(m - posts["m"]) < 1e-4, posts["m"], m)
    return line, posts.assign(residual_m=fit.residual, line_m=line_m), fit


def _measured(xy: Any, s: Any, knot_s: Any, knot_m: Any) -> dict[str, Any]:
    """Insert a vertex at every knot, so that M is linear between vertices."""
    # Snap knots to vertices within 1 mm.
    near = np.clip(np.searchsorted(s, knot_s), 1, len(s) - 1)
    near = np.where(knot_s - s[near - 1] < s[near] - knot_s, near - 1, near)
    knot_s = np.where(np.abs(s[near] - knot_s) < 1e-3, s[near], knot_s)
    inner = s[~np.isin(s, knot_s)]
    m = np.interp(inner, knot_s, knot_m)
    all_s, all_m = np.r_[inner, knot_s], np.r_[m, knot_m]
    order = np.lexsort((all_m, all_s))
    all_s, all_m = all_s[order], all_m[order]
    drawn = np.column_stack([np.interp(all_s, s, xy[:, axis]) for axis in (0, 1)])
    # Recomputed from the vertices, as readers of the map do.
    along = np.r_[0.0, np.cumsum(np.hypot(*np.diff(drawn, axis=0).T))]
    return {"xy": drawn, "s": along, "m": all_m}


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


def _all_posts(content: Map, new: pd.DataFrame, line: Line) -> pd.DataFrame:
    """Return the new posts, and the posts of the map that they do not replace."""
    frame = content.layers.get("milestone")
    if frame is None:
        return new
    old = frame[(frame["line_id"] == line.line_id) & ~frame.geometry.is_empty]
    old = old[old.geometry.notna() & old["position_km"].notna()]
    kept = []
    for row in old.itertuples():
        same = np.abs(new["m"] - 1000 * row.position_km) < 1e-3
        near = np.hypot(new["x"] - row.geom.x, new["y"] - row.geom.y) < _SAME_PLACE_M
        if not (same & near).any():
            kept.append(
                {
                    "x": row.geom.x,
                    "y": row.geom.y,
                    "m": round(1000 * row.position_km, 6),
                    "position_text": row.position_text or f"{row.position_km:.9g}",
                    "source": row.source,
                }
            )
    return pd.concat([pd.DataFrame(kept), new], ignore_index=True) if kept else new


def _rows(posts: pd.DataFrame, line: Line, srs_id: int) -> list[Row]:
    rows: list[Row] = []
    for post in posts.sort_values(["m", "line_m"], kind="stable").itertuples():
        attributes = {
            "line_id": line.line_id,
            "position_km": post.m / 1000,
            "position_text": post.position_text,
            "m": post.line_m,
            "residual_m": post.residual_m,
            "source": post.source,
        }
        box = (post.x, post.y, post.x, post.y)
        rows.append((attributes, point_blob(srs_id, post.x, post.y), box))
    return rows
