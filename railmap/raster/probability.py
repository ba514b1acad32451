"""Read track probability written by railmap, or convert that of other programs."""

from __future__ import annotations

import itertools
import math
import os
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from railmap.errors import InputError, Option, UsageError
from railmap.raster.files import RasterFile, inspect_file, open_dataset, reading_raster
from railmap.raster.members import check_members
from railmap.raster.opening import check_given_gsd, file_gsd, working_grid
from railmap.raster.reader import FileReader, ReaderPool
from railmap.raster.sampling import FileSampler
from railmap.raster.scale import CERTAIN, Scale, derive_scale, refuse_damage
from railmap.raster.types import PixelWindow
from railmap.raster.writer import BAND_NAME, NO_DATA

__all__ = ["ProbabilitySource", "open_probability"]

_BLOCK = 2048  # pixels
_COARSEST_M = 1.0  # a track (sleeper length) is 2.6 m wide


def open_probability(
    path: str | os.PathLike[str],
    *,
    assume_gsd: float | None = None,
    assume_crs: str | None = None,
    levels: float | tuple[float, float] | None = None,
) -> ProbabilitySource:
    """Open a probability or mask raster of any program.

    The scale of its values is derived from its metadata, type and values and stated in
    ``.scale``: 0-254 as written by railmap; GDAL's scale and offset; 0/1 masks; float 0-1;
    anything else is 0 to 254 (where 255 is its no-data value), 255 or 65535. Values that would be
    no track on that scale although they may mean one (percent, classes 1 and 2) are refused.

    Parameters
    ----------
    path
        Any raster with one band (and optionally alpha).
    assume_gsd, assume_crs
        As for `open_raster`.
    levels
        The value of p = 1 (1, 100, 255, ...), or the values of p = 0 and p = 1, if the derived
        scale would be wrong.

    Raises
    ------
    RasterError
        If the file cannot be opened.
    GeoreferenceError
        If it has no CRS or no transform and none is assumed.
    InputError
        If it has several bands, or the scale of its values cannot be told.
    UsageError
        If `levels` are not usable, or `assume_gsd` or `assume_crs` cannot be right.
    """
    uri = os.fspath(path)
    given = _given_levels(levels)
    file = inspect_file(uri, assume_gsd=assume_gsd, assume_crs=assume_crs, indices=True)
    with reading_raster(uri):
        metres = file_gsd(file)
    check_given_gsd(file, metres, assume_gsd)
    if not metres <= _COARSEST_M:
        raise InputError(
            f"{uri}: tracks cannot be traced at {metres:.3g} m per pixel; "
            f"needs {_COARSEST_M:g} m or finer"
        )
    with reading_raster(uri), open_dataset(uri) as dataset:
        check_members(dataset)
        if dataset.count - (file.alpha is not None) > 1:
            raise InputError(
                f"{uri}: has {dataset.count} bands; a track probability or mask has one"
            )
        ours = dataset.descriptions[0] == BAND_NAME and file.nodata == (NO_DATA,)
        tags = dataset.tags() if ours else {}
        stated = (float(dataset.scales[0]), float(dataset.offsets[0]))
    if given is not None:
        scale = Scale(*given, f"{given[0]:g}-{given[1]:g}, as given")
    elif ours:
        scale = Scale(0.0, float(CERTAIN), "railmap probability, 0-254")
    else:
        scale = derive_scale(file, stated)
    profile = "tent" if tags.get("RAILMAP_PROFILE") == "tent" else "mask"
    threshold = _positive(tags.get("RAILMAP_THRESHOLD")) or 0.5
    with reading_raster(uri):
        return ProbabilitySource(
            file,
            scale,
            profile=profile,
            threshold=threshold,
            piece_model=tags.get("RAILMAP_PIECE_MODEL"),
            source_gsd=_positive(tags.get("RAILMAP_SOURCE_GSD")),
        )


def _given_levels(levels: float | tuple[float, float] | None) -> tuple[float, float] | None:
    if levels is None:
        return None
    low, high = levels if isinstance(levels, tuple) else (0.0, float(levels))
    if not (math.isfinite(low) and math.isfinite(high) and high > low):
        raise UsageError(
            Option("levels"),
            f" is the value of certain track, or that of no track and that: above {low:g}, not"
            f" {high:g}",
        )
    return float(low), float(high)


def _positive(text: str | None) -> float | None:
    """Return a number above 0, None for anything else."""
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if 0 < value < float("inf") else None


class ProbabilitySource:
    """Track probability as uint8 on a north-up metric grid at the raster's native GSD.

    Created by `open_probability`. Several threads may read at the same time.

    Parameters
    ----------
    file
        The raster.
    scale
        The scale of its values.
    profile
        "tent" where the probability decreases linearly from the centreline outwards, else "mask".
    threshold
        Probability from which a pixel is track.
    piece_model
        JSON of the model's `PieceModel`, if it has one.
    source_gsd
        GSD of the image that the probability was computed from, metres, if it is known.
    """

    def __init__(
        self,
        file: RasterFile,
        scale: Scale,
        *,
        profile: str = "mask",
        threshold: float = 0.5,
        piece_model: str | None = None,
        source_gsd: float | None = None,
    ) -> None:
        self.uri = file.uri
        self.scale = scale.words
        self.notes = (*file.notes, *scale.notes)
        self.profile = profile
        self.threshold = threshold
        self.piece_model = piece_model
        self.source_gsd = source_gsd
        self.grid = working_grid([file], [file_gsd(file)], None)
        self._scale = scale
        self._sampler = FileSampler(file, self.grid)
        self._pool = ReaderPool(lambda: FileReader(file, None, refuse_damage(file.uri)))

    def __enter__(self) -> ProbabilitySource:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def read(self, row: int, col: int, height: int, width: int) -> NDArray[np.uint8]:
        """Return ``(height, width)`` uint8: p * 254, or 255 for no data and beyond the edge.

        Raises
        ------
        RasterError
            If a block cannot be decoded. Unlike an image, the raster can be computed again, and
            a hole in it would look like a place without tracks.
        """
        window = PixelWindow(row, col, height, width)
        with self._pool.reader() as reader:
            values, valid = self._sampler.sample(reader, window)
        scale = self._scale
        if (scale.zero, scale.one) == (0.0, CERTAIN) and values.dtype == np.uint8:
            return np.where(valid, np.minimum(values[0], CERTAIN), NO_DATA).astype(np.uint8)
        factor = np.float32(CERTAIN / (scale.one - scale.zero))
        scaled = np.rint((values[0].astype(np.float32) - np.float32(scale.zero)) * factor)
        return np.where(valid, np.clip(scaled, 0, CERTAIN), NO_DATA).astype(np.uint8)

    def has_data(self) -> bool:
        """Return whether any pixel has a value; reads blocks until one does.

        Raises
        ------
        RasterError
            If a block cannot be decoded.
        """
        corners = itertools.product(
            range(0, self.grid.height, _BLOCK), range(0, self.grid.width, _BLOCK)
        )
        return any((self.read(*corner, _BLOCK, _BLOCK) != NO_DATA).any() for corner in corners)

    def close(self) -> None:
        """Close the file."""
        self._pool.close()
