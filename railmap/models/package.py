"""Model packages: an ONNX file whose metadata says how it wants to be fed."""

from __future__ import annotations

import hashlib
import json
import math
import os
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

from railmap.errors import ModelError
from railmap.models.onnx_header import OnnxHeader, TensorInfo, read_header

__all__ = ["DEFAULT_MODEL", "FIELDS", "ModelPackage", "describe_model", "load_model"]

DEFAULT_MODEL = "tracks"
PROBABILITY, FIELDS = "probability", "fields"  # names of the outputs

_PICKLE_SUFFIXES = {".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib"}
_DEFAULT_OVERLAP_PERCENT = 25.0


@dataclass(frozen=True, slots=True)
class ModelPackage:
    """A segmentation model and how to feed it.

    Parameters
    ----------
    path
        The ONNX file.
    name, version
        File name without suffix; version from the metadata ("" if it has none).
    class_names
        One name for each output channel or class, in order.
    track_class
        Index of the track class in `class_names`.
    gsd_m
        Ground sampling distance that the model wants, metres.
    gsd_range_m
        Native GSDs (finest, coarsest) of the images it was made for, metres, or None.
    tile_size, overlap
        Window side and overlap of neighbouring windows, pixels.
    mean, std
        Per band, of pixels scaled to 0-1.
    threshold
        Probability from which a pixel is track.
    n_bands, n_channels
        Bands of the input, channels of the output (None where the file leaves it open).
    input_name, output_name
        Tensors of the graph; the output is ``probability``, or else the first one.
    field_names
        Channels of the second output, ``fields``; empty if the model has none.
    metadata
        All metadata of the file.
    sha256
        Of the ONNX file, hexadecimal.
    """

    path: Path
    name: str
    version: str
    class_names: tuple[str, ...]
    track_class: int
    gsd_m: float
    gsd_range_m: tuple[float, float] | None
    tile_size: int
    overlap: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    threshold: float
    n_bands: int
    n_channels: int | None
    input_name: str
    output_name: str
    field_names: tuple[str, ...]
    metadata: dict[str, str] = field(hash=False)
    sha256: str

    @property
    def tiles_overlap(self) -> float:
        """Overlap of neighbouring windows in percent of the tile size."""
        return 100.0 * self.overlap / self.tile_size

    @property
    def profile(self) -> str:
        """What the probability looks like across a track: "tent" (ours) or "mask"."""
        return "tent" if "tent" in self.metadata.get("target_profile", "") else "mask"

    @property
    def weights(self) -> Path | None:
        """The safetensors file beside the ONNX file, for torch, if it is there."""
        path = self.path.with_suffix(".safetensors")
        return path if path.is_file() else None


def model_folder() -> Path:
    """Return the folder of the shipped models."""
    return Path(str(resources.files("railmap.models"))) / "weights"


def _find(name_or_path: str | os.PathLike[str] | None) -> Path:
    text = os.fspath(name_or_path or DEFAULT_MODEL)
    path = Path(text)
    if path.is_file():
        return path
    shipped = model_folder()
    if isinstance(name_or_path, os.PathLike) or path.suffix or len(path.parts) > 1:
        raise ModelError(f"{text}: no such model file; check the path")
    path = shipped / f"{text}.onnx"
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in shipped.glob("*.onnx"))) or "none"
        raise ModelError(f"{text}: no model of this name is shipped (there are: {known})")
    return path


def _refuse_pickle(path: Path) -> None:
    with path.open("rb") as file:
        head = file.read(4)
    pickled = len(head) >= 2 and head[0] == 0x80 and 2 <= head[1] <= 5
    if path.suffix.lower() in _PICKLE_SUFFIXES or pickled or head == b"PK\x03\x04":
        raise ModelError(
            f"{path}: pickled weights are refused because loading them can run code; "
            "export the model to ONNX"
        )
    if path.suffix.lower() == ".safetensors":
        raise ModelError(f"{path}: these are weights only; give the .onnx file beside them")


class _Metadata:
    """Reads typed values from the metadata and says which one is wrong."""

    def __init__(self, path: Path, values: dict[str, str]) -> None:
        self._path = path
        self._values = values

    def json(self, key: str, default: Any) -> Any:
        text = self._values.get(key)
        if text is None or not text.strip():
            return default
        try:
            return json.loads(text)
        except json.JSONDecodeError:
            raise self.wrong(key) from None

    def number(self, key: str, default: float | None, low: float, high: float) -> float:
        value = self.json(key, default)
        if value is None:
            raise ModelError(
                f"{self._path}: the model's metadata has no {key!r}; add it (Deepness key)"
            )
        try:
            number = float(value)
        except (TypeError, ValueError):
            raise self.wrong(key) from None
        if not low <= number <= high:
            raise self.wrong(key)
        return number

    def numbers(self, key: str, default: list[float], count: int) -> tuple[float, ...]:
        value = self.json(key, default)
        try:
            numbers = tuple(float(v) for v in value)
        except (TypeError, ValueError):
            raise self.wrong(key) from None
        if len(numbers) == 1:
            numbers *= count
        if len(numbers) != count or not all(map(math.isfinite, numbers)):
            raise self.wrong(key)
        return numbers

    def wrong(self, key: str) -> ModelError:
        return ModelError(
            f"{self._path}: the model's metadata {key!r} is unusable: {self._values.get(key)!r}"
        )


