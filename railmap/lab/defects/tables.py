"""Tables 1-3 and 5-7 of the rail-surface paper: its numbers and ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from railmap.evaluation.tables import Cell, write_table
from railmap.lab.defects.paper import (
    FOLD_F1,
    FOLD_IOU,
    MEANS,
    NAMES,
    PARAMETERS,
    TEST_SCORES,
    TRAINING,
)
from railmap.lab.defects.pictures import strips_picture
from railmap.lab.defects.runs import LabSetting, fold_run, hold_out_run, read_strips
from railmap.progress import Reporter
from railmap.surface.training.strip_networks import OURS, PAPER
from railmap.surface.training.strips import FitResult

__all__ = ["TABLES", "make_table"]

Rows = list[Sequence[Cell]]
_RECIPES = (
    f"Adam {PAPER.rate:g} for the paper's networks; for ours AdamW, up to {OURS.rate:g} and down"
    " to 0, and strips mirrored by chance. Loss, batch and strips are the same."
)
_NOT_RUN = "not measured"
_LOSS_NOTE = "Loss: mean softmax cross-entropy. IoU: of the defect, as the paper's column is."


def make_table(
    number: int,
    setting: LabSetting,
    kinds: Sequence[int],
    models: Sequence[str],
    command: str,
    reporter: Reporter,
) -> Path:
    """Train what is missing and write ``table-N.md`` and ``.csv``; with Table 7 also pictures.

    Parameters
    ----------
    number
        A key of `TABLES`.
    setting
        On what and how long.
    kinds
        Types of rail, 1 and 2.
    models
        Of `railmap.surface.training.strip_networks.MODELS`; Tables 1 to 3 show the proposed one.
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
    start = "ImageNet" if fit.imagenet else "a weights file's" if fit.weights else "random"
    if setting.first is not None:
        start = f"{setting.first:g} minutes on other rendered rails for"
    length = (
        "Trainings as long as they are, see the steps" if setting.kept
        else f"{fit.epochs} epochs (paper: 300){stop}"
    )  # fmt: skip
    if number != 1:
        notes = [
            *notes,
            "Data: " + "; ".join(setting.source(k) for k in kinds)
            + f"; split by {'rail' if setting.by_rail else 'strip, as the paper does'}{limit}.",
            f"{length}; batch {fit.batch}, {start} weights to start from (paper: ImageNet's), "
            f"seed {fit.seed}.",
            _RECIPES,
        ]  # fmt: skip
    notes = [*notes, f"{datetime.now(UTC):%Y-%m-%d}, `{command}`."]
    stem = setting.folder / f"table-{number}"
    write_table(stem, title, columns, rows, notes)
    if number == 7:
        for kind in kinds:
            strips_picture(setting, kind, models)
    return stem.with_name(stem.name + ".md")


Parts = tuple[str, list[str], Rows, list[str]]


def _structure(
    setting: LabSetting, kinds: Sequence[int], models: Sequence[str], reporter: Reporter
) -> Parts:
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


def _proposed(setting: LabSetting, kind: int, reporter: Reporter) -> tuple[FitResult | None, str]:
    """Give the training on 90 %, or, where only that is kept, the one on four of five folds."""
    strips = read_strips(setting, kind)
    result = hold_out_run(setting, strips, "proposed", kind, reporter)
    if result is not None or not setting.kept:
        return result, f"type {kind}"
    result = fold_run(setting, strips, "proposed", kind, 0, reporter)
    return result, f"type {kind}" if result is None else f"type {kind}, fold 1 of 5"


def _training(
    setting: LabSetting, kinds: Sequence[int], models: Sequence[str], reporter: Reporter
) -> Parts:
    rows: Rows = []
    for kind in kinds:
        result, name = _proposed(setting, kind, reporter)
        ours = {int(line["epoch"]): line for line in result.history} if result else {}
        paper = {line[0]: line for line in TRAINING[kind]}
        seen = {epoch for epoch, line in ours.items() if "val_f1" in line} | {max(ours, default=1)}
        for epoch in sorted({*paper, *seen}):
            mine = ours.get(epoch, {})
            theirs = paper.get(epoch, (epoch, None, None, None))
            rows.append(
                [name, str(epoch), mine.get("iteration"), theirs[1], mine.get("seconds"),
                 theirs[2], mine.get("loss"), theirs[3], mine.get("val_f1")]
            )  # fmt: skip
    columns = ["Type", "Epoch", "Iteration", "Paper", "Seconds", "Paper", "Training loss", "Paper"]
    notes = ["Seconds: the paper's on a GeForce GTX 1080, ours on this machine. A dash: not there."]
    return "Table 2: training", [*columns, "F1 on the test strips"], rows, notes


