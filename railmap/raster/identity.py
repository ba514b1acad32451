"""What identifies the pixels of a raster: its files, how they are read, the area of interest."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import rasterio

from railmap.errors import RasterError
from railmap.files.raster_file import open_raster_file
from railmap.files.vrt import vrt_members

if TYPE_CHECKING:
    from railmap.raster.aoi import AreaOfInterest
    from railmap.raster.collar import Collar
    from railmap.raster.files import RasterFile
    from railmap.raster.stretch import Stretch

__all__ = ["source_identity"]


class _Entry(Protocol):
    """A file of the mosaic; see `SourceFile`."""

    file: RasterFile
    collar: Collar | None
    stretch: Stretch | None


def source_identity(files: Sequence[_Entry], aoi: AreaOfInterest | None) -> dict[str, Any]:
    """Return what the pixels of a mosaic depend on, as JSON-serializable values.

    Parameters
    ----------
    files
        The images, highest precedence first.
    aoi
        The area of interest.

    Returns
    -------
    dict
        Two mosaics with the same identity have the same pixels. Files, members of VRTs and sidecar
        files count by size and time.
    """
    return {
        "gdal": rasterio.__gdal_version__,
        "images": [_image(entry) for entry in files],
        "aoi": aoi.digest() if aoi is not None else None,
    }


def _image(entry: _Entry) -> dict[str, Any]:
    file = entry.file
    return {
        "uri": file.uri,
        "files": sorted({name: _state(name) for name in _files(file)}.items()),
        "size": [file.width, file.height],
        "dtype": file.dtype,
        "crs": file.crs.to_wkt(),
        "transform": list(file.transform)[:6] if file.transform is not None else None,
        "gcps": [[point.row, point.col, point.x, point.y] for point in file.gcps],
        "bands": list(file.bands),
        "alpha": file.alpha,
        "nodata": [None if value is None else repr(float(value)) for value in file.nodata],
        "palette": _digest(file.palette.tobytes()) if file.palette is not None else None,
        "one_bit": file.one_bit,
        "dataset_mask": file.dataset_mask,
        "levels": [list(level) for level in file.levels],
        "assumed_gsd": file.assumed_gsd,
        "collar": _digest(np.packbits(entry.collar.area).tobytes()) if entry.collar else None,
        "stretch": repr(entry.stretch.describe()) if entry.stretch else None,
    }


def _files(file: RasterFile) -> Iterator[str]:
    """Yield the files of a raster: itself, sidecar files, members of a VRT with theirs."""
    uri = file.uri
    yield uri
    if file.tiles is not None:
        return
    try:
        with open_raster_file(uri) as dataset:
            yield from dataset.files
    except (rasterio.errors.RasterioError, RasterError):
        return
    if Path(uri).suffix.lower() == ".vrt":
        for member in vrt_members(Path(uri)):
            yield str(member)
            yield from (f"{member}{ending}" for ending in (".aux.xml", ".ovr", ".msk"))


def _state(name: str) -> list[int] | None:
    """Return size and time of a file, of the archive that it is in, None of others."""
    path = Path(name.removeprefix("/vsizip/").removeprefix("/vsitar/").removeprefix("/vsigzip/"))
    while not path.is_file():
        if path == path.parent:
            return None
        path = path.parent
    status = os.stat(path)
    return [status.st_size, status.st_mtime_ns]


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
