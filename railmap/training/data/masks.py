"""Folders of images with masks: pairing, meaning of the values, reading of windows."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.enums import Resampling
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.windows import Window

from railmap.errors import InputError, Option, RasterError
from railmap.files.raster_file import open_raster_file
from railmap.raster.members import check_members
from railmap.raster.types import PixelWindow
from railmap.training.data.image import cut
from railmap.training.data.sample import FILL, IGNORE, TOP, Sample

__all__ = ["IMAGE_SUFFIXES", "MaskImage", "MaskMeaning", "find_meaning", "pair_by_name"]

IMAGE_SUFFIXES = {".tif", ".tiff", ".png", ".jpg", ".jpeg", ".jp2", ".bmp"}
_MOST_APART = 0.5  # pixels by which image and mask may be placed differently


@dataclass(frozen=True, slots=True)
class MaskMeaning:
    """Meaning of the values of a folder's masks.

    Parameters
    ----------
    least
        Values from this on are track.
    most
        Values above this are no track.
    ignore
        Value that is not judged, None if there is none.
    between
        Share of pixels that were neither the lowest nor the highest value before they were
        binarised (JPEG traces, soft edges).
    has_track
        One value for each mask.
    """

    least: int
    most: int = 255
    ignore: int | None = None
    between: float = 0.0
    has_track: tuple[bool, ...] = field(default=(), repr=False)

    def target(self, mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return 0 and 254, 255 = not judged."""
        target = np.where((mask >= self.least) & (mask <= self.most), np.uint8(TOP), np.uint8(0))
        if self.ignore is not None:
            target[mask == self.ignore] = IGNORE
        return target


def find_meaning(
    masks: Sequence[Path], *, track_value: int | None = None, threads: int = 4
) -> MaskMeaning:
    """Derive the meaning of mask values from all masks of a folder.

    0/1 is used as it is; in 0/1/255 the value 255 marks pixels that are not judged; 0/255 and
    values between are split at 128, as DeepGlobe's authors state (the track paper turns 255 into 1
    and does not mention values between). Other values are classes, and `track_value` is needed.

    Parameters
    ----------
    masks
        Files of one band, or of several equal ones.
    track_value
        Value of the track, where there are several classes.
    threads
        Files read at a time.

    Raises
    ------
    InputError
        If the values have no known meaning, or `track_value` is in no mask.
    """
    with ThreadPoolExecutor(threads) as pool:
        counts = np.array(list(pool.map(_histogram, masks)), np.int64).reshape(-1, 256)
    total = counts.sum(axis=0)
    values = np.flatnonzero(total).tolist()
    if track_value is not None:
        if track_value not in values:
            raise InputError(
                f"{masks[0].parent}: no mask has the track's value {track_value} "
                f"(values: {_listed(values)})"
            )
        return MaskMeaning(track_value, track_value, has_track=_any(counts[:, [track_value]]))
    if set(values) <= {0, 1, 255} and 1 in values:
        return MaskMeaning(1, 1, IGNORE, has_track=_any(counts[:, [1]]))
    if values and max(values) >= 128 and (max(values) >= 250 or len(values) > 16):
        between = float(total[1 : max(values)].sum() / total.sum())
        return MaskMeaning(128, between=between, has_track=_any(counts[:, 128:]))
    if values == [0]:
        return MaskMeaning(1, has_track=(False,) * len(masks))
    raise InputError(
        f"{masks[0].parent}: the masks' values are {_listed(values)}, neither 0/1 nor 0/255; "
        "give that of the track with ",
        Option("track_value"),
    )


