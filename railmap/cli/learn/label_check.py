"""`railmap label-check`: labels that disagree with the image."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from railmap.cli.common.options import DeviceOption, ModelOption, ThreadsOption, ThresholdOption
from railmap.cli.common.session import OverwriteOption, Result, Session
from railmap.progress import Reporter

__all__ = ["label_check_command"]

_KINDS = {
    "shifted": "shifted stretches",
    "no_track": "labels without a track",
    "missing": "tracks without a label",
}


def label_check_command(
    data: Annotated[Path, typer.Option(help="Georeferenced image, or a folder of them.")],
    labels: Annotated[Path, typer.Option(help="Vector file of track centrelines.")],
    session: Session,
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", help="GeoPackage of the issues; .csv and .md are written next to it."
        ),
    ] = Path("label_issues.gpkg"),
    tolerance: Annotated[
        float, typer.Option(help="Largest acceptable shift, metres.", min=0.05)
    ] = 0.4,
    reach: Annotated[
        float, typer.Option(help="Maximum distance of a track from its label, metres.", min=0.5)
    ] = 3.0,
    min_length: Annotated[
        float, typer.Option("--min-length", help="Minimum length of an issue, metres.", min=2.0)
    ] = 10.0,
    model: ModelOption = None,
    device: DeviceOption = "auto",
    threads: ThreadsOption = None,
    threshold: ThresholdOption = None,
    overwrite: OverwriteOption = False,
) -> None:
    """Find labels that are shifted, missing, or where no track is visible, before training.

    The tracks are detected with a network, which can be wrong: look at each issue in the image.
    """

    def job(reporter: Reporter) -> Result:
        from railmap.training.data.label_check import CheckLimits
        from railmap.training.data.label_job import check_label_file

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
        counts = [
            f"{sum(issue.kind == kind for issue in issues)} {shown}"
            for kind, shown in _KINDS.items()
        ]
        return Result(f"{output}: {', '.join(counts)}", {"issues": str(output)})

    session.run(job)
