"""Explain the scene of one photo as a sheet of images."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from railmap.errors import Option, UsageError
from railmap.files.output import check_output
from railmap.files.photo import read_photo
from railmap.models.package import load_model
from railmap.models.scenes import SceneModel
from railmap.scenes.classify.classes import find_class

__all__ = ["ExplainedScene", "explain_file"]

_SUFFIXES = (".png", ".jpg", ".jpeg", ".pdf", ".svg")


@dataclass(frozen=True, slots=True)
class ExplainedScene:
    """A scene on the sheet.

    Parameters
    ----------
    scene
        Name of the class.
    probability
        0 to 1.
    score
        Activation score.
    """

    scene: str
    probability: float
    score: float


def explain_file(
    photo: str | os.PathLike[str],
    output: str | os.PathLike[str],
    *,
    model: str | os.PathLike[str] | None = None,
    classes: Sequence[str] = (),
    top: int = 5,
    overwrite: bool = False,
) -> list[ExplainedScene]:
    """Write a sheet with Grad-CAM, guided backpropagation and guided Grad-CAM of a photo.

    Parameters
    ----------
    photo
        JPEG, PNG, TIFF or WebP.
    output
        Sheet to write.
    model
        Scene model.
    classes
        Scenes to explain in addition to the most probable ones.
    top
        Number of most probable scenes to explain.
    overwrite
        Replace an output that exists.

    Raises
    ------
    UsageError
        If the sheet has another suffix, or the model does not know a class.
    MissingExtraError
        If PyTorch is not installed.
    """
    source, target = Path(photo), Path(output)
    check_output(target, overwrite=overwrite, inputs=[source])
    if target.suffix.lower() not in _SUFFIXES:
        raise UsageError(f"{target}: a sheet is a picture; name it .png")
    package = load_model(model, kind="scenes")
    pixels = read_photo(source)
    wanted = [_class_index(package, name) for name in classes]
    import railmap.nets  # noqa: F401  (reports the missing extra)
    from railmap.scenes.explain.sheet import explain_photo, load_torch, write_sheet

    found = explain_photo(pixels, package, load_torch(package), top=top, wanted=wanted)
    write_sheet(pixels, package.class_names, found, target, title=source.name, overwrite=overwrite)
    return [
        ExplainedScene(package.class_names[one.class_index], one.probability, one.score)
        for one in found
    ]


def _class_index(package: SceneModel, name: str) -> int:
    scene = find_class(name)
    key = scene.key if scene else name
    if key not in package.class_names:
        known = ", ".join(package.class_names)
        raise UsageError(Option("class", name), f": the model does not know it; it knows {known}")
    return package.class_names.index(key)
