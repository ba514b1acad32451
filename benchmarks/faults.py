"""Kill commands at every kind of call that changes a file, and let such calls fail.

``python benchmarks/faults.py --kills 500 --failures 500 --write`` needs a C compiler and Linux,
takes an hour and writes the table of docs/reliability.md. A few trials of one command:
``python benchmarks/faults.py --kills 5 --failures 5 --only attach``.

Each command runs in a forked process below a folder of its own; `faults_shim.c` counts the calls.
A kill is survived if afterwards the map or output is the old or the new one, is read whole, and the
same command succeeds and leaves nothing else behind. A failed call is survived if the command says
so and the old content is there, or if it succeeds with the same result as without the fault.
"""

from __future__ import annotations

import argparse
import ctypes
import errno
import faulthandler
import hashlib
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))  # for `tests.helpers`
PAGE = HERE.parent / "docs" / "reliability.md"
START, END = "<!-- faults: written by benchmarks/faults.py -->", "<!-- /faults -->"
ERRORS = {"EIO": errno.EIO, "ENOSPC": errno.ENOSPC, "EDQUOT": errno.EDQUOT, "EROFS": errno.EROFS}
KINDS = ("create", "write", "fsync", "truncate", "close", "rename", "unlink", "mkdir")
LIMIT_S = 900  # a hang, not a slow machine
# Of each run, or of the moment.
_VOLATILE = {"run_id", "started_at", "seconds", "last_change", "timestamp", "update_time"}


@dataclass
class Command:
    """A command that changes `result` (a map, file or folder) in its folder."""

    name: str
    words: list[str]
    result: str
    inputs: list[str]
    before: list[list[str]] = field(default_factory=list)


COMMANDS = (
    Command("line add", ["line", "add", "m.gpkg", "--ref", "1", "--from", "{0}", "--to", "{3}"],
            "m.gpkg", ["m.gpkg"]),
    Command("milestones add", ["milestones", "add", "m.gpkg", "posts.csv", "--ref", "1"],
            "m.gpkg", ["m.gpkg", "posts.csv"],
            [["line", "add", "m.gpkg", "--ref", "1", "--from", "{0}", "--to", "{3}"]]),
    Command("attach", ["attach", "events.csv", "--to", "m.gpkg", "--layer", "seen"],
            "m.gpkg", ["m.gpkg", "events.csv"]),
    Command("check", ["check", "m.gpkg", "--min-spacing", "6"], "m.gpkg", ["m.gpkg"]),
    Command("conflate", ["conflate", "m.gpkg", "--with", "osm.geojson"],
            "m.gpkg", ["m.gpkg", "osm.geojson"]),
    Command("trace (new map)", ["trace", "p.tif", "-o", "n.gpkg"], "n.gpkg", ["p.tif"]),
    Command("trace (map again)", ["trace", "p.tif", "-o", "m.gpkg", "--overwrite"],
            "m.gpkg", ["p.tif", "m.gpkg"]),
    Command("compare", ["compare", "m.gpkg", "later.gpkg", "-o", "c.gpkg"],
            "c.gpkg", ["m.gpkg", "later.gpkg"]),
    Command("export .geojson", ["export", "m.gpkg", "-o", "o.geojson", "--overwrite"],
            "o.geojson", ["m.gpkg"], [["export", "later.gpkg", "-o", "o.geojson"]]),
    Command("export .fgb", ["export", "m.gpkg", "-o", "o.fgb"], "o.fgb", ["m.gpkg"]),
    Command("export .osm", ["export", "m.gpkg", "-o", "o.osm"], "o.osm", ["m.gpkg"]),
    Command("export .xml", ["export", "m.gpkg", "-o", "o.xml"], "o.xml", ["m.gpkg"]),
    Command("export .qgz", ["export", "m.gpkg", "-o", "o.qgz"], "o.qgz", ["m.gpkg"]),
    Command("publish (new)", ["publish", "m.gpkg", "-o", "site"], "site", ["m.gpkg"]),
    Command("publish (again)", ["publish", "m.gpkg", "-o", "site", "--overwrite", "--title", "new"],
            "site", ["m.gpkg"], [["publish", "m.gpkg", "-o", "site", "--title", "old"]]),
)  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--failures", type=int, default=500)
    parser.add_argument("--only", help="commands whose name contains this")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=1e9, help="stop after this time")
    parser.add_argument("--save", type=Path, help="write the counts of this run as JSON")
    parser.add_argument("--add", type=Path, nargs="*", default=[], help="add saved counts")
    parser.add_argument("--write", action="store_true", help=f"write the table of {PAGE.name}")
    options = parser.parse_args()
    work = Path(tempfile.mkdtemp(prefix="railmap-faults-")).resolve()
    try:
        with_shim(work)
        return run(options, work)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def with_shim(work: Path) -> None:
    """Start this program again with the shim preloaded, unless it is."""
    if "FAULT_SHIM" in os.environ:
        return
    shim = work / "shim.so"
    compiler = ["cc", "-O1", "-shared", "-fPIC", "-o", str(shim), str(HERE / "faults_shim.c")]
    subprocess.run([*compiler, "-ldl"], check=True)
    environment = {**os.environ, "FAULT_SHIM": str(shim), "LD_PRELOAD": str(shim)}
    code = subprocess.run([sys.executable, *sys.argv], env=environment, check=False).returncode
    shutil.rmtree(work, ignore_errors=True)
    sys.exit(code)


