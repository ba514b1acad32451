from __future__ import annotations

from pathlib import Path

import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from railmap.models.onnx_header import read_header
from tests.helpers.tiny_models import write_model


def _by_onnx(path: Path) -> tuple[dict[str, str], list[tuple[str, tuple[int | None, ...]]]]:
    model = onnx.load(path)
    shapes = [
        (v.name, tuple(d.dim_value or None for d in v.type.tensor_type.shape.dim))
        for v in (*model.graph.input, *model.graph.output)
    ]
    return {p.key: p.value for p in model.metadata_props}, shapes


@pytest.mark.parametrize("tile", [64, None])
def test_agrees_with_onnx(tmp_path: Path, tile: int | None) -> None:
    path = write_model(
        tmp_path / "m.onnx", tile=tile, props={"name": "Weiche ü", "long": "x" * 300}
    )
    header = read_header(path)
    metadata, shapes = _by_onnx(path)
    assert header.metadata == metadata
    assert [(t.name, t.shape) for t in (*header.inputs, *header.outputs)] == shapes


def test_weights_among_the_inputs_are_no_inputs(tmp_path: Path) -> None:
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, 8, 8])
    weight = helper.make_tensor_value_info("w", TensorProto.FLOAT, [1])
    out = helper.make_tensor_value_info("o", TensorProto.FLOAT, [1, 3, 8, 8])
    graph = helper.make_graph(
        [helper.make_node("Mul", ["image", "w"], ["o"])],
        "g",
        [weight, image],
        [out],
        [numpy_helper.from_array(onnx.numpy_helper.np.ones(1, "f4"), "w")],
    )
    onnx.save(helper.make_model(graph), tmp_path / "old.onnx")
    assert [t.name for t in read_header(tmp_path / "old.onnx").inputs] == ["image"]


def test_a_file_cut_anywhere_is_refused_or_only_lacks_its_tail(tmp_path: Path) -> None:
    whole = write_model(tmp_path / "m.onnx").read_bytes()
    names = set(read_header(tmp_path / "m.onnx").metadata)
    cut = tmp_path / "cut.onnx"
    refused = 0
    for size in range(0, len(whole), 7):
        cut.write_bytes(whole[:size])
        try:
            header = read_header(cut)
        except ValueError:
            refused += 1
        else:  # cut between two fields: what stands there is right
            assert set(header.metadata) < names
    assert refused > len(whole) // 7 - 12


@pytest.mark.parametrize("content", [b"", b"no model", b"\x00" * 64, b"\xff" * 64, b"\x89PNG\r\n"])
def test_other_files_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.onnx"
    path.write_bytes(content)
    with pytest.raises(ValueError):  # noqa: PT011 - the caller words the message
        read_header(path)
