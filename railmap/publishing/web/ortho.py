"""Write the orthophoto under the web map as raster PMTiles."""

from __future__ import annotations

import math
import os
import shutil
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from affine import Affine
from rasterio.enums import Resampling
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.io import MemoryFile
from rasterio.vrt import WarpedVRT
from rasterio.warp import calculate_default_transform, transform_bounds
from rasterio.windows import Window

from railmap.errors import GeoreferenceError, RasterError
from railmap.files.raster_file import open_raster_file
from railmap.progress import Reporter
from railmap.publishing.web.pmtiles import WEBP, tile_id, write_pmtiles
from railmap.raster.members import check_whole

__all__ = ["check_ortho", "write_ortho"]

_MERCATOR = "EPSG:3857"
_WORLD_M = 2 * math.pi * 6378137.0
_TILE = 512
# 1.9 cm per pixel on the equator at zoom 22 with tiles of 512 pixels.
_DEEPEST_ZOOM = 22
_QUALITY = 85


def check_ortho(path: str | os.PathLike[str]) -> None:
    """Check that an orthophoto can be published.

    Raises
    ------
    RasterError
        If it cannot be read, or is not an 8-bit image of one, three or four bands.
    GeoreferenceError
        If it has no CRS.
    """
    if _is_tiles(path):
        try:
            with Path(path).open("rb") as file:
                head = file.read(100)
        except OSError as error:
            raise RasterError(f"{path}: cannot be read ({error.strerror})") from error
        if head[:8] != b"PMTiles\x03" or head[99] not in (2, 3, WEBP):
            raise RasterError(f"{path}: has no raster tiles; give an image or raster PMTiles")
        return
    check_whole(path)
    with _open_image(path) as source:
        if source.crs is None:
            raise GeoreferenceError(f"{path}: has no CRS; georeference it first")
        if source.count not in (1, 3, 4) or set(source.dtypes) != {"uint8"}:
            raise RasterError(
                f"{path}: is not an 8-bit image of 1, 3 or 4 bands; convert it with gdal_translate"
                " -ot Byte -scale"
            )


def write_ortho(path: str | os.PathLike[str], target: Path, reporter: Reporter) -> tuple[int, int]:
    """Write raster PMTiles of an orthophoto and return their first and last zoom.

    Tiles are WebP of 512 pixels, down to the image's own resolution; nodata, alpha and masks
    become transparent. A PMTiles file is copied.
    """
    if _is_tiles(path):
        shutil.copyfile(path, target)
        with target.open("rb") as file:
            head = file.read(102)
        return head[100], head[101]
    with _open_image(path) as source:
        transform, width, height = calculate_default_transform(
            source.crs, _MERCATOR, source.width, source.height, *source.bounds
        )
        left, top = transform.c, transform.f
        box = (left, top - height * -transform.e, left + width * transform.a, top)
        finest = math.log2(_WORLD_M / _TILE / transform.a)
        last = min(_DEEPEST_ZOOM, max(0, math.ceil(finest - 0.25)))
        extent = max(box[2] - box[0], box[3] - box[1])
        first = min(last, max(0, math.floor(math.log2(_WORLD_M / extent))))
        ranges = {zoom: _tile_range(box, zoom) for zoom in range(first, last + 1)}
        count = sum((x1 - x0) * (y1 - y0) for x0, y0, x1, y1 in ranges.values())
        reporter.stage("orthophoto", count, "tiles")

        def tiles() -> Iterator[tuple[int, bytes]]:
            for zoom, (x0, y0, x1, y1) in ranges.items():
                yield from _zoom_tiles(source, zoom, (x0, y0, x1, y1), reporter)

        write_pmtiles(
            target,
            tiles(),
            tile_type=WEBP,
            zooms=(first, last),
            bounds=transform_bounds(_MERCATOR, "EPSG:4326", *box),
            metadata={"name": "ortho", "type": "baselayer"},
        )
    return first, last


def _is_tiles(path: str | os.PathLike[str]) -> bool:
    return Path(path).suffix.lower() == ".pmtiles"


def _open_image(path: str | os.PathLike[str]) -> Any:
    try:
        return open_raster_file(path)
    except RasterioError as error:
        raise RasterError(
            f"{path}: cannot be read as an image; give a GeoTIFF or raster PMTiles"
        ) from error


def _tile_range(box: tuple[float, ...], zoom: int) -> tuple[int, int, int, int]:
    size = _WORLD_M / 2**zoom
    x0, y1, x1, y0 = (
        (box[0] + _WORLD_M / 2) / size,
        (_WORLD_M / 2 - box[1]) / size,
        (box[2] + _WORLD_M / 2) / size,
        (_WORLD_M / 2 - box[3]) / size,
    )
    most = 2**zoom
    return (
        max(0, math.floor(x0)),
        max(0, math.floor(y0)),
        min(most, math.ceil(x1)),
        min(most, math.ceil(y1)),
    )


def _zoom_tiles(
    source: Any, zoom: int, span: tuple[int, int, int, int], reporter: Reporter
) -> Iterator[tuple[int, bytes]]:
    x0, y0, x1, y1 = span
    size = _WORLD_M / 2**zoom
    pixel = size / _TILE
    transform = Affine(pixel, 0, x0 * size - _WORLD_M / 2, 0, -pixel, _WORLD_M / 2 - y0 * size)
    places = sorted((tile_id(zoom, x, y), x, y) for x in range(x0, x1) for y in range(y0, y1))
    with WarpedVRT(
        source,
        crs=_MERCATOR,
        transform=transform,
        width=(x1 - x0) * _TILE,
        height=(y1 - y0) * _TILE,
        resampling=Resampling.bilinear,
        add_alpha=source.count != 4,
    ) as warped:
        for number, x, y in places:
            window = Window((x - x0) * _TILE, (y - y0) * _TILE, _TILE, _TILE)
            try:
                pixels = warped.read(window=window)
            except RasterioError as error:
                raise RasterError(
                    f"{source.name}: is damaged; copy or download it again"
                ) from error
            if pixels[-1].any():
                yield number, _webp(pixels)
            reporter.advance(1)


def _webp(pixels: np.ndarray) -> bytes:
    if len(pixels) == 2:
        pixels = pixels[[0, 0, 0, 1]]
    if pixels[3].min() == 255:
        pixels = pixels[:3]
    with warnings.catch_warnings(), MemoryFile() as memory:
        # Tiles have no georeference, only a number.
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with memory.open(
            driver="WEBP",
            width=_TILE,
            height=_TILE,
            count=len(pixels),
            dtype="uint8",
            QUALITY=_QUALITY,
        ) as image:
            image.write(pixels)
        return bytes(memory.read())
