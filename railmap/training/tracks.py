"""Train a track network: ``python -m railmap.training.tracks --out RUN --minutes M``."""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from pathlib import Path

import cv2
import numpy as np
import torch

from railmap.errors import OutputError, RailmapError, UsageError
from railmap.nets import NETWORKS, build_network
from railmap.training.fit import CHECKPOINT, Schedule, fit
from railmap.training.real import Scene, read_labelled, read_negatives
from railmap.training.sample import Sample
from railmap.training.state import Progress
from railmap.training.stream import Mixture, Renderer, SampleStream, make_loader

__all__ = ["main"]

_VALIDATION_SEED, _VALIDATION_CROPS, _VALIDATION_SIZE = 90210, 24, 384


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="railmap.training.tracks", description=__doc__)
    add = parser.add_argument
    add("--out", type=Path, required=True, help="folder of the run")
    add("--minutes", type=float, required=True, help="time to train")
    add("--network", default="deeplabv3plus-mobilenetv3-carafe-slim", choices=list(NETWORKS))
    add("--weights", type=Path, help="safetensors to start from")
    add("--imagenet", action="store_true", help="start the encoder from ImageNet weights")
    add("--gsd", type=float, default=0.10, help="metres per pixel")
    add("--crop", type=int, default=256, help="side of a crop, a multiple of 16")
    add("--batch", type=int, default=16)
    add("--rate", type=float, default=1.5e-3, help="highest learning rate")
    add("--workers", type=int, default=1, help="processes that make samples")
    add("--threads", type=int, default=2, help="threads of the training step")
    add("--seed", type=int, default=0)
    add("--device", default="cpu", help="cpu, cuda or mps")
    add("--real", type=Path, help="folder of NAME.tif with NAME.geojson")
    add("--real-share", type=float, default=0.2)
    add("--hold-out", default="", help="names of --real kept for validation, with commas")
    negatives = "folder of pictures without railway; GSD in metres if they have no georeference"
    add("--negatives", action="append", default=[], metavar="DIR[=GSD]", help=negatives)
    add("--negative-share", type=float, default=0.1)
    add("--skip", action="append", default=[], help="pattern of negatives to leave out")
    add("--reuse", type=float, default=2.0, help="times a rendered picture is used")
    add("--renderer", default="railmap.synth:render_crop", help="module:function")
    add("--steps", type=int, help="stop after this many steps")
    add("--resume", action="store_true", help="go on from the run's checkpoint")
    return parser


def _renderer(name: str) -> Renderer:
    module, _, function = name.partition(":")
    try:
        return getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError) as error:
        raise UsageError(f"--renderer {name}: not found ({error}); give module:function") from error


def _real(args: argparse.Namespace) -> tuple[list[Scene], list[Scene]]:
    """Labelled scenes to train on, and those held out."""
    if args.real is None:
        return [], []
    scenes = read_labelled(args.real)
    held = {name for name in args.hold_out.split(",") if name}
    unknown = held - {scene.name for scene in scenes}
    if unknown:
        raise UsageError(f"--hold-out: no scene {', '.join(sorted(unknown))} in {args.real}")
    return [s for s in scenes if s.name not in held], [s for s in scenes if s.name in held]


def _negatives(args: argparse.Namespace) -> list[Scene]:
    folders = []
    for text in args.negatives:
        folder, _, guess = text.partition("=")
        try:
            folders.append((Path(folder), float(guess or 0.05)))
        except ValueError as error:
            raise UsageError(f"--negatives {text}: the GSD after = must be metres") from error
    return read_negatives(folders, args.gsd, args.skip) if folders else []


def _validation(
    renderer: Renderer, held: list[Scene], gsd: float, size: int
) -> dict[str, list[Sample]]:
    rng = np.random.default_rng(_VALIDATION_SEED)
    crops = (renderer(rng, size, gsd, ()) for _ in range(_VALIDATION_CROPS))
    sets = {"rendered": [Sample(crop.image, crop.target) for crop in crops]}
    if held:
        sets["real"] = [scene.at(gsd) for scene in held]
    return sets


def _run(args: argparse.Namespace) -> None:
    if args.crop % 16 or args.crop <= 0:
        raise UsageError(f"--crop {args.crop}: must be a multiple of 16")
    if not args.minutes > 0:
        raise UsageError(f"--minutes {args.minutes}: must be above 0")
    checkpoint = args.out / CHECKPOINT
    if checkpoint.exists() != args.resume:
        raise OutputError(
            f"{checkpoint}: is there; give --resume to go on, or another --out"
            if checkpoint.exists()
            else f"{checkpoint}: nothing to resume; leave --resume out"
        )
    args.out.mkdir(parents=True, exist_ok=True)
    cv2.setNumThreads(0)
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    settings = {k: str(v) if isinstance(v, Path) else v for k, v in vars(args).items()}
    record = args.out / "settings.json"
    starts = 1
    if args.resume:
        starts = int(json.loads(record.read_text("utf-8"))["starts"]) + 1
    record.write_text(json.dumps(settings | {"starts": starts}, indent=1) + "\n", "utf-8")

    renderer = _renderer(args.renderer)
    train, held = _real(args)
    mixture = Mixture(
        renderer, train, _negatives(args), args.real_share, args.negative_share, args.reuse
    )
    network = build_network(args.network, weights=args.weights, imagenet=args.imagenet)
    stream = SampleStream(mixture, args.crop, args.gsd, (args.seed, starts))
    loader = make_loader(stream, args.batch, args.workers)
    size = min(_VALIDATION_SIZE, 2 * args.crop)
    fit(
        network,
        loader,
        Schedule(args.minutes, args.rate, steps=args.steps),
        args.out,
        progress=Progress(starts=starts),
        resume=args.resume,
        validation=_validation(renderer, held, args.gsd, size),
        device=torch.device(args.device),
    )


def main(argv: list[str] | None = None) -> int:
    """Run the training program; returns the exit code."""
    try:
        _run(_parser().parse_args(argv))
    except RailmapError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
