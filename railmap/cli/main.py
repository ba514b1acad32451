"""The `railmap` program: one file a command, all imports lazy."""

from __future__ import annotations

from typing import Annotated

import typer

from railmap import __version__
from railmap.cli import (
    attach,
    check,
    compare,
    conflate,
    defects,
    doctor,
    evaluate,
    explain,
    export,
    export_model,
    info,
    lab,
    label_check,
    line,
    locate,
    milestones,
    preview,
    publish,
    scenes,
    segment,
    synth,
    trace,
    train,
    vectorize,
)

__all__ = ["app", "main"]

app = typer.Typer(
    name="railmap",
    help="Georeferenced drone and satellite images to electronic railway maps.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _version(show: bool) -> None:
    if show:
        typer.echo(f"railmap {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


app.command("vectorize")(vectorize.vectorize_command)
app.command("segment")(segment.segment_command)
app.command("trace")(trace.trace_command)
app.command("evaluate")(evaluate.evaluate_command)
app.command("preview")(preview.preview_command)
app.command("check")(check.check_command)
app.command("compare")(compare.compare_command)
app.command("conflate")(conflate.conflate_command)
app.command("export")(export.export_command)
app.add_typer(line.line_app, name="line")
app.add_typer(milestones.milestones_app, name="milestones")
app.command("locate")(locate.locate_command)
app.command("attach")(attach.attach_command)
app.command("defects")(defects.defects_command)
app.add_typer(scenes.scenes_app, name="scenes")
app.command("publish")(publish.publish_command)
app.command("info")(info.info_command)
app.command("doctor")(doctor.doctor_command)
app.command("synth")(synth.synth_command)
app.command("explain")(explain.explain_command)
app.add_typer(lab.lab_app, name="lab")
app.add_typer(train.train_app, name="train")
app.command("label-check")(label_check.label_check_command)
app.command("export-model")(export_model.export_model_command)


def main() -> None:
    """Run the program."""
    app()


if __name__ == "__main__":
    main()
