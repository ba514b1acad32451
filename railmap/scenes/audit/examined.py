"""A data set examined with a network: everything that findings and report are made of."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from railmap.errors import InputError
from railmap.nets.scene_networks import SCENE_NETWORKS, SceneNetwork
from railmap.progress import Reporter
from railmap.scenes.audit.duplicates import near_duplicates
from railmap.scenes.audit.labels import cross_validated, suspicious_labels
from railmap.scenes.audit.looking import Looking, look, read_evidence
from railmap.scenes.audit.modes import SMALL_MODE, Modes, find_modes
from railmap.scenes.audit.shortcuts import Shortcut, find_shortcuts
from railmap.scenes.audit.views import layout_view, structure_view
from railmap.scenes.classify.package import ScenePackage
from railmap.scenes.data.dataset import SceneDataset, read_pixels
from railmap.scenes.data.split import split_dataset
from railmap.scenes.explain.sheet import load_torch
from railmap.scenes.training.fitting import SceneRecipe, fit_scenes, predict_pixels
from railmap.scenes.training.module import Photographs
from railmap.scenes.training.scores import SceneScores, score

__all__ = ["Examined", "examine"]

_BATCH = 64


@dataclass(frozen=True, slots=True)
class Examined:
    """A data set and what a network makes of it.

    Parameters
    ----------
    data
        The photos that could be read, split.
    own_split
        Whether the split is the data set's own.
    pixels
        ``(N, 3, T, T)`` uint8.
    cross_validated
        ``(N, C)`` probabilities of a last layer fitted without the photo.
    scores
        Of these, over all photos.
    groups
        ``(N,)`` near-duplicates.
    modes, looking
        For each class.
    shortcuts
        Places that decide on a class wherever they stand.
    suspicious
        Indices of photos with a doubtful label.
    maps
        ``(N, h, w)`` activation for the photo's own class.
    network, seen_by
        What looked at the photos, and that in words.
    """

    data: SceneDataset
    own_split: bool
    pixels: NDArray[np.uint8]
    cross_validated: NDArray[np.float32]
    scores: SceneScores
    groups: NDArray[np.int64]
    modes: tuple[Modes, ...]
    looking: tuple[Looking, ...]
    shortcuts: tuple[Shortcut, ...]
    suspicious: NDArray[np.int64]
    maps: NDArray[np.float32]
    network: SceneNetwork
    seen_by: str


def examine(
    data: SceneDataset,
    *,
    model: ScenePackage | None = None,
    epochs: int | None = None,
    evidence: Path | None = None,
    seed: int = 0,
    device: str = "auto",
    reporter: Reporter,
) -> Examined:
    """Look at a data set with a network.

    Parameters
    ----------
    data
        Photos and labels.
    model
        The network to look with; None: the small one is trained on the data set first.
    epochs
        Of that training.
    evidence
        Folder of masks, see `read_evidence`.
    seed
        Of split, training and samples.
    device
        As for `fit_scenes`.
    reporter
        Is told of the progress.

    Raises
    ------
    InputError
        If the data set or the masks can't be used, or the model doesn't know a class.
    """
    own_split = bool((data.parts != "").any())
    if not own_split:
        data = split_dataset(data, seed=seed)
    unknown = [key for key in data.classes if model is not None and key not in model.classes]
    if model is not None and unknown:
        raise InputError(f"{model.path}: the model doesn't know {', '.join(unknown)}")
    spec = SCENE_NETWORKS["small"]
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
        columns = [model.classes.index(key) for key in data.classes]
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
    looking = tuple(look(maps[own], None if masks is None else masks[own]) for own in members)
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
        looking,
        tuple(shortcuts),
        _without_rare(suspicious_labels(crossed, data.labels), data.labels, modes),
        maps,
        network,
        name,
    )


def _without_rare(
    suspicious: NDArray[np.int64], labels: NDArray[np.int64], modes: tuple[Modes, ...]
) -> NDArray[np.int64]:
    """Leave out photos of small modes: they are told wrong because they are rare.

    To put them aside would make the bias worse; the finding on the mode shows them.
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
    """Mean features, features in place, own-class activation maps, probabilities."""
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
