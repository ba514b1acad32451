"""Fuzz everything that reads a file: no crash, no hang, no memory, an error of railmap or none.

    python benchmarks/fuzz --count 20000 --out build/fuzz

Files that fail are kept in ``--out`` with what went wrong in their name. Each batch runs in a
process of its own, which tells the file that it tries before it tries it.
"""

from __future__ import annotations

import argparse
import faulthandler
import math
import os
import random
import resource
import select
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from mutate import mutate
from targets import Target, make_targets

_LONGEST_S = 60.0
_MOST_WAITS = 5
_MOST_BYTES = 4 * 2**30
_BATCH = 500
_CODES = (2, 3, 4)


def files(target: Target, count: int, seed: int) -> Iterator[bytes]:
    """Yield the files of a target: those to try as they are, then mutations."""
    yield from target.seeds
    yield from target.whole
    for number in range(count):
        pick = random.Random(f"{seed}/{target.name}/{number}")
        yield mutate(pick.choice(target.seeds), pick, text=target.text)


def attempt(target: Target, path: Path) -> str:
    """Return what became of a file: ``read``, ``refused`` or what went wrong."""
    from railmap.errors import RailmapError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            target.read(path)
    except RailmapError as error:
        return "refused" if error.exit_code in _CODES else f"exit {error.exit_code}"
    except BaseException as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__} {Path(where.filename).name}_{where.lineno}"
    return "read"


def run_batch(target: Target, batch: list[bytes], work: Path, tell: int) -> None:
    """Try each file of a batch and tell the result of each, in a child process."""
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 2)
    resource.setrlimit(resource.RLIMIT_DATA, (_MOST_BYTES, _MOST_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    path = work / f"tried{target.suffix}"
    for content in batch:
        for left in work.iterdir():
            left.unlink()
        path.write_bytes(content)
        os.write(tell, f"{attempt(target, path)}\n".encode())
    os._exit(0)


def watch(target: Target, batch: list[bytes], work: Path) -> Iterator[str]:
    """Yield the result of each file of a batch; a crash or a hang ends only that file."""
    done = 0
    while done < len(batch):
        hear, tell = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(hear)
            run_batch(target, batch[done:], work, tell)
        os.close(tell)
        text = b""
        spent, waits = 0.0, 0
        while True:
            ready, _, _ = select.select([hear], [], [], _LONGEST_S)
            waits = 0 if ready else waits + 1
            if 0 < waits < _MOST_WAITS and _spent_s(child) - spent < _LONGEST_S / 2:
                continue  # other programs had the processor
            spent = _spent_s(child)
            piece = os.read(hear, 65536) if ready else b""
            if not piece:
                break
            text += piece
            *lines, text = text.split(b"\n")
            yield from (line.decode() for line in lines)
            done += len(lines)
        os.close(hear)
        if not ready:
            os.kill(child, 9)
        _, status = os.waitpid(child, 0)
        if done < len(batch):
            yield "hang" if not ready else f"killed by signal {os.waitstatus_to_exitcode(status)}"
            done += 1


def _spent_s(child: int) -> float:
    """Return the seconds of computing of a process, so far; endless if the system does not tell."""
    try:
        fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return math.inf
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> int:
    """Fuzz all targets and print a table; return 1 if anything failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20_000, help="mutations in all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", help="name of one target")
    parser.add_argument("--out", type=Path, help="folder for files that failed")
    chosen = parser.parse_args()
    faulthandler.disable()
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder) / "work"
        work.mkdir()
        targets = make_targets(Path(folder))
        each = -(-chosen.count // len(targets))
        targets = [one for one in targets if chosen.only in (None, one.name)]
        print("| format | files | read | refused | failed | s |\n|---|---:|---:|---:|---:|---:|")
        for target in targets:
            start, counts = time.monotonic(), Counter[str]()
            contents = list(files(target, each, chosen.seed))
            for first in range(0, len(contents), _BATCH):
                batch = contents[first : first + _BATCH]
                for content, result in zip(batch, watch(target, batch, work), strict=True):
                    counts[result] += 1
                    if result not in ("read", "refused") and chosen.out is not None:
                        chosen.out.mkdir(parents=True, exist_ok=True)
                        name = f"{target.name}-{result}-{counts[result]}".replace(" ", "_")
                        if counts[result] <= 5:
                            (chosen.out / f"{name}{target.suffix}").write_bytes(content)
            bad = {key: n for key, n in counts.items() if key not in ("read", "refused")}
            failed += sum(bad.values())
            numbers = (len(contents), counts["read"], counts["refused"], sum(bad.values()))
            row = (target.name, *map(str, numbers), f"{time.monotonic() - start:.0f}")
            print(f"| {' | '.join(row)} |", flush=True)
            for key, n in bad.items():
                print(f"  {n} x {key}", file=sys.stderr, flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
