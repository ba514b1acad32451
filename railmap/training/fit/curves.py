"""Loss against epochs as an image, as Figures 8 and 9 of the track paper."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from pathlib import Path

from railmap.errors import InputError, missing_extra
from railmap.files.output import atomic_output

__all__ = ["Curve", "draw_curves", "loss_curves", "read_curves"]

Curve = tuple[list[float], list[float]]


def read_curves(folder: Path) -> dict[str, Curve]:
    """Read what a run logged: name → (epochs, values).

    A resumed run has a log for each start; what a later start logged again counts. Epochs are
    fractions within an epoch, where the log was written by steps.

    Raises
    ------
    InputError
        If the run has no log.
    """
    logs = sorted(folder.glob("log/version_*/metrics.csv"), key=lambda p: _number(p.parent.name))
    if not logs:
        raise InputError(f"{folder}: no log (log/version_N/metrics.csv) of a training run in it")
    points: dict[str, dict[int, tuple[float, float]]] = {}
    for log in logs:
        with log.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        steps = [int(row["step"]) for row in rows if row.get("step")]
        for known in points.values():
            for step in [s for s in known if steps and s >= min(steps)]:
                del known[step]
        for row in rows:
            step, epoch = int(row["step"] or 0), float(row.get("epoch") or "nan")
            for name, text in row.items():
                if name not in ("step", "epoch") and text:
                    points.setdefault(name, {})[step] = (epoch, float(text))
    return {name: _spread(known) for name, known in points.items() if known}


def _number(name: str) -> int:
    return int(name.rpartition("_")[2])


def _spread(known: Mapping[int, tuple[float, float]]) -> Curve:
    """Spread the points of one epoch evenly over it: the log only has whole epochs."""
    steps = sorted(known)
    per_epoch: dict[float, list[int]] = {}
    for step in steps:
        per_epoch.setdefault(known[step][0], []).append(step)
    x = []
    for epoch, members in per_epoch.items():
        base = 0.0 if math.isnan(epoch) else epoch
        x += [base + (i + 1) / len(members) for i in range(len(members))]
    return x, [known[step][1] for step in steps]


def loss_curves(folder: Path) -> Path:
    """Draw every logged value with "loss" in its name into ``folder/curves.png``.

    Raises
    ------
    InputError
        If the run has no log, or no loss in it.
    MissingExtraError
        If matplotlib is not installed.
    """
    curves = {name: curve for name, curve in read_curves(folder).items() if "loss" in name}
    epochs = {n.removesuffix("_epoch") for n in curves if n.endswith("_epoch")}
    curves = {n: c for n, c in curves.items() if n.removesuffix("_step") not in epochs or n in
              {f"{e}_epoch" for e in epochs}}  # fmt: skip
    if not curves:
        raise InputError(f"{folder}: no loss in the log")
    path = folder / "curves.png"
    draw_curves(path, {folder.name: curves})
    return path


def draw_curves(path: Path, runs: Mapping[str, Mapping[str, Curve]], value: str = "loss") -> None:
    """Draw one panel for each run, all to the same scale.

    Parameters
    ----------
    path
        PNG to write.
    runs
        Title → name of the curve → (epochs, values).
    value
        What the curves show.

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    OutputError
        If the file cannot be written.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise missing_extra("curves", "train", error) from error
    figure = Figure(figsize=(1.2 + 4.2 * len(runs), 3.4), layout="constrained", dpi=120)
    FigureCanvasAgg(figure)
    panels = figure.subplots(1, len(runs), sharey=True, squeeze=False)[0]
    for panel, (title, curves) in zip(panels, runs.items(), strict=True):
        for name, (x, y) in sorted(curves.items()):
            few = len(x) < 30
            panel.plot(x, y, label=name.replace("_", " "), lw=1.5, marker="." if few else "")
        panel.set(title=title, xlabel="epoch")
        panel.grid(alpha=0.3)
        panel.legend(frameon=False)
    panels[0].set_ylabel(value)
    with atomic_output(path, overwrite=True) as partial:
        figure.savefig(partial, format="png")
