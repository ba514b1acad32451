"""Tiny ONNX models and rasters in memory, for the tests of this room."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
from affine import Affine
from onnx import TensorProto, helper, numpy_helper
from rasterio.crs import CRS

from railmap.raster.types import Grid, Patch, PixelWindow

MEAN, STD = [0.5, 0.4, 0.3], [0.2, 0.25, 0.3]
PROPS = {
    "model_type": "Segmentor",
    "class_names": {"0": "background", "1": "track"},
    "resolution": 10.0,
    "tile_size": 64,
    "tiles_overlap": 25,
    "standardization_mean": MEAN,
    "standardization_std": STD,
    "railmap_version": "9.9",
    "threshold": 0.4,
}


def write_model(
    path: Path,
    *,
    tile: int | None = 64,
    channels: int = 1,
    bands: int = 3,
    activation: str | None = "Sigmoid",
    props: dict[str, object] | None = None,
    gain: float = 1.0,
) -> Path:
    """Two 3x3 convolutions (receptive field 5) and an activation."""
    rng = np.random.default_rng(3)
    weights = {
        "w1": rng.standard_normal((4, bands, 3, 3)) * 0.3,
        "w2": rng.standard_normal((channels, 4, 3, 3)) * 0.6 * gain,
    }
    nodes = [
        helper.make_node("Conv", ["image", "w1"], ["a"], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["a"], ["b"]),
        helper.make_node("Conv", ["b", "w2"], ["c"], pads=[1, 1, 1, 1]),
    ]
    if activation:
        extra = {"axis": 1} if activation == "Softmax" else {}
        nodes.append(helper.make_node(activation, ["c"], ["probability"], **extra))
    else:
        nodes.append(helper.make_node("Identity", ["c"], ["probability"]))
    size = [tile, tile] if tile else ["h", "w"]
    first = 1 if tile else "n"
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [first, bands, *size])],
        [helper.make_tensor_value_info("probability", TensorProto.FLOAT, [first, channels, *size])],
        [numpy_helper.from_array(w.astype(np.float32), n) for n, w in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    values = PROPS if props is None else props
    helper.set_model_props(model, {k: json.dumps(v) for k, v in values.items()})
    onnx.save(model, path)
    return path


class ArraySource:
    """A raster in memory that counts what is asked of it."""

    def __init__(self, pixels: np.ndarray, mask: np.ndarray | None = None) -> None:
        self.pixels = pixels
        self.mask = np.ones(pixels.shape[1:], bool) if mask is None else mask
        self.grid = Grid(
            CRS.from_epsg(32632),
            Affine(0.1, 0, 500000, 0, -0.1, 5500000),
            pixels.shape[2],
            pixels.shape[1],
        )
        self.reads: list[PixelWindow] = []

    def _inside(self, w: PixelWindow) -> tuple[slice, slice, slice, slice]:
        height, width = self.mask.shape
        r0, r1 = max(0, w.row), min(height, w.row + w.height)
        c0, c1 = max(0, w.col), min(width, w.col + w.width)
        return (
            slice(r0, r1),
            slice(c0, c1),
            slice(r0 - w.row, r1 - w.row),
            slice(c0 - w.col, c1 - w.col),
        )

    def read(self, window: PixelWindow) -> Patch:
        self.reads.append(window)
        pixels = np.zeros((3, window.height, window.width), np.uint8)
        mask = np.zeros((window.height, window.width), bool)
        rows, cols, to_rows, to_cols = self._inside(window)
        mask[to_rows, to_cols] = self.mask[rows, cols]
        pixels[:, to_rows, to_cols] = self.pixels[:, rows, cols] * self.mask[rows, cols]
        return Patch(pixels, mask, self.grid.transform, self.grid.crs)

    def has_data(self, window: PixelWindow) -> bool:
        rows, cols, _, _ = self._inside(window)
        return bool(self.mask[rows, cols].any())


def texture(height: int, width: int, seed: int = 0) -> np.ndarray:
    """Smooth noise, so that neighbouring levels are close."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 255, (3, height // 6 + 2, width // 6 + 2)).astype(np.float32)
    fine = coarse.repeat(6, axis=1).repeat(6, axis=2)[:, :height, :width]
    return np.clip(fine + rng.normal(0, 12, fine.shape), 0, 255).astype(np.uint8)