@dataclass
class Score:
    """Trials of one command and kind of fault; those that failed are described."""

    tried: Counter[str] = field(default_factory=Counter)
    survived: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


def run(options: argparse.Namespace, work: Path) -> int:
    import railmap.cli.main
    import railmap.mapping
    import railmap.pipeline
    import railmap.publishing.exchange.export
    import railmap.publishing.web.site  # noqa: F401

    templates = make_inputs(work / "inputs")
    wanted = [one for one in COMMANDS if not options.only or options.only in one.name]
    if not options.kills + options.failures:
        wanted = []
    end = time.monotonic() + 60 * options.minutes
    scores: dict[tuple[str, str], Score] = {}
    rng = random.Random(options.seed)
    prepared = [Trial(command, templates, work) for command in wanted]
    for trial in prepared:
        print(f"{trial.command.name}: {len(trial.calls)} calls", flush=True)
    trials = [(trial, "kill", number) for trial, number in spread(prepared, options.kills, rng)]
    trials += [(trial, "fail", number) for trial, number in spread(prepared, options.failures, rng)]
    rng.shuffle(trials)
    for done, (trial, how, number) in enumerate(trials, 1):
        if time.monotonic() > end:
            break
        kind = trial.calls[number - 1].split(" ")[1]
        name = rng.choice(sorted(ERRORS)) if how == "fail" else "KILL"
        fault = trial.after_kill(number) if how == "kill" else trial.after_error(number, name)
        score = scores.setdefault((trial.command.name, how), Score())
        score.tried[kind] += 1
        score.survived[kind] += not fault
        if fault:
            text = f"{trial.command.name}: {name} at call {trial.calls[number - 1]}: {fault}"
            score.faults.append(text)
            print(text, flush=True)
        if done % 50 == 0:
            if options.save is not None:
                save(scores, options.save)
            print(f"{done} of {len(trials)}", flush=True)
    if options.save is not None:
        save(scores, options.save)
    for file in options.add:
        add(scores, file)
    table = write_table(scores)
    print(table)
    if options.write:
        text = PAGE.read_text(encoding="utf-8")
        head, rest = text.split(START)
        PAGE.write_text(f"{head}{START}\n\n{table}\n{END}{rest.split(END)[1]}", encoding="utf-8")
    return int(any(score.faults for score in scores.values()))


def save(scores: dict[tuple[str, str], Score], file: Path) -> None:
    rows = [[*key, one.tried, one.survived, one.faults] for key, one in scores.items()]
    file.write_text(json.dumps(rows, indent=1), encoding="utf-8")


def add(scores: dict[tuple[str, str], Score], file: Path) -> None:
    for name, how, tried, survived, faults in json.loads(file.read_text(encoding="utf-8")):
        score = scores.setdefault((name, how), Score())
        score.tried.update(tried)
        score.survived.update(survived)
        score.faults += faults


