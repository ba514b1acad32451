"""Train the model that judges pieces of track, on probability that the network wasn't trained on.

``python benchmarks/train_piece_model.py --out RUN --labelled PROBABILITY=TRUTH ... --empty DIR``

`PROBABILITY` is a folder of rasters that ``railmap segment`` wrote, `TRUTH` one with a line layer
of the same name for each (``NAME.geojson`` or ``NAME.gpkg``). Writes piece_model.json, for the
training program's ``--piece-model``, and the calibration with each site left out in turn as
calibration.json and calibration.png.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from railmap.errors import InputError, RailmapError
from railmap.geometry.judge.features import FEATURES
from railmap.pipeline import LineOptions
from railmap.training.data.site_names import SiteNames
from railmap.training.pieces.fit import Calibration, calibration, cross_validate, fit_pieces
from railmap.training.pieces.samples import Pieces, collect_pieces

__all__ = ["main"]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="train_piece_model", description=__doc__)
    add = parser.add_argument
    add("--out", type=Path, required=True, help="folder of the results")
    add("--labelled", action="append", default=[], metavar="PROBABILITY=TRUTH")
    add("--empty", action="append", default=[], type=Path, help="probability without railway")
    add("--sites", type=Path, help="CSV with the columns name and scene: images of one site")
    add("--threshold", type=float, help="of the lines; default: the model's")
    return parser


def main(argv: list[str] | None = None) -> int:
    """Run the training program; returns the exit code."""
    args = _parser().parse_args(argv)
    args.out.mkdir(parents=True, exist_ok=True)
    try:
        pieces = _collect(args)
    except RailmapError as error:
        print(f"train_piece_model: {error}", file=sys.stderr)
        return 1
    record = (
        f"{len(pieces.share)} pieces, {pieces.length.sum() / 1000:.1f} km, "
        f"{len(np.unique(pieces.site))} sites, {datetime.now(UTC):%Y-%m-%d}"
    )
    model = fit_pieces(pieces, record)
    (args.out / "piece_model.json").write_text(model.to_json() + "\n")
    found = calibration(cross_validate(pieces), pieces.share, pieces.length)
    before = calibration(np.clip(pieces.features[:, 0], 0, 1), pieces.share, pieces.length)
    _report(args.out, model.weights, found, before)
    print(record)
    return 0


def _collect(args: argparse.Namespace) -> Pieces:
    lines = LineOptions(threshold=args.threshold)
    names = SiteNames(args.sites) if args.sites else None
    parts = []
    for text in args.labelled:
        folder, _, truth = text.partition("=")
        for raster in sorted(Path(folder).glob("*.tif")):
            site = names.of(raster.stem) if names and raster.stem in names else raster.stem
            parts.append(collect_pieces(raster, _truth(Path(truth), raster.stem), site, lines))
    for folder in args.empty:
        for raster in sorted(folder.glob("*.tif")):
            parts.append(collect_pieces(raster, None, folder.name, lines))
    pieces = Pieces.join(parts)
    if not len(pieces.share) or not 0 < pieces.share.mean() < 1:
        raise InputError("no pieces of both kinds, track and not; give more images")
    return pieces


def _truth(folder: Path, name: str) -> Path:
    for suffix in (".geojson", ".gpkg"):
        if (folder / f"{name}{suffix}").is_file():
            return folder / f"{name}{suffix}"
    raise InputError(f"{folder}: holds neither {name}.geojson nor {name}.gpkg")


def _report(out: Path, weights: tuple[float, ...], found: Calibration, before: Calibration) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    values = {
        "weights": dict(zip(FEATURES, weights, strict=True)),
        "left_out": {k: np.nan_to_num(getattr(found, k), nan=-1).tolist() for k in _COLUMNS},
        "expected_calibration_error": found.error,
        "expected_calibration_error_of_the_mean_probability": before.error,
    }
    (out / "calibration.json").write_text(json.dumps(values, indent=1) + "\n")
    print(json.dumps(values, indent=1))
    figure, axes = plt.subplots(figsize=(4.5, 4.5), layout="constrained")
    axes.plot([0, 1], [0, 1], color="grey", linewidth=1)
    for curve, label in ((before, "mean probability"), (found, "piece model, site left out")):
        axes.plot(curve.confidence, curve.right, "o-", label=f"{label}: ECE {curve.error:.3f}")
    axes.set(xlabel="confidence", ylabel="share of the length on a track", xlim=(0, 1), ylim=(0, 1))
    axes.legend(loc="lower right")
    figure.savefig(out / "calibration.png", dpi=150)


_COLUMNS = ("confidence", "right", "weight")

if __name__ == "__main__":
    sys.exit(main())
