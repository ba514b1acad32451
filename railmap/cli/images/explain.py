"""`railmap explain`: the reasons for the scene of a photo, as a sheet of images."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from railmap.cli.common.session import OverwriteOption, Result, Session
from railmap.progress import Reporter

__all__ = ["explain_command"]


def explain_command(
    photo: Annotated[Path, typer.Argument(help="Photo: JPEG, PNG, TIFF, WebP.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Sheet to write (PNG).")],
    session: Session,
    model: Annotated[
        Path | None, typer.Option("--model", help="Scene model of scenes teach or train scenes.")
    ] = None,
    classes: Annotated[
        list[str] | None,
        typer.Option("--class", help="Explain this scene in addition; may be repeated."),
    ] = None,
    top: Annotated[
        int, typer.Option(help="Number of most probable scenes to explain.", min=1, max=12)
    ] = 5,
    overwrite: OverwriteOption = False,
) -> None:
    """Explain the scene of a photo: CAM, Grad-CAM, guided backpropagation, guided Grad-CAM.

    Guided backpropagation needs the extra train.
    """

    def job(reporter: Reporter) -> Result:
        from railmap.scenes.explain.job import explain_file

        for one in explain_file(
            photo,
            output,
            model=model,
            classes=classes or (),
            top=top,
            overwrite=overwrite,
            reporter=reporter,
        ):
            reporter.message(
                f"{one.scene}: probability {one.probability:.3f}, activation score {one.score:.2f}"
            )
        return Result(f"wrote {output}", {"sheet": str(output)})

    session.run(job)
