"""Images to a track probability raster."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from railmap.pipeline.cluster.check import check_cluster
from railmap.pipeline.model import LoadedModel, load_once
from railmap.pipeline.opening import as_list, found_images, open_images
from railmap.pipeline.options import ComputeOptions, RasterPath, ReadOptions
from railmap.pipeline.output import check_probability_output, check_space
from railmap.progress import NullReporter, Reporter

if TYPE_CHECKING:
    from railmap.inference import SegmentResult
    from railmap.inference.sliding.store import Keep
    from railmap.raster import RasterSource
    from railmap.raster.remote.image import FoundImage

__all__ = ["run_network", "segment_images"]


def segment_images(
    rasters: RasterPath | Sequence[RasterPath],
    output: RasterPath,
    *,
    model: RasterPath | None = None,
    read: ReadOptions | None = None,
    compute: ComputeOptions | None = None,
    overwrite: bool = False,
    resume: bool = True,
    reporter: Reporter | None = None,
) -> SegmentResult:
    """Write the track probability of georeferenced images.

    uint8: 0-254 = probability * 254, 255 = no data; at the model's GSD.

    Parameters
    ----------
    rasters
        One image or several that form one mosaic; as for `vectorize`.
    output
        GeoTIFF to write.
    model
        ONNX model; None takes the one that comes with railmap.
    read
        How the images are read.
    compute
        Where the network runs; `chunk` is not used.
    overwrite
        Replace an output that exists.
    resume
        Continue an interrupted run with the same images, model and output, if there is one.
    reporter
        Receives the progress; can cancel.

    Raises
    ------
    RailmapError
        One of its subclasses: bad input, model, device or output, or `Cancelled`.
    """
    reporter = reporter or NullReporter()
    read, compute = read or ReadOptions(), compute or ComputeOptions()
    paths = as_list(rasters)
    read.check()
    target = check_probability_output(output, overwrite, paths)
    cluster = check_cluster(compute.cluster, paths, target)
    loaded = load_once(model)
    if cluster is None:
        loaded.backend(compute)  # a device that is not there stops the job before its work
    with (
        found_images(paths, read, loaded.package.gsd_m, reporter) as images,
        open_images(images, read, loaded.package.gsd_m) as source,
    ):
        check_space(target, source.grid)
        for note in source.notes:
            reporter.warning(note)
        result = run_network(
            source, loaded, target, paths, replace(compute, cluster=cluster), overwrite,
            images=images, read=read, resume=resume, reporter=reporter,
        )  # fmt: skip
        for hole in source.damaged:
            reporter.warning(f"{hole.uri}: not readable: {hole.reason}; no data there")
        return replace(result, looked_at=source.coverage)


def run_network(
    source: RasterSource,
    model: LoadedModel,
    output: Path,
    paths: Sequence[RasterPath],
    compute: ComputeOptions,
    overwrite: bool,
    *,
    images: Sequence[FoundImage],
    read: ReadOptions,
    resume: bool = True,
    keep: Keep = "nothing",
    reporter: Reporter,
) -> SegmentResult:
    """Run the network over an open raster; see `railmap.inference.segment`.

    Parameters
    ----------
    source
        The raster, at the model's GSD.
    model
        The model.
    output
        GeoTIFF to write.
    paths
        Files of the raster.
    compute
        Device, precision and threads, and the cluster, if there is one.
    overwrite
        Replace an output that exists.
    images, read
        How workers open the raster.
    resume
        Continue an interrupted run.
    keep
        What stays besides the output; see `railmap.inference.segment`.
    reporter
        Receives the progress; can cancel.
    """
    inputs = [os.fspath(path) for path in paths]
    if compute.cluster is not None:
        from railmap.pipeline.cluster.job import segment_on_cluster
        from railmap.pipeline.cluster.task import Job

        job = Job.of(images, read, model.package, compute)
        return segment_on_cluster(
            source, model.package, output, job, compute.cluster,
            inputs=inputs, overwrite=overwrite, resume=resume, keep=keep, reporter=reporter,
        )  # fmt: skip
    from railmap.inference import segment

    return segment(
        source,
        model.package,
        output,
        backend=model.backend(compute),
        overwrite=overwrite,
        resume=resume,
        keep=keep,
        inputs=inputs,
        reporter=reporter,
    )
