"""Weights in half precision: what is rounded, what is not, and how they come back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from railmap.errors import ModelError
from railmap.models.export.package import GraphSpec, write_package
from railmap.models.tensors import load_weights, read_tensors

INPUT = (1, 3, 16, 16)


class Small(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 16, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(16)
        self.last = nn.Conv2d(16, 2, 1)

    def forward(self, image: Tensor) -> Tensor:
        return self.last(torch.relu(self.norm(self.first(image))))


def small(gain: float = 1.0) -> Small:
    torch.manual_seed(1)
    network = Small()
    with torch.no_grad():
        network(3 * torch.randn(4, 3, 16, 16) + 1)  # statistics that are not 0 and 1
        network.last.weight.mul_(gain)
    return network.eval()


def write(network: nn.Module, path: Path) -> Path:
    def forward(whole: nn.Module, image: Tensor) -> Tensor:
        return whole(image)

    graph = GraphSpec(forward, INPUT, "image", ["out"], open_axes=[2, 3])
    write_package(network, path, graph, {"model_type": "Segmentor"})
    return path


def kinds(path: Path) -> dict[str, int]:
    return {t.name: t.data_type for t in onnx.load(path).graph.initializer}


def test_only_large_weights_are_rounded(tmp_path: Path) -> None:
    found = kinds(write(small(), tmp_path / "m.onnx"))
    assert found["first.weight"] == onnx.TensorProto.FLOAT16
    for name in ("last.weight", "last.bias", "norm.weight", "norm.running_var"):
        assert found[name] == onnx.TensorProto.FLOAT


def test_a_runtime_computes_in_float32(tmp_path: Path) -> None:
    network, path = small(), write(small(), tmp_path / "m.onnx")
    image = torch.randn(INPUT, generator=torch.Generator().manual_seed(2))
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (got,) = session.run(None, {"image": image.numpy()})
    network.first.weight.data = network.first.weight.data.half().float()
    with torch.no_grad():
        np.testing.assert_allclose(got, network(image).numpy(), atol=1e-5)


def test_weights_that_half_precision_would_change_stay_float32(tmp_path: Path) -> None:
    network = small()
    network.first.weight.data[0, 0, 0, 0] = 1e6  # beyond the range of float16
    path = write(network, tmp_path / "m.onnx")
    assert kinds(path)["first.weight"] == onnx.TensorProto.FLOAT
    assert torch.equal(read_tensors(path)["first.weight"], network.first.weight)


def test_round_trip_keeps_the_norms_and_the_counters(tmp_path: Path) -> None:
    network, again = small(), Small()
    load_weights(again, write(network, tmp_path / "m.onnx"))
    for key, value in network.state_dict().items():
        if key == "first.weight":
            value = value.half().float()
        if not key.endswith("num_batches_tracked"):
            assert torch.equal(again.state_dict()[key], value), key
    assert int(again.norm.num_batches_tracked) == 0


def test_a_graph_without_all_weights_is_refused(tmp_path: Path) -> None:
    network = small()
    network.unused = nn.Linear(2, 2)
    with pytest.raises(ModelError, match=r"unused\.bias .*2 weights are missing"):
        write(network, tmp_path / "m.onnx")
    assert not (tmp_path / "m.onnx").exists()


def test_foreign_graphs_hold_no_weights_to_train_on(tmp_path: Path) -> None:
    path = write(small(), tmp_path / "m.onnx")
    model = onnx.load(path)
    del model.metadata_props[:]
    onnx.save(model, path)
    with pytest.raises(ModelError, match="no weights that training can start from"):
        load_weights(Small(), path)


def test_a_changed_weight_is_noticed(tmp_path: Path) -> None:
    path = write(small(), tmp_path / "m.onnx")
    model = onnx.load(path)
    last = next(t for t in model.graph.initializer if t.name == "last.bias")
    last.CopyFrom(numpy_helper.from_array(np.zeros(2, np.float32), "last.bias"))
    onnx.save(model, path)
    with pytest.raises(ModelError, match=r"SHA-256 .* export the model again"):
        read_tensors(path)
