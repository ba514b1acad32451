"""Real images: labelled ones, and images without any railway."""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.errors import RasterioError
from rasterio.io import DatasetReader
from rasterio.warp import transform_bounds

from railmap.errors import InputError, RasterError
from railmap.files.raster_file import open_raster_file
from railmap.files.walk import list_files
from railmap.training.data.fields import NodeTruth, draw_fields
from railmap.training.data.sample import FILL, IGNORE, TENT_LENGTH, Sample
from railmap.training.data.tent import draw_tent

__all__ = ["RealImage", "read_labelled", "read_negatives"]

_MOST_GSD = 0.6  # metres; coarser images show no tracks
_SUFFIXES = {".tif", ".tiff", ".jpg", ".jpeg", ".png", ".jp2"}


@dataclass(slots=True)
class RealImage:
    """An image with its centrelines, in pixels of the image.

    Parameters
    ----------
    name
        File name without suffix.
    image
        ``(H, W, 3)`` uint8 RGB.
    valid
        ``(H, W)`` bool, True where there is data.
    gsd
        Metres per pixel.
    lines
        Centrelines, ``(n, 2)`` x/y from the corner of the first pixel.
    ignore
        Rings that are not judged, same coordinates.
    nodes
        All switches and crossings, same coordinates; None where they are not known.
    weight
        How often it is sampled, relative to the others.
    occluded
        For each line whether something covers the track; empty means that none is covered.
    """

    name: str
    image: NDArray[np.uint8]
    valid: NDArray[np.bool_]
    gsd: float
    lines: list[NDArray[np.float64]] = field(default_factory=list)
    ignore: list[NDArray[np.float64]] = field(default_factory=list)
    nodes: list[NodeTruth] | None = None
    weight: float = 1.0
    occluded: list[bool] = field(default_factory=list)

    def at(self, gsd: float, *, multiple: int = 32) -> Sample:
        """Return the whole image at `gsd`, padded to a multiple of `multiple` pixels."""
        scale = self.gsd / gsd
        h, w = (round(side * scale) for side in self.valid.shape)
        padded_w, padded_h = -(-w // multiple) * multiple, -(-h // multiple) * multiple
        move = np.array([[scale, 0, 0], [0, scale, 0]], np.float64)
        return self._warp(move, scale, (padded_h, padded_w), gsd, cv2.INTER_LINEAR)

    def crop(
        self, rng: np.random.Generator, size: int, gsd: float, zoom: tuple[float, float]
    ) -> Sample:
        """Cut a square of `size` pixels at a random place, angle and zoom.

        Where there are tracks, two squares in three are on one. The tent is enlarged too:
        enlargement is invisible to the network.
        """
        factor = float(np.exp(rng.uniform(*np.log(zoom))))
        scale = self.gsd / gsd * factor
        quarter = rng.random() < 0.4  # unturned images stay as sharp as they are in use
        angle = rng.integers(4) * np.pi / 2 if quarter else rng.uniform(0, 2 * np.pi)
        cos, sin = np.cos(angle) * scale, np.sin(angle) * scale
        h, w = self.valid.shape
        centre = np.array([rng.uniform(0.15, 0.85) * w, rng.uniform(0.15, 0.85) * h])
        if self.lines and rng.random() < 2 / 3:
            line = self.lines[int(rng.integers(len(self.lines)))]
            part = int(rng.integers(len(line) - 1))
            on = line[part] + rng.random() * (line[part + 1] - line[part])
            centre = np.clip(on + rng.uniform(-0.35, 0.35, 2) * size / scale, 0, [w, h])
        turn = np.array([[cos, -sin], [sin, cos]])
        move = np.column_stack([turn, size / 2 - turn @ centre])
        method = cv2.INTER_LINEAR if rng.random() < 0.6 else cv2.INTER_CUBIC
        return self._warp(move, scale, (size, size), gsd / factor, method)

    def _warp(
        self,
        move: NDArray[np.float64],
        scale: float,
        shape: tuple[int, int],
        gsd: float,
        method: int,
    ) -> Sample:
        """Resample under `move` (x/y of corners → x/y of corners); `gsd` is the tent's."""
        image, valid = self.image, self.valid.astype(np.uint8)
        shrink = np.eye(2)
        if scale < 1:  # average first: interpolation alone would skip pixels
            h, w = valid.shape
            size = (max(1, round(w * scale)), max(1, round(h * scale)))
            image = cv2.resize(image, size, None, 0, 0, cv2.INTER_AREA)
            valid = cv2.resize(valid, size, None, 0, 0, cv2.INTER_NEAREST)
            shrink = np.diag([w / size[0], h / size[1]])
        whole = move.copy()
        whole[:, :2] = move[:, :2] @ shrink
        centred = whole.copy()  # OpenCV counts from pixel centres
        centred[:, 2] += whole[:, :2] @ [0.5, 0.5] - 0.5
        size = (shape[1], shape[0])
        fill = tuple(int(v) for v in FILL)
        image = cv2.warpAffine(image, centred, size, None, method, cv2.BORDER_REPLICATE)
        valid = cv2.warpAffine(
            valid, centred, size, None, cv2.INTER_NEAREST, cv2.BORDER_CONSTANT, 0
        )
        image[valid == 0] = fill
        lines = [line @ move[:, :2].T + move[:, 2] for line in self.lines]
        target = draw_tent(shape, lines, TENT_LENGTH / gsd)
        for ring in self.ignore:
            corners = np.round((ring @ move[:, :2].T + move[:, 2] - 0.5) * 16).astype(np.int32)
            cv2.fillPoly(target, [corners], IGNORE, cv2.LINE_8, 4)
        target[valid == 0] = IGNORE
        nodes = self.nodes and [
            NodeTruth(float(x), float(y), node.kind)
            for node in self.nodes
            for x, y in [move[:, :2] @ (node.x, node.y) + move[:, 2]]
        ]
        fields = draw_fields(shape, lines, nodes, gsd, TENT_LENGTH)
        return Sample(np.asarray(image, np.uint8), target, fields)


def read_labelled(folder: Path, *, nodes_known: bool = False) -> list[RealImage]:
    """Read ``NAME.tif`` with ``NAME.geojson``.

    Tracks are LineStrings (with ``"occluded": true`` in their properties where something covers
    them), areas that are not judged Polygons, switches Points. With `nodes_known` there are no
    other switches than these, and no crossings.

    Raises
    ------
    InputError
        If there is no such pair, or a label file cannot be read.
    """
    images = []
    for path in list_files(folder, (".geojson",)):
        raster = path.with_suffix(".tif")
        with _open(raster) as source:
            image = _read(source, raster, _gsd(source) or 0.0, 0.0)
            if image.gsd <= 0:
                raise InputError(f"{raster}: no georeference; labels in metres cannot be placed")
            inverse = ~source.transform
        if nodes_known:
            image.nodes = []
        try:
            features = json.loads(path.read_text("utf-8"))["features"]
            for feature in features:
                shape = feature["geometry"]
                ring, point = (shape["type"] == kind for kind in ("Polygon", "Point"))
                points = np.array(shape["coordinates"][0] if ring else shape["coordinates"])
                points = np.atleast_2d(points)
                a, b, c, d, e, f = inverse[:6]
                x, y = points[:, 0], points[:, 1]
                xy = np.column_stack((a * x + b * y + c, d * x + e * y + f))
                if point:
                    if image.nodes is not None:
                        image.nodes.append(NodeTruth(float(xy[0, 0]), float(xy[0, 1]), "switch"))
                    continue
                (image.ignore if ring else image.lines).append(xy.astype(np.float64))
                if not ring:
                    properties = feature.get("properties") or {}
                    image.occluded.append(properties.get("occluded") is True)
        except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
            raise InputError(f"{path}: labels cannot be read ({error})") from error
        images.append(image)
    if not images:
        raise InputError(f"{folder}: no NAME.geojson with a NAME.tif next to it")
    return images


def read_negatives(
    folders: Iterable[tuple[Path, float, float]], gsd: float, skip: Sequence[str] = ()
) -> list[RealImage]:
    """Read images without railway from `folders`, each with GSD to guess (metres) and weight.

    The guess is for images without georeference; the images of a folder share its weight. Images
    coarser than 0.6 m are excluded, and names that match a pattern of `skip`. Detail finer than
    half of `gsd` is not kept.

    Raises
    ------
    InputError
        If a folder holds no usable image.
    """
    images: list[RealImage] = []
    for folder, guess, weight in folders:
        before = len(images)
        for path in list_files(folder, _SUFFIXES, deep=True):
            inside = path.relative_to(folder).as_posix()
            if any(fnmatch.fnmatch(inside, pattern) for pattern in skip):
                continue
            with _open(path) as source:
                own = _gsd(source) or guess
                if own <= _MOST_GSD:
                    images.append(_read(source, path, own, gsd / 2))
        if len(images) == before:
            raise InputError(f"{folder}: no image with a GSD of at most {_MOST_GSD} m in it")
        for image in images[before:]:
            image.weight, image.nodes = weight / (len(images) - before), []
    return images


def _open(path: Path) -> DatasetReader:
    try:
        return open_raster_file(path)
    except RasterioError as error:
        raise RasterError(f"{path}: cannot be opened ({error})") from error


def _gsd(source: DatasetReader) -> float | None:
    """Metres per pixel from the georeference, None if there is none."""
    if source.crs is None or source.transform.is_identity:
        return None
    if source.crs.is_geographic:
        west, south, east, north = source.bounds
        middle = (south + north) / 2
        metres = np.radians(east - west) * 6378137.0 * np.cos(np.radians(middle))
        return float(metres) / source.width
    if source.crs.to_epsg() == 3857:
        north = transform_bounds(source.crs, "EPSG:4326", *source.bounds)[3]
        return abs(source.transform.a) * float(np.cos(np.radians(north)))
    return abs(source.transform.a) * float(source.crs.linear_units_factor[1])


def _read(source: DatasetReader, path: Path, gsd: float, finest: float) -> RealImage:
    """Read as RGB uint8, no finer than `finest` metres per pixel."""
    shrink = max(1.0, finest / gsd) if gsd > 0 else 1.0
    shape = (max(1, round(source.height / shrink)), max(1, round(source.width / shrink)))
    bands = [1, 2, 3] if source.count >= 3 else [1, 1, 1]
    try:
        pixels = source.read(
            bands, out_shape=(3, *shape), resampling=rasterio.enums.Resampling.average
        )
        valid = source.dataset_mask(out_shape=shape) > 0
    except RasterioError as error:
        raise RasterError(f"{path}: cannot be read ({error})") from error
    if pixels.dtype != np.uint8:
        low, high = np.percentile(pixels[:, valid], (1, 99)) if valid.any() else (0, 1)
        pixels = np.clip((pixels - low) / max(high - low, 1e-9) * 255, 0, 255).astype(np.uint8)
    image = np.ascontiguousarray(pixels.transpose(1, 2, 0))
    return RealImage(path.stem, image, valid, gsd * shrink)
