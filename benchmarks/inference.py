"""Speed and memory of the sliding window.

Compares `railmap.inference.segment` with the bare model on as many windows, and with a plain
numpy + ONNX Runtime loop (tile 512, overlap 128, batch 4, average of the overlaps), each in its
own process, in turns; the best of the rounds counts. Prints a Markdown table. "CPU s" is all CPU
time of the process, imports included: on a busy machine it is more reliable than the clock.

    python benchmarks/inference.py [--size 4096] [--memory 4096 16384] [--device cuda]
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

TILE, OVERLAP, BATCH = 512, 128, 4
NETWORK = "deeplabv3plus-mobilenetv3-carafe-slim"


def render(path: Path, size: int) -> None:
    """Texture with a nodata corner, in 512-px deflate tiles, 10 cm."""
    import rasterio
    from affine import Affine
    from rasterio.windows import Window

    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=size,
        height=size,
        count=3,
        dtype="uint8",
        nodata=0,
        crs="EPSG:32632",
        transform=Affine(0.1, 0, 500000, 0, -0.1, 5500000),
        tiled=True,
        blockxsize=512,
        blockysize=512,
        compress="deflate",
        zlevel=1,
        interleave="pixel",
        BIGTIFF="IF_SAFER",
    ) as raster:
        for row in range(0, size, 512):
            for col in range(0, size, 512):
                height, width = min(512, size - row), min(512, size - col)
                rng = np.random.default_rng((row, col))
                coarse = rng.integers(40, 200, (3, 65, 65)).repeat(8, axis=1).repeat(8, axis=2)
                pixels = coarse[:, :height, :width] + rng.integers(0, 24, (3, height, width))
                # The north-west corner, an eighth of the raster, holds no data.
                rows = np.arange(row, row + height)[:, None]
                cols = np.arange(col, col + width)
                pixels[:, rows + cols < size // 2] = 0
                raster.write(pixels.astype(np.uint8), window=Window(col, row, width, height))


def find_model(folder: Path) -> Path:
    """The shipped model; an untrained one of the same kind where there is none yet."""
    from railmap.errors import ModelError
    from railmap.models.package import load_model

    try:
        return load_model().path
    except ModelError:
        from railmap.models.export.tracks import export_model
        from railmap.models.metadata import ModelMetadata
        from railmap.nets import build_network

        path = folder / "untrained.onnx"
        metadata = ModelMetadata(name="untrained", version="0", gsd=0.1, network=NETWORK)
        export_model(build_network(NETWORK).eval(), path, metadata)
        return path


def run_segment(job: dict[str, Any]) -> dict[str, Any]:
    from railmap.inference import segment
    from railmap.models.package import load_model
    from railmap.raster import open_raster

    began = time.perf_counter()
    model = load_model(job["model"])
    # At the raster's own 10 cm whatever the model wants: this measures speed.
    with open_raster(job["raster"], gsd=0.1) as source:
        result = segment(
            source,
            model,
            job["output"],
            device=job["device"],
            threads=job["threads"],
            overwrite=True,
        )
    return {
        "seconds": time.perf_counter() - began,
        "windows": result.windows_run,
        "backend": result.backend,
    }


def run_load(job: dict[str, Any]) -> dict[str, Any]:
    from railmap.inference import make_backend
    from railmap.models.package import load_model

    began = time.perf_counter()
    make_backend(load_model(job["model"]), job["device"], job["threads"])
    return {"seconds": time.perf_counter() - began}


def run_bare(job: dict[str, Any]) -> dict[str, Any]:
    from railmap.inference import make_backend
    from railmap.models.package import load_model

    model = load_model(job["model"])
    backend = make_backend(model, job["device"], job["threads"])
    if backend.name == "torch":
        return {"seconds": _bare_torch(model, backend.batch, job), "backend": backend.name}
    rng = np.random.default_rng(0)
    size = model.tile_size
    tiles = [rng.integers(0, 255, (3, size, size)).astype(np.uint8) for _ in range(8)]
    for _ in backend.map(tiles):
        pass
    began = time.perf_counter()
    for _ in backend.map(tiles[n % 8] for n in range(job["windows"])):
        pass
    return {"seconds": time.perf_counter() - began, "backend": backend.name}


def _bare_torch(model: Any, batch: int, job: dict[str, Any]) -> float:
    """bf16 forward of batches that are on the device."""
    import torch

    from railmap.nets import build_network

    network = build_network(model.network, weights=model.weights)
    device = torch.device(job["device"])
    network = network.eval().to(device).to(memory_format=torch.channels_last)
    shape = (batch, 3, model.tile_size, model.tile_size)
    image = torch.randn(shape, device=device).contiguous(memory_format=torch.channels_last)
    with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16):
        for _ in range(5):
            network(image)
        torch.cuda.synchronize()
        began = time.perf_counter()
        for _ in range(-(-job["windows"] // batch)):
            network(image)
        torch.cuda.synchronize()
    return time.perf_counter() - began


def run_plain(job: dict[str, Any]) -> dict[str, Any]:
    """The loop that everybody writes first."""
    import onnx
    import onnxruntime
    import rasterio
    from rasterio.windows import Window

    from railmap.models.package import load_model

    began = time.perf_counter()
    package = load_model(job["model"])
    graph = onnx.load(package.path)
    for value in (*graph.graph.input, *graph.graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = "n"
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = job["threads"]
    session = onnxruntime.InferenceSession(
        graph.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    mean = np.array(package.mean, np.float32)[:, None, None]
    std = np.array(package.std, np.float32)[:, None, None]
    with rasterio.open(job["raster"]) as raster:
        height, width = raster.shape
        total = np.zeros((height, width), np.float32)
        hits = np.zeros((height, width), np.float32)
        valid = np.zeros((height, width), bool)
        step = TILE - OVERLAP
        places = [
            (row, col)
            for row in range(0, max(1, height - OVERLAP), step)
            for col in range(0, max(1, width - OVERLAP), step)
        ]
        run = 0
        batch: list[np.ndarray] = []
        where: list[tuple[int, int]] = []

        def flush() -> None:
            image = ((np.stack(batch) / np.float32(255) - mean) / std).astype(np.float32)
            (output,) = session.run([package.output_name], {package.input_name: image})
            for (row, col), tile in zip(where, output[:, 0], strict=True):
                target = total[row : row + TILE, col : col + TILE]
                target += tile[: target.shape[0], : target.shape[1]]
                hits[row : row + TILE, col : col + TILE] += 1
            batch.clear()
            where.clear()

        for row, col in places:
            window = Window(col, row, min(TILE, width - col), min(TILE, height - row))
            mask = raster.dataset_mask(window=window) > 0
            valid[row : row + TILE, col : col + TILE] = mask
            if not mask.any():
                continue
            pixels = raster.read(window=window)
            short = (TILE - pixels.shape[1], TILE - pixels.shape[2])
            batch.append(np.pad(pixels, ((0, 0), (0, short[0]), (0, short[1]))))
            where.append((row, col))
            run += 1
            if len(batch) == BATCH:
                flush()
        if batch:
            flush()
        probability = total / np.maximum(hits, 1)
        levels = np.where(valid, np.round(probability * 254), 255).astype(np.uint8)
        profile = {**raster.profile, "count": 1, "nodata": 255, "interleave": "band"}
        with rasterio.open(job["output"], "w", **profile) as out:
            out.write(levels, 1)
    return {"seconds": time.perf_counter() - began, "windows": run}


JOBS = {"segment": run_segment, "load": run_load, "bare": run_bare, "plain": run_plain}


def in_process(kind: str, job: dict[str, Any]) -> dict[str, Any]:
    """Run one job in a fresh interpreter; adds its peak memory in MB."""
    run = subprocess.run(
        [sys.executable, __file__, "--job", json.dumps({"kind": kind, **job})],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    return found


def child(job: dict[str, Any]) -> None:
    found = JOBS[job["kind"]](job)
    found["cpu_seconds"] = time.process_time()
    found["peak_mb"] = peak_megabytes()
    print(json.dumps(found))


def peak_megabytes() -> float:
    """Peak memory of this process; `getrusage` would count the parent's before the exec too."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(x for x in status.read_text().splitlines() if x.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=4096, help="side of the raster, pixels")
    parser.add_argument("--memory", type=int, nargs="*", default=[4096, 16384])
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=min(4, os.cpu_count() or 1))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--job", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.job:
        child(json.loads(options.job))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        job: dict[str, Any] = {
            "model": str(options.model or find_model(folder)),
            "raster": str(folder / "ortho.tif"),
            "output": str(folder / "probability.tif"),
            "device": options.device,
            "threads": options.threads,
        }
        render(Path(job["raster"]), options.size)
        kinds = ["segment", "load", "bare"] + (["plain"] if options.device == "cpu" else [])
        best: dict[str, dict[str, Any]] = {}
        for turn in range(options.rounds + 1):
            for kind in kinds:
                if "segment" in best:
                    job["windows"] = best["segment"]["windows"]
                found = in_process(kind, {"windows": 1, **job})
                if turn == 0 and kind != "segment":  # the first turn only warms the caches
                    continue
                if turn == 1 and kind == "segment":
                    best.pop(kind)
                if kind not in best or found["seconds"] < best[kind]["seconds"]:
                    best[kind] = found
        megapixels = options.size**2 / 1e6
        bare, whole = best["bare"]["seconds"], best["segment"]["seconds"]
        print(f"{options.size} x {options.size}, {best['segment']['backend']}, ", end="")
        print(f"{options.threads} threads, {best['segment']['windows']} windows, ", end="")
        print(f"load average {os.getloadavg()[0]:.1f}\n")
        print("| | s | CPU s | MP/s | of the bare forward | of the plain loop | peak MB |")
        print("|---|---|---|---|---|---|---|")
        plain = best.get("plain", {}).get("seconds")
        rows = {
            "segment, all of it": best["segment"],
            "of it loading the model": best["load"],
            "bare forward, same windows": best["bare"],
            "plain numpy + ONNX Runtime": best.get("plain"),
        }
        for title, row in rows.items():
            if row is not None:
                seconds = row["seconds"]
                ratio = f"{seconds / plain:.2f}" if plain else ""
                print(
                    f"| {title} | {seconds:.2f} | {row['cpu_seconds']:.1f} | "
                    f"{megapixels / seconds:.1f} | "
                    f"{seconds / bare:.2f} | {ratio} | {row['peak_mb']:.0f} |"
                )
        print(f"\nwithout loading: {(whole - best['load']['seconds']) / bare:.2f} of bare forward")
        print("\n| raster | peak MB of segment | seconds |\n|---|---|---|")
        for size in options.memory:
            render(Path(job["raster"]), size)
            found = in_process("segment", job)
            print(f"| {size} x {size} | {found['peak_mb']:.0f} | {found['seconds']:.1f} |")


if __name__ == "__main__":
    main()
