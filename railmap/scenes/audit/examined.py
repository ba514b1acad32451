"""Examine a data set with a network: the input of findings and report."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from railmap.errors import InputError
from railmap.progress import Reporter
from railmap.scenes.audit.attention import Attention, read_evidence, summarize_attention
from railmap.scenes.audit.modes import SMALL_MODE, Modes, find_modes
from railmap.scenes.audit.shortcuts import Shortcut, find_shortcuts
from railmap.scenes.audit.views import layout_view, structure_view
from railmap.scenes.classify.classifier import SceneClassifier
from railmap.scenes.data.dataset import SceneDataset, read_pixels
from railmap.scenes.data.duplicates import near_duplicates
from railmap.scenes.data.scores import SceneScores, score
from railmap.scenes.data.split import split_dataset
from railmap.scenes.teach.validation import cross_validated, suspicious_labels

if TYPE_CHECKING:
    from railmap.nets.scene_networks import SceneNetwork

__all__ = ["Examined", "examine"]

_SMALL_SIZE = 96  # pixels, of the network "small"


@dataclass(frozen=True, slots=True)
class Examined:
    """Predictions and statistics of a data set.

    Parameters
    ----------
    data
        The readable photos, split.
    own_split
        Whether the data set came with its own split.
    pixels
        ``(N, 3, T, T)`` uint8.
    cross_validated
        ``(N, C)`` float32 probabilities of a last layer fitted without the photo.
    scores
        Scores of `cross_validated` over all photos.
    groups
        ``(N,)`` int64: near-duplicates have the same number.
    modes, attention
        Modes and distribution of the activation, per class.
    shortcuts
        Boxes that determine a class by themselves.
    suspicious
        ``(n,)`` int64 indices of photos with a doubtful label.
    maps
        ``(N, h, w)`` float32 activation for the photo's own class.
    network_name
        Description of the network that was used.
    network
        The network, if it was trained on the data set; None if a model was given.
    """

    data: SceneDataset
    own_split: bool
    pixels: NDArray[np.uint8]
    cross_validated: NDArray[np.float32]
    scores: SceneScores
    groups: NDArray[np.int64]
    modes: tuple[Modes, ...]
    attention: tuple[Attention, ...]
    shortcuts: tuple[Shortcut, ...]
    suspicious: NDArray[np.int64]
    maps: NDArray[np.float32]
    network_name: str
    network: SceneNetwork | None


def examine(
    data: SceneDataset,
    *,
    model: SceneClassifier | None = None,
    epochs: int | None = None,
    evidence: Path | None = None,
    seed: int = 0,
    device: str = "auto",
    reporter: Reporter,
) -> Examined:
    """Examine a data set with a network.

    Parameters
    ----------
    data
        Photos and labels.
    model
        The model to use; None: the network "small" is trained on the data set first, which needs
        PyTorch.
    epochs
        Epochs of that training; None: the default of the recipe.
    evidence
        Folder of masks, see `read_evidence`.
    seed
        Random seed of split, training and samples.
    device
        As for `fit_scenes`.
    reporter
        Receives the progress.

    Raises
    ------
    InputError
        If the data set or the masks cannot be used, or the model lacks a class.
    """
    own_split = bool((data.parts != "").any())
    if not own_split:
        data = split_dataset(data, seed=seed)
    unknown = [key for key in data.classes if model is not None and key not in model.classes]
    if model is not None and unknown:
        raise InputError(
            f"{model.package.path}: the model has no class {', '.join(unknown)}; use another model"
        )
    size = _SMALL_SIZE if model is None else model.package.size
    data, pixels = read_pixels(data, size, reporter)
    network = None
    if model is None:
        network, seeing = _train_small(data, epochs, seed, device, reporter)
        name = "the small network, trained on this set"
    else:
        seeing, name = model, f"{model.package.name} ({model.package.network})"
    columns = [seeing.classes.index(key) for key in data.classes]
    reporter.stage("examining", 5, "steps")
    pooled, layout, maps, probabilities = _describe(seeing, pixels, columns, data, reporter)
    reporter.advance(1)
    groups = near_duplicates(pixels)
    logits = cross_validated(pooled, data.labels, groups, len(data.classes), seed=seed)
    crossed = np.asarray(softmax(logits, axis=1), np.float32)
    reporter.advance(1)
    members = [data.labels == label for label in range(len(data.classes))]
    modes = tuple(find_modes((structure_view(pixels[own]), layout[own]), seed) for own in members)
    reporter.advance(1)
    masks = None if evidence is None else read_evidence(evidence, data, size)
    attention = tuple(
        summarize_attention(maps[own], None if masks is None else masks[own]) for own in members
    )
    reporter.advance(1)

    def predict(some: NDArray[np.uint8]) -> NDArray[np.float32]:
        reporter.check()
        return seeing.predict(some)[:, columns]

    shortcuts = find_shortcuts(pixels, data.labels, probabilities, predict, masks, seed)
    reporter.advance(1)
    return Examined(
        data,
        own_split,
        pixels,
        crossed,
        score(crossed, data.labels),
        groups,
        modes,
        attention,
        tuple(shortcuts),
        _exclude_rare_modes(suspicious_labels(crossed, data.labels), data.labels, modes),
        maps,
        name,
        network,
    )


def _exclude_rare_modes(
    suspicious: NDArray[np.int64], labels: NDArray[np.int64], modes: tuple[Modes, ...]
) -> NDArray[np.int64]:
    """Exclude photos of small modes: they are misclassified because they are rare.

    Setting them aside would increase the bias; the finding on the mode lists them.
    """
    rare = np.zeros(len(labels), bool)
    for label, found in enumerate(modes):
        shares = np.array(found.shares)[found.members]
        rare[labels == label] = shares <= SMALL_MODE
    return suspicious[~rare[suspicious]]


def _train_small(
    data: SceneDataset, epochs: int | None, seed: int, device: str, reporter: Reporter
) -> tuple[SceneNetwork, SceneClassifier]:
    from railmap.models.export.scenes import export_scene_model
    from railmap.scenes.training.fitting import SceneRecipe, fit_scenes

    recipe = SceneRecipe("small", epochs=epochs, seed=seed)
    with tempfile.TemporaryDirectory(prefix="railmap-audit-") as folder:
        run, path = Path(folder) / "run", Path(folder) / "small.onnx"
        network = fit_scenes(data, recipe, run, device=device, reporter=reporter).network
        export_scene_model(network, "small", data.classes, path, size=_SMALL_SIZE)
        return network, SceneClassifier(path)


def _describe(
    model: SceneClassifier,
    pixels: NDArray[np.uint8],
    columns: list[int],
    data: SceneDataset,
    reporter: Reporter,
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Compute mean features, layout views, activation maps of the own class, probabilities."""
    parts: tuple[list[NDArray[np.float32]], ...] = ([], [], [], [])
    for photo, label in zip(pixels, data.labels, strict=True):
        reporter.check()
        seen = model.examine(photo.transpose(1, 2, 0))
        values = (
            seen.features.mean(axis=(1, 2)),
            layout_view(seen.features[None])[0],
            seen.activation[columns[label]],
            seen.probability[columns],
        )
        for part, value in zip(parts, values, strict=True):
            part.append(value)
    pooled, layout, maps, probabilities = (np.stack(part) for part in parts)
    return pooled, layout, maps, probabilities