class MaskImage:
    """An image with a mask of the same size, read in windows.

    Parameters
    ----------
    image
        File of one band or of red, green, blue; 8 bit.
    mask
        A file, or a function that draws the whole mask (0, 254, 255) when it is needed.
    meaning
        Meaning of the values of the file; unused with a function.
    scale
        Pixels of the training grid for each pixel of the file.
    site
        As for `LabelledImage`.
    has_track
        As for `LabelledImage`.

    Raises
    ------
    InputError
        If image and mask differ in size or in georeference.
    RasterError
        If one cannot be opened.
    """

    def __init__(
        self,
        image: Path,
        mask: Path | Callable[[], NDArray[np.uint8]],
        meaning: MaskMeaning | None = None,
        *,
        scale: float = 1.0,
        site: str | None = None,
        has_track: bool = True,
    ) -> None:
        self._image, self._mask, self._meaning = image, mask, meaning
        self.name = image.name
        self.site = image.stem if site is None else site
        self.has_track = has_track
        with open_image(image) as dataset:
            check_members(dataset)
            size = dataset.height, dataset.width
            if dataset.count < 3 and dataset.count != 1:
                raise InputError(f"{image}: {dataset.count} bands; needs 1 or 3 (red, green, blue)")
            if dataset.dtypes[0] != "uint8":
                raise InputError(f"{image}: {dataset.dtypes[0]} pixels; convert it to 8 bit first")
            if isinstance(mask, Path):
                with open_image(mask) as other:
                    check_members(other)
                    _check_pair(dataset, other, image, mask)
        self._size = size
        self.shape = max(1, round(size[0] * scale)), max(1, round(size[1] * scale))

    def centre(self, rng: np.random.Generator) -> tuple[float, float]:
        """Anywhere."""
        return float(rng.uniform(0, self.shape[0])), float(rng.uniform(0, self.shape[1]))

    def read(self, window: PixelWindow) -> Sample:
        """Read a window; averages where the training grid is coarser than the file."""
        rows, cols = self.shape
        top, left = max(0, window.row), max(0, window.col)
        bottom = min(rows, window.row + window.height)
        right = min(cols, window.col + window.width)
        if top >= bottom or left >= right:
            return cut(Sample(np.zeros((1, 1, 3), "u1"), np.zeros((1, 1), "u1")), window)
        down, across = self._size[0] / rows, self._size[1] / cols
        part = Window(left * across, top * down, (right - left) * across, (bottom - top) * down)
        shape = (bottom - top, right - left)
        with open_image(self._image) as dataset:
            bands = [1, 2, 3] if dataset.count >= 3 else [1, 1, 1]
            resampling = Resampling.average if down > 1 else Resampling.bilinear
            pixels = _read(dataset, bands, part, (3, *shape), resampling)
            valid = _valid(dataset, part, shape)
        target = self._target(part, shape)
        image = np.ascontiguousarray(pixels.transpose(1, 2, 0))
        image[~valid] = FILL
        target[~valid] = IGNORE
        inside = PixelWindow(window.row - top, window.col - left, window.height, window.width)
        return cut(Sample(image, target), inside)

    def _target(self, part: Window, shape: tuple[int, int]) -> NDArray[np.uint8]:
        if isinstance(self._mask, Path):
            assert self._meaning is not None
            with open_image(self._mask) as mask:
                values = _read(mask, [1], part, (1, *shape), Resampling.nearest)[0]
            return self._meaning.target(values)
        drawn = self._mask()
        # Nearest as GDAL does it: the pixel under the centre.
        rows = (part.row_off + (np.arange(shape[0]) + 0.5) * part.height / shape[0]).astype(int)
        cols = (part.col_off + (np.arange(shape[1]) + 0.5) * part.width / shape[1]).astype(int)
        return drawn[np.ix_(rows.clip(0, len(drawn) - 1), cols.clip(0, drawn.shape[1] - 1))].copy()


