"""Write a rendered image as GeoTIFF and its truth as GeoPackage."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from railmap.files.output import atomic_output
from railmap.files.written import check_layers, check_raster
from railmap.rendering.paint.canvas import Canvas
from railmap.rendering.plan.relief import Relief
from railmap.rendering.plan.tracks import Track, run_and_station
from railmap.rendering.scene import Scene, tent

__all__ = ["CRS", "ORIGIN", "track_mask", "write_scene", "write_truth"]

CRS = "EPSG:32632"
ORIGIN = 500_000.0, 5_700_000.0
"""Place of rendered images: easting and northing of the upper left corner."""


def track_mask(scene: Scene) -> NDArray[np.uint8]:
    """Return ``(rows, cols)`` uint8: 1 on track at sleeper width, 255 where no data."""
    rows, cols = scene.image.shape[:2]
    mask = np.zeros((rows, cols), np.uint8)
    if scene.plan:
        canvas = Canvas(np.empty((rows, cols, 3), np.uint8), 1 / scene.gsd, np.zeros(2))
        mask[tent(canvas, scene.plan) >= 0.5] = 1
    mask[~scene.valid] = 255
    return mask


def write_scene(
    scene: Scene,
    image_path: Path,
    truth_path: Path | None = None,
    *,
    crs: str = CRS,
    origin: tuple[float, float] = ORIGIN,
    relief: Relief | None = None,
    overwrite: bool = False,
) -> None:
    """Write the image as a tiled GeoTIFF with nodata 0 and mask, and its truth.

    Parameters
    ----------
    scene
        From `render_scene`.
    image_path, truth_path
        GeoTIFF and GeoPackage to write.
    crs
        Projected CRS in metres.
    origin
        Easting and northing of the upper left corner.
    relief
        Heights of the tracks, for the truth.
    overwrite
        Whether existing files may be replaced.

    Raises
    ------
    OutputError
        If an output exists or cannot be written.
    """
    import rasterio
    from affine import Affine

    rows, cols = scene.image.shape[:2]
    transform = Affine(scene.gsd, 0, origin[0], 0, -scene.gsd, origin[1])
    with (
        atomic_output(image_path, overwrite=overwrite, verify=check_raster) as partial,
        rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True),
        rasterio.open(
            partial,
            "w",
            driver="GTiff",
            width=cols,
            height=rows,
            count=3,
            dtype="uint8",
            crs=crs,
            transform=transform,
            tiled=True,
            blockxsize=512,
            blockysize=512,
            compress="deflate",
            predictor=2,
            photometric="RGB",
        ) as data,
    ):
        data.write(np.moveaxis(scene.image, 2, 0))
        if not scene.valid.all():
            data.write_mask(scene.valid)
    if truth_path is not None:
        write_truth(scene, truth_path, crs=crs, origin=origin, relief=relief, overwrite=overwrite)


def _pieces(scene: Scene, track: Track) -> list[tuple[NDArray[np.float64], bool]]:
    """Split a track at the image's edge, at its nodes and where it is covered."""
    rows, cols = scene.image.shape[:2]
    gone = np.r_[0, np.cumsum(np.linalg.norm(np.diff(track.xy, axis=0), axis=1))]
    along = np.arange(0, gone[-1], min(0.25, 2 * scene.gsd))
    xy = np.stack([np.interp(along, gone, track.xy[:, i]) for i in (0, 1)], 1)
    px = xy / scene.gsd + (cols / 2, rows / 2)
    inside = (px >= 0).all(1) & (px < (cols, rows)).all(1)
    col, row = (np.clip(px[:, i].astype(int), 0, n - 1) for i, n in ((0, cols), (1, rows)))
    inside &= scene.valid[row, col]
    state = np.where(inside, 1 + scene.hidden[row, col].astype(int), 0)
    cuts = np.flatnonzero(np.diff(state)) + 1
    order = np.argsort(track.station)
    split = np.interp(sorted(track.splits), track.station[order], gone[order])
    cuts = np.unique(np.r_[0, cuts, np.searchsorted(along, split), len(along) - 1])
    pieces = []
    for a, b in itertools.pairwise(cuts.tolist()):
        if state[a] and b > a:
            stop = b + 1 if state[min(b, len(state) - 1)] or b - a < 2 else b
            line = xy[a:stop]
            if len(line) >= 2:
                pieces.append((line, bool(state[a] == 2)))
    return pieces


