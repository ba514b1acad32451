"""The trainings behind the rail-surface tables: each is run once and kept."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from railmap.errors import Cancelled, Option, UsageError
from railmap.files.output import atomic_output
from railmap.lab.defects.first import first_weights
from railmap.progress import Reporter
from railmap.surface.data.rsdds import (
    StripSet,
    read_rsdds,
    read_whole_rails,
    rendered_strips,
    rendered_whole_rails,
)
from railmap.surface.data.splits import hold_out, k_folds
from railmap.surface.training.strip_networks import RECIPES
from railmap.surface.training.strip_scores import SurfaceScores
from railmap.surface.training.strips import FitResult, FitSettings, fit_strips
from railmap.training.fit.checkpoints import CHECKPOINTS, LAST

__all__ = [
    "WHOLE_BATCH",
    "LabSetting",
    "fold_run",
    "fold_strips",
    "hold_out_run",
    "hold_out_strips",
    "read_strips",
    "run_folder",
    "whole_rail_run",
]

_RESULT, _SETTING = "result.json", "setting.json"
# in which trainings that are shown together may differ
_LENGTH = {"epochs", "minutes", "device", "first"}
# Table 4: rails to train and to test on; the batch follows from its 3200 iterations in 100 epochs
_WHOLE_TRAIN, _WHOLE_TEST, WHOLE_BATCH = 120, 9, 4
_WHOLE_RAILS = "whole-rails"


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
        At most so many training strips (sampled by the seed); all if None.
    folds
        How many of the five folds are run.
    by_rail
        Whether strips of one rail stay on one side.
    kept
        Train nothing: show the trainings that are in the folder, however long they were.
    first
        Minutes that each network learns from other rendered rails before its folds (once), in place
        of ImageNet's weights; None to start as `fit` states.
    """

    folder: Path
    data: Path | None
    fit: FitSettings
    strips: int | None = None
    folds: int = 5
    by_rail: bool = False
    kept: bool = False
    first: float | None = None

    def source(self, kind: int) -> str:
        """Name the data for notes and records."""
        where = (
            "RSDDs" if self.data else f"rendered rails (railmap.rendering, seed {self.fit.seed})"
        )
        return f"{where}, type {kind}"


def read_strips(setting: LabSetting, kind: int) -> StripSet:
    """Read RSDDs or render rails.

    Raises
    ------
    UsageError
        If fewer than one fold is asked for, or more than five.
    """
    if not 1 <= setting.folds <= 5:
        raise UsageError(Option("folds", setting.folds), ": the paper has five; give 1 to 5")
    if setting.data is not None:
        return read_rsdds(setting.data, kind)
    return rendered_strips(setting.fit.seed, kind)


def hold_out_strips(setting: LabSetting, strips: StripSet) -> tuple[StripSet, StripSet]:
    """Give the 90 % that train and the 10 % that test."""
    train, test = hold_out(strips.rails, setting.fit.seed, setting.by_rail)
    return _fewer(setting, strips.take(train)), strips.take(test)


def hold_out_run(
    setting: LabSetting, strips: StripSet, model: str, kind: int, reporter: Reporter
) -> FitResult | None:
    """Train on 90 % and test on 10 %; None where that is not kept and nothing is to be trained."""
    train, test = hold_out_strips(setting, strips)
    return _run(setting, "held-out", train, test, model, kind, reporter)


def whole_rail_run(setting: LabSetting, reporter: Reporter) -> FitResult | None:
    """Train SegNet on whole rails of type 2 (Table 4); None as `hold_out_run`.

    The test rails are a random choice, as the paper's.

    Raises
    ------
    UsageError
        If there are too few rails to train on.
    """
    rails = (
        read_whole_rails(setting.data) if setting.data is not None
        else rendered_whole_rails(setting.fit.seed, _WHOLE_TRAIN + _WHOLE_TEST)
    )  # fmt: skip
    if len(rails) <= _WHOLE_TEST:
        raise UsageError(f"{len(rails)} rails of 1250 rows; the paper tests on {_WHOLE_TEST}")
    order = np.random.default_rng(setting.fit.seed).permutation(len(rails))
    train, test = order[_WHOLE_TEST:][:_WHOLE_TRAIN], order[:_WHOLE_TEST]
    own = replace(setting, fit=replace(setting.fit, batch=WHOLE_BATCH), first=None)
    return _run(own, _WHOLE_RAILS, rails.take(train), rails.take(test), "segnet", 2, reporter)


def fold_run(
    setting: LabSetting, strips: StripSet, model: str, kind: int, fold: int, reporter: Reporter
) -> FitResult | None:
    """Train on four fifths and test on fold number `fold` (from 0); None as `hold_out_run`."""
    train, test = _dealt(setting, strips, fold)
    return _run(setting, f"fold{fold + 1}", train, test, model, kind, reporter)


