"""Defects of all images, found with a model file."""

from __future__ import annotations

from pathlib import Path

from railmap.progress import Reporter
from railmap.surface.job.request import DefectJob, DefectsFound
from railmap.surface.job.run import find_defects
from railmap.surface.model.strip_segment import open_segmenter

__all__ = ["find_defects_with_model"]


def find_defects_with_model(
    job: DefectJob,
    model: str | Path | None = None,
    *,
    device: str = "auto",
    threads: int | None = None,
    reporter: Reporter | None = None,
) -> DefectsFound:
    """Find defects with a model; see `find_defects`.

    Parameters
    ----------
    job
        Images, outputs and options.
    model
        Name or ONNX file; None takes the one that comes with railmap.
    device
        ``auto`` or ``cpu``.
    threads
        CPU threads; None takes all.
    reporter
        Receives the progress; can cancel.

    Raises
    ------
    ModelError
        If the model cannot be used.
    DeviceError
        If the device is another one.
    """
    careful = job.detection.careful
    segmenter = open_segmenter(model or "defects", device=device, threads=threads, careful=careful)
    identity = segmenter.model.sha256 + ("" if careful else " quick")
    return find_defects(job, segmenter, identity, reporter)
