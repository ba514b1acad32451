"""``railmap train scenes``: from a data set to a model package and the record of its training."""

from __future__ import annotations

import shutil
from dataclasses import asdict
from pathlib import Path

from railmap.errors import RailmapError
from railmap.evaluation.tables import Cell, write_table
from railmap.models.export.scenes import export_scene_model
from railmap.nets.scene_networks import SCENE_NETWORKS
from railmap.progress import Reporter
from railmap.scenes.data.dataset import read_dataset
from railmap.scenes.data.split import read_split, write_split
from railmap.scenes.training.fitting import FittedScenes, SceneRecipe, fit_scenes
from railmap.training.fit.trainer import loss_curves, write_record

__all__ = ["train_scenes"]


def train_scenes(
    folder: Path,
    output: Path,
    recipe: SceneRecipe,
    *,
    split: Path | None = None,
    device: str = "auto",
    reporter: Reporter,
) -> FittedScenes:
    """Train a scene classifier and write its package.

    The folder ``NAME-run`` next to ``NAME.onnx`` holds the record, the split, the log with curves,
    the cached features and the table of accuracies.

    Parameters
    ----------
    folder
        Data set, see `read_dataset`.
    output
        Path of the package without suffix.
    recipe
        Network and settings.
    split
        CSV of `write_split`; None: the split of the data set, or 7:2:1.
    device, reporter
        As for `fit_scenes`.

    Raises
    ------
    RailmapError
        If the data cannot be used, the weights cannot be loaded, or an output cannot be written.
    """
    data = read_dataset(folder, reporter)
    if split is not None:
        data = read_split(data, split)
    run = output.with_name(f"{output.name}-run")
    fresh = not run.exists()
    try:
        fitted = fit_scenes(data, recipe, run, device=device, reporter=reporter)
    except RailmapError:
        if fresh and not any(path.is_file() for path in run.rglob("*")):
            shutil.rmtree(run, ignore_errors=True)  # refused before anything was written
        raise
    write_record(run, asdict(recipe.resolved()), {"photos": folder})
    write_split(fitted.data, run / "split.csv", overwrite=True)
    loss_curves(run)
    classes = fitted.data.classes
    if len(classes) <= 3:
        reporter.warning(f"{len(classes)} classes: top-3 accuracy is always 100 % and is omitted")
    rows = accuracy_rows(fitted)
    write_table(run / "accuracy", f"Scenes, {recipe.network}", ["", *fitted.scores], rows, [])
    export_scene_model(
        fitted.network,
        recipe.network,
        classes,
        output.with_name(f"{output.name}.onnx"),
        size=SCENE_NETWORKS[recipe.network].size,
        training={
            "photos": len(fitted.data),
            "seed": recipe.seed,
            "top1": {part: round(scores.top1, 4) for part, scores in fitted.scores.items()},
        },
    )
    return fitted


def accuracy_rows(fitted: FittedScenes) -> list[list[Cell]]:
    """Build the rows of the accuracy table, percent: top-1, top-3, then top-1 of each class."""
    scores = fitted.scores.values()
    rows: list[list[Cell]] = [
        ["photos", *(s.photos for s in scores)],
        ["top-1 (%)", *(100 * s.top1 for s in scores)],
        ["top-3 (%)", *(None if s.top3 is None else 100 * s.top3 for s in scores)],
    ]
    for number, key in enumerate(fitted.data.classes):
        shares = [float(s.class_top1[number]) for s in scores]
        rows.append([f"{key}, top-1 (%)", *(None if v != v else 100 * v for v in shares)])
    return rows
