"""What a cluster sends, stores and leaves to the master, on a rendered corridor.

One row of scenes has tracks, the rest none; `railmap vectorize` runs in this process, then with
worker processes on this computer. From the shares follows a projection to many machines::

    python benchmarks/cluster.py 4000 --workers 2
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

import cloudpickle
import pyogrio

import railmap
from benchmarks.near import make_raster
from railmap.inference.sliding.parts import Part
from railmap.inference.sliding.signature import run_signature
from railmap.models.package import load_model
from railmap.pipeline.cluster import task
from railmap.pipeline.opening import open_images
from railmap.pipeline.options import ClusterOptions, ComputeOptions, ReadOptions
from railmap.progress import NullReporter
from railmap.raster.remote.image import FoundImage

_AREA = 10_000  # km² of the projection
_CORES = 2  # of a machine in the projection
_TRACK = 0.2  # km of track a km², about that of a country with a dense network


@dataclass
class Clock(NullReporter):
    """CPU and wall seconds of this process in each stage, and the scratch before it is emptied."""

    scratch: Path
    cpu: dict[str, float] = field(default_factory=dict)
    wall: dict[str, float] = field(default_factory=dict)
    stored: int = 0
    files: int = 0

    def __post_init__(self) -> None:
        super().__init__()
        self.start()

    def start(self) -> None:
        self._stage, self._begun = "start", (time.process_time(), time.perf_counter())

    def stage(self, name: str, total: float, unit: str = "") -> None:
        self._count()
        self._stage = name
        if name == "assemble":
            levels = [path.stat().st_size for path in self.scratch.rglob("*.bin")]
            self.stored, self.files = sum(levels), len(levels)

    def _count(self) -> None:
        now = time.process_time(), time.perf_counter()
        for kind, at in ((self.cpu, 0), (self.wall, 1)):
            kind[self._stage] = kind.get(self._stage, 0.0) + now[at] - self._begun[at]
        self._begun = now

    def total(self) -> tuple[float, float]:
        self._count()
        return sum(self.cpu.values()), sum(self.wall.values())


def message_sizes(image: Path, cluster: ClusterOptions) -> tuple[int, int]:
    """Bytes of a task and of its answer, as Dask pickles them."""
    model, images, read = load_model(), [FoundImage(str(image))], ReadOptions()
    job = task.Job.of(images, read, model, ComputeOptions(cluster=cluster))
    with open_images(images, read, model.gsd_m) as source:
        signature = run_signature(source, model, ["openvino", "AMD EPYC", "bf16", "2026.4"])
    job = replace(job, signature=signature, scratch=str(cluster.scratch))
    sent = cloudpickle.dumps((task.run, job, Part(0, 0, 12)))
    return len(sent), len(cloudpickle.dumps(task.Done(100, frozenset())))


def dispatch(image: Path, cluster: ClusterOptions, count: int = 300) -> tuple[float, float]:
    """CPU and wall seconds of a task that does nothing: client, scheduler and their messages."""
    from distributed import Client, LocalCluster

    payload = bytes(sum(message_sizes(image, cluster)))
    with (
        LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address="127.0.0.1:0") as local,
        Client(local) as client,
    ):
        client.gather(client.submit(len, payload, key="first"))
        began = time.process_time(), time.perf_counter()
        futures = [client.submit(len, payload, key=f"task-{n}", pure=False) for n in range(count)]
        client.gather(futures)
        return (time.process_time() - began[0]) / count, (time.perf_counter() - began[1]) / count


def main() -> None:
    """Print the table and the projection."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("size", type=int, help="side in pixels, a multiple of 2000")
    parser.add_argument("--workers", type=int, default=2)
    words = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        image, _ = make_raster(folder, words.size)
        km2 = (words.size * 0.1 / 1000) ** 2
        one, many = Clock(folder / "none"), Clock(folder / "scratch")
        cluster = ClusterOptions(workers=words.workers, scratch=folder / "scratch")
        seconds = []
        for clock, output, given in ((one, "one.gpkg", None), (many, "many.gpkg", cluster)):
            compute = ComputeOptions(threads=words.workers, cluster=given)
            clock.start()
            railmap.vectorize(image, folder / output, compute=compute, reporter=clock)
            seconds.append(clock.total())
        links = [
            pyogrio.read_dataframe(folder / f"{n}.gpkg", layer="railway_link", force_2d=True)
            for n in ("one", "many")
        ]
        same = bool((links[0].geometry.to_wkb() == links[1].geometry.to_wkb()).all())
        km = links[0].geometry.length.sum() / 1000
        sent, answered = message_sizes(image, cluster)
        task_cpu, task_wall = dispatch(image, cluster)
    tasks = 1e8 / 5120**2
    assemble, network = many.cpu["assemble"] / km2, one.cpu["segment"] / km2
    before = ("start", "open on the workers", "segment", "assemble")
    lines = sum(cpu for stage, cpu in many.cpu.items() if stage not in before) / km
    print(f"{km2:.2f} km², {km:.2f} km of track, {len(links[0])} links, the same lines: {same}")
    print(f"one process {seconds[0][1]:.1f} s, CPU {seconds[0][0]:.1f} s; with workers "
          f"{seconds[1][1]:.1f} s, CPU of the master {seconds[1][0]:.1f} s")  # fmt: skip
    print(f"task {sent} bytes, answer {answered} bytes; per km² {tasks:.1f} tasks and "
          f"{(sent + answered) * tasks / 1e3:.0f} kB")  # fmt: skip
    print(f"scratch per km²: {many.stored / km2 / 1e6:.1f} MB in {many.files / km2:.0f} files")
    print(f"CPU s: network {network:.1f} per km² (one process); master: task "
          f"{task_cpu * 1e3:.1f} ms (wall {task_wall * 1e3:.1f}), assembly {assemble:.2f} per "
          f"km², lines and map {lines:.2f} per km of track")  # fmt: skip
    master = _AREA * (tasks * task_wall + assemble + _TRACK * lines)
    for workers in (1, 10, 100, 1000):
        on_workers = _AREA * network / _CORES / workers
        share = master / (master + on_workers)
        print(f"| {workers} | {on_workers / 3600:.1f} | {master / 3600:.1f} | {share:.0%} |")


if __name__ == "__main__":
    main()
