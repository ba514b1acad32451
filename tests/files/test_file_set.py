"""Files that belong together: old or new, never some of both."""

from __future__ import annotations

import errno
import os
import signal
from pathlib import Path

import pytest

from railmap.errors import OutputError
from railmap.files.file_set import atomic_files, check_files


def beside(path: Path) -> list[Path]:
    return [path.with_suffix(".dbf"), path.with_suffix(".shx")]


def write(folder: Path, name: str, text: str) -> None:
    path = folder / name
    with atomic_files(path, beside(path), overwrite=True) as hidden:
        for file in (path, *beside(path)):
            (hidden / file.name).write_text(text)


def texts(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted(folder.glob("[!.]*"))}


def kill_at(call: int, folder: Path) -> None:
    """Write a set in a process that is killed before a file is moved for the n-th time."""
    child = os.fork()
    if child == 0:
        replace, calls = os.replace, []

        def killed(source: object, target: object) -> None:
            calls.append(source)
            if len(calls) == call:
                os.kill(os.getpid(), signal.SIGKILL)
            replace(source, target)  # type: ignore[arg-type]

        os.replace = killed  # type: ignore[assignment]
        write(folder, "a.shp", "new")
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


OLD = {"a.dbf": "old", "a.shp": "old", "a.shx": "old"}
NEW = dict.fromkeys(OLD, "new")


def test_files_take_their_names_together(tmp_path: Path) -> None:
    write(tmp_path, "a.shp", "old")
    assert texts(tmp_path) == OLD
    write(tmp_path, "a.shp", "new")
    assert texts(tmp_path) == NEW
    assert len(list(tmp_path.iterdir())) == 3


def test_what_the_new_set_lacks_does_not_stay(tmp_path: Path) -> None:
    write(tmp_path, "a.shp", "old")
    with atomic_files(tmp_path / "a.shp", beside(tmp_path / "a.shp"), overwrite=True) as hidden:
        (hidden / "a.shp").write_text("new")
    assert texts(tmp_path) == {"a.shp": "new"}


@pytest.mark.parametrize("call", range(1, 7))
def test_a_failed_step_brings_the_old_set_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: int
) -> None:
    write(tmp_path, "a.shp", "old")
    replace, calls = os.replace, []

    def failing(source: object, target: object) -> None:
        calls.append(source)
        if len(calls) == call:
            raise OSError(errno.EIO, "Input/output error", str(source))
        replace(source, target)  # type: ignore[arg-type]

    monkeypatch.setattr("railmap.files.file_set.os.replace", failing)
    with pytest.raises(OutputError, match=r"a\.shp.*disk reports an error"):
        write(tmp_path, "a.shp", "new")
    assert texts(tmp_path) == OLD
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.skipif(os.name == "nt", reason="forks")
@pytest.mark.parametrize("call", range(1, 7))
def test_a_kill_between_two_steps_leaves_no_mixture(tmp_path: Path, call: int) -> None:
    write(tmp_path, "a.shp", "old")
    kill_at(call, tmp_path)
    found = texts(tmp_path)
    assert "a.shp" not in found or set(found.values()) == {"old"}
    # The next writer brings the old set back before it looks what is there.
    with pytest.raises(OutputError, match="exists"):
        check_files(tmp_path / "a.shp", beside(tmp_path / "a.shp"))
    assert texts(tmp_path) == OLD
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.skipif(os.name == "nt", reason="forks")
@pytest.mark.parametrize("call", range(1, 4))
def test_a_first_set_that_was_killed_is_in_nobodys_way(tmp_path: Path, call: int) -> None:
    kill_at(call, tmp_path)
    check_files(tmp_path / "a.shp", beside(tmp_path / "a.shp"))
    assert not list(tmp_path.iterdir())


def test_nothing_written_is_an_error(tmp_path: Path) -> None:
    with (
        pytest.raises(OutputError, match="nothing was written"),
        atomic_files(tmp_path / "a.shp", []),
    ):
        pass
    assert not list(tmp_path.iterdir())
