"""`railmap label-check`: labels that disagree with the image."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from railmap.cli.common.options import DeviceOption, ModelOption, ThreadsOption, ThresholdOption
from railmap.cli.common.session import DebugOption, OverwriteOption, ProgressOption, run_job
from railmap.progress import Reporter

__all__ = ["label_check_command"]


def label_check_command(
    data: Annotated[Path, typer.Option(help="Georeferenced image, or a folder of them.")],
    labels: Annotated[Path, typer.Option(help="Vector file of track centrelines.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="GeoPackage of the issues; .csv and .md beside.")
    ] = Path("label_issues.gpkg"),
    tolerance: Annotated[
        float, typer.Option(help="Largest shift that is right, metres.", min=0.05)
    ] = 0.4,
    reach: Annotated[
        float, typer.Option(help="How far from a label its track is sought, metres.", min=0.5)
    ] = 3.0,
    min_length: Annotated[
        float, typer.Option("--min-length", help="Shortest fault told, metres.", min=2.0)
    ] = 10.0,
    model: ModelOption = None,
    device: DeviceOption = "auto",
    threads: ThreadsOption = None,
    threshold: ThresholdOption = None,
    overwrite: OverwriteOption = False,
    progress: ProgressOption = "auto",
    debug: DebugOption = False,
) -> None:
    """Find labels that are shifted, missing, or lie where no track is seen, before training.

    The tracks are sought with a network, which can be wrong: look at each issue in the image.
    """

    def job(reporter: Reporter) -> None:
        from railmap.files.output import check_output
        from railmap.training.data.label_check import CheckLimits
        from railmap.training.data.label_job import check_label_file

        check_output(output, overwrite=overwrite, inputs=[data, labels])
        issues = check_label_file(
            data,
            labels,
            output,
            limits=CheckLimits(tolerance, reach, min_length),
            model=model,
            device=device,
            threads=threads,
            threshold=threshold,
            overwrite=overwrite,
            reporter=reporter,
        )
        counts = {kind: sum(issue.kind == kind for issue in issues) for kind in _SHOWN}
        told = ", ".join(f"{counts[kind]} {shown}" for kind, shown in _SHOWN.items())
        reporter.result(f"{output}: {told}", {"issues": str(output)})

    run_job(job, progress, debug)


_SHOWN = {
    "shifted": "shifted stretches",
    "no_track": "labels without a track",
    "missing": "tracks without a label",
}
