"""Store levels of finished windows on disk, for the neighbouring block and to resume a run.

After the last window the store keeps a record of the output, so that a run that is killed while its
output takes its name, or while a later step works with the output, does not start again.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from railmap.files.disk import sync
from railmap.files.shared_folder import LocalFolder
from railmap.inference.sliding.units import UnitFiles, unwritable

__all__ = ["Keep", "WindowStore", "forget_run", "has_record"]

Keep = Literal["nothing", "windows", "record"]
"""What a run leaves besides its output: nothing; finished windows after an error or a cancel, for
the next run; or, after success, the record that the output is complete."""

_RECORD = "finished.json"


class WindowStore(UnitFiles):
    """A folder ``.NAME.resume`` next to the output with one file for each unit.

    Use it as a context manager: the folder is removed at the end, also after an error or a cancel,
    unless `keep` says otherwise. A killed process leaves it, and the next run with the same
    signature resumes from it.

    Parameters
    ----------
    output
        The output file of the run.
    signature
        JSON-serializable; everything that the levels depend on. A folder with another signature
        is deleted.
    tile
        Side of a window, pixels.
    resume
        Resume an earlier run, and allow a later run to resume this one.
    keep
        What stays at the end.

    Raises
    ------
    OutputError
        If the folder cannot be written.
    """

    def __init__(
        self,
        output: Path,
        signature: dict[str, Any],
        tile: int,
        *,
        resume: bool = True,
        keep: Keep = "nothing",
    ) -> None:
        self.path = _folder(output)
        super().__init__(LocalFolder(self.path), tile, resume=resume)
        self._output = output
        self._keep = keep
        self._signature = json.dumps({**signature, "resume": resume}, sort_keys=True)

    def _is_same(self) -> bool:
        try:
            text = (self.path / "run.json").read_text(encoding="utf-8")
        except (OSError, ValueError):
            return False
        return self.resume and text == self._signature

    def is_finished(self) -> bool:
        """Return whether an earlier run with this signature has written the output as it is."""
        try:
            record = json.loads((self.path / _RECORD).read_text(encoding="utf-8"))
            return self._is_same() and bool(record["sha256"] == _sha256(self._output))
        except (OSError, ValueError, KeyError, TypeError):
            return False

    def finish(self, output: Path) -> None:
        """Record a complete output, just before it takes its name.

        Raises
        ------
        OutputError
            If the record cannot be written.
        """
        if not self.resume:
            return
        path = self.path / _RECORD
        partial = path.with_suffix(".partial")
        try:
            partial.write_text(json.dumps({"sha256": _sha256(output)}), encoding="utf-8")
            sync(partial)
            partial.replace(path)
        except OSError as error:
            raise unwritable(self.path, error) from error

    def __enter__(self) -> WindowStore:
        run = self.path / "run.json"
        if not self._is_same():
            shutil.rmtree(self.path, ignore_errors=True)
            try:
                self.path.mkdir()
                run.write_text(self._signature, encoding="utf-8")
            except OSError as error:
                raise unwritable(self.path, error) from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None and self._keep == "record":
            for path in self.path.glob("*.bin"):
                path.unlink(missing_ok=True)
        elif kind is None or self._keep != "windows":
            shutil.rmtree(self.path, ignore_errors=True)


def has_record(output: Path) -> bool:
    """Return whether an earlier run recorded that it completed an output."""
    return (_folder(output) / _RECORD).is_file()


def forget_run(output: Path) -> None:
    """Remove what a run left besides its output."""
    shutil.rmtree(_folder(output), ignore_errors=True)


def _folder(output: Path) -> Path:
    return output.with_name(f".{output.name}.resume")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
