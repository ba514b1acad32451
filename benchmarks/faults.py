"""Kill commands at every kind of call that changes a file, and let such calls fail.

``python benchmarks/faults.py --kills 500 --failures 500 --write`` needs a C compiler and Linux,
and writes the table of docs/reliability.md. A few trials of one command:
``python benchmarks/faults.py --kills 5 --failures 5 --only attach``. On a disk most of the time is
spent in `fsync`: ``TMPDIR=/dev/shm`` runs the same trials in memory.

Each command runs in a forked process below a folder of its own; `faults_shim.c` counts the calls.
What a command imports and compiles is loaded once, before the trials. A kill at a write leaves half
of what was to be written. A kill is survived if afterwards the map or output is the old or the new
one, is read whole, and the same command (with ``--overwrite``, where it has placed an output
already) succeeds and leaves nothing else behind. A call fails once,
or from then on as on a full disk. That is survived if the command says so and the old content is
there, or if it succeeds with the same result as without the fault; after a lasting fault the same
command must then succeed and leave nothing else behind.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import errno
import faulthandler
import hashlib
import importlib
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
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from faults_commands import COMMANDS, Command, filled, make_inputs

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))  # for `tests.helpers`
PAGE = HERE.parent / "docs" / "reliability.md"
START, END = "<!-- faults: written by benchmarks/faults.py -->", "<!-- /faults -->"
ERRORS = {"EIO": errno.EIO, "ENOSPC": errno.ENOSPC, "EDQUOT": errno.EDQUOT, "EROFS": errno.EROFS}
LASTING = ("ENOSPC", "EDQUOT", "EROFS")
KINDS = ("create", "write", "fsync", "truncate", "close", "rename", "unlink", "mkdir")
LIMIT_S = 600  # a hang, not a slow machine
# Of each run, or of the moment.
_VOLATILE = {"run_id", "started_at", "seconds", "last_change", "timestamp", "update_time"}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--failures", type=int, default=500)
    parser.add_argument("--only", nargs="*", help="commands whose name contains one of these")
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
    templates: dict[str, Path] = {}
    if options.kills + options.failures:
        load_kernels()
        templates = make_inputs(work / "inputs")
    only = options.only or [""]
    wanted = [one for one in COMMANDS if any(part in one.name for part in only)]
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
        lasting = name in LASTING and rng.random() < 0.5
        if how == "kill":
            fault = trial.after_kill(number)
            if fault is None:
                continue
        else:
            fault = trial.after_error(number, ERRORS[name], lasting=lasting)
        name += " from then on" if lasting else ""
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
            for kind in rng.sample(sorted(kinds), len(kinds)):
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
            copy = shutil.copytree if templates[file].is_dir() else shutil.copy
            copy(templates[file], self._before / file)
        for words in command.before:
            copied = [shutil.copy(templates[w], self._before) for w in words if w == "later.gpkg"]
            code, said = self._run(self._before, words)
            assert code == 0, (command.name, words, said)
            for file in copied:
                Path(file).unlink()
        self._old = self._content(self._before)
        log = work / f"{name}.calls"
        place = self._fresh()
        code, said = self._run(place, command.words, log=log)
        assert code == 0, (command.name, said)
        load(work / "modules")
        self._new = self._content(place)
        self._names = names(place)
        assert all(new != self._old[key] for key, new in self._new.items()), command.name
        self.calls = log.read_text().splitlines()

    def after_kill(self, number: int) -> str | None:
        """Kill at a call; return what is wrong afterwards, empty if nothing is.

        None if the command ended before: with several threads the number of calls varies.
        """
        place = self._fresh()
        code, _ = self._run(place, self.command.words, number=number)
        if code == 0:
            return None
        if code != -signal.SIGKILL:
            return f"was not killed (code {code})"
        return self._fault(place) or self._fault_again(place)

    def after_error(self, number: int, error: int, *, lasting: bool) -> str:
        """Let a call fail; return what is wrong, empty if nothing is."""
        place = self._fresh()
        code, said = self._run(
            place, self.command.words, number=number, error=error, lasting=lasting
        )
        found = self._content(place)
        answered = self.command.asked and '"error"' in said  # a service goes on
        if code == 0 and not answered:
            return "" if found == self._new else f"code 0, {self._differs(found)}; {said[-200:]}"
        if code not in (0, 2, 3, 4):
            return f"code {code}: {said[-300:]}"
        if not said.strip():
            return f"code {code} without a word"
        if fault := self._fault(place):
            return f"code {code}, {fault}"
        return self._fault_again(place) if lasting else ""

    def _content(self, place: Path) -> dict[str, object]:
        return {name: self._try(place / name) for name in self.command.results}

    def _differs(self, found: dict[str, object]) -> str:
        return f"not as without the fault: {str(found)[:160]}"

    def _fault(self, place: Path) -> str:
        """Return what is neither old nor new."""
        for name, found in self._content(place).items():
            if found not in (self._old[name], self._new[name]):
                return f"{name} is neither old nor new: {str(found)[:200]}"
        return ""

    @staticmethod
    def _is_map(name: str) -> bool:
        return name.endswith(".gpkg")

    def _fault_again(self, place: Path) -> str:
        """Run the command again; return what is wrong then."""
        found = self._content(place)
        words = self.command.words
        there = [found[key] == new for key, new in self._new.items()]
        complete = all(there)
        if complete and self.command.name == "scenes windows":
            return ""  # it refuses a folder that is there
        written = {"-o", "--labels", "--scores", "synth"} & set(words)
        if any(there) and written and "--overwrite" not in words:
            words = [*words, "--overwrite"]  # the command says so
        elif complete and self.command.name == "line add":
            words = [*words, "--replace"]
        code, said = self._run(place, words)
        if code:
            return f"the same command again: code {code}, {said[-200:]}"
        again = self._content(place)
        # A map that was complete holds the other command line, or what it has been added twice.
        if any(again[key] != new for key, new in self._new.items() if not self._is_map(key)) or (
            not complete and again != self._new
        ):
            return f"the same command again: {self._differs(again)}"
        left = names(place) - self._names
        return f"left behind: {sorted(left)}" if left else ""

    def _fresh(self) -> Path:
        place = self._work / "place"
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(self._before, place)
        return place

    def _try(self, path: Path) -> object:
        try:
            return content(path)
        except Exception as error:
            return f"cannot be read: {error}"

    def _run(
        self, place: Path, words: Sequence[str], *, log: Path | None = None, number: int = 0,
        error: int = 0, lasting: bool = False,
    ) -> tuple[int, str]:  # fmt: skip
        """Run a command in a forked process; return its code (- signal) and what it said."""
        said = self._work / "said"
        child = os.fork()
        if child == 0:
            code = 99
            try:
                _become(place, said, filled(self.command.asked))
                faulthandler.dump_traceback_later(LIMIT_S - 5)  # where it hangs
                shim = ctypes.CDLL(os.environ["FAULT_SHIM"])
                sys.argv = ["railmap", *map(filled, words), "--progress", "none"]
                shim.fault_arm(
                    os.fsencode(place), os.fsencode(log or ""), ctypes.c_long(number),
                    ctypes.c_int(error), ctypes.c_int(lasting),
                )  # fmt: skip
                code = _main()
                if log is not None:
                    (self._work / "modules").write_text("\n".join(sys.modules))
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
            time.sleep(0.002)
        return os.waitstatus_to_exitcode(status), said.read_text(errors="replace")


def load(names: Path) -> None:
    """Import what a command imported, so that later processes have it."""
    for name in names.read_text().split():
        if name not in sys.modules:
            with contextlib.suppress(Exception):
                importlib.import_module(name)


def load_kernels() -> None:
    """Load what numba has compiled, or compile it."""
    from railmap.pipeline.kernels.known import known_kernels

    for kernel in known_kernels():
        kernel.compile()


def _become(place: Path, said: Path, asked: str) -> None:
    target = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(target, 1)
    os.dup2(target, 2)
    question = os.memfd_create("asked")
    os.write(question, asked.encode())
    os.lseek(question, 0, os.SEEK_SET)
    os.dup2(question, 0)
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
    if path.suffix == ".tif":  # GDAL may write a tile again, elsewhere in the file
        return _pixels(path)
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


def _pixels(path: Path) -> dict[str, str]:
    import rasterio

    with rasterio.open(path) as data:
        bands = {str(band): hashlib.sha256(data.read(band)).hexdigest() for band in data.indexes}
        return {**bands, "profile": str(data.profile), "tags": str(data.tags())}


def _rows(sql: sqlite3.Connection, table: str) -> str:
    cursor = sql.execute(f'SELECT * FROM "{table}"')
    kept = [i for i, (name, *_) in enumerate(cursor.description) if name not in _VOLATILE]
    rows = [repr([row[i] for i in kept]) for row in cursor]
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()


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
