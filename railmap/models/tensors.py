"""Weights in safetensors files; pickles are refused."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor, nn

from railmap.errors import ModelError
from railmap.files.output import atomic_output

__all__ = ["load_weights", "read_tensors", "save_weights", "write_tensors"]

_PICKLE_STARTS = (b"PK\x03\x04", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Read a safetensors file.

    Raises
    ------
    ModelError
        If the file is missing, a pickle, or broken.
    """
    try:
        with path.open("rb") as file:
            start = file.read(4)
    except OSError as error:
        reason = error.strerror or error
        raise ModelError(f"{path}: weights can't be read ({reason})") from error
    if start.startswith(_PICKLE_STARTS):
        raise ModelError(
            f"{path}: this is a pickled checkpoint, which could run any code when it is loaded; "
            "convert it to safetensors"
        )
    try:
        return load_file(path)
    except SafetensorError as error:
        raise ModelError(f"{path}: not a whole safetensors file ({error})") from error


def write_tensors(tensors: dict[str, Tensor], path: Path) -> None:
    """Write a safetensors file, whole or not at all; replaces an existing one.

    Raises
    ------
    OutputError
        If the file can't be written.
    """
    with atomic_output(path, overwrite=True) as partial:
        partial.write_bytes(save({k: v.detach().cpu().contiguous() for k, v in tensors.items()}))


def load_weights(network: nn.Module, path: Path) -> None:
    """Load the weights of a whole network, or of its library's backbone into its encoder.

    Of a backbone's file the parts that the encoder has no use for (its classifier) are left out.
    A head of fields that the file doesn't have stays as it is.

    Raises
    ------
    ModelError
        If the file can't be read or its tensors don't fit the network.
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
    missing = sorted(own.keys() - tensors.keys())
    extra = sorted(tensors.keys() - own.keys())
    wrong = sorted(k for k in own.keys() & tensors.keys() if own[k].shape != tensors[k].shape)
    if missing or extra or wrong:
        example = (missing + extra + wrong)[0]
        raise ModelError(
            f"{path}: weights of another network ({len(missing)} tensors missing, {len(extra)} "
            f"unknown, {len(wrong)} of another shape; e.g. {example}); choose the network they "
            "were made with"
        )
    with torch.no_grad():
        target.load_state_dict(tensors)


def save_weights(network: nn.Module, path: Path) -> None:
    """Write all of a network's weights to a safetensors file.

    Raises
    ------
    OutputError
        If the file can't be written.
    """
    write_tensors(network.state_dict(), path)
