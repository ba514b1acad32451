"""A picture with white tracks, and a model that takes white for track: small, exact, quick."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import rasterio
from affine import Affine
from onnx import TensorProto, helper, numpy_helper

GSD = 0.1
PROPS = {
    "model_type": "Segmentor",
    "class_names": {"0": "background", "1": "track"},
    "resolution": 10.0,
    "tile_size": 64,
    "tiles_overlap": 25,
    "standardization_mean": [0.0, 0.0, 0.0],
    "standardization_std": [1.0, 1.0, 1.0],
    "railmap_version": "0.0",
    "threshold": 0.5,
}


def write_model(path: Path) -> Path:
    """Sigmoid of 20 (brightness - 0.5), as one 1x1 convolution."""
    weights = {
        "w": np.full((1, 3, 1, 1), 20 / 3, np.float32),
        "b": np.array([-10.0], np.float32),
    }
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["image", "w", "b"], ["logit"]),
            helper.make_node("Sigmoid", ["logit"], ["probability"]),
        ],
        "white is track",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, 64, 64])],
        [helper.make_tensor_value_info("probability", TensorProto.FLOAT, [1, 1, 64, 64])],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    helper.set_model_props(model, {key: json.dumps(value) for key, value in PROPS.items()})
    onnx.save(model, path)
    return path


def write_image(path: Path, width: int = 900, height: int = 400, crs: str | None = "EPSG:25832"):
    """Two white tracks of 2.6 m on dark ground, 5 m apart, the upper one slightly curved."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    upper = 150 + 0.00008 * (x - width / 2) ** 2
    white = (np.abs(y - upper) <= 13) | (np.abs(y - 290) <= 13)
    pixels = np.where(white, 255, 40).astype(np.uint8)[None].repeat(3, axis=0)
    place = Affine(GSD, 0, 500000, 0, -GSD, 5700000)
    with rasterio.open(
        path, "w", driver="GTiff", count=3, height=height, width=width, dtype="uint8",
        crs=crs, transform=place, tiled=True, blockxsize=256, blockysize=256, compress="deflate",
    ) as dataset:  # fmt: skip
        dataset.write(pixels)
    return path
