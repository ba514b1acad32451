"""Train a scene classifier: with the settings of the paper, or a small network from scratch."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset, WeightedRandomSampler

from railmap.errors import InputError, Option, UsageError
from railmap.nets.scene_networks import SCENE_NETWORKS, SceneNetwork, build_scene_network
from railmap.progress import NullReporter, Reporter
from railmap.scenes.data.dataset import SceneDataset, read_pixels
from railmap.scenes.data.scores import SceneScores, score
from railmap.scenes.data.split import split_dataset
from railmap.scenes.training.features import cached_features
from railmap.scenes.training.module import Photographs, SceneModule
from railmap.training.fit.trainer import make_trainer

__all__ = ["FittedScenes", "SceneRecipe", "fit_scenes", "predict_pixels"]

_BATCH = 64


@dataclass(frozen=True, slots=True)
class SceneRecipe:
    """Network and training settings.

    Parameters
    ----------
    network
        Key of `SCENE_NETWORKS`.
    epochs, batch, rate
        Epochs, photos per batch, learning rate. None: those of the network (`SceneSpec`).
    seed
        Random seed of weights, split and order.
    weights, imagenet
        As for `build_scene_network`.
    draws
        Number of cached samples of dropout for a frozen network.

    Raises
    ------
    UsageError
        If there is no such network, or there are no ImageNet weights for it.
    """

    network: str = "resnet50-improved"
    epochs: int | None = None
    batch: int = 32
    rate: float | None = None
    seed: int = 0
    weights: Path | None = None
    imagenet: bool = False
    draws: int = 4

    def __post_init__(self) -> None:
        """Validate the name of the network."""
        if self.network not in SCENE_NETWORKS:
            known = ", ".join(SCENE_NETWORKS)
            raise UsageError(f"no scene network is called {self.network!r}; there are: {known}")
        if self.imagenet and not SCENE_NETWORKS[self.network].pretrained:
            raise UsageError(f"there are no ImageNet weights of the network {self.network!r}")

    def resolved(self) -> SceneRecipe:
        """Return the recipe with defaults instead of None."""
        spec = SCENE_NETWORKS[self.network]
        return replace(self, epochs=self.epochs or spec.epochs, rate=self.rate or spec.rate)


@dataclass(frozen=True, slots=True)
class FittedScenes:
    """A trained network and its predictions.

    Parameters
    ----------
    network
        In evaluation mode, on the CPU.
    data
        The readable photos, split.
    probabilities
        ``(N, C)`` float32 of all photos.
    scores
        Scores by part: "train", "val", "test".
    """

    network: SceneNetwork
    data: SceneDataset
    probabilities: NDArray[np.float32]
    scores: dict[str, SceneScores]


def fit_scenes(
    data: SceneDataset,
    recipe: SceneRecipe,
    folder: Path,
    *,
    device: str = "auto",
    reporter: Reporter | None = None,
) -> FittedScenes:
    """Train a scene network on the part "train" and score it on all parts.

    Parameters
    ----------
    data
        Photos and labels; a data set without split is split 7:2:1.
    recipe
        Network and settings.
    folder
        Folder of the run for log, curves, checkpoints and cached features; created if needed.
    device
        As for `make_trainer`.
    reporter
        Receives the progress.

    Raises
    ------
    UsageError
        If the network is frozen and there are no weights.
    InputError
        If fewer than two classes have readable photos for training.
    ModelError
        If the weights cannot be loaded or do not match.
    """
    reporter = reporter or NullReporter()
    recipe = recipe.resolved()
    spec = SCENE_NETWORKS[recipe.network]
    if spec.frozen and not (recipe.weights or recipe.imagenet):
        raise UsageError(
            f"{recipe.network} trains its last layer only and needs ImageNet weights: give ",
            Option("weights", "FILE"),
            " or ",
            Option("imagenet", True),
            ", or take ",
            Option("network", "small"),
            ", which trains from scratch",
        )
    torch.manual_seed(recipe.seed)
    network = build_scene_network(
        recipe.network, len(data.classes), weights=recipe.weights, imagenet=recipe.imagenet
    )
    if (data.parts == "").all():
        data = split_dataset(data, seed=recipe.seed)
    prepare = Photographs(spec.mean, spec.std, data.swaps)
    if spec.frozen:
        kept = cached_features(
            network,
            data,
            spec.size,
            prepare,
            folder / "features.safetensors",
            reporter,
            draws=recipe.draws,
            seed=recipe.seed,
        )
        data = kept.data
        learn = kept.draws if len(kept.draws) else kept.clean[None]
        _fit(network.head, nn.Identity(), learn, kept.clean, data, recipe, folder, device, reporter)
        with torch.inference_mode():
            probabilities = network.head(kept.clean).softmax(1).numpy()
    else:
        data, pixels = read_pixels(data, spec.size, reporter)
        photos = torch.from_numpy(pixels)
        _fit(network, prepare, photos[None], photos, data, recipe, folder, device, reporter)
        probabilities = predict_pixels(network, pixels, spec.mean, spec.std)
    network.eval()
    scores = {
        part: score(probabilities[data.parts == part], data.labels[data.parts == part])
        for part in ("train", "val", "test")
        if (data.parts == part).any()
    }
    return FittedScenes(network, data, probabilities, scores)


def _fit(
    part: nn.Module,
    prepare: nn.Module,
    draws: Tensor,
    clean: Tensor,
    data: SceneDataset,
    recipe: SceneRecipe,
    folder: Path,
    device: str,
    reporter: Reporter,
) -> None:
    """Fit `part` on ``(D, N, …)`` inputs; an epoch shows a random sample of each photo."""
    train = torch.from_numpy(np.flatnonzero(data.parts == "train"))
    labels = torch.from_numpy(data.labels)
    if len(labels[train].unique()) < 2:
        raise InputError(
            f"{data.root}: fewer than two classes have photos for training; add photos"
        )
    folder.mkdir(parents=True, exist_ok=True)
    epochs, rate = recipe.epochs or 1, recipe.rate or 1e-4
    repeats = torch.from_numpy(data.repeats)[train].double().repeat(len(draws))
    learn = TensorDataset(draws[:, train].flatten(0, 1), labels[train].repeat(len(draws)))
    order = torch.Generator().manual_seed(recipe.seed)
    shown = len(train)
    loader = DataLoader(
        learn,
        batch_size=min(recipe.batch, shown),
        sampler=WeightedRandomSampler(repeats.tolist(), shown, generator=order),
        drop_last=True,
    )
    val = torch.from_numpy(np.flatnonzero(data.parts == "val"))
    validation = DataLoader(TensorDataset(clean[val], labels[val]), batch_size=_BATCH)
    whole = isinstance(part, SceneNetwork)
    steps = epochs * len(loader) if whole else None
    if whole:
        part.to(memory_format=torch.channels_last)
    module = SceneModule(part, prepare, len(data.classes), rate, steps)
    options: dict[str, Any] = {"monitor": "val_loss", "mode": "min"} if len(val) else {}
    trainer = make_trainer(
        folder,
        epochs=epochs,
        save_every=max(1, epochs // 4),
        device=device,
        precision="auto" if whole else "32-true",
        reporter=reporter,
        **options,
    )
    trainer.fit(module, loader, validation if len(val) else None)
    reporter.check()
    module.cpu().eval()


def predict_pixels(
    network: SceneNetwork,
    pixels: NDArray[np.uint8],
    mean: tuple[float, ...],
    std: tuple[float, ...],
) -> NDArray[np.float32]:
    """Classify photos.

    Parameters
    ----------
    network
        The network; set to evaluation mode.
    pixels
        ``(N, 3, T, T)`` uint8.
    mean, std
        Normalization of the network's input, per band.

    Returns
    -------
    NDArray
        ``(N, C)`` float32 probabilities.
    """
    prepare = Photographs(mean, std).eval()
    network.eval()
    with torch.inference_mode():
        parts = [
            network(prepare(torch.from_numpy(pixels[at : at + _BATCH]))).softmax(1).numpy()
            for at in range(0, len(pixels), _BATCH)
        ]
    return np.concatenate(parts) if parts else np.zeros((0, network.head.out_features), np.float32)
