"""Images per second of the defect segmenter and of torch eager, in turns in one process.

Line-scan images of 2048 x 2000 pixels with a rendered rail. "network" is RailNet alone on the
upright strips, as they are and turned, for both sides; "image" is all of an image: finding the
rail, upright strips in three sizes, network, regions and outlines in the image's own pixels;
"quick" is one size, not turned (``careful=False``). For torch the steps around the network are the
same code. Best of the rounds; on a busy machine the CPU seconds are more reliable than the clock.
Prints a Markdown table.

    python benchmarks/defects.py [--images 4] [--rounds 3] [--threads 2]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray

from railmap.models.tensors import load_weights
from railmap.nets.fcn import ModifiedFCN
from railmap.nets.railnet import CLASSES, RailNet
from railmap.rendering.rail_head.rail_surface import render_rail
from railmap.surface.model.rail_head import find_rail_head
from railmap.surface.model.segment import DefectSegmenter
from railmap.surface.model.strip import strip_grid


def scan(seed: int) -> NDArray[np.uint8]:
    """A rendered rail 480 pixels wide on dark ground."""
    rng = np.random.default_rng(seed)
    image = rng.normal(6, 2, (2000, 2048)).clip(0, 255).astype(np.uint8)
    rail = render_rail(seed, 667, 1).image.repeat(3, axis=0).repeat(3, axis=1)[:2000]
    image[:, 800 : 800 + rail.shape[1]] = rail
    return image


class Eager(DefectSegmenter):
    """The segmenter with torch eager in place of OpenVINO."""

    def __init__(self, threads: int) -> None:
        super().__init__(threads=threads)
        self.network = RailNet().eval().to(memory_format=torch.channels_last)
        assert self.model.weights is not None
        load_weights(self.network, self.model.weights)

    def _infer(self, request: object, channels: NDArray[np.float32]) -> NDArray[np.float32]:
        with torch.inference_mode():
            logits = self.network(torch.from_numpy(channels)[None])[0]
            split = len(CLASSES)
            parts = torch.cat([torch.sigmoid(logits[:split]), logits[split:].softmax(0)])
        return parts.numpy()


def best(work: Callable[[], None], count: int, rounds: int) -> tuple[float, float]:
    """Images per second, and CPU seconds an image, of the best round."""
    work()
    rates, costs = [], []
    for _ in range(rounds):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        costs.append((time.process_time() - cpu) / count)
        rates.append(count / (time.perf_counter() - wall))
    return max(rates), min(costs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    images = [scan(i) for i in range(args.images)]
    strips = []
    for image in images:
        shape = (image.shape[0], image.shape[1])
        strips.append(strip_grid(find_rail_head(image), shape).cut(image))
    ours, eager = DefectSegmenter(threads=args.threads), Eager(args.threads)
    quick = DefectSegmenter(threads=args.threads, careful=False)
    gap = max(
        float(np.abs(ours.strip_probability(s) - eager.strip_probability(s)).max()) for s in strips
    )
    paper = ModifiedFCN(1).eval()
    windows = torch.zeros(10, 3, 100, 160)  # a rail of 1000 rows in strips of 100

    def fcn() -> None:
        with torch.inference_mode():
            for _ in images:
                paper(windows)

    def whole(segmenter: DefectSegmenter) -> Callable[[], None]:
        def work() -> None:
            for image in images:
                segmenter(image)

        return work

    def network(segmenter: DefectSegmenter) -> Callable[[], None]:
        def work() -> None:
            for strip in strips:
                segmenter.strip_probability(strip)

        return work

    cases: list[tuple[str, Callable[[], None]]] = [
        ("image, railmap (OpenVINO)", whole(ours)),
        ("image, torch eager", whole(eager)),
        ("image, railmap, quick", whole(quick)),
        ("network, railmap (OpenVINO)", network(ours)),
        ("network, torch eager", network(eager)),
        ("modified FCN, torch eager, 10 strips of 100x160", fcn),
    ]
    print(
        f"{args.images} images, {args.threads} threads, best of {args.rounds}; "
        f"largest difference of a probability {gap:.1e}\n"
    )
    print("| What | Images/s | CPU s per image |\n| --- | ---: | ---: |")
    for name, work in cases:
        rate, cost = best(work, len(images), args.rounds)
        print(f"| {name} | {rate:.2f} | {cost:.3f} |")


if __name__ == "__main__":
    main()
