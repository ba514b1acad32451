"""Strips from RSDDs as published and from rendered rails (paper, sections 2.1 and 4.2)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from railmap.errors import InputError
from railmap.files.photo import read_image
from railmap.files.walk import list_files
from railmap.surface.model.pixels import to_grey

__all__ = [
    "STRIP_HEIGHT",
    "STRIP_WIDTHS",
    "StripSet",
    "cut_strips",
    "read_rsdds",
    "read_whole_rails",
    "rendered_strips",
    "rendered_whole_rails",
]

STRIP_HEIGHT = 100
STRIP_WIDTHS = {1: 160, 2: 55}
_WHOLE = 1250  # rows of a rail of type 2
_THRESHOLD = 127
_SUFFIXES = {".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff"}
_FOLDERS = {
    1: ("Type-I RSDDs dataset", "Type-I_RSDDs_dataset", "Type-I", "Type_I", "TypeI", "type1"),
    2: ("Type-II RSDDs dataset", "Type-II_RSDDs_dataset", "Type-II", "Type_II", "TypeII", "type2"),
}
_IMAGES = ("Rail surface images", "Rail_surface_images", "images", "Images")
_TRUTHS = ("GroundTruth", "Ground truth", "ground truth", "masks")


@dataclass(frozen=True)
class StripSet:
    """Strips of one type, all H rows high: 100, or whole rails.

    Parameters
    ----------
    images
        ``(N, H, W)`` uint8.
    masks
        ``(N, H, W)`` bool: defects.
    rails
        ``(N,)`` int64: number of the rail that each strip was cut from.
    """

    images: NDArray[np.uint8]
    masks: NDArray[np.bool_]
    rails: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.images)

    def take(self, which: NDArray[np.intp]) -> StripSet:
        """Return the strips at the indices `which`."""
        return StripSet(self.images[which], self.masks[which], self.rails[which])


def cut_strips(
    rails: Iterable[tuple[NDArray[np.uint8], NDArray[np.bool_]]], height: int = STRIP_HEIGHT
) -> StripSet:
    """Cut rails into strips of equal height, from the top; remaining rows are dropped.

    Parameters
    ----------
    rails
        ``(H, W)`` uint8 image and ``(H, W)`` bool mask of each rail.
    height
        Rows of a strip.

    Raises
    ------
    InputError
        If all rails are lower than that.
    """
    images, masks, numbers = [], [], []
    for number, (image, mask) in enumerate(rails):
        for row in range(0, len(image) - height + 1, height):
            images.append(image[row : row + height])
            masks.append(mask[row : row + height])
            numbers.append(number)
    if not images:
        raise InputError(f"no rail has {height} rows")
    return StripSet(np.stack(images), np.stack(masks), np.array(numbers, np.int64))


def rendered_strips(seed: int, kind: int, rails: Sequence[int] | None = None) -> StripSet:
    """Render a set of strips.

    Parameters
    ----------
    seed
        Random seed.
    kind
        Type of RSDDs, 1 or 2.
    rails
        Strips per rail; None: as in the paper, 709 (type 1) or 1408 (type 2) strips.
    """
    from railmap.rendering.rail_head.rail_surface import render_rails

    return cut_strips((r.image, r.mask) for r in render_rails(seed, kind, rails))


def rendered_whole_rails(seed: int, count: int) -> StripSet:
    """Render rails of type 2, 1250 rows each, as the paper's Table 4 is for."""
    from railmap.rendering.rail_head.rail_surface import render_rail

    rails = (render_rail(seed * 10007 + number, _WHOLE, 2) for number in range(count))
    return cut_strips(((rail.image, rail.mask) for rail in rails), _WHOLE)


def read_rsdds(folder: Path, kind: int) -> StripSet:
    """Read one type of RSDDs in the folder layout of its publication.

    RSDDs has 67 images of express rails and 128 of common and heavy-haul rails, with masks (Gan et
    al., *A Hierarchical Extractor-Based Visual Rail Surface Inspection System*, IEEE Sensors
    Journal 17(23), 2017). It states no licence, so railmap can't come with it: ask its authors at
    Beijing Jiaotong University, http://icn.bjtu.edu.cn/Visint/resources/RSDDs.aspx.

    ``FOLDER/Type-I RSDDs dataset/{Rail surface images,GroundTruth}/rail_N.jpg``, or shorter names
    such as ``Type-I/images`` and ``Type-I/masks``; `folder` may be the folder of the type. Images
    wider or narrower than the type by up to 10 % are resized; ground truth is grey above 127.

    Parameters
    ----------
    folder
        Folder of RSDDs.
    kind
        Type, 1 or 2.

    Raises
    ------
    InputError
        If a folder or file is missing or damaged, or sizes do not match.
    """
    return cut_strips(_read_rails(folder, kind))


def read_whole_rails(folder: Path) -> StripSet:
    """Read the rails of type 2 that have 1250 rows, uncut; see `read_rsdds`."""
    return cut_strips(_read_rails(folder, 2), _WHOLE)


def _read_rails(folder: Path, kind: int) -> list[tuple[NDArray[np.uint8], NDArray[np.bool_]]]:
    base = _first_folder(folder, _FOLDERS[kind]) or folder
    images, truths = _first_folder(base, _IMAGES), _first_folder(base, _TRUTHS)
    if images is None or truths is None:
        raise InputError(
            f"{folder}: no RSDDs type {kind}; expected '{_FOLDERS[kind][0]}' with the folders "
            f"'{_IMAGES[0]}' and '{_TRUTHS[0]}' (docs/lab/defects.md says who has the set)"
        )
    paths = list_files(images, _SUFFIXES)
    if not paths:
        raise InputError(f"{images}: no images; put the JPEG or PNG files there")
    by_name = {path.stem: path for path in list_files(truths, _SUFFIXES)}
    rails = []
    for path in paths:
        truth = by_name.get(path.stem)
        if truth is None:
            raise InputError(f"{path}: has no ground truth in {truths}; add {path.stem}.png there")
        rails.append(_read_rail(path, truth, kind))
    return rails


def _first_folder(folder: Path, names: Iterable[str]) -> Path | None:
    return next((folder / n for n in names if (folder / n).is_dir()), None)


def _read_rail(path: Path, truth: Path, kind: int) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    image = to_grey(read_image(path), str(path), colour=False)
    mask = to_grey(read_image(truth), str(truth))
    if mask.shape != image.shape:
        raise InputError(
            f"{truth}: {mask.shape[1]}x{mask.shape[0]} pixels, but its image has "
            f"{image.shape[1]}x{image.shape[0]}"
        )
    width = STRIP_WIDTHS[kind]
    if abs(image.shape[1] - width) > 0.1 * width:
        raise InputError(
            f"{path}: {image.shape[1]} pixels wide; type {kind} of RSDDs is {width} wide"
        )
    if image.shape[0] < STRIP_HEIGHT:
        raise InputError(f"{path}: {image.shape[0]} rows; a strip needs {STRIP_HEIGHT}")
    if image.shape[1] != width:
        size = (width, image.shape[0])
        image = np.asarray(Image.fromarray(image).resize(size, Image.Resampling.BILINEAR))
        mask = np.asarray(Image.fromarray(mask).resize(size, Image.Resampling.BILINEAR))
    return image, mask > _THRESHOLD
