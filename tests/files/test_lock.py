from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from railmap.errors import OutputError
from railmap.files.lock import lock_path, locked
from railmap.files.output import atomic_output

HOLD = """
import sys
from pathlib import Path
from railmap.files.output import atomic_output
with atomic_output(sys.argv[1], overwrite=True) as partial:
    partial.write_text("theirs")
    print("held", flush=True)
    sys.stdin.readline()
"""


def holder(target: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(target)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ},
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_writer_is_told_who_writes(tmp_path: Path) -> None:
    target = tmp_path / "out.bin"
    process = holder(target)
    try:
        with (
            pytest.raises(OutputError, match=rf"process {process.pid} on \S+ since \d"),
            atomic_output(target, overwrite=True),
        ):
            pass
    finally:
        process.communicate("\n")
    assert target.read_text() == "theirs"
    assert [path.name for path in tmp_path.iterdir()] == ["out.bin"]


def test_what_a_killed_writer_left_holds_nothing_up_and_is_swept(tmp_path: Path) -> None:
    target = tmp_path / "out.bin"
    process = holder(target)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert lock_path(target).exists()
    assert len(list(tmp_path.glob(".out.bin.partial-*"))) == 1
    with atomic_output(target, overwrite=True) as partial:
        partial.write_text("ours")
    assert [path.name for path in tmp_path.iterdir()] == ["out.bin"]


def test_partial_names_differ_in_one_process(tmp_path: Path) -> None:
    seen = set()
    for _ in range(3):
        with atomic_output(tmp_path / "a", overwrite=True) as partial:
            seen.add(partial.name)
            partial.write_text("")
    assert len(seen) == 3


def test_where_there_are_no_locks_the_work_goes_on(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("railmap.files.lock._try_lock", lambda number: None)
    stranger = tmp_path / ".a.partial-0123456789ab"
    stranger.write_text("may be alive")
    with locked(tmp_path / "b") as held:
        assert not held
    with atomic_output(tmp_path / "a") as partial:
        partial.write_text("whole")
    assert sorted(path.name for path in tmp_path.iterdir()) == [stranger.name, "a"]
