"""Figures of the track tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from railmap.errors import InputError, missing_extra
from railmap.evaluation.paper_metrics import COLUMNS
from railmap.files.output import atomic_output
from railmap.lab.tracks.paper import PaperTable
from railmap.training.fit.curves import draw_curves, read_curves

if TYPE_CHECKING:
    from railmap.lab.tracks.speed import SpeedPoint
    from railmap.lab.tracks.tables import Line

__all__ = ["draw_runs", "draw_speed", "draw_table"]

_OURS, _PAPERS = "#1f6f8b", "#d98c3f"


def draw_table(path: Path, table: PaperTable, lines: Sequence[Line]) -> None:
    """Draw every column of a comparison, or accuracy and IoU of an ablation, as dots.

    The paper's number is next to ours where it has one; whiskers are the spread over the seeds.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise missing_extra("figures", "train", error) from error
    picked = (0, 5) if table.ablation else tuple(range(len(COLUMNS)))
    count = len(picked)
    columns = min(count, 3)
    rows = -(-count // columns)
    high = 0.9 + 0.42 * len(lines)
    figure = Figure(figsize=(3.2 + 3.1 * columns, rows * high), layout="constrained", dpi=120)
    FigureCanvasAgg(figure)
    panels = figure.subplots(rows, columns, squeeze=False, sharey=True).ravel()
    place = np.arange(len(lines))[::-1]
    for panel, index in zip(panels, picked, strict=False):
        ours = np.array([line.values[:, index].mean() for line in lines])
        over = np.array([line.values[:, index].std(ddof=1) if len(line.values) > 1 else 0.0
                         for line in lines])  # fmt: skip
        at = 0 if table.ablation else index
        known = index == 5 or not table.ablation
        paper = np.array(
            [line.paper.values[at] if line.paper.values and known else np.nan for line in lines]
        )
        panel.errorbar(ours, place, xerr=over if over.any() else None, fmt="o", color=_OURS,
                       capsize=3, label="here")  # fmt: skip
        if np.isfinite(paper).any():
            panel.plot(paper, place, "D", color=_PAPERS, label="paper")
        panel.set_ylim(-0.6, len(lines) - 0.4)
        panel.set(title=f"{COLUMNS[index]} %", yticks=place)
        panel.set_yticklabels([line.paper.label for line in lines], fontsize=8)
        panel.grid(alpha=0.3)
    handles = {
        label: handle
        for panel in panels[:count]
        for handle, label in zip(*panel.get_legend_handles_labels(), strict=True)
    }
    figure.legend(
        handles.values(), handles.keys(), loc="outside lower center", ncols=2, frameon=False
    )
    for panel in panels[count:]:
        panel.set_axis_off()
    with atomic_output(path, overwrite=True) as partial:
        figure.savefig(partial, format="png")


def draw_runs(path: Path, runs: Mapping[str, Path]) -> None:
    """Draw training and test loss of one run a network, as the paper's Figures 8 and 9."""
    curves = {}
    for name, run in runs.items():
        try:
            known = read_curves(run)
        except InputError:
            continue
        wanted = {"train_loss_epoch": "training", "test_loss": "test"}
        found = {shown: known[key] for key, shown in wanted.items() if key in known}
        if found:
            curves[name.replace("deeplabv3plus-", "")] = found
    if curves:
        draw_curves(path, curves)


def draw_speed(path: Path, points: Sequence[SpeedPoint]) -> None:
    """Draw IoU against megapixels a second, and against ground an hour; GSDs of a model joined."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
        from matplotlib.ticker import LogLocator, NullFormatter
    except ImportError as error:
        raise missing_extra("figures", "train", error) from error
    figure = Figure(figsize=(10.5, 5.0), layout="constrained", dpi=120)
    FigureCanvasAgg(figure)
    panels = figure.subplots(1, 2, sharey=True)
    for model in dict.fromkeys(point.model for point in points):
        own = [point for point in points if point.model == model and point.iou is not None]
        y = [100 * (p.iou or 0) for p in own]
        shown = model.replace("deeplabv3plus-", "")
        for panel, x in zip(
            panels, ([p.mp_per_s for p in own], [p.km2_per_h for p in own]), strict=True
        ):
            panel.plot(x, y, marker="o", label=shown)
            for point, px, py in zip(own, x, y, strict=True):
                panel.annotate(f"{100 * point.gsd:g} cm", (px, py), (4, 4),
                               textcoords="offset points", fontsize=8)  # fmt: skip
    panels[0].set(xlabel="megapixels a second", ylabel="IoU %", xscale="log")
    panels[1].set(xlabel="ground covered, km² an hour", xscale="log")
    for panel in panels:
        panel.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        panel.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        panel.xaxis.set_minor_formatter(NullFormatter())
        panel.margins(x=0.12)
        panel.grid(alpha=0.3)
    handles, names = panels[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=2, frameon=False, fontsize=9)
    with atomic_output(path, overwrite=True) as partial:
        figure.savefig(partial, format="png")