def _track_heights(scene: Scene, relief: Relief) -> dict[str, NDArray[Any]]:
    """Points every metre along the tracks inside the image, with their heights."""
    rows, cols = scene.image.shape[:2]
    parts = []
    for i, track in enumerate(scene.plan.tracks if scene.plan else []):
        gone, station = run_and_station(track)
        along = np.arange(0, gone[-1], 1.0)
        xy = np.stack([np.interp(along, gone, track.xy[:, k]) for k in (0, 1)], 1)
        at = np.interp(along, gone, station)
        slope = relief.gradients(at) * np.gradient(at, along)
        px = xy / scene.gsd + (cols / 2, rows / 2)
        inside = (px >= 0).all(1) & (px < (cols, rows)).all(1)
        inside[inside] = scene.valid[tuple(px[inside].astype(int).T[::-1])]
        bridge = np.where(relief.on_bridge(at), "bridge", "ground")
        parts.append(
            (np.full(inside.sum(), i), xy[inside], relief.heights(at)[inside], slope[inside],
             bridge[inside])
        )  # fmt: skip
    number, xy, height, slope, below = (
        (np.concatenate(part) for part in zip(*parts, strict=True))
        if parts
        else (np.zeros(0), np.zeros((0, 2)), np.zeros(0), np.zeros(0), np.zeros(0, "U6"))
    )
    return {
        "xy": xy,
        "track": number.astype(np.int32),
        "height_m": np.round(height, 4),
        "gradient_permille": np.round(1000 * slope, 4),
        "below": below.astype(object),
    }


def write_truth(
    scene: Scene,
    path: Path,
    *,
    crs: str = CRS,
    origin: tuple[float, float] = ORIGIN,
    relief: Relief | None = None,
    overwrite: bool = False,
) -> None:
    """Write layers ``centreline``, ``node`` and ``area`` in metres to a GeoPackage.

    With `relief` also ``track_height``: points every metre along the tracks, with the height, the
    gradient (uphill in the direction of the centreline) and what is below (``ground``, ``bridge``).
    """
    import geopandas as gpd
    import shapely
    from rasterio.features import shapes

    rows, cols = scene.image.shape[:2]

    def world(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.stack(
            [
                origin[0] + cols * scene.gsd / 2 + xy[:, 0],
                origin[1] - rows * scene.gsd / 2 - xy[:, 1],
            ],
            1,
        )

    lines, hidden, number = [], [], []
    points, railway, crossing, side = [], [], [], []
    gauge = scene.plan.gauge_mm if scene.plan else None
    if scene.plan:
        for i, track in enumerate(scene.plan.tracks):
            for line, occluded in _pieces(scene, track):
                thin = shapely.simplify(shapely.linestrings(world(line)), 0.001)
                lines.append(thin)
                hidden.append(occluded)
                number.append(i)
        for node in scene.plan.nodes:
            px = np.array([node.x, node.y]) / scene.gsd + (cols / 2, rows / 2)
            if (px < 0).any() or (px >= (cols, rows)).any():
                continue
            if not scene.valid[int(px[1]), int(px[0])]:
                continue
            points.append(shapely.points(world(np.array([[node.x, node.y]]))[0]))
            railway.append(node.railway)
            crossing.append(node.crossing_number)
            side.append(node.turnout_side)
    from affine import Affine

    transform = Affine(scene.gsd, 0, origin[0], 0, -scene.gsd, origin[1])
    area = [
        shapely.geometry.shape(s)
        for s, v in shapes(scene.valid.astype(np.uint8), transform=transform)
        if v
    ]
    layers = {
        "centreline": gpd.GeoDataFrame(
            {
                "track": np.array(number, np.int32),
                "occluded": np.array(hidden, np.bool_),
                "gauge": np.full(len(lines), gauge or 0, np.int32),
            },
            geometry=gpd.GeoSeries(lines, crs=crs),
            crs=crs,
        ),
        "node": gpd.GeoDataFrame(
            {
                "railway": np.array(railway, object),
                "crossing_number": np.array(crossing, float),
                "turnout_side": np.array(side, object),
            },
            geometry=gpd.GeoSeries(points, crs=crs),
            crs=crs,
        ),
        "area": gpd.GeoDataFrame(geometry=gpd.GeoSeries(area, crs=crs), crs=crs),
    }
    kinds = {"centreline": "LineString", "node": "Point", "area": "Polygon"}
    if relief is not None:
        at = _track_heights(scene, relief)
        place = gpd.GeoSeries(shapely.points(world(at.pop("xy"))), crs=crs)
        layers["track_height"] = gpd.GeoDataFrame(at, geometry=place, crs=crs)
        kinds["track_height"] = "Point"
    counts = {name: len(layer) for name, layer in layers.items()}
    with atomic_output(
        path, overwrite=overwrite, verify=lambda partial: check_layers(partial, counts)
    ) as partial:
        for name, layer in layers.items():
            layer.to_file(
                partial, layer=name, driver="GPKG", engine="pyogrio", geometry_type=kinds[name]
            )
