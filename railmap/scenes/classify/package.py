"""Scene models: an ONNX file that says which scenes it knows and how it wants to be fed."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from railmap.errors import ModelError, Option, Part
from railmap.models.onnx_header import read_header
from railmap.models.package import model_folder

__all__ = ["DEFAULT_SCENES", "MODEL_TYPE", "ScenePackage", "load_scene_model"]

DEFAULT_SCENES = "scenes"
MODEL_TYPE = "SceneClassifier"
_HOW: tuple[Part, ...] = (
    "train one on your own photos, sorted into a folder for each scene, with `railmap train scenes`"
    " (the network small needs no ImageNet weights), and give it with ",
    Option("model", "scenes.onnx"),
)


@dataclass(frozen=True, slots=True)
class ScenePackage:
    """A scene classifier and how to feed it.

    Parameters
    ----------
    path
        The ONNX file.
    name, version
        File name without suffix; version from the metadata.
    classes
        Keys of the scenes, in the order of the outputs.
    network
        Name of the architecture, to build it in torch.
    size
        Side of the square input, pixels.
    mean, std
        Per band, of pixels scaled to 0-1.
    metadata
        All metadata of the file.
    """

    path: Path
    name: str
    version: str
    classes: tuple[str, ...]
    network: str
    size: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    metadata: dict[str, str] = field(hash=False)

    @property
    def weights(self) -> Path | None:
        """The safetensors file beside the ONNX file, for torch, if it is there."""
        path = self.path.with_suffix(".safetensors")
        return path if path.is_file() else None


def load_scene_model(name_or_path: str | os.PathLike[str] | None = None) -> ScenePackage:
    """Read a scene model.

    Parameters
    ----------
    name_or_path
        An ONNX file, the name of a shipped model, or None for the shipped scene model.

    Raises
    ------
    ModelError
        If there are no weights, or the file is no scene classifier of railmap.
    """
    path = Path(name_or_path or DEFAULT_SCENES)
    if not path.is_file() and not path.suffix and len(path.parts) == 1:
        path = model_folder() / f"{path.name}.onnx"
        if not path.is_file():
            raise ModelError(
                f"railmap ships no scene model{_called(name_or_path)}, and without one no photo "
                "can be classified; ",
                *_HOW,
            )
    if not path.is_file():
        raise ModelError(f"{path}: no such model file; check the path, or ", *_HOW)
    try:
        header = read_header(path)
    except OSError as error:
        raise ModelError(f"{path}: can't be read ({error.strerror}); check the file") from error
    except ValueError as error:
        raise ModelError(f"{path}: is no ONNX model ({error}); ", *_HOW) from error
    values = {key: _json(text) for key, text in header.metadata.items()}
    if values.get("model_type") != MODEL_TYPE:
        raise ModelError(f"{path}: is no scene classifier of railmap; ", *_HOW)
    try:
        names = values["class_names"]
        return ScenePackage(
            path=path,
            name=path.stem,
            version=str(values.get("railmap_version", "")),
            classes=tuple(str(names[key]) for key in sorted(names, key=int)),
            network=str(values["network"]),
            size=int(values["tile_size"]),
            mean=_three(values["standardization_mean"]),
            std=_three(values["standardization_std"]),
            metadata=dict(header.metadata),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{path}: the model's metadata is unusable ({error}); ", *_HOW) from error


def _called(name: str | os.PathLike[str] | None) -> str:
    return "" if name is None else f" called {os.fspath(name)!r}"


def _three(values: Any) -> tuple[float, float, float]:
    red, green, blue = (float(value) for value in values)
    return red, green, blue


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text
