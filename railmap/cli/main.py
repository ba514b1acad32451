"""The `railmap` program: one file a command, all imports lazy."""

from __future__ import annotations

from typing import Annotated

import typer

from railmap._version import __version__
from railmap.cli import doctor, info
from railmap.cli.images import defects, explain, scenes
from railmap.cli.lab import app as lab
from railmap.cli.learn import evaluate, export_model, label_check, synth, train
from railmap.cli.maps import (
    check,
    compare,
    conflate,
    export,
    preview,
    publish,
    segment,
    trace,
    vectorize,
)
from railmap.cli.places import attach, line, locate, milestones

__all__ = ["app", "main"]

app = typer.Typer(
    name="railmap",
    help="Georeferenced drone and satellite images to electronic railway maps.",
    epilog="Start with: railmap vectorize ortho.tif -o tracks.gpkg",
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


# Of `railmap --help`, in the order of what comes first.
_MAKE = "Make the map"
_USE = "Use the map"
_PLACE = "Chainage, defects and scenes"
_TRAIN = "Train and judge"
_TELL = "When in doubt"

app.command("vectorize", rich_help_panel=_MAKE)(vectorize.vectorize_command)
app.command("segment", rich_help_panel=_MAKE)(segment.segment_command)
app.command("trace", rich_help_panel=_MAKE)(trace.trace_command)
app.command("preview", rich_help_panel=_MAKE)(preview.preview_command)
app.command("check", rich_help_panel=_USE)(check.check_command)
app.command("compare", rich_help_panel=_USE)(compare.compare_command)
app.command("conflate", rich_help_panel=_USE)(conflate.conflate_command)
app.command("export", rich_help_panel=_USE)(export.export_command)
app.command("publish", rich_help_panel=_USE)(publish.publish_command)
app.command("locate", rich_help_panel=_PLACE)(locate.locate_command)
app.command("attach", rich_help_panel=_PLACE)(attach.attach_command)
app.command("defects", rich_help_panel=_PLACE)(defects.defects_command)
app.command("explain", rich_help_panel=_PLACE)(explain.explain_command)
app.add_typer(line.line_app, name="line", rich_help_panel=_PLACE)
app.add_typer(milestones.milestones_app, name="milestones", rich_help_panel=_PLACE)
app.add_typer(scenes.scenes_app, name="scenes", rich_help_panel=_PLACE)
app.command("evaluate", rich_help_panel=_TRAIN)(evaluate.evaluate_command)
app.command("label-check", rich_help_panel=_TRAIN)(label_check.label_check_command)
app.command("export-model", rich_help_panel=_TRAIN)(export_model.export_model_command)
app.command("synth", rich_help_panel=_TRAIN)(synth.synth_command)
app.add_typer(train.train_app, name="train", rich_help_panel=_TRAIN)
app.add_typer(lab.lab_app, name="lab", rich_help_panel=_TRAIN)
app.command("info", rich_help_panel=_TELL)(info.info_command)
app.command("doctor", rich_help_panel=_TELL)(doctor.doctor_command)


def main() -> None:
    """Run the program."""
    app()


if __name__ == "__main__":
    main()
