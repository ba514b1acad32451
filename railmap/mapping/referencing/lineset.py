"""Lines of a map as link sequences with chainage: conversion between links and lines."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from railmap.errors import InputError, MapError
from railmap.mapping.referencing.link_arrays import LinkArrays
from railmap.mapping.referencing.routing import LinkSequence
from railmap.mapping.schema.chainage import Location
from railmap.mapping.store.reader import Map

__all__ = ["Line", "LineSet", "read_lines", "sequence_line"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# A line whose links have changed since differs by more than this.
_STALE_M = 0.01


@dataclass(frozen=True, slots=True)
class Line:
    """A link sequence with chainage.

    Parameters
    ----------
    line_id, ref, name
        Identifier, number and name.
    calibration
        Source of the chainage: ``none``, ``posts`` or ``design``.
    sequence
        Its links in order.
    xy
        ``(n, 2)`` metres, CRS x/y; two equal consecutive vertices where chainage jumps.
    s
        ``(n,)`` metres along it.
    m
        ``(n,)`` chainage, metres, increasing.
    """

    line_id: str
    ref: str
    name: str | None
    calibration: str
    sequence: LinkSequence
    xy: Floats
    s: Floats
    m: Floats

    @property
    def length(self) -> float:
        """Length in metres."""
        return float(self.s[-1])

    @property
    def title(self) -> str:
        """Number, else name, else identifier."""
        return self.ref or self.name or self.line_id

    def chainage(self, s: Floats | float) -> Floats:
        """Return the chainage at `s` metres along the line; at a jump, the value after it."""
        return np.asarray(np.interp(s, self.s, self.m))

    def station(self, m: float) -> float | None:
        """Return the metres along the line at a chainage; None if that does not exist."""
        if not self.m[0] - 1e-6 <= m <= self.m[-1] + 1e-6:
            return None
        after = int(np.clip(np.searchsorted(self.m, m), 1, len(self.m) - 1))
        in_jump = self.s[after] == self.s[after - 1]
        if in_jump and min(m - self.m[after - 1], self.m[after] - m) > 1e-6:
            return None
        return float(np.interp(m, self.m, self.s))

    def gap_around(self, m: float) -> tuple[float, float] | None:
        """Return the chainages between which `m` is missing; None if it is outside the line."""
        after = int(np.searchsorted(self.m, m))
        if not 0 < after < len(self.m):
            return None
        return float(self.m[after - 1]), float(self.m[after])

    def outside(self, wanted: Location) -> str:
        """Return why the line does not have a location, for a message."""
        m = 1000 * wanted.km + wanted.plus_m
        if self.station(round(1000 * wanted.km, 6)) is None:
            gap = self.gap_around(m)
            if gap is not None:
                return (
                    f"line {self.title} has no km {m / 1000:.3f}: its kilometres jump from"
                    f" {gap[0] / 1000:.3f} to {gap[1] / 1000:.3f}"
                )
        return (
            f"km {m / 1000:.3f} is outside line {self.title}, which runs from km"
            f" {self.m[0] / 1000:.3f} to {self.m[-1] / 1000:.3f}"
        )


def sequence_line(track: LinkArrays, sequence: LinkSequence, name: str) -> tuple[Floats, Floats]:
    """Return ``(n, 2)`` x/y of the joined links of a sequence and ``(n,)`` metres along it.

    Parameters
    ----------
    track
        The links.
    sequence
        Links in order.
    name
        Number of the line, for messages.

    Raises
    ------
    MapError
        If two consecutive links do not meet.
    """
    parts: list[Floats] = []
    for link, reverse in sequence:
        xy = track.line(link, reverse)
        if parts and np.hypot(*(parts[-1][-1] - xy[0])) > _STALE_M:
            raise MapError(
                f"line {name} is broken before link {track.ids[link]}: its links were changed;"
                " replace it with railmap line add"
            )
        parts.append(xy[1:] if parts else xy)
    whole = np.concatenate(parts)
    return whole, np.r_[0.0, np.cumsum(np.hypot(*np.diff(whole, axis=0).T))]


@dataclass(slots=True)
class LineSet:
    """Lines of a map, indexed by link.

    A link that several lines use belongs to the line calibrated with posts, else to the first.

    Parameters
    ----------
    track
        The links.
    lines
        The lines.
    line
        ``(links,)`` index into `lines`, -1 for none.
    s_from
        ``(links,)`` metres along the line at the link's start.
    sign
        ``(links,)`` -1 where the line traverses the link against its M, else 1.
    """

    track: LinkArrays
    lines: list[Line]
    line: Ints = field(init=False)
    s_from: Floats = field(init=False)
    sign: Floats = field(init=False)

    def __post_init__(self) -> None:
        count = len(self.track.ids)
        self.line = np.full(count, -1, dtype=np.int64)
        self.s_from, self.sign = np.zeros(count), np.ones(count)
        length = self.track.length
        ranked = sorted(range(len(self.lines)), key=lambda i: self.lines[i].calibration == "none")
        for index in ranked:
            s = 0.0
            for link, reverse in self.lines[index].sequence:
                if self.line[link] < 0:
                    self.line[link] = index
                    self.s_from[link] = s + length[link] if reverse else s
                    self.sign[link] = -1.0 if reverse else 1.0
                s += length[link]

    def measure(self, links: Ints, m: Floats) -> tuple[Ints, Floats]:
        """Return line (-1 for none) and chainage (NaN for none) of positions `m` along links.

        Parameters
        ----------
        links
            ``(n,)`` index of the link, -1 for none.
        m
            ``(n,)`` metres along it.
        """
        line = np.where(links >= 0, self.line[links], -1)
        s = self.s_from[links] + self.sign[links] * m
        chainage = np.full(len(links), np.nan)
        for index in np.unique(line[line >= 0]).tolist():
            here = line == index
            chainage[here] = self.lines[index].chainage(s[here])
        return line, chainage

    def link_at(self, line: Line, s: float) -> tuple[int, float]:
        """Return the link, and the metres along it, at `s` metres along a line."""
        length = self.track.length
        done = 0.0
        for link, reverse in line.sequence:
            here = float(length[link])
            if s <= done + here or (link, reverse) == line.sequence[-1]:
                part = min(max(s - done, 0.0), here)
                return link, here - part if reverse else part
            done += here
        raise AssertionError("a line without links")

    def refresh(self, sql: sqlite3.Connection) -> None:
        """Update line and chainage of every event that is placed on a link."""
        index = {link_id: link for link, link_id in enumerate(self.track.ids)}
        wanted = {"link_id", "link_m", "line_id", "line_m"}
        tables = [row[0] for row in sql.execute("SELECT table_name FROM gpkg_contents")]
        for table in tables:
            quoted = '"' + table.replace('"', '""') + '"'
            columns = {row[1] for row in sql.execute(f"PRAGMA table_info({quoted})")}
            if not wanted <= columns:
                continue
            rows = sql.execute(
                f"SELECT fid, link_id, link_m FROM {quoted} WHERE link_m IS NOT NULL"
            ).fetchall()
            rows = [(fid, index[name], m) for fid, name, m in rows if name in index]
            if not rows:
                continue
            fids, links, m = zip(*rows, strict=True)
            line, chainage = self.measure(np.array(links), np.array(m, dtype=np.float64))
            values = [
                (None, None, fid) if at < 0 else (self.lines[at].line_id, value, fid)
                for at, value, fid in zip(line.tolist(), chainage.tolist(), fids, strict=True)
            ]
            sql.executemany(f"UPDATE {quoted} SET line_id = ?, line_m = ? WHERE fid = ?", values)

    def find(self, ref: str, path: Path) -> list[Line]:
        """Return the lines with this ref, else with this name, else whose id starts with it.

        `path` is the map, for messages.

        Raises
        ------
        InputError
            If there is none.
        """
        tests: tuple[Callable[[Line], bool], ...] = (
            lambda line: line.ref == ref,
            lambda line: line.name == ref,
            lambda line: len(ref) >= 4 and line.line_id.startswith(ref),
        )
        for test in tests:
            found = [line for line in self.lines if test(line)]
            if found:
                return found
        known = ", ".join(sorted({line.title for line in self.lines})[:8])
        what = f"it has {known}" if known else "it has none; add one with railmap line add"
        raise InputError(f"{path}: no line {ref!r} in the map; {what}")


def read_lines(content: Map, track: LinkArrays) -> LineSet:
    """Read the lines of a map.

    Raises
    ------
    MapError
        If a line does not match its links.
    """
    frame = content.layers.get("railway_line")
    if frame is None or frame.empty:
        return LineSet(track, [])
    members = content.layers.get("railway_line_link", pd.DataFrame(columns=["line_id", "seq"]))
    members = members.sort_values(["line_id", "seq"], kind="stable")
    by_line: dict[str, Any] = dict(list(members.groupby("line_id")))
    index = {link_id: link for link, link_id in enumerate(track.ids)}
    lines = []
    for row in frame.itertuples():
        title = row.ref or row.line_id
        links = by_line.get(row.line_id, members.iloc[:0])
        known = len(links) and links["link_id"].isin(index.keys()).all()
        if not known or row.geom is None or row.geom.is_empty:
            raise MapError(
                f"{content.path}: line {title} has lost links; replace it with railmap line add"
            )
        sequence = [
            (index[link_id], bool(reverse))
            for link_id, reverse in zip(
                links["link_id"], links["reversed"].fillna(False), strict=True
            )
        ]
        flat = shapely.get_coordinates(row.geom, include_m=True)
        xy, m = np.ascontiguousarray(flat[:, :2]), flat[:, 2]
        s = np.r_[0.0, np.cumsum(np.hypot(*np.diff(xy, axis=0).T))]
        total = float(sum(track.length[link] for link, _ in sequence))
        if abs(s[-1] - total) > _STALE_M:
            raise MapError(
                f"{content.path}: line {title} no longer follows its links; replace it with"
                " railmap line add"
            )
        if not (np.diff(m) > 0).all():
            raise MapError(
                f"{content.path}: the M of line {title} does not rise; replace it with railmap line"
                " add"
            )
        lines.append(
            Line(
                row.line_id, row.ref or "", row.name, row.calibration or "none", sequence, xy, s, m
            )
        )
    return LineSet(track, lines)
