"""From an image's place to its defects' places on the map."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from railmap.errors import InputError
from railmap.mapping.referencing.lineset import Line, read_lines
from railmap.mapping.referencing.locate import station_of
from railmap.mapping.referencing.trackwork import Trackwork
from railmap.mapping.schema.gauge import DEFAULT_GAUGE_MM
from railmap.mapping.sources.offsets import OffsetFrame
from railmap.mapping.sources.spots import Spot
from railmap.mapping.store.reader import read_map

__all__ = ["Placer"]

_HEAD_M = 0.072


@dataclass(frozen=True, slots=True)
class _Along:
    line: Line
    frame: OffsetFrame


class Placer:
    """Places on a map, or in WGS 84 if there is none.

    Parameters
    ----------
    tracks
        The map whose lines chainage is on.

    Raises
    ------
    MapError
        If it isn't one.
    """

    def __init__(self, tracks: Path | None) -> None:
        self._lines: dict[str, list[_Along]] = {}
        self._known: Any = None
        self._path = tracks
        self.crs: Any = "EPSG:4326"
        self._move: Any = None
        if tracks is not None:
            import pyproj

            content = read_map(tracks)
            self._known = read_lines(content, Trackwork.of(content))
            self.crs = content.crs
            self._move = pyproj.Transformer.from_crs(4326, content.crs, always_xy=True)

    def check(self, spot: Spot, rows: int, name: str) -> None:
        """Check that an image's chainage lies on the line.

        Raises
        ------
        InputError
            If it doesn't, or there is no such line.
        """
        if spot.line is None or self._known is None:
            return
        for m in (spot.start_m, spot.start_m + rows * spot.metres_per_row):
            if self._at(spot.line, m) is None:
                line = self._along(spot.line)[0].line
                raise InputError(
                    f"{name}: km {m / 1000:.4f} is outside line {spot.line}, which runs from km "
                    f"{line.m[0] / 1000:.3f} to {line.m[-1] / 1000:.3f}"
                )

    def place(self, spot: Spot, row: float, across_mm: float) -> tuple[float, float] | None:
        """Return x, y of a defect in `crs`; None where the map can't tell.

        Parameters
        ----------
        spot
            The image's place.
        row
            Row of the defect in its image.
        across_mm
            From the rail head's middle, + to the image's right.
        """
        if spot.line is None:
            if self._move is None:
                return spot.lon, spot.lat
            x, y = self._move.transform(spot.lon, spot.lat)
            return (x, y) if np.isfinite([x, y]).all() else None
        if self._known is None:
            return None
        found = self._at(spot.line, spot.start_m + row * spot.metres_per_row)
        if found is None:
            return None
        along, s = found
        rail = {"left_rail": -1.0, "right_rail": 1.0}.get(spot.side or "", 0.0)
        turned = -1.0 if spot.metres_per_row < 0 else 1.0
        beside = 0.0 if np.isnan(across_mm) or rail == 0 else turned * across_mm / 1000
        return along.frame.place(s, rail * (DEFAULT_GAUGE_MM / 1000 + _HEAD_M) / 2 + beside)

    def _along(self, ref: str) -> list[_Along]:
        if ref not in self._lines:
            assert self._path is not None
            found = self._known.find(ref, self._path)
            self._lines[ref] = [_Along(line, OffsetFrame(line.xy)) for line in found]
        return self._lines[ref]

    def _at(self, ref: str, m: float) -> tuple[_Along, float] | None:
        for along in self._along(ref):
            s = station_of(along.line, m / 1000)
            if s is not None:
                return along, s
        return None
