"""List the numba kernels that maps need, with their types and the time to compile them.

python tools/kernels.py            prints what the list lacks
python tools/kernels.py --write    writes it into railmap/pipeline/kernels/known.csv

Some rendered images are mapped with an empty cache of numba, which takes a few minutes. The seconds
are processor time of the compiling thread, so that other work on the machine hardly changes them.
"""

from __future__ import annotations

import argparse
import csv
import os
import re
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LIST = ROOT / "railmap" / "pipeline" / "kernels" / "known.csv"
COLUMNS = ("module", "function", "types", "seconds")
# kind, seed, GSD in metres, side in pixels
SCENES = (
    ("junction", 16, 0.05, 1600),
    ("diamond", 2600003, 0.1, 1400),
    ("yard", 2600001, 0.1, 1400),
    ("double", 5, 0.13, 900),
    ("junction", 16, 0.2, 700),
)


def map_scenes(folder: Path) -> None:
    """Map rendered images that need all kernels of the default options."""
    from railmap import synth, vectorize
    from railmap.pipeline.kernels.compilation import Compilation

    # In this process, so that each is timed.
    Compilation.start = Compilation.start_first = lambda self: None  # type: ignore[method-assign]

    for kind, seed, gsd, side in SCENES:
        image = folder / f"{kind}_{side}.tif"
        synth(image, seed=seed, kind=kind, gsd=gsd, width=side, height=side)
        vectorize(image, folder / "map.gpkg", overwrite=True)


def _timed_listener() -> Any:
    """Listener of numba whose `buffer` has ``(processor time, event)``."""
    from numba.core import event

    class Timed(event.Listener):  # type: ignore[misc]
        def __init__(self) -> None:
            self.buffer: list[tuple[float, Any]] = []

        def on_start(self, event: Any) -> None:
            self.buffer.append((time.thread_time(), event))

        on_end = on_start

    return Timed()


def compiled(listener: Any) -> list[dict[str, str]]:
    """Return a row for each signature that was compiled for Python code, not for a kernel."""
    rows = []
    started: list[float] = []
    for moment, event in listener.buffer:
        if event.is_start:
            started.append(moment)
            continue
        seconds = moment - started.pop()
        function = event.data["dispatcher"].py_func
        if not started and function.__module__.startswith("railmap."):
            types = ", ".join(short(repr(kind)) for kind in event.data["args"])
            values = (function.__module__, function.__name__, types, f"{seconds:.1f}")
            rows.append(dict(zip(COLUMNS, values, strict=True)))
    return sorted(rows, key=lambda row: tuple(row.values()))


def short(kind: str) -> str:
    """Write an array of numba that is contiguous or strided, and writable, as numba's users do."""
    found = re.fullmatch(r"Array\((\w+), (\d), '([CA])', False, aligned=True\)", kind)
    if not found:
        return kind
    item, dimensions, layout = found.groups()
    last = "::1" if layout == "C" else ":"
    return f"{item}[{', '.join([':'] * (int(dimensions) - 1) + [last])}]"


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="write the list")
    write = parser.parse_args().write
    with tempfile.TemporaryDirectory() as name:
        os.environ["NUMBA_CACHE_DIR"] = str(Path(name) / "numba")
        from numba.core import event

        listener = _timed_listener()
        event.register("numba:compile", listener)
        map_scenes(Path(name))
        rows = compiled(listener)
    if write:
        with LIST.open("w", newline="") as file:
            table = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            table.writeheader()
            table.writerows(rows)
        return
    known = {tuple(row[name] for name in COLUMNS[:3]) for row in csv.DictReader(LIST.open())}
    for row in rows:
        if tuple(row[name] for name in COLUMNS[:3]) not in known:
            print(*(row[name] for name in COLUMNS[:3]))


if __name__ == "__main__":
    main()
