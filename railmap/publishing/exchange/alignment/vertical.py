"""Vertical alignments: constant gradients and parabolas of links and of lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from railmap.mapping.store.reader import Map

__all__ = ["VerticalPart", "link_profiles", "node_heights", "vertical_crs", "vertical_runs"]

# Parts whose ends are as near as this are one profile.
_MEET_M = 0.05
_SAME_HEIGHT_M = 0.05
_SAME_GRADIENT = 1e-5  # m/m
_SAME_CURVATURE = 0.02  # share by which the curvature of two parts of one parabola may differ


@dataclass(frozen=True, slots=True)
class VerticalPart:
    """A constant gradient or a parabola along a drawn line.

    Parameters
    ----------
    first, last
        Metres along the drawn line.
    height
        At its start, metres.
    start_gradient, end_gradient
        Metres a metre, + uphill.
    """

    first: float
    last: float
    height: float
    start_gradient: float
    end_gradient: float

    @property
    def length(self) -> float:
        """Horizontal length, metres."""
        return self.last - self.first

    @property
    def end_height(self) -> float:
        """Height at its end, metres."""
        return self.height + (self.start_gradient + self.end_gradient) / 2 * self.length

    @property
    def is_parabola(self) -> bool:
        """Whether the gradient changes."""
        return abs(self.end_gradient - self.start_gradient) > _SAME_GRADIENT

    def moved(self, metres: float) -> VerticalPart:
        """Return the part, `metres` further along the drawn line."""
        return replace(self, first=self.first + metres, last=self.last + metres)

    def reversed(self, total: float) -> VerticalPart:
        """Return the part of a drawn line of `total` metres that runs the other way."""
        return VerticalPart(
            total - self.last,
            total - self.first,
            self.end_height,
            -self.end_gradient,
            -self.start_gradient,
        )

    def joined(self, other: VerticalPart) -> VerticalPart | None:
        """Return one part in place of this and the next, if they are parts of one element."""
        if not self.meets(other) or abs(self.end_gradient - other.start_gradient) > _SAME_GRADIENT:
            return None
        if self.is_parabola != other.is_parabola:
            return None
        mine, its = ((one.end_gradient - one.start_gradient) / one.length for one in (self, other))
        if abs(mine - its) > _SAME_CURVATURE * max(abs(mine), abs(its)) and self.is_parabola:
            return None
        return replace(self, last=other.last, end_gradient=other.end_gradient)

    def meets(self, other: VerticalPart) -> bool:
        """Return whether the next part goes on where this one ends."""
        return (
            abs(other.first - self.last) < _MEET_M
            and abs(other.height - self.end_height) < _SAME_HEIGHT_M
        )


def link_profiles(content: Map) -> dict[str, list[VerticalPart]]:
    """Return the vertical alignment of each link that has one, in order of M."""
    rows = content.layers.get("vertical_segment")
    if rows is None or rows.empty:
        return {}
    found: dict[str, list[VerticalPart]] = {}
    numbers = ("m_from", "length_m", "start_height_m", "start_gradient_permille",
               "end_gradient_permille")  # fmt: skip
    rows = rows[rows["link_id"].notna() & _finite(rows, *numbers)]
    rows = rows.sort_values(["link_id", "seq"])
    for link_id, *values in zip(*(rows[name] for name in ("link_id", *numbers)), strict=True):
        first, length, height, start, end = (float(value) for value in values)
        if length > 0:
            part = VerticalPart(first, first + length, height, start / 1000, end / 1000)
            found.setdefault(link_id, []).append(part)
    return found


def node_heights(content: Map) -> dict[str, float]:
    """Return the height of each node that has one, metres."""
    rows = content.layers.get("track_height")
    if rows is None or rows.empty:
        return {}
    rows = rows[_finite(rows, "height_m", "link_m")].sort_values(["link_id", "seq"])
    by_link = rows.groupby("link_id")
    first, last = by_link.first(), by_link.last()
    found: dict[str, float] = {}
    for link in content.links.itertuples():
        if link.link_id not in first.index:
            continue
        start, end = first.loc[link.link_id], last.loc[link.link_id]
        if start["link_m"] < _MEET_M:
            found.setdefault(link.start_node, float(start["height_m"]))
        if pd.notna(link.length_m) and abs(end["link_m"] - link.length_m) < _MEET_M:
            found.setdefault(link.end_node, float(end["height_m"]))
    return found


def _finite(rows: pd.DataFrame, *names: str) -> NDArray[np.bool_]:
    """Which rows have a number, which no infinite one is, in each of the columns."""
    values = [pd.to_numeric(rows[name], errors="coerce").to_numpy(float) for name in names]
    return np.asarray(np.isfinite(values).all(axis=0))


def vertical_crs(content: Map) -> str | None:
    """Return the name of the vertical CRS of the heights; None without heights or if unknown."""
    models = content.layers.get("elevation_model")
    if models is None or models.empty:
        return None
    row = models.iloc[-1]
    code = row["vertical_crs"]
    short = isinstance(code, str) and code.startswith("EPSG:")
    name = code if short else row["vertical_name"]
    return name if isinstance(name, str) and name else None


def vertical_runs(parts: Sequence[VerticalPart]) -> Iterator[list[VerticalPart]]:
    """Yield stretches of parts that follow one another; elements over a node are one."""
    run: list[VerticalPart] = []
    for part in parts:
        if run and (one := run[-1].joined(part)) is not None:
            run[-1] = one
        elif run and not run[-1].meets(part):
            yield run
            run = [part]
        else:
            run.append(part)
    if run:
        yield run
