"""Training on other rails first, in place of ImageNet weights where they are not available."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from railmap.errors import Option, UsageError
from railmap.models.tensors import read_tensors, write_tensors
from railmap.progress import Reporter
from railmap.surface.data.rsdds import StripSet, rendered_strips
from railmap.surface.data.splits import hold_out
from railmap.surface.training.strip_networks import MODELS, OURS, Recipe
from railmap.surface.training.strips import FitSettings, fit_strips
from railmap.training.fit.record import read_record

__all__ = ["first_weights"]

_SETS = 8
_OTHER = 1000  # seeds from here on: no rail of a fold is among them
_RATES = {"proposed": 3e-4, "fcn8s": 3e-4, "segnet": 2e-3, "railmap": OURS.rate}
_ENDLESS = 10_000  # epochs; the minutes end it


def first_weights(
    folder: Path, model: str, kind: int, fit: FitSettings, minutes: float, reporter: Reporter
) -> Path:
    """Train on eight rendered sets of other seeds and give the weights' file.

    What was trained as long from the same seed before is taken as it is.

    The rate falls to nothing over `minutes` and strips are mirrored by chance, as for our network.
    Type 1 goes on from type 2's weights where that is trained already, as far as shapes agree: of
    the modified FCN all but three transposed convolutions. ImageNet's serve both types, too.

    Parameters
    ----------
    folder
        Of all trainings.
    model, kind
        A key of `MODELS`; type 1 or 2.
    fit
        Seed, batch and device; the rest of it is for the folds.
    minutes
        How long.
    reporter
        Follows the steps and may cancel.

    Raises
    ------
    UsageError
        If the folds are to start from other weights.
    """
    if fit.imagenet or fit.weights is not None:
        raise UsageError(
            Option("first"),
            " takes the place of other weights: give it without ",
            Option("imagenet"),
            " and ",
            Option("weights"),
        )
    run = folder / f"type{kind}-{model}-first"
    done = run / "weights.safetensors"
    if done.is_file():
        recorded = read_record(run)["config"]
        if (recorded["minutes"], recorded["seed"]) == (minutes, fit.seed):
            return done
    strips = _other_rails(fit.seed, kind)
    train, test = hold_out(strips.rails, fit.seed, by_rail=True)
    settings = replace(fit, epochs=_ENDLESS, minutes=minutes, weights=None)
    other = folder / f"type{3 - kind}-{model}-first" / "weights.safetensors"
    if kind == 1 and other.is_file():
        settings = replace(
            settings, weights=_carried(model, kind, other, run / "begin.safetensors")
        )
    reporter.message(f"training {model}, type {kind}, first on other rails: {len(train)} strips")
    fit_strips(
        model, kind, strips.take(train), strips.take(test), run, settings,
        data=f"{_SETS} rendered sets, seeds from {fit.seed + _OTHER}", reporter=reporter,
        recipe=Recipe(_RATES[model], OURS.decay, falling=True, mirrored=True),
    )  # fmt: skip
    return done


def _other_rails(seed: int, kind: int) -> StripSet:
    sets = [rendered_strips(seed + _OTHER + number, kind) for number in range(_SETS)]
    ends = np.cumsum([0, *(1 + int(s.rails.max()) for s in sets)])
    return StripSet(
        np.concatenate([s.images for s in sets]),
        np.concatenate([s.masks for s in sets]),
        np.concatenate([s.rails + end for s, end in zip(sets, ends[:-1], strict=True)]),
    )


def _carried(model: str, kind: int, other: Path, path: Path) -> Path:
    """Write a new network's weights with those of the other type where the shapes agree."""
    torch.manual_seed(0)
    own = MODELS[model](kind, False).state_dict()
    given = read_tensors(other)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_tensors(
        {k: given[k] if k in given and given[k].shape == v.shape else v for k, v in own.items()},
        path,
    )
    return path
