"""Weights of networks: safetensors files of training runs, and the initialisers of packages."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save
from torch import Tensor, nn

from railmap.errors import ModelError
from railmap.files.output import atomic_output
from railmap.models.metadata import CONSTANT
from railmap.models.onnx_file import is_pickle, open_onnx, trainable

__all__ = ["fit_tensors", "load_weights", "read_tensors", "save_weights", "write_tensors"]

_SHA256 = "sha256"  # of all tensors, in the metadata of a safetensors file
_COUNTER = "num_batches_tracked"  # of batch norms; no part of a graph, and unused in training


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Read the weights of a safetensors file or of a model package.

    Parameters
    ----------
    path
        A safetensors file, or an ONNX file that railmap exported.

    Returns
    -------
    dict
        Tensors by their name in the network's state dict; those of a package are float32.

    Raises
    ------
    ModelError
        If the file is missing, a pickle, broken, an ONNX file without the network's weights, or a
        safetensors file whose tensors do not have the SHA-256 that is stated in it.
    """
    try:
        pickled = is_pickle(path)
    except OSError as error:
        reason = error.strerror or error
        raise ModelError(f"{path}: weights cannot be read ({reason})") from error
    if pickled:
        raise ModelError(
            f"{path}: this is a pickled checkpoint, which could run any code when it is loaded; "
            "convert it to safetensors"
        )
    if path.suffix.lower() == ".onnx":
        return _initialisers(path)
    try:
        with safe_open(path, framework="pt") as file:
            stated = (file.metadata() or {}).get(_SHA256)
        tensors = load_file(path)
    except (SafetensorError, OSError, ValueError, OverflowError) as error:
        raise ModelError(f"{path}: not a whole safetensors file ({error})") from error
    if stated is not None and stated != _digest(tensors):
        raise ModelError(
            f"{path}: its weights do not have the SHA-256 that is stated in it, so the file is "
            "damaged or was changed; get it again"
        )
    return tensors


def _digest(tensors: dict[str, Tensor]) -> str:
    """Return the SHA-256 of names, types, shapes and values, in the order of the names."""
    found = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name].detach().cpu().contiguous()
        found.update(f"{name}\0{tensor.dtype}\0{list(tensor.shape)}\0".encode())
        if tensor.numel():
            found.update(tensor.reshape(-1).view(torch.uint8).numpy().tobytes())
    return found.hexdigest()


def _initialisers(path: Path) -> dict[str, Tensor]:
    import onnx
    from onnx import numpy_helper

    if trainable(path, open_onnx(path).metadata) is None:
        raise ModelError(
            f"{path}: holds no weights that training can start from; use a model that "
            "`railmap train` or `railmap export-model` of this version wrote, or its safetensors"
        )
    graph = onnx.load(path, load_external_data=False).graph
    return {
        tensor.name: torch.from_numpy(np.array(numpy_helper.to_array(tensor), np.float32))
        for tensor in graph.initializer
        if not tensor.name.startswith(CONSTANT)
    }


def write_tensors(tensors: dict[str, Tensor], path: Path) -> None:
    """Write a safetensors file, whole or not at all; replaces an existing one.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    with atomic_output(path, overwrite=True) as partial:
        plain = {k: v.detach().cpu().contiguous() for k, v in tensors.items()}
        partial.write_bytes(save(plain, {_SHA256: _digest(plain)}))


def load_weights(network: nn.Module, path: Path) -> None:
    """Load the weights of a whole network, or of its library's backbone into its encoder.

    Of a backbone's file the parts that the encoder does not have (its classifier) are left out.
    A head of fields that the file does not have stays as it is.

    Parameters
    ----------
    network
        Changed in place.
    path
        As for `read_tensors`.

    Raises
    ------
    ModelError
        If the file cannot be read or its tensors do not fit the network.
    """
    tensors = read_tensors(path)
    target = network
    encoder = getattr(network, "encoder", None)
    if isinstance(encoder, nn.Module) and not any(key.startswith("encoder.") for key in tensors):
        target = encoder
        kept = encoder.state_dict().keys()
        tensors = {k: v for k, v in tensors.items() if k in kept or not kept & tensors.keys()}
    own = target.state_dict()
    head = {key for key in own if key.startswith("fields.")}
    if not head & tensors.keys():
        tensors |= {key: own[key] for key in head}
    fit_tensors(own, tensors, path)
    with torch.no_grad():
        target.load_state_dict(tensors)


def fit_tensors(own: dict[str, Tensor], tensors: dict[str, Tensor], path: Path) -> None:
    """Check that tensors fit a network, and add the counters that no graph has.

    Parameters
    ----------
    own
        State dict of the network.
    tensors
        What is to be loaded; completed in place.
    path
        For the message.

    Raises
    ------
    ModelError
        If they do not fit.
    """
    for key, value in own.items():
        if key.endswith(_COUNTER):
            tensors.setdefault(key, value)
    missing = sorted(own.keys() - tensors.keys())
    extra = sorted(tensors.keys() - own.keys())
    wrong = sorted(k for k in own.keys() & tensors.keys() if own[k].shape != tensors[k].shape)
    if missing or extra or wrong:
        example = (missing + extra + wrong)[0]
        raise ModelError(
            f"{path}: weights of another network or of other classes ({len(missing)} tensors "
            f"missing, {len(extra)} unknown, {len(wrong)} of another shape; e.g. {example}); "
            "choose the network that they belong to"
        )


def save_weights(network: nn.Module, path: Path) -> None:
    """Write all of a network's weights to a safetensors file.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    write_tensors(network.state_dict(), path)
