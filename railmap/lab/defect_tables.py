"""Tables 1-3 and 5-7 of the rail-surface paper, its numbers beside ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from railmap.evaluation.tables import Cell, write_table
from railmap.lab.defect_paper import (
    FOLD_F1,
    FOLD_IOU,
    MEANS,
    NAMES,
    PARAMETERS,
    TEST_SCORES,
    TRAINING,
)
from railmap.lab.defect_runs import LabSetting, fold_run, hold_out_run, read_strips
from railmap.progress import Reporter
from railmap.surface.fcn_training import FitResult

__all__ = ["TABLES", "make_table"]

Rows = list[Sequence[Cell]]
_LOSS_NOTE = "Loss: mean softmax cross-entropy. IoU: of the defect, as the paper's column is."


def make_table(
    number: int,
    setting: LabSetting,
    kinds: Sequence[int],
    models: Sequence[str],
    command: str,
    reporter: Reporter,
) -> Path:
    """Train what is missing and write ``table-N.md`` and ``.csv``.

    Parameters
    ----------
    number
        A key of `TABLES`.
    setting
        On what and how long.
    kinds
        Types of rail, 1 and 2.
    models
        Of `railmap.surface.fcn_training.MODELS`; Tables 1 to 3 show the proposed one only.
    command
        For the note.
    reporter
        Follows the work.

    Returns
    -------
    Path
        The Markdown.
    """
    title, columns, rows, notes = TABLES[number](setting, kinds, models, reporter)
    fit = setting.fit
    limit = f", at most {setting.strips} training strips" if setting.strips else ""
    stop = f", stopped after {fit.minutes:g} min" if fit.minutes else ""
    start = "ImageNet" if fit.imagenet else "a weights file" if fit.weights else "random"
    if number != 1:
        notes = [
            *notes,
            "Data: " + "; ".join(setting.source(k) for k in kinds)
            + f"; split by {'rail' if setting.by_rail else 'strip, as the paper does'}{limit}.",
            f"{fit.epochs} epochs (paper: 300), batch {fit.batch}, Adam {fit.rate:g}, "
            f"{start} weights to start from (paper: ImageNet), seed {fit.seed}{stop}.",
        ]  # fmt: skip
    notes = [*notes, f"{datetime.now(UTC):%Y-%m-%d}, `{command}`."]
    stem = setting.folder / f"table-{number}"
    write_table(stem, title, columns, rows, notes)
    return stem.with_name(stem.name + ".md")


Made = tuple[str, list[str], Rows, list[str]]


def _structure(
    setting: LabSetting, kinds: Sequence[int], models: Sequence[str], reporter: Reporter
) -> Made:
    import torch
    from torch import nn

    from railmap.nets.fcn import ModifiedFCN

    rows: Rows = []
    for kind in kinds:
        network = ModifiedFCN(1 if kind == 1 else 2).eval()
        seen: list[tuple[str, tuple[int, ...]]] = []

        def note(part: nn.Module, given: object, out: torch.Tensor) -> None:
            shown = {"Conv2d": "convolution", "ConvTranspose2d": "transposed convolution"}
            kernel = getattr(part, "kernel_size", 0)
            size = kernel if isinstance(kernel, tuple) else (kernel, kernel)
            name = shown.get(type(part).__name__, "max pooling")
            seen.append((f"{name} {size[0]}x{size[1]}", tuple(out.shape[1:])))  # noqa: B023

        for part in network.modules():
            if isinstance(part, nn.Conv2d | nn.ConvTranspose2d | nn.MaxPool2d):
                part.register_forward_hook(note)
        with torch.no_grad():
            network(torch.zeros(1, 3, *network.size))
        rows += [[f"type {kind}", name, f"{c}x{h}x{w}", None] for name, (c, h, w) in seen]
        total = sum(p.numel() for p in network.parameters())
        rows.append([f"type {kind}", "parameters", f"{total:,}", f"{PARAMETERS[kind]:,}"])
    return (
        "Table 1: structure of the modified FCN",
        ["Type", "Layer", "Output or number", "Paper"],
        rows,
        [],
    )


def _training(
    setting: LabSetting, kinds: Sequence[int], models: Sequence[str], reporter: Reporter
) -> Made:
    rows: Rows = []
    for kind in kinds:
        strips = read_strips(setting, kind)
        result = hold_out_run(setting, strips, "proposed", kind, reporter)
        ours = {int(line["epoch"]): line for line in result.history}
        last = max(ours, default=0)
        paper = {line[0]: line for line in TRAINING[kind]}
        for epoch in sorted({*paper, last} - {0}):
            mine = ours.get(epoch, {})
            theirs = paper.get(epoch, (epoch, None, None, None))
            rows.append(
                [f"type {kind}", str(epoch), mine.get("iteration"), theirs[1], mine.get("seconds"),
                 theirs[2], mine.get("loss"), theirs[3]]
            )  # fmt: skip
    columns = ["Type", "Epoch", "Iteration", "Paper", "Seconds", "Paper", "Training loss", "Paper"]
    return "Table 2: training", columns, rows, ["The paper: GeForce GTX 1080; ours: this CPU."]


def _test_set(
    setting: LabSetting, kinds: Sequence[int], models: Sequence[str], reporter: Reporter
) -> Made:
    rows: Rows = []
    for kind in kinds:
        strips = read_strips(setting, kind)
        result = hold_out_run(setting, strips, "proposed", kind, reporter)
        s = result.scores
        ours = (s.accuracy, s.f1, s.precision, s.recall, s.iou, result.test_seconds)
        rows.append([f"type {kind}", "ours", *ours])
        rows.append([f"type {kind}", "paper", *TEST_SCORES[kind]])
    columns = ["Type", "Whose", "Accuracy", "F1", "Precision", "Recall", "IoU", "Seconds"]
    return "Table 3: scores on the test set", columns, rows, [_LOSS_NOTE]


def _folds(
    setting: LabSetting, kinds: Sequence[int], models: Sequence[str], reporter: Reporter
) -> dict[tuple[int, str], list[FitResult]]:
    results = {}
    for kind in kinds:
        strips = read_strips(setting, kind)
        for model in models:
            results[kind, model] = [
                fold_run(setting, strips, model, kind, fold, reporter)
                for fold in range(setting.folds)
            ]
    return results


def _fold_table(
    title: str,
    paper: Mapping[tuple[int, str], tuple[float, ...]],
    score: Callable[[FitResult], float],
) -> Callable[[LabSetting, Sequence[int], Sequence[str], Reporter], Made]:
    def make(
        setting: LabSetting, kinds: Sequence[int], models: Sequence[str], reporter: Reporter
    ) -> Made:
        rows: Rows = []
        for (kind, model), results in _folds(setting, kinds, models, reporter).items():
            ours: list[Cell] = [score(r) for r in results]
            ours += [None] * (5 - len(ours))
            rows.append([f"type {kind}", NAMES[model], "ours", *ours])
            rows.append([f"type {kind}", NAMES[model], "paper", *paper[kind, model]])
        columns = ["Type", "Model", "Whose", *(f"Subset {i}" for i in range(1, 6))]
        return title, columns, rows, [_LOSS_NOTE]

    return make


def _means(
    setting: LabSetting, kinds: Sequence[int], models: Sequence[str], reporter: Reporter
) -> Made:
    rows: Rows = []
    for (kind, model), results in _folds(setting, kinds, models, reporter).items():
        ours = (
            1e3 * float(np.mean([r.step_seconds for r in results])),
            float(np.mean([r.loss for r in results])),
            float(np.mean([r.scores.accuracy for r in results])),
            float(np.mean([r.scores.f1 for r in results])),
            float(np.mean([r.scores.iou for r in results])),
        )
        rows.append([f"type {kind}", NAMES[model], "ours", *ours])
        rows.append([f"type {kind}", NAMES[model], "paper", *MEANS[kind, model]])
    columns = ["Type", "Model", "Whose", "ms per step", "Loss", "Accuracy", "F1", "IoU"]
    title = f"Table 7: means over {setting.folds} of 5 folds"
    return title, columns, rows, [_LOSS_NOTE, "The paper's steps ran on a GeForce GTX 1080."]


TABLES: dict[int, Callable[[LabSetting, Sequence[int], Sequence[str], Reporter], Made]] = {
    1: _structure,
    2: _training,
    3: _test_set,
    5: _fold_table("Table 5: F1 of the five subsets", FOLD_F1, lambda r: r.scores.f1),
    6: _fold_table("Table 6: IoU of the five subsets", FOLD_IOU, lambda r: r.scores.iou),
    7: _means,
}
