"""Accuracy against speed: images averaged down, models run in tiles."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from railmap.errors import InputError, UsageError
from railmap.lab.tracks import equal as track_equal
from railmap.lab.tracks.equal import EqualTime, step_seconds, train_equally
from railmap.lab.tracks.evaluation_images import evaluation_images_at, render_evaluation_images
from railmap.lab.tracks.speed import Candidate, measure_models, write_speed
from railmap.progress import NullReporter
from railmap.training.data.sample import Sample


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
    candidates = [Candidate(str(model), gsd) for gsd in (0.05, 0.1)]
    points = measure_models(candidates, [Sample(image, target)], NullReporter())
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


def test_render_evaluation_images_have_masks_and_repeat() -> None:
    one, again = (render_evaluation_images(1, side=128, seed=3)[0] for _ in range(2))
    assert (one.image == again.image).all()
    assert (one.target == again.target).all()
    assert set(np.unique(one.target)) <= {0, 254, 255}


def test_tiles_at_the_edge_stay_on_the_image(tmp_path: Path) -> None:
    """An image that is no multiple of the tiles, with a band along each edge."""
    image, target = np.full((201, 333, 3), 40, np.uint8), np.zeros((201, 333), np.uint8)
    for part in (np.s_[:7], np.s_[-7:], np.s_[:, :7], np.s_[:, -7:], np.s_[90:97]):
        image[part], target[part] = 215, 254
    (point,) = measure_models(
        [Candidate(str(bright_model(tmp_path / "bright.onnx")), 0.05)],
        [Sample(image, target)],
        NullReporter(),
    )
    assert point.iou == 1.0


def test_nothing_to_measure() -> None:
    with pytest.raises(InputError, match="no model"):
        measure_models([], [], NullReporter())


def test_images_are_averaged_down() -> None:
    image, target = np.zeros((64, 64, 3), np.uint8), np.zeros((64, 64), np.uint8)
    image[:, 32:], target[:, 32:], target[:16] = 200, 254, 255
    (coarse,) = evaluation_images_at([Sample(image, target)], 0.2)
    assert coarse.target.shape == (16, 16)
    assert (coarse.target[4:, 8:] == 254).all()
    assert (coarse.target[4:, :8] == 0).all()
    assert (coarse.target[:4] == 255).all()
    assert (coarse.image[:, 8:] == 200).all()


# --- networks trained for the same time

PLAIN = "deeplabv3plus-mobilenetv2-bilinear"
TINY = EqualTime(seconds=0.3, batch=2, size=32, rendered=2, device="cpu")


def test_steps_of_all_networks_are_timed() -> None:
    seconds = step_seconds(["u-net", PLAIN], EqualTime(batch=2, size=64, device="cpu"))
    assert set(seconds) == {"u-net", PLAIN}
    assert min(seconds.values()) > 0


@pytest.mark.slow
def test_networks_get_the_steps_that_fit_and_are_not_trained_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "speed.runs"
    # However busy the machine is, three steps fit.
    monkeypatch.setattr(track_equal, "step_seconds", lambda names, _: dict.fromkeys(names, 0.09))
    made = train_equally([PLAIN], [0.2], TINY, folder, NullReporter())
    assert [(Path(one.model).name, one.gsd, one.label) for one in made] == [
        (f"{PLAIN}-20cm.onnx", 0.2, PLAIN)
    ]
    assert made[0].steps == 3
    assert (folder / "steps.txt").read_text("utf-8").splitlines()[1] == f"{PLAIN} {made[0].steps}"
    weights = folder / f"{PLAIN}-20cm" / "weights.safetensors"
    before = weights.stat().st_mtime_ns, weights.read_bytes()
    assert train_equally([PLAIN], [0.2], TINY, folder, NullReporter()) == made
    assert (weights.stat().st_mtime_ns, weights.read_bytes()) == before
    (point,) = measure_models(made, render_evaluation_images(1, side=256), NullReporter())
    assert (point.model, point.steps) == (PLAIN, made[0].steps)
    with pytest.raises(UsageError, match="another budget"):
        train_equally([PLAIN], [0.2], EqualTime(seconds=2, device="cpu"), folder, NullReporter())


def test_a_budget_below_one_step(tmp_path: Path) -> None:
    tiny = EqualTime(seconds=1e-6, batch=2, size=32, device="cpu")
    with pytest.raises(UsageError, match="less than one step"):
        train_equally([PLAIN], [0.2], tiny, tmp_path, NullReporter())
