"""Open a raster file and read its properties: size, georeference, bands, no data, overviews."""

from __future__ import annotations

import os
import re
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from rasterio.control import GroundControlPoint
from rasterio.crs import CRS
from rasterio.enums import ColorInterp, MaskFlags
from rasterio.errors import NotGeoreferencedWarning

from railmap.errors import (
    Option,
    RailmapError,
    RasterError,
    UsageError,
    one_line,
)
from railmap.files.inputs import file_fault
from railmap.files.raster_file import open_raster_file
from railmap.raster.georeference.placement import place_raster

__all__ = ["PixelReader", "RasterFile", "inspect_file", "open_dataset", "opening", "reading_raster"]

# "missing codec JXL", "compression scheme 50002 is not supported", and alike
_CODEC = re.compile(
    r"missing codec (\w+)|((?:\w+ )?compression(?: \w+)?) (?:support is not configured|is not)",
    re.IGNORECASE,
)
# Formats whose readers are not free.
_OTHER_FORMATS = (((".ecw",), "ECW"), ((".sid",), "MrSID"))
_STARTS = (
    b"II*\0", b"MM\0*", b"II+\0", b"MM\0+", b"\x89PNG", b"\xff\xd8\xff", b"\0\0\0\x0cjP  ",
    b"\xff\x4f\xff\x51", b"EHFA_HEADER_TAG"[:12], b"GIF8", b"<VRTDataset",
)  # fmt: skip

# GDAL's block cache of the whole process: enough for the windows in flight, for any raster size.
# GDAL reads the limit once, at its first read; without one it takes 5 % of the memory.
os.environ.setdefault("GDAL_CACHEMAX", "48")

_LARGEST_BLOCK = 3 * 2**29

# `warnings.catch_warnings` is not thread-safe.
_open_lock = threading.Lock()


class PixelReader(Protocol):
    """What is read like an open raster and is none: the tiles of a map service."""

    block_shapes: list[tuple[int, int]]

    def read(self, bands: Any, *, window: Any, out_shape: tuple[int, ...]) -> NDArray[Any]: ...  # noqa: D102
    def close(self) -> None: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class RasterFile:
    """Properties of one raster file: georeference, colour bands, what marks no data.

    Parameters
    ----------
    uri
        Path or URL for GDAL.
    width, height
        Size in pixels.
    dtype
        numpy name of the pixel type.
    crs
        Horizontal CRS.
    transform
        Pixel (col, row) to x/y of `crs`; None if `gcps` are used instead.
    gcps
        Ground control points, empty if `transform` is used.
    bands
        1-based indices of the one or three bands that are read.
    alpha
        1-based index of the alpha band.
    nodata
        No-data value of each of `bands`, None if a band has none.
    palette
        ``(entries, 4)`` uint8 RGBA, for one band of palette indices.
    one_bit
        Whether the pixels are single bits.
    dataset_mask
        Whether the file has a dataset mask (internal or ``.msk``).
    levels
        ``(width, height)`` of the full image and each of its overviews, finest first.
    acquired_at
        ISO 8601 local time from the tags, None if they have none.
    assumed_gsd
        GSD in metres that the user gave because the file has no transform, else None.
    notes
        Where the user's options contradict what the file says.
    tiles
        Tiles of a map service that are read in place of a file, None for files.
    """

    uri: str
    width: int
    height: int
    dtype: str
    crs: CRS
    transform: Affine | None
    gcps: tuple[GroundControlPoint, ...]
    bands: tuple[int, ...]
    alpha: int | None
    nodata: tuple[float | None, ...]
    palette: NDArray[np.uint8] | None
    one_bit: bool
    dataset_mask: bool
    levels: tuple[tuple[int, int], ...]
    acquired_at: str | None
    assumed_gsd: float | None
    notes: tuple[str, ...] = ()
    tiles: PixelReader | None = None

    @property
    def may_have_holes(self) -> bool:
        """Whether any pixel can be marked as no data."""
        return (
            self.alpha is not None
            or self.dataset_mask
            or any(value is not None for value in self.nodata)
            or np.dtype(self.dtype).kind == "f"
            or (self.palette is not None and bool((self.palette[:, 3] == 0).any()))
        )

    @property
    def is_display(self) -> bool:
        """Whether its values need no stretch: 8 bit, palette or single bits."""
        return self.dtype == "uint8" or self.palette is not None


@contextmanager
def opening() -> Iterator[None]:
    """Open rasters without a georeference in the block, one thread at a time, without a warning."""
    with _open_lock, warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        yield