def fold_strips(setting: LabSetting, kind: int, fold: int) -> tuple[StripSet, StripSet]:
    """Give the strips that train and test in fold number `fold` (from 0)."""
    return _dealt(setting, read_strips(setting, kind), fold)


def _dealt(setting: LabSetting, strips: StripSet, fold: int) -> tuple[StripSet, StripSet]:
    train, test = k_folds(strips.rails, 5, setting.fit.seed, setting.by_rail)[fold]
    return _fewer(setting, strips.take(train)), strips.take(test)


def _fewer(setting: LabSetting, train: StripSet) -> StripSet:
    if setting.strips is None:
        return train
    order = np.random.default_rng(setting.fit.seed).permutation(len(train))
    return train.take(np.sort(order[: setting.strips]))


def run_folder(setting: LabSetting, model: str, kind: int, name: str) -> Path:
    """Give the folder of a training; `name` is "held-out", "fold1" to "fold5" or "whole-rails"."""
    split = "rail" if setting.by_rail else "strip"
    fit = setting.fit
    usual = WHOLE_BATCH if name == _WHOLE_RAILS else FitSettings().batch
    other = f"-batch{fit.batch}" if fit.batch != usual else ""
    other += "" if fit.rate is None else f"-rate{fit.rate:g}"
    return setting.folder / "runs" / f"type{kind}-{model}-{name}-by-{split}{other}"


def _run(
    setting: LabSetting,
    name: str,
    train: StripSet,
    test: StripSet,
    model: str,
    kind: int,
    reporter: Reporter,
) -> FitResult | None:
    folder = run_folder(setting, model, kind, name)
    made_with = json.loads(
        json.dumps(
            asdict(setting.fit)
            | {"model": model, "data": setting.source(kind), "train": len(train)}
            | {"test": len(test), "train_sum": int(train.images.sum())}
            | ({"first": setting.first} if setting.first is not None else {}),
            default=str,
        )
    )
    path = folder / _RESULT
    if path.is_file():
        kept = json.loads(path.read_text("utf-8"))
        same = _LENGTH if setting.kept else set()
        if all(kept["made_with"].get(k) == v for k, v in made_with.items() if k not in same):
            return _from_json(kept["result"])
    if setting.kept:
        return None
    resume = _goes_on(folder, made_with, RECIPES[model].falling)
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / _SETTING, made_with)
    fit = setting.fit
    if setting.first is not None:
        runs = setting.folder / "runs"
        start = first_weights(runs, model, kind, fit, setting.first, reporter)
        fit = replace(fit, weights=start)
    doing = "going on with" if resume else "training"
    reporter.message(f"{doing} {model}, type {kind}, {name}: {len(train)} strips")
    try:
        result = fit_strips(
            model, kind, train, test, folder, fit, data=setting.source(kind), resume=resume,
            reporter=reporter,
        )  # fmt: skip
    except Cancelled as error:
        raise Cancelled(*error.parts, "; the same command goes on") from error
    _write(path, {"made_with": made_with, "result": asdict(result)})
    return result


def _goes_on(folder: Path, wanted: dict[str, Any], falling: bool) -> bool:
    """Whether the training in `folder` was the wanted one, as far as it came.

    With a constant rate a shorter training is the beginning of a longer one.
    """
    path = folder / _SETTING
    if not (path.is_file() and (folder / CHECKPOINTS / LAST).is_file()):
        return False
    begun = json.loads(path.read_text("utf-8"))
    free = {"device"} if falling else {"device", "epochs", "minutes"}
    if {k: v for k, v in begun.items() if k not in free} != {
        k: v for k, v in wanted.items() if k not in free
    }:
        return False
    return falling or not any(_below(wanted[k], begun[k]) for k in ("epochs", "minutes"))


def _below(limit: float | None, former: float | None) -> bool:
    """Whether a limit is lower than a former one; None is no limit."""
    return limit is not None and (former is None or limit < former)


def _write(path: Path, values: dict[str, Any]) -> None:
    with atomic_output(path, overwrite=True) as partial:
        partial.write_text(json.dumps(values, indent=1) + "\n", "utf-8")


def _from_json(values: dict[str, Any]) -> FitResult:
    history: Sequence[dict[str, float]] = values["history"]
    return FitResult(
        SurfaceScores(**values["scores"]),
        values["loss"],
        values["steps"],
        values["step_seconds"],
        values["step_cpu_seconds"],
        values["test_seconds"],
        tuple(history),
    )
