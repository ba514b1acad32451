"""Images of `acceptance.py`: image, truth, and the output of a perfect network."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import geopandas as gpd
import numpy as np
import rasterio
import shapely
from affine import Affine
from numpy.typing import NDArray

from railmap.raster.probability import BAND_NAME
from railmap.rendering import Scene, render_scene, write_scene

#: Kinds of layout that the renderer offers, and two that are searched for.
KINDS = ("plain", "double", "multiple", "junction", "yard", "diamond", "level crossing", "hidden")
#: GSD (m) and side of the image (m).
SIDES = {0.02: 50.0, 0.05: 90.0, 0.10: 140.0, 0.30: 220.0}
MODEL_GSD = 0.10
_HIDDEN = (0.02, 0.4)  # share of hidden track: less in all kinds except "hidden"
_SPOT = 0.8  # objects that cover less than about this of a track do not hide it, m
_TRIES = 100


@dataclass(frozen=True)
class Case:
    """Files of one rendered image: pixels, truth, true tent at 10 cm, true mask at the GSD."""

    kind: str
    gsd: float
    seed: int
    gauge_mm: int
    image: Path
    truth: Path
    tent: Path
    mask: Path

    @property
    def name(self) -> str:
        return self.image.stem


def make_case(folder: Path, kind: str, gsd: float, seed: int, side: float | None = None) -> Case:
    """Render an image of a kind, at `seed` or the first seed after it that shows this kind."""
    pixels = round((side or SIDES[gsd]) / gsd)
    layout = {"level crossing": "double", "hidden": "multiple"}.get(kind, kind)
    for trial in range(seed, seed + _TRIES):
        scene = render_scene(trial, gsd=gsd, width=pixels, height=pixels, kind=layout)
        if _shows(scene, kind):
            break
    else:
        raise SystemExit(f"no image of kind {kind} in {_TRIES} seeds from {seed}")
    assert scene.plan is not None
    stem = folder / f"{kind.replace(' ', '_')}_{round(gsd * 100):02d}_{trial}"
    case = Case(
        kind, gsd, trial, scene.plan.gauge_mm, stem.with_suffix(".tif"), stem.with_suffix(".gpkg"),
        stem.with_name(stem.name + "_tent.tif"), stem.with_name(stem.name + "_mask.tif"),
    )  # fmt: skip
    write_scene(scene, case.image, case.truth, overwrite=True)
    seen = (~_cover(scene)).astype(np.float32)
    _write(case.tent, case.image, exact_tent(scene, MODEL_GSD, pixels * gsd, seen), MODEL_GSD)
    band = exact_tent(scene, gsd, pixels * gsd) >= 0.5
    _write(case.mask, case.image, band.astype(np.float64), gsd)
    return case


def _shows(scene: Scene, kind: str) -> bool:
    """Return whether an image shows its kind: a road, hidden track, or no hidden track."""
    assert scene.plan is not None
    rows, cols = scene.image.shape[:2]
    share = _covered(scene)
    if kind == "hidden":
        return _HIDDEN[0] < share < _HIDDEN[1]
    if share > _HIDDEN[0] or not _photographed(scene):
        return False
    half = np.array([cols, rows]) * scene.gsd / 2 - 5.0
    return kind != "level crossing" or any(
        node.railway == "level_crossing" and (np.abs([node.x, node.y]) < half).all()
        for node in scene.plan.nodes
    )


def _photographed(scene: Scene) -> bool:
    """Return whether most of the tracks are where the image has data."""
    row, col = _track_pixels(scene)
    return len(row) > 0 and float(scene.valid[row, col].mean()) > 0.5


def _covered(scene: Scene) -> float:
    """Share of the tracks that is hidden."""
    row, col = _track_pixels(scene)
    return float(_cover(scene)[row, col].mean()) if len(row) else 1.0


def _track_pixels(scene: Scene) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows and columns of the tracks' points within the image."""
    assert scene.plan is not None
    rows, cols = scene.image.shape[:2]
    points = np.concatenate([t.xy for t in scene.plan.tracks]) / scene.gsd + (cols / 2, rows / 2)
    col, row = points[(points >= 0).all(1) & (points < (cols, rows)).all(1)].astype(int).T
    return row, col


def _cover(scene: Scene) -> NDArray[np.bool_]:
    """Pixels of hidden track; spots and leaves do not hide it from a network."""
    cover = cv2.GaussianBlur(scene.hidden.astype(np.float32), (0, 0), _SPOT / scene.gsd)
    return np.asarray(cover > 0.5)


