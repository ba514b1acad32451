"""Find the images that a list of files, services and catalogues stands for."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from railmap.progress import Reporter
from railmap.raster.remote.address import is_service, parse_service
from railmap.raster.remote.area import Area
from railmap.raster.remote.image import FoundImage
from railmap.raster.remote.options import SourceOptions
from railmap.raster.remote.service import open_service
from railmap.raster.remote.stac import find_items, is_catalogue

__all__ = ["find_images", "is_remote"]


def is_remote(text: str) -> bool:
    """Return whether a text stands for a map service or a catalogue and not for a file."""
    return is_service(text) or is_catalogue(text)


@contextmanager
def find_images(
    paths: Sequence[str | os.PathLike[str]],
    area: Area,
    gsd: float,
    options: SourceOptions,
    reporter: Reporter,
) -> Iterator[list[FoundImage]]:
    """Yield the images of files, services and catalogues, in the order given.

    Parameters
    ----------
    paths
        Files, addresses of services (see `parse_service`) and catalogues (see `find_items`).
    area
        What is looked at.
    gsd
        Metres per pixel on the ground at which services are read.
    options
        How services and catalogues are read.
    reporter
        Receives a message on each service and catalogue, and warnings on what is left out.

    Raises
    ------
    RailmapError
        See `open_service` and `find_items`.
    """
    with ExitStack() as stack:
        found: list[FoundImage] = []
        for path in paths:
            text = os.fspath(path)
            if is_service(text):
                image, note = open_service(parse_service(text), area, gsd, options)
                if image.tiles is not None:
                    stack.callback(image.tiles.tiles.close)
                reporter.message(note)
                found.append(image)
            elif is_catalogue(text):
                found += find_items(text, area, options, reporter)
            else:
                found.append(
                    FoundImage(text, licence=options.licence, attribution=options.attribution)
                )
        yield found
