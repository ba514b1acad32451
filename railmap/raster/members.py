"""Open a mosaic's members before the work: GDAL reads zeros where one is missing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from railmap.errors import RasterError
from railmap.files.vrt import vrt_members
from railmap.raster.cut_off import missing_share
from railmap.raster.files import open_dataset

__all__ = ["check_members", "check_whole", "member_faults"]

_SHOWN = 3


def check_members(dataset: Any) -> None:
    """Check that every file that an open mosaic (VRT) reads is there and whole.

    Raises
    ------
    RasterError
        If one is missing, truncated or cannot be opened.
    """
    faults = member_faults(dataset)
    if faults:
        shown = "; ".join(faults[:_SHOWN]) + ("; ..." if len(faults) > _SHOWN else "")
        count = "a file" if len(faults) == 1 else f"{len(faults)} files"
        raise RasterError(
            f"{dataset.name}: {count} of this mosaic cannot be read: {shown}; copy what is missing"
            " or make the mosaic again"
        )


def member_faults(dataset: Any) -> list[str]:
    """Return what is wrong with the files that an open raster reads; empty if it is no VRT."""
    faults: list[str] = []
    if dataset.driver != "VRT":
        return faults
    members = vrt_members(Path(dataset.name))
    while True:
        try:
            name = os.fspath(next(members))
        except StopIteration:
            return faults
        except RasterError as error:
            return [*faults, str(error)]
        try:
            with open_dataset(name) as member:
                if share := missing_share(member):
                    faults.append(f"{name} (truncated, {share:.0%} is missing)")
        except RasterError as error:
            faults.append(f"{name} ({str(error).removeprefix(f'{name}: ')})")


def check_whole(path: str | os.PathLike[str]) -> None:
    """Check that a raster's file is not truncated, and a mosaic has all its files.

    Raises
    ------
    RasterError
        If a file ends before its pixels do, or cannot be opened.
    """
    with open_dataset(os.fspath(path)) as dataset:
        check_members(dataset)
        share = missing_share(dataset)
    if share:
        raise RasterError(
            f"{os.fspath(path)}: is truncated, {share:.0%} of it is missing; "
            "copy or download it again"
        )
