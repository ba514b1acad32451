"""Accuracy of the lines by kind of layout and by GSD, on rendered images.

    python benchmarks/acceptance.py --out runs/acceptance --seeds 2

Each image is mapped by four methods: from the true probability and the image (`oracle`: the error
of the geometry alone), from the true probability alone (`no rails`), from the true mask (`mask`),
and with the shipped network (`network`). Seeds are never those of training. Writes
acceptance.json and acceptance.md.
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
from acceptance_images import KINDS, SIDES, Case, make_case, offsets
from acceptance_report import write_report

from railmap import __version__, vectorize
from railmap.evaluation import evaluate
from railmap.mapping import RunRecord, write_map
from railmap.pipeline import ComputeOptions, LineOptions, lines_from_probability
from railmap.raster import open_probability, open_raster

METHODS = ("oracle", "no rails", "mask", "network")
RAIL_GSD = 0.12


def main() -> None:
    options = _arguments()
    folder: Path = options.out
    folder.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    jobs = [
        (folder, kind, gsd, options.first_seed + 1000 * number, options)
        for gsd in options.gsd
        for kind in options.kinds
        for number in range(options.seeds)
    ]
    rows: list[dict[str, Any]] = []
    with ProcessPoolExecutor(options.jobs) as pool:
        for found in pool.map(_job, jobs):
            rows += found
            for row in found:
                print(f"{row['name']} {row['method']}: {_brief(row)}", flush=True)
    about = {
        "command": "python " + shlex.join(sys.argv),
        "seconds": round(time.monotonic() - started),
        "seeds": options.seeds,
        "first_seed": options.first_seed,
    }
    (folder / "acceptance.json").write_text(json.dumps({**about, "rows": rows}) + "\n")
    write_report(folder / "acceptance.md", about, rows)
    print((folder / "acceptance.md").read_text())


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=2, help="images per kind and GSD")
    parser.add_argument("--first-seed", type=int, default=1_000_000)
    parser.add_argument("--gsd", type=float, nargs="*", default=list(SIDES), choices=list(SIDES))
    parser.add_argument("--kinds", nargs="*", default=list(KINDS), choices=KINDS)
    parser.add_argument("--methods", nargs="*", default=list(METHODS), choices=METHODS)
    parser.add_argument("--side", type=float, help="side of the images, m; default by GSD")
    parser.add_argument("--model")
    parser.add_argument("--jobs", type=int, default=2)
    return parser.parse_args()


def _job(job: tuple[Path, str, float, int, argparse.Namespace]) -> list[dict[str, Any]]:
    folder, kind, gsd, seed, options = job
    images = folder / "scenes"
    images.mkdir(exist_ok=True)
    # a rendered image is kept: rendering takes long
    note = images / f"{kind.replace(' ', '_')}_{round(gsd * 100):02d}_{seed}.json"
    if note.exists():
        kept = json.loads(note.read_text())
        case = Case(**{k: images / v if k in _PATHS else v for k, v in kept.items()})
    else:
        case = make_case(images, kind, gsd, seed, options.side)
        plain = {k: v.name if k in _PATHS else v for k, v in asdict(case).items()}
        note.write_text(json.dumps(plain))
    return [_evaluate(case, method, folder, options.model) for method in options.methods]


_PATHS = ("image", "truth", "tent", "mask")


def _evaluate(case: Case, method: str, folder: Path, model: str | None) -> dict[str, Any]:
    target = folder / f"{case.name}_{method.replace(' ', '_')}.gpkg"
    began = time.monotonic()
    if method == "network":
        vectorize(
            case.image, target, model=model, overwrite=True, compute=ComputeOptions(threads=1)
        )
    else:
        _trace(case, method, target)
    truth = gpd.read_file(case.truth, layer="centreline")
    links = gpd.read_file(target, layer="railway_link")
    found = evaluate(target, case.truth, tolerances=(0.25, 0.5)).to_dict()
    error = offsets(links, truth)
    return {
        "name": case.name,
        "kind": case.kind,
        "gsd": case.gsd,
        "method": method,
        "gauge_mm": case.gauge_mm,
        "seconds": time.monotonic() - began,
        **{name: found[name] for name in ("truth_m", "predicted_m", "tolerances", "nodes")},
        "links": [
            {
                "length_m": float(line.length),
                "source": link.geometry_source,
                "accuracy_m": link.h_accuracy_m,
                "gauge_mm": link.gauge_measured_mm,
                "gauge_sigma_mm": link.gauge_sigma_mm,
                "offsets_m": np.round(d, 4).tolist(),
            }
            for (_, link), line, d in zip(links.iterrows(), links.geometry, error, strict=True)
        ],
        "diamonds": _diamonds(target, case.truth),
    }


def _trace(case: Case, method: str, target: Path) -> None:
    refine = "auto" if method == "oracle" else "probability"
    raster = case.mask if method == "mask" else case.tent
    fine = method == "oracle" and case.gsd <= RAIL_GSD
    image = open_raster([case.image], gsd=max(case.gsd, 0.02)) if fine else None
    try:
        with open_probability(raster) as source:
            network = lines_from_probability(
                source, 0.5, LineOptions(refine=refine), image=image, threads=1
            )
            run = RunRecord(__version__, "acceptance", {}, datetime.now(UTC))
            write_map(target, network, source.grid.crs, images=[], run=run, overwrite=True)
    finally:
        if image is not None:
            image.close()


def _diamonds(target: Path, truth: Path) -> tuple[int, int]:
    """Count true diamonds, and those mapped as one node of four legs within 2 m."""
    true, found = gpd.read_file(truth, layer="node"), gpd.read_file(target, layer="railway_node")
    true = true[true["railway"] == "railway_crossing"]
    area = gpd.read_file(truth, layer="area").union_all().buffer(-3.0)
    true = true[true.within(area)]
    single = found[(found["railway"] == "railway_crossing") & (found["degree"] == 4)]
    hits = sum(bool((single.distance(point) <= 2.0).any()) for point in true.geometry)
    return len(true), hits


def _brief(row: dict[str, Any]) -> str:
    score = row["tolerances"][0]
    values = (score[n] for n in ("completeness", "correctness", "rmse_m"))
    return " / ".join("–" if v is None else f"{v:.3f}" for v in values)


if __name__ == "__main__":
    main()
