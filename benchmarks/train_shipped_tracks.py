"""Train the shipped weights on rendered images, labelled ones, and images without railway.

``python benchmarks/train_shipped_tracks.py --out RUN --minutes M``; samples are generated on
demand. ``railmap train tracks`` trains on your own labels.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import sys
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
import typer
from torch import Tensor
from torch.utils.data import Dataset

from railmap.cli.common.session import Result, Session
from railmap.errors import UsageError
from railmap.nets import NETWORKS
from railmap.progress import Reporter
from railmap.training.data.sample import Sample, normalise
from railmap.training.data.site_names import SiteNames
from railmap.training.tracks.options import PackageOptions, TrainingOptions
from railmap.training.tracks.real_images import RealImage, read_labelled, read_negatives
from railmap.training.tracks.recipes import RECIPES, find_recipe
from railmap.training.tracks.stream import Mixture, Renderer, SampleStream
from railmap.training.tracks.strip_cutting import cut_strips
from railmap.training.tracks.train import TrackTraining, train_tracks

__all__ = ["main"]

_VALIDATION_SEED, _VALIDATION_CROPS, _VALIDATION_SIZE = 90210, 24, 384
_EPOCH = 500  # steps


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="train_shipped_tracks", description=__doc__)
    add = parser.add_argument
    add("--out", type=Path, required=True, help="folder of the run")
    add("--minutes", type=float, help="time to train")
    add("--steps", type=int, help="steps to train")
    add("--network", default="deeplabv3plus-mobilenetv3-carafe-slim", choices=list(NETWORKS))
    add("--recipe", default="railmap", choices=list(RECIPES))
    add("--weights", type=Path, help="safetensors to start from")
    add("--imagenet", action="store_true", help="start the encoder from ImageNet weights")
    add("--gsd", type=float, default=0.10, help="metres per pixel")
    add("--crop", type=int, default=256, help="side of a crop, a multiple of 16")
    add("--batch", type=int, help="crops of a step")
    add("--rate", type=float, help="highest learning rate")
    add("--encoder-share", type=float, default=1.0, help="the encoder's share of the rate")
    add("--workers", type=int, default=1, help="processes that create samples")
    add("--threads", type=int, default=2, help="threads of the training step")
    add("--seed", type=int, default=0)
    add("--device", default="auto", help="auto, cpu, cuda or mps")
    add("--real", type=Path, help="folder of NAME.tif with NAME.geojson")
    add("--real-share", type=float, default=0.2)
    sites = "CSV with the columns name and scene: each scene of --real is sampled equally often"
    add("--scenes", type=Path, help=sites)
    add("--nodes-known", action="store_true", help="--real holds all of its switches")
    add(
        "--hold-out",
        default="",
        help="names of --real held out for validation, with commas",
    )
    negatives = (
        "folder of images without railway; GSD in metres if they have no georeference, and "
        "how often it is sampled, relative to the other folders"
    )
    add("--negatives", action="append", default=[], metavar="DIR[=GSD[:WEIGHT]]", help=negatives)
    add("--negative-share", type=float, default=0.1)
    add("--skip", action="append", default=[], help="pattern of negatives to exclude")
    strips = "paint track cut out of the training images of --real on rendered tracks"
    add("--strips", action="store_true", help=strips)
    share = "share of rendered track that is painted with strips (default 0.5)"
    add("--strip-share", type=float, help=share)
    share = "share of rendered images with objects that resemble track (default 0.25)"
    add("--lookalike-share", type=float, help=share)
    share = "share of rendered images with track on which rolling stock stands (default 0.15)"
    add("--train-share", type=float, help=share)
    add("--reuse", type=int, default=2, help="times a rendered image is used")
    mirrored = "share of samples in which the data ends and the image goes on as its reflection"
    add("--mirrored-edge-share", type=float, default=0.15, help=mirrored)
    add("--renderer", default="railmap.rendering:render_crop", help="module:function")
    add("--resume", action="store_true", help="continue from the checkpoint of the run")
    add("--model", type=Path, metavar="NAME.onnx", help="model package to write at the end")
    add("--threshold", type=float, default=0.5, help="of the model package")
    add("--piece-model", type=Path, help="piece_model.json of train_piece_model.py for it")
    add("--licence", action="append", default=[], metavar="NAME=LICENCE", help="of its data")
    add("--model-version", default="1", help="of the model package")
    add("--model-licence", default="", help="of the model package")
    add("--progress", default="auto", help="auto, json or none")
    return parser


class _Samples(Dataset[tuple[Tensor, Tensor]]):
    """Samples to validate on, unchanged."""

    def __init__(self, samples: list[Sample]) -> None:
        self.samples = samples

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        sample = self.samples[index]
        return torch.from_numpy(normalise(sample.image)), torch.from_numpy(sample.target)


def _renderer(name: str) -> Renderer:
    module, _, function = name.partition(":")
    try:
        return getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError) as error:
        raise UsageError(f"--renderer {name}: not found ({error}); give module:function") from error


def _with_strips(renderer: Renderer, args: argparse.Namespace, images: list[RealImage]) -> Renderer:
    """Bind the renderer's options that were given; `images` are those to train on."""
    options: dict[str, Any] = {}
    for name in ("strip_share", "lookalike_share", "train_share"):
        share = getattr(args, name)
        if share is not None:
            if not 0 <= share <= 1:
                flag = name.replace("_", "-")
                raise UsageError(f"--{flag} {share}: must be between 0 and 1")
            options[name] = share
    if args.strips:
        options["strips"] = [strip for image in images for strip in cut_strips(image)]
        if not options["strips"]:
            raise UsageError(
                "--strips: no labelled track to cut, 8 m long and free of neighbours; "
                "give other images with --real"
            )
    elif "strip_share" in options:
        raise UsageError("--strip-share: there are no strips; give --strips as well")
    unknown = options.keys() - inspect.signature(renderer).parameters.keys()
    if unknown:
        raise UsageError(f"--renderer {args.renderer}: has no {', '.join(sorted(unknown))}")
    return partial(renderer, **options) if options else renderer


