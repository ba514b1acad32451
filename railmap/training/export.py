"""Make a model package of a run: ``python -m railmap.training.export RUN -o models/tracks``."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from railmap.errors import ModelError, RailmapError, UsageError
from railmap.nets import ModelMetadata, build_network, export_model
from railmap.training.fit import CHECKPOINT
from railmap.training.state import average_weights

__all__ = ["main"]


def _source(text: str) -> dict[str, str]:
    name, found, licence = text.partition("=")
    if not found:
        raise UsageError(f"--data {text}: give NAME=LICENCE")
    return {"name": name, "licence": licence}


def _run(args: argparse.Namespace) -> None:
    record = args.run / "settings.json"
    try:
        settings = json.loads(record.read_text("utf-8"))
        name, gsd = settings["network"], float(settings["gsd"])
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(f"{record}: not the settings of a training run ({error})") from error
    network = build_network(name)
    try:
        network.load_state_dict(average_weights(args.run / CHECKPOINT))
    except RuntimeError as error:
        raise ModelError(f"{args.run / CHECKPOINT}: not of the network {name}") from error
    path = args.output.with_name(args.output.name + ".onnx")
    path.parent.mkdir(parents=True, exist_ok=True)
    metadata = ModelMetadata(
        name=args.output.name,
        version=args.version,
        gsd=gsd,
        network=name,
        tile_size=args.tile,
        threshold=args.threshold,
        training_data=tuple(_source(text) for text in args.data),
        source_commit=args.commit,
    )
    export_model(network, path, metadata)
    print(path)


def main(argv: list[str] | None = None) -> int:
    """Export the averaged weights of a run; returns the exit code."""
    parser = argparse.ArgumentParser(prog="railmap.training.export", description=__doc__)
    add = parser.add_argument
    add("run", type=Path, help="folder of the training run")
    add("-o", "--output", type=Path, required=True, help="path of the package without suffix")
    add("--version", default="1")
    add("--tile", type=int, default=512, help="side of a tile, pixels")
    add("--threshold", type=float, default=0.5)
    add("--data", action="append", default=[], metavar="NAME=LICENCE", help="trained on this")
    add("--commit", default="", help="commit of the training code")
    try:
        _run(parser.parse_args(argv))
    except RailmapError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