def open_dataset(uri: str, level: int = 0) -> Any:
    """Open a raster with rasterio.

    Parameters
    ----------
    uri
        Any path that GDAL opens.
    level
        0 opens the full image, n its n-th overview.

    Raises
    ------
    RasterError
        If there is no such file, it is empty, or GDAL cannot open it.
    """
    options: dict[str, Any] = {"overview_level": level - 1} if level else {}
    try:
        with opening(), rasterio.Env():
            return open_raster_file(uri, **options)
    except RailmapError:
        raise
    except Exception as error:  # GDAL's errors have no common base
        raise RasterError(_opening_fault(uri, error)) from error


@contextmanager
def reading_raster(uri: str) -> Iterator[None]:
    """Turn errors of GDAL and of values that lie in the block into a `RasterError`.

    Only for what reads the properties of one file: any error there is the file's.
    """
    try:
        yield
    except RailmapError:
        raise
    except Exception as error:
        raise RasterError(
            f"{uri}: cannot be read as a raster ({one_line(error)}); copy or export it again"
        ) from error


def _opening_fault(uri: str, error: Exception) -> str:
    """Return what is wrong with a file that GDAL does not open, with GDAL's reason in brackets."""
    fault = file_fault(uri, what="raster file in it")
    virtual = uri.startswith("/vsi") or "://" in uri or ":" in uri[2:]
    if fault is not None and (not virtual or Path(uri).exists()):
        return f"{uri}: {fault}"
    reason = one_line(error.__cause__ or error)
    if codec := _CODEC.search(reason):
        return (
            f"{uri}: its pixels are compressed with {codec[1] or codec[2]}, which this GDAL cannot"
            f" read ({reason}); save it with another compression, such as DEFLATE"
        )
    for suffixes, name in _OTHER_FORMATS:
        if uri.lower().endswith(suffixes):
            return f"{uri}: this GDAL cannot read {name} ({reason}); save it as GeoTIFF"
    if virtual:  # only GDAL knows the cause: network or driver
        return f"{uri}: cannot be opened as a raster ({reason})"
    what = "is damaged or truncated" if _is_raster(uri) else "is no raster that GDAL knows"
    return f"{uri}: cannot be opened as a raster: it {what} ({reason})"


def _is_raster(path: str) -> bool:
    """Return whether a file begins like a raster: then it is damaged, not of another format."""
    try:
        with open(path, "rb") as file:
            return file.read(12).startswith(_STARTS)
    except OSError:
        return False


def inspect_file(
    uri: str,
    *,
    bands: Sequence[int] | None = None,
    assume_gsd: float | None = None,
    assume_crs: str | None = None,
    indices: bool = False,
) -> RasterFile:
    """Read the properties of a raster.

    Parameters
    ----------
    uri
        Any path that GDAL opens.
    bands
        1-based indices of the bands to use, one or three; None takes the bands declared as red,
        green and blue, else the first three, else the first one.
    assume_gsd
        Metres per pixel of a raster without a transform: pixel (col, row) is placed at
        ``(col * gsd, -row * gsd)`` of a metric CRS.
    assume_crs
        CRS of a raster without one; of one with another CRS it is taken instead of that, which
        `RasterFile.notes` state.
    indices
        Read palette indices and single bits as numbers.

    Raises
    ------
    RasterError
        If the file cannot be opened or has no numeric pixels.
    GeoreferenceError
        If it has no CRS or no transform, and none is given.
    UsageError
        If `bands` or `assume_crs` are not usable, or `assume_crs` cannot be right.
    """
    with reading_raster(uri), open_dataset(uri) as dataset:
        if dataset.count == 0:
            names = f"; name one of: {', '.join(dataset.subdatasets[:4])}"
            raise RasterError(f"{uri}: has no bands{names if dataset.subdatasets else ''}")
        place = place_raster(uri, dataset, assume_gsd, assume_crs)
        alpha = next(
            (i + 1 for i, kind in enumerate(dataset.colorinterp) if kind == ColorInterp.alpha), None
        )
        chosen = _choose_bands(uri, dataset, alpha, bands)
        kinds = {dataset.dtypes[band - 1] for band in chosen}
        dtype = dataset.dtypes[chosen[0] - 1]
        _check_block(uri, dataset)
        if np.dtype(dtype).kind not in "uif":
            raise RasterError(f"{uri}: has pixels of type {dtype}; integers or floats are needed")
        if len(kinds) > 1:
            raise RasterError(
                f"{uri}: its bands {', '.join(map(str, chosen))} have pixels of several types"
                f" ({', '.join(sorted(kinds))}); convert them to one type"
            )
        flags = dataset.mask_flag_enums[chosen[0] - 1]
        bits = dataset.tags(chosen[0], ns="IMAGE_STRUCTURE").get("NBITS")
        return RasterFile(
            uri=uri,
            width=dataset.width,
            height=dataset.height,
            dtype=dtype,
            crs=place.crs,
            transform=place.transform,
            gcps=place.gcps,
            bands=chosen,
            alpha=alpha,
            nodata=tuple(dataset.nodatavals[band - 1] for band in chosen),
            palette=None if indices or len(chosen) > 1 else _palette(dataset, chosen[0]),
            one_bit=bits == "1" and not indices,
            dataset_mask=MaskFlags.per_dataset in flags and MaskFlags.alpha not in flags,
            levels=_levels(uri, dataset),
            acquired_at=_acquired_at(dataset),
            assumed_gsd=place.assumed_gsd,
            notes=(*place.notes, *_band_notes(uri, dataset, bands)),
        )