def _real(args: argparse.Namespace) -> tuple[list[RealImage], list[RealImage]]:
    """Return labelled images to train on, and those held out."""
    if args.real is None:
        return [], []
    images = read_labelled(args.real, nodes_known=args.nodes_known)
    held = {name for name in args.hold_out.split(",") if name}
    unknown = held - {image.name for image in images}
    if unknown:
        raise UsageError(f"--hold-out: no image {', '.join(sorted(unknown))} in {args.real}")
    train = [image for image in images if image.name not in held]
    if args.scenes is not None:
        names = SiteNames(args.scenes)
        sites = [names.of(image.name) for image in train]
        for image, site in zip(train, sites, strict=True):
            image.weight = 1 / sites.count(site)
    return train, [image for image in images if image.name in held]


def _negatives(args: argparse.Namespace) -> tuple[list[RealImage], dict[str, Path]]:
    """Return images without railway, and their folders by name."""
    folders = []
    for text in args.negatives:
        folder, _, rest = text.partition("=")
        guess, _, weight = rest.partition(":")
        try:
            folders.append((Path(folder), float(guess or 0.05), float(weight or 1)))
        except ValueError as error:
            raise UsageError(
                f"--negatives {text}: after = come the GSD in metres and a weight, as =0.3:2"
            ) from error
    if not folders:
        return [], {}
    named = {f"negatives {number}": folder for number, (folder, _, _) in enumerate(folders, 1)}
    return read_negatives(folders, args.gsd, args.skip), named


def _licences(texts: list[str]) -> list[dict[str, str]]:
    pairs = [text.partition("=") for text in texts]
    for name, found, _ in pairs:
        if not found:
            raise UsageError(f"--licence {name}: give NAME=LICENCE")
    return [{"name": name, "licence": licence} for name, _, licence in pairs]


def _run(args: argparse.Namespace, reporter: Reporter) -> Path:
    if (args.minutes, args.steps) == (None, None):
        raise UsageError("training needs an end: give --minutes or --steps")
    licences = _licences(args.licence)
    cv2.setNumThreads(0)
    torch.set_num_threads(args.threads)
    renderer = _renderer(args.renderer)
    images, held = _real(args)
    negatives, folders = _negatives(args)
    textured = _with_strips(renderer, args, images)
    mixture = Mixture(
        textured, images, negatives, args.real_share, args.negative_share, args.reuse,
        args.mirrored_edge_share,
    )  # fmt: skip
    batch = args.batch or find_recipe(args.recipe).batch
    stream = SampleStream(
        mixture, args.crop, args.gsd, (args.seed,), epoch=_EPOCH * batch, batch=batch,
        fields=args.network.endswith("-fields"),
    )  # fmt: skip
    size = min(_VALIDATION_SIZE, 2 * args.crop)
    rng = np.random.default_rng(_VALIDATION_SEED)
    crops = [renderer(rng, size, args.gsd, ()) for _ in range(_VALIDATION_CROPS)]
    validation = {"rendered": _Samples([Sample(crop.image, crop.target) for crop in crops])}
    if held:  # first: its IoU selects the best weights
        validation = {"real": _Samples([image.at(args.gsd) for image in held])} | validation
    data: dict[str, Any] = {"rendered": f"{args.renderer}, seed {args.seed}"} | folders
    if args.strips:
        strips = textured.keywords["strips"]  # type: ignore[attr-defined]
        data["strips"] = f"{len(strips)} of {', '.join(sorted({strip.name for strip in strips}))}"
    names = {field.name for field in fields(TrainingOptions)} & vars(args).keys()
    given = {name: getattr(args, name) for name in names}
    package = None
    if args.model is not None:
        judge = args.piece_model.read_text() if args.piece_model else ""
        package = PackageOptions(
            args.model,
            args.model_version,
            threshold=args.threshold,
            training_data=licences,
            licence=args.model_licence,
            piece_model=judge,
        )
    config = TrackTraining(
        args.out,
        stream,
        TrainingOptions(**given | {"batch": batch, "save_every": 1}),
        validation=validation,
        data=data | ({"labelled": args.real} if args.real else {}),
        package=package,
    )
    weights = train_tracks(config, reporter)
    return args.model or weights


def main(argv: list[str] | None = None) -> int:
    """Run the training program; returns the exit code. SIGTERM and SIGINT leave a checkpoint."""
    args = _parser().parse_args(argv)
    try:
        Session(progress=args.progress).run(
            lambda reporter: Result(shown=[str(_run(args, reporter))])
        )
    except typer.Exit as stop:
        return stop.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
