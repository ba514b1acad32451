"""The tables of the track paper: train, evaluate, and compare our numbers with the paper's."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import torch

from railmap.errors import Option, UsageError
from railmap.evaluation.paper_metrics import COLUMNS, paper_scores
from railmap.evaluation.tables import Cell, spread, write_table
from railmap.inference import make_backend
from railmap.inference.backends.torch import best_device, check_device
from railmap.lab.tracks.data import LabData
from railmap.lab.tracks.figures import draw_runs, draw_table
from railmap.lab.tracks.packages import package_mask
from railmap.lab.tracks.paper import PaperRow, PaperTable, contradictions
from railmap.lab.tracks.runs import (
    LabSettings,
    Outcome,
    measure_times,
    run_network,
    test_tiles,
    time_all,
)
from railmap.models.package import load_model
from railmap.models.tracks import TrackModel
from railmap.nets import build_network
from railmap.progress import Reporter
from railmap.training.data.sample import Sample

__all__ = ["Line", "findings", "make_table"]

_ABLATION = (0, 1, 5)  # IoU, MIoU, accuracy
_TIMED_ROUNDS = 5
_SAME_GSD = 0.2  # a network finds tracks at about the scale of its own GSD


@dataclass(frozen=True, slots=True)
class Line:
    """One row of our table.

    Parameters
    ----------
    paper
        The paper's row; NaN where it has no value.
    values
        ``(seeds, 6)`` percent, in the order of `COLUMNS`.
    seconds
        CPU seconds for one image; NaN for a model package, which another runtime runs.
    parameters
        Of the network; None for a model package.
    all_seconds
        Wall time for all test images on the device of the runs.
    """

    paper: PaperRow
    values: np.ndarray
    seconds: float
    parameters: int | None
    all_seconds: float = float("nan")


def make_table(
    table: PaperTable,
    data: LabData,
    settings: LabSettings,
    out: Path,
    reporter: Reporter,
    command: str = "",
    models: Sequence[str] = (),
) -> list[Line]:
    """Train every network of a table, and write ``tableN.md``, ``.csv``, two ``.png``.

    Runs that are in ``OUT/runs`` already are not repeated: an interrupted table goes on.

    Parameters
    ----------
    table
        Table of the paper.
    data, settings
        Images, and how the networks are trained.
    out
        Folder for the results.
    reporter
        Receives the progress and may cancel.
    command
        Command line for the notes.
    models
        Names or files of model packages that are evaluated on the same images.

    Returns
    -------
    list of Line
        As written.

    Raises
    ------
    UsageError
        If a model is for another GSD than the images.
    RailmapError
        As `run_network`.
    """
    packages = [_package(name, data.gsd) for name in models]  # refused before the trainings
    device = _device(settings.training.device)
    out.mkdir(parents=True, exist_ok=True)
    tiles = test_tiles(data, settings.training.crop)
    names = list(dict.fromkeys(row.network for row in table.rows))
    outcomes: dict[str, list[Outcome]] = {name: [] for name in names}
    # A seed at a time: what is interrupted has whole seeds.
    for seed in range(settings.seeds):
        for name in names:
            reporter.message(f"table {table.number}: {name}, seed {seed}")
            folder = out / "runs" / f"table{table.number}"
            outcome = run_network(name, seed, data, tiles, settings, folder, reporter)
            outcomes[name].append(outcome)
    reporter.message(f"table {table.number}: prediction times")
    seconds, morphology = measure_times(names, tiles, settings.kernel, _TIMED_ROUNDS)
    parameters = {name: _parameters(name) for name in names}
    together = dict(zip(names, time_all(names, tiles, device), strict=True))
    lines = []
    for row in _rows(table):
        scores = [o.cleaned if row.morphology else o.plain for o in outcomes[row.network]]
        values = np.array([score.row() for score in scores], np.float64)
        took = seconds[row.network] + (morphology if row.morphology else 0.0)
        everything = together[row.network] + (morphology * len(tiles) if row.morphology else 0.0)
        lines.append(Line(row, values, took, parameters[row.network], everything))
    for package in packages:
        reporter.message(f"table {table.number}: {package.name}")
        lines += _package_lines(package, tiles, settings.kernel)
    stem = out / f"table{table.number}"
    notes = [
        *data.names,
        _summary(settings, len(tiles)),
        f"time for one image of {2 * settings.training.crop} px: CPU time on one thread "
        f"({platform.machine()}), float32, least of {_TIMED_ROUNDS} turns; the paper's: "
        f"{table.images} images on a Tesla T4",
        f"time for all {len(tiles)} test images: wall time on {device}, one image at a time, with "
        "all that else runs on the machine",
        f"morphology: opening, then closing, with a square of {settings.kernel} px; "
        f"{1000 * morphology:.2f} ms",
        "batch-norm statistics measured again with the final weights, for all networks alike",
        "accuracy and MPA count background pixels as much as track: IoU is the most informative",
        f"made {date.today().isoformat()}" + (f" with `{command}`" if command else ""),
    ]
    trained = [line for line in lines if line.paper.network]
    found = findings(trained) if table.ablation else contradictions(table)
    write_table(stem, _title(table), *_columns(table, lines), [*found, *notes])
    draw_table(stem.with_name(stem.name + ".png"), table, lines)
    first = {name: outcomes[name][0].run for name in names}
    draw_runs(out / f"table{table.number}-curves.png", first)
    return lines


def _rows(table: PaperTable) -> list[PaperRow]:
    """The paper's rows, each followed by its counterpart with or without morphology."""
    rows: list[PaperRow] = []
    known = {(row.network, row.morphology) for row in table.rows}
    for row in table.rows:
        rows.append(row)
        twin = (row.network, not row.morphology)
        if twin not in known:
            known.add(twin)
            label = (
                row.label.replace(", morphology", ", without morphology")
                if row.morphology
                else f"{row.label}, morphology"
            )
            rows.append(PaperRow(label, *twin, (), float("nan")))
    return rows


