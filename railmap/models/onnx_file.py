"""Open an ONNX file safely: no pickle, self-contained, and unchanged since it was exported."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from railmap.errors import ModelError
from railmap.models.metadata import GRAPH_SHA256, PACKAGE_FORMAT, STATE_DICT_FORMAT
from railmap.models.onnx_header import OnnxHeader, read_header

__all__ = ["file_sha256", "is_pickle", "open_onnx", "package_format", "trainable"]

_PICKLE_SUFFIXES = {".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib"}


def is_pickle(path: Path) -> bool:
    """Return whether a file is a pickle or a torch archive, by its name or its first bytes.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(9)
    # A safetensors file begins with the length of its JSON header, which may look like a pickle's.
    tensors = head[4:] == b"\0\0\0\0{"
    pickled = len(head) >= 2 and head[0] == 0x80 and 2 <= head[1] <= 5 and not tensors
    return path.suffix.lower() in _PICKLE_SUFFIXES or pickled or head[:4] == b"PK\x03\x04"


def open_onnx(path: Path) -> OnnxHeader:
    """Check a file and read its header.

    Raises
    ------
    ModelError
        If the file is unreadable, a pickle, not ONNX, damaged, written by a newer railmap, or
        keeps weights in other files.
    """
    try:
        if is_pickle(path):
            raise ModelError(
                f"{path}: pickled weights are refused because loading them can run code; "
                "export the model to ONNX"
            )
        if path.suffix.lower() == ".safetensors":
            raise ModelError(
                f"{path}: these are weights only; export a model with `railmap export-model`"
            )
        header = read_header(path)
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror}); check the file") from error
    except ModelError:
        raise
    except (ValueError, RecursionError, MemoryError) as error:
        raise ModelError(f"{path}: is no ONNX model ({error}); check the file") from error
    if header.external:
        raise ModelError(
            f"{path}: the model keeps weights in other files, which is refused because it can "
            "read any file; save it as one ONNX file"
        )
    digest = header.metadata.get(GRAPH_SHA256, "").strip('"')
    if digest and digest != header.graph_sha256:
        raise ModelError(
            f"{path}: the model's graph does not have the SHA-256 in its metadata, so the file is "
            "damaged or was changed; get it again, or export the model again"
        )
    if package_format(header.metadata) > PACKAGE_FORMAT:
        raise ModelError(f"{path}: was written by a newer railmap; update railmap")
    return header


def package_format(metadata: Mapping[str, str]) -> int:
    """Return the version of the package's format; 0 of a file that railmap did not write."""
    try:
        return int(json.loads(metadata.get("package_format", "0")))
    except (TypeError, ValueError, OverflowError, RecursionError):
        return 0


def trainable(path: Path, metadata: Mapping[str, str]) -> Path | None:
    """Return the file if it holds the weights of its network, so that torch can load them."""
    return path if package_format(metadata) >= STATE_DICT_FORMAT else None


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file, hexadecimal.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
