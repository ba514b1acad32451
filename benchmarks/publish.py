"""Time to check, compare, export and publish a big map; tiles against ogr2ogr.

``python benchmarks/publish.py --links 100000`` creates a map of parallel tracks (20 vertices and
50 m a link) and prints seconds. ogr2ogr tiles the links alone, to the same zooms and detail, as
PMTiles where it can, else as MBTiles.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # for `tests.helpers`

from railmap.mapping import check_map, read_map, write_map
from railmap.mapping.compare.surveys import compare_maps
from railmap.publishing import export_map, publish_map
from railmap.publishing.web.style import OVERVIEW_ZOOM
from railmap.publishing.web.tiles import DEEPEST_ZOOM, tile_jobs, write_tiles
from tests.helpers import networks


def cpu_seconds() -> float:
    """Return the CPU time of this process and of those that it has started and ended."""
    return sum(os.times()[:4])


def timed(label: str, job: Callable[[], object]) -> float:
    start, cpu = time.perf_counter(), cpu_seconds()
    job()
    seconds, cpu = time.perf_counter() - start, cpu_seconds() - cpu
    print(f"{label:<28}{seconds:8.1f} s{cpu:8.1f} s of CPU", flush=True)
    return seconds


def ogr2ogr(source: Path, folder: Path) -> float | None:
    program = shutil.which("ogr2ogr")
    if program is None:
        return None
    for driver, suffix in (("PMTiles", "pmtiles"), ("MBTILES", "mbtiles")):
        options = {
            "MINZOOM": OVERVIEW_ZOOM, "MAXZOOM": DEEPEST_ZOOM, "EXTENT": 8192, "BUFFER": 128,
            "MAX_SIZE": 100_000_000, "MAX_FEATURES": 10_000_000,
        }  # fmt: skip
        command = [program, "-f", driver, str(folder / f"o.{suffix}"), str(source), "railway_link"]
        for key, value in options.items():
            command += ["-dsco", f"{key}={value}"]
        start, cpu = time.perf_counter(), cpu_seconds()
        done = subprocess.run(command, capture_output=True, check=False)
        if done.returncode == 0:
            seconds, cpu = time.perf_counter() - start, cpu_seconds() - cpu
            label = f"ogr2ogr, links, {driver}"
            print(f"{label:<28}{seconds:8.1f} s{cpu:8.1f} s of CPU", flush=True)
            return seconds
    return None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--links", type=int, default=100_000)
    parser.add_argument("--only-publish", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        path = folder / "map.gpkg"
        write_map(
            path,
            networks.ladder(given.links),
            networks.CRS,
            images=networks.images(),
            run=networks.run_record(),
        )
        print(f"{given.links} links, {path.stat().st_size / 1e6:.0f} MB", flush=True)
        if not given.only_publish:
            timed("check", lambda: check_map(path))
            timed("compare with itself", lambda: compare_maps(path, path, folder / "c.gpkg"))
            for suffix in (".geojson", ".fgb", ".osm"):
                timed(f"export {suffix}", lambda s=suffix: export_map(path, folder / f"x{s}"))
        timed("publish", lambda: publish_map(path, folder / "site"))
        job = next(job for job in tile_jobs(read_map(path)) if job.name == "railway_link")
        ours = timed("tiles of the links alone", lambda: write_tiles(job, folder / "l.pmtiles"))
        if (theirs := ogr2ogr(path, folder)) is not None:
            print(f"{'ours / ogr2ogr':<28}{ours / theirs:8.2f}")


if __name__ == "__main__":
    main()