def _title(table: PaperTable) -> str:
    return f"{table.title} (the paper's Table {table.number})"


def _columns(table: PaperTable, lines: Sequence[Line]) -> tuple[list[str], list[list[Cell]]]:
    """Return columns and rows: our mean ± spread over the seeds, and the paper's value."""
    picked = list(_ABLATION) if table.ablation else list(range(len(COLUMNS)))
    columns = ["Network"]
    for index in picked:
        columns.append(f"{COLUMNS[index]} %")
        if not table.ablation or index == 5:
            columns.append(f"{COLUMNS[index]} %, paper")
    columns += ["ms per image", "relative time", "s, all test images", "s, paper",
                "relative time, paper", "parameters"]  # fmt: skip
    slowest = lines[0].seconds
    slowest_paper = table.rows[0].seconds
    rows: list[list[Cell]] = []
    for line in lines:
        row: list[Cell] = [line.paper.label]
        for index in picked:
            row.append(spread(line.values[:, index]))
            if not table.ablation:
                row.append(line.paper.values[index] if line.paper.values else None)
            elif index == 5:
                row.append(line.paper.values[0] if line.paper.values else None)
        paper = None if np.isnan(line.paper.seconds) else line.paper.seconds
        row += [
            _rounded(1000 * line.seconds, 4),
            _rounded(line.seconds / slowest, 3),
            _rounded(line.all_seconds, 3),
            paper,
            None if paper is None else float(f"{paper / slowest_paper:.3g}"),
            None if line.parameters is None else f"{line.parameters / 1e6:.2f} M",
        ]
        rows.append(row)
    return columns, rows


def _rounded(value: float, digits: int) -> float | None:
    return None if np.isnan(value) else float(f"{value:.{digits}g}")


def findings(lines: Sequence[Line]) -> list[str]:
    """Return the effect of each part of the ablation, from the runs with equal seeds."""
    by: Mapping[tuple[str, bool], Line] = {
        (line.paper.network, line.paper.morphology): line for line in lines
    }
    pairs = []
    for name in dict.fromkeys(line.paper.network for line in lines):
        if _upsampling(name) == "carafe":
            plain = name.replace("-carafe", "-bilinear")
            pairs.append((f"CARAFE instead of bilinear ({_backbone(name)})",
                          (plain, False), (name, False)))  # fmt: skip
        pairs.append((f"morphology ({_backbone(name)}, {_upsampling(name)})",
                      (name, False), (name, True)))  # fmt: skip
        if "mobilenetv3" in name:
            other = name.replace("mobilenetv3", "mobilenetv2")
            pairs.append((f"MobileNetV3 instead of MobileNetV2 ({_upsampling(name)})",
                          (other, False), (name, False)))  # fmt: skip
    return [
        _difference(what, by[before], by[after])
        for what, before, after in pairs
        if before in by and after in by
    ]


def _upsampling(name: str) -> str:
    return name.removesuffix("-paper").rpartition("-")[2]


def _backbone(name: str) -> str:
    return {"mobilenetv2": "MobileNetV2", "mobilenetv3": "MobileNetV3"}.get(
        name.split("-")[1], name.split("-")[1]
    )


def _difference(what: str, before: Line, after: Line) -> str:
    parts = []
    for index in (0, 5):
        change = after.values[:, index] - before.values[:, index]
        over = f" ± {change.std(ddof=1):.2f}" if len(change) > 1 else ""
        better = f", better in {int((change > 0).sum())} of {len(change)} seeds"
        parts.append(f"{COLUMNS[index]} {change.mean():+.2f}{over} points{better}")
    time = after.seconds / before.seconds - 1
    return f"{what}: {'; '.join(parts)}; time {100 * time:+.0f} %"


def _summary(settings: LabSettings, tests: int) -> str:
    options = settings.training
    begun = "ImageNet weights" if options.imagenet else "random weights"
    seeds = f"seeds 0 to {settings.seeds - 1}" if settings.seeds > 1 else "seed 0"
    return (
        f"{settings.steps} steps of {settings.batch} crops of {options.crop} px from {begun}, "
        f"recipe {options.recipe}, the paper's augmentation, {seeds}; {tests} test images of "
        f"{2 * options.crop} px; spread: standard deviation over the seeds"
    )


def _parameters(name: str) -> int:
    return sum(weight.numel() for weight in build_network(name).parameters())


def _device(name: str) -> torch.device:
    return check_device(best_device() if name == "auto" else name)


def _package(name: str, gsd: float) -> TrackModel:
    package = load_model(name)
    if abs(package.gsd_m / gsd - 1) > _SAME_GSD:
        raise UsageError(
            f"{name}: is for {package.gsd_m:g} m per pixel, the images have {gsd:g}; give ",
            Option("gsd", package.gsd_m),
        )
    return package


def _package_lines(package: TrackModel, tiles: Sequence[Sample], kernel: int) -> list[Line]:
    """Evaluate a model package, without and with morphology."""
    backend = make_backend(package, "cpu")
    found = [package_mask(tile.image, package, backend) for tile in tiles]
    targets = [tile.target for tile in tiles]
    label = f"{package.name}, version {package.version}"
    lines = []
    for clean, shown in ((None, label), (kernel, f"{label}, morphology")):
        row = PaperRow(shown, "", clean is not None, (), float("nan"))
        values = np.array([paper_scores(found, targets, kernel=clean).row()], np.float64)
        lines.append(Line(row, values, float("nan"), None))
    return lines
