"""Mask to links: railmap against OpenCV + cc3d + scikit-image + sknw, both in one run.

    python benchmarks/tracing.py 4096 8192 --threads 2 --repeat 3

Prints Markdown. Memory is the peak over the loaded mask, measured in a process of its own.
The other chain needs ``pip install connected-components-3d sknw``.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from railmap.progress import NullReporter
from railmap.tracing import TraceParameters, trace

PARAMETERS = TraceParameters()
KINDS = ("tracks", "empty", "full", "blob", "checkerboard", "noise", "sparse noise")


def curved_bands(size: int, seed: int = 7) -> NDArray[np.uint8]:
    """Create a mask of curved bands 8-16 px wide, 6 % of the pixels: 0 or 254.

    Lines with turnouts and parallels, ragged edges, specks, pinholes and gaps; as many per area
    whatever the size.
    """
    rng = np.random.default_rng(seed)
    mask = np.zeros((size, size), np.uint8)
    reach = 4000  # bands begin outside too, so they are as dense at the rim
    per_area = (size / 8192) ** 2

    def band(x: float, y: float, heading: float, steps: int) -> NDArray[np.float64]:
        curvature = np.clip(
            np.cumsum(rng.normal(0, 2e-5, steps)) + rng.normal(0, 2e-4), -3e-3, 3e-3
        )
        headings = heading + np.cumsum(curvature) * 4
        return np.stack(
            [x + np.cumsum(np.cos(headings)) * 4, y + np.cumsum(np.sin(headings)) * 4], 1
        )

    def draw(points: NDArray[np.float64], width: int) -> None:
        fixed = np.round(points * 16).astype(np.int32).reshape(-1, 1, 2)
        cv2.polylines(mask, [fixed], False, 254, width, cv2.LINE_8, 4)

    for _ in range(round(40 * ((size + 2 * reach) / 8192) ** 2)):
        x, y = rng.uniform(-reach, size + reach, 2)
        points = band(x, y, rng.uniform(0, 2 * np.pi), int(rng.integers(600, 1800)))
        width = int(rng.integers(8, 17))
        draw(points, width)
        at = int(rng.integers(50, len(points) - 50))
        dx, dy = points[at + 1] - points[at]
        turn = rng.choice([-1, 1]) * np.arctan(1 / 9)
        draw(band(*points[at], np.arctan2(dy, dx) + turn, int(rng.integers(200, 700))), width)
        if rng.random() < 0.5:
            along = np.gradient(points, axis=0)
            normal = np.stack([-along[:, 1], along[:, 0]], 1) / np.hypot(*along.T)[:, None]
            draw(points + normal * rng.uniform(24, 40), width)
    for top in range(0, size, 2048):
        part = mask[top : top + 2048]
        edge = cv2.morphologyEx(part, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
        part[edge & (rng.random(part.shape, dtype=np.float32) < 0.1)] ^= 254
    for count, radius, value, on_track in (
        (4000, (1, 4), 254, False),
        (1500, (1, 3), 0, True),
        (100, (12, 13), 0, True),
    ):
        for _ in range(round(count * per_area)):
            x, y = (int(v) for v in rng.integers(0, size, 2))
            if on_track:
                columns = np.flatnonzero(mask[y])
                if not columns.size:
                    continue
                x = int(rng.choice(columns))
            cv2.circle(mask, (x, y), int(rng.integers(*radius)), value, -1)
    return mask


def hard_mask(kind: str, size: int) -> NDArray[np.uint8]:
    """Create a mask that is bad input."""
    rng = np.random.default_rng(1)
    mask = np.zeros((size, size), np.uint8)
    if kind == "full":
        mask[:] = 254
    elif kind == "blob":
        mask = curved_bands(size)
        cv2.circle(mask, (size // 2, size // 2), min(2500, size // 3), 254, -1)
    elif kind == "checkerboard":
        mask[::2, ::2] = mask[1::2, 1::2] = 254
    elif kind in ("noise", "sparse noise"):
        density = 0.5 if kind == "noise" else 0.1
        for row in mask:
            row[rng.random(size, dtype=np.float32) < density] = 254
    elif kind == "empty":
        mask[:] = 255
    return mask


class StageClock(NullReporter):
    """Keeps how long each stage took."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: dict[str, float] = {}
        self._name = ""
        self._since = 0.0

    def stage(self, name: str, total: float, unit: str = "") -> None:
        self.stop()
        self._name, self._since = name, time.perf_counter()

    def stop(self) -> None:
        if self._name:
            past = time.perf_counter() - self._since
            self.seconds[self._name] = self.seconds.get(self._name, 0.0) + past
        self._name = ""


def ours(mask: NDArray[np.uint8], threads: int, parameters: TraceParameters) -> dict[str, float]:
    clock = StageClock()
    height, width = mask.shape

    def read(row: int, col: int, rows: int, cols: int) -> NDArray[np.uint8]:
        return mask[row : row + rows, col : col + cols]

    begin = time.perf_counter()
    network = trace(read, width, height, parameters, threads=threads, reporter=clock)
    total = time.perf_counter() - begin
    clock.stop()
    stages = {f"stage {name}": seconds for name, seconds in clock.seconds.items()}
    return stages | {"all": total, "links": float(len(network.link_node))}


