"""The trainings behind the rail-surface tables: each is made once and kept."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from railmap.errors import UsageError
from railmap.output import atomic_output
from railmap.progress import Reporter
from railmap.surface.fcn_training import FitResult, FitSettings, fit_strips
from railmap.surface.rsdds import StripSet, read_rsdds, rendered_strips
from railmap.surface.scores import SurfaceScores
from railmap.surface.splits import hold_out, k_folds

__all__ = ["LabSetting", "fold_run", "hold_out_run", "read_strips"]


@dataclass(frozen=True)
class LabSetting:
    """On what and how long.

    Parameters
    ----------
    folder
        For tables and runs.
    data
        Folder of RSDDs; rendered rails of the paper's geometry without it.
    fit
        How to train.
    strips
        At most so many training strips (drawn by the seed); all if None.
    folds
        How many of the five folds are run.
    by_rail
        Whether strips of one rail stay on one side.
    """

    folder: Path
    data: Path | None
    fit: FitSettings
    strips: int | None = None
    folds: int = 5
    by_rail: bool = False

    def source(self, kind: int) -> str:
        """Name the data for notes and records."""
        where = "RSDDs" if self.data else f"rendered rails (railmap.synth, seed {self.fit.seed})"
        return f"{where}, type {kind}"


def read_strips(setting: LabSetting, kind: int) -> StripSet:
    """Read RSDDs or render rails.

    Raises
    ------
    UsageError
        If fewer than one fold is asked for, or more than five.
    """
    if not 1 <= setting.folds <= 5:
        raise UsageError(f"--folds {setting.folds}: the paper has five; give 1 to 5")
    if setting.data is not None:
        return read_rsdds(setting.data, kind)
    return rendered_strips(setting.fit.seed, kind)


def hold_out_run(
    setting: LabSetting, strips: StripSet, model: str, kind: int, reporter: Reporter
) -> FitResult:
    """Train on 90 % and test on 10 %."""
    train, test = hold_out(strips.rails, setting.fit.seed, setting.by_rail)
    return _run(setting, "held-out", strips.take(train), strips.take(test), model, kind, reporter)


def fold_run(
    setting: LabSetting, strips: StripSet, model: str, kind: int, fold: int, reporter: Reporter
) -> FitResult:
    """Train on four fifths and test on fold number `fold` (from 0)."""
    train, test = k_folds(strips.rails, 5, setting.fit.seed, setting.by_rail)[fold]
    name = f"fold{fold + 1}"
    return _run(setting, name, strips.take(train), strips.take(test), model, kind, reporter)


def _run(
    setting: LabSetting,
    name: str,
    train: StripSet,
    test: StripSet,
    model: str,
    kind: int,
    reporter: Reporter,
) -> FitResult:
    if setting.strips is not None:
        train = train.take(_some(len(train), setting.strips, setting.fit.seed))
    split = "rail" if setting.by_rail else "strip"
    folder = setting.folder / "runs" / f"type{kind}-{model}-{name}-by-{split}"
    made_with = json.loads(
        json.dumps(
            asdict(setting.fit)
            | {"model": model, "data": setting.source(kind), "train": len(train)}
            | {"test": len(test), "train_sum": int(train.images.sum())},
            default=str,
        )
    )
    path = folder / "result.json"
    if path.is_file():
        kept = json.loads(path.read_text("utf-8"))
        if kept["made_with"] == made_with:
            return _from_json(kept["result"])
    reporter.message(f"training {model}, type {kind}, {name}: {len(train)} strips")
    result = fit_strips(
        model, kind, train, test, folder, setting.fit, data=setting.source(kind), reporter=reporter
    )
    with atomic_output(path, overwrite=True) as partial:
        text = json.dumps({"made_with": made_with, "result": asdict(result)}, indent=1)
        partial.write_text(text + "\n", "utf-8")
    return result


def _some(count: int, most: int, seed: int) -> Any:
    import numpy as np

    order = np.random.default_rng(seed).permutation(count)
    return np.sort(order[:most])


def _from_json(values: dict[str, Any]) -> FitResult:
    history: Sequence[dict[str, float]] = values["history"]
    return FitResult(
        SurfaceScores(**values["scores"]),
        values["loss"],
        values["step_seconds"],
        values["test_seconds"],
        tuple(history),
    )
