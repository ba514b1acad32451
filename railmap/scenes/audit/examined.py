"""Examine a data set with a network: the input of findings and report."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from railmap.errors import InputError
from railmap.models.scenes import SceneModel
from railmap.nets.scene_networks import SCENE_NETWORKS, SceneNetwork
from railmap.progress import Reporter
from railmap.scenes.audit.attention import Attention, read_evidence, summarize_attention
from railmap.scenes.data.duplicates import near_duplicates
from railmap.scenes.teach.validation import cross_validated, suspicious_labels
from railmap.scenes.audit.modes import SMALL_MODE, Modes, find_modes
from railmap.scenes.audit.shortcuts import Shortcut, find_shortcuts
from railmap.scenes.audit.views import layout_view, structure_view
from railmap.scenes.data.dataset import SceneDataset, read_pixels
from railmap.scenes.data.split import split_dataset
from railmap.scenes.explain.sheet import load_torch
from railmap.scenes.training.fitting import SceneRecipe, fit_scenes, predict_pixels
from railmap.scenes.training.module import Photographs
from railmap.scenes.data.scores import SceneScores, score

__all__ = ["Examined", "examine"]

_BATCH = 64


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
    network, network_name
        The network that was used, and its description.
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
    network: SceneNetwork
    network_name: str


def examine(
    data: SceneDataset,
    *,
    model: SceneModel | None = None,
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
        The model to use; None: the network "small" is trained on the data set first.
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
    unknown = [key for key in data.classes if model is not None and key not in model.class_names]
    if model is not None and unknown:
        raise InputError(
            f"{model.path}: the model has no class {', '.join(unknown)}; use another model"
        )
    spec = SCENE_NETWORKS["small"]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    data, pixels = read_pixels(data, spec.size if model is None else model.size, reporter)
    if model is None:
        recipe = SceneRecipe("small", epochs=epochs, seed=seed)
        with tempfile.TemporaryDirectory(prefix="railmap-audit-") as run:
            network = fit_scenes(data, recipe, Path(run), device=device, reporter=reporter).network
        size, mean, std = spec.size, spec.mean, spec.std
        columns, name = list(range(len(data.classes))), "the small network, trained on this set"
    else:
        network = load_torch(model)
        size, mean, std = model.size, model.mean, model.std
        columns = [model.class_names.index(key) for key in data.classes]
        name = f"{model.name} ({model.network})"
    reporter.stage("examining", 5, "steps")
    pooled, layout, maps, probabilities = _describe(network, pixels, columns, mean, std, data)
    reporter.advance(1)
    groups = near_duplicates(pixels)
    crossed = cross_validated(pooled, data.labels, groups, len(data.classes), seed=seed)
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
        return predict_pixels(network, some, mean, std)[:, columns]

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
        network,
        name,
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


def _describe(
    network: SceneNetwork,
    pixels: NDArray[np.uint8],
    columns: list[int],
    mean: tuple[float, ...],
    std: tuple[float, ...],
    data: SceneDataset,
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Compute mean features, layout views, activation maps of the own class, probabilities."""
    prepare = Photographs(mean, std).eval()
    parts: list[list[torch.Tensor]] = [[], [], [], []]
    with torch.inference_mode():
        for at in range(0, len(pixels), _BATCH):
            labels = [columns[label] for label in data.labels[at : at + _BATCH]]
            features = network.eval().backbone(prepare(torch.from_numpy(pixels[at : at + _BATCH])))
            values = (
                features.mean((2, 3)),
                layout_view(features),
                network.activation_maps(features)[range(len(labels)), labels],
                network.classify(features).softmax(1)[:, columns],
            )
            for part, value in zip(parts, values, strict=True):
                part.append(value)
    pooled, layout, maps, probabilities = (torch.cat(part).numpy() for part in parts)
    return pooled, layout, maps, probabilities
