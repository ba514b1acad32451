"""Explanation sheets as in figures 6 and 7 of the paper."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from railmap.errors import ModelError, missing_extra
from railmap.files.output import atomic_output
from railmap.models.scenes import SceneModel
from railmap.nets.scene_networks import SceneNetwork, build_scene_network
from railmap.scenes.classify.classes import english_name
from railmap.scenes.classify.classifier import fit_photo
from railmap.scenes.explain.attribution import Explanation, explain

__all__ = ["explain_photo", "load_torch", "network_input", "overlay", "write_sheet"]

_DETAIL_ROWS = 3


def load_torch(package: SceneModel) -> SceneNetwork:
    """Build the network of a model in torch, with its weights.

    Raises
    ------
    ModelError
        If the package does not hold them or they do not fit.
    """
    if package.weights is None or package.network is None:
        raise ModelError(
            f"{package.path}: explanations need the network's weights, which this file does not "
            "hold in a form that torch can load; train or export the model again"
        )
    return build_scene_network(
        package.network, len(package.class_names), weights=package.weights
    ).eval()


def network_input(photo: NDArray[np.uint8], package: SceneModel) -> Tensor:
    """Convert a photo ``(H, W, 3)`` uint8 to the network's input ``(1, 3, T, T)`` float32."""
    pixels = torch.from_numpy(fit_photo(photo, package.size)).permute(2, 0, 1).float() / 255
    mean, std = (torch.tensor(v).view(3, 1, 1) for v in (package.mean, package.std))
    return ((pixels - mean) / std)[None]


def explain_photo(
    photo: NDArray[np.uint8],
    package: SceneModel,
    network: SceneNetwork,
    *,
    top: int = 5,
    wanted: Sequence[int] = (),
) -> list[Explanation]:
    """Explain the most probable classes of a photo.

    Parameters
    ----------
    photo
        ``(H, W, 3)`` uint8 RGB.
    package
        The model.
    network
        Its network, see `load_torch`.
    top
        Number of classes.
    wanted
        Indices of further classes.

    Raises
    ------
    MissingExtraError
        If captum is not installed.
    """
    image = network_input(photo, package)
    with torch.inference_mode():
        order = network(image)[0].argsort(descending=True).tolist()
    chosen = list(dict.fromkeys([*order[:top], *wanted]))
    return explain(network, image, chosen)


def overlay(photo: NDArray[np.uint8], heat: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Blend a heat map over a photo: blue for no activation, red for the highest.

    Parameters
    ----------
    photo
        ``(H, W, 3)`` uint8.
    heat
        ``(h, w)`` float32, at least 0; its maximum becomes red.

    Returns
    -------
    NDArray
        ``(H, W, 3)`` uint8.

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    """
    try:
        from matplotlib import colormaps
    except ImportError as error:
        raise missing_extra("heat maps", "train", error) from error
    from PIL import Image

    top = float(heat.max())
    share = np.clip(heat / top, 0, 1) if top > 0 else np.zeros_like(heat)
    grey = Image.fromarray((share * 255).astype(np.uint8))
    large = np.asarray(grey.resize(photo.shape[1::-1], Image.Resampling.BILINEAR))
    colour = colormaps["jet"](large)[..., :3] * 255
    return np.asarray(0.55 * photo + 0.45 * colour).astype(np.uint8)


def write_sheet(
    photo: NDArray[np.uint8],
    classes: Sequence[str],
    found: Sequence[Explanation],
    path: Path,
    *,
    title: str = "",
    overwrite: bool = False,
) -> None:
    """Write a sheet: Grad-CAM of every explained class (figure 6), then all methods (figure 7).

    Parameters
    ----------
    photo
        ``(H, W, 3)`` uint8 RGB.
    classes
        Keys of the model's classes.
    found
        Explanations, the most probable class first.
    path
        Image file to write; the suffix gives the format.
    title
        Title of the sheet.
    overwrite
        Whether to replace an existing file.

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    OutputError
        If the file exists or cannot be written.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise missing_extra("sheets", "train", error) from error
    details = found[:_DETAIL_ROWS]
    columns = max(len(found) + 1, 4)
    rows = 1 + len(details)
    tall = 2.1 * min(2.0, photo.shape[0] / photo.shape[1]) + 0.3
    figure = Figure(figsize=(2.1 * columns, tall * rows + 0.3), dpi=90, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(rows, columns, squeeze=False)
    for axis in axes.flat:
        axis.axis("off")
    axes[0, 0].imshow(photo)
    axes[0, 0].set_title("photo", fontsize=9)
    for axis, one in zip(axes[0, 1:], found, strict=False):
        axis.imshow(overlay(photo, one.grad_cam.numpy()))
        axis.set_title(
            f"{english_name(classes[one.class_index])} {one.probability:.3f}\nS = {one.score:.2f}",
            fontsize=9,
        )
    for row, one in zip(axes[1:], details, strict=True):
        row[0].set_title(f"{english_name(classes[one.class_index])}", fontsize=9)
        pictures = (
            ("Grad-CAM", overlay(photo, one.grad_cam.numpy())),
            ("guided backprop", _signed(one.guided)),
            ("guided Grad-CAM", _signed(one.guided_grad_cam)),
        )
        row[0].imshow(photo)
        for axis, (name, picture) in zip(row[1:], pictures, strict=False):
            # The network's input is a square; the extent restores the photo's aspect ratio.
            axis.imshow(picture, extent=(0, photo.shape[1], photo.shape[0], 0))
            axis.set_title(name, fontsize=9)
    if title:
        figure.suptitle(title, fontsize=10)
    with atomic_output(path, overwrite=overwrite) as partial:
        figure.savefig(partial, format=path.suffix.lstrip(".").lower() or "png")


def _signed(gradient: Tensor) -> NDArray[np.uint8]:
    """Map 0 to grey and three standard deviations to black and white."""
    values = gradient.numpy().transpose(1, 2, 0)
    scale = 3 * float(values.std()) or 1.0
    return (np.clip(0.5 + 0.5 * values / scale, 0, 1) * 255).astype(np.uint8)
