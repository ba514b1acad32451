from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import openvino
import pytest
from onnx import numpy_helper

from railmap.errors import DeviceError, MissingExtraError, ModelError, UsageError
from railmap.inference import benchmark_backend, make_backend
from railmap.inference.backends.base import agree, sample_tile
from railmap.models.package import load_model
from tests.helpers.tiny_models import MEAN, PROPS, STD, write_model


def direct(path: Path, batch: np.ndarray) -> np.ndarray:
    """The model by ONNX Runtime, normalised by hand."""
    mean, std = (np.array(v, np.float32)[:, None, None] for v in (MEAN, STD))
    image = ((batch / np.float32(255) - mean) / std).astype(np.float32)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return np.concatenate([session.run(None, {"image": x[None]})[0] for x in image])


@pytest.fixture
def batch() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 255, (5, 3, 64, 64)).astype(np.uint8)


@pytest.mark.parametrize("device", ["cpu", "onnxruntime"])
def test_probability_equals_the_models_output(
    tmp_path: Path, batch: np.ndarray, device: str
) -> None:
    path = write_model(tmp_path / "m.onnx")
    backend = make_backend(load_model(path), device, threads=2, precision="fp32")
    result = backend.predict(batch)
    assert result.dtype == np.float32
    assert np.abs(result - direct(path, batch)[:, 0]).max() < 1e-5
    channels_last = np.ascontiguousarray(batch.transpose(0, 2, 3, 1))
    assert np.array_equal(backend.predict(channels_last), result)


def test_bf16_agrees_where_the_cpu_supports_it(tmp_path: Path, batch: np.ndarray) -> None:
    path = write_model(tmp_path / "m.onnx")
    backend = make_backend(load_model(path), "cpu", threads=2)
    assert backend.precision in ("bf16", "fp32")
    assert np.abs(backend.predict(batch) - direct(path, batch)[:, 0]).max() < 0.05


def test_auto_precision_falls_back_where_bf16_is_too_coarse(tmp_path: Path) -> None:
    path = write_model(tmp_path / "steep.onnx", gain=3000)
    assert make_backend(load_model(path), "cpu", threads=1).precision == "fp32"


def test_agreement_is_judged_by_the_worst_pixel() -> None:
    exact = np.full((4, 4), 0.5, np.float32)
    off = exact.copy()
    off[2, 1] = 0.56
    assert agree(exact, exact + np.float32(0.04))
    assert not agree(exact, off)
    assert not agree(exact, np.full((4, 4), np.nan, np.float32))


@pytest.mark.parametrize("device", ["cpu", "onnxruntime"])
@pytest.mark.parametrize("activation", ["Softmax", None])
def test_two_channel_models_with_dynamic_sizes(
    tmp_path: Path, batch: np.ndarray, device: str, activation: str | None
) -> None:
    props = {**PROPS, "class_names": {"0": "track", "1": "other"}}
    path = tmp_path / "foreign.onnx"
    write_model(path, tile=None, channels=2, activation=activation, props=props)
    backend = make_backend(load_model(path), device, threads=1, precision="fp32")
    raw = direct(path, batch)
    if activation is None:
        raw = np.exp(raw) / np.exp(raw).sum(axis=1, keepdims=True)
    assert np.abs(backend.predict(batch) - raw[:, 0]).max() < 1e-5


def test_one_channel_of_logits_gets_a_sigmoid(tmp_path: Path, batch: np.ndarray) -> None:
    path = write_model(tmp_path / "logits.onnx", activation=None)
    result = make_backend(load_model(path), "cpu", threads=1, precision="fp32").predict(batch)
    assert np.abs(result - 1 / (1 + np.exp(-direct(path, batch)[:, 0]))).max() < 1e-5


def test_results_are_in_order_for_every_batch_size(tmp_path: Path) -> None:
    model = load_model(write_model(tmp_path / "m.onnx"))
    tiles = np.random.default_rng(1).integers(0, 255, (23, 3, 64, 64)).astype(np.uint8)
    results = [
        make_backend(model, "cpu", threads=t, batch=b).predict(tiles).tobytes()
        for t, b in ((1, 1), (2, None), (3, 7))
    ]
    assert results[0] == results[1] == results[2]


def test_an_error_in_the_tiles_ends_the_map(tmp_path: Path) -> None:
    backend = make_backend(load_model(write_model(tmp_path / "m.onnx")), "cpu", threads=2)
    tile = sample_tile(64)

    def tiles():  # type: ignore[no-untyped-def]
        yield from [tile] * 5
        raise KeyError("gone")

    with pytest.raises(KeyError, match="gone"):
        list(backend.map(tiles()))
    assert backend.predict(tile[None]).shape == (1, 64, 64)