def _class_names(path: Path, read: _Metadata, channels: int | None) -> tuple[tuple[str, ...], int]:
    """Names in order of their index, and the index of the track class."""
    names = read.json("class_names", None)
    if isinstance(names, list):
        names = dict(enumerate(names))
    if not isinstance(names, dict) or not names:
        raise ModelError(
            f'{path}: the model names no classes; its metadata needs "class_names", '
            'such as {"0": "background", "1": "track"}'
        )
    try:
        ordered = tuple(str(names[k]) for k in sorted(names, key=int))
    except ValueError:
        raise read.wrong("class_names") from None
    tracks = [i for i, n in enumerate(ordered) if "track" in n.lower()]
    tracks = tracks or [i for i, n in enumerate(ordered) if "rail" in n.lower()]
    if not tracks:
        raise ModelError(
            f"{path}: no class of the model is a track (classes: {', '.join(ordered)}); "
            "use a model that segments railway tracks"
        )
    if channels is not None and channels > 1 and channels != len(ordered):
        raise ModelError(
            f"{path}: {len(ordered)} class names for {channels} output channels; "
            "mend the model's metadata"
        )
    return ordered, tracks[0]


def _field_names(path: Path, read: _Metadata, output: TensorInfo | None) -> tuple[str, ...]:
    """Names of the channels of ``fields``; an output of that name without them is not ours."""
    names = read.json("field_names", [])
    if output is None or not names:
        return ()
    if not isinstance(names, list) or output.shape[1:2] not in ((len(names),), (None,)):
        raise ModelError(
            f'{path}: the metadata "field_names" and the output "fields" {output.shape} do not '
            "match; export the model again"
        )
    return tuple(str(name) for name in names)


def _input_size(path: Path, header: OnnxHeader, read: _Metadata) -> tuple[int, int]:
    """(bands, tile size); a static input size overrules the metadata."""
    if len(header.inputs) != 1 or len(header.inputs[0].shape) != 4:
        raise ModelError(f"{path}: the model must have one image input N x 3 x H x W")
    bands, height, width = header.inputs[0].shape[1:]
    if bands is not None and bands != 3:
        raise ModelError(f"{path}: the model wants {bands} bands, railmap feeds 3 (red green blue)")
    if height != width:
        raise ModelError(f"{path}: the model's tiles are {height} x {width}; they must be square")
    tile = height or int(read.number("tile_size", 512, 16, 16384))
    return 3, tile


def load_model(name_or_path: str | os.PathLike[str] | None = None) -> ModelPackage:
    """Read a model package.

    Parameters
    ----------
    name_or_path
        An ONNX file, the name of a shipped model, or None for the shipped track model.

    Raises
    ------
    ModelError
        If it is missing, a pickle, no ONNX, wants other than 3 bands, has no track class or
        unusable metadata.
    """
    path = _find(name_or_path)
    try:
        _refuse_pickle(path)
        header = read_header(path)
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"{path}: can't be read ({error.strerror}); check the file") from error
    except ValueError as error:
        if isinstance(error, ModelError):
            raise
        raise ModelError(f"{path}: is no ONNX model ({error}); check the file") from error

    metadata = header.metadata
    read = _Metadata(path, metadata)
    kind = metadata.get("model_type", "Segmentor").strip('"').lower()
    if not kind.startswith("segment"):
        raise ModelError(f"{path}: model_type is {kind!r}; railmap runs segmentation models")
    bands, tile = _input_size(path, header, read)
    outputs = {output.name: output for output in header.outputs}
    output = outputs.get(PROBABILITY, header.outputs[0])
    channels = output.shape[1] if len(output.shape) == 4 else None
    names, track = _class_names(path, read, channels)
    percent = read.number("tiles_overlap", _DEFAULT_OVERLAP_PERCENT, 0, 50)
    std = read.numbers("standardization_std", [1.0], bands)
    if min(std) <= 0:
        raise read.wrong("standardization_std")
    gsd_range = read.numbers("gsd_range", [], 2) if metadata.get("gsd_range") else None
    return ModelPackage(
        path=path,
        name=path.stem,
        version=metadata.get("model_version", metadata.get("railmap_version", "")).strip('"'),
        class_names=names,
        track_class=track,
        gsd_m=read.number("resolution", None, 0.1, 1000.0) / 100.0,
        gsd_range_m=(gsd_range[0], gsd_range[1]) if gsd_range else None,
        tile_size=tile,
        overlap=round(tile * percent / 100.0),
        mean=read.numbers("standardization_mean", [0.0], bands),
        std=std,
        threshold=read.number("threshold", 0.5, 0.0, 1.0),
        n_bands=bands,
        n_channels=channels,
        input_name=header.inputs[0].name,
        output_name=output.name,
        field_names=_field_names(path, read, outputs.get(FIELDS)),
        metadata=metadata,
        sha256=sha256,
    )


def describe_model(path: str | os.PathLike[str] | None = None) -> dict[str, Any]:
    """Describe a model as JSON-ready values, for ``railmap info``.

    Raises
    ------
    ModelError
        As `load_model`.
    """
    package = load_model(path)
    return {
        "path": str(package.path),
        "name": package.name,
        "version": package.version,
        "classes": list(package.class_names),
        "track_class": package.class_names[package.track_class],
        "gsd_m": package.gsd_m,
        "gsd_range_m": list(package.gsd_range_m) if package.gsd_range_m else None,
        "tile_size": package.tile_size,
        "overlap": package.overlap,
        "bands": package.n_bands,
        "mean": list(package.mean),
        "std": list(package.std),
        "threshold": package.threshold,
        "fields": list(package.field_names),
        "sha256": package.sha256,
        "torch_weights": str(package.weights) if package.weights else None,
        "metadata": dict(package.metadata),
    }
