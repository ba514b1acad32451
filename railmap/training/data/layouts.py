"""Read labelled images from folders of the usual layouts."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from railmap.errors import InputError, Option, RailmapError, UsageError
from railmap.evaluation.layers import read_tracks
from railmap.files.walk import list_files
from railmap.training.data.image import LabelledImage, check_classes
from railmap.training.data.labelme import is_labelme, labelme_image, read_labelme
from railmap.training.data.lines import LineImage, check_overlap
from railmap.training.data.masks import (
    IMAGE_SUFFIXES,
    MaskImage,
    find_meaning,
    open_image,
    pair_by_name,
)
from railmap.training.data.sample import TOP
from railmap.training.data.site_names import SiteNames
from railmap.training.data.source import LabelSource

__all__ = ["LAYOUTS", "Labelled", "find_layout", "read_images"]

LAYOUTS = ("lines", "pairs", "masks", "labelme", "deepglobe")
_VECTORS = {".gpkg", ".geojson", ".json", ".shp", ".fgb", ".gml", ".kml"}
_IMAGE_FOLDERS = ("images", "image", "img", "imgs", "sat")
_MASK_FOLDERS = ("masks", "mask", "labels", "label", "gt")


@dataclass(frozen=True, slots=True)
class Labelled:
    """Labelled images, and remarks about them for the user.

    Parameters
    ----------
    images
        The labelled images.
    layout
        One of `LAYOUTS`.
    target
        "tent" or "mask": profile of the targets across a track.
    remarks
        One line each.
    """

    images: list[LabelledImage]
    layout: str
    target: str
    remarks: tuple[str, ...] = ()


def find_layout(data: Path, labels: Path | None) -> str:
    """Return which of `LAYOUTS` a folder has.

    - lines: `labels` is a vector file of centrelines;
    - pairs: every raster ``NAME.tif`` has its centrelines in ``NAME.geojson`` (or .gpkg);
    - masks: `labels` is a folder, or `data` holds ``images/`` and ``masks/`` (or ``labels/``);
    - labelme: LabelMe's JSON files;
    - deepglobe: ``NUMBER_sat.jpg`` with ``NUMBER_mask.png``.

    Raises
    ------
    InputError
        If it has none of them.
    """
    if not data.exists():
        raise InputError(f"{data}: no such file or folder")
    if labels is not None:
        if str(labels).partition("|")[0].lower().endswith(tuple(_VECTORS)):
            return "lines"
        if labels.is_dir():
            return "labelme" if _labelme_files(labels) else "masks"
        raise InputError(f"{labels}: labels are a vector file of track lines or a folder of masks")
    if not data.is_dir():
        raise InputError(f"{data}: an image only; name its labels with ", Option("labels"))
    if all(_deepglobe_files(data)):
        return "deepglobe"
    if _labelme_files(data):
        return "labelme"
    if _subfolder(data, _IMAGE_FOLDERS) and _subfolder(data, _MASK_FOLDERS):
        return "masks"
    if any(path.with_suffix(suffix).exists() for path in _images(data) for suffix in _VECTORS):
        return "pairs"
    raise InputError(
        f"{data}: no labels found (LabelMe JSON, images/ and masks/, *_sat and *_mask, NAME.tif "
        "with NAME.geojson); name them with ",
        Option("labels"),
    )


def read_images(source: LabelSource, *, gsd: float | None = None, target: str = "tent") -> Labelled:
    """Read labelled images of any layout, lazily: pixels are read when they are cut.

    Parameters
    ----------
    source
        Images and labels.
    gsd
        Metres per pixel to train at; None uses the pixels as they are (not possible with line
        labels).
    target
        "tent" or "mask", for line labels; masks are masks.

    Returns
    -------
    Labelled

    Raises
    ------
    InputError, RasterError, GeoreferenceError
        If images or labels cannot be used, do not fit each other, or hold one class only.
    UsageError
        If options contradict each other.
    """
    data, labels, layout = source.data, source.labels, source.layout
    if layout is not None and layout not in LAYOUTS:
        raise UsageError(f"no layout {layout!r}; there are: {', '.join(LAYOUTS)}")
    if target not in ("tent", "mask"):
        raise UsageError(f"no target {target!r}; there are tent and mask")
    kind = layout or find_layout(data, labels)
    remarks: list[str] = []
    images: list[LabelledImage]
    files: list[Path] = []
    if kind in ("lines", "pairs"):
        if gsd is None:
            raise UsageError("line labels need the GSD to train at")
        made = _lines(data, labels, gsd, target) if kind == "lines" else _pairs(data, gsd, target)
        images = list(made)
    elif kind == "labelme":
        images, files = _labelme(data, labels, gsd, source.picture_gsd, source.track_labels)
    else:
        pairs = _deepglobe_pairs(data) if kind == "deepglobe" else _mask_pairs(data, labels)
        meaning = find_meaning([mask for _, mask in pairs], track_value=source.track_value)
        if meaning.between:
            remarks.append(
                f"{meaning.between:.2%} of the masks' pixels are neither 0 nor the highest value; "
                "from 128 on they count as track"
            )
        files = [file for file, _ in pairs]
        images = [
            MaskImage(
                file,
                mask,
                meaning,
                scale=_scale(file, gsd, source.picture_gsd),
                has_track=has_track,
            )
            for (file, mask), has_track in zip(pairs, meaning.has_track, strict=True)
        ]
    if files and gsd is not None and source.picture_gsd is None:
        remarks += filter(None, [_unplaced(files, gsd)])
    check_classes(images, str(labels or data))
    if source.scenes is not None:
        names = SiteNames(source.scenes)
        for image in images:
            image.site = names.of(image.name)
    empty = sum(not image.has_track for image in images)
    if empty:
        remarks.append(f"{empty} of {len(images)} images have no track: taken as background")
    return Labelled(images, kind, target if kind in ("lines", "pairs") else "mask", (*remarks,))


def _images(folder: Path) -> list[Path]:
    return list_files(folder, IMAGE_SUFFIXES)


def _subfolder(folder: Path, names: tuple[str, ...]) -> Path | None:
    found = {p.name.lower(): p for p in folder.iterdir() if p.is_dir()}
    return next((found[name] for name in names if name in found), None)


def _labelme_files(folder: Path) -> list[Path]:
    return [path for path in list_files(folder, (".json",)) if is_labelme(path)]


def _rasters(data: Path) -> list[Path]:
    found = [data] if data.is_file() else _images(data)
    if not found:
        raise InputError(f"{data}: no image in it ({', '.join(sorted(IMAGE_SUFFIXES))})")
    return found


def _lines(data: Path, labels: Path | None, gsd: float, target: str) -> list[LineImage]:
    if labels is None:
        raise UsageError("name the file of track lines with ", Option("labels"))
    layer = read_tracks(labels, "labels")
    if layer.lines.empty:
        raise InputError(f"{labels}: no track lines in it; draw some, or name another layer")
    images = [LineImage(path, layer, gsd, target=target) for path in _rasters(data)]
    check_overlap(images, labels)
    return images


def _pairs(data: Path, gsd: float, target: str) -> list[LineImage]:
    images = []
    for path in _rasters(data):
        labels = next((p for s in _VECTORS if (p := path.with_suffix(s)).exists()), None)
        if labels is not None:
            images.append(LineImage(path, labels, gsd, target=target))
    return images


def _deepglobe_files(data: Path) -> tuple[list[Path], list[Path]]:
    """Return the images and the masks in a folder of DeepGlobe."""
    found = list_files(data, IMAGE_SUFFIXES, deep=True)
    images = [path for path in found if path.stem.endswith("_sat")]
    return images, [path for path in found if path.stem.endswith("_mask")]


def _deepglobe_pairs(data: Path) -> list[tuple[Path, Path]]:
    files, masks = _deepglobe_files(data)
    # The published valid/ and test/ have no masks.
    folders = {mask.parent for mask in masks}
    return pair_by_name([image for image in files if image.parent in folders], masks)


def _mask_pairs(data: Path, labels: Path | None) -> list[tuple[Path, Path]]:
    files = _subfolder(data, _IMAGE_FOLDERS) if data.is_dir() else None
    masks = labels or (_subfolder(data, _MASK_FOLDERS) if data.is_dir() else None)
    if masks is None:
        raise UsageError(f"{data}: name the folder of the masks with ", Option("labels"))
    return pair_by_name(_rasters(files or data), _rasters(masks))


def _labelme(
    data: Path,
    labels: Path | None,
    gsd: float | None,
    picture_gsd: float | None,
    names: Sequence[str] | None,
) -> tuple[list[LabelledImage], list[Path]]:
    files = _labelme_files(labels or data)
    if not files:
        raise InputError(f"{labels or data}: no LabelMe file in it")
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(partial(_labelme_image, data, gsd, picture_gsd, names), files))
    return [image for image, _ in made], [file for _, file in made]


def _labelme_image(
    data: Path,
    gsd: float | None,
    picture_gsd: float | None,
    names: Sequence[str] | None,
    path: Path,
) -> tuple[LabelledImage, Path]:
    file = labelme_image(path)
    if not file.is_file() and data.is_dir():
        file = data / file.name
    if not file.is_file():
        raise InputError(f"{path}: its image {file.name} is not next to it")
    drawn_gsd = _placed_gsd(file) or picture_gsd
    found = read_labelme(path, names, drawn_gsd)
    with open_image(file) as dataset:
        size = dataset.height, dataset.width
    if size != found.shape:
        turned = " (it is turned: save it upright)" if size == found.shape[::-1] else ""
        raise InputError(
            f"{path}: drawn on {found.shape[1]} x {found.shape[0]} px, but {file.name} has "
            f"{size[1]} x {size[0]}{turned}"
        )
    image = MaskImage(
        file,
        _DrawnMask(path, names, drawn_gsd),
        scale=_scale(file, gsd, picture_gsd),
        has_track=bool((found.mask == TOP).any()),
    )
    return image, file


@dataclass(slots=True)
class _DrawnMask:
    """Draws a LabelMe mask each time: a thousand masks of 50 MP do not fit into memory."""

    path: Path
    names: Sequence[str] | None
    gsd: float | None

    def __call__(self) -> NDArray[np.uint8]:
        return read_labelme(self.path, self.names, self.gsd).mask


def _scale(file: Path, gsd: float | None, picture_gsd: float | None) -> float:
    """Pixels of the training grid for each pixel of the file; 1 if the GSD is unknown."""
    own = None if gsd is None else _placed_gsd(file) or picture_gsd
    return 1.0 if own is None or gsd is None else own / gsd


def _placed_gsd(file: Path) -> float | None:
    """Metres per pixel of a georeferenced image."""
    with open_image(file) as dataset:
        if dataset.crs is None or dataset.transform.is_identity:
            return None
    return _file_gsd(file)


def _unplaced(files: Sequence[Path], gsd: float) -> str:
    """Return a remark on images of unknown GSD, which are taken to have the training's."""
    count = sum(_placed_gsd(file) is None for file in files)
    if not count:
        return ""
    return (
        f"{count} of {len(files)} images have no georeference: taken to have {gsd:g} m per "
        "pixel; if they have another, give their GSD"
    )


def _file_gsd(file: Path) -> float | None:
    from railmap.raster.files import inspect_file
    from railmap.raster.opening import file_gsd

    try:
        return file_gsd(inspect_file(str(file)))
    except RailmapError:
        return None
