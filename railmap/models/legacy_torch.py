"""Read the tensors of an old PyTorch file without PyTorch, and without running its pickle."""

from __future__ import annotations

import pickle
import struct
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from railmap.errors import ModelError

__all__ = ["read_legacy_tensors"]

# Saved files of PyTorch 0.4 to 1.5: pickles of a magic number, the protocol, the machine, the
# object, the keys of its storages; then each storage as its number of values and their bytes.
_MAGIC = 0x1950A86A20F9469CFC6C
# What a damaged or foreign file makes Python's unpickler and numpy raise.
_ODD = (
    pickle.UnpicklingError, AttributeError, EOFError, IndexError, KeyError, OverflowError,
    TypeError, ValueError, struct.error,
)  # fmt: skip
_STORAGES = {"FloatStorage": "<f4", "LongStorage": "<i8"}


@dataclass(frozen=True)
class _Storage:
    dtype: str
    key: str


@dataclass(frozen=True)
class _Tensor:
    storage: _Storage
    offset: int
    size: tuple[int, ...]
    stride: tuple[int, ...]


def _rebuild(
    storage: _Storage, offset: int, size: tuple[int, ...], stride: tuple[int, ...], *_: Any
) -> _Tensor:
    return _Tensor(storage, offset, size, stride)


class _Names(pickle.Unpickler):
    """Knows dictionaries and tensors; any other object is refused, so that no code runs."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuild
        if module == "torch" and name in _STORAGES:
            return _STORAGES[name]
        raise pickle.UnpicklingError(f"it holds {module}.{name}")

    def persistent_load(self, pid: Any) -> _Storage:
        kind, dtype, key = pid[:3]
        if kind != "storage":
            raise pickle.UnpicklingError(f"it holds a {kind}")
        return _Storage(str(dtype), str(key))


def read_legacy_tensors(path: Path) -> dict[str, NDArray[Any]]:
    """Read the tensors of a state dict that PyTorch saved before version 1.6.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    dict
        Arrays by name, float32 or int64.

    Raises
    ------
    ModelError
        If the file cannot be read, is of another format, or holds anything but tensors.
    """
    try:
        with path.open("rb") as file:
            return _read(file)
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror}); check the file") from error
    except _ODD as e:
        raise ModelError(f"{path}: no weights of the expected format ({e}); get it again") from e


def _read(file: BinaryIO) -> dict[str, NDArray[Any]]:
    if _Names(file).load() != _MAGIC:
        raise ValueError("another magic number")
    _Names(file).load()  # the protocol
    _Names(file).load()  # the machine
    found = _Names(file).load()
    if not isinstance(found, dict) or not all(isinstance(v, _Tensor) for v in found.values()):
        raise ValueError("no state dict")
    dtypes = {tensor.storage.key: tensor.storage.dtype for tensor in found.values()}
    storages = {}
    for key in _Names(file).load():
        (count,) = struct.unpack("<q", file.read(8))
        values = np.dtype(dtypes[key])
        storages[key] = np.frombuffer(file.read(count * values.itemsize), values)
    return {str(name): _array(tensor, storages) for name, tensor in found.items()}


def _array(tensor: _Tensor, storages: dict[str, NDArray[Any]]) -> NDArray[Any]:
    values = storages[tensor.storage.key][tensor.offset :]
    steps = zip(tensor.size, tensor.stride, strict=True)
    last = sum((size - 1) * stride for size, stride in steps)
    if min((*tensor.size, *tensor.stride), default=0) < 0 or last >= len(values):
        raise ValueError("a tensor beyond its storage")
    strides = [stride * values.itemsize for stride in tensor.stride]
    return np.lib.stride_tricks.as_strided(values, tensor.size, strides).copy()
