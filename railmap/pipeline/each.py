"""Many images to one map each; a failure of one does not stop the others."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from railmap.errors import Cancelled, InputError, OutputError, RailmapError, UsageError
from railmap.files.walk import list_files
from railmap.pipeline.images import vectorize
from railmap.pipeline.model import load_once
from railmap.pipeline.new_heights import NewHeights
from railmap.pipeline.options import ComputeOptions, LineOptions, RasterPath, ReadOptions
from railmap.pipeline.types import MapResult
from railmap.progress import NullReporter, Reporter

if TYPE_CHECKING:
    from railmap.geometry.vertical.options import HeightOptions

__all__ = ["EachImage", "vectorize_each"]

_SUFFIXES = (".tif", ".tiff", ".vrt", ".jp2", ".png", ".jpg", ".jpeg", ".img", ".ecw")


@dataclass(frozen=True, slots=True)
class EachImage:
    """What became of one image.

    Parameters
    ----------
    image, output
        The image and its map.
    result
        The map that was written; None if it existed or there was an error.
    error
        Why there is no map.
    """

    image: Path
    output: Path
    result: MapResult | None = None
    error: RailmapError | None = None

    @property
    def status(self) -> str:
        """``mapped``, ``exists`` or ``failed``."""
        if self.error is not None:
            return "failed"
        return "exists" if self.result is None else "mapped"


def vectorize_each(
    folder: RasterPath,
    out_dir: RasterPath,
    *,
    model: RasterPath | None = None,
    read: ReadOptions | None = None,
    compute: ComputeOptions | None = None,
    lines: LineOptions | None = None,
    dem: RasterPath | None = None,
    heights: HeightOptions | None = None,
    overwrite: bool = False,
    command: str | None = None,
    reporter: Reporter | None = None,
) -> list[EachImage]:
    """Extract the tracks of each image in a folder into a map of its own.

    The model is loaded once. A map that exists is kept unless `overwrite`, so an interrupted run
    continues when it is started again.

    Parameters
    ----------
    folder
        Folder of georeferenced images; subfolders are not searched.
    out_dir
        Folder for the maps, ``NAME.gpkg`` for ``NAME.tif``; created if it does not exist.
    model, read, compute, lines, dem, heights, command
        See `vectorize`.
    overwrite
        Replace maps that exist; edits in them are kept.
    reporter
        Receives the progress; can cancel.

    Returns
    -------
    list of EachImage
        One for each image, by name.

    Raises
    ------
    InputError
        If the folder is missing or holds no image.
    UsageError
        If two images have the same name, or an option is out of range.
    ModelError, DeviceError
        If the model or the device cannot be used.
    RasterError, GeoreferenceError
        If `dem` cannot be read or has no CRS.
    OutputError
        If the folder for the maps cannot be created.
    Cancelled
        If the reporter cancelled; maps that are complete stay.
    """
    reporter = reporter or NullReporter()
    compute = compute or ComputeOptions()
    images = _images(Path(folder))
    target = _create(Path(out_dir))
    for options in (read, lines):
        if options is not None:
            options.check()
    NewHeights.of(dem, heights)
    loaded = load_once(model)
    loaded.backend(compute)  # a device that is not there concerns all images
    done = []
    for number, image in enumerate(images, 1):
        output = target / f"{image.stem}.gpkg"
        if output.exists() and not overwrite:
            reporter.message(f"{output}: exists, kept")
            done.append(EachImage(image, output))
            continue
        own = _ImageReporter(reporter, f"{number}/{len(images)} {image.name}")
        try:
            found = vectorize(
                image,
                output,
                model=loaded,
                read=read,
                compute=compute,
                lines=lines,
                dem=dem,
                heights=heights,
                overwrite=overwrite,
                command=command,
                reporter=own,
            )
        except Cancelled:
            raise
        except RailmapError as error:
            done.append(EachImage(image, output, error=error))
        except Exception as error:
            unexpected = RailmapError(f"{image}: unexpected {type(error).__name__}: {error}")
            done.append(EachImage(image, output, error=unexpected))
        else:
            done.append(EachImage(image, output, found))
    return done


def _images(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder of images")
    images = list_files(folder, _SUFFIXES)
    if not images:
        raise InputError(f"{folder}: no image in it ({', '.join(_SUFFIXES)})")
    stems = Counter(path.stem for path in images)
    twice = [stem for stem, count in stems.items() if count > 1]
    if twice:
        raise UsageError(f"{folder}: several images are named {twice[0]}; rename all but one")
    return images


def _create(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: can't be created ({error.strerror})") from error
    return folder


class _ImageReporter(NullReporter):
    """Passes progress on with the name of the image; keeps the image's own warnings."""

    def __init__(self, inner: Reporter, name: str) -> None:
        super().__init__()
        self._inner = inner
        self._name = name

    def stage(self, name: str, total: float, unit: str = "") -> None:
        """Begin a stage of this image."""
        self._inner.stage(f"{self._name}: {name}", total, unit)

    def advance(self, amount: float) -> None:
        """Report progress."""
        self._inner.advance(amount)

    def message(self, text: str) -> None:
        """Report a message."""
        self._inner.message(text)

    def warning(self, text: str) -> None:
        """Report a warning of this image."""
        super().warning(text)
        self._inner.warning(f"{self._name}: {text}")

    def result(self, text: str, outputs: dict[str, Any]) -> None:
        """Report a result."""
        self._inner.result(text, outputs)

    def check(self) -> None:
        """Raise `Cancelled` once the whole job was cancelled."""
        self._inner.check()

    def cancel(self) -> None:
        """Cancel the whole job."""
        self._inner.cancel()
