"""From a data set to a scene classifier: the paper's settings, or a small network from scratch."""

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
from railmap.scenes.data.split import split_dataset
from railmap.scenes.training.features import kept_features
from railmap.scenes.training.module import Photographs, SceneModule
from railmap.scenes.training.scores import SceneScores, score
from railmap.training.fit.trainer import make_trainer

__all__ = ["FittedScenes", "SceneRecipe", "fit_scenes", "predict_pixels"]

_BATCH = 64


@dataclass(frozen=True, slots=True)
class SceneRecipe:
    """How a network is trained.

    Parameters
    ----------
    network
        Key of `SCENE_NETWORKS`.
    epochs, batch, rate
        None: the paper's 80 (75–85) epochs, 32 photos and 1e-4 for frozen networks; 30, 32 and
        3e-3 (one cycle) for the small one, which trains as a whole.
    seed
        Of weights, split and order.
    weights, imagenet
        See `build_scene_network`.
    draws
        Draws of dropout kept for a frozen network.

    Raises
    ------
    UsageError
        If there is no such network, or no ImageNet weights of it.
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
        """Refuse what there isn't."""
        if self.network not in SCENE_NETWORKS:
            known = ", ".join(SCENE_NETWORKS)
            raise UsageError(f"no scene network is called {self.network!r}; there are: {known}")
        if self.imagenet and not SCENE_NETWORKS[self.network].frozen:
            raise UsageError(f"there are no ImageNet weights of the network {self.network!r}")

    def settled(self) -> SceneRecipe:
        """Fill in what is None."""
        frozen = SCENE_NETWORKS[self.network].frozen
        return replace(
            self,
            epochs=self.epochs or (80 if frozen else 30),
            rate=self.rate or (1e-4 if frozen else 3e-3),
        )


@dataclass(frozen=True, slots=True)
class FittedScenes:
    """A trained network and what it makes of its data.

    Parameters
    ----------
    network
        In evaluation mode, on the CPU.
    data
        The photos that could be read, split.
    probabilities
        ``(N, C)`` float32 of all of them.
    scores
        By part: "train", "val", "test".
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
    """Train a scene network on the photos for "train" and judge it on all parts.

    Parameters
    ----------
    data
        If it isn't split yet, it is dealt out 7:2:1.
    recipe
        Network and settings.
    folder
        Of the run: log, curves, checkpoints, kept features. Made when there is something to keep.
    device
        As for `make_trainer`.
    reporter
        Is told of the progress.

    Raises
    ------
    UsageError
        If a frozen network is to be trained without weights.
    InputError
        If fewer than two classes have readable photos for training.
    ModelError
        If the weights can't be had or don't fit.
    """
    reporter = reporter or NullReporter()
    recipe = recipe.settled()
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
        kept = kept_features(
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
    """Fit `part` on ``(D, N, …)`` inputs, an epoch showing one draw of each photo by lot."""
    train = torch.from_numpy(np.flatnonzero(data.parts == "train"))
    labels = torch.from_numpy(data.labels)
    if len(labels[train].unique()) < 2:
        raise InputError(f"{data.root}: fewer than two classes have photos for training")
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
        part.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
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
    """``(N, 3, T, T)`` uint8 → ``(N, C)`` probabilities."""
    prepare = Photographs(mean, std).eval()
    network.eval()
    with torch.inference_mode():
        parts = [
            network(prepare(torch.from_numpy(pixels[at : at + _BATCH]))).softmax(1).numpy()
            for at in range(0, len(pixels), _BATCH)
        ]
    return np.concatenate(parts) if parts else np.zeros((0, network.head.out_features), np.float32)
