"""One call of the comparison of accuracy and speed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch

from railmap.errors import Option, UsageError
from railmap.lab.tracks.equal import EqualTime, train_equally
from railmap.lab.tracks.evaluation_images import FIRST_SEED, SIDE_METRES, render_evaluation_images
from railmap.lab.tracks.speed import Candidate, measure_models, write_speed
from railmap.nets import NETWORKS
from railmap.progress import Reporter
from railmap.training.data import LabelSource

__all__ = ["SpeedOptions", "compare_speed"]

_GSDS, _TRAINED_GSDS = (0.05, 0.1, 0.15, 0.2), (0.1, 0.2)
_COARSEST = 0.6


@dataclass(frozen=True)
class SpeedOptions:
    """Models and networks to compare, and the data to compare them on.

    Parameters
    ----------
    output
        Path without suffix of the results; trained models are in ``OUTPUT.runs``.
    models
        Names or ONNX files of track models.
    networks
        Names in `NETWORKS`, to be trained from nothing at each GSD.
    gsds
        Metres per pixel; None: 0.05, 0.1, 0.15 and 0.2, with `networks` 0.1 and 0.2.
    source
        Labelled images to evaluate on; without them rendered ones.
    scenes
        Number of rendered images of 51 m to evaluate on.
    budget
        How the networks are trained, and the device.
    threads
        CPU threads.
    """

    output: Path
    models: Sequence[str] = ()
    networks: Sequence[str] = ()
    gsds: Sequence[float] | None = None
    source: LabelSource | None = None
    scenes: int = 8
    budget: EqualTime = field(default_factory=lambda: EqualTime(device="cpu"))
    threads: int = 1


def compare_speed(options: SpeedOptions, command: str, reporter: Reporter) -> Path:
    """Measure accuracy and speed, and write them as a table and a figure.

    Models run at every GSD; networks are trained for each GSD, all of them for the same time.
    Finished trainings are not repeated.

    Parameters
    ----------
    options
        Models, networks and data.
    command
        Command line for the notes of the table.
    reporter
        Receives the progress and may cancel.

    Returns
    -------
    Path
        ``OUTPUT.md``; ``.csv`` and ``.png`` are next to it.

    Raises
    ------
    UsageError
        If there is nothing to compare, or an option is out of range or unknown.
    RailmapError
        As `train_equally` and `measure_models`.
    """
    output, budget, threads = options.output, options.budget, options.threads
    gsds = _check(options)
    torch.set_num_threads(threads)
    evaluated = (
        f"judged on {options.source.data.name}: labelled images, all of them"
        if options.source is not None
        else f"judged on {options.scenes} rendered images of {SIDE_METRES} m (seed {FIRST_SEED}), "
        "averaged down from 5 cm"
    )
    notes = [
        evaluated,
        f"speed: least of 5 turns of all models, {threads} threads, pixels of the network's "
        "input; on a CPU their processor time",
    ]
    candidates = [Candidate(name, gsd) for gsd in gsds for name in options.models]
    if options.networks:
        folder = output.with_name(f"{output.name}.runs")
        candidates += train_equally(options.networks, gsds, budget, folder, reporter)
        notes.append(
            f"networks: from random weights, {budget.seconds:g} s of training steps each "
            f"(processor time on a CPU, {threads} threads) of {budget.batch} crops of "
            f"{budget.size} px at the GSD that they are judged at, {budget.rendered} rendered "
            f"images, recipe {budget.recipe}, seed {budget.seed}"
        )
    data = render_evaluation_images(options.scenes) if options.source is None else options.source
    points = measure_models(candidates, data, reporter, device=budget.device, threads=threads)
    write_speed(output, points, notes, command)
    return output.with_name(f"{output.name}.md")


def _check(options: SpeedOptions) -> list[float]:
    """Return the GSDs, finest first."""
    gsds = sorted(set(options.gsds or (_TRAINED_GSDS if options.networks else _GSDS)))
    if gsds[0] <= 0 or gsds[-1] > _COARSEST:
        raise UsageError(Option("gsd"), f": must be above 0 and at most {_COARSEST} m per pixel")
    if not options.models and not options.networks:
        raise UsageError("name models, or networks to train with ", Option("network"))
    if options.budget.size % 16:
        raise UsageError(Option("size", options.budget.size), ": must be a multiple of 16 pixels")
    unknown = [name for name in options.networks if name not in NETWORKS]
    if unknown:
        raise UsageError(f"no network is called {unknown[0]!r}; there are: {', '.join(NETWORKS)}")
    return gsds
