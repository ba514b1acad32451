"""Figures 3, 5, 6 and 8 of the rail-surface paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from railmap.errors import missing_extra
from railmap.files.output import atomic_output

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_grey_values", "draw_means", "draw_training"]

_OURS, _PAPERS = "#1f6f8b", "#d98c3f"
_BINS = 64


def draw_grey_values(path: Path, images: NDArray[np.uint8], name: str) -> None:
    """Draw the distribution of the pixels before and after normalisation, as Figure 3.

    Parameters
    ----------
    path
        PNG to write.
    images
        ``(N, H, W)`` uint8, the training strips.
    name
        Of the strips, for the title.
    """
    figure, panels = _panels(2, name)
    mean, std = float(images.mean()), max(float(images.std()), 1e-3)
    counts = np.bincount(images.ravel(), minlength=256).reshape(_BINS, -1).sum(axis=1)
    edges = np.linspace(0, 256, _BINS + 1)
    for panel, places, label in (
        (panels[0], edges, "grey value"),
        (panels[1], (edges - mean) / std, "normalised value"),
    ):
        panel.stairs(counts / counts.sum(), places, fill=True, color=_OURS)
        panel.set(xlabel=label, ylabel="share of the pixels")
    _save(figure, path)


def draw_training(
    path: Path,
    history: Sequence[Mapping[str, float]],
    paper: Sequence[tuple[float, ...]],
    name: str,
) -> None:
    """Draw accuracy and loss of the training by epoch, as Figures 5 and 6.

    Parameters
    ----------
    path
        PNG to write.
    history
        Of a `FitResult`.
    paper
        Epoch, iteration, seconds and loss of the paper's Table 2.
    name
        Of the training, for the title.
    """
    figure, panels = _panels(2, name)
    epochs = [line["epoch"] for line in history]
    marker = "." if len(epochs) < 30 else ""
    known = [line for line in history if "accuracy" in line]
    panels[0].plot(
        [line["epoch"] for line in known], [line["accuracy"] for line in known],
        color=_OURS, marker=marker,
    )  # fmt: skip
    panels[0].set(xlabel="epoch", ylabel="accuracy of the training")
    panels[1].plot(epochs, [line["loss"] for line in history], color=_OURS, marker=marker,
                   label="here")  # fmt: skip
    panels[1].plot([line[0] for line in paper], [line[3] for line in paper], "D", color=_PAPERS,
                   label="paper")  # fmt: skip
    panels[1].set(xlabel="epoch", ylabel="loss of the training", yscale="log", xscale="log")
    panels[1].legend(frameon=False)
    _save(figure, path)


def draw_means(
    path: Path,
    names: Sequence[str],
    ours: Sequence[tuple[float, float] | None],
    paper: Sequence[tuple[float, float] | None],
    title: str,
) -> None:
    """Draw F1 and IoU of the networks as bars, as Figure 8.

    Parameters
    ----------
    path
        PNG to write.
    names
        Of the networks.
    ours, paper
        F1 and IoU of each; None where it was not measured.
    title
        Title.
    """
    figure, panels = _panels(2, title)
    place = np.arange(len(names))
    for panel, index, label in ((panels[0], 0, "F1"), (panels[1], 1, "IoU")):
        for shift, values, colour, whose in (
            (-0.2, ours, _OURS, "here"),
            (0.2, paper, _PAPERS, "paper"),
        ):
            heights = [np.nan if pair is None else pair[index] for pair in values]
            bars = panel.bar(place + shift, heights, 0.38, color=colour, label=whose)
            panel.bar_label(bars, [f"{h:.2f}" if h == h else "" for h in heights], fontsize=8)
        panel.set(ylabel=label, ylim=(0, 1.08), xticks=place)
        panel.set_xticklabels(names, fontsize=8)
    panels[1].legend(frameon=False, loc="lower right")
    _save(figure, path)


def _panels(count: int, title: str) -> tuple[Figure, Any]:
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise missing_extra("figures", "train", error) from error
    figure = Figure(figsize=(4.6 * count, 3.2), layout="constrained", dpi=120)
    FigureCanvasAgg(figure)
    figure.suptitle(title)
    panels = figure.subplots(1, count)
    for panel in panels:
        panel.grid(alpha=0.3)
        panel.set_axisbelow(True)
    return figure, panels


def _save(figure: Figure, path: Path) -> None:
    with atomic_output(path, overwrite=True) as partial:
        figure.savefig(partial, format="png")
