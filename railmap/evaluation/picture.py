"""Draw the picture of an evaluation: matched, missed and false track."""

from __future__ import annotations

import math
from pathlib import Path

import geopandas as gpd
import numpy as np
import rasterio
import shapely
from affine import Affine
from numpy.typing import NDArray
from rasterio.enums import Resampling
from rasterio.features import rasterize
from rasterio.vrt import WarpedVRT

from railmap.errors import InputError, RasterError
from railmap.evaluation.lines import LineScores
from railmap.files.picture import write_picture
from railmap.files.raster_file import open_raster_file

__all__ = ["COLOURS", "draw_evaluation", "render_evaluation"]

#: RGB of each status, drawn in this order.
COLOURS: dict[str, tuple[int, int, int]] = {
    "missed": (40, 110, 255),
    "duplicate": (255, 160, 0),
    "false": (235, 30, 45),
    "wrong_track": (230, 40, 220),
    "matched": (20, 190, 70),
}
_SMALL = 900  # images are enlarged by a whole factor to at most this many pixels
_FINE = 3  # oversampling for smooth edges


def render_evaluation(
    scores: LineScores,
    out_png: str | Path,
    *,
    tolerance: float = 0.5,
    image: str | Path | None = None,
    max_size: int = 2000,
    overwrite: bool = False,
) -> None:
    """Write the picture of `draw_evaluation` as PNG or JPEG, atomically.

    Parameters
    ----------
    scores, tolerance, image, max_size
        As for `draw_evaluation`.
    out_png
        PNG or JPEG file.
    overwrite
        Whether it may replace an existing file.

    Raises
    ------
    UsageError
        If the suffix is not PNG or JPEG, or `tolerance` was not evaluated.
    OutputError
        If it cannot be written.
    """
    picture = draw_evaluation(scores, tolerance=tolerance, image=image, max_size=max_size)
    write_picture(out_png, picture, overwrite=overwrite)


def draw_evaluation(
    scores: LineScores,
    *,
    tolerance: float = 0.5,
    image: str | Path | None = None,
    max_size: int = 2000,
) -> NDArray[np.uint8]:
    """Draw matched prediction green, missed truth blue, false prediction red.

    Duplicates are orange, matches on a wrong track magenta.

    Parameters
    ----------
    scores
        Scores that include `tolerance`.
    tolerance
        Tolerance to show, metres.
    image
        Raster shown in pale colours under the lines; it defines the extent. Without it the
        background is white and the extent is that of the lines.
    max_size
        Longest side in pixels. Small images are enlarged by a whole factor.

    Returns
    -------
    NDArray[np.uint8]
        ``(rows, columns, 3)`` RGB.

    Raises
    ------
    UsageError
        If `tolerance` was not evaluated.
    InputError
        If there is nothing to draw.
    RasterError
        If `image` cannot be read.
    """
    scores.at(tolerance)
    parts = scores.parts[tolerance]
    if image is None:
        transform, base = _blank(parts, max_size)
    else:
        transform, base = _background(image, parts, max_size)
    rows, columns = base.shape[:2]
    width = max(2.0, max(rows, columns) / 350) * transform.a
    fine = transform * Affine.scale(1 / _FINE)
    picture = base.astype(np.float32)
    for status, colour in COLOURS.items():
        lines = parts.geometry[parts["status"] == status].to_numpy()
        if not len(lines):
            continue
        bands = shapely.buffer(lines, width / 2, cap_style="flat")
        bands = bands[~shapely.is_empty(bands)]
        if not len(bands):
            continue
        shape = (rows * _FINE, columns * _FINE)
        drawn = rasterize(bands, out_shape=shape, transform=fine, dtype="uint8")
        share = drawn.reshape(rows, _FINE, columns, _FINE).mean(axis=(1, 3), dtype=np.float32)
        picture += share[..., None] * (np.asarray(colour, np.float32) - picture)
    return np.round(picture).astype(np.uint8)


def _blank(parts: gpd.GeoDataFrame, max_size: int) -> tuple[Affine, NDArray[np.uint8]]:
    if parts.empty:
        raise InputError("there is no line to draw; give an image or other layers")
    west, south, east, north = parts.total_bounds
    edge = 0.03 * max(east - west, north - south) + 1.0
    west, south, east, north = west - edge, south - edge, east + edge, north + edge
    pixel = max(east - west, north - south) / max_size
    shape = (math.ceil((north - south) / pixel), math.ceil((east - west) / pixel), 3)
    return Affine(pixel, 0, west, 0, -pixel, north), np.full(shape, 255, np.uint8)


def _background(
    image: str | Path, parts: gpd.GeoDataFrame, max_size: int
) -> tuple[Affine, NDArray[np.uint8]]:
    """Read `image` warped to the lines' CRS, at most `max_size` pixels, in pale colours."""
    try:
        with (
            open_raster_file(image) as source,
            WarpedVRT(source, crs=parts.crs, resampling=Resampling.bilinear) as warped,
        ):
            longest = max(warped.width, warped.height)
            scale = min(max_size / longest, max(1, _SMALL // longest))
            rows, columns = (max(1, round(n * scale)) for n in (warped.height, warped.width))
            bands = [1, 2, 3] if warped.count >= 3 else [1, 1, 1]
            resampling = Resampling.average if scale < 1 else Resampling.bilinear
            pixels = warped.read(bands, out_shape=(3, rows, columns), resampling=resampling)
            transform = warped.transform * Affine.scale(
                warped.width / columns, warped.height / rows
            )
    except rasterio.errors.RasterioError as error:
        raise RasterError(
            f"{image}: cannot be shown under the lines: it is damaged or has no CRS"
        ) from error
    values = pixels.astype(np.float32)
    if pixels.dtype != np.uint8:
        low, high = np.percentile(values[np.isfinite(values)], [1, 99])
        values = (np.nan_to_num(values, nan=low) - low) * (255.0 / max(high - low, 1e-9))
    # Half saturation and pale, so that the colours of the lines stand out.
    grey = values.mean(axis=0)
    pale = 60.0 + 0.72 * (0.5 * values + 0.5 * grey)
    return transform, np.moveaxis(np.clip(pale, 0, 255), 0, 2).astype(np.uint8)
