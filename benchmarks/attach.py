"""Speed of `railmap attach`: points onto links, as a ratio to geopandas `sjoin_nearest`.

    python benchmarks/attach.py [--links 100000] [--points 1000000] [--threads 2]

A generated map of parallel chains and points with 0.5 m noise. Three figures: matching alone, the
whole job (read, match, write, index) and geopandas, which only finds the nearest link. CPU seconds
as well as wall time, for the machine may be shared; peak_mb is the peak memory of the whole job.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyogrio
import shapely

from railmap.geometry.types import Link, Node, TrackNetwork
from railmap.mapping import RunRecord, read_map, write_map

CRS = "EPSG:25832"
X0, Y0 = 500_000.0, 5_400_000.0
CHAIN, STEP, SPACING = 100, 50.0, 5.0


def made_network(count: int) -> TrackNetwork:
    """`count` links of 20 vertices in parallel chains."""
    nodes: list[Node] = []
    links: list[Link] = []
    for chain in range(-(-count // CHAIN)):
        y, first = Y0 + SPACING * chain, len(nodes)
        wanted = min(CHAIN, count - len(links))
        nodes += [Node(X0 + STEP * i, y, "pseudoNode") for i in range(wanted + 1)]
        for i in range(wanted):
            a, b = first + i, first + i + 1
            links.append(Link(np.linspace((nodes[a].x, y), (nodes[b].x, y), 20), a, b))
    return TrackNetwork(nodes, links)


def made_points(links: int, count: int) -> gpd.GeoDataFrame:
    """Points on the links with 0.5 m noise."""
    random = np.random.default_rng(1)
    chain, step = np.divmod(random.integers(0, links, count), CHAIN)
    xy = np.column_stack(
        [X0 + STEP * (step + random.random(count)), Y0 + SPACING * chain.astype(float)]
    ) + random.normal(0, 0.5, (count, 2))
    return gpd.GeoDataFrame(
        {"number": np.arange(count), "depth_mm": random.random(count)},
        geometry=shapely.points(xy), crs=CRS,
    )  # fmt: skip


def timed(job: Callable[[], Any]) -> dict[str, float]:
    """Return wall and CPU seconds of a job."""
    wall, cpu = time.perf_counter(), time.process_time()
    job()
    return {
        "wall_s": round(time.perf_counter() - wall, 2),
        "cpu_s": round(time.process_time() - cpu, 2),
    }


def match_and_join(
    tracks: Path, points: gpd.GeoDataFrame, threads: int
) -> tuple[dict[str, float], dict[str, float]]:
    """Time the matching alone, and geopandas."""
    from railmap.mapping.referencing.link_arrays import LinkArrays, read_moves
    from railmap.mapping.referencing.projection import LinkIndex

    content = read_map(tracks)
    track = LinkArrays.of(content)
    moves = read_moves(content, track)
    xy = shapely.get_coordinates(points.geometry)
    sigma = np.full(len(xy), 0.5)

    def match() -> None:
        LinkIndex(track, moves).match(xy, sigma, max_distance_m=25.0, threads=threads)

    LinkIndex(track, moves).match(xy[:10], sigma[:10], max_distance_m=25.0)  # compiles
    flat = shapely.force_2d(content.links.geometry.to_numpy())
    links = gpd.GeoDataFrame({"link_id": track.ids}, geometry=flat, crs=CRS)
    return timed(match), timed(
        lambda: gpd.sjoin_nearest(points, links, max_distance=25.0, distance_col="d")
    )


def attach(tracks: Path, events: Path, threads: int) -> dict[str, float]:
    """Time the whole command in a process of its own."""
    words = [sys.executable, "-m", "railmap", "attach", str(events), "--to", str(tracks)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    wall = time.perf_counter()
    subprocess.run([*words, "--threads", str(threads), "--progress", "none"], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {
        "wall_s": round(time.perf_counter() - wall, 2),
        "cpu_s": round(cpu, 2),
        "peak_mb": after.ru_maxrss // 1024,
    }


def main() -> None:
    """Measure and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--links", type=int, default=100_000)
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    result: dict[str, Any] = {"links": given.links, "points": given.points}
    with tempfile.TemporaryDirectory() as folder:
        tracks, events = Path(folder) / "tracks.gpkg", Path(folder) / "events.gpkg"
        run = RunRecord("0", "benchmark", {}, datetime(2026, 1, 1, tzinfo=UTC))
        write_map(tracks, made_network(given.links), CRS, images=[], run=run)
        points = made_points(given.links, given.points)
        pyogrio.write_dataframe(points, events)
        result["attach"] = attach(tracks, events, given.threads)
        found = match_and_join(tracks, points, given.threads)
        result["match"], result["sjoin_nearest"] = found
    for unit in ("wall_s", "cpu_s"):
        for name in ("match", "attach"):
            ratio = result["sjoin_nearest"][unit] / result[name][unit]
            result[f"{name}_speed_{unit[:-2]}"] = round(ratio, 2)
    json.dump(result, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
