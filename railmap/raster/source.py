"""Read several orthophotos as one raster, in windows of the working grid."""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import numpy as np
import shapely
from affine import Affine
from numpy.typing import NDArray

from railmap.raster.aoi import AreaOfInterest
from railmap.raster.collar import Collar
from railmap.raster.files import RasterFile
from railmap.raster.georeference.transforms import coordinate_transform
from railmap.raster.holes import Hole, merge_holes
from railmap.raster.identity import source_identity
from railmap.raster.reader import READ_ERRORS, Box, FileReader, ReaderPool, pixels_to_crs
from railmap.raster.sampling import FileSampler
from railmap.raster.stretch import Stretch, to_uint8
from railmap.raster.types import Coverage, DamagedWindow, Grid, ImageInfo, Patch, PixelWindow

__all__ = ["RasterSource", "SourceFile"]

# Side of the low-resolution mask in pixels; where it is True, `has_data` reads nothing else.
_COARSE_SIDE = 1024


@dataclass(slots=True)
class SourceFile:
    """A file of the mosaic and how it is read.

    Parameters
    ----------
    file, info
        The raster and its description.
    collar
        The black collar that counts as no data, None if there is none.
    stretch
        Conversion to 8 bit, None for 8-bit pixels.
    """

    file: RasterFile
    info: ImageInfo
    collar: Collar | None
    stretch: Stretch | None


