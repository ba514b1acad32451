"""Compute the positions of defects from the positions of their images."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from railmap.errors import InputError
from railmap.mapping.referencing.lineset import Line, LineSet, read_lines
from railmap.mapping.referencing.link_arrays import LinkArrays
from railmap.mapping.referencing.locate import station_of
from railmap.mapping.schema.gauge import DEFAULT_GAUGE_MM
from railmap.mapping.sources.image_positions import ImagePosition
from railmap.mapping.sources.offsets import OffsetFrame
from railmap.mapping.store.reader import read_map
from railmap.surface.job.scale import HEAD_WIDTH_MM

__all__ = ["Placer"]


@dataclass(frozen=True, slots=True)
class _FramedLine:
    line: Line
    frame: OffsetFrame


class Placer:
    """Positions on a map, or in WGS 84 without a map.

    Parameters
    ----------
    tracks
        Map whose lines the chainage refers to.

    Attributes
    ----------
    crs
        CRS of the positions.

    Raises
    ------
    MapError
        If `tracks` is not a map.
    """

    def __init__(self, tracks: Path | None) -> None:
        self._by_ref: dict[str, list[_FramedLine]] = {}
        self._lines: LineSet | None = None
        self._path = tracks
        self.crs: Any = "EPSG:4326"
        self._to_map: Any = None
        if tracks is not None:
            import pyproj

            content = read_map(tracks)
            self._lines = read_lines(content, LinkArrays.of(content))
            self.crs = content.crs
            self._to_map = pyproj.Transformer.from_crs(4326, content.crs, always_xy=True)

    def check(self, position: ImagePosition, rows: int, name: str) -> None:
        """Check that the chainage of an image is within its line.

        Parameters
        ----------
        position
            Position of the image.
        rows
            Rows of the image.
        name
            Name of the image, for the message.

        Raises
        ------
        InputError
            If it is not, or the map has no such line.
        """
        if position.line is None or self._lines is None:
            return
        for m in (position.start_m, position.start_m + rows * position.metres_per_row):
            if self._at(position.line, m) is None:
                line = self._lines_of(position.line)[0].line
                raise InputError(
                    f"{name}: km {m / 1000:.4f} is outside line {position.line}, which runs from"
                    f" km {line.m[0] / 1000:.3f} to {line.m[-1] / 1000:.3f}"
                )

    def place(
        self, position: ImagePosition, row: float, across_mm: float
    ) -> tuple[float, float] | None:
        """Compute the position of a defect.

        Parameters
        ----------
        position
            Position of the image.
        row
            Row of the defect in its image, pixels.
        across_mm
            Offset from the centre of the rail head, mm, positive to the right of the image; NaN:
            unknown.

        Returns
        -------
        tuple of float or None
            x and y in `crs`; None where the position cannot be determined.
        """
        if position.line is None:
            if self._to_map is None:
                return position.lon, position.lat
            x, y = self._to_map.transform(position.lon, position.lat)
            return (x, y) if np.isfinite([x, y]).all() else None
        if self._lines is None:
            return None
        found = self._at(position.line, position.start_m + row * position.metres_per_row)
        if found is None:
            return None
        along, s = found
        rail = {"left_rail": -1.0, "right_rail": 1.0}.get(position.side or "", 0.0)
        direction = -1.0 if position.metres_per_row < 0 else 1.0
        on_head = 0.0 if np.isnan(across_mm) or rail == 0 else direction * across_mm / 1000
        half_track = (DEFAULT_GAUGE_MM + HEAD_WIDTH_MM) / 2000
        return along.frame.place(s, rail * half_track + on_head)

    def _lines_of(self, ref: str) -> list[_FramedLine]:
        if ref not in self._by_ref:
            assert self._path is not None
            assert self._lines is not None
            found = self._lines.find(ref, self._path)
            self._by_ref[ref] = [_FramedLine(line, OffsetFrame(line.xy)) for line in found]
        return self._by_ref[ref]

    def _at(self, ref: str, m: float) -> tuple[_FramedLine, float] | None:
        """Return the line of that ref with this chainage in metres, and metres along it."""
        for along in self._lines_of(ref):
            s = station_of(along.line, m / 1000)
            if s is not None:
                return along, s
        return None
