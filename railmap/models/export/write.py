"""Write an ONNX graph as a model package."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import onnx

from railmap.files.output import atomic_output
from railmap.models.metadata import GRAPH_SHA256, PACKAGE_FORMAT

__all__ = ["write_model"]


def write_model(model: onnx.ModelProto, path: Path, metadata: Mapping[str, Any]) -> None:
    """Write the file with its metadata; replaces an existing one.

    Parameters
    ----------
    model
        Its weights have the names of the network's state dict; changed in place.
    path
        The ONNX file.
    metadata
        Values that JSON can hold, by key; what identifies the package is added.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    graph_bytes = model.graph.SerializeToString(deterministic=True)
    values = {
        **metadata,
        "package_format": PACKAGE_FORMAT,
        GRAPH_SHA256: hashlib.sha256(graph_bytes).hexdigest(),
    }
    texts = {key: json.dumps(value, ensure_ascii=False) for key, value in values.items()}
    onnx.helper.set_model_props(model, texts)
    onnx.checker.check_model(model)
    with atomic_output(path, overwrite=True) as partial:
        partial.write_bytes(model.SerializeToString(deterministic=True))
