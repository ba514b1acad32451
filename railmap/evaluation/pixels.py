"""Pixel metrics of the track paper (equations 3-8), counted window by window."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import rasterio
import shapely
from affine import Affine
from numpy.typing import NDArray
from rasterio.features import rasterize
from rasterio.windows import Window
from rasterio.windows import transform as window_transform
from shapely.geometry.base import BaseGeometry

from railmap.errors import InputError, RasterError, UsageError
from railmap.files.raster_file import open_raster_file
from railmap.raster.members import check_members

__all__ = [
    "ConfusionMatrix",
    "PixelScores",
    "evaluate_pixels",
    "evaluate_probability",
]

_ROWS = 1024  # rows read at a time


@dataclass(frozen=True, slots=True)
class PixelScores:
    """Ratios 0-1; None where a denominator is 0. Arrays have one value a class.

    With TP, FP, FN counted for each class (for two classes, class 1 is track):

    Parameters
    ----------
    iou
        TP / (TP + FN + FP), equation 3.
    miou
        Mean of `iou` over the classes, equation 4.
    cpa
        Class pixel accuracy as the paper defines it: TP / (TP + FP), equation 5. (Commonly
        called precision.)
    mpa
        Mean of `cpa`, equation 6.
    recall
        TP / (TP + FN), equation 7.
    accuracy
        Share of pixels with the correct class, equation 8 for two classes.
    counts
        Pixels by true class (rows) and predicted class; they add up over rasters.
    """

    iou: tuple[float | None, ...]
    miou: float | None
    cpa: tuple[float | None, ...]
    mpa: float | None
    recall: tuple[float | None, ...]
    accuracy: float | None
    counts: tuple[tuple[int, ...], ...]

    @property
    def pixels(self) -> int:
        """Number of pixels counted."""
        return sum(map(sum, self.counts))


class ConfusionMatrix:
    """Pixel counts, accumulated over parts of a raster.

    Parameters
    ----------
    classes
        Number of classes; labels are ``0 .. classes - 1``.
    """

    def __init__(self, classes: int = 2) -> None:
        if classes < 2:
            raise UsageError(f"a confusion matrix needs at least 2 classes, not {classes}")
        self.counts: NDArray[np.int64] = np.zeros((classes, classes), np.int64)

    def add(
        self,
        predicted: NDArray[np.integer | np.bool_],
        truth: NDArray[np.integer | np.bool_],
        valid: NDArray[np.bool_] | None = None,
    ) -> None:
        """Count pixels: ``counts[true class, predicted class]``.

        Parameters
        ----------
        predicted, truth
            Labels of equal shape.
        valid
            Same shape, True where to count; None counts all.

        Raises
        ------
        InputError
            If shapes differ or a counted label is not a class.
        """
        if predicted.shape != truth.shape or (valid is not None and valid.shape != truth.shape):
            raise InputError(
                f"prediction {predicted.shape} and truth {truth.shape} differ in size; "
                "both need the same grid"
            )
        if valid is None:
            valid = np.ones(truth.shape, bool)
        classes = len(self.counts)
        found, true = predicted[valid].astype(np.int64), truth[valid].astype(np.int64)
        for labels in (found, true):
            if labels.size and (labels.min() < 0 or labels.max() >= classes):
                raise InputError(
                    f"label {labels.max() if labels.max() >= classes else labels.min()} is not "
                    f"a class; there are 0 to {classes - 1}"
                )
        self.counts += np.bincount(true * classes + found, minlength=classes**2).reshape(
            classes, classes
        )

    def scores(self) -> PixelScores:
        """Return the metrics of the pixels counted so far."""
        correct = np.diag(self.counts)
        true, found = self.counts.sum(axis=1), self.counts.sum(axis=0)
        total = int(self.counts.sum())
        iou = _ratios(correct, true + found - correct)
        cpa = _ratios(correct, found)
        return PixelScores(
            iou=iou,
            miou=_mean(iou),
            cpa=cpa,
            mpa=_mean(cpa),
            recall=_ratios(correct, true),
            accuracy=int(correct.sum()) / total if total else None,
            counts=tuple(tuple(row) for row in self.counts.tolist()),
        )


def evaluate_pixels(
    predicted: str | Path,
    truth: str | Path,
    *,
    threshold: float = 0.5,
    ignore: BaseGeometry | None = None,
) -> PixelScores:
    """Compare a mask or probability raster with a true mask on the same grid.

    Parameters
    ----------
    predicted
        Raster, first band: a float is a probability 0-1, a uint8 with nodata 255 is railmap's
        ``p * 254``, any other integer is a mask (track > 0).
    truth
        Raster, first band: track > 0.
    threshold
        Probability from which a pixel is track, 0-1.
    ignore
        Area that is not counted, in the rasters' CRS. No data in either is not counted.

    Raises
    ------
    RasterError
        If one cannot be read.
    InputError
        If the grids differ.
    """
    matrix = ConfusionMatrix(2)
    with _open(predicted) as left, _open(truth) as right:
        if (left.width, left.height) != (right.width, right.height):
            raise InputError(
                f"{predicted} is {left.width} x {left.height} px and {truth} "
                f"{right.width} x {right.height}; both need the same grid"
            )
        if not left.transform.almost_equals(right.transform, 1e-6 * abs(left.transform.a)):
            raise InputError(
                f"{predicted} and {truth} have different extents; warp one to the other's grid"
            )
        for window in _windows(left):
            found, ok = _read_track(left, window, threshold)
            true, valid = _read_track(right, window, None)
            ok &= valid & _outside(ignore, left, window)
            matrix.add(found, true, ok)
    return matrix.scores()


def evaluate_probability(
    probability: str | Path,
    tracks: gpd.GeoDataFrame,
    *,
    width_m: float = 2.6,
    threshold: float = 0.5,
    ignore: BaseGeometry | None = None,
) -> PixelScores:
    """Compare a mask or probability raster with true centrelines of sleeper width.

    Parameters
    ----------
    probability
        As `predicted` of `evaluate_pixels`, in a projected CRS in metres.
    tracks
        True centrelines in any CRS.
    width_m
        Sleeper length in metres.
    ignore
        Area that is not counted, in the CRS of `tracks`.

    Raises
    ------
    RasterError
        If the raster cannot be read.
    """
    matrix = ConfusionMatrix(2)
    with _open(probability) as raster:
        bands = tracks.to_crs(raster.crs).geometry.buffer(width_m / 2, cap_style="flat")
        if ignore is not None:
            ignore = gpd.GeoSeries([ignore], crs=tracks.crs).to_crs(raster.crs).iloc[0]
        for window in _windows(raster):
            found, ok = _read_track(raster, window, threshold)
            place = window_transform(window, raster.transform)
            true = _burn(bands.to_numpy(), place, found.shape)
            matrix.add(found, true, ok & _outside(ignore, raster, window))
    return matrix.scores()


def _burn(
    polygons: NDArray[np.object_], transform: Affine, shape: tuple[int, int]
) -> NDArray[np.bool_]:
    polygons = polygons[~shapely.is_empty(polygons)]
    if not len(polygons):
        return np.zeros(shape, bool)
    burnt = rasterize(polygons, out_shape=shape, transform=transform, dtype="uint8")
    return np.asarray(burnt, bool)


def _open(path: str | Path) -> rasterio.DatasetReader:
    try:
        raster = open_raster_file(path)
    except rasterio.errors.RasterioIOError as error:
        raise RasterError(f"{path}: cannot be opened as a raster ({error})") from error
    check_members(raster)
    return raster


def _windows(raster: rasterio.DatasetReader) -> list[Window]:
    return [
        Window(0, row, raster.width, min(_ROWS, raster.height - row))
        for row in range(0, raster.height, _ROWS)
    ]


def _read_track(
    raster: rasterio.DatasetReader, window: Window, threshold: float | None
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return track and validity of a window; without a threshold the raster is a mask."""
    try:
        band = raster.read(1, window=window)
        valid = raster.dataset_mask(window=window) > 0
    except rasterio.errors.RasterioIOError as error:
        raise RasterError(
            f"{raster.name}: is damaged from row {window.row_off}; copy or compute it again"
        ) from error
    if band.dtype.kind == "f":
        valid = valid & np.isfinite(band)
        if threshold is not None:
            return band >= threshold, valid
    if threshold is not None and band.dtype == np.uint8 and raster.nodata == 255:
        return band >= threshold * 254, valid
    return band > 0, valid


def _outside(
    ignore: BaseGeometry | None, raster: rasterio.DatasetReader, window: Window
) -> NDArray[np.bool_]:
    shape = (int(window.height), int(window.width))
    if ignore is None or ignore.is_empty:
        return np.ones(shape, bool)
    place = window_transform(window, raster.transform)
    return ~_burn(np.array([ignore], dtype=object), place, shape)


def _ratios(part: NDArray[np.int64], whole: NDArray[np.int64]) -> tuple[float | None, ...]:
    return tuple(
        int(p) / int(w) if w else None for p, w in zip(part.tolist(), whole.tolist(), strict=True)
    )


def _mean(values: tuple[float | None, ...]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
