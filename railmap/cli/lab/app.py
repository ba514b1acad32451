"""`railmap lab`: the papers' tables, on data that is here."""

from __future__ import annotations

import typer

from railmap.cli.lab import defects, scenes, tracks, tracks_speed

__all__ = ["lab_app"]

lab_app = typer.Typer(
    help="The papers' tables, on your data or rendered data.", no_args_is_help=True
)
lab_app.command("tracks")(tracks.lab_tracks_command)
lab_app.command("tracks-speed")(tracks_speed.lab_track_speed_command)
lab_app.command("defects")(defects.lab_defects_command)
lab_app.command("scenes")(scenes.lab_scenes_command)
