"""Kernels are compiled on several cores before the first map."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from railmap.errors import Cancelled
from railmap.pipeline.kernels import compilation as module
from railmap.pipeline.kernels.compilation import COMPILES, Compilation, compilation, shared_out
from railmap.pipeline.kernels.known import Kernel, known_kernels, missing_kernels
from railmap.progress import NullReporter

_MISSING = """
from railmap.pipeline.kernels.known import known_kernels, missing_kernels
print(*{kernel.function for kernel in missing_kernels(known_kernels())})
"""


def _run(command: list[str], cache: Path, **more: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, *command],
        env=os.environ | {"NUMBA_CACHE_DIR": str(cache)} | more,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split()


def test_the_list_names_kernels_and_types_that_there_are() -> None:
    from numba import types

    kernels = known_kernels()
    assert len(kernels) > 30
    for kernel in kernels:
        dispatcher = kernel.dispatcher()
        arguments = eval(f"({kernel.types},)", {}, vars(types))
        assert len(arguments) == dispatcher.py_func.__code__.co_argcount, kernel


@pytest.mark.slow
def test_a_process_compiles_the_kernels_of_its_modules(tmp_path: Path) -> None:
    before = _run(["-c", _MISSING], tmp_path)
    assert {"has_full_tile", "thin"} <= set(before)
    _run(["-P", "-m", "railmap.pipeline.kernels", "railmap.tracing.areas"], tmp_path)
    assert sorted(_run(["-c", _MISSING], tmp_path)) == sorted(set(before) - {"has_full_tile"})


def test_nothing_is_missing_without_numba(tmp_path: Path) -> None:
    assert _run(["-c", _MISSING], tmp_path, NUMBA_DISABLE_JIT="1") == []


def test_a_kernel_that_is_older_than_its_module_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (source := tmp_path / "thin.py").touch()
    (index := tmp_path / "thin.thin-1.py311.nbi").touch()
    kernel = Kernel("some.thin", "thin", "", 1.0)

    class Stats:
        cache_path = str(tmp_path)

    class Dispatcher:
        stats = Stats

    monkeypatch.setattr(Kernel, "dispatcher", lambda self: Dispatcher)
    monkeypatch.setitem(sys.modules, "some.thin", _module(source))
    assert missing_kernels([kernel]) == []
    os.utime(index, (0, 0))
    assert missing_kernels([kernel]) == [kernel]


def _module(source: Path) -> Any:
    class Module:
        __file__ = str(source)

    return Module


def test_the_work_is_shared_out_evenly() -> None:
    pairs = [(name, "f") for name in "abcd"]
    kernels = [
        Kernel(*pair, "", weight) for pair, weight in zip(pairs, [5.0, 4, 3, 2], strict=True)
    ]
    kernels.append(Kernel("d", "g", "", 1.5))
    assert shared_out(kernels, 2) == [["a", "c"], ["b", "d"]]
    assert shared_out(kernels[:1], 4) == [["a"]]
    assert shared_out([], 4) == []


def test_a_program_that_embeds_python_is_not_started_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "missing_kernels", list)
    monkeypatch.setattr(sys, "executable", "/usr/bin/qgis")
    started: list[Any] = []
    monkeypatch.setattr(subprocess, "Popen", lambda *a, **k: started.append(a))
    Compilation().start()
    assert started == []


def test_what_the_network_needs_comes_last() -> None:
    kernels = [Kernel("railmap.raster.kernels", "f", "", 9.0), Kernel("a", "g", "", 1.0)]
    assert shared_out(kernels, 1) == [["a", "railmap.raster.kernels"]]


@pytest.mark.parametrize(("missing", "started"), [(2, True), (1, False), (0, False)])
def test_processes_start_before_imports_only_for_a_first_map(
    monkeypatch: pytest.MonkeyPatch, missing: int, started: bool
) -> None:
    known = [Kernel("sys", "f", "", 1.0), Kernel("os", "g", "", 1.0), Kernel("no.such", "h", "", 1)]
    commands: list[list[str]] = []

    def start(command: list[str], **options: Any) -> Any:
        commands.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(module, "known_kernels", lambda: known)
    monkeypatch.setattr(module, "missing_kernels", lambda kernels: list(kernels)[:missing])
    monkeypatch.setattr(subprocess, "Popen", start)
    compiling = Compilation()
    compiling.start_first()
    modules = {word for command in commands for word in command[4:]}
    assert modules == ({"sys", "os", "no.such"} if started else set())
    before = len(commands)
    compiling.start()  # does not start them again
    assert not started or len(commands) == before


def test_waiting_is_told_and_can_be_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "missing_kernels", lambda kernels: kernels[:1])
    sleep = "import time; time.sleep(60)"
    popen = subprocess.Popen

    def start(command: list[str], **options: Any) -> Any:
        return popen([command[0], "-c", sleep], **options)

    monkeypatch.setattr(subprocess, "Popen", start)
    said: list[str] = []
    reporter = NullReporter()
    monkeypatch.setattr(reporter, "message", said.append)

    def cancel() -> None:
        raise Cancelled("by the user")

    monkeypatch.setattr(reporter, "check", cancel)
    with compilation() as compiling:
        compiling.start()
        (process,) = compiling._processes
        with pytest.raises(Cancelled):
            compiling.wait(reporter)
    assert said == [COMPILES]
    assert process.poll() is not None
