"""Open a mosaic's members before the work: GDAL reads zeros where one is missing."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any
from xml.sax.saxutils import unescape

from railmap.errors import RasterError
from railmap.raster.cut_off import missing_share
from railmap.raster.files import open_dataset

__all__ = ["check_members", "check_whole", "member_faults"]

_NAMED = re.compile(r"<(?:SourceFilename|SourceDataset)\b([^>]*)>([^<]*)</", re.IGNORECASE)
_RELATIVE = re.compile(r"relativeToVRT\s*=\s*[\"']1[\"']", re.IGNORECASE)
_DEEPEST = 8
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
    return _faults(dataset, {os.path.realpath(dataset.name)}, 0)


def _faults(dataset: Any, seen: set[str], depth: int) -> list[str]:
    if dataset.driver != "VRT":
        return []
    faults = []
    for name in _member_names(dataset):
        real = os.path.realpath(name)
        if real in seen:
            if depth == 0 and real == os.path.realpath(dataset.name):
                faults.append(f"{name} (reads itself)")
            continue
        seen.add(real)
        if depth >= _DEEPEST:
            return [*faults, f"{name} (more than {_DEEPEST} mosaics in each other)"]
        try:
            with open_dataset(name) as member:
                if share := missing_share(member):
                    faults.append(f"{name} (truncated, {share:.0%} is missing)")
                faults += _faults(member, seen, depth + 1)
        except RasterError as error:
            faults.append(f"{name} ({str(error).removeprefix(f'{name}: ')})")
    return faults


def _member_names(dataset: Any) -> list[str]:
    """Return the paths that a VRT names, completed as GDAL does."""
    text = dataset.tags(ns="xml:VRT").get("xml:VRT", "")
    names: dict[str, None] = {}
    for attributes, body in _NAMED.findall(text):
        name = unescape(body, {"&quot;": '"', "&apos;": "'"}).strip()
        if name and _RELATIVE.search(attributes):
            name = os.fspath(Path(dataset.name).parent / name)
        if name:
            names[name] = None
    return list(names)


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
