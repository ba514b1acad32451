"""Pixel metrics of the track paper (equations 3-8), counted in pieces."""

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

__all__ = [
    "ConfusionMatrix",
    "PixelScores",
    "evaluate_pixels",
    "evaluate_probability",
]

_ROWS = 1024


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
        Class pixel accuracy as the paper writes it: TP / (TP + FP), equation 5. (This is what
        others call precision.)
    mpa
        Mean of `cpa`, equation 6.
    recall
        TP / (TP + FN), equation 7.
    accuracy
        Share of pixels with the right class, equation 8 for two classes.
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
        """How many were judged."""
        return sum(map(sum, self.counts))


class ConfusionMatrix:
    """Counts that add up over pieces of a raster.

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
            If shapes differ or a counted label is no class.
        """
        if predicted.shape != truth.shape or (valid is not None and valid.shape != truth.shape):
            raise InputError(
                f"prediction {predicted.shape} and truth {truth.shape} differ in size; "
                "both need the same grid"
            )
        if valid is None:
            valid = np.ones(truth.shape, bool)
        classes = len(self.counts)
        said, true = predicted[valid].astype(np.int64), truth[valid].astype(np.int64)
        for labels in (said, true):
            if labels.size and (labels.min() < 0 or labels.max() >= classes):
                raise InputError(
                    f"label {labels.max() if labels.max() >= classes else labels.min()} is no "
                    f"class; there are 0 to {classes - 1}"
                )
        self.counts += np.bincount(true * classes + said, minlength=classes**2).reshape(
            classes, classes
        )

    def scores(self) -> PixelScores:
        """Give the metrics of what was counted so far."""
        right = np.diag(self.counts)
        true, said = self.counts.sum(axis=1), self.counts.sum(axis=0)
        total = int(self.counts.sum())
        iou = _ratios(right, true + said - right)
        cpa = _ratios(right, said)
        return PixelScores(
            iou=iou,
            miou=_mean(iou),
            cpa=cpa,
            mpa=_mean(cpa),
            recall=_ratios(right, true),
            accuracy=int(right.sum()) / total if total else None,
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
        Not counted here (coordinates of the rasters' CRS). No data in either isn't counted.

    Raises
    ------
    RasterError
        If one can't be read.
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
            raise InputError(f"{predicted} and {truth} lie in different places; warp one first")
        for window in _windows(left):
            said, ok = _track(left, window, threshold)
            true, also = _track(right, window, None)
            ok &= also & _outside(ignore, left, window)
            matrix.add(said, true, ok)
    return matrix.scores()


def evaluate_probability(
    probability: str | Path,
    tracks: gpd.GeoDataFrame,
    *,
    width_m: float = 2.6,
    threshold: float = 0.5,
    ignore: BaseGeometry | None = None,
) -> PixelScores:
    """Compare a mask or probability raster with true centrelines drawn at sleeper width.

    Parameters
    ----------
    probability
        As `predicted` of `evaluate_pixels`, in a projected CRS in metres.
    tracks
        True centrelines in any CRS.
    width_m
        Sleeper length in metres.
    ignore
        Not counted here (in the CRS of `tracks`).
    """
    matrix = ConfusionMatrix(2)
    with _open(probability) as raster:
        bands = tracks.to_crs(raster.crs).geometry.buffer(width_m / 2, cap_style="flat")
        if ignore is not None:
            ignore = gpd.GeoSeries([ignore], crs=tracks.crs).to_crs(raster.crs).iloc[0]
        for window in _windows(raster):
            said, ok = _track(raster, window, threshold)
            place = window_transform(window, raster.transform)
            true = _burn(bands.to_numpy(), place, said.shape)
            matrix.add(said, true, ok & _outside(ignore, raster, window))
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
        return rasterio.open(path)
    except rasterio.errors.RasterioIOError as error:
        raise RasterError(f"{path}: can't be opened as a raster ({error})") from error


def _windows(raster: rasterio.DatasetReader) -> list[Window]:
    return [
        Window(0, row, raster.width, min(_ROWS, raster.height - row))
        for row in range(0, raster.height, _ROWS)
    ]


def _track(
    raster: rasterio.DatasetReader, window: Window, threshold: float | None
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Read where there is track and where there is data; no threshold: a mask."""
    try:
        band = raster.read(1, window=window)
        valid = raster.dataset_mask(window=window) > 0
    except rasterio.errors.RasterioIOError as error:
        raise RasterError(f"{raster.name}: broken at rows from {window.row_off}") from error
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
