"""Parameters, floating-point operations and times of every track network.

    python benchmarks/networks.py --out runs/networks [--threads 2] [--device cpu]

Operations and forward time are for one image of `--size`, the step (forward, backward, SGD) for
`--batch` crops of `--crop`. Times are the least of `--repeats`, in bfloat16 where the device
computes it (autocast, channels last); with one thread on a CPU it is processor time, which other
work on the machine hardly changes. Operations count a multiplication and an addition as two, as
`torch.utils.flop_counter` does. Writes OUT.md and OUT.csv.
"""

from __future__ import annotations

import argparse
import copy
import platform
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from railmap.evaluation.tables import write_table
from railmap.nets import NETWORKS, build_network
from railmap.training.tracks.losses import mask_loss


def main() -> None:
    options = _arguments()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    device = torch.device(options.device)
    rows = []
    for name in options.networks or NETWORKS:
        rows.append(_measure(name, device, options))
        print(*rows[-1], sep="\t", flush=True)
    machine = torch.cuda.get_device_name(device) if device.type == "cuda" else _cpu()
    threads = f", {options.threads} threads" if device.type == "cpu" else ""
    columns = [
        "network",
        "parameters, million",
        f"GFLOP at {options.size}²",
        f"forward at {options.size}², ms",
        f"step of {options.batch} × {options.crop}², ms",
    ]
    notes = [
        f"{machine}{threads}; least of {options.repeats}; torch {torch.__version__}, bfloat16 "
        "autocast, channels last",
        f"{datetime.now(UTC):%Y-%m-%d}; `python benchmarks/networks.py --out OUT --size "
        f"{options.size} --crop {options.crop} --batch {options.batch} --threads "
        f"{options.threads} --device {options.device}`",
    ]
    write_table(options.out, "Track networks", columns, rows, notes)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add = parser.add_argument
    add("--out", type=Path, required=True, help="path without suffix")
    add("--networks", nargs="*", choices=list(NETWORKS), metavar="NAME", help="default: all")
    add("--device", default="cpu")
    add("--threads", type=int, default=torch.get_num_threads())
    add("--size", type=int, default=512)
    add("--crop", type=int, default=256)
    add("--batch", type=int, default=4)
    add("--repeats", type=int, default=5)
    return parser.parse_args()


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
        return next(line.partition(":")[2].strip() for line in lines if "model name" in line)
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def _measure(
    name: str, device: torch.device, options: argparse.Namespace
) -> tuple[str, float, float, float, float]:
    network = build_network(name).to(device, memory_format=torch.channels_last)
    parameters = sum(p.numel() for p in network.parameters())
    one = torch.randn(1, 3, options.size, options.size, device=device)
    one = one.contiguous(memory_format=torch.channels_last)
    with torch.no_grad(), FlopCounterMode(display=False) as counter:  # counts, doesn't compute
        copy.deepcopy(network).to("meta").eval()(one.to("meta"))
    network.eval()

    def forward() -> None:
        with torch.no_grad(), torch.autocast(device.type, torch.bfloat16):
            network(one)

    forward_s = _least(forward, device, options.repeats)
    step_s = _least(_step(network, device, options), device, options.repeats)
    return name, parameters / 1e6, counter.get_total_flops() / 1e9, forward_s * 1e3, step_s * 1e3


def _step(
    network: nn.Module, device: torch.device, options: argparse.Namespace
) -> Callable[[], None]:
    network.train()
    optimizer = torch.optim.SGD(network.parameters(), 1e-3, momentum=0.9)
    shape = (options.batch, options.crop, options.crop)
    images = torch.randn(shape[0], 3, *shape[1:], device=device)
    images = images.contiguous(memory_format=torch.channels_last)
    targets = torch.randint(0, 255, shape, dtype=torch.uint8, device=device)

    def step() -> None:
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast(device.type, torch.bfloat16):
            logits = network(images)
        mask_loss(logits, targets).backward()
        optimizer.step()

    return step


def _least(work: Callable[[], None], device: torch.device, repeats: int) -> float:
    """Seconds of the quickest of `repeats`, after one to warm up."""
    alone = device.type == "cpu" and torch.get_num_threads() == 1
    clock = time.process_time if alone else time.perf_counter
    times = []
    for _ in range(repeats + 1):
        start = clock()
        work()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        times.append(clock() - start)
    return min(times[1:])


if __name__ == "__main__":
    main()