def test_unusable_graphs(tmp_path: Path) -> None:
    path = write_model(tmp_path / "m.onnx", activation="Nonsense")
    for device in ("cpu", "onnxruntime"):
        with pytest.raises(ModelError, match="cannot run the model") as caught:
            make_backend(load_model(path), device, threads=1)
        assert "\n" not in str(caught.value)
    small = write_model(tmp_path / "s.onnx", activation="GlobalAveragePool")
    with pytest.raises(ModelError, match="size of its input"):
        make_backend(load_model(small), "onnxruntime", threads=1)


def test_options_out_of_range(tmp_path: Path) -> None:
    model = load_model(write_model(tmp_path / "m.onnx"))
    with pytest.raises(UsageError, match="device"):
        make_backend(model, "tpu")
    with pytest.raises(UsageError, match="precision"):
        make_backend(model, precision="int3")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="threads"):
        make_backend(model, threads=0)
    has = openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    for low in {"bf16", "fp16"} - {name.lower() for name in has}:
        with pytest.raises(DeviceError, match=f"does not support {low}"):
            make_backend(model, "cpu", precision=low)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="fp32"):
        make_backend(model, "onnxruntime", precision="bf16")


def test_onnx_runtime_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(MissingExtraError, match="pip install onnxruntime"):
        make_backend(load_model(write_model(tmp_path / "m.onnx")), "onnxruntime")


def test_benchmark_measures(tmp_path: Path) -> None:
    measured = benchmark_backend(load_model(write_model(tmp_path / "m.onnx")), "cpu", 0.05)
    assert measured["backend"] == "openvino"
    assert measured["megapixels_per_second"] > 0
    json.dumps(measured)


def test_torch_names_what_is_missing(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    model = load_model(write_model(tmp_path / "m.onnx"))
    if not torch.cuda.is_available():
        with pytest.raises(DeviceError, match="CUDA"):
            make_backend(model, "cuda")
    with pytest.raises(DeviceError, match="cuda:99"):
        make_backend(model, "cuda:99")
    with pytest.raises(ModelError, match="its weights, which this file does not hold"):
        make_backend(model, "torch")


def test_torch_batches_in_order(
    tmp_path: Path, batch: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch = pytest.importorskip("torch")
    import railmap.nets

    props = {**PROPS, "network": "tiny", "package_format": 2}
    path = write_model(tmp_path / "m.onnx", props=props)
    weights = {w.name: numpy_helper.to_array(w) for w in onnx.load(path).graph.initializer}

    def tiny(name: str, **options: object) -> torch.nn.Module:
        assert name == "tiny"
        assert options == {"num_classes": 1, "weights": path}
        convolutions = [torch.nn.Conv2d(3, 4, 3, padding=1), torch.nn.Conv2d(4, 1, 3, padding=1)]
        for layer, key in zip(convolutions, ("w1", "w2"), strict=True):
            layer.weight.data = torch.tensor(weights[key])
            layer.bias.data.zero_()
        return torch.nn.Sequential(convolutions[0], torch.nn.ReLU(), convolutions[1])

    monkeypatch.setattr(railmap.nets, "build_network", tiny)
    model = load_model(path)
    expected = direct(path, batch)[:, 0]
    for size in (1, 2, 4, 9):
        backend = make_backend(model, "torch", threads=1, precision="fp32", batch=size)
        assert np.abs(backend.predict(batch) - expected).max() < 1e-5
    low = make_backend(model, "torch", threads=1, precision="bf16", batch=2).predict(batch)
    assert 0 < np.abs(low - expected).max() < 0.05


@pytest.mark.slow
def test_all_backends_agree_on_a_railmap_network(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    from railmap.models.export.tracks import export_model
    from railmap.models.metadata import ModelMetadata
    from railmap.nets import build_network

    torch.set_num_threads(1)
    name = "deeplabv3plus-mobilenetv3-carafe-slim"
    torch.manual_seed(0)
    network = build_network(name).eval()
    path = tmp_path / "net.onnx"
    export_model(
        network, path, ModelMetadata(name="net", version="0", gsd=0.1, network=name, tile_size=64)
    )
    model = load_model(path)
    assert model.class_names[model.track_class] == "track"
    tiles = np.stack([sample_tile(64), sample_tile(64)[:, ::-1], sample_tile(64)[:, :, ::-1]])
    results = {
        device: make_backend(model, device, threads=1, precision="fp32", batch=2).predict(tiles)
        for device in ("cpu", "onnxruntime", "torch")
    }
    assert np.abs(results["cpu"] - results["torch"]).max() < 2e-3
    assert np.abs(results["onnxruntime"] - results["torch"]).max() < 2e-3
