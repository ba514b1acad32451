"""Effect of fine-tuning on a part of some images: on the rest of them, and on other images.

    python benchmarks/fine_tuning.py --real rail_dev --only dv07,dv08 --from tracks --out runs/tuned

Each labelled image is cut in two across its tracks: the first 60 % are for training (OUT/train),
the rest for evaluation (OUT/test), with 2 m between. The training is `railmap train tracks` with
its defaults, except for the options below. Writes OUT/fine_tuning.md and .csv: before and after, on
the rest, on a second folder of images (--other) and on rendered images. An existing OUT/tuned.onnx
is used as it is. The lines of the rest are evaluated by `python benchmarks/accuracy.py --real
OUT/test --model OUT/tuned.onnx`.
"""

from __future__ import annotations

import argparse
import json
from datetime import date
from pathlib import Path

import numpy as np
import rasterio
import shapely
import torch
from rasterio.windows import Window
from shapely.geometry import mapping, shape

from railmap.evaluation.tables import Cell, write_table
from railmap.lab.tracks.evaluation_images import FIRST_SEED, SIDE_METRES, render_evaluation_images
from railmap.lab.tracks.speed import Candidate, measure_models
from railmap.progress import NullReporter, make_reporter
from railmap.training.data import LabelSource
from railmap.training.data.sample import Sample
from railmap.training.tracks.from_labels import LabelTraining, train_on_labels
from railmap.training.tracks.options import TrainingOptions

_SHARE, _GAP_M = 0.6, 2.0


def main() -> None:
    options = _arguments()
    torch.set_num_threads(options.threads)
    names = options.only.split(",") if options.only else None
    count = 0
    for labels in sorted(options.real.glob("*.geojson")):
        if names is None or labels.stem in names:
            _halve(labels, options.out)
            count += 1
    tuned = options.out / "tuned.onnx"
    if not tuned.exists():
        training = TrainingOptions(
            steps=options.steps, batch=options.batch, rate=options.rate, seed=options.seed,
            device="cpu",
        )  # fmt: skip
        source = LabelSource(options.out / "train")
        train_on_labels(
            LabelTraining(source, tuned, options.start, training=training), make_reporter("auto")
        )
    models = {"before": options.start, "after": str(tuned)}
    sets: dict[str, LabelSource | list[Sample]] = {
        f"rest of {count} images": LabelSource(options.out / "test")
    }
    if options.other is not None:
        sets[f"{options.other.name}, other places"] = LabelSource(options.other)
    sets["rendered images"] = render_evaluation_images(8)
    rows: list[list[Cell]] = []
    for what, scenes in sets.items():
        candidates = [Candidate(model, options.gsd, when) for when, model in models.items()]
        for point in measure_models(candidates, scenes, NullReporter(), threads=options.threads):
            ratios = (point.iou, point.recall, point.precision)
            rows.append([what, point.model, *(None if r is None else 100 * r for r in ratios)])
            print(*rows[-1], sep="\t", flush=True)
    notes = [
        f"{options.steps} steps of {options.batch} crops, seed {options.seed}, from "
        f"{options.start}; trained on {_SHARE:.0%} of each image, judged on the rest, {_GAP_M:g} "
        f"m between; {options.gsd:g} m per pixel",
        f"8 rendered images of {SIDE_METRES} m, seed {FIRST_SEED}",
        f"made {date.today().isoformat()}",
    ]
    columns = ["pictures", "model", "IoU %", "recall %", "precision %"]
    write_table(options.out / "fine_tuning", "Fine-tuning", columns, rows, notes)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add = parser.add_argument
    add("--real", type=Path, required=True, help="folder of NAME.tif with NAME.geojson")
    add("--only", help="names, comma separated; default: all")
    add("--other", type=Path, help="labelled images of other sites, to measure forgetting")
    add("--from", dest="start", default="tracks", help="name or ONNX file of the model")
    add("--out", type=Path, required=True)
    add("--steps", type=int, default=150)
    add("--batch", type=int, default=8)
    add("--rate", type=float, help="default: that of `railmap train tracks`")
    add("--gsd", type=float, default=0.1, help="metres per pixel to judge at")
    add("--seed", type=int, default=0)
    add("--threads", type=int, default=torch.get_num_threads())
    return parser.parse_args()


def _halve(labels: Path, out: Path) -> None:
    """Write both parts of an image, each with the labels on it."""
    content = json.loads(labels.read_text("utf-8"))
    features = content["features"]
    lines = [np.array(f["geometry"]["coordinates"])[:, :2] for f in features
             if f["geometry"]["type"] == "LineString"]  # fmt: skip
    east, north = np.abs([line[-1] - line[0] for line in lines]).sum(axis=0)
    with rasterio.open(labels.with_suffix(".tif")) as source:
        pixels, profile = source.read(), source.profile
        rows, cols = source.shape
        gap = round(_GAP_M / abs(source.transform.a))
        end = round(_SHARE * (cols if east >= north else rows))
        if east >= north:
            parts = Window(0, 0, end, rows), Window(end + gap, 0, cols - end - gap, rows)
        else:
            parts = Window(0, 0, cols, end), Window(0, end + gap, cols, rows - end - gap)
        for folder, part in zip(("train", "test"), parts, strict=True):
            place = out / folder / labels.name
            place.parent.mkdir(parents=True, exist_ok=True)
            own = {
                "driver": "GTiff", "dtype": profile["dtype"], "count": profile["count"],
                "crs": profile["crs"], "nodata": profile.get("nodata"), "width": part.width,
                "height": part.height, "transform": source.window_transform(part),
            }  # fmt: skip
            row, col = part.row_off, part.col_off
            with rasterio.open(place.with_suffix(".tif"), "w", **own) as target:
                target.write(pixels[:, row : row + part.height, col : col + part.width])
                frame = shapely.box(*target.bounds)
            kept = []
            if folder == "train":  # lines beyond the edge reach into it with their target
                place.write_text(json.dumps(content), "utf-8")
                continue
            for feature in features:
                for piece in shapely.get_parts(shape(feature["geometry"]).intersection(frame)):
                    if piece.geom_type in ("LineString", "Polygon"):
                        kept.append(feature | {"geometry": mapping(piece)})
            place.write_text(json.dumps(content | {"features": kept}), "utf-8")


if __name__ == "__main__":
    main()
