"""Heights of an elevation model at points: any raster with one band of heights, in any CRS."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyproj
from numpy.typing import NDArray
from rasterio.enums import ColorInterp
from rasterio.warp import transform_bounds
from rasterio.windows import Window

from railmap.errors import GeoreferenceError, Option, RasterError, UsageError
from railmap.files.inputs import check_input
from railmap.raster.files import open_dataset, reading_raster

__all__ = ["HEIGHT_UNITS", "ElevationModel", "open_elevation"]

Floats = NDArray[np.float64]
Bounds = tuple[float, float, float, float]

HEIGHT_UNITS = {"m": 1.0, "ft": 0.3048, "us-ft": 1200 / 3937}
"""Units of heights that can be given, and their length in metres."""

_WORDS = {
    "m": 1.0, "metre": 1.0, "meter": 1.0, "metres": 1.0, "meters": 1.0, "metr": 1.0,
    "cm": 0.01, "centimetre": 0.01, "dm": 0.1, "decimetre": 0.1,
    "ft": 0.3048, "foot": 0.3048, "feet": 0.3048, "international foot": 0.3048,
    "us-ft": 1200 / 3937, "ftus": 1200 / 3937, "us survey foot": 1200 / 3937,
    "us survey feet": 1200 / 3937, "survey foot": 1200 / 3937, "foot_us": 1200 / 3937,
    "us foot": 1200 / 3937,
}  # fmt: skip
_TILE = 1024  # pixels a side of the windows that are read
_IMAGE_BANDS = 3  # a raster of so many bands of 8 bits is a picture


@dataclass(frozen=True, slots=True)
class ElevationModel:
    """A raster of heights.

    Parameters
    ----------
    uri
        The file.
    crs
        Its horizontal CRS.
    vertical
        Its vertical CRS; None if it names none.
    unit
        Length of a unit of height, metres.
    unit_known
        Whether the raster or the user states the unit.
    pixel_m
        Size of a pixel, metres.
    bounds
        West, south, east and north of the raster, in `crs`.
    """

    uri: str
    crs: pyproj.CRS
    vertical: pyproj.CRS | None
    unit: float
    unit_known: bool
    pixel_m: float
    bounds: Bounds

    @property
    def vertical_name(self) -> str | None:
        """Code of the vertical CRS such as ``EPSG:7837``, else its name; None if there is none."""
        if self.vertical is None:
            return None
        code = self.vertical.to_epsg()
        return f"EPSG:{code}" if code else str(self.vertical.name)

    def doubts(self) -> list[str]:
        """Return warnings of what the raster does not state: vertical CRS, unit."""
        found = []
        if self.vertical is None:
            found.append(
                f"{self.uri}: names no vertical CRS; what its heights refer to is not known"
            )
        metric = self.crs.is_geographic or self.crs.axis_info[0].unit_conversion_factor == 1
        if not self.unit_known and not metric:
            found.append(
                f"{self.uri}: names no unit of its heights, and its CRS is not in metres; they are"
                " taken as metres"
            )
        return found

    def meets(self, bounds: Bounds, crs: Any) -> bool:
        """Whether the raster has a part inside a rectangle; voids are not looked at.

        Parameters
        ----------
        bounds
            West, south, east and north.
        crs
            Their CRS; anything that pyproj understands.
        """
        other = pyproj.CRS.from_user_input(crs)
        west, south, east, north = transform_bounds(other, self.crs, *bounds)
        own = self.bounds
        return bool(west < own[2] and own[0] < east and south < own[3] and own[1] < north)

    def sample(
        self, xy: Floats, crs: Any, check: Callable[[], None] | None = None
    ) -> tuple[Floats, NDArray[np.bool_]]:
        """Heights at points, bilinear between the centres of pixels.

        Parameters
        ----------
        xy
            ``(n, 2)`` points.
        crs
            Their CRS; anything that pyproj understands.
        check
            Called for each window that is read; may raise to cancel.

        Returns
        -------
        heights
            ``(n,)`` metres; NaN where the model has no data or does not reach.
        inside
            ``(n,)`` whether the point is inside the raster.

        Raises
        ------
        RasterError
            If the file cannot be read.
        """
        move = pyproj.Transformer.from_crs(crs, self.crs, always_xy=True)
        x, y = move.transform(xy[:, 0], xy[:, 1])
        with open_dataset(self.uri) as dataset, reading_raster(self.uri):
            inverse = ~dataset.transform
            with np.errstate(invalid="ignore"):  # infinite where the CRS does not reach
                col = inverse.a * x + inverse.b * y + inverse.c
                row = inverse.d * x + inverse.e * y + inverse.f
            size = dataset.width, dataset.height
            inside = np.isfinite(col) & np.isfinite(row)
            inside &= (col >= 0) & (row >= 0) & (col <= size[0]) & (row <= size[1])
            out = np.full(len(xy), np.nan)
            # at the outer half pixel, the height of the outermost centre
            u = np.clip(np.where(inside, col, 0) - 0.5, 0, size[0] - 1)
            v = np.clip(np.where(inside, row, 0) - 0.5, 0, size[1] - 1)
            tile = (v // _TILE).astype(np.int64) * (size[0] // _TILE + 1) + (u // _TILE).astype(
                np.int64
            )
            at = np.flatnonzero(inside)
            at = at[np.argsort(tile[at], kind="stable")]
            for group in np.split(at, np.flatnonzero(np.diff(tile[at])) + 1):
                if not len(group):
                    continue
                if check is not None:
                    check()
                out[group] = _bilinear(dataset, u[group], v[group])
        return out * self.unit, inside


def open_elevation(path: str | os.PathLike[str], unit: str | None = None) -> ElevationModel:
    """Open an elevation model and read what its heights are.

    Parameters
    ----------
    path
        A raster with one band, of heights.
    unit
        Unit of the heights, see `HEIGHT_UNITS`; None takes that of the band, else that of the
        vertical CRS, else metres.

    Returns
    -------
    ElevationModel
        CRS, vertical CRS, unit and size of a pixel.

    Raises
    ------
    RasterError
        If it cannot be read, is a picture or has several bands.
    GeoreferenceError
        If it has no CRS or no transform.
    UsageError
        If `unit` is not one of them.
    """
    if unit is not None and unit not in HEIGHT_UNITS:
        raise UsageError(Option("unit"), f" is {', '.join(HEIGHT_UNITS)}, not {unit!r}")
    uri = os.fspath(path)
    check_input(path, RasterError, what="raster")
    with open_dataset(uri) as dataset, reading_raster(uri):
        if dataset.count >= _IMAGE_BANDS and dataset.dtypes[0] == "uint8":
            raise RasterError(
                f"{uri}: is a picture of {dataset.count} bands, not an elevation model; name a"
                " raster of heights"
            )
        bands = sum(one != ColorInterp.alpha for one in dataset.colorinterp)
        if bands > 1:
            raise RasterError(
                f"{uri}: has {bands} bands, an elevation model has one; extract the band of heights"
                " (gdal_translate -b 1)"
            )
        if np.dtype(dataset.dtypes[0]).kind == "c":
            raise RasterError(f"{uri}: has complex numbers, not heights; name a raster of heights")
        if dataset.crs is None:
            raise GeoreferenceError(
                f"{uri}: the elevation model has no CRS; assign it (gdal_edit.py -a_srs)"
            )
        if dataset.transform.is_identity:
            raise GeoreferenceError(
                f"{uri}: the elevation model has no transform; warp or georeference it"
            )
        whole = pyproj.CRS.from_wkt(dataset.crs.to_wkt())
        crs, vertical = _parts(whole)
        stated = _unit_of(dataset, vertical)
        known = HEIGHT_UNITS[unit] if unit is not None else stated
        a, e = dataset.transform.a, dataset.transform.e
        b, d = dataset.transform.b, dataset.transform.d
        pixel = float(np.sqrt(abs(a * e - b * d)))
        pixel *= 111_000.0 if crs.is_geographic else float(crs.axis_info[0].unit_conversion_factor)
        bounds: Bounds = tuple(dataset.bounds)
    return ElevationModel(
        uri, crs, vertical, 1.0 if known is None else known, known is not None, pixel, bounds
    )


def _parts(crs: pyproj.CRS) -> tuple[pyproj.CRS, pyproj.CRS | None]:
    """Horizontal and vertical CRS of any CRS."""
    parts = crs.sub_crs_list
    if not parts:
        return crs.to_2d() if len(crs.axis_info) > 2 else crs, None
    vertical = next((part for part in parts if part.is_vertical), None)
    return next((part for part in parts if not part.is_vertical), crs), vertical


def _unit_of(dataset: Any, vertical: pyproj.CRS | None) -> float | None:
    """Length of a unit of height, metres; None if it isn't stated."""
    word = (dataset.units[0] or "").strip().lower()
    if word in _WORDS:
        return _WORDS[word]
    if vertical is not None:
        return float(vertical.axis_info[0].unit_conversion_factor)
    return None


