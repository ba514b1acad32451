"""Targets of the field heads: direction of the track, switch toes and crossing centres."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from railmap.models.metadata import FIELD_CELL, FIELD_NAMES
from railmap.training.data.sample import IGNORE

__all__ = [
    "CELL",
    "HEAT_TOP",
    "UNJUDGED_HEAT",
    "NodeTruth",
    "draw_fields",
    "hide_fields",
    "turn_fields",
]

CELL = FIELD_CELL
HEAT_TOP = 127
"""Value of a component 1, and of a heatmap's peak."""
UNJUDGED_HEAT = -1

_SIGMA = 1.0  # m, of the heatmaps' peaks
_FACING_RADIUS = 2.0  # m around a toe where its facing direction is known
_BRANCH = 15.0  # m from a toe at which its tracks have visibly parted
_LEAST_BRANCH = 4.0  # m; shorter pieces have no reliable direction
_ON_TRACK = 0.5  # m; lines that pass a toe at less run through it
_SPREAD = np.cos(np.radians(35.0))  # tracks that leave a toe at less than this angle part there


class NodeTruth(NamedTuple):
    """A switch toe or the centre of a crossing.

    Parameters
    ----------
    x, y
        Pixels from the corner of the first pixel.
    kind
        "switch" or "railway_crossing".
    """

    x: float
    y: float
    kind: str


def draw_fields(
    shape: tuple[int, int],
    lines: Sequence[NDArray[np.float64]],
    nodes: Sequence[NodeTruth] | None,
    gsd: float,
    width: float,
) -> NDArray[np.int8]:
    """Draw the targets of the field heads.

    Parameters
    ----------
    shape
        (rows, columns) of the image, multiples of `CELL`.
    lines
        Centrelines, ``(n, 2)`` x/y in pixels from the corner of the first pixel.
    nodes
        All switches and crossings; None where they are not known.
    gsd
        Metres per pixel.
    width
        Distance from a centreline up to which the direction is that of the track, metres.

    Returns
    -------
    ndarray
        ``(6, rows / 4, columns / 4)`` int8, channels as `FIELD_NAMES`, components times 127.
        Directions are 0, 0 where unknown; heatmaps are -1 where they are not judged.
    """
    rows, cols = shape[0] // CELL, shape[1] // CELL
    fields = np.zeros((len(FIELD_NAMES), rows, cols), np.int8)
    scale = gsd * CELL  # metres a cell
    near = [line for line in lines if _reaches(line, shape, width / gsd)]
    if near:
        points = np.concatenate(near) / CELL
        parts = np.cumsum([0, *(len(line) for line in near)])
        fields[:2] = _directions(points, parts, rows, cols, width / scale)
    if nodes is None:
        fields[2:4] = UNJUDGED_HEAT
        return fields
    y, x = np.mgrid[0:rows, 0:cols] + 0.5
    for node in nodes:
        if node.kind not in ("switch", "railway_crossing"):
            continue
        away = ((x - node.x / CELL) ** 2 + (y - node.y / CELL) ** 2) * scale**2
        heat = np.round(HEAT_TOP * np.exp(-away / (2 * _SIGMA**2))).astype(np.int8)
        inside = 0 <= node.x < shape[1] and 0 <= node.y < shape[0]
        if inside:  # the cell that holds it is the peak
            heat[int(node.y / CELL), int(node.x / CELL)] = HEAT_TOP
        channel = fields[2 if node.kind == "switch" else 3]
        np.maximum(channel, heat, out=channel)
        if node.kind == "switch":
            facing = _facing(node, lines, gsd)
            if facing is not None:
                fields[4:, away < _FACING_RADIUS**2] = np.round(HEAT_TOP * facing)[:, None]
    return fields


def turn_fields(fields: NDArray[np.int8], quarter: int, mirror: bool) -> NDArray[np.int8]:
    """Turn by `quarter` times 90° counterclockwise, then mirror left and right."""
    out = np.rot90(fields, quarter, axes=(1, 2)).copy()
    for _ in range(quarter % 4):
        out[:2] = -out[:2]
        out[4:] = np.stack([-out[5], out[4]])
    if mirror:
        out = out[:, :, ::-1].copy()
        out[1] = -out[1]
        out[4] = -out[4]
    return out