def spread(trials: Sequence[Trial], count: int, rng: random.Random) -> list[tuple[Trial, int]]:
    """Choose calls: evenly over the commands, and over the kinds of call of each."""
    out: list[tuple[Trial, int]] = []
    share = -(-count // len(trials)) if trials else 0
    for trial in trials:
        kinds: dict[str, list[int]] = {}
        for line in trial.calls:
            number, kind, _ = line.split(" ", 2)
            kinds.setdefault(kind, []).append(int(number))
        for numbers in kinds.values():
            rng.shuffle(numbers)
        chosen: list[int] = []
        while len(chosen) < share and any(kinds.values()):
            for kind in sorted(kinds):
                if kinds[kind] and len(chosen) < share:
                    chosen.append(kinds[kind].pop())
        out += [(trial, number) for number in chosen]
    return out


class Trial:
    """A command with its folder before and after, and the calls that it makes."""

    def __init__(self, command: Command, templates: dict[str, Path], work: Path) -> None:
        self.command = command
        self._work = work
        name = "".join(letter if letter.isalnum() else "-" for letter in command.name)
        self._before = work / f"{name}-before"
        self._before.mkdir()
        for file in command.inputs:
            shutil.copy(templates[file], self._before)
        for words in command.before:
            copied = [shutil.copy(templates[w], self._before) for w in words if w == "later.gpkg"]
            code, said = self._run(self._before, words)
            assert code == 0, (command.name, words, said)
            for file in copied:
                Path(file).unlink()
        self._old = content(self._before / command.result)
        log = work / f"{name}.calls"
        place = self._fresh()
        code, said = self._run(place, command.words, log=log)
        assert code == 0, (command.name, said)
        self._new = content(place / command.result)
        self._names = names(place)
        assert self._new != self._old, command.name
        self.calls = log.read_text().splitlines()

    def after_kill(self, number: int) -> str:
        """Kill at a call; return what is wrong afterwards, empty if nothing is."""
        place = self._fresh()
        code, _ = self._run(place, self.command.words, number=number)
        if code != -signal.SIGKILL:
            return f"was not killed (code {code})"
        found = self._try(lambda: content(place / self.command.result))
        if found not in (self._old, self._new):
            return f"neither old nor new: {str(found)[:200]}"
        words = self.command.words
        if found == self._new and "--overwrite" not in words and self._old is None:
            words = [*words, "--overwrite"]  # complete already: the command says so
        if found == self._new and self.command.name == "line add":
            words = [*words, "--replace"]
        code, said = self._run(place, words)
        if code:
            return f"the same command again: code {code}, {said[-200:]}"
        again = self._try(lambda: content(place / self.command.result))
        if again != self._new and found == self._old:
            return "the same command again gives another result"
        left = names(place) - self._names
        return f"left behind: {sorted(left)}" if left else ""

    def after_error(self, number: int, error: str) -> str:
        """Let a call fail; return what is wrong, empty if nothing is."""
        place = self._fresh()
        code, said = self._run(place, self.command.words, number=number, error=ERRORS[error])
        found = self._try(lambda: content(place / self.command.result))
        if code == 0:
            return (
                "" if found == self._new else f"code 0, but {str(found)[:120]}; said: {said[-120:]}"
            )
        if code not in (2, 3, 4):
            return f"code {code}: {said[-300:]}"
        if found not in (self._old, self._new):
            return f"code {code}, but neither old nor new: {str(found)[:120]}"
        return "" if said.strip() else f"code {code} without a word"

    def _fresh(self) -> Path:
        place = self._work / "place"
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(self._before, place)
        return place

    def _try(self, read: Callable[[], object]) -> object:
        try:
            return read()
        except Exception as error:
            return f"cannot be read: {error}"

    def _run(
        self, place: Path, words: Sequence[str], *, log: Path | None = None, number: int = 0,
        error: int = 0,
    ) -> tuple[int, str]:  # fmt: skip
        """Run a command in a forked process; return its code (- signal) and what it said."""
        said = self._work / "said"
        child = os.fork()
        if child == 0:
            code = 99
            try:
                _become(place, said)
                faulthandler.dump_traceback_later(LIMIT_S - 5)  # where it hangs
                shim = ctypes.CDLL(os.environ["FAULT_SHIM"])
                sys.argv = ["railmap", *_filled(words), "--progress", "none"]
                shim.fault_arm(
                    os.fsencode(place), os.fsencode(log or ""), ctypes.c_long(number),
                    ctypes.c_int(error),
                )  # fmt: skip
                code = _main()
            finally:
                os._exit(code)
        end = time.monotonic() + LIMIT_S
        while True:
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                break
            if time.monotonic() > end:
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
                return -999, f"ran too long: {said.read_text(errors='replace')}"
            time.sleep(0.01)
        return os.waitstatus_to_exitcode(status), said.read_text(errors="replace")


def _become(place: Path, said: Path) -> None:
    target = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(target, 1)
    os.dup2(target, 2)
    os.chdir(place)


def _main() -> int:
    import traceback

    from railmap.cli.main import main

    try:
        main()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        code = 98
    sys.stdout.flush()
    sys.stderr.flush()
    return code


def _filled(words: Sequence[str]) -> list[str]:
    from tests.helpers import railway

    marks = {f"{{{number}}}": railway.node(number) for number in range(7)}
    return [marks.get(word, word) for word in words]


def names(place: Path) -> set[str]:
    return {path.relative_to(place).as_posix() for path in place.rglob("*")}


def content(path: Path) -> object:
    """Return what a map, file or folder says, without times; None if it is not there."""
    if path.is_dir():
        return {
            file.relative_to(path).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
            for file in sorted(path.rglob("*"))
            if file.is_file()
        }
    if not path.exists():
        return None
    if path.suffix != ".gpkg":
        return hashlib.sha256(path.read_bytes()).hexdigest()
    from railmap.mapping.store.access import reading_map

    out: dict[str, str] = {}
    with reading_map(path) as sql:
        if (found := sql.execute("PRAGMA integrity_check").fetchall()) != [("ok",)]:
            return f"damaged: {found[:2]}"
        tables = sql.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        for (table,) in tables.fetchall():
            if not table.startswith(("rtree_", "sqlite_")):
                out[table] = _rows(sql, table)
    return out


def _rows(sql: sqlite3.Connection, table: str) -> str:
    cursor = sql.execute(f'SELECT * FROM "{table}"')
    kept = [i for i, (name, *_) in enumerate(cursor.description) if name not in _VOLATILE]
    rows = [repr([row[i] for i in kept]) for row in cursor]
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()


def make_inputs(folder: Path) -> dict[str, Path]:
    """Write a small railway, what is placed on it, and a probability of it."""
    import numpy as np
    import rasterio
    from affine import Affine
    from rasterio.features import rasterize
    from shapely import LineString

    from tests.helpers import networks, railway

    folder.mkdir()
    railway.write_railway(folder / "m.gpkg")
    shutil.copy(folder / "m.gpkg", folder / "later.gpkg")
    with sqlite3.connect(folder / "later.gpkg") as sql:
        for trigger in sql.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            sql.execute(f'DROP TRIGGER "{trigger[0]}"')
        sql.execute("UPDATE railway_link SET service = 'siding' WHERE fid = 1")
    x0, y0 = railway.X0, railway.Y0
    (folder / "posts.csv").write_text(
        "position_km,x,y\n" + "".join(
            f"{12 + x / 1000},{x0 + x},{y0 + x * x / 4000}\n" for x in (100, 300, 500, 800)
        )
    )  # fmt: skip
    (folder / "events.csv").write_text(
        "x,y,kind,note\n" + "".join(
            f"{x0 + x},{y0 + x * x / 4000 + 1},wear,note {x} {'é' * 40}\n" for x in range(5, 995, 2)
        )
    )  # fmt: skip
    lines = [link.xy for link in railway.railway().links]
    features = [
        {
            "type": "Feature",
            "properties": {"railway": "rail", "maxspeed": "80", "gauge": "1435", "usage": "main"},
            "geometry": {"type": "LineString", "coordinates": xy.tolist()},
        }
        for xy in lines
    ]
    crs = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{_code(networks.CRS)}"}}
    (folder / "osm.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "crs": crs, "features": features})
    )
    transform = Affine(0.2, 0, x0 - 20, 0, -0.2, y0 + 300)
    band = rasterize(
        [LineString(xy).buffer(1.3) for xy in lines], out_shape=(1700, 5200), transform=transform
    )
    with rasterio.open(
        folder / "p.tif", "w", driver="GTiff", width=5200, height=1700, count=1, dtype="uint8",
        crs=networks.CRS, transform=transform, compress="deflate", tiled=True,
    ) as data:  # fmt: skip
        data.write((band * 254).astype(np.uint8), 1)
    return {path.name: path for path in folder.iterdir()}


def _code(crs: object) -> int:
    import pyproj

    return int(pyproj.CRS.from_user_input(crs).to_epsg() or 0)


def write_table(scores: dict[tuple[str, str], Score]) -> str:
    """Return the table: survived of tried, by command, fault and kind of call."""
    kinds = [kind for kind in KINDS if any(score.tried[kind] for score in scores.values())]
    lines = [
        f"| command | fault | {' | '.join(kinds)} | all |",
        "|---|---|" + "---:|" * (len(kinds) + 1),
    ]
    words = {"kill": "killed", "fail": "call fails"}
    for how in ("kill", "fail"):
        total = Score()
        for (name, found), score in sorted(scores.items()):
            if found != how:
                continue
            lines.append(_line(name, words[how], score, kinds))
            total.tried.update(score.tried)
            total.survived.update(score.survived)
        lines.append(_line("**all**", words[how], total, kinds))
    return "\n".join(lines)


def _line(name: str, how: str, score: Score, kinds: Sequence[str]) -> str:
    cells = [f"{score.survived[k]}/{score.tried[k]}" if score.tried[k] else "" for k in kinds]
    whole = f"{sum(score.survived.values())}/{sum(score.tried.values())}"
    return f"| {name} | {how} | {' | '.join(cells)} | {whole} |"


if __name__ == "__main__":
    sys.exit(main())
