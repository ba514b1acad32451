"""Results per image on disk: constant memory for any number of images, and resume."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import shapely

from railmap.errors import OutputError
from railmap.surface.job.outlines import Defect

__all__ = ["Journal"]

_TABLES = """
CREATE TABLE signature (text TEXT);
CREATE TABLE image (key TEXT PRIMARY KEY, rows INTEGER, columns INTEGER, head_px REAL,
                    mm_across REAL, mm_along REAL, problem TEXT);
CREATE TABLE defect (key TEXT, kind TEXT, outline BLOB, row REAL, col REAL, area REAL, length REAL,
                     width REAL, across REAL, confidence REAL, severity INTEGER);
CREATE INDEX defect_image ON defect (key);
"""
_COMMIT_S = 2.0


class Journal:
    """Results per image, in a hidden file next to the output.

    The file stays when the job is interrupted; a later job with the same `signature` resumes from
    it. Use it as a context manager.

    Parameters
    ----------
    output
        Output file of the job.
    signature
        Everything that the results depend on, serializable as JSON.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """

    def __init__(self, output: Path, signature: dict[str, Any]) -> None:
        self.path = output.with_name(f".{output.name}.resume.sqlite")
        self._signature = json.dumps(signature, sort_keys=True)
        self._sql: sqlite3.Connection
        self._committed = time.monotonic()

    def __enter__(self) -> Journal:
        try:
            self._sql = self._open()
        except sqlite3.Error:  # no journal, or one of another job
            try:
                self._remove()
                self._sql = sqlite3.connect(self.path)
                self._sql.executescript(_TABLES)
                self._sql.execute("INSERT INTO signature VALUES (?)", (self._signature,))
                self._sql.commit()
            except (sqlite3.Error, OSError) as error:
                raise OutputError(f"{self.path}: cannot be written ({error})") from error
        return self

    def _open(self) -> sqlite3.Connection:
        if not self.path.exists():
            raise sqlite3.Error
        sql = sqlite3.connect(self.path)
        try:
            row = sql.execute("SELECT text FROM signature").fetchone()
            if row is None or row[0] != self._signature:
                raise sqlite3.DatabaseError("journal of another job")
        except sqlite3.Error:
            sql.close()
            raise
        return sql

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self._sql.commit()
        except sqlite3.Error as fault:
            if kind is None:  # else the first error is told
                raise OutputError(f"{self.path}: cannot be written ({fault})") from fault
        finally:
            self._sql.close()
        if kind is None:
            self._remove()

    def _remove(self) -> None:
        for suffix in ("", "-journal"):
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)

    def done(self) -> set[str]:
        """Return the keys of the images that are done."""
        return {row[0] for row in self._sql.execute("SELECT key FROM image")}

    def add(
        self,
        key: str,
        defects: list[Defect],
        *,
        size: tuple[int, int] = (0, 0),
        head_px: float | None = None,
        mm: tuple[float, float] = (0.0, 0.0),
        problem: str | None = None,
    ) -> None:
        """Enter an image and its defects.

        Parameters
        ----------
        key
            Identifies the image.
        defects
            Defects found in it.
        size
            Rows and columns of the image, pixels.
        head_px
            Width of the rail head, pixels; None where it is not visible.
        mm
            Millimetres per pixel across and along the rail.
        problem
            Why the image could not be used; None if it was.

        Raises
        ------
        OutputError
            If the file cannot be written.
        """
        try:
            self._sql.execute(
                "INSERT OR REPLACE INTO image VALUES (?, ?, ?, ?, ?, ?, ?)",
                (key, *size, head_px, *mm, problem),
            )
            self._sql.executemany(
                "INSERT INTO defect VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (key, d.kind, shapely.to_wkb(d.outline), d.row, d.column, d.area_mm2,
                     d.length_mm, d.width_mm, None if d.across_mm != d.across_mm else d.across_mm,
                     d.confidence, d.severity)
                    for d in defects
                ],
            )  # fmt: skip
            if time.monotonic() - self._committed > _COMMIT_S:
                self._sql.commit()
                self._committed = time.monotonic()
        except sqlite3.Error as error:
            raise OutputError(f"{self.path}: cannot be written ({error})") from error

    def image(self, key: str) -> tuple[int, int, float | None, float, float, str | None]:
        """Return what is known about an image.

        Returns
        -------
        tuple
            Rows, columns, width of the rail head in pixels, millimetres per pixel across and
            along the rail, and the problem (None: no problem).
        """
        found = self._sql.execute(
            "SELECT rows, columns, head_px, mm_across, mm_along, problem FROM image WHERE key = ?",
            (key,),
        ).fetchone()
        return found if found is not None else (0, 0, None, 0.0, 0.0, "not read")

    def defects(self, key: str) -> Iterator[Defect]:
        """Yield the defects of an image in the order in which they were added."""
        for row in self._sql.execute("SELECT * FROM defect WHERE key = ? ORDER BY rowid", (key,)):
            _, kind, outline, *numbers = row
            across = float("nan") if numbers[5] is None else numbers[5]
            yield Defect(
                kind, shapely.from_wkb(outline), numbers[0], numbers[1], numbers[2], numbers[3],
                numbers[4], across, numbers[6], numbers[7],
            )  # fmt: skip