def exact_tent(
    scene: Scene, gsd: float, side: float, seen: NDArray[np.float32] | None = None
) -> NDArray[np.float64]:
    """Tent ``max(0, 1 - d / L)`` from exact distances to the centrelines.

    The nearest pixel of a rasterised line gives the nearest point of the curve; the distance is
    then computed from the curve itself, so it is not rounded to pixels.

    Parameters
    ----------
    scene
        Rendered image, tracks in metres from the middle, y downwards.
    gsd
        Of the result, m.
    side
        Of the image, m.
    seen
        Visible share of each pixel: the tent is 0 where nothing is visible.
    """
    assert scene.plan is not None
    sleeper = scene.plan.sleeper_m
    pad = int(np.ceil(1.2 * sleeper / gsd))
    count = round(side / gsd) + 2 * pad
    line = np.full((count, count), 255, np.uint8)
    point = np.zeros((count, count, 2))
    along = np.zeros((count, count, 2))
    end = np.zeros((count, count), bool)
    for track in scene.plan.tracks:
        s = np.r_[0, np.cumsum(np.hypot(*np.diff(track.xy, axis=0).T))]
        at = np.arange(0, s[-1], 0.3 * gsd)
        xy = np.stack([np.interp(at, s, track.xy[:, i]) for i in (0, 1)], 1)
        tangent = np.gradient(xy, axis=0)
        tangent /= np.hypot(*tangent.T)[:, None]
        col, row = np.floor((xy + side / 2) / gsd).astype(int).T + pad
        keep = (row >= 0) & (col >= 0) & (row < count) & (col < count)
        row, col = row[keep], col[keep]
        line[row, col] = 0
        point[row, col], along[row, col] = xy[keep], tangent[keep]
        if track.stub and keep[-1]:
            end[row[-1], col[-1]] = True
    _, label = cv2.distanceTransformWithLabels(line, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    source = np.zeros(int(label.max()) + 1, np.int64)
    on = np.flatnonzero(line.ravel() == 0)
    source[label.ravel()[on]] = on
    nearest = source[label]
    x = (np.arange(count) - pad + 0.5) * gsd - side / 2
    dx = x[None, :] - point.reshape(-1, 2)[nearest, 0]
    dy = x[:, None] - point.reshape(-1, 2)[nearest, 1]
    t = along.reshape(-1, 2)[nearest]
    distance = np.where(
        end.ravel()[nearest], np.hypot(dx, dy), np.abs(dx * t[..., 1] - dy * t[..., 0])
    )
    distance = np.where(np.hypot(dx, dy) > 3 * sleeper, np.inf, distance)
    inner = slice(pad, count - pad)
    result = np.maximum(0.0, 1.0 - distance[inner, inner] / sleeper)
    if seen is not None:
        result = result * cv2.resize(seen, result.shape[::-1], interpolation=cv2.INTER_AREA)
    return result


def _write(path: Path, like: Path, values: NDArray[np.float64], gsd: float) -> None:
    """Write a probability raster with the corner and CRS of an image; tents are tagged."""
    tent = path.stem.endswith("_tent")
    with rasterio.open(like) as image:
        crs, corner = image.crs, image.transform
    with rasterio.open(
        path, "w", driver="GTiff", width=values.shape[1], height=values.shape[0], count=1,
        dtype="uint8", nodata=255, crs=crs, compress="deflate",
        transform=Affine(gsd, 0, corner.c, 0, -gsd, corner.f),
    ) as target:  # fmt: skip
        target.write(np.round(values * 254).astype(np.uint8), 1)
        if tent:
            target.set_band_description(1, BAND_NAME)
            target.update_tags(RAILMAP_PROFILE="tent")


def offsets(links: gpd.GeoDataFrame, truth: gpd.GeoDataFrame, step: float = 0.5) -> list[NDArray]:
    """Distances (m) of each link's points from the nearest true track, without those beyond 0.5 m.

    Points past the end of all tracks have their distance along a track: also excluded.
    """
    tree = shapely.STRtree(truth.geometry.to_numpy())
    found = []
    for line in links.geometry:
        points = shapely.line_interpolate_point(line, np.arange(step / 2, line.length, step))
        near, distance = tree.query_nearest(points, return_distance=True, all_matches=False)
        at = shapely.line_locate_point(tree.geometries[near[1]], points[near[0]])
        size = shapely.length(tree.geometries[near[1]])
        found.append(distance[(distance <= 0.5) & (at > 0.01) & (at < size - 0.01)])
    return found
