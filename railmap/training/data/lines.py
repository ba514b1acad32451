"""A georeferenced raster whose target is rasterised from vector centrelines when it is read."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from shapely.geometry.base import BaseGeometry

from railmap.errors import GeoreferenceError, InputError
from railmap.evaluation.layers import TrackLayer, read_tracks, to_crs
from railmap.raster import PixelWindow, RasterSource, open_raster
from railmap.training.data.sample import FILL, IGNORE, TENT_LENGTH, TOP, Sample
from railmap.training.data.tent import draw_tent

__all__ = ["LineImage"]

_ON_TRACK, _ASIDE = 0.85, 12.0


class LineImage:
    """A raster on the training grid whose target is rasterised from centrelines.

    Pixels in polygons marked ``ignore`` and outside a layer ``area`` are not judged. Labels in
    another CRS are reprojected. Everything else is taken to be labelled: where there is no line,
    there is no track.

    Parameters
    ----------
    raster
        Any raster that `open_raster` takes.
    labels
        Vector file (``FILE|layername=NAME`` works), or the result of `read_tracks`.
    gsd
        Metres per pixel of the training grid.
    target
        "tent" (1 on the centreline, 0 at a sleeper length) or "mask" (1 to the sleeper's ends).
    site
        As for `LabelledImage`; by default the file's name without suffix.
    length
        Sleeper length, metres.

    Raises
    ------
    RasterError, GeoreferenceError, InputError
        As `open_raster` and `read_tracks`; also if no line is on the raster.
    """

    def __init__(
        self,
        raster: Path,
        labels: str | Path | TrackLayer,
        gsd: float,
        *,
        target: str = "tent",
        site: str | None = None,
        length: float = TENT_LENGTH,
    ) -> None:
        self._raster, self._gsd, self._target, self._length = raster, gsd, target, length
        self._source: RasterSource = open_raster(raster, gsd=gsd)
        self._process = os.getpid()
        grid = self._source.grid
        self.name, self.site = raster.name, raster.stem if site is None else site
        self.shape = grid.height, grid.width
        self.transform, self.crs = grid.transform, grid.crs
        layer = labels if isinstance(labels, TrackLayer) else read_tracks(labels, "labels")
        layer = self._placed(layer)
        frame = np.array(layer.lines.geometry.to_numpy(), dtype=object)
        to_pixels = ~grid.transform
        self.lines: NDArray[np.object_] = _moved(frame, to_pixels)
        self._area = _moved_one(layer.area, to_pixels)
        self._ignore = _moved_one(layer.ignore, to_pixels)
        on = shapely.intersects(self.lines, shapely.box(0, 0, grid.width, grid.height))
        self.lines = self.lines[on]
        self.has_track = bool(len(self.lines))
        self._tree = shapely.STRtree(self.lines)
        self._lengths = shapely.length(self.lines)

    def __getstate__(self) -> dict[str, Any]:
        """Leave out open files: another process opens them again."""
        return self.__dict__ | {"_source": None, "_tree": None, "_process": -1}

    def _open(self) -> RasterSource:
        if self._process != os.getpid():  # a forked worker would share the file's position
            self._source = open_raster(self._raster, gsd=self._gsd)
            self._process = os.getpid()
        return self._source

    def _placed(self, layer: TrackLayer) -> TrackLayer:
        try:
            return to_crs(layer, CRS(self.crs))
        except GeoreferenceError as error:
            raise GeoreferenceError(f"{self._raster}: ", *error.parts) from error

    def centre(self, rng: np.random.Generator) -> tuple[float, float]:
        """Propose points mostly within 12 m of a track, since most of an orthophoto has none."""
        rows, cols = self.shape
        if not self.has_track or rng.random() > _ON_TRACK:
            return float(rng.uniform(0, rows)), float(rng.uniform(0, cols))
        for _ in range(20):
            index = int(rng.choice(len(self.lines), p=self._lengths / self._lengths.sum()))
            point = shapely.line_interpolate_point(
                self.lines[index], rng.uniform(0, self._lengths[index])
            )
            if 0 <= point.x < cols and 0 <= point.y < rows:
                break
        reach = _ASIDE / self._gsd
        row, col = point.y + rng.uniform(-reach, reach), point.x + rng.uniform(-reach, reach)
        return float(np.clip(row, 0, rows)), float(np.clip(col, 0, cols))

    def read(self, window: PixelWindow) -> Sample:
        """Read a window and draw its target."""
        patch = self._open().read(window)
        image = np.ascontiguousarray(patch.pixels.transpose(1, 2, 0))
        image[~patch.mask] = FILL
        target = self.target(window)
        target[~patch.mask] = IGNORE
        return Sample(image, target)

    def target(self, window: PixelWindow) -> NDArray[np.uint8]:
        """Draw the target of a window, independent of the pixels."""
        shape = window.height, window.width
        length = self._length / self._gsd
        box = shapely.box(
            window.col - length,
            window.row - length,
            window.col + window.width + length,
            window.row + window.height + length,
        )
        if self._tree is None:
            self._tree = shapely.STRtree(self.lines)
        near = shapely.intersection(self.lines[np.sort(self._tree.query(box))], box)
        parts = shapely.get_parts(near)
        parts = parts[shapely.get_type_id(parts) == shapely.GeometryType.LINESTRING]
        corner = np.array([window.col, window.row], np.float64)
        lines = [shapely.get_coordinates(part) - corner for part in parts]
        target = draw_tent(shape, lines, length)
        if self._target == "mask":
            target = np.where(target >= TOP / 2, np.uint8(TOP), np.uint8(0))
        for area, outside in ((self._ignore, False), (self._area, True)):
            if area is not None:
                target[_inside(area, window) != outside] = IGNORE
        return target


def _moved(shapes: NDArray[np.object_], transform: Any) -> NDArray[np.object_]:
    a, b, c, d, e, f = transform[:6]

    def move(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        x, y = xy[:, 0], xy[:, 1]
        return np.column_stack((a * x + b * y + c, d * x + e * y + f))

    return np.asarray(shapely.transform(shapes, move), dtype=object)


def _moved_one(shape: BaseGeometry | None, transform: Any) -> BaseGeometry | None:
    return None if shape is None else _moved(np.array([shape], dtype=object), transform)[0]


def _inside(area: BaseGeometry, window: PixelWindow) -> NDArray[np.bool_]:
    from affine import Affine
    from rasterio.features import rasterize

    shape = window.height, window.width
    part = shapely.intersection(
        area, shapely.box(window.col, window.row, window.col + shape[1], window.row + shape[0])
    )
    if part.is_empty:
        return np.zeros(shape, bool)
    place = Affine.translation(window.col, window.row)
    return np.asarray(rasterize([part], out_shape=shape, transform=place), bool)


def check_overlap(images: list[LineImage], labels: str | Path) -> None:
    """Refuse labels outside all of the rasters.

    Raises
    ------
    InputError
        If no line is on any raster.
    """
    if not any(image.has_track for image in images):
        names = ", ".join(image.name for image in images[:3])
        raise InputError(f"{labels}: no line is on {names}; check the CRS of both")