def _test_set(
    setting: LabSetting, kinds: Sequence[int], models: Sequence[str], reporter: Reporter
) -> Parts:
    rows: Rows = []
    for kind in kinds:
        result, name = _proposed(setting, kind, reporter)
        if result is None:
            rows.append([name, _NOT_RUN, *[None] * 7])
        else:
            s = result.scores
            ours = (s.accuracy, s.f1, s.precision, s.recall, s.iou, result.test_seconds)
            rows.append([name, "ours", *ours, result.steps])
        rows.append([f"type {kind}", "paper", *TEST_SCORES[kind], TRAINING[kind][-1][1]])
    columns = ["Type", "Source", "Accuracy", "F1", "Precision", "Recall", "IoU", "Seconds", "Steps"]
    return "Table 3: scores on the test set", columns, rows, [_LOSS_NOTE]


def _folds(
    setting: LabSetting, kinds: Sequence[int], models: Sequence[str], reporter: Reporter
) -> dict[tuple[int, str], list[FitResult | None]]:
    results = {}
    for kind in kinds:
        strips = read_strips(setting, kind)
        for model in models:
            results[kind, model] = [
                fold_run(setting, strips, model, kind, fold, reporter)
                for fold in range(5 if setting.kept else setting.folds)
            ]
    return results


def _steps(results: Sequence[FitResult | None]) -> str:
    """Give the steps of the trainings, as "1420" or "800-1420"."""
    steps = sorted({r.steps for r in results if r is not None})
    return "–".join(str(n) for n in dict.fromkeys([steps[0], steps[-1]])) if steps else "0"


def _fold_table(
    title: str,
    paper: Mapping[tuple[int, str], tuple[float, ...]],
    score: Callable[[FitResult], float],
) -> Callable[[LabSetting, Sequence[int], Sequence[str], Reporter], Parts]:
    def make(
        setting: LabSetting, kinds: Sequence[int], models: Sequence[str], reporter: Reporter
    ) -> Parts:
        rows: Rows = []
        for (kind, model), results in _folds(setting, kinds, models, reporter).items():
            ours: list[Cell] = [None if r is None else score(r) for r in results]
            ours += [None] * (5 - len(ours))
            whose = _NOT_RUN if all(r is None for r in results) else "ours"
            rows.append([f"type {kind}", NAMES[model], whose, *ours, _steps(results)])
            if (kind, model) in paper:
                theirs = str(TRAINING[kind][-1][1])
                rows.append([f"type {kind}", NAMES[model], "paper", *paper[kind, model], theirs])
        columns = ["Type", "Model", "Source", *(f"Subset {i}" for i in range(1, 6)), "Steps"]
        return title, columns, rows, [_LOSS_NOTE]

    return make


def _means(
    setting: LabSetting, kinds: Sequence[int], models: Sequence[str], reporter: Reporter
) -> Parts:
    rows: Rows = []
    for (kind, model), results in _folds(setting, kinds, models, reporter).items():
        done = [r for r in results if r is not None]
        name = [f"type {kind}", NAMES[model]]
        if done:
            ours = np.mean(
                [(1e3 * r.step_seconds, 1e3 * r.step_cpu_seconds, r.loss, r.scores.accuracy,
                  r.scores.f1, r.scores.iou) for r in done], axis=0,
            )  # fmt: skip
            rows.append([*name, "ours", str(len(done)), _steps(done), *ours.tolist()])
        else:
            rows.append([*name, _NOT_RUN, "0", "0", *[None] * 6])
        if (kind, model) in MEANS:
            time, *scores = MEANS[kind, model]
            steps = str(TRAINING[kind][-1][1])
            rows.append([*name, "paper", "5", steps, time, None, *scores])
    columns = ["Type", "Model", "Source", "Folds", "Steps", "ms per step", "CPU ms", "Loss",
               "Accuracy", "F1", "IoU"]  # fmt: skip
    notes = [_LOSS_NOTE, "Times: the paper's on a GeForce GTX 1080, ours on this machine; CPU ms "
             "are summed over its cores and depend less on what else runs there."]  # fmt: skip
    return "Table 7: means over the folds", columns, rows, notes


TABLES: dict[int, Callable[[LabSetting, Sequence[int], Sequence[str], Reporter], Parts]] = {
    1: _structure,
    2: _training,
    3: _test_set,
    5: _fold_table("Table 5: F1 of the five subsets", FOLD_F1, lambda r: r.scores.f1),
    6: _fold_table("Table 6: IoU of the five subsets", FOLD_IOU, lambda r: r.scores.iou),
    7: _means,
}
