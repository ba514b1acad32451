"""Figure of the bias table: accuracies, and Grad-CAM before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from railmap.errors import missing_extra
from railmap.files.output import atomic_output
from railmap.nets.scene_networks import SCENE_NETWORKS, SceneNetwork
from railmap.scenes.classify.classes import english_name
from railmap.scenes.explain.attribution import grad_cam
from railmap.scenes.explain.sheet import overlay
from railmap.scenes.training.module import Photographs

__all__ = ["Seen", "bias_figure", "see"]


@dataclass(frozen=True, slots=True)
class Seen:
    """One test photo with the predictions before and after.

    Parameters
    ----------
    photo
        ``(T, T, 3)`` uint8.
    scene
        What it shows.
    predicted
        Predicted class before and after.
    heats
        Grad-CAM of the predicted class, before and after.
    """

    photo: NDArray[np.uint8]
    scene: str
    predicted: tuple[str, str]
    heats: tuple[NDArray[np.float32], NDArray[np.float32]]


def see(
    pixels: NDArray[np.uint8],
    scene: str,
    classes: Sequence[str],
    networks: tuple[SceneNetwork, SceneNetwork],
) -> Seen:
    """Show ``(3, T, T)`` uint8 to the small network before and after."""
    spec = SCENE_NETWORKS["small"]
    image = Photographs(spec.mean, spec.std).eval()(torch.from_numpy(pixels[None]))
    predicted, heats = [], []
    for network in networks:
        with torch.inference_mode():
            top = int(network(image)[0].argmax())
        predicted.append(classes[top])
        heats.append(grad_cam(network, image, top)[0][0].numpy())
    photo = np.ascontiguousarray(pixels.transpose(1, 2, 0))
    return Seen(photo, scene, (predicted[0], predicted[1]), (heats[0], heats[1]))


def bias_figure(
    path: Path,
    seeds: Sequence[int],
    before: Sequence[tuple[float, float, float]],
    after: Sequence[tuple[float, float, float]],
    examples: Sequence[Seen],
) -> None:
    """Write the picture.

    Parameters
    ----------
    path
        PNG to write; replaces an older one.
    seeds, before, after
        Accuracies of each seed: all, against the mark, rare mode.
    examples
        Photos of one seed.

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    OutputError
        If it cannot be written.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise missing_extra("figures", "train", error) from error
    columns = max(3, len(examples))
    figure = Figure(figsize=(1.75 * columns, 7.6), dpi=90, layout="constrained")
    FigureCanvasAgg(figure)
    parts: Any = figure.subfigures(2, 1, height_ratios=(1, 2.4))
    top, bottom = parts
    for axis, number, title in zip(
        top.subplots(1, 3, sharey=True), range(3), ("all", "against the mark", "rare mode"),
        strict=True,
    ):  # fmt: skip
        at = np.arange(len(seeds))
        axis.bar(at - 0.2, [100 * b[number] for b in before], 0.4, label="before", color="#b0b0b0")
        axis.bar(at + 0.2, [100 * a[number] for a in after], 0.4, label="after", color="#2e7d4f")
        axis.set_xticks(at, [f"seed {seed}" for seed in seeds], fontsize=8)
        axis.set_title(title, fontsize=9)
        axis.set_ylim(0, 100)
    top.axes[0].set_ylabel("top-1, unbiased test (%)", fontsize=8)
    top.axes[0].legend(fontsize=8, loc="lower right")
    axes = bottom.subplots(3, columns, squeeze=False)
    for axis in axes.flat:
        axis.axis("off")
    for column, one in enumerate(examples):
        axes[0, column].imshow(one.photo)
        axes[0, column].set_title(english_name(one.scene), fontsize=8)
        for row, when in enumerate(("before", "after")):
            axes[1 + row, column].imshow(overlay(one.photo, one.heats[row]))
            axes[1 + row, column].set_title(
                f"{when}: {english_name(one.predicted[row])}", fontsize=8
            )
    with atomic_output(path, overwrite=True) as partial:
        figure.savefig(partial, format="png")
