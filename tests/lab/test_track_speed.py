"""Accuracy against speed: scenes averaged down, models run in tiles."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from railmap.lab.track_speed import measure_models, rendered_scenes, write_speed
from railmap.progress import NullReporter
from railmap.training.sample import Sample


def bright_model(path: Path) -> Path:
    """Probability rises with brightness, 0.5 at grey 128."""
    import json

    import onnx
    from onnx import TensorProto, helper, numpy_helper

    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["image", "w"], ["logits"]),
            helper.make_node("Sigmoid", ["logits"], ["probability"]),
        ],
        "bright",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, 128, 128])],
        [helper.make_tensor_value_info("probability", TensorProto.FLOAT, [1, 1, 128, 128])],
        [numpy_helper.from_array(np.full((1, 3, 1, 1), 8 / 3, np.float32), "w")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    for key, value in {
        "model_type": "Segmentor",
        "class_names": {"0": "background", "1": "track"},
        "resolution": 10.0,
        "standardization_mean": [0.5, 0.5, 0.5],
        "standardization_std": [0.5, 0.5, 0.5],
    }.items():
        entry = model.metadata_props.add()
        entry.key, entry.value = key, json.dumps(value)
    onnx.save(model, str(path))
    return path


def test_a_band_is_found_at_every_gsd_and_the_ground_grows(tmp_path: Path) -> None:
    image = np.full((300, 400, 3), 40, np.uint8)
    target = np.zeros((300, 400), np.uint8)
    image[100:152], target[100:152] = 215, 254
    target[:, 380:] = 255
    image[:, 380:] = 215  # not judged: no error
    model = bright_model(tmp_path / "bright.onnx")
    points = measure_models([str(model)], [0.05, 0.1], [Sample(image, target)], NullReporter())
    assert [point.gsd for point in points] == [0.05, 0.1]
    assert [point.iou for point in points] == [pytest.approx(1.0, abs=0.03)] * 2
    for point in points:
        assert point.mp_per_s > 0
        assert point.km2_per_h == pytest.approx(point.mp_per_s * point.gsd**2 * 3600)
    write_speed(tmp_path / "speed", points, ["the data"], "the command")
    assert {p.name for p in tmp_path.glob("speed.*")} == {"speed.md", "speed.csv", "speed.png"}
    text = (tmp_path / "speed.md").read_text("utf-8")
    assert "| bright | 0.05 |" in text
    assert "the data" in text
    assert "`the command`" in text


def test_rendered_scenes_have_masks_and_repeat() -> None:
    one, again = (rendered_scenes(1, side=128, seed=3)[0] for _ in range(2))
    assert (one.image == again.image).all()
    assert (one.target == again.target).all()
    assert set(np.unique(one.target)) <= {0, 254, 255}
