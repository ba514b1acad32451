"""Accuracy against speed: models, each run at several ground sampling distances."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from railmap.errors import InputError
from railmap.evaluation.paper_metrics import paper_scores
from railmap.evaluation.tables import Cell, write_table
from railmap.inference import Backend, make_backend
from railmap.lab.tracks.evaluation_images import evaluation_images_at
from railmap.lab.tracks.figures import draw_speed
from railmap.lab.tracks.packages import package_mask
from railmap.models.package import load_model
from railmap.models.tracks import TrackModel
from railmap.progress import Reporter
from railmap.training.data import LabelSource
from railmap.training.data.sample import Sample

__all__ = ["Candidate", "SpeedPoint", "measure_models", "write_speed"]

_ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model and the GSD to run it at.

    Parameters
    ----------
    model
        Name or ONNX file.
    gsd
        Metres per pixel to run it at; a network finds tracks at about the scale of its own GSD.
    label
        Name in the table; None: the name of the model.
    steps
        Training steps, in a comparison of equal training time.
    """

    model: str
    gsd: float
    label: str | None = None
    steps: int | None = None


@dataclass(frozen=True, slots=True)
class SpeedPoint:
    """One model at one GSD.

    Parameters
    ----------
    model
        Name in the table.
    gsd
        Metres per pixel that it was run at.
    iou, recall, precision
        Of track on the test images, 0-1.
    mp_per_s
        Megapixels of the network's input a second.
    km2_per_h
        Ground covered in an hour at that rate, overlap not counted.
    device
        Backend, device and precision.
    steps
        As for `Candidate`.
    """

    model: str
    gsd: float
    iou: float | None
    recall: float | None
    precision: float | None
    mp_per_s: float
    km2_per_h: float
    device: str
    steps: int | None = None


def measure_models(
    candidates: Sequence[Candidate],
    images: Sequence[Sample] | LabelSource,
    reporter: Reporter,
    *,
    device: str = "cpu",
    threads: int | None = 1,
) -> list[SpeedPoint]:
    """Evaluate every candidate on the same images; then time all models in turns.

    Parameters
    ----------
    candidates
        Models, each with its GSD.
    images
        As for `evaluation_images_at`.
    reporter
        Receives the progress and may cancel.
    device, threads
        As for `make_backend`. Times are the least of five.

    Raises
    ------
    ModelError, DeviceError
        If a model cannot be run.
    InputError
        As `read_images`; also if there is nothing to run.
    """
    if not candidates:
        raise InputError("no model to measure")
    names = dict.fromkeys(one.model for one in candidates)
    packages = {name: load_model(name) for name in names}
    backends = {name: make_backend(packages[name], device, threads) for name in names}
    reporter.stage("models", len(candidates))
    scores = {}
    for gsd in dict.fromkeys(one.gsd for one in candidates):
        tests = evaluation_images_at(images, gsd)
        for one in (each for each in candidates if each.gsd == gsd):
            package, backend = packages[one.model], backends[one.model]
            found = [package_mask(test.image, package, backend) for test in tests]
            scores[one] = paper_scores(found, [test.target for test in tests])
            reporter.advance(1)
    speeds = _speeds(packages, backends, threads)
    points = []
    for one in candidates:
        backend, score = backends[one.model], scores[one]
        points.append(
            SpeedPoint(
                one.label or packages[one.model].name,
                one.gsd,
                score.iou,
                score.recall,
                score.cpa,
                speeds[one.model],
                speeds[one.model] * one.gsd**2 * 3600,
                f"{backend.name}, {backend.device}, {backend.precision}",
                one.steps,
            )
        )
    return points


def write_speed(
    stem: Path, points: Sequence[SpeedPoint], notes: Sequence[str], command: str = ""
) -> None:
    """Write ``STEM.md``, ``.csv`` and ``.png``."""
    stepped = any(point.steps is not None for point in points)
    rows: list[list[Cell]] = []
    for point in points:
        row: list[Cell] = [point.model, point.gsd]
        row += [point.steps] if stepped else []
        row += [_percent(v) for v in (point.iou, point.recall, point.precision)]
        row += [round(point.mp_per_s, 2), round(point.km2_per_h, 3), point.device]
        rows.append(row)
    columns = ["model", "GSD m", *(["training steps"] if stepped else []),
               "IoU %", "recall %", "precision %", "MP/s", "km²/h", "on"]  # fmt: skip
    written = f"made {date.today().isoformat()}" + (f" with `{command}`" if command else "")
    write_table(stem, "Accuracy against speed", columns, rows, [*notes, written])
    draw_speed(stem.with_name(stem.name + ".png"), points)


def _percent(value: float | None) -> float | None:
    return None if value is None else round(100 * value, 2)


def _speeds(
    packages: dict[str, TrackModel], backends: dict[str, Backend], threads: int | None
) -> dict[str, float]:
    """Megapixels a second of each model, on noise, all in turns.

    On a CPU with known threads it is their processor time that counts, which other work on the
    machine hardly changes.
    """
    rng = np.random.default_rng(0)
    least = dict.fromkeys(packages, np.inf)
    for number in range(_ROUNDS + 1):
        for name, backend in backends.items():
            tile, count = packages[name].tile_size, max(2, backend.batch)
            own = threads if threads and backend.name != "torch" else None
            clock = time.process_time if own else time.perf_counter
            tiles = list(rng.integers(0, 255, (count, 3, tile, tile), np.uint8))
            start = clock()
            for _ in backend.map(tiles):
                pass
            seconds = (clock() - start) / (own or 1) / (count * tile**2 / 1e6)
            if number:  # the first turn warms up
                least[name] = min(least[name], seconds)
    return {name: 1 / seconds for name, seconds in least.items()}
