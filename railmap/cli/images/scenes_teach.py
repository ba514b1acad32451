"""`railmap scenes teach`: a model of scenes from a folder of photos, in seconds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from railmap.cli.common.options import CpuGroup
from railmap.cli.common.session import OverwriteOption, Result, Session
from railmap.progress import Reporter

__all__ = ["scenes_teach_command"]


def scenes_teach_command(
    photos: Annotated[
        Path,
        typer.Argument(help="Folder with one folder of photos for each scene; ten each will do."),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="Model to write (.onnx).")],
    run: CpuGroup,
    session: Session,
    seed: Annotated[int, typer.Option(help="Seed of the cross-validation.", min=0)] = 0,
    overwrite: OverwriteOption = False,
) -> None:
    """Teach scenes from your own photos, sorted into a folder for each scene.

    A network that knows ImageNet describes each photo once; only its last layer is fitted, in
    seconds and without PyTorch. Prints how often photos are recognised by a layer that was fitted
    without them, which scenes are confused, and photos that may be in the wrong folder.
    """

    def job(reporter: Reporter) -> Result:
        from railmap.scenes.teach.job import teach_scenes
        from railmap.scenes.teach.tables import as_tables, as_values, summary

        taught = teach_scenes(
            photos,
            output,
            seed=seed,
            device=run.device,
            threads=run.threads,
            overwrite=overwrite,
            reporter=reporter,
        )
        return Result(
            f"{output}: {summary(taught)}",
            {"model": str(output), **as_values(taught)},
            shown=as_tables(taught),
        )

    session.run(job)
