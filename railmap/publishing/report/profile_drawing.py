"""Draw the height profile of an alignment as SVG."""

from __future__ import annotations

import html
import math
from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from railmap.publishing.exchange.alignment.alignments import Alignment
from railmap.publishing.exchange.alignment.vertical import VerticalPart, vertical_runs
from railmap.publishing.exchange.safe_text import xml_text
from railmap.publishing.report.markup import Html, number

__all__ = ["profile_drawing"]

Floats = NDArray[np.float64]

_WIDTH, _HEIGHT = 1000.0, 230.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 64.0, 30.0, 26.0, 30.0
_LEAST_RANGE_M = 2.0
_LABEL_WIDTH = 46.0  # of a gradient
_SAMPLES = 400


def profile_drawing(one: Alignment, points: Mapping[str, pd.DataFrame]) -> Html:
    """Return the profile of an alignment: ground, track, bridged parts, gradients.

    Parameters
    ----------
    one
        The alignment, with heights.
    points
        Its rows of ``track_height`` by link, in order of M.
    """
    runs = list(vertical_runs(one.profile))
    drawn, stations = one.stations()
    ground = _ground(one, points)
    lines = [_heights(run) for run in runs]
    every = np.concatenate([*(line[:, 1] for line in lines), ground[:, 1]])
    every = every[np.isfinite(every)]
    low, high = float(every.min()), float(every.max())
    middle, size = (low + high) / 2, max(high - low, _LEAST_RANGE_M) * 1.1
    first, last = float(stations[0]), float(stations[-1])
    along = (_WIDTH - _LEFT - _RIGHT) / max(last - first, 1e-3)
    up = (_HEIGHT - _TOP - _BOTTOM) / size

    def place(line: Floats) -> Floats:
        x = _LEFT + (np.interp(line[:, 0], drawn, stations) - first) * along
        return np.column_stack([x, _TOP + (middle + size / 2 - line[:, 1]) * up])

    parts = [
        _grid(middle - size / 2, middle + size / 2, first, last, along, up),
        *(_path("ground", place(line)) for line in _unbroken(ground)),
        *(_path("track", place(line)) for line in lines),
        *(_path("bridged", place(line)) for line in _bridged(ground, lines)),
        *(_gradients(run, place) for run in runs),
    ]
    name = html.escape(xml_text(one.name))
    times = number(up / along, 0)
    return Html(
        f'<figure class="profile"><figcaption>{name}: heights (m) by station (km), drawn {times} '
        f'times higher than long</figcaption><svg viewBox="0 0 {_WIDTH:g} {_HEIGHT:g}" role="img" '
        f'aria-label="Profile of {name}">{"".join(parts)}</svg></figure>'
    )


def _ground(one: Alignment, points: Mapping[str, pd.DataFrame]) -> Floats:
    """``(n, 3)`` metres along, height of the ground, and 1 where the track is bridged."""
    found = [np.zeros((0, 3))]
    for link in one.links:
        rows = points.get(link.link_id)
        if rows is None:
            continue
        m = link.along(rows["link_m"].to_numpy(dtype=float))
        bridged = ~rows["source"].isin(["measured", "unknown"]).to_numpy()
        here = np.column_stack([m, rows["terrain_m"].to_numpy(dtype=float), bridged])
        found.append(here[::-1] if link.turned else here)
    return np.concatenate(found)


def _heights(run: list[VerticalPart]) -> Floats:
    """``(n, 2)`` metres along and height of a stretch."""
    out = []
    total = sum(part.length for part in run)
    for part in run:
        count = math.ceil(_SAMPLES * part.length / total) if part.is_parabola else 1
        u = np.linspace(0.0, part.length, count + 1)
        bend = (part.end_gradient - part.start_gradient) / part.length / 2
        out.append(
            np.column_stack([part.first + u, part.height + part.start_gradient * u + bend * u * u])
        )
    return np.concatenate(out)


def _unbroken(line: Floats) -> list[Floats]:
    """Return the stretches of a line whose heights are known."""
    known = np.isfinite(line[:, 1])
    cuts = np.flatnonzero(np.diff(known.astype(int))) + 1
    return [
        part[:, :2] for part in np.split(line, cuts) if len(part) > 1 and np.isfinite(part[0, 1])
    ]


def _bridged(ground: Floats, lines: list[Floats]) -> list[Floats]:
    """Return the stretches of the track whose height does not follow from the ground."""
    out = []
    flagged = ground[:, 2] > 0
    cuts = np.flatnonzero(np.diff(flagged.astype(int))) + 1
    for index in np.split(np.arange(len(ground)), cuts):
        if not len(index) or not flagged[index[0]]:
            continue
        low, high = ground[max(index[0] - 1, 0), 0], ground[min(index[-1] + 1, len(ground) - 1), 0]
        for line in lines:
            a, b = max(low, line[0, 0]), min(high, line[-1, 0])
            if b > a:
                m = np.unique([a, *line[(line[:, 0] > a) & (line[:, 0] < b), 0], b])
                out.append(np.column_stack([m, np.interp(m, line[:, 0], line[:, 1])]))
    return out


def _grid(low: float, high: float, first: float, last: float, along: float, up: float) -> str:
    right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
    out = []
    step = _nice((high - low) / 4)
    for z in np.arange(math.ceil(low / step), math.floor(high / step) + 1) * step:
        y = _TOP + (high - z) * up
        out.append(f'<path class="grid" d="M{_LEFT:g} {y:.1f}H{right:g}"/>')
        digits = max(0, -math.floor(math.log10(step)))
        out.append(
            f'<text class="height" x="{_LEFT - 8:g}" y="{y + 4:.1f}">{number(z, digits)}</text>'
        )
    step = _nice((last - first) / 7)
    for s in np.arange(math.ceil(first / step), math.floor(last / step) + 1) * step:
        x = _LEFT + (s - first) * along
        out.append(f'<path class="grid" d="M{x:.1f} {bottom:g}v5"/>')
        out.append(
            f'<text class="station" x="{x:.1f}" y="{bottom + 20:g}">{number(s / 1000, 3)}</text>'
        )
    return "".join(out)


def _nice(step: float) -> float:
    """Return the next larger 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(step))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= step * 0.999)


def _gradients(run: list[VerticalPart], place: Callable[[Floats], Floats]) -> str:
    """Return the gradients of the straight parts, and marks where they end."""
    out = []
    for part in run:
        ends = np.array([[part.first, part.height], [part.last, part.end_height]])
        (x0, y0), (x1, y1) = place(ends).tolist()
        for x, y in ((x0, y0), (x1, y1)):
            out.append(f'<path class="mark" d="M{x:.1f} {y - 5:.1f}v10"/>')
        if not part.is_parabola and x1 - x0 >= _LABEL_WIDTH:
            text = number(1000 * part.start_gradient, 1)
            out.append(f'<text class="gradient" x="{(x0 + x1) / 2:.1f}" y="16">{text} ‰</text>')
    return "".join(out)


def _path(kind: str, xy: Floats) -> str:
    steps = "L".join(f"{x:.1f} {y:.1f}" for x, y in xy.tolist())
    return f'<path class="{kind}" d="M{steps}"/>'
