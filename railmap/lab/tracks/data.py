"""Images for the track tables: rendered ones, and labelled ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from railmap.errors import Option, UsageError, missing_extra
from railmap.training.data import (
    LabelledImage,
    LabelSource,
    read_images,
    rendered_images,
    split_images,
)

__all__ = ["LabData", "lab_data"]

# GSD in metres of rendered images: rails are seen at 0.1; DeepGlobe's roads have 0.5.
_GSD = {"rail": 0.10, "road": 0.50}
_TRAIN_SEED, _TEST_SEED = 1000, 2000


@dataclass(frozen=True, slots=True)
class LabData:
    """Images of one table.

    Parameters
    ----------
    train, test
        Images without a common site (split by scene) or image (by image).
    gsd
        Metres per pixel.
    names
        Description of the data, one line for each source.
    sources
        For the record of the runs: names with paths.
    """

    train: list[LabelledImage]
    test: list[LabelledImage]
    gsd: float
    names: list[str]
    sources: dict[str, Path | str]


def lab_data(
    domain: str,
    *,
    size: int,
    rendered: int,
    tests: int,
    seed: int = 0,
    target: str = "mask",
    source: LabelSource | None = None,
    split: str = "scene",
    share: float = 0.1,
    gsd: float | None = None,
) -> LabData:
    """Collect training and test images.

    With `source`, the test data is the validation part of it alone, and the training data the rest
    plus the rendered images; without it, both are rendered.

    Parameters
    ----------
    domain
        "rail" or "road".
    size
        Side of a training crop, pixels; rendered images are half as large again, tests twice.
    rendered, tests
        Numbers of rendered images to train and to test on.
    seed
        Seed of the split. The rendered images are the same for all seeds.
    target
        "mask" or "tent", as the recipe needs it.
    source
        Labelled images.
    split, share
        As for `split_images`.
    gsd
        Metres per pixel; by default 0.1 for rail, and for road 0.5 or the pixels as they are.

    Returns
    -------
    LabData

    Raises
    ------
    UsageError
        If nothing is left to train on.
    MissingExtraError
        If images are to be rendered and OpenCV is missing.
    InputError
        As `read_images` and `split_images`.
    """
    metres = gsd or _GSD[domain]
    train: list[LabelledImage] = []
    test: list[LabelledImage] = []
    names: list[str] = []
    sources: dict[str, Path | str] = {}
    if source is not None:
        # Roads may come without georeference (DeepGlobe): their pixels are used as they are.
        found = read_images(source, gsd=metres if domain == "rail" else gsd, target=target)
        train, test = split_images(found.images, by=split, share=share, seed=seed)
        leak = "; crops of one site may be on both sides" if split == "image" else ""
        names.append(
            f"{source.data.name} ({found.layout}): {len(train)} images to train on, "
            f"{len(test)} to test on, split by {split}{leak}"
        )
        names += list(found.remarks)
        sources |= source.sources()
        sources[source.data.name] = sources.pop("pictures")
    if rendered or source is None:
        train += _rendered(domain, rendered, size * 3 // 2, metres, _TRAIN_SEED, target)
        text = f"{rendered} rendered {domain} images to train on (seed {_TRAIN_SEED})"
        if source is None:
            test = list(_rendered(domain, tests, size * 2, metres, _TEST_SEED, "mask"))
            text += f", {tests} of {2 * size} px to test on (seed {_TEST_SEED}), none in both"
        names.append(f"{text}, {metres:g} m per pixel")
        sources[f"rendered {domain}"] = f"railmap.rendering, seed {_TRAIN_SEED}, {rendered} images"
    if not train:
        raise UsageError(
            "nothing to train on: give ", Option("rendered"), " above 0, or more images"
        )
    return LabData(train, test, metres, names, sources)


def _rendered(
    domain: str, count: int, size: int, gsd: float, seed: int, target: str
) -> Sequence[LabelledImage]:
    try:
        from railmap.rendering import render_crop
        from railmap.rendering.roads import render_road_crop
    except ImportError as error:
        raise missing_extra("rendering images", "synth", error) from error
    renderer = render_crop if domain == "rail" else render_road_crop
    return rendered_images(renderer, count, size, gsd, seed=seed, target=target)
