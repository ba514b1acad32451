"""Accuracy against speed: models, each run at several ground sampling distances."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from railmap.errors import InputError, MissingExtraError
from railmap.evaluation.paper_metrics import paper_scores
from railmap.evaluation.tables import Cell, write_table
from railmap.inference import Backend, ModelPackage, load_model, make_backend
from railmap.output import atomic_output
from railmap.progress import Reporter
from railmap.raster.types import PixelWindow
from railmap.training.data import Picture, read_pictures
from railmap.training.data.picture import cut
from railmap.training.sample import IGNORE, TOP, Sample

__all__ = ["SpeedPoint", "measure_models", "rendered_scenes", "write_speed"]

_FINEST, _SIDE, _SEED = 0.05, 1024, 4000
_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class SpeedPoint:
    """One model at one GSD.

    Parameters
    ----------
    model
        Its name.
    gsd
        Metres per pixel that it was run at.
    iou, recall
        Of track on the test pictures, 0-1.
    mp_per_s
        Megapixels of the network's input a second.
    km2_per_h
        Ground covered in an hour at that rate, overlap not counted.
    device
        What it ran on.
    """

    model: str
    gsd: float
    iou: float | None
    recall: float | None
    mp_per_s: float
    km2_per_h: float
    device: str


def measure_models(
    models: Sequence[str],
    gsds: Sequence[float],
    scenes: Sequence[Sample] | Path,
    reporter: Reporter,
    *,
    labels: Path | None = None,
    device: str = "cpu",
    threads: int | None = 1,
) -> list[SpeedPoint]:
    """Run every model at every GSD on the same places.

    Parameters
    ----------
    models
        Names or ONNX files.
    gsds
        Metres per pixel; the scale that a network knows tracks at is its own GSD's.
    scenes
        Rendered at 5 cm (they are averaged down), or a folder of labelled pictures.
    reporter
        Told of every point.
    labels
        With a folder, as for `read_pictures`.
    device, threads
        As for `make_backend`. Times are the least of three.

    Raises
    ------
    ModelError, DeviceError
        If a model can't be run.
    InputError
        As `read_pictures`.
    """
    packages = [load_model(name) for name in models]
    backends = [make_backend(package, device, threads) for package in packages]
    points = []
    reporter.stage("models", len(models) * len(gsds))
    for gsd in gsds:
        tests = _at(scenes, gsd, labels)
        for package, backend in zip(packages, backends, strict=True):
            found = [_predict(test.image, package, backend) for test in tests]
            scores = paper_scores(found, [test.target for test in tests])
            speed = _speed(package, backend, tests[0].image, threads)
            points.append(
                SpeedPoint(
                    package.name,
                    gsd,
                    scores.iou,
                    scores.recall,
                    speed,
                    speed * gsd**2 * 3600,
                    f"{backend.name}, {backend.device}, {backend.precision}",
                )
            )
            reporter.advance(1)
    return points


def rendered_scenes(count: int, *, side: int = _SIDE, seed: int = _SEED) -> list[Sample]:
    """Render scenes at 5 cm with their masks; the same seed gives the same pixels."""
    try:
        from railmap.synth import render_scene, track_mask
    except ImportError as error:
        raise MissingExtraError(
            f"rendering scenes needs the extra `synth` ({error}): pip install 'railmap[synth]'"
        ) from error
    scenes = []
    for number in range(count):
        scene = render_scene(seed + number, gsd=_FINEST, width=side, height=side, collar=False)
        mask = track_mask(scene)
        target = np.where(mask == 1, np.uint8(TOP), np.uint8(0))
        target[(mask == 255) | scene.hidden] = IGNORE
        scenes.append(Sample(scene.image, target))
    return scenes


def write_speed(
    stem: Path, points: Sequence[SpeedPoint], notes: Sequence[str], command: str = ""
) -> None:
    """Write ``STEM.md``, ``.csv`` and ``.png``."""
    rows: list[list[Cell]] = [
        [
            point.model,
            point.gsd,
            None if point.iou is None else round(100 * point.iou, 2),
            None if point.recall is None else round(100 * point.recall, 2),
            round(point.mp_per_s, 2),
            round(point.km2_per_h, 3),
            point.device,
        ]
        for point in points
    ]
    columns = ["model", "GSD m", "IoU %", "recall %", "MP/s", "km²/h", "on"]
    made = f"made {date.today().isoformat()}" + (f" with `{command}`" if command else "")
    write_table(stem, "Accuracy against speed", columns, rows, [*notes, made])
    _draw(stem.with_name(stem.name + ".png"), points)


def _at(scenes: Sequence[Sample] | Path, gsd: float, labels: Path | None) -> list[Sample]:
    if isinstance(scenes, Path):
        found = read_pictures(scenes, labels, gsd=gsd, target="mask")
        return [_whole(picture) for picture in found.pictures]
    return [_coarser(scene, gsd / _FINEST) for scene in scenes]


def _whole(picture: Picture) -> Sample:
    return picture.read(PixelWindow(0, 0, *picture.shape))


def _coarser(scene: Sample, factor: float) -> Sample:
    """Average to `factor` times the pixel size."""
    side = tuple(max(1, round(n / factor)) for n in scene.target.shape[::-1])
    way = cv2.INTER_AREA if factor >= 1 else cv2.INTER_LINEAR
    image = np.asarray(cv2.resize(scene.image, side, None, 0, 0, way), np.uint8)
    judged = (scene.target != IGNORE).astype(np.float32)
    share = cv2.resize(judged, side, None, 0, 0, way)
    track = cv2.resize((scene.target == TOP).astype(np.float32), side, None, 0, 0, way)
    target = np.where(track >= 0.5 * np.maximum(share, 1e-6), np.uint8(TOP), np.uint8(0))
    target[share < 0.5] = IGNORE
    return Sample(image, target)


def _predict(
    image: NDArray[np.uint8], package: ModelPackage, backend: Backend
) -> NDArray[np.bool_]:
    """Tiles side by side, each with a margin of a quarter that is thrown away."""
    tile, margin = package.tile_size, package.tile_size // 8
    step = tile - 2 * margin
    rows, cols = image.shape[:2]
    sample = Sample(image, np.zeros((rows, cols), np.uint8))
    places = [(r, c) for r in range(0, rows, step) for c in range(0, cols, step)]
    windows = [PixelWindow(r - margin, c - margin, tile, tile) for r, c in places]
    tiles = [np.ascontiguousarray(cut(sample, w).image.transpose(2, 0, 1)) for w in windows]
    found = np.zeros((rows, cols), bool)
    for (row, col), result in zip(places, backend.map(tiles), strict=True):
        inner = result[margin : margin + step, margin : margin + step] >= package.threshold
        part = found[row : row + step, col : col + step]
        part[:] = inner[: part.shape[0], : part.shape[1]]
    return found


def _speed(
    package: ModelPackage, backend: Backend, image: NDArray[np.uint8], threads: int | None
) -> float:
    """Megapixels a second on tiles of a picture.

    On a CPU with known threads it is their processor time that counts, which other work on the
    machine hardly changes.
    """
    own = threads if threads and backend.name != "torch" else None
    clock = time.process_time if own else time.perf_counter
    tile = package.tile_size
    sample = Sample(image, np.zeros(image.shape[:2], np.uint8))
    pixels = cut(sample, PixelWindow(0, 0, tile, tile)).image.transpose(2, 0, 1)
    tiles = [np.ascontiguousarray(pixels)] * max(2, backend.batch)
    least = np.inf
    for _ in range(_ROUNDS):
        start = clock()
        for _ in backend.map(tiles):
            pass
        least = min(least, (clock() - start) / (own or 1))
    return float(len(tiles) * tile**2 / 1e6 / least)


def _draw(path: Path, points: Sequence[SpeedPoint]) -> None:
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtraError(
            f"figures need the train extra ({error}): pip install 'railmap[train]'"
        ) from error
    if not points:
        raise InputError("no model was measured")
    figure = Figure(figsize=(7, 4.4), layout="constrained", dpi=120)
    FigureCanvasAgg(figure)
    panel = figure.subplots()
    for model in dict.fromkeys(point.model for point in points):
        own = [point for point in points if point.model == model and point.iou is not None]
        x, y = [p.km2_per_h for p in own], [100 * (p.iou or 0) for p in own]
        panel.plot(x, y, marker="o", label=model)
        for point, px, py in zip(own, x, y, strict=True):
            panel.annotate(f"{100 * point.gsd:g} cm", (px, py), (4, 4),
                           textcoords="offset points", fontsize=8)  # fmt: skip
    panel.set(xlabel="ground covered, km² an hour", ylabel="IoU %", xscale="log")
    for axis in (panel.xaxis.set_major_formatter, panel.xaxis.set_minor_formatter):
        axis(lambda value, _: f"{value:g}")
    panel.grid(alpha=0.3)
    panel.legend(frameon=False, fontsize=8)
    with atomic_output(path, overwrite=True) as partial:
        figure.savefig(partial, format="png")
