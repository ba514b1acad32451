"""Tables 1-7 of the rail-surface paper: its numbers and ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from railmap.evaluation.tables import Cell, write_table
from railmap.lab.defects.figures import draw_grey_values, draw_means, draw_training
from railmap.lab.defects.paper import (
    FOLD_F1,
    FOLD_IOU,
    MEANS,
    NAMES,
    PARAMETERS,
    TEST_SCORES,
    TRAINING,
    WHOLE_RAILS,
)
from railmap.lab.defects.pictures import strips_picture
from railmap.lab.defects.runs import (
    WHOLE_BATCH,
    LabSetting,
    fold_run,
    hold_out_run,
    hold_out_strips,
    read_strips,
    whole_rail_run,
)
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
_FIGURES = {1: 5, 2: 6}  # of the training, by type
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

    With Table 2 also Figures 3, 5 and 6, with Table 7 Figure 8 and pictures of strips.

    Parameters
    ----------
    number
        A key of `TABLES`.
    setting
        On what and how long.
    kinds
        Types of rail, 1 and 2.
    models
        Of `railmap.surface.training.strip_networks.MODELS`; Tables 1 to 3 show the proposed one,
        Table 4 SegNet.
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
            "Data: " + "; ".join(setting.source(k) for k in ([2] if number == 4 else kinds))
            + f"; {_split(number, setting.by_rail)}{limit}.",
            f"{length}; batch {_batch(number, fit.batch)}, {start} weights to start from (paper: "
            f"ImageNet's), seed {fit.seed}.",
            _RECIPES,
        ]  # fmt: skip
    notes = [*notes, f"{datetime.now(UTC):%Y-%m-%d}, `{command}`."]
    stem = setting.folder / f"table-{number}"
    write_table(stem, title, columns, rows, notes)
    for kind in kinds:
        if number == 2:
            _training_figures(setting, kind, reporter)
        if number == 7:
            strips_picture(setting, kind, models)
            _means_figure(setting, kind, models, reporter)
    return stem.with_name(stem.name + ".md")


def _split(number: int, by_rail: bool) -> str:
    if number == 4:
        return "split by rail"
    return f"split by {'rail' if by_rail else 'strip, as the paper does'}"


def _batch(number: int, batch: int) -> int:
    return WHOLE_BATCH if number == 4 else batch


def _training_figures(setting: LabSetting, kind: int, reporter: Reporter) -> None:
    train, _ = hold_out_strips(setting, read_strips(setting, kind))
    draw_grey_values(setting.folder / f"figure-3-type{kind}.png", train.images, f"type {kind}")
    result, name = _proposed(setting, kind, reporter)
    if result is not None:
        path = setting.folder / f"figure-{_FIGURES[kind]}.png"
        draw_training(path, result.history, TRAINING[kind], name)


def _means_figure(
    setting: LabSetting, kind: int, models: Sequence[str], reporter: Reporter
) -> None:
    ours: list[tuple[float, float] | None] = []
    for results in _folds(setting, [kind], models, reporter).values():
        scores = [r.scores for r in results if r is not None]
        means = [float(np.mean([getattr(s, name) for s in scores])) for name in ("f1", "iou")
                 if scores]  # fmt: skip
        ours.append((means[0], means[1]) if means else None)
    theirs = [MEANS[kind, model][3:] if (kind, model) in MEANS else None for model in models]
    paper = [None if pair is None else (pair[0], pair[1]) for pair in theirs]
    path = setting.folder / f"figure-8-type{kind}.png"
    draw_means(path, [NAMES[model] for model in models], ours, paper, f"type {kind}, five folds")


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
                 theirs[2], mine.get("loss"), theirs[3], mine.get("accuracy"), mine.get("val_f1")]
            )  # fmt: skip
    columns = ["Type", "Epoch", "Iteration", "Paper", "Seconds", "Paper", "Training loss", "Paper",
               "Training accuracy"]  # fmt: skip
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


def _whole_rails(
    setting: LabSetting, kinds: Sequence[int], models: Sequence[str], reporter: Reporter
) -> Parts:
    result = whole_rail_run(setting, reporter)
    ours = {int(line["epoch"]): line for line in result.history} if result else {}
    paper = {line[0]: line for line in WHOLE_RAILS}
    rows: Rows = []
    for epoch in sorted({*paper, *([max(ours)] if ours else [])}):
        mine, theirs = ours.get(epoch, {}), paper.get(epoch, (epoch, *[None] * 5))
        step = 1e3 * result.step_seconds if result is not None and mine else None
        rows.append(
            [str(epoch), mine.get("iteration"), theirs[1], mine.get("seconds"), theirs[2],
             step, theirs[3], mine.get("accuracy"), theirs[4], mine.get("loss"), theirs[5]]
        )  # fmt: skip
    named = ("Iteration", "Seconds", "ms per step", "Training accuracy", "Training loss")
    columns = ["Epoch", *(text for name in named for text in (name, "Paper"))]
    notes = [
        "SegNet on rails of type 2 of 1250 rows, uncut: 120 to train on, 9 others, chosen by "
        "chance, to test on.",
        _LOSS_NOTE,
    ]
    if result is not None:
        notes.insert(
            1, f"On the test rails: F1 {result.scores.f1:.3f}, IoU {result.scores.iou:.3f}, loss "
            f"{result.loss:.4f}; the paper does not state them.",
        )  # fmt: skip
    return "Table 4: training of the earlier segmentation model", columns, rows, notes


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
    4: _whole_rails,
    5: _fold_table("Table 5: F1 of the five subsets", FOLD_F1, lambda r: r.scores.f1),
    6: _fold_table("Table 6: IoU of the five subsets", FOLD_IOU, lambda r: r.scores.iou),
    7: _means,
}