def hide_fields(fields: NDArray[np.int8], target: NDArray[np.uint8]) -> None:
    """Remove, in place, what the image does not show.

    Nothing is judged in cells with a pixel that is not (target 255); where the target is 0 all over
    a cell there is no track, and so no direction and no node.
    """
    rows, cols = fields.shape[1:]
    cells = target[: rows * CELL, : cols * CELL].reshape(rows, CELL, cols, CELL)
    absent = (cells == 0).all(axis=(1, 3))
    hidden = (cells == IGNORE).any(axis=(1, 3))
    fields[:2, absent | hidden] = 0
    fields[4:, absent | hidden] = 0
    heat = fields[2:4]
    heat[:, hidden] = UNJUDGED_HEAT
    heat[absent & (heat > 0)] = UNJUDGED_HEAT


def _reaches(line: NDArray[np.float64], shape: tuple[int, int], margin: float) -> bool:
    low, high = line.min(axis=0), line.max(axis=0)
    return bool(
        (high >= -margin).all() and low[0] <= shape[1] + margin and low[1] <= shape[0] + margin
    )


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _directions(
    points: NDArray[np.float64], parts: NDArray[np.int64], rows: int, cols: int, width: float
) -> NDArray[np.int8]:
    """Cos and sin of the double angle of the nearest segment, within `width` cells."""
    nearest = np.full((rows, cols), width * width)
    out = np.zeros((2, rows, cols), np.int8)
    for part in range(len(parts) - 1):
        for k in range(parts[part], parts[part + 1] - 1):
            ax, ay = points[k, 0], points[k, 1]
            dx, dy = points[k + 1, 0] - ax, points[k + 1, 1] - ay
            size = dx * dx + dy * dy
            if size == 0.0:
                continue
            left = max(0, int(np.floor(min(ax, ax + dx) - width)))
            right = min(cols, int(np.ceil(max(ax, ax + dx) + width)))
            top = max(0, int(np.floor(min(ay, ay + dy) - width)))
            bottom = min(rows, int(np.ceil(max(ay, ay + dy) + width)))
            c = round(127 * (dx * dx - dy * dy) / size)
            s = round(-127 * 2 * dx * dy / size)  # y up
            for row in range(top, bottom):
                for col in range(left, right):
                    px, py = col + 0.5 - ax, row + 0.5 - ay
                    t = min(max((px * dx + py * dy) / size, 0.0), 1.0)
                    d = (px - t * dx) ** 2 + (py - t * dy) ** 2
                    if d < nearest[row, col]:
                        nearest[row, col] = d
                        out[0, row, col] = c
                        out[1, row, col] = s
    return out


def _facing(
    node: NodeTruth, lines: Sequence[NDArray[np.float64]], gsd: float
) -> NDArray[np.float64] | None:
    """Unit vector (x right, y up) from a toe to where two tracks part; None if it is ambiguous."""
    at = np.array([node.x, node.y])
    found: list[NDArray[np.float64]] = []
    for line in lines:
        if np.abs(line - at).min(axis=0).max() * gsd > 2 * _BRANCH and len(line) > 2:
            continue
        steps = np.hypot(*np.diff(line, axis=0).T)
        along = np.concatenate([[0.0], np.cumsum(steps)])
        d = np.diff(line, axis=0)
        t = np.clip(((at - line[:-1]) * d).sum(1) / np.maximum((d * d).sum(1), 1e-12), 0, 1)
        away = np.hypot(*(line[:-1] + t[:, None] * d - at).T)
        k = int(away.argmin())
        if away[k] * gsd > _ON_TRACK:
            continue
        here = along[k] + t[k] * steps[k]
        for there in (here - _BRANCH / gsd, here + _BRANCH / gsd):
            there = float(np.clip(there, 0.0, along[-1]))
            if abs(there - here) * gsd < _LEAST_BRANCH:
                continue
            end = np.array([np.interp(there, along, line[:, i]) for i in (0, 1)]) - at
            found.append(end * (1, -1) / max(float(np.hypot(*end)), 1e-9))
    best: list[NDArray[np.float64]] = []
    for one in found:
        group = [other for other in found if float(one @ other) > _SPREAD]
        if len(group) > len(best):
            best = group
    if len(best) < 2 or len(best) == len(found) > 2:
        return None
    mean = np.sum(best, axis=0)
    return np.asarray(mean / max(float(np.hypot(*mean)), 1e-9))
