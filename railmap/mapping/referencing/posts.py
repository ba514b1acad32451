"""A line with kilometre posts: its calibration, and what of it is stored."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import shapely

from railmap.mapping.gpkg.blobs import point_blob
from railmap.mapping.gpkg.package import Row
from railmap.mapping.referencing.calibration import Calibration, calibrate
from railmap.mapping.referencing.lines import put_lines
from railmap.mapping.referencing.lineset import Line, LineSet, sequence_line
from railmap.mapping.referencing.link_arrays import LinkArrays
from railmap.mapping.schema import layer
from railmap.mapping.store.editing import append_rows
from railmap.mapping.store.layers import ensure_layer, map_srs_id
from railmap.mapping.store.reader import Map

__all__ = ["MilestoneResult", "PostedLine", "all_posts", "calibrate_line"]

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


@dataclass(frozen=True, slots=True)
class PostedLine:
    """A calibrated line and its posts, ready to be stored.

    Parameters
    ----------
    result
        The line and its fit.
    posts
        All its posts; columns as `calibrate_line` gives them, and ``source``.
    lines
        The line and the others of the map.
    """

    result: MilestoneResult
    posts: pd.DataFrame
    lines: LineSet

    @classmethod
    def of(
        cls, known: LineSet, line: Line, posts: pd.DataFrame, jump_m: float = 10.0
    ) -> PostedLine:
        """Calibrate a line of a map with its posts.

        Raises
        ------
        InputError, MapError
            As `calibrate_line`.
        """
        track = known.track
        line, posts, fit = calibrate_line(track, line, posts, jump_m)
        others = [other for other in known.lines if other.line_id != line.line_id]
        result = MilestoneResult(line, len(posts), fit, posts["position_text"].tolist())
        return cls(result, posts, LineSet(track, [*others, line]))

    def write(self, sql: sqlite3.Connection) -> None:
        """Store it in a map opened with `edit_map`; events get their new chainage."""
        line = self.result.line
        ensure_layer(sql, layer("milestone"))
        put_lines(sql, self.lines.track, [line])
        sql.execute("DELETE FROM milestone WHERE line_id = ?", (line.line_id,))
        append_rows(sql, layer("milestone"), _rows(self.posts, line, map_srs_id(sql)))
        self.lines.refresh(sql)


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


def all_posts(content: Map, new: pd.DataFrame, line: Line) -> pd.DataFrame:
    """Return the new posts, and the posts of the map that they do not replace.

    Parameters
    ----------
    content
        The map.
    new
        Columns as `calibrate_line` takes them, and ``source``. A post replaces one of the same
        chainage within 1 m.
    line
        The line that they are on.
    """
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
