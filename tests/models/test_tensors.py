from __future__ import annotations

import pickle
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from safetensors.torch import save_file  # noqa: E402

from railmap.errors import ModelError  # noqa: E402
from railmap.models.tensors import read_tensors, write_tensors  # noqa: E402

TENSORS = {
    "a": torch.arange(12, dtype=torch.float32).reshape(3, 4),
    "half": torch.ones(5, dtype=torch.bfloat16),
    "scalar": torch.tensor(7),
    "empty": torch.zeros(0, 3),
}


def test_weights_come_back_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    write_tensors(TENSORS, path)
    found = read_tensors(path)
    assert all(torch.equal(found[name], value) for name, value in TENSORS.items())
    first = path.read_bytes()
    write_tensors(dict(reversed(TENSORS.items())), path)
    assert path.read_bytes() == first


def test_changed_weights_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    write_tensors(TENSORS, path)
    data = bytearray(path.read_bytes())
    data[-3] ^= 1
    path.write_bytes(data)
    with pytest.raises(ModelError, match="SHA-256"):
        read_tensors(path)


def test_a_header_as_long_as_a_pickle_begins_is_read(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    for length in (0x280, 0x580):  # first bytes 80 02 and 80 05
        text = b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'.ljust(length)
        path.write_bytes(length.to_bytes(8, "little") + text + b"\0\0\x80\x3f")
        assert read_tensors(path)["a"].item() == 1.0


def test_a_pickle_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    path.write_bytes(pickle.dumps(dict.fromkeys(range(99), "x"), protocol=2))
    with pytest.raises(ModelError, match="pickled"):
        read_tensors(path)


def test_weights_of_other_programs_state_no_hash(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    save_file({"a": TENSORS["a"]}, path)
    assert torch.equal(read_tensors(path)["a"], TENSORS["a"])


@pytest.mark.parametrize("data", [b"\xff" * 40, b"\0" * 8, b"", b"\x10\0\0\0\0\0\0\0{}"])
def test_what_is_no_safetensors_file_is_a_model_error(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "w.safetensors"
    path.write_bytes(data)
    with pytest.raises(ModelError):
        read_tensors(path)
