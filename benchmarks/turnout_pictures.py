"""Picture of turnouts and diamonds: the truth, a plain skeleton, and railmap's lines.

    python benchmarks/turnout_pictures.py docs/images/turnouts.jpg

The skeleton and railmap's first column work on the same exact mask of the same rendered images at
10 cm, its second on the exact tent. The skeleton is scikit-image's, its nodes are the pixels where
three or more branches meet: what most tools do.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import cv2
import geopandas as gpd
import numpy as np
import rasterio
from acceptance import _trace
from acceptance_images import Case, make_case
from numpy.typing import NDArray
from scipy.ndimage import convolve, label
from skimage.morphology import skeletonize

#: Kind of layout, first seed, kind of node, and label of the row.
ROWS = (
    ("junction", 1_000_000, "switch", "turnout"),
    ("yard", 1_000_000, "switch", "ladder of a yard"),
    ("diamond", 1_001_000, "railway_crossing", "diamond"),
)
_KINDS = ("switch", "railway_crossing")
GSD = 0.10
SIDE = 200.0
LENGTH, BREADTH = 92.0, 30.0  # of a panel, m
SCALE = 5.0  # px per m of a panel
TRUTH, PLAIN, OURS = (60, 200, 60), (60, 60, 255), (255, 150, 40)  # BGR


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("output", type=Path)
    output = parser.parse_args().output
    with tempfile.TemporaryDirectory() as folder:
        rows = [_row(Path(folder), *row) for row in ROWS]
    cv2.imwrite(str(output), np.vstack(rows), [cv2.IMWRITE_JPEG_QUALITY, 88])


def _row(folder: Path, kind: str, seed: int, railway: str, title: str) -> NDArray[np.uint8]:
    """Four panels around the node furthest from the edges of an image."""
    case = make_case(folder, kind, GSD, seed, SIDE)
    nodes, truth = (gpd.read_file(case.truth, layer=name) for name in ("node", "centreline"))
    chosen = nodes[nodes["railway"] == railway]
    middle = gpd.read_file(case.truth, layer="area").union_all().centroid
    node = chosen.geometry.iloc[int(chosen.distance(middle).argmin())]
    view = _View(case, node, truth)
    lines, ys = _plain(case)
    kept = nodes[nodes["railway"].isin(_KINDS)]
    panels = [
        view.panel(f"{title}: truth", truth.geometry, kept.geometry, TRUTH),
        view.panel("plain skeleton", lines, ys, PLAIN, dots=True),
    ]
    for method, name in (("mask", "railmap, from the mask"), ("no rails", "railmap, from a tent")):
        target = folder / f"{case.name}_map.gpkg"
        _trace(case, method, target)
        links = gpd.read_file(target, layer="railway_link")
        found = gpd.read_file(target, layer="railway_node")
        found = found[found["railway"].isin(_KINDS)]
        panels.append(view.panel(name, links.geometry, found.geometry, OURS))
    return np.hstack(panels)


class _View:
    """A piece of the picture turned so that the track through a point runs from left to right."""

    def __init__(self, case: Case, node: object, truth: gpd.GeoDataFrame) -> None:
        nearest = truth.geometry.iloc[int(truth.distance(node).argmin())]
        at = nearest.project(node)
        a = nearest.interpolate(max(at - 8.0, 0.0))
        b = nearest.interpolate(min(at + 8.0, nearest.length))
        angle = np.arctan2(b.y - a.y, b.x - a.x)
        c, s = np.cos(angle), np.sin(angle)
        self._origin = np.array([node.x, node.y])
        self._turn = np.array([[c, s], [-s, c]])
        with rasterio.open(case.image) as file:
            image, grid = file.read().transpose(1, 2, 0)[..., ::-1], file.transform
        # panel pixel -> metres -> picture pixel
        width, height = round(LENGTH * SCALE), round(BREADTH * SCALE)
        back = self._turn.T @ np.diag([1 / SCALE, -1 / SCALE])
        corner = self._origin + self._turn.T @ np.array([-LENGTH / 2, BREADTH / 2])
        to_pixel = np.diag([1 / grid.a, 1 / grid.e])
        matrix = np.column_stack([to_pixel @ back, to_pixel @ (corner - (grid.c, grid.f)) - 0.5])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        picture = cv2.warpAffine(np.ascontiguousarray(image), matrix, (width, height), flags=flags)
        self._picture = np.asarray(picture * 0.75 + 20, np.uint8)

    def pixels(self, xy: NDArray[np.float64]) -> NDArray[np.int32]:
        """Panel coordinates in sixteenths of a pixel."""
        local = (xy - self._origin) @ self._turn.T
        place = np.stack([local[:, 0] + LENGTH / 2, BREADTH / 2 - local[:, 1]], 1) * SCALE
        return np.round(place * 16).astype(np.int32)

    def panel(
        self, title: str, lines: object, nodes: object, colour: tuple[int, ...], dots: bool = False
    ) -> NDArray[np.uint8]:
        image = self._picture.copy()
        for line in lines:
            xy = np.asarray(line.coords if hasattr(line, "coords") else line)[:, :2]
            if dots:
                for x, y in self.pixels(xy):
                    cv2.circle(image, (int(x), int(y)), 10, colour, -1, cv2.LINE_AA, 4)
            else:
                cv2.polylines(image, [self.pixels(xy)], False, colour, 2, cv2.LINE_AA, 4)
        for node in nodes:
            xy = np.array([[node.x, node.y]]) if hasattr(node, "x") else np.array([node])
            x, y = self.pixels(xy)[0]
            cv2.circle(image, (int(x), int(y)), 7 * 16, (255, 255, 255), 2, cv2.LINE_AA, 4)
        cv2.rectangle(image, (0, 0), (9 * len(title) + 10, 20), (255, 255, 255), -1)
        cv2.putText(image, title, (5, 15), cv2.FONT_HERSHEY_SIMPLEX, 0.48, (0, 0, 0), 1, 16)
        return cv2.copyMakeBorder(image, 2, 2, 2, 2, cv2.BORDER_CONSTANT, value=(255, 255, 255))


def _plain(case: Case) -> tuple[list[NDArray[np.float64]], list[NDArray[np.float64]]]:
    """Skeleton pixels and the middles of the places where branches meet, in the picture's CRS."""
    with rasterio.open(case.mask) as file:
        mask, grid = file.read(1) > 127, file.transform
    skeleton = skeletonize(mask)
    around = convolve(skeleton.astype(int), np.ones((3, 3), int), mode="constant") - 1
    spots, count = label(skeleton & (around > 2), np.ones((3, 3)))
    rows, cols = np.nonzero(skeleton)
    points = np.column_stack([grid.c + (cols + 0.5) * grid.a, grid.f + (rows + 0.5) * grid.e])
    nodes = []
    for number in range(1, count + 1):
        r, c = np.nonzero(spots == number)
        nodes.append(
            np.array([grid.c + (c.mean() + 0.5) * grid.a, grid.f + (r.mean() + 0.5) * grid.e])
        )
    return [points], nodes


if __name__ == "__main__":
    main()