class RasterSource:
    """One or several images as one raster on a north-up metric grid.

    Created by `railmap.raster.open_raster`. Several threads may read at the same time. Where
    images overlap, the first one with a valid pixel is used.

    Parameters
    ----------
    files
        The images, highest precedence first.
    grid
        The working grid.
    source_gsd
        Finest ground sampling distance of the images, metres.
    aoi
        Area of interest; pixels outside it are not valid.
    """

    def __init__(
        self,
        files: Sequence[SourceFile],
        grid: Grid,
        source_gsd: float,
        aoi: AreaOfInterest | None = None,
    ) -> None:
        self.grid = grid
        self.source_gsd = source_gsd
        self._files = list(files)
        self._aoi = aoi
        self._damaged: set[Hole] = set()
        self._lock = threading.Lock()
        self._samplers = [FileSampler(entry.file, grid) for entry in self._files]
        self._pools = [
            ReaderPool(
                functools.partial(
                    FileReader,
                    entry.file,
                    entry.collar,
                    functools.partial(self._report_damage, index),
                )
            )
            for index, entry in enumerate(self._files)
        ]
        self._coarse: list[NDArray[np.bool_] | None] | None = None

    def __enter__(self) -> RasterSource:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def images(self) -> list[ImageInfo]:
        """Description of each image, in the order given."""
        return [entry.info for entry in self._files]

    @property
    def notes(self) -> list[str]:
        """Where the user's options contradict what the files say, a sentence each."""
        return [note for entry in self._files for note in entry.file.notes]

    @property
    def stretch(self) -> dict[str, Any]:
        """Conversion to 8 bit by pixel type; JSON-serializable, for the run record."""
        kinds: dict[str, Any] = {}
        for entry in self._files:
            identity = {"method": "identity"}
            kinds[entry.file.dtype] = entry.stretch.describe() if entry.stretch else identity
        return kinds

    @property
    def damaged(self) -> list[DamagedWindow]:
        """Windows that could not be decoded in the reads so far, in a fixed order.

        Adjacent blocks are merged into one window.
        """
        with self._lock:
            holes = merge_holes(self._damaged)
        return sorted(self._damaged_window(hole) for hole in holes)

    @property
    def holes(self) -> frozenset[Hole]:
        """What `damaged` describes, for `add_holes` of the same raster in another process."""
        with self._lock:
            return frozenset(self._damaged)

    def add_holes(self, holes: Iterable[Hole]) -> None:
        """Take over what could not be decoded in the reads of another process."""
        with self._lock:
            self._damaged.update(holes)

    def looked_at(self, footprint: shapely.Polygon) -> list[shapely.Polygon]:
        """Return the parts of a footprint that the area of interest leaves."""
        if self._aoi is None:
            return [footprint]
        parts = shapely.get_parts(self._aoi.within(shapely.make_valid(footprint)))
        return [part for part in parts if part.geom_type == "Polygon" and not part.is_empty]

    @property
    def coverage(self) -> Coverage | None:
        """How much of the images the area of interest leaves; None if there is none."""
        if self._aoi is None:
            return None
        footprints = shapely.make_valid([entry.info.footprint for entry in self._files])
        images = shapely.union_all(footprints)
        return Coverage(float(self._aoi.within(images).area), float(images.area))

    def identity(self) -> dict[str, Any]:
        """Return what the pixels depend on; see `source_identity`."""
        return source_identity(self._files, self._aoi)

    def close(self) -> None:
        """Close all files."""
        for pool in self._pools:
            pool.close()

    def has_data(self, window: PixelWindow) -> bool:
        """Return whether `window` may have valid pixels; False only where `read` finds none.

        Footprints, the area of interest and a low-resolution mask decide most windows; the
        full mask is read only for the others.
        """
        if self._aoi is not None and not self._aoi.touches(window):
            return False
        for i, (entry, sampler) in enumerate(zip(self._files, self._samplers, strict=True)):
            part = _overlap(window, sampler.extent)
            if part is None or (box := sampler.file_box(part)) is None:
                continue
            if not entry.file.may_have_holes and entry.collar is None:
                return True
            if self._coarse_has_data(i, box):
                return True
            with self._pools[i].reader() as reader:
                if sampler.any_valid(reader, part):
                    return True
        return False

    def read(self, window: PixelWindow) -> Patch:
        """Read a window of the grid; it may reach past the raster's edge.

        Parameters
        ----------
        window
            Rows and columns of `grid`.

        Returns
        -------
        Patch
            ``(3, height, width)`` uint8 pixels, 0 where not valid, and the mask. The values
            do not depend on the window that they are read in.
        """
        pixels = np.zeros((3, window.height, window.width), np.uint8)
        mask = np.zeros((window.height, window.width), np.bool_)
        looked_at = self._aoi is None or self._aoi.touches(window)
        files = zip(self._files, self._samplers, strict=True) if looked_at else ()
        for i, (entry, sampler) in enumerate(files):
            part = _overlap(window, sampler.extent)
            if part is None:
                continue
            row, col = part.row - window.row, part.col - window.col
            inside = (slice(row, row + part.height), slice(col, col + part.width))
            if mask[inside].all():
                continue
            with self._pools[i].reader() as reader:
                values, valid = sampler.sample(reader, part)
            fresh = valid & ~mask[inside]
            colours = to_uint8(values, entry.stretch)
            view = pixels[:, *inside]
            np.copyto(view, np.broadcast_to(colours, view.shape), where=fresh)
            mask[inside] |= fresh
        if self._aoi is not None and looked_at:
            mask &= self._aoi.mask(window)
            pixels[:, ~mask] = 0
        grid, corner = self.grid, self.grid.transform
        x, y = corner.c + window.col * grid.gsd, corner.f - window.row * grid.gsd
        return Patch(pixels, mask, Affine(grid.gsd, 0.0, x, 0.0, -grid.gsd, y), grid.crs)

    def _coarse_has_data(self, index: int, box: Box) -> bool:
        coarse = self._coarse_masks()[index]
        if coarse is None:
            return False
        file, (rows, cols) = self._files[index].file, coarse.shape
        i0, i1 = box[0] * rows // file.height, -(-box[1] * rows // file.height)
        j0, j1 = box[2] * cols // file.width, -(-box[3] * cols // file.width)
        return bool(coarse[i0:i1, j0:j1].any())

    def _coarse_masks(self) -> list[NDArray[np.bool_] | None]:
        with self._lock:
            if self._coarse is None:
                self._coarse = [self._coarse_mask(i) for i in range(len(self._files))]
            return self._coarse

    def _coarse_mask(self, index: int) -> NDArray[np.bool_] | None:
        """Return the mask of an overview; None without overviews: it would take a whole read."""
        entry = self._files[index]
        if len(entry.file.levels) == 1 or entry.collar is not None:
            return None
        try:
            with self._pools[index].reader() as reader:
                return reader.thumbnail(_COARSE_SIDE)[1]
        except READ_ERRORS:
            return None

    def _report_damage(self, index: int, level: int, box: Box, reason: str) -> None:
        with self._lock:
            self._damaged.add(Hole(index, level, reason, box))

    def _damaged_window(self, hole: Hole) -> DamagedWindow:
        entry, box = self._files[hole.file], hole.box
        file = entry.file
        width, height = file.levels[hole.level]
        cols = np.array([box[2], box[3], box[3], box[2]]) * (file.width / width)
        rows = np.array([box[0], box[0], box[1], box[1]]) * (file.height / height)
        to_grid = coordinate_transform(file.crs, self.grid.crs)
        xs, ys = to_grid(pixels_to_crs(file, (cols, rows)))
        bounds = (float(xs.min()), float(ys.min()), float(xs.max()), float(ys.max()))
        return DamagedWindow(entry.info.uri, bounds, hole.reason)


def _overlap(window: PixelWindow, other: PixelWindow) -> PixelWindow | None:
    row, col = max(window.row, other.row), max(window.col, other.col)
    height = min(window.row + window.height, other.row + other.height) - row
    width = min(window.col + window.width, other.col + other.width) - col
    return PixelWindow(row, col, height, width) if height > 0 and width > 0 else None
