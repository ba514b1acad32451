"""Draw a preview of a map over its source images."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from affine import Affine
from numpy.typing import NDArray
from shapely import affinity
from shapely.geometry import LineString, Point, Polygon

from railmap.errors import UsageError
from railmap.files.output import check_output
from railmap.files.picture import check_picture, write_picture
from railmap.mapping.preview.drawing import dashes, paint
from railmap.mapping.store.reader import Map, read_map
from railmap.mapping.style.rules import (
    CENTRE,
    CROSSING,
    GUESS,
    INK,
    PAPER,
    QUIET,
    SERVICE_INK,
    SEVERITY,
    STOP,
    SWITCH,
)
from railmap.progress import NullReporter, Reporter
from railmap.raster import Patch, PixelWindow, open_raster

__all__ = ["draw_patch", "render_preview"]

_NO_DATA = 232
_MOST_ENLARGED = 4
_LINE_PX = 2.2
_HALO_PX = 1.1
_DASH_PX = (9.0, 6.0)
_AREA_OPACITY = 0.35

_Shape = Callable[[float, float, float | None], Any]


def render_preview(
    map_path: str | os.PathLike[str],
    raster_paths: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    out_png: str | os.PathLike[str],
    *,
    max_size: int = 2000,
    overwrite: bool = False,
    reporter: Reporter | None = None,
) -> None:
    """Draw tracks, nodes and issues over the image and write a PNG or JPEG.

    Parameters
    ----------
    map_path
        A railmap map.
    raster_paths
        The source image or images.
    out_png
        PNG or JPEG file to write.
    max_size
        Longest side of the preview in pixels; small images are enlarged up to four times.
    overwrite
        Replace an existing file.
    reporter
        Receives warnings about parts of the image that cannot be read.

    Raises
    ------
    UsageError
        If `out_png` is not named ``.png`` or ``.jpg``, or `max_size` is below 16.
    MapError, RasterError, OutputError
        If a file cannot be read or written.
    """
    out = check_picture(out_png)
    if max_size < 16:
        raise UsageError(f"a preview is at least 16 pixels wide, not {max_size}")
    paths = [raster_paths] if isinstance(raster_paths, str | os.PathLike) else [*raster_paths]
    check_output(out, overwrite=overwrite, inputs=[map_path, *paths])
    content = read_map(map_path)
    patch = _read_patch(paths, max_size, reporter or NullReporter())
    pixels = draw_patch(content, patch)
    write_picture(out, pixels, overwrite=overwrite, inputs=[map_path, *paths])


def draw_patch(content: Map, patch: Patch) -> NDArray[np.uint8]:
    """Draw tracks, nodes and open issues of a map over pixels.

    Parameters
    ----------
    content
        The map; its CRS may be another one than that of the pixels.
    patch
        The pixels; light grey where they are not valid.

    Returns
    -------
    ndarray
        ``(rows, cols, 3)`` uint8 RGB.
    """
    image = np.where(patch.mask, patch.pixels[[0, min(1, len(patch.pixels) - 1), -1]], _NO_DATA)
    canvas = np.ascontiguousarray(np.moveaxis(image, 0, -1), dtype=np.float32)
    _draw(canvas, content, patch)
    return np.clip(np.rint(canvas), 0, 255).astype(np.uint8)


def _read_patch(
    paths: Sequence[str | os.PathLike[str]], max_size: int, reporter: Reporter
) -> Patch:
    # No GSD limit: the image need not be fine enough to detect tracks.
    with open_raster(paths, max_gsd=math.inf) as source:
        grid = source.grid
    longest = max(grid.width, grid.height)
    if longest > max_size:
        # One pixel less, because the size of the coarser grid is rounded up.
        factor = longest / (max_size - 1)
    else:
        factor = 1.0 / min(max_size // longest, _MOST_ENLARGED)
    with open_raster(paths, gsd=grid.gsd * factor, max_gsd=math.inf) as source:
        patch = source.read(PixelWindow(0, 0, source.grid.height, source.grid.width))
        for hole in source.damaged:
            reporter.warning(f"{hole.uri}: not readable: {hole.reason}; the preview is empty there")
    return patch


def _draw(canvas: NDArray[np.float32], content: Map, patch: Patch) -> None:
    links = _in_pixels(content.links, patch)
    nodes = _in_pixels(content.nodes, patch)
    areas = _in_pixels(content.layers["track_area"], patch)
    issues = _in_pixels(content.layers["qa_issue"], patch)
    paint(canvas, list(areas.geometry), SERVICE_INK, _AREA_OPACITY)
    bridged = links["geometry_source"] == "interpolated"
    pieces = [piece for line in links.geometry[bridged] for piece in dashes(line, *_DASH_PX)]
    lines = list(links.geometry[~bridged])
    paint(canvas, _strokes([*lines, *pieces], _LINE_PX + 2 * _HALO_PX), PAPER, 0.8)
    paint(canvas, _strokes(lines, _LINE_PX), CENTRE)
    paint(canvas, _strokes(pieces, _LINE_PX), GUESS)
    for severity, color in SEVERITY:
        found = issues.geometry[(issues["severity"] == severity) & (issues["status"] == "open")]
        paint(canvas, _strokes([shape.boundary if shape.geom_type == "Polygon" else shape
                                for shape in found], 3.0), color)  # fmt: skip
    _draw_nodes(canvas, nodes)


def _strokes(lines: Sequence[Any], width: float) -> list[Any]:
    return list(shapely.buffer(np.array(lines, dtype=object), width / 2)) if len(lines) else []


def _draw_nodes(canvas: NDArray[np.float32], nodes: gpd.GeoDataFrame) -> None:
    railway = nodes["railway"]
    edge = nodes["at_dataset_edge"].fillna(False).astype(bool)
    open_end = railway.isna() & ~edge & (nodes["form_of_node"] == "railwayEnd")
    kinds: tuple[tuple[Any, _Shape, str, str], ...] = (
        (railway.isna() & edge, _circle(2.6), QUIET, PAPER),
        (open_end, _circle(4.2), PAPER, GUESS),
        (railway == "buffer_stop", _square(4.2), STOP, PAPER),
        (railway == "level_crossing", _cross(6.0), INK, PAPER),
        (railway == "railway_crossing", _diamond(6.5), CROSSING, PAPER),
        (railway == "switch", _arrow(8.0), SWITCH, PAPER),
    )
    for chosen, shape, fill, outline in kinds:
        some = nodes[chosen]
        headings = [None if math.isnan(value) else value for value in some["heading_deg"]]
        shapes = [
            shape(point.x, point.y, heading)
            for point, heading in zip(some.geometry, headings, strict=True)
        ]
        paint(canvas, [polygon.buffer(1.4) for polygon in shapes], outline)
        paint(canvas, shapes, fill)


def _circle(radius: float) -> _Shape:
    return lambda x, y, heading: Point(x, y).buffer(radius)


def _square(half: float) -> _Shape:
    return lambda x, y, heading: shapely.box(x - half, y - half, x + half, y + half)


def _diamond(half: float) -> _Shape:
    return lambda x, y, heading: Polygon(
        [(x, y - half), (x + half, y), (x, y + half), (x - half, y)]
    )


def _cross(half: float) -> _Shape:
    def cross(x: float, y: float, heading: float | None) -> Any:
        bars = [
            LineString([(x - half, y - half), (x + half, y + half)]),
            LineString([(x - half, y + half), (x + half, y - half)]),
        ]
        return shapely.union_all([bar.buffer(1.3) for bar in bars])

    return cross


def _arrow(half: float) -> _Shape:
    """A triangle in the direction from the toe; a circle if that is unknown."""

    def arrow(x: float, y: float, heading: float | None) -> Any:
        if heading is None:
            return Point(x, y).buffer(0.6 * half)
        up = Polygon(
            [(x, y - half), (x + 0.6 * half, y + 0.7 * half), (x - 0.6 * half, y + 0.7 * half)]
        )
        # y points down, so a positive angle turns clockwise.
        return affinity.rotate(up, heading, origin=(x, y))

    return arrow


def _in_pixels(frame: gpd.GeoDataFrame, patch: Patch) -> gpd.GeoDataFrame:
    """Return the rows that have a geometry, in x/y pixels of the patch."""
    frame = frame[~(frame.geometry.isna() | frame.geometry.is_empty)]
    if not len(frame):
        return frame
    frame = frame.set_geometry(frame.geometry.force_2d()).to_crs(patch.crs.to_wkt())
    inverse: Affine = ~patch.transform
    matrix = [inverse.a, inverse.b, inverse.d, inverse.e, inverse.c, inverse.f]
    return frame.set_geometry(
        frame.geometry.affine_transform(matrix).set_crs(None, allow_override=True)
    )