def _check_block(uri: str, dataset: Any) -> None:
    """Refuse a raster that cannot be read in parts: one block of it would fill the memory."""
    rows, cols = dataset.block_shapes[0]
    by_pixel = dataset.interleaving is not None and dataset.interleaving.value == "PIXEL"
    size = rows * cols * np.dtype(dataset.dtypes[0]).itemsize * (dataset.count if by_pixel else 1)
    if size > _LARGEST_BLOCK:
        raise RasterError(
            f"{uri}: is stored in blocks of {rows} x {cols} pixels, {size / 2**30:.1f} GB each;"
            " save it in tiles (gdal_translate -co TILED=YES)"
        )


def _band_notes(uri: str, dataset: Any, bands: Sequence[int] | None) -> tuple[str, ...]:
    """Return a note if the user's bands are not those that the file declares."""
    declared = _declared_bands(dataset)
    if bands is None or declared is None or tuple(bands) == declared:
        return ()
    said, taken = (", ".join(map(str, some)) for some in (declared, bands))
    return (
        f"{uri}: the file says its red, green and blue are {said}; {taken} are taken, as given",
    )


def _declared_bands(dataset: Any) -> tuple[int, ...] | None:
    kinds = list(dataset.colorinterp)
    colours = (ColorInterp.red, ColorInterp.green, ColorInterp.blue)
    if all(kind in kinds for kind in colours):
        return tuple(kinds.index(kind) + 1 for kind in colours)
    return None


def _choose_bands(
    uri: str, dataset: Any, alpha: int | None, bands: Sequence[int] | None
) -> tuple[int, ...]:
    if bands is not None:
        if len(bands) not in (1, 3):
            raise UsageError(Option("bands"), f" takes one band or three, not {len(bands)}")
        wrong = [band for band in bands if not 1 <= band <= dataset.count]
        if wrong:
            raise UsageError(
                f"{uri}: has {dataset.count} bands; ", Option("bands"), f" asks for {wrong[0]}"
            )
        if alpha in bands:
            raise UsageError(
                f"{uri}: band {alpha} is its alpha; ", Option("bands"), " takes colours only"
            )
        return tuple(bands)
    if (declared := _declared_bands(dataset)) is not None:
        return declared
    plain = [band for band in range(1, dataset.count + 1) if band != alpha]
    if not plain:
        raise RasterError(f"{uri}: has only an alpha band; add colour bands")
    return tuple(plain[:3] if len(plain) >= 3 else plain[:1])


def _palette(dataset: Any, band: int) -> NDArray[np.uint8] | None:
    if dataset.colorinterp[band - 1] != ColorInterp.palette:
        return None
    entries = dataset.colormap(band)
    table = np.zeros((max(256, max(entries) + 1), 4), np.uint8)
    for index, rgba in entries.items():
        table[index] = rgba
    return table


def _levels(uri: str, dataset: Any) -> tuple[tuple[int, int], ...]:
    levels = [(dataset.width, dataset.height)]
    for level in range(1, len(dataset.overviews(1)) + 1):
        with open_dataset(uri, level) as overview:
            levels.append((overview.width, overview.height))
    # Positions in the list are GDAL's overview numbers, so only a sorted list can be used.
    return tuple(levels) if levels == sorted(levels, reverse=True) else (levels[0],)


def _acquired_at(dataset: Any) -> str | None:
    tags = {**dataset.tags(ns="EXIF"), **dataset.tags()}
    for key in ("EXIF_DateTimeOriginal", "TIFFTAG_DATETIME", "EXIF_DateTime"):
        parts = tags.get(key, "").strip().split(" ")
        date = parts[0].replace(":", "-")
        if len(date) == 10 and date.replace("-", "").isdigit() and not date.startswith("0000"):
            return f"{date}T{parts[1]}" if len(parts) > 1 else date
    return None
