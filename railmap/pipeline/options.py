"""Options of the main job: how images are read, where the work runs, how lines are drawn.

These dataclasses are the one place where the defaults are written; the commands show the same.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from railmap.errors import Option, UsageError
from railmap.raster.remote.options import SourceOptions
from railmap.tracing.chunks import CHUNK

__all__ = [
    "CHUNK",
    "ClusterOptions",
    "ComputeOptions",
    "LineOptions",
    "RasterPath",
    "ReadOptions",
    "SourceOptions",
]

RasterPath = str | os.PathLike[str]

_MOST_RADIUS = 5.0  # of the morphology, metres: wider than a track
_SMALL_SIDE = 10.0  # of a raster that least lengths are made for, metres


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How images are read.

    Parameters
    ----------
    bands
        1-based bands to use as red, green and blue, or one band; None takes the first ones.
    aoi
        Vector file whose polygons limit the work (area of interest).
    gsd
        Ground sampling distance of a raster that has no transform, metres per pixel; of a map
        service the one at which it is read, None for that of the model.
    crs
        CRS of the raster, such as ``EPSG:25832``; of one that states another it is taken instead,
        with a warning.
    near
        Vector file whose lines limit the work to their surroundings, such as the railways of
        OpenStreetMap; with `aoi` the intersection is looked at.
    near_distance
        Distance from these lines in metres on the ground. 50 m hold a line drawn some 10 m off
        and eight parallel tracks on each side of it.
    source
        How map services and catalogues are read, and the licence of the images.
    """

    bands: Sequence[int] | None = None
    aoi: RasterPath | None = None
    gsd: float | None = None
    crs: str | None = None
    near: RasterPath | None = None
    near_distance: float = 50.0
    source: SourceOptions = field(default_factory=SourceOptions)

    def check(self) -> None:
        """Validate the options before the long-running work starts.

        Raises
        ------
        UsageError
            If the GSD or the distance is not above 0, or a distance is given without lines.
        """
        if not (math.isfinite(self.near_distance) and self.near_distance > 0):
            raise UsageError(
                Option("near_distance"), f" is in metres and above 0, not {self.near_distance:g}"
            )
        if self.near is None and self.near_distance != ReadOptions().near_distance:
            raise UsageError(
                Option("near_distance", self.near_distance), " is the distance from the lines of ",
                Option("near"), "; give both",
            )  # fmt: skip
        if self.gsd is not None and not self.gsd > 0:
            raise UsageError(Option("gsd"), f" is metres per pixel and above 0, not {self.gsd:g}")


@dataclass(frozen=True, slots=True)
class ClusterOptions:
    """Workers that run the network.

    Parameters
    ----------
    scheduler
        Address of a Dask scheduler, such as ``tcp://10.0.0.1:8786``. Its workers have the same
        version of railmap and open the images under the same paths or URLs.
    workers
        Number of worker processes to start on this computer, in place of `scheduler`.
    scratch
        Folder or URL of object storage that all workers read and write; finished windows stay in
        it until the job succeeds, so that the same job goes on from there. With `workers` the
        default is ``.NAME.scratch`` beside the output.
    """

    scheduler: str | None = None
    workers: int | None = None
    scratch: RasterPath | None = None


@dataclass(frozen=True, slots=True)
class ComputeOptions:
    """Where and how fast the work runs.

    Parameters
    ----------
    device
        ``auto``, ``cpu``, ``cuda``, ``cuda:N``, ``mps``, or several as ``cuda:0,cuda:1``.
    precision
        ``auto``, ``fp32``, ``bf16`` or ``fp16``.
    threads
        CPU threads; None takes all.
    batch
        Tiles that a device takes at a time; None takes what suits it. Halved where a GPU has too
        little memory.
    chunk
        Side of a tracing chunk in pixels; changes speed and memory, never the result.
    cluster
        Workers that run the network, None for this process alone.
    """

    device: str = "auto"
    precision: str = "auto"
    threads: int | None = None
    batch: int | None = None
    chunk: int = CHUNK
    cluster: ClusterOptions | None = None


@dataclass(frozen=True, slots=True)
class LineOptions:
    """How probability becomes lines; lengths in metres, areas in square metres.

    Parameters
    ----------
    threshold
        Probability from which a pixel is track; None takes the model's own (0.5 for a mask).
    ridge_length, ridge_aside, ridge_contrast
        For networks whose probability has its ridge on the centreline: length of the straight
        piece whose probability must exceed that of its neighbours, the lateral distance to these
        neighbours, and the contrast required.
    sure_contrast, sure_length
        Connected tracks are kept if they exceed their neighbours by this contrast over this
        length.
    open_radius, close_radius
        Radius of the morphological opening, which removes what is narrower than twice the radius,
        and of the closing after it, which fills what is narrower; 0 skips the step. They act on
        the mask (probability from the threshold on). Of a network whose probability has its ridge
        on the centreline they act on the mask of these ridges, about 2 m wide, not on the
        probability.
    kernel
        Shape of both: ``square`` (half its side is the radius) or ``disc``.
    min_area, max_hole
        Smallest blob kept, largest hole filled.
    max_width
        Wider blobs become `track_area`.
    min_length
        Minimum length of an isolated track.
    tolerance
        Maximum distance of the drawn line from the fitted curve.
    max_gap
        Widest gap that is bridged; next to a parallel track up to four times as wide.
    refine
        What the centreline is fitted to: ``auto``, ``probability`` or ``rails``.
    min_confidence
        Pieces of track below this confidence are removed, if the model gives confidences.
    """

    threshold: float | None = None
    ridge_length: float = 6.0
    ridge_aside: float = 1.9
    ridge_contrast: float = 0.2
    sure_contrast: float = 0.35
    sure_length: float = 4.0
    open_radius: float = 0.3
    close_radius: float = 0.4
    kernel: str = "square"
    min_area: float = 6.0
    max_hole: float = 2.0
    max_width: float = 12.0
    min_length: float = 5.0
    tolerance: float = 0.02
    max_gap: float = 30.0
    refine: str = "auto"
    min_confidence: float = 0.5

    def within(self, side: float) -> LineOptions:
        """Return the options for a raster whose shorter side is `side` metres.

        A track that the edges of a small image cut is shorter than the least lengths: below 10 m
        these lengths, and `min_area`, are shortened in proportion.

        Examples
        --------
        >>> LineOptions().within(5.0).min_length
        2.5
        """
        share = side / _SMALL_SIDE
        if share >= 1:
            return self
        return replace(
            self,
            ridge_length=share * self.ridge_length,
            sure_length=share * self.sure_length,
            min_length=share * self.min_length,
            min_area=share * self.min_area,
        )

    def check(self) -> None:
        """Validate the options before the long-running work starts.

        Raises
        ------
        UsageError
            If `refine` or `kernel` has another value, `min_confidence` is not between 0 and 1, or
            a radius is not from 0 to 5 m.
        """
        for name in ("open_radius", "close_radius"):
            radius = getattr(self, name)
            if not 0 <= radius <= _MOST_RADIUS:
                raise UsageError(
                    Option(name), f" is a radius from 0 to {_MOST_RADIUS:g} metres, not {radius:g}"
                )
        if self.kernel not in ("square", "disc"):
            raise UsageError(Option("kernel"), f" is square or disc, not {self.kernel!r}")
        if not 0 <= self.min_confidence <= 1:
            raise UsageError(
                f"the minimum confidence must be between 0 and 1, not {self.min_confidence:g}"
            )
        if self.refine not in ("auto", "probability", "rails"):
            raise UsageError(
                Option("refine"), f" is auto, probability or rails, not {self.refine!r}"
            )
