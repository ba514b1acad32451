"""Open one or several orthophotos as one raster on the working grid."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from affine import Affine
from rasterio.crs import CRS
from shapely import Polygon

from railmap.errors import (
    GeoreferenceError,
    InputError,
    Option,
    RailmapError,
    RasterError,
    UsageError,
)
from railmap.files.web import hide_secrets
from railmap.raster.aoi import area_of_interest
from railmap.raster.collar import Collar, find_collar
from railmap.raster.cut_off import missing_share
from railmap.raster.files import RasterFile, inspect_file, open_dataset, reading_raster
from railmap.raster.georeference.transforms import (
    best_utm,
    ground_scale,
    is_metric,
    is_storable,
    is_upright,
    true_to_ground,
)
from railmap.raster.members import check_members
from railmap.raster.near import NearLines
from railmap.raster.reader import READ_ERRORS, Box, FileReader, pixels_to_crs
from railmap.raster.remote.find import is_remote
from railmap.raster.remote.image import FoundImage
from railmap.raster.remote.raster import file_of_tiles
from railmap.raster.sampling import outline
from railmap.raster.source import RasterSource, SourceFile
from railmap.raster.stretch import find_stretches
from railmap.raster.types import Grid, ImageInfo

__all__ = ["check_given_gsd", "file_gsd", "open_raster", "working_grid"]

RasterPath = str | os.PathLike[str] | FoundImage

# A requested GSD this close (relative) to a multiple of the native one is set to that multiple.
_SAME_GSD = 1e-3


def open_raster(
    paths: RasterPath | Sequence[RasterPath],
    *,
    gsd: float | None = None,
    bands: Sequence[int] | None = None,
    aoi: Path | None = None,
    near: NearLines | None = None,
    assume_gsd: float | None = None,
    assume_crs: str | None = None,
    max_gsd: float = 0.6,
) -> RasterSource:
    """Open images as one raster with 3 bands of 8 bit on a north-up metric grid.

    The grid is in the CRS of the first image if that is projected in metres with x to the east
    and y to the north, a GeoPackage can hold it, and its scale is 1 within 2 % (Web Mercator is
    not), else in the UTM zone of the images' centre, on the same datum. It is aligned with the
    pixels of the first image that needs no warping.

    Parameters
    ----------
    paths
        One or several rasters: files, URLs, anything GDAL opens, and what `find_images` found.
        Where they overlap, the first one with a valid pixel is used.
    gsd
        Metres per pixel of the grid; None takes the finest native GSD. Within 0.1 % of a
        multiple of the native GSD it is set to that multiple, to avoid needless resampling.
    bands
        1-based indices of the one or three bands to use; by default the ones declared red,
        green and blue, or the first three. Alpha cannot be used as a colour.
    aoi
        Vector file with polygons; pixels outside them are not valid.
    near
        Lines with a distance; pixels farther from them are not valid.
    assume_gsd
        Metres per pixel of a raster that has no transform; pixel (col, row) is then placed at
        ``(col * gsd, -row * gsd)``. Needs a CRS in metres, its own or `assume_crs`. Must be that
        of the transform of rasters that have one.
    assume_crs
        CRS of the rasters; taken instead of their own, which `RasterSource.notes` state.
    max_gsd
        Coarsest GSD accepted, metres.

    Returns
    -------
    RasterSource
        Close it, or use it in a ``with`` statement.

    Raises
    ------
    RasterError
        If a file cannot be opened, is truncated before its first pixel, or is a mosaic (VRT) of
        files of which one cannot be read.
    GeoreferenceError
        If a file has no CRS or no transform and none is assumed.
    InputError
        If an image is coarser than `max_gsd`, or the area of interest or the
        lines cannot be used.
    UsageError
        If the options are out of range or contradict each other.
    """
    given = [paths] if isinstance(paths, str | os.PathLike | FoundImage) else paths
    images = [_image(path) for path in given]
    if not images:
        raise UsageError("no raster is given; name at least one")
    if gsd is not None and not (math.isfinite(gsd) and gsd > 0):
        raise UsageError(f"the GSD is in metres per pixel and must be above 0, not {gsd}")
    files = [_inspect(image, bands, assume_gsd, assume_crs) for image in images]
    if len(files) > 1 and any(file.assumed_gsd for file in files):
        raise UsageError(
            "several rasters need a georeference of their own; ",
            Option("gsd"),
            " georeferences one only",
        )
    for file in files:
        if file.tiles is None:
            with reading_raster(file.uri):
                _check_pixels(file.uri)
    gsds = [_gsd(file, assume_gsd) for file in files]
    for file, metres in zip(files, gsds, strict=True):
        if not metres <= max_gsd:
            raise InputError(
                f"{file.uri}: tracks are not visible at {metres:.3g} m per pixel; "
                f"needs {max_gsd:g} m or finer"
            )
    with reading_raster(files[0].uri):
        grid = working_grid(files, gsds, gsd)
    area = area_of_interest(aoi, near, grid)
    readers = [FileReader(file, None, _ignore_damage) for file in files]
    try:
        stretches = find_stretches(files, readers)
        collars = [_collar(reader) for reader in readers]
    finally:
        for reader in readers:
            reader.close()
    entries = [
        SourceFile(file, _info(image, file, metres, grid.crs), collar, stretch)
        for image, file, metres, collar, stretch in zip(
            images, files, gsds, collars, stretches, strict=True
        )
    ]
    return RasterSource(entries, grid, min(gsds), area)


def _image(path: RasterPath) -> FoundImage:
    if isinstance(path, FoundImage):
        return path
    text = os.fspath(path)
    if is_remote(text):
        raise UsageError(
            f"{hide_secrets(text)}: map services and catalogues are read by vectorize and segment"
            " only; give the image as a file or URL"
        )
    return FoundImage(text)


def _inspect(
    image: FoundImage,
    bands: Sequence[int] | None,
    assume_gsd: float | None,
    assume_crs: str | None,
) -> RasterFile:
    if image.tiles is not None:
        return file_of_tiles(image.uri, image.tiles, bands)
    name = image.gdal_name
    try:
        return inspect_file(name, bands=bands, assume_gsd=assume_gsd, assume_crs=assume_crs)
    except RailmapError as error:
        if name == image.uri:
            raise
        shown = hide_secrets(image.uri)
        parts = [p.replace(name, shown) if isinstance(p, str) else p for p in error.parts]
        raise type(error)(*parts) from error


def _gsd(file: RasterFile, given: float | None) -> float:
    with reading_raster(file.uri):
        metres = file_gsd(file)
    if file.tiles is None:  # of a map service it is what the user wants, not what there is
        check_given_gsd(file, metres, given)
    return metres


def _check_pixels(uri: str) -> None:
    """Refuse a file without any pixels, and a mosaic of which a file is missing.

    Smaller missing parts of a file are marked in the map instead.
    """
    with open_dataset(uri) as dataset:
        check_members(dataset)
        if missing_share(dataset) == 1.0:
            raise RasterError(
                f"{uri}: is truncated before its first pixel; copy or download it again"
            )


def check_given_gsd(file: RasterFile, metres: float, given: float | None) -> None:
    """Refuse a GSD of the user that is not that of the file's transform.

    Raises
    ------
    UsageError
        If they differ by more than 1 %: with another pixel size the transform gives no position.
    """
    if given is None or file.assumed_gsd is not None or abs(metres - given) <= 0.01 * given:
        return
    raise UsageError(
        f"{file.uri}: the file says {metres:.4g} m per pixel, ",
        Option("gsd", given),
        f" says {given:g} m; leave the option out, or remove the file's transform",
    )


def file_gsd(file: RasterFile) -> float:
    """Return the ground sampling distance at the centre of a file, in metres on the ground.

    Of pixels that are not square it is the shorter side.

    Raises
    ------
    GeoreferenceError
        If the file is outside the area in which its CRS is valid.
    """
    if file.assumed_gsd is not None:
        return file.assumed_gsd
    col, row, step = file.width / 2, file.height / 2, 50.0
    sides = []
    for dcol, drow in ((step, 0.0), (0.0, step)):
        pixels = (np.array([col - dcol, col + dcol]), np.array([row - drow, row + drow]))
        sides.append(ground_scale(file.crs, pixels_to_crs(file, pixels)) / (2 * step))
    if not all(math.isfinite(side) and side > 0 for side in sides):
        raise GeoreferenceError(
            f"{file.uri}: is outside the area of {file.crs.to_string()[:40]}; "
            "check its CRS and its transform"
        )
    return min(sides)


def working_grid(files: Sequence[RasterFile], gsds: Sequence[float], gsd: float | None) -> Grid:
    """Return the grid around all files, at `gsd` metres or at the finest of `gsds`."""
    crs = _working_crs(files)
    edges = [outline(file, crs) for file in files]
    min_x, max_x = min(e[0].min() for e in edges), max(e[0].max() for e in edges)
    min_y, max_y = min(e[1].min() for e in edges), max(e[1].max() for e in edges)
    anchor = next((file for file in files if _is_north_up(file, crs)), None)
    native = min(
        min(file.transform.a, -file.transform.e)
        if file.transform is not None and _is_north_up(file, crs)
        else metres
        for file, metres in zip(files, gsds, strict=True)
    )
    step = native if gsd is None else gsd if anchor is None else _snap(gsd, native)
    origin_x, origin_y = 0.0, 0.0
    if anchor is not None and anchor.transform is not None:
        origin_x, origin_y = anchor.transform.c, anchor.transform.f
    # Whole steps from the anchor, with a tolerance for rounding.
    left = math.floor((min_x - origin_x) / step + 1e-6)
    top = math.floor((origin_y - max_y) / step + 1e-6)
    width = math.ceil((max_x - origin_x) / step - 1e-6) - left
    height = math.ceil((origin_y - min_y) / step - 1e-6) - top
    transform = Affine(step, 0.0, origin_x + left * step, 0.0, -step, origin_y - top * step)
    return Grid(crs, transform, max(1, width), max(1, height))


def _snap(gsd: float, native: float) -> float:
    times = round(gsd / native)
    if times >= 1 and abs(gsd / (times * native) - 1.0) < _SAME_GSD:
        return times * native
    return gsd


def _working_crs(files: Sequence[RasterFile]) -> CRS:
    first = files[0]
    if first.assumed_gsd is not None:
        if not is_storable(first.crs):
            raise UsageError(
                f"{first.uri}: a GeoPackage cannot hold {first.crs.to_string()[:40]}; give ",
                Option("crs"),
                " such as that of a UTM zone",
            )
        return first.crs
    centres = []
    for file in files:
        xs, ys = outline(file, first.crs)
        centres.append(((xs.min() + xs.max()) / 2, (ys.min() + ys.max()) / 2))
    x, y = (float(v) for v in np.mean(centres, axis=0))
    usable = is_metric(first.crs) and is_storable(first.crs)
    if usable and true_to_ground(first.crs, x, y) and is_upright(first.crs, x, y):
        return first.crs
    return best_utm(first.crs, x, y)


def _is_north_up(file: RasterFile, crs: CRS) -> bool:
    t = file.transform
    return t is not None and file.crs == crs and t.b == t.d == 0 and t.a > 0 and t.e < 0


def _info(image: FoundImage, file: RasterFile, gsd: float, crs: CRS) -> ImageInfo:
    # Straight edges stay straight only in the file's own CRS.
    points_per_side = 2 if file.crs == crs and not file.gcps else 21
    footprint = Polygon(np.stack(outline(file, crs, points_per_side), axis=1))
    return ImageInfo(
        hide_secrets(image.uri) if "://" in image.uri else image.uri,
        gsd,
        file.crs,
        footprint,
        image.acquired_at or file.acquired_at,
        image.licence,
        image.attribution,
    )


def _collar(reader: FileReader) -> Collar | None:
    """Find the black collar of 8-bit RGB images that have no other sign of no data."""
    file = reader.file
    if file.dtype != "uint8" or len(file.bands) != 3 or file.may_have_holes:
        return None
    try:
        return find_collar(reader.thumbnail(1024)[0]) if _black_at_edge(reader) else None
    except READ_ERRORS:
        return None


def _black_at_edge(reader: FileReader) -> bool:
    """Check nine pixels on each side first: most rasters then need no thumbnail."""
    last_row, last_col = reader.file.height - 1, reader.file.width - 1
    for t in np.linspace(0.0, 1.0, 9):
        row, col = round(t * last_row), round(t * last_col)
        for r, c in ((0, col), (last_row, col), (row, 0), (row, last_col)):
            pixels, mask = reader.read(0, (r, r + 1, c, c + 1))
            if mask.all() and not pixels.any():
                return True
    return False


def _ignore_damage(level: int, box: Box, reason: str) -> None:
    """Ignore damage here; it is recorded when the window itself is read."""
