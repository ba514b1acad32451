"""Explanation sheets as in figures 6 and 7 of the paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from railmap.errors import missing_extra
from railmap.files.output import atomic_output
from railmap.scenes.classify.classes import english_name

__all__ = ["DETAIL_ROWS", "Explanation", "overlay", "write_sheet"]

DETAIL_ROWS = 3
"""Classes whose explanations are shown by every method."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Explanation of one class of one photo.

    Parameters
    ----------
    scene
        Key of the class.
    probability
        Probability of the class.
    score
        Activation score S^c, equation 5.
    cam
        ``(h, w)`` float32: class activation map, equations 2 and 3. Its positive part is Grad-CAM,
        equation 4, up to a factor.
    guided
        ``(3, T, T)`` float32 each: guided backpropagation, equation 1, and guided Grad-CAM; None
        if they were not computed.
    """

    scene: str
    probability: float
    score: float
    cam: NDArray[np.float32]
    guided: tuple[NDArray[np.float32], NDArray[np.float32]] | None = None


def overlay(
    photo: NDArray[np.uint8], heat: NDArray[np.float32], *, signed: bool = False
) -> NDArray[np.uint8]:
    """Blend a heat map over a photo: blue for no activation, red for the highest.

    Parameters
    ----------
    photo
        ``(H, W, 3)`` uint8.
    heat
        ``(h, w)`` float32; its largest value becomes red.
    signed
        The map has negative values: blue is negative, white is 0.

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
        raise missing_extra("heat maps", "scenes", error) from error
    top = float(np.abs(heat).max())
    share = np.clip(heat / top if top > 0 else np.zeros_like(heat), -1, 1)
    scale, palette = (share / 2 + 0.5, "RdBu_r") if signed else (np.maximum(share, 0), "jet")
    grey = Image.fromarray((scale * 255).astype(np.uint8))
    large = np.asarray(grey.resize(photo.shape[1::-1], Image.Resampling.BILINEAR))
    colour = colormaps[palette](large)[..., :3] * 255
    return np.asarray(0.55 * photo + 0.45 * colour).astype(np.uint8)


def write_sheet(
    photo: NDArray[np.uint8],
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
        raise missing_extra("sheets", "scenes", error) from error
    details = found[:DETAIL_ROWS]
    columns = max(len(found) + 1, 5 if any(one.guided is not None for one in found) else 3)
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
        axis.imshow(overlay(photo, np.maximum(one.cam, 0)))
        axis.set_title(
            f"{english_name(one.scene)} {one.probability:.3f}\nS = {one.score:.2f}", fontsize=9
        )
    for row, one in zip(axes[1:], details, strict=True):
        row[0].set_title(f"{english_name(one.scene)}", fontsize=9)
        row[0].imshow(photo)
        for axis, (name, picture) in zip(row[1:], _methods(photo, one), strict=False):
            # The network's input is a square; the extent restores the photo's aspect ratio.
            axis.imshow(picture, extent=(0, photo.shape[1], photo.shape[0], 0))
            axis.set_title(name, fontsize=9)
    if title:
        figure.suptitle(title, fontsize=10)
    with atomic_output(path, overwrite=overwrite) as partial:
        figure.savefig(partial, format=path.suffix.lstrip(".").lower() or "png")


def _methods(photo: NDArray[np.uint8], one: Explanation) -> list[tuple[str, NDArray[np.uint8]]]:
    positive = np.maximum(one.cam, 0)
    shown = [("CAM", overlay(photo, one.cam, signed=True)), ("Grad-CAM", overlay(photo, positive))]
    if one.guided is not None:
        names = ("guided backprop", "guided Grad-CAM")
        shown += [(name, _signed(part)) for name, part in zip(names, one.guided, strict=True)]
    return shown


def _signed(gradient: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Map 0 to grey and three standard deviations to black and white."""
    values = gradient.transpose(1, 2, 0)
    scale = 3 * float(values.std()) or 1.0
    return (np.clip(0.5 + 0.5 * values / scale, 0, 1) * 255).astype(np.uint8)
