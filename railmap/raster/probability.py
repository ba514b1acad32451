"""Read track probability written by railmap, or convert that of other programs."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from types import TracebackType

import numpy as np
from numpy.typing import NDArray
from rasterio.errors import RasterioError

from railmap.errors import InputError, RasterError, UsageError
from railmap.raster.files import RasterFile, inspect_file, open_dataset
from railmap.raster.opening import file_gsd, working_grid
from railmap.raster.reader import Box, Damage, FileReader, ReaderPool
from railmap.raster.sampling import FileSampler
from railmap.raster.types import PixelWindow
from railmap.raster.writer import BAND_NAME, NO_DATA

__all__ = ["ProbabilitySource", "open_probability"]

CERTAIN = 254
_COARSEST_M = 1.0  # a track (sleeper length) is 2.6 m wide


def open_probability(
    path: str | os.PathLike[str],
    *,
    assume_gsd: float | None = None,
    assume_crs: str | None = None,
    levels: float | None = None,
) -> ProbabilitySource:
    """Open a probability or mask raster of any program.

    The scale of its values is derived from its metadata, type and values and stated in
    ``.scale``: 0-254 as written by railmap; 0/1 masks; float 0-1; anything else is 0 to 254
    (where 255 is its no-data value), 255 or 65535.

    Parameters
    ----------
    path
        Any raster with one band (and optionally alpha).
    assume_gsd, assume_crs
        As for `open_raster`.
    levels
        The value of p = 1 (1, 100, 255, ...), if the derived scale would be wrong.

    Raises
    ------
    RasterError
        If the file cannot be opened.
    GeoreferenceError
        If it has no CRS or no transform and none is assumed.
    InputError
        If it has several bands.
    UsageError
        If `levels` is not above 0.
    """
    uri = os.fspath(path)
    if levels is not None and not levels > 0:
        raise UsageError(f"the level of certainty is above 0, not {levels}")
    file = inspect_file(uri, assume_gsd=assume_gsd, assume_crs=assume_crs, indices=True)
    metres = file_gsd(file)
    if not metres <= _COARSEST_M:
        raise InputError(
            f"{uri}: tracks cannot be traced at {metres:.3g} m per pixel; "
            f"needs {_COARSEST_M:g} m or finer"
        )
    with open_dataset(uri) as dataset:
        if dataset.count - (file.alpha is not None) > 1:
            raise InputError(
                f"{uri}: has {dataset.count} bands; a track probability or mask has one"
            )
        ours = dataset.descriptions[0] == BAND_NAME and file.nodata == (NO_DATA,)
        tags = dataset.tags() if ours else {}
    if levels is not None:
        certain, scale = float(levels), f"0-{levels:g}, as given"
    elif ours:
        certain, scale = float(CERTAIN), "railmap probability, 0-254"
    else:
        certain, scale = _derive_scale(file)
    profile = "tent" if tags.get("RAILMAP_PROFILE") == "tent" else "mask"
    threshold = float(tags.get("RAILMAP_THRESHOLD", 0.5))
    return ProbabilitySource(
        file,
        certain,
        scale,
        profile=profile,
        threshold=threshold,
        piece_model=tags.get("RAILMAP_PIECE_MODEL"),
        source_gsd=_positive(tags.get("RAILMAP_SOURCE_GSD")),
    )


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
    certain
        Its value for p = 1.
    scale
        The scale of its values, for the run record.
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
        certain: float,
        scale: str,
        *,
        profile: str = "mask",
        threshold: float = 0.5,
        piece_model: str | None = None,
        source_gsd: float | None = None,
    ) -> None:
        self.uri = file.uri
        self.scale = scale
        self.profile = profile
        self.threshold = threshold
        self.piece_model = piece_model
        self.source_gsd = source_gsd
        self.grid = working_grid([file], [file_gsd(file)], None)
        self._certain = certain
        self._sampler = FileSampler(file, self.grid)
        self._pool = ReaderPool(lambda: FileReader(file, None, _refuse_damage(file.uri)))

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
        if self._certain == CERTAIN and values.dtype == np.uint8:
            return np.where(valid, np.minimum(values[0], CERTAIN), NO_DATA).astype(np.uint8)
        scaled = np.rint(values[0] * np.float32(CERTAIN / self._certain))
        return np.where(valid, np.clip(scaled, 0, CERTAIN), NO_DATA).astype(np.uint8)

    def close(self) -> None:
        """Close the file."""
        self._pool.close()


def _refuse_damage(uri: str) -> Damage:
    def refuse(level: int, box: Box, reason: str) -> None:
        raise RasterError(f"{uri}: cannot be read completely: {reason}; compute or copy it again")

    return refuse


def _derive_scale(file: RasterFile) -> tuple[float, str]:
    """Return the value of p = 1, and the scale in words."""
    kind = np.dtype(file.dtype).kind
    largest = _largest(file)
    if kind == "f" and largest <= 1.0 + 1e-3:
        return 1.0, "float probability, 0-1"
    if largest <= 1.0:
        return 1.0, "mask, 0/1"
    if largest <= CERTAIN and file.nodata == (NO_DATA,):
        return float(CERTAIN), "0-254, 255 is no data"
    if largest <= 255:
        return 255.0, "0-255"
    if file.dtype == "uint16":
        return 65535.0, "0-65535"
    raise InputError(
        f"{file.uri}: values up to {largest:g} are not probabilities; rescale them to 0-1 or 0-255"
    )


def _largest(file: RasterFile) -> float:
    """Return the largest value of a low-resolution view, or of as many blocks as needed.

    Masks are mostly 0, so a low-resolution view may miss all their tracks.
    """
    enough = 0.0 if np.dtype(file.dtype).kind == "f" else 1.0
    reader = FileReader(file, None, _refuse_damage(file.uri))
    try:
        largest = 0.0
        for values, mask in _views(reader):
            if mask.any():
                largest = max(largest, float(values[:, mask].max()))
            if largest > enough:
                break
        return largest
    finally:
        reader.close()


def _views(reader: FileReader) -> Iterator[tuple[NDArray[np.float32], NDArray[np.bool_]]]:
    with contextlib.suppress(RasterioError, OSError):
        yield reader.thumbnail(1024)
    width, height = reader.file.levels[0]
    for row in range(0, height, 1024):
        for col in range(0, width, 1024):
            yield reader.read(0, (row, min(row + 1024, height), col, min(col + 1024, width)))
