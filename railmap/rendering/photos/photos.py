"""Render railway photos with known scene, mode and evidence: simple, but distinct.

They do not replace Railway12. They test with known truth whether an explanation points at the
evidence, and whether an artificial bias is found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from railmap.errors import OutputError
from railmap.rendering.photos.canvas import PhotoCanvas
from railmap.rendering.photos.places import clutter, hall, open_line, square
from railmap.rendering.photos.scenes import SCENE_MODES

__all__ = ["SCENE_MODES", "Photo", "PhotoPlan", "render_photo", "write_photos"]

_MARK = (0.54, 0.86, 0.98, 0.96)  # position of the mark: x0, y0, x1, y1 as shares of the image


@dataclass(frozen=True, slots=True)
class Photo:
    """A rendered photo.

    Parameters
    ----------
    image
        ``(size, size, 3)`` uint8 RGB.
    evidence
        ``(size, size)`` bool: the evidence of the scene.
    scene, mode
        Key of the scene and name of the mode.
    """

    image: NDArray[np.uint8]
    evidence: NDArray[np.bool_]
    scene: str
    mode: str


@dataclass(frozen=True, slots=True)
class PhotoPlan:
    """Number of photos of a scene to write, and their bias.

    Parameters
    ----------
    scene
        Key of the scene.
    count
        Number of photos.
    first_share
        Share of photos that show the scene's first mode.
    mark_share
        Share of photos with a mark (a date stamp) in the corner.
    """

    scene: str
    count: int
    first_share: float = 0.5
    mark_share: float = 0.0


def render_photo(
    scene: str, seed: int, *, mode: str | None = None, mark: bool = False, size: int = 160
) -> Photo:
    """Render one photo.

    Parameters
    ----------
    scene
        A key of `SCENE_MODES`.
    seed
        The same seed gives the same photo.
    mode
        Name of one of the scene's modes; None chooses one at random.
    mark
        Add a date stamp in the lower right corner.
    size
        Side, pixels.
    """
    rng = np.random.default_rng([seed, list(SCENE_MODES).index(scene)])
    modes = SCENE_MODES[scene]
    sampled = modes[int(rng.integers(len(modes)))]
    chosen = sampled if mode is None else next(m for m in modes if m.name == mode)
    canvas = PhotoCanvas(size)
    if chosen.outdoors is not None:
        line = open_line(canvas, rng)
        chosen.outdoors(canvas, rng, line)
        clutter(canvas, rng, line.y, indoors=False)
    if chosen.indoors is not None:
        floor = hall(canvas, rng)
        chosen.indoors(canvas, rng, floor)
        clutter(canvas, rng, floor, indoors=True)
    if chosen.on_square is not None:
        floor = square(canvas, rng)
        chosen.on_square(canvas, rng, floor)
        clutter(canvas, rng, floor, indoors=True)
    image = _camera(canvas.image, rng)
    evidence = canvas.evidence > 0
    if mark:
        _stamp(image, evidence, rng)
    return Photo(image, evidence, scene, chosen.name)


def _camera(image: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Add haze, exposure, colour cast, blur and noise."""
    haze = float(rng.uniform(0, 0.4))
    picture = image.astype(np.float32) * (1 - haze) + float(rng.uniform(120, 200)) * haze
    gain = float(rng.uniform(0.7, 1.2)) * (1 + rng.normal(0, 0.04, 3))
    picture = np.clip(picture * gain + rng.normal(0, 8), 0, 255)
    picture = cv2.GaussianBlur(picture, (0, 0), float(rng.uniform(0.3, 0.9)) * len(image) / 160)
    picture += rng.normal(0, float(rng.uniform(2, 9)), image.shape)
    return np.clip(picture, 0, 255).astype(np.uint8)


def _stamp(image: NDArray[np.uint8], evidence: NDArray[np.bool_], rng: np.random.Generator) -> None:
    """Add eight random orange digits, as a camera's date stamp."""
    size = len(image)
    x0, y0, x1, y1 = (round(part * size) for part in _MARK)
    width = (x1 - x0) / 8
    text = "".join(str(digit) for digit in rng.integers(0, 10, 8))
    scale = (y1 - y0) / 23
    for number, digit in enumerate(text):
        at = (round(x0 + number * width), y1)
        cv2.putText(
            image, digit, at, cv2.FONT_HERSHEY_SIMPLEX, scale, (255, 140, 20), max(1, size // 64)
        )
    evidence[y0:y1, x0:x1] = False


def write_photos(
    folder: Path,
    plans: Sequence[PhotoPlan],
    *,
    seed: int = 0,
    size: int = 160,
    evidence: Path | None = None,
) -> list[tuple[Path, str, bool]]:
    """Write rendered photos as ``folder/SCENE/NNNN.jpg``.

    Parameters
    ----------
    folder
        Folder of the data set; created if needed.
    plans
        One plan for each scene.
    seed
        Seed of the set; sets of different seeds have no photo in common.
    size
        Side, pixels.
    evidence
        Folder for the evidence masks, as ``SCENE/NNNN.png``; none are written if None.

    Returns
    -------
    list
        (file, mode, marked) of each photo.
    """
    written = []
    for plan in plans:
        modes = [mode.name for mode in SCENE_MODES[plan.scene]]
        for part in (folder, evidence):
            if part is not None:
                (part / plan.scene).mkdir(parents=True, exist_ok=True)
        firsts, marks = round(plan.first_share * plan.count), round(plan.mark_share * plan.count)
        rng = np.random.default_rng([seed, 7])
        marked = rng.permutation(plan.count) < marks
        for number in range(plan.count):
            mode = modes[0] if number < firsts else modes[1]
            photo = render_photo(
                plan.scene,
                seed * 1_000_003 + number,
                mode=mode,
                mark=bool(marked[number]),
                size=size,
            )
            path = folder / plan.scene / f"{number:04}.jpg"
            _write(path, photo.image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 92])
            if evidence is not None:
                mask = photo.evidence.astype(np.uint8) * 255
                _write(evidence / plan.scene / f"{number:04}.png", mask, [])
            written.append((path, mode, bool(marked[number])))
    return written


def _write(path: Path, pixels: NDArray[np.uint8], options: list[int]) -> None:
    if not cv2.imwrite(str(path), pixels, options):
        raise OutputError(f"{path}: cannot be written; check the free disk space")
