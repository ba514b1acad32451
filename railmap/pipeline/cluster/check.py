"""Check the options of a cluster."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from railmap.errors import Option, UsageError, missing_extra
from railmap.pipeline.options import ClusterOptions

__all__ = ["check_cluster"]


def check_cluster(
    options: ClusterOptions | None,
    images: Sequence[str | os.PathLike[str]],
    output: Path,
) -> ClusterOptions | None:
    """Check the options of a cluster before the long-running work starts.

    Parameters
    ----------
    options
        The options; None for no cluster.
    images
        What the user named as images.
    output
        The output of the job.

    Returns
    -------
    ClusterOptions or None
        With a scratch folder; None if no cluster is asked for.

    Raises
    ------
    UsageError
        If the options contradict each other, or a map service is to be read.
    MissingExtraError
        If Dask is not installed.
    """
    from railmap.raster.remote.address import is_service

    if options is None:
        return None
    scheduler, workers = options.scheduler, options.workers
    if scheduler is None and workers is None:
        raise UsageError(
            Option("scratch"), " is for a cluster: give ", Option("scheduler", "ADDRESS"), " or ",
            Option("workers", "N"), " with it",
        )  # fmt: skip
    if scheduler is not None and workers is not None:
        raise UsageError("give ", Option("scheduler"), " or ", Option("workers"), ", not both")
    if workers is not None and workers < 1:
        raise UsageError(Option("workers"), f" is 1 or more, not {workers}")
    if scheduler is not None and options.scratch is None:
        raise UsageError(
            Option("scheduler"), " needs ", Option("scratch"),
            ": a folder or URL that this computer and all workers read and write",
        )  # fmt: skip
    for image in images:
        if is_service(os.fspath(image)):
            raise UsageError(
                f"{image}: a map service is read by one computer only, so that it has few "
                "connections; leave ", Option("scheduler" if scheduler else "workers"), " out",
            )  # fmt: skip
    for package in ("distributed", "fsspec"):
        if find_spec(package) is None:
            raise missing_extra("work on many machines", "cluster", ImportError(f"no {package}"))
    if options.scratch is None:
        return replace(options, scratch=output.with_name(f".{output.name}.scratch"))
    return options