def _bilinear(dataset: Any, u: Floats, v: Floats) -> Floats:
    """Heights at points inside one tile; `u`, `v` are pixels from the first centre."""
    left, top = int(u.min()), int(v.min())
    right, bottom = int(u.max()) + 2, int(v.max()) + 2
    right, bottom = min(right, dataset.width), min(bottom, dataset.height)
    window = Window(left, top, right - left, bottom - top)
    read = dataset.read(1, window=window, masked=True)
    z = np.where(np.ma.getmaskarray(read), np.nan, read.data.astype(np.float64))
    z = np.where(np.isfinite(z), z, np.nan) * dataset.scales[0] + dataset.offsets[0]
    i0, j0 = (v - top).astype(np.int64), (u - left).astype(np.int64)
    fv, fu = v - top - i0, u - left - j0
    i1, j1 = np.minimum(i0 + 1, z.shape[0] - 1), np.minimum(j0 + 1, z.shape[1] - 1)
    total = np.zeros(len(u))
    for i, j, weight in (
        (i0, j0, (1 - fv) * (1 - fu)),
        (i0, j1, (1 - fv) * fu),
        (i1, j0, fv * (1 - fu)),
        (i1, j1, fv * fu),
    ):
        total += np.where(weight > 0, z[i, j] * weight, 0.0)
    return total
