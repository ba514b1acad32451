"""Match points to the nearest link, and detect ambiguous matches."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from railmap.mapping.referencing.link_arrays import Floats, Ints, LinkArrays, Moves

__all__ = ["LinkIndex", "Matches"]

_MIN_CELL_M = 16.0
_MAX_CELLS = 4_000_000
_CHUNK = 65_536
# Standard deviation of an event's distance from the centreline: events are on or between rails.
_ON_TRACK_M = 0.75
# A match is ambiguous if another track is the right one with a probability above 1 in 20.
_ODDS = 19.0
# Two consecutive links count as one track within this distance of their common node.
_SEAM_M = 5.0
_KEPT = 12


@dataclass(frozen=True, slots=True)
class Matches:
    """Positions of points on links, ``(points,)`` each.

    Parameters
    ----------
    link
        Index of the nearest link, -1 if none is within the maximum distance.
    m
        Metres along it.
    offset
        Metres from its centreline, + to the right in the direction of M.
    distance
        Distance to it in metres; larger than the offset beyond the end of a track.
    ambiguous
        Another track is nearly as likely, given the accuracy of the positions.
    """

    link: Ints
    m: Floats
    offset: Floats
    distance: Floats
    ambiguous: NDArray[np.bool_]


class LinkIndex:
    """Grid index of the links' segments.

    Parameters
    ----------
    track
        The links.
    moves
        Movements at nodes: consecutive links are one track where they meet.
    """

    def __init__(self, track: LinkArrays, moves: Moves) -> None:
        owner = np.repeat(np.arange(len(track.ids)), np.diff(track.first))
        inner = np.flatnonzero(owner[1:] == owner[:-1])
        inner = inner[track.m[inner + 1] > track.m[inner]]
        self._a = np.ascontiguousarray(track.xy[inner])
        self._b = np.ascontiguousarray(track.xy[inner + 1])
        self._m0 = track.m[inner]
        self._owner = owner[inner].astype(np.int64)
        self._length = np.ascontiguousarray(track.length)
        self._variance = np.nan_to_num(track.accuracy, nan=0.0) ** 2
        low, high = track.xy.min(axis=0), track.xy.max(axis=0)
        size = np.maximum(high - low, 1.0)
        self._cell = float(max(_MIN_CELL_M, np.sqrt(size[0] * size[1] / _MAX_CELLS)))
        self._low = low
        self._shape = np.maximum(np.ceil(size / self._cell).astype(np.int64), 1)
        grid = (self._a, self._b, self._low, self._cell, self._shape)
        cells = int(self._shape[0] * self._shape[1])
        count = np.zeros(cells + 1, dtype=np.int64)
        _fill(*grid, count, np.zeros(0, dtype=np.int64), True)
        self._first = np.cumsum(count)
        self._member = np.empty(int(self._first[-1]), dtype=np.int64)
        _fill(*grid, self._first[:-1].copy(), self._member, False)
        rows = [(a[0], a[1], b[0], b[1]) for a in sorted(moves) for b in moves[a]]
        self._follow = np.array(rows, dtype=np.int64).reshape(-1, 4)
        self._follow_first = np.searchsorted(self._follow[:, 0], np.arange(len(track.ids) + 1))

    def match(
        self,
        xy: Floats,
        sigma: Floats,
        *,
        max_distance_m: float,
        threads: int | None = None,
    ) -> Matches:
        """Match points to links.

        Parameters
        ----------
        xy
            ``(points, 2)`` metres in the links' CRS.
        sigma
            ``(points,)`` accuracy of the positions, one sigma in metres.
        max_distance_m
            Maximum distance of a match, metres.
        threads
            CPU threads, by default one per core; does not change the result.
        """
        count = len(xy)
        link = np.full(count, -1, dtype=np.int64)
        m, offset, distance = (np.full(count, np.nan) for _ in range(3))
        ambiguous = np.zeros(count, dtype=np.bool_)
        xy = np.ascontiguousarray(xy, dtype=np.float64)
        sigma = np.ascontiguousarray(sigma, dtype=np.float64)

        segments = (self._a, self._b, self._m0, self._owner)
        grid = (self._low, self._cell, self._shape, self._first, self._member)
        links = (self._length, self._variance, self._follow, self._follow_first)
        worst = float(self._variance.max())

        def part(a: int) -> None:
            here = slice(a, a + _CHUNK)
            out = (link[here], m[here], offset[here], distance[here], ambiguous[here])
            _match(xy[here], sigma[here], max_distance_m, worst, segments, grid, links, out)

        with ThreadPoolExecutor(threads or os.cpu_count() or 1) as pool:
            list(pool.map(part, range(0, count, _CHUNK)))
        return Matches(link, m, offset, distance, ambiguous)


@njit(cache=True, nogil=True)
def _fill(a, b, low, cell, shape, at, member, counting):  # type: ignore[no-untyped-def]
    """Count or list the segments in each cell, by the rows of cells that they cross."""
    nx, ny = shape
    slack = 1e-6
    for i in range(len(a)):
        ax, ay = (a[i, 0] - low[0]) / cell, (a[i, 1] - low[1]) / cell
        bx, by = (b[i, 0] - low[0]) / cell, (b[i, 1] - low[1]) / cell
        if ay > by:
            ax, ay, bx, by = bx, by, ax, ay
        first = max(int(np.floor(ay - slack)), 0)
        last = min(int(np.floor(by + slack)), ny - 1)
        for row in range(min(first, ny - 1), last + 1):
            x0, x1 = ax, bx
            if by - ay > 1e-12:
                t0 = min(max((row - ay) / (by - ay), 0.0), 1.0)
                t1 = min(max((row + 1 - ay) / (by - ay), 0.0), 1.0)
                x0, x1 = ax + t0 * (bx - ax), ax + t1 * (bx - ax)
            if x0 > x1:
                x0, x1 = x1, x0
            left = min(max(int(np.floor(x0 - slack)), 0), nx - 1)
            right = min(max(int(np.floor(x1 + slack)), 0), nx - 1)
            for column in range(left, right + 1):
                cell_index = row * nx + column
                if counting:
                    at[cell_index + 1] += 1
                else:
                    member[at[cell_index]] = i
                    at[cell_index] += 1


@njit(cache=True, nogil=True)
def _match(xy, sigma, max_distance, worst, segments, grid, links, out):  # type: ignore[no-untyped-def]
    """Search rings of cells around each point until no closer or ambiguous match is possible."""
    a, b, m0, owner = segments
    low, cell, shape, first, member = grid
    length, variance, follow, follow_first = links
    link, m, offset, distance, ambiguous = out
    nx, ny = shape
    near_link = np.empty(_KEPT, dtype=np.int64)
    near_d = np.empty(_KEPT)
    near_m = np.empty(_KEPT)
    near_side = np.empty(_KEPT)
    limit = max_distance * max_distance
    odds = 2.0 * np.log(_ODDS)
    for p in range(len(xy)):
        x, y = xy[p, 0], xy[p, 1]
        column = int(np.floor((x - low[0]) / cell))
        row = int(np.floor((y - low[1]) / cell))
        inner_x, inner_y = x - low[0] - column * cell, y - low[1] - row * cell
        edge = min(min(inner_x, cell - inner_x), min(inner_y, cell - inner_y))
        # First ring that reaches the grid.
        ring = max(max(-column, column - nx + 1), max(max(-row, row - ny + 1), 0))
        spread = odds * (sigma[p] ** 2 + worst + _ON_TRACK_M**2)
        kept = 0
        best = limit
        while True:
            bound = max((ring - 1) * cell + edge, 0.0) if ring else 0.0
            if bound * bound > min(best + spread, limit):
                break
            if ring > max(max(column, nx - column), max(row, ny - row)) + 1:
                break
            for dy in range(-ring, ring + 1):
                r = row + dy
                if r < 0 or r >= ny:
                    continue
                step = 1 if abs(dy) == ring else max(2 * ring, 1)
                for dx in range(-ring, ring + 1, step):
                    c = column + dx
                    if c < 0 or c >= nx:
                        continue
                    for k in range(first[r * nx + c], first[r * nx + c + 1]):
                        i = member[k]
                        ux, uy = b[i, 0] - a[i, 0], b[i, 1] - a[i, 1]
                        px, py = x - a[i, 0], y - a[i, 1]
                        size = np.sqrt(ux * ux + uy * uy)
                        t = (px * ux + py * uy) / size
                        t = min(max(t, 0.0), size)
                        fx, fy = px - t * ux / size, py - t * uy / size
                        d = fx * fx + fy * fy
                        if d > min(best + spread, limit):
                            continue
                        slot = kept
                        for q in range(kept):
                            if near_link[q] == owner[i]:
                                slot = q
                                break
                        if slot < kept and near_d[slot] <= d:
                            continue
                        if slot == _KEPT:
                            slot = int(np.argmax(near_d))
                            if near_d[slot] <= d:
                                continue
                        elif slot == kept:
                            kept += 1
                        near_link[slot] = owner[i]
                        near_d[slot] = d
                        near_m[slot] = m0[i] + t
                        near_side[slot] = (uy * px - ux * py) / size
                        best = min(best, d)
            ring += 1
        if kept == 0:
            continue
        top = 0
        for q in range(1, kept):
            if near_d[q] < near_d[top] or (
                near_d[q] == near_d[top] and near_link[q] < near_link[top]
            ):
                top = q
        chosen = near_link[top]
        link[p] = chosen
        m[p] = min(near_m[top], length[chosen])
        distance[p] = np.sqrt(near_d[top])
        side = near_side[top]
        at_end = near_m[top] <= 0.0 or near_m[top] >= length[chosen]
        # Beyond the end of a track, the offset is the lateral part only.
        offset[p] = side if at_end else np.sign(side) * distance[p]
        for q in range(kept):
            if q == top:
                continue
            noise = sigma[p] ** 2 + max(variance[chosen], variance[near_link[q]]) + _ON_TRACK_M**2
            if near_d[q] - near_d[top] >= odds * noise:
                continue
            reach = max(_SEAM_M, 2.0 * np.sqrt(near_d[q]))
            other = near_link[q]
            one_track = False
            for f in range(follow_first[chosen], follow_first[chosen + 1]):
                if follow[f, 2] != other:
                    continue
                here = length[chosen] - near_m[top] if follow[f, 1] else near_m[top]
                there = length[other] - near_m[q] if follow[f, 3] else near_m[q]
                if here <= reach and there <= reach:
                    one_track = True
            if not one_track:
                ambiguous[p] = True
