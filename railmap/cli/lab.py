"""`railmap lab`: the papers' tables, on data that is here."""

from __future__ import annotations

import typer

from railmap.cli import lab_defects, lab_scenes, lab_track_speed, lab_tracks

__all__ = ["lab_app"]

lab_app = typer.Typer(
    help="The papers' tables, on your data or rendered data.", no_args_is_help=True
)
lab_app.command("tracks")(lab_tracks.lab_tracks_command)
lab_app.command("tracks-speed")(lab_track_speed.lab_track_speed_command)
lab_app.command("defects")(lab_defects.lab_defects_command)
lab_app.command("scenes")(lab_scenes.lab_scenes_command)