def pair_by_name(images: Sequence[Path], masks: Sequence[Path]) -> list[tuple[Path, Path]]:
    """Pair images and masks whose names differ only by words such as "mask" or "sat".

    Raises
    ------
    InputError
        If an image has no mask or a mask no image, or a name occurs twice.
    """
    by_key = [_by_key(images), _by_key(masks)]
    for here, there, what, other in (
        (by_key[0], by_key[1], "image", "mask"),
        (by_key[1], by_key[0], "mask", "image"),
    ):
        lone = sorted(here.keys() - there.keys())
        if lone:
            raise InputError(
                f"{len(images)} images and {len(masks)} masks: {len(lone)} {what}s have no {other}"
                f" of their name, e.g. {here[lone[0]].name}"
            )
    return [(by_key[0][key], by_key[1][key]) for key in sorted(by_key[0])]


def open_image(path: Path) -> rasterio.DatasetReader:
    """Open with GDAL; raises `RasterError`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            return open_raster_file(path)
    except RasterioError as error:
        raise RasterError(f"{path}: cannot be opened as an image ({error})") from error


_WORDS = re.compile(r"[_\-. ]*(mask|masks|label|labels|gt|sat|image|img|seg)$", re.IGNORECASE)


def _by_key(paths: Sequence[Path]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for path in paths:
        key = _WORDS.sub("", path.stem).lower() or path.stem.lower()
        if key in found:
            raise InputError(f"{path} and {found[key]} have the same name except for the suffix")
        found[key] = path
    return found


def _histogram(path: Path) -> NDArray[np.int64]:
    with open_image(path) as mask:
        check_members(mask)  # else a missing file of a mosaic is a place without track
        if mask.dtypes[0] != "uint8":
            raise InputError(f"{path}: a mask of {mask.dtypes[0]}; save it as 8 bit")
        values = _read(mask, [1], None, None, Resampling.nearest)
    return np.bincount(values.ravel(), minlength=256)


def _any(counts: NDArray[np.int64]) -> tuple[bool, ...]:
    return tuple((counts.sum(axis=1) > 0).tolist())


def _listed(values: list[int]) -> str:
    return ", ".join(map(str, values[:8])) + (" …" if len(values) > 8 else "")


def _check_pair(
    dataset: rasterio.DatasetReader, mask: rasterio.DatasetReader, image: Path, path: Path
) -> None:
    if (dataset.width, dataset.height) != (mask.width, mask.height):
        raise InputError(
            f"{path} is {mask.width} x {mask.height} px and its image {image.name} "
            f"{dataset.width} x {dataset.height}; both need the same pixels"
        )
    if dataset.crs is None or mask.crs is None:
        return  # one of them is placed by its pixels alone
    if dataset.crs != mask.crs:
        raise InputError(
            f"{path} is in {mask.crs.to_string()[:40]} and {image.name} in "
            f"{dataset.crs.to_string()[:40]}; warp the mask onto the image"
        )
    place, other = (
        np.array(t, np.float64).reshape(3, 3) for t in (dataset.transform, mask.transform)
    )
    corners = np.array([[0, 0, 1], [dataset.width, dataset.height, 1]], np.float64).T
    apart = float(np.abs(np.linalg.solve(place, other @ corners) - corners).max())
    if apart > _MOST_APART:
        raise InputError(f"{path} is {apart:.1f} px off {image.name}; warp the mask onto the image")


def _read(
    dataset: rasterio.DatasetReader,
    bands: list[int],
    part: Window | None,
    shape: tuple[int, ...] | None,
    resampling: Resampling,
) -> NDArray[np.uint8]:
    try:
        return np.asarray(dataset.read(bands, window=part, out_shape=shape, resampling=resampling))
    except RasterioError as error:
        raise RasterError(f"{dataset.name}: cannot be read ({error})") from error


def _valid(
    dataset: rasterio.DatasetReader, part: Window, shape: tuple[int, int]
) -> NDArray[np.bool_]:
    try:
        return np.asarray(dataset.dataset_mask(window=part, out_shape=shape) > 0)
    except RasterioError as error:
        raise RasterError(f"{dataset.name}: cannot be read ({error})") from error
