"""Write the growth of defects."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from railmap.errors import UsageError
from railmap.files.inputs import is_same_file
from railmap.files.output import atomic_output, check_output
from railmap.mapping.compare.growth import DefectGrowth, defect_growth
from railmap.mapping.compare.tracks import CompareLimits
from railmap.progress import NullReporter, Reporter
from railmap.publishing.growth.picture import growth_svg
from railmap.publishing.growth.table import growth_csv

__all__ = ["write_growth"]

FilePath = str | os.PathLike[str]


def write_growth(
    maps: Sequence[FilePath],
    output: FilePath,
    *,
    picture: FilePath | None = None,
    at: datetime | None = None,
    limits: CompareLimits | None = None,
    overwrite: bool = False,
    reporter: Reporter | None = None,
) -> list[DefectGrowth]:
    """Follow defects through surveys and write a row for each; see `defect_growth`.

    Parameters
    ----------
    maps
        Two or more maps with attached defects.
    output
        CSV file to write.
    picture
        SVG file to write: areas of the fastest growing defects over time.
    at
        Date of the forecast; None takes the mean time between the surveys after the last one.
    limits
        Distances within which defects are the same.
    overwrite
        Replace outputs that exist.
    reporter
        Receives the progress and warnings.

    Returns
    -------
    list of DefectGrowth
        What was written.

    Raises
    ------
    UsageError
        If there are fewer than two maps, one is named twice, or an output is not named as it
        should be.
    InputError, MapError
        See `defect_growth`.
    OutputError
        If an output exists or cannot be written.
    """
    reporter = reporter or NullReporter()
    if Path(output).suffix.lower() != ".csv":
        raise UsageError(f"{os.fspath(output)}: growth is a table; name it *.csv")
    if picture is not None and Path(picture).suffix.lower() != ".svg":
        raise UsageError(f"{os.fspath(picture)}: the picture is an SVG; name it *.svg")
    for file in (output, picture):
        if file is not None:
            check_output(file, overwrite=overwrite, inputs=list(maps))
    for index, one in enumerate(maps):
        if any(is_same_file(one, other) for other in maps[:index]):
            raise UsageError(f"{os.fspath(one)}: is named twice; name each survey once")
    found = defect_growth(maps, at=at, limits=limits, reporter=reporter)
    _write(output, growth_csv(found), overwrite)
    if picture is not None:
        _write(picture, growth_svg(found), overwrite)
    return found


def _write(path: FilePath, content: str, overwrite: bool) -> None:
    with atomic_output(path, overwrite=overwrite) as partial:
        partial.write_text(content, encoding="utf-8", newline="\n")
