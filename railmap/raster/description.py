"""Describe a raster, for `railmap info`."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np
from rasterio.enums import MaskFlags

from railmap.errors import Call, GeoreferenceError, Option
from railmap.raster.cut_off import missing_share
from railmap.raster.files import inspect_file, open_dataset, reading_raster
from railmap.raster.georeference.transforms import is_metric, is_storable
from railmap.raster.members import member_faults
from railmap.raster.opening import file_gsd, working_grid
from railmap.raster.writer import BAND_NAME, NO_DATA

__all__ = ["describe"]

PROBABILITY = "track probability of railmap"

# Reading a raster with more pixels at a coarser GSD is slow without overviews.
_WANTS_OVERVIEWS = 2**24


def describe(
    path: str | os.PathLike[str], *, word: Callable[[Option | Call], str] = str
) -> dict[str, Any]:
    """Return the properties of a raster as JSON-serializable values.

    Parameters
    ----------
    path
        Any path that GDAL opens.

    Parameters
    ----------
    path
        Any raster (see `raster_drivers`).
    word
        Renders the options that hints name; by default as a Python caller writes them.

    Returns
    -------
    dict
        ``kind`` (raster, or track probability of railmap), ``driver``, ``width``, ``height``,
        ``bands``, ``dtype``, ``crs``, ``gsd_m`` (metres on the ground, None without
        georeference), ``working_crs``, ``overviews`` (factors), ``mask`` (alpha, nodata, dataset,
        palette, none), ``nodata``, ``compression``, ``block`` (rows, cols), ``bounds`` (min x,
        min y, max x, max y in its CRS), ``acquired_at`` and ``hints`` (sentences with advice).

    Raises
    ------
    RasterError
        If the file cannot be opened.
    """
    uri = os.fspath(path)
    hints: list[str] = []
    with reading_raster(uri), open_dataset(uri) as dataset:
        result: dict[str, Any] = {
            "kind": PROBABILITY if is_probability(dataset) else "raster",
            "driver": dataset.driver,
            "width": dataset.width,
            "height": dataset.height,
            "bands": dataset.count,
            "dtype": dataset.dtypes[0] if dataset.count else None,
            "crs": dataset.crs.to_string() if dataset.crs else None,
            "gsd_m": None,
            "working_crs": None,
            "overviews": dataset.overviews(1) if dataset.count else [],
            "mask": _mask_kind(dataset) if dataset.count else "none",
            "nodata": _plain(dataset.nodata),
            "compression": dataset.compression.value if dataset.compression else None,
            "block": list(dataset.block_shapes[0]) if dataset.count else None,
            "bounds": [float(v) for v in dataset.bounds],
            "acquired_at": None,
            "hints": hints,
        }
        if result["kind"] == PROBABILITY:
            tags = dataset.tags()
            result["profile"] = tags.get("RAILMAP_PROFILE", "mask")
            result["threshold"] = tags.get("RAILMAP_THRESHOLD", "0.5")
        hints += [f"a file of this mosaic cannot be read: {f}" for f in member_faults(dataset)]
        if share := missing_share(dataset):
            hints.append(f"truncated: {share:.0%} of its pixels are missing; copy it again")
        striped = dataset.count > 0 and not dataset.profile.get("tiled", False)
    try:
        file = inspect_file(uri)
        gsd = file_gsd(file)
        result["gsd_m"] = gsd
        working = working_grid([file], [gsd], None).crs
        result["working_crs"] = working.to_string()
        if is_metric(file.crs) and not is_storable(file.crs):
            hints.append(f"a GeoPackage cannot hold {result['crs']}: maps are in UTM")
        result["acquired_at"] = file.acquired_at
        if gsd > 0.6:
            hints.append(f"{gsd:.3g} m per pixel is too coarse for tracks; needs 0.6 m or finer")
    except GeoreferenceError as error:
        hints.append(error.render(word))
    pixels = result["width"] * result["height"]
    if pixels > _WANTS_OVERVIEWS and not result["overviews"]:
        hints.append("no overviews: add them with gdaladdo -r average to speed up coarser reads")
    if pixels > _WANTS_OVERVIEWS and striped and result["driver"] == "GTiff":
        hints.append("stored in strips: tiles are faster to read (gdal_translate -co TILED=YES)")
    if result["mask"] == "none" and result["dtype"] != "uint8":
        hints.append("no no-data value: empty areas count as image")
    return result


def is_probability(dataset: Any) -> bool:
    """Return whether an open raster is a track probability that railmap wrote."""
    return bool(
        dataset.count and dataset.descriptions[0] == BAND_NAME and dataset.nodata == NO_DATA
    )


def _plain(nodata: float | None) -> float | str | None:
    """Return NaN and infinity as text, which JSON cannot represent as numbers."""
    return str(nodata) if nodata is not None and not np.isfinite(nodata) else nodata


def _mask_kind(dataset: Any) -> str:
    flags = dataset.mask_flag_enums[0]
    if MaskFlags.alpha in flags:
        return "alpha"
    if MaskFlags.nodata in flags:
        return "nodata"
    if MaskFlags.per_dataset in flags:
        return "dataset"
    return "none"
