"""Accuracy of the maps: rendered images, real images, and images without railway.

    python benchmarks/accuracy.py --seeds 6 --real DIR --negatives DIR --out runs/accuracy

Rendered images have exact truth and seeds that training does not use; DIR of `--real` holds
NAME.tif with NAME.geojson (or .gpkg); DIR of `--negatives` rasters without railway. Writes
accuracy.md, accuracy.json, overlays/NAME.png and contact.png into `--out`. `--oracle` starts
from the true probability at 10 cm and renders no image: the error of the lines alone.
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import rasterio
from accuracy_report import contact_sheet, write_markdown
from affine import Affine
from rasterio.warp import calculate_default_transform, transform_bounds

from railmap import __version__, vectorize
from railmap.errors import RailmapError
from railmap.evaluation import evaluate, evaluate_probability, render_evaluation
from railmap.evaluation.layers import metric_crs, read_tracks
from railmap.pipeline import ComputeOptions, LineOptions, trace_probability

KINDS = ("plain", "double", "multiple", "junction", "yard", "diamond")
ORACLE_GSD = 0.10  # of the true probability, m
# GSD (m) of rendered images and their side (px).
SIZES = {0.02: 2400, 0.05: 2000, 0.10: 1600, 0.30: 1000}


@dataclass(frozen=True)
class Case:
    """One image to map; no truth means that it shows no railway."""

    name: str
    group: str
    kind: str
    gsd: float
    image: Path
    truth: Path | None
    probability: Path | None = None


def main() -> None:
    options = _arguments()
    out: Path = options.out
    (out / "overlays").mkdir(parents=True, exist_ok=True)
    (out / "maps").mkdir(exist_ok=True)
    cases = [*_rendered(options), *_real(options), *_negatives(options)]
    if options.only:
        wanted = set(options.only.split(","))
        cases = [case for case in cases if case.group == "rendered" or case.name in wanted]
    rows = []
    for number, case in enumerate(cases, 1):
        row = _evaluate(case, options)
        rows.append(row)
        print(f"[{number}/{len(cases)}] {case.name}: {_brief(row)}", flush=True)
    about = {
        "command": "python " + shlex.join(sys.argv),
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "version": __version__,
        "commit": _commit(),
        "model": Path(options.model).name if options.model else "default",
        "first_seed": options.first_seed,
        "seeds": options.seeds,
        "oracle": options.oracle,
        "extent_m": options.extent,
    }
    (out / "accuracy.json").write_text(json.dumps({**about, "rows": rows}, indent=1) + "\n")
    write_markdown(out / "accuracy.md", about, rows)
    contact_sheet(out / "contact.png", rows, out / "overlays")
    print((out / "accuracy.md").read_text())


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=0, help="rendered images per GSD")
    parser.add_argument("--first-seed", type=int, default=1_000_000)
    parser.add_argument("--gsd", type=float, nargs="*", default=list(SIZES), choices=list(SIZES))
    parser.add_argument("--kinds", nargs="*", default=list(KINDS), choices=KINDS)
    clear = "rendered images as most survey images are; else they are difficult on purpose"
    parser.add_argument("--clear", action="store_true", help=clear)
    parser.add_argument("--extent", type=float, help="side of rendered images, m; default by GSD")
    parser.add_argument("--oracle", action="store_true")
    parser.add_argument("--real", type=Path)
    parser.add_argument("--negatives", type=Path, nargs="*", default=[])
    parser.add_argument("--only", help="names of real or negative images, comma separated")
    parser.add_argument("--model")
    parser.add_argument("--threshold", type=float)
    parser.add_argument("--refine", default="auto", choices=["auto", "probability", "rails"])
    parser.add_argument("--device", default="auto")
    parser.add_argument("--threads", type=int)
    return parser.parse_args()


def _rendered(options: argparse.Namespace) -> list[Case]:
    from railmap.rendering import render_scene, write_scene

    folder = options.out / "rendered"
    folder.mkdir(exist_ok=True)
    cases = []
    for gsd in [ORACLE_GSD] if options.oracle else options.gsd:
        for number in range(options.seeds):
            seed = options.first_seed + number
            kind = options.kinds[number % len(options.kinds)]
            name = f"r{round(gsd * 100):02d}_{kind}_{seed}"
            image, truth = folder / f"{name}.tif", folder / f"{name}.gpkg"
            probability = folder / f"{name}_p.tif" if options.oracle else None
            side = round(options.extent / gsd) if options.extent else SIZES[gsd]
            if probability and not probability.exists():
                _write_oracle(seed, kind, side, probability, truth)
            if not probability and not truth.exists():
                scene = render_scene(
                    seed, gsd=gsd, width=side, height=side, kind=kind, clear=options.clear
                )
                write_scene(scene, image, truth, overwrite=True)
            backdrop = probability or image
            cases.append(Case(name, "rendered", kind, gsd, backdrop, truth, probability))
    return cases


def _write_oracle(seed: int, kind: str, side: int, path: Path, truth: Path) -> None:
    """Write the tent of the true centrelines (the output of a perfect network) and the truth."""
    from railmap.raster.probability import BAND_NAME
    from railmap.rendering import Scene, write_truth
    from railmap.rendering.paint.canvas import Canvas
    from railmap.rendering.plan.kinds import make_plan
    from railmap.rendering.scene import tent

    canvas = Canvas(np.zeros((side, side, 3), np.uint8), 1 / ORACLE_GSD, np.zeros(2))
    plan = make_plan(np.random.default_rng(seed), float(np.hypot(*canvas.half)), kind)
    everywhere, nowhere = np.ones((side, side), bool), np.zeros((side, side), bool)
    scene = Scene(canvas.image, everywhere, nowhere, plan, ORACLE_GSD)
    write_truth(scene, truth, overwrite=True)
    box = gpd.read_file(truth, layer="area").total_bounds
    size = {"width": side, "height": side, "count": 1, "dtype": "uint8", "nodata": 255}
    transform = Affine(ORACLE_GSD, 0, box[0], 0, -ORACLE_GSD, box[3])
    with rasterio.open(
        path, "w", driver="GTiff", crs="EPSG:32632", transform=transform, compress="deflate", **size
    ) as target:
        target.write(np.round(tent(canvas, plan) * 254).astype(np.uint8), 1)
        target.set_band_description(1, BAND_NAME)
        target.update_tags(RAILMAP_PROFILE="tent")


def _real(options: argparse.Namespace) -> list[Case]:
    if options.real is None:
        return []
    cases = []
    for image in sorted(options.real.glob("*.tif")):
        for suffix in (".geojson", ".gpkg"):
            truth = image.with_suffix(suffix)
            if truth.exists():
                cases.append(Case(image.stem, "real", "real", _gsd(image), image, truth))
                break
    return cases


def _negatives(options: argparse.Namespace) -> list[Case]:
    return [
        Case(image.stem, "negative", "negative", _gsd(image), image, None)
        for folder in options.negatives
        for image in sorted(folder.glob("*.tif"))
    ]


def _gsd(image: Path) -> float:
    """Metres per pixel on the ground, near enough to choose a band."""
    return float(np.sqrt(_ground_area(image) / _pixels(image)))


def _pixels(image: Path) -> int:
    with rasterio.open(image) as file:
        return int(file.width * file.height)


def _ground_area(image: Path) -> float:
    """Area of the whole raster in square metres, in its UTM zone."""
    with rasterio.open(image) as file:
        west, south, east, north = transform_bounds(file.crs, "EPSG:4326", *file.bounds)
        box = gpd.GeoSeries.from_wkt(
            [f"LINESTRING ({west} {south}, {east} {north})"], crs="EPSG:4326"
        )
        crs = metric_crs(gpd.GeoDataFrame(geometry=box))
        transform, width, height = calculate_default_transform(
            file.crs, crs.to_wkt(), file.width, file.height, *file.bounds
        )
        share = file.width * file.height / (width * height)
        return float(abs(transform.a * transform.e) * width * height * min(1.0, share))


def _valid_area(image: Path) -> float:
    with rasterio.open(image) as file:
        return _ground_area(image) * float((file.dataset_mask() > 0).mean())


def _evaluate(case: Case, options: argparse.Namespace) -> dict[str, Any]:
    """Map one image and score it; a refusal is a result too."""
    result = options.out / "maps" / f"{case.name}.gpkg"
    probability = case.probability or result.with_name(f"{case.name}_p.tif")
    row: dict[str, Any] = {
        "name": case.name, "group": case.group, "kind": case.kind, "gsd": case.gsd, "error": None,
    }  # fmt: skip
    lines = LineOptions(threshold=options.threshold, refine=options.refine)
    started = time.monotonic()
    try:
        if case.probability:
            trace_probability(
                case.probability, result, lines=lines, overwrite=True, threads=options.threads
            )
        else:
            vectorize(
                case.image, result, model=options.model, lines=lines,
                compute=ComputeOptions(device=options.device, threads=options.threads),
                probability=probability, overwrite=True,
            )  # fmt: skip
        row["seconds"] = time.monotonic() - started
        if case.truth is None:
            row |= _false_tracks(case, result, options.out)
        else:
            row |= _scores(case, result, probability, options)
    except RailmapError as error:
        row["error"] = f"{type(error).__name__}: {error}"
    return row


def _scores(
    case: Case, result: Path, probability: Path, options: argparse.Namespace
) -> dict[str, Any]:
    assert case.truth is not None
    overlay = options.out / "overlays" / f"{case.name}.png"
    found = evaluate(result, case.truth, image=case.image, out_png=overlay, overwrite=True)
    truth = read_tracks(case.truth, "truth")
    pixels = evaluate_probability(
        probability, truth.lines, threshold=options.threshold or 0.5, ignore=truth.ignore
    )
    return {**found.to_dict(), "iou": pixels.iou[1], "pixels": pixels.counts}


def _false_tracks(case: Case, result: Path, out: Path) -> dict[str, Any]:
    lines = read_tracks(result, "prediction").lines
    area = _valid_area(case.image)
    nothing = lines.iloc[:0]
    if len(lines):
        scores = evaluate(lines, nothing).lines
        render_evaluation(
            scores, out / "overlays" / f"{case.name}.png", image=case.image, overwrite=True
        )
    return {"false_m": float(lines.length.sum()), "area_m2": area}


def _brief(row: dict[str, Any]) -> str:
    if row["error"]:
        return str(row["error"])
    if row["group"] == "negative":
        return f"{row['false_m']:.1f} false metres"
    score = next(s for s in row["tolerances"] if s["tolerance_m"] == 0.5)
    names = ("completeness", "correctness", "rmse_m")
    return ", ".join(f"{n} {score[n]:.3f}" if score[n] is not None else f"{n} –" for n in names)


def _commit() -> str:
    done = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=Path(__file__).parent, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.stdout.strip() or "unknown"


if __name__ == "__main__":
    main()
