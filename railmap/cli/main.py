"""The `railmap` program: one file per command, all imports lazy."""

from __future__ import annotations

from typing import Annotated

import typer

from railmap._version import __version__
from railmap.cli import doctor, info
from railmap.cli.common.app import add_command, make_app
from railmap.cli.images import defects, explain, scenes
from railmap.cli.lab import app as lab
from railmap.cli.learn import evaluate, export_model, label_check, synth, train
from railmap.cli.maps import (
    check,
    compare,
    conflate,
    drape,
    export,
    growth,
    preview,
    publish,
    report,
    review,
    segment,
    trace,
    vectorize,
)
from railmap.cli.places import attach, line, locate, milestones, route

__all__ = ["app", "main"]

app = make_app(
    "Georeferenced drone and satellite images to electronic railway maps.",
    examples=("railmap vectorize ortho.tif -o tracks.gpkg",),
    name="railmap",
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


def _add_map_commands() -> None:
    panel = "Create the map"
    add_command(
        app,
        "vectorize",
        vectorize.vectorize_command,
        "railmap vectorize ortho.tif -o tracks.gpkg",
        "railmap vectorize west.tif east.tif -o tracks.gpkg --aoi site.geojson --threads 8",
        "railmap vectorize --each orthos/ --out-dir maps/",
        panel=panel,
    )
    add_command(
        app,
        "segment",
        segment.segment_command,
        "railmap segment ortho.tif -o probability.tif",
        panel=panel,
    )
    add_command(
        app,
        "trace",
        trace.trace_command,
        "railmap trace probability.tif -o tracks.gpkg",
        "railmap trace mask.png -o tracks.gpkg --gsd 0.1 --crs EPSG:25832",
        panel=panel,
    )
    add_command(
        app,
        "preview",
        preview.preview_command,
        "railmap preview tracks.gpkg ortho.tif -o map.png",
        panel=panel,
    )
    panel = "Use the map"
    add_command(
        app,
        "check",
        check.check_command,
        "railmap check tracks.gpkg --strict",
        panel=panel,
    )
    add_command(
        app,
        "compare",
        compare.compare_command,
        "railmap compare 2025.gpkg 2026.gpkg -o changes.gpkg --carry-ids",
        panel=panel,
    )
    add_command(
        app,
        "growth",
        growth.growth_command,
        "railmap growth 2024.gpkg 2025.gpkg 2026.gpkg -o growth.csv --picture growth.svg",
        panel=panel,
    )
    add_command(
        app,
        "conflate",
        conflate.conflate_command,
        "railmap conflate tracks.gpkg --with extract.osm.pbf",
        panel=panel,
    )
    add_command(
        app,
        "drape",
        drape.drape_command,
        "railmap drape tracks.gpkg --dem dtm.tif",
        panel=panel,
    )
    add_command(
        app,
        "export",
        export.export_command,
        "railmap export tracks.gpkg -o tracks.geojson",
        "railmap export tracks.gpkg -o tracks.xml",
        panel=panel,
    )
    add_command(
        app,
        "publish",
        publish.publish_command,
        "railmap publish tracks.gpkg -o site/ --ortho ortho.tif",
        panel=panel,
    )
    add_command(
        app,
        "report",
        report.report_command,
        "railmap report tracks.gpkg -o survey.html",
        "railmap report 2026.gpkg -o survey.html --before 2025.gpkg",
        panel=panel,
    )
    add_command(
        app,
        "review",
        review.review_command,
        "railmap review tracks.gpkg --below 0.7",
        "railmap review tracks.gpkg --labels reviewed.gpkg",
        panel=panel,
    )


def _add_place_commands() -> None:
    panel = "Chainage, defects and scenes"
    add_command(
        app,
        "locate",
        locate.locate_command,
        'railmap locate tracks.gpkg "6185 km 12.400 +3.2"',
        "railmap locate tracks.gpkg --at 8.41,49.00 --crs EPSG:4326 --json",
        panel=panel,
    )
    add_command(
        app,
        "route",
        route.route_command,
        "railmap route tracks.gpkg 4f1c 500120.5,5700033 -o route.gpkg",
        'railmap route tracks.gpkg "6185 km 12.430" "6185 km 13.100" --no-reversal --json',
        panel=panel,
    )
    add_command(
        app,
        "attach",
        attach.attach_command,
        "railmap attach inspection.csv --to tracks.gpkg --crs EPSG:4326",
        panel=panel,
    )
    add_command(
        app,
        "defects",
        defects.defects_command,
        "railmap defects rails/ -o defects.gpkg --report worst.html",
        "railmap defects rails/ -o defects.gpkg --to tracks.gpkg --line 6185 --start-km 12.4 "
        "--row-mm 1",
        panel=panel,
    )
    add_command(
        app,
        "explain",
        explain.explain_command,
        "railmap explain photo.jpg -o sheet.png --model scenes.onnx",
        panel=panel,
    )
    app.add_typer(line.line_app, name="line", rich_help_panel=panel)
    app.add_typer(milestones.milestones_app, name="milestones", rich_help_panel=panel)
    app.add_typer(scenes.scenes_app, name="scenes", rich_help_panel=panel)


def _add_learn_commands() -> None:
    panel = "Train and evaluate"
    add_command(
        app,
        "evaluate",
        evaluate.evaluate_command,
        "railmap evaluate tracks.gpkg truth.gpkg --picture score.png --image ortho.tif",
        panel=panel,
    )
    add_command(
        app,
        "label-check",
        label_check.label_check_command,
        "railmap label-check --data ortho.tif --labels tracks.geojson -o issues.gpkg",
        panel=panel,
    )
    add_command(
        app,
        "export-model",
        export_model.export_model_command,
        "railmap export-model my-tracks.onnx -o my-tracks.xml",
        panel=panel,
    )
    add_command(
        app,
        "synth",
        synth.synth_command,
        "railmap synth scene.tif --truth truth.gpkg --kind yard --seed 7",
        panel=panel,
    )
    app.add_typer(train.train_app, name="train", rich_help_panel=panel)
    app.add_typer(lab.lab_app, name="lab", rich_help_panel=panel)


def _add_help_commands() -> None:
    panel = "Help"
    add_command(app, "info", info.info_command, "railmap info ortho.tif", panel=panel)
    add_command(app, "doctor", doctor.doctor_command, "railmap doctor --json", panel=panel)


_add_map_commands()
_add_place_commands()
_add_learn_commands()
_add_help_commands()


def main() -> None:
    """Run the program."""
    app()


if __name__ == "__main__":
    main()