def theirs(mask: NDArray[np.uint8], threads: int) -> dict[str, float]:
    try:
        import cc3d
        import sknw
    except ImportError as error:
        raise SystemExit(
            f"{error.name} is missing; pip install connected-components-3d sknw, or give --ours"
        ) from error
    from skimage.morphology import skeletonize

    cv2.setNumThreads(threads)
    seconds: dict[str, float] = {}

    def timed(name: str, function: Callable[[], object]) -> object:
        begin = time.perf_counter()
        value = function()
        seconds[f"stage {name}"] = time.perf_counter() - begin
        return value

    def square(radius: int) -> NDArray[np.uint8]:
        return np.ones((2 * radius + 1,) * 2, np.uint8)

    begin = time.perf_counter()
    bits = timed("threshold", lambda: ((mask >= 127) & (mask != 255)).view(np.uint8))
    bits = timed("open, close", lambda: cv2.morphologyEx(
        cv2.morphologyEx(bits, cv2.MORPH_OPEN, square(PARAMETERS.open_radius)),
        cv2.MORPH_CLOSE, square(PARAMETERS.close_radius)))  # fmt: skip
    bits = timed("dust", lambda: cc3d.dust(
        bits.view(bool), threshold=PARAMETERS.min_area, connectivity=8))  # fmt: skip
    bits = timed("thin", lambda: skeletonize(bits))
    graph = timed("graph", lambda: sknw.build_sknw(bits.astype(np.uint16), multi=True))
    seconds["all"] = time.perf_counter() - begin
    seconds["links"] = float(graph.number_of_edges())  # type: ignore[attr-defined]
    return seconds


class PeakMemory:
    """Peak resident memory since its creation, minus the resident memory then (Linux)."""

    def __init__(self) -> None:
        Path("/proc/self/clear_refs").write_text("5")
        self._before = self._field("VmRSS")

    def _field(self, name: str) -> float:
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(float(line.split()[1]) for line in lines if line.startswith(name)) / 1024

    def megabytes(self) -> float:
        return self._field("VmHWM") - self._before


def warm_up(which: str, threads: int) -> None:
    small = curved_bands(1024)
    if which == "ours":
        ours(small, threads, PARAMETERS)
    else:
        theirs(small, threads)


def child(which: str, path: str, threads: int, repeat: int, radius_0: bool) -> None:
    """Time one chain on a saved mask; print JSON."""
    warm_up(which, threads)
    parameters = TraceParameters(open_radius=0, close_radius=0) if radius_0 else PARAMETERS
    mask = np.load(path)
    memory = PeakMemory()
    runs = []
    for _ in range(repeat):
        runs.append(ours(mask, threads, parameters) if which == "ours" else theirs(mask, threads))
        if len(runs) == 1:
            peak = memory.megabytes()
    best = min(runs, key=lambda run: run["all"])
    print(json.dumps(best | {"peak": peak}))


def measure(which: str, path: Path, threads: int, repeat: int, radius_0: bool = False) -> dict:
    arguments = [which, str(path), str(threads), str(repeat), str(int(radius_0))]
    done = subprocess.run(
        [sys.executable, __file__, "--child", *arguments], capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(done.stderr.strip().splitlines()[-1])
    return json.loads(done.stdout.strip().splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sizes", nargs="*", type=int, default=[4096, 8192])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--ours", action="store_true", help="leave the other chain out")
    parser.add_argument("--hard", action="store_true", help="bad input too")
    parser.add_argument("--child", nargs=5, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        which, path, threads, repeat, radius_0 = given.child
        child(which, path, int(threads), int(repeat), radius_0 == "1")
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mask.npy"
        print("| size | chain | stages, s | all, s | MP/s | links | peak over the mask, MB |")
        print("|---|---|---|---|---|---|---|")
        for size in given.sizes:
            mask = curved_bands(size)
            share = np.count_nonzero(mask) / mask.size
            np.save(path, mask)
            del mask
            chains = ["ours"] if given.ours else ["ours", "theirs"]
            found = {which: measure(which, path, given.threads, given.repeat) for which in chains}
            for which, result in found.items():
                print_row(f"{size} ({share:.1%})", which, result, size)
            if len(found) == 2:
                print(f"\n{size}: {found['theirs']['all'] / found['ours']['all']:.1f} x\n")
            if given.hard:
                for kind in KINDS[1:]:
                    np.save(path, hard_mask(kind, size))
                    for radius_0 in (False, True):
                        result = measure("ours", path, given.threads, given.repeat, radius_0)
                        name = f"{size} {kind}" + (", radius 0" if radius_0 else "")
                        print_row(name, "ours", result, size)


def print_row(name: str, which: str, result: dict, size: int) -> None:
    stages = ", ".join(
        f"{key.removeprefix('stage ')} {value:.3f}"
        for key, value in result.items()
        if key.startswith("stage ")
    )
    print(
        f"| {name} | {which} | {stages} | {result['all']:.3f} "
        f"| {size * size / 1e6 / result['all']:.0f} | {result['links']:.0f} "
        f"| {result['peak']:.0f} |",
        flush=True,
    )


if __name__ == "__main__":
    main()
