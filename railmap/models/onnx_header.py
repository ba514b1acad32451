"""Read metadata, inputs and outputs of an ONNX file without the onnx package."""

from __future__ import annotations

import hashlib
import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["OnnxHeader", "TensorInfo", "read_header"]

# Field numbers of onnx.proto.
_MODEL_GRAPH, _MODEL_METADATA = 7, 14
_GRAPH_NODE, _GRAPH_INITIALIZER, _GRAPH_INPUT, _GRAPH_OUTPUT = 1, 5, 11, 12
_MODEL_FUNCTIONS, _FUNCTION_NODE, _NODE_ATTRIBUTE = 25, 7, 5
_ATTRIBUTE_TENSOR, _ATTRIBUTE_GRAPH, _ATTRIBUTE_TENSORS, _ATTRIBUTE_GRAPHS = 5, 6, 10, 11
_TENSOR_NAME, _TENSOR_EXTERNAL, _TENSOR_LOCATION = 8, 13, 14

_Field = int | memoryview


@dataclass(frozen=True, slots=True)
class TensorInfo:
    """A graph input or output; a dimension is None where it is dynamic."""

    name: str
    shape: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class OnnxHeader:
    """Metadata, inputs and outputs of an ONNX file.

    Parameters
    ----------
    metadata
        The ``metadata_props``.
    inputs, outputs
        Of the graph, in order.
    graph_sha256
        Of the serialised graph, hexadecimal.
    external
        Whether a tensor is stored in another file.
    """

    metadata: dict[str, str]
    inputs: tuple[TensorInfo, ...]
    outputs: tuple[TensorInfo, ...]
    graph_sha256: str
    external: bool


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
        if shift > 63:
            raise ValueError("varint too long")


def _fields(data: memoryview) -> Iterator[tuple[int, _Field]]:
    """Yield (field number, value) of one protobuf message; submessages as views."""
    at, end = 0, len(data)
    while at < end:
        key, at = _varint(data, at)
        number, wire = key >> 3, key & 7
        value: _Field
        if wire == 0:
            value, at = _varint(data, at)
        elif wire == 2:
            size, at = _varint(data, at)
            value = data[at : at + size]
            at += size
        elif wire in (1, 5):
            size = 8 if wire == 1 else 4
            value = data[at : at + size]
            at += size
        else:
            raise ValueError(f"wire type {wire}")
        if at > end or number == 0:
            raise ValueError("message cut off")
        yield number, value


def _submessages(data: memoryview, number: int) -> Iterator[memoryview]:
    for field, value in _fields(data):
        if field == number and isinstance(value, memoryview):
            yield value


def _text(data: memoryview, number: int) -> str:
    return next((bytes(v).decode("utf-8", "replace") for v in _submessages(data, number)), "")


def _tensor_info(value_info: memoryview) -> TensorInfo:
    """ValueInfoProto: name = 1, type = 2 > tensor_type = 1 > shape = 2 > dim = 1 > value = 1."""
    shape: list[int | None] = []
    for kind in _submessages(value_info, 2):
        for tensor in _submessages(kind, 1):
            for dims in _submessages(tensor, 2):
                for dim in _submessages(dims, 1):
                    sizes = [v for n, v in _fields(dim) if n == 1 and isinstance(v, int)]
                    shape.append(sizes[0] if sizes and sizes[0] > 0 else None)
    return TensorInfo(_text(value_info, 1), tuple(shape))


def _parse(data: memoryview) -> OnnxHeader:
    metadata: dict[str, str] = {}
    inputs: list[TensorInfo] = []
    outputs: list[TensorInfo] = []
    weights: set[str] = set()
    digest = hashlib.sha256()
    nodes, external = 0, False
    for number, value in _fields(data):
        if not isinstance(value, memoryview):
            continue
        if number == _MODEL_METADATA:
            metadata[_text(value, 1)] = _text(value, 2)
        elif number == _MODEL_FUNCTIONS:
            external |= any(map(_node_external, _submessages(value, _FUNCTION_NODE)))
        elif number == _MODEL_GRAPH:
            digest.update(value)
            external |= _graph_external(value)
            for field, part in _fields(value):
                if not isinstance(part, memoryview):
                    continue
                nodes += field == _GRAPH_NODE
                if field == _GRAPH_INITIALIZER:
                    weights.add(_text(part, _TENSOR_NAME))
                elif field == _GRAPH_INPUT:
                    inputs.append(_tensor_info(part))
                elif field == _GRAPH_OUTPUT:
                    outputs.append(_tensor_info(part))
    if not nodes or not outputs:
        raise ValueError("no graph")
    # Old ONNX files list the weights among the inputs.
    images = tuple(i for i in inputs if i.name not in weights)
    return OnnxHeader(metadata, images, tuple(outputs), digest.hexdigest(), external)


def _graph_external(graph: memoryview) -> bool:
    return any(map(_tensor_external, _submessages(graph, _GRAPH_INITIALIZER))) or any(
        map(_node_external, _submessages(graph, _GRAPH_NODE))
    )


def _node_external(node: memoryview) -> bool:
    for attribute in _submessages(node, _NODE_ATTRIBUTE):
        for number, value in _fields(attribute):
            if not isinstance(value, memoryview):
                continue
            if number in (_ATTRIBUTE_TENSOR, _ATTRIBUTE_TENSORS) and _tensor_external(value):
                return True
            if number in (_ATTRIBUTE_GRAPH, _ATTRIBUTE_GRAPHS) and _graph_external(value):
                return True
    return False


def _tensor_external(tensor: memoryview) -> bool:
    return any(
        number == _TENSOR_EXTERNAL or (number == _TENSOR_LOCATION and value)
        for number, value in _fields(tensor)
    )


def read_header(path: Path) -> OnnxHeader:
    """Read metadata, inputs and outputs of an ONNX file.

    Raises
    ------
    ValueError
        If the file is no ONNX model.
    OSError
        If it cannot be read.
    """
    with path.open("rb") as file:
        if path.stat().st_size == 0:
            raise ValueError("empty file")
        # Not closed here: an error's traceback still holds views of it.
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    try:
        return _parse(memoryview(mapped))
    except IndexError as error:
        raise ValueError("message cut off") from error
