"""Time of `railmap vectorize` with and without --near, on a rendered corridor in a large raster.

Scenes with a track fill one row of the raster, a scene without a track the rest::

    python benchmarks/near.py 20000 --threads 2
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import geopandas as gpd
import rasterio
from affine import Affine

import railmap
from railmap.pipeline.options import ComputeOptions, ReadOptions

_TILE, _GSD = 2000, 0.1


def make_raster(folder: Path, size: int) -> tuple[Path, Path]:
    """Write the image and the lines of its tracks; return both paths."""
    image, lines = folder / "ortho.tif", folder / "railways.gpkg"
    for kind in ("double", "none"):
        railmap.synth(
            folder / f"{kind}.tif", truth=folder / f"{kind}.gpkg", seed=3, kind=kind,
            gsd=_GSD, width=_TILE, height=_TILE,
        )  # fmt: skip
    scenes = {}
    for kind in ("double", "none"):
        with rasterio.open(folder / f"{kind}.tif") as data:
            scenes[kind], profile, corner = data.read(), data.profile, data.transform
    tracks = gpd.read_file(folder / "double.gpkg", layer="centreline")
    profile |= {"width": size, "height": size, "tiled": True, "blockxsize": 512, "blockysize": 512}
    profile["transform"] = Affine(_GSD, 0, corner.c, 0, -_GSD, corner.f)
    row, shapes = size // _TILE // 2, []
    with rasterio.open(image, "w", **profile) as data:
        for down in range(size // _TILE):
            for right in range(size // _TILE):
                scene = scenes["double" if down == row else "none"]
                at = rasterio.windows.Window(right * _TILE, down * _TILE, _TILE, _TILE)
                data.write(scene, window=at)
                if down == row:
                    shapes += tracks.translate(right * _TILE * _GSD, -down * _TILE * _GSD).tolist()
    gpd.GeoDataFrame(geometry=shapes, crs=tracks.crs).to_file(lines)
    return image, lines


def main() -> None:
    """Print a table row for each run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("size", type=int, help="side in pixels, a multiple of 2000")
    parser.add_argument("--threads", type=int, default=2)
    words = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        image, lines = make_raster(folder, words.size)
        near = folder / "near.gpkg"
        railmap.vectorize(folder / "double.tif", near)  # compiles the kernels
        seconds = {}
        for label, read in (("near", ReadOptions(near=lines)), ("full", ReadOptions())):
            begin, cpu = time.perf_counter(), time.process_time()
            found = railmap.vectorize(
                image, near, read=read, compute=ComputeOptions(threads=words.threads),
                overwrite=True,
            )  # fmt: skip
            seconds[label] = time.perf_counter() - begin
            cpu = time.process_time() - cpu
            print(
                f"{label}: {seconds[label]:.1f} s, CPU {cpu:.1f} s, {found.summary()}", flush=True
            )
        print(f"ratio {seconds['full'] / seconds['near']:.1f}")


if __name__ == "__main__":
    main()
