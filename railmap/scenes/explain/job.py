"""Explain the scene of one photo as a sheet of images."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from railmap.errors import Option, UsageError
from railmap.files.output import check_output
from railmap.files.photo import read_photo
from railmap.models.scenes import SceneModel
from railmap.progress import NullReporter, Reporter
from railmap.scenes.classify.classes import find_class
from railmap.scenes.classify.classifier import SceneClassifier, activation_scores
from railmap.scenes.explain.sheet import DETAIL_ROWS, Explanation, write_sheet

__all__ = ["explain_file"]

_SUFFIXES = (".png", ".jpg", ".jpeg", ".pdf", ".svg")


def explain_file(
    photo: str | os.PathLike[str],
    output: str | os.PathLike[str],
    *,
    model: str | os.PathLike[str] | None = None,
    classes: Sequence[str] = (),
    top: int = 5,
    overwrite: bool = False,
    reporter: Reporter | None = None,
) -> list[Explanation]:
    """Write a sheet with CAM, Grad-CAM, guided backpropagation and guided Grad-CAM of a photo.

    Guided backpropagation needs PyTorch and captum; without them the sheet has CAM and Grad-CAM.

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
    reporter
        Is told what the sheet lacks.

    Returns
    -------
    list of Explanation
        The most probable class first.

    Raises
    ------
    UsageError
        If the sheet has another suffix, or the model does not know a class.
    MissingExtraError
        If matplotlib is not installed.
    """
    source, target = Path(photo), Path(output)
    check_output(target, overwrite=overwrite, inputs=[source])
    if target.suffix.lower() not in _SUFFIXES:
        raise UsageError(f"{target}: a sheet is a picture; name it .png")
    classifier = SceneClassifier(model)
    package = classifier.package
    pixels = read_photo(source)
    wanted = [_class_index(package, name) for name in classes]
    probabilities, maps = (values[0] for values in classifier.explain([pixels]))
    scores = activation_scores(maps)
    order = np.argsort(-probabilities, kind="stable")[:top].tolist()
    chosen = list(dict.fromkeys([*order, *wanted]))
    found = [
        Explanation(
            package.class_names[index], float(probabilities[index]), float(scores[index]),
            maps[index],
        )
        for index in chosen
    ]  # fmt: skip
    lacking = _lacking(package)
    if lacking:
        (reporter or NullReporter()).message(f"without guided backpropagation: {lacking}")
    else:
        from railmap.scenes.explain.torch_network import guided_gradients

        guided = guided_gradients(pixels, package, chosen[:DETAIL_ROWS])
        found[:DETAIL_ROWS] = [
            replace(one, guided=pair) for one, pair in zip(found[:DETAIL_ROWS], guided, strict=True)
        ]
    write_sheet(pixels, found, target, title=source.name, overwrite=overwrite)
    return found


def _lacking(package: SceneModel) -> str:
    """Return why there are no gradients; empty if there are."""
    absent = [name for name in ("torch", "captum") if find_spec(name) is None]
    if absent:
        return f"it needs {' and '.join(absent)}, of the extra 'train'"
    if package.weights is None or package.network is None:
        return "the model does not hold its weights in a form that PyTorch can load"
    return ""


def _class_index(package: SceneModel, name: str) -> int:
    scene = find_class(name)
    key = scene.key if scene else name
    if key not in package.class_names:
        known = ", ".join(package.class_names)
        raise UsageError(Option("class", name), f": the model does not know it; it knows {known}")
    return package.class_names.index(key)
