"""Load a model package: an ONNX file that states what it finds and how it is fed."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any, Literal, overload

from railmap.errors import ModelError, RailmapError, one_line
from railmap.models.base import ModelPackage
from railmap.models.defects import DefectModel
from railmap.models.onnx_file import open_onnx
from railmap.models.onnx_header import OnnxHeader
from railmap.models.scenes import SceneModel
from railmap.models.tracks import TrackModel

__all__ = ["Kind", "describe_model", "load_model", "model_folder"]

Kind = Literal["tracks", "defects", "scenes"]

_KINDS: dict[str, type[ModelPackage]] = {
    "tracks": TrackModel,
    "defects": DefectModel,
    "scenes": SceneModel,
}
_KIND_PREFIX = "railmap-"


def model_folder() -> Path:
    """Return the folder of the shipped models."""
    return Path(str(resources.files("railmap.models"))) / "weights"


@overload
def load_model(
    name_or_path: str | os.PathLike[str] | None = ..., kind: Literal["tracks"] = ...
) -> TrackModel: ...


@overload
def load_model(
    name_or_path: str | os.PathLike[str] | None, kind: Literal["defects"]
) -> DefectModel: ...


@overload
def load_model(
    name_or_path: str | os.PathLike[str] | None, kind: Literal["scenes"]
) -> SceneModel: ...


def load_model(
    name_or_path: str | os.PathLike[str] | None = None, kind: Kind = "tracks"
) -> ModelPackage:
    """Load a model package.

    Parameters
    ----------
    name_or_path
        An ONNX file, the name of a shipped model, or None for the shipped model of this kind.
    kind
        What the model must find.

    Returns
    -------
    ModelPackage
        `TrackModel`, `DefectModel` or `SceneModel`.

    Raises
    ------
    ModelError
        If the file is missing, a pickle, not ONNX, damaged, keeps weights in other files, is a
        model of another kind, or has unusable metadata.

    Examples
    --------
    >>> load_model("tracks").gsd_m
    0.1
    >>> load_model("defects", kind="defects").class_names[0]
    'defect'
    """
    package = _KINDS[kind]
    path = _find(name_or_path, package)
    header = open_onnx(path)
    found = _kind(path, header)
    if found != kind:
        other = f"is a model of {_KINDS[found].task}, not of {package.task}"
        if not {"railmap_kind", "model_type"} & header.metadata.keys():
            other = f"does not state what it finds, so it is no model of {package.task}"
        raise ModelError(f"{path}: {other}; ", *package.remedy)
    with _reading_metadata(path):
        return package.from_header(path, header)


def describe_model(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Describe a model of any kind as JSON-ready values, for ``railmap info``.

    Raises
    ------
    ModelError
        As `load_model`.
    """
    file = Path(path)
    if not file.is_file():
        raise ModelError(f"{path}: no such model file; check the path")
    header = open_onnx(file)
    with _reading_metadata(file):
        package = _KINDS[_kind(file, header)].from_header(file, header)
        return {
            **package.describe(),
            "sha256": package.sha256,
            "licence": package.licence,
            "trainable": package.weights is not None,
            "metadata": dict(package.metadata),
        }


@contextmanager
def _reading_metadata(path: Path) -> Iterator[None]:
    """Turn errors of values in the metadata into a `ModelError`; there, the file is at fault."""
    try:
        yield
    except RailmapError:
        raise
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror}); check the file") from error
    except Exception as error:
        raise ModelError(
            f"{path}: the model's metadata is unusable ({type(error).__name__}: {one_line(error)});"
            " export the model again"
        ) from error


def _find(name_or_path: str | os.PathLike[str] | None, package: type[ModelPackage]) -> Path:
    text = os.fspath(name_or_path or package.kind)
    path = Path(text)
    if path.is_file():
        return path
    if path.suffix or len(path.parts) > 1:
        raise ModelError(f"{text}: no such model file; check the path, or ", *package.remedy)
    shipped = model_folder()
    path = shipped / f"{text}.onnx"
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in shipped.glob("*.onnx"))) or "none"
        raise ModelError(
            f"{text}: no model of this name is shipped (there are: {known}); ", *package.remedy
        )
    return path


def _kind(path: Path, header: OnnxHeader) -> Kind:
    """Kind of a model: stated by railmap, or from Deepness's ``model_type``."""
    try:
        stated = str(json.loads(header.metadata.get("railmap_kind", '""')))
    except (ValueError, RecursionError):
        stated = ""
    kind = stated.removeprefix(_KIND_PREFIX)
    for known in _KINDS:
        if kind == known:
            return known  # type: ignore[return-value]
    model_type = header.metadata.get("model_type", "Segmentor").strip('"')
    if model_type.lower().startswith("segment"):
        return "tracks"
    if model_type == "SceneClassifier":
        return "scenes"
    raise ModelError(
        f"{path}: model_type is {model_type!r}; use a segmentation model or a scene classifier"
    )
