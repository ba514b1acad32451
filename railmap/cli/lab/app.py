"""`railmap lab`: the tables of the papers, on your data or rendered data."""

from __future__ import annotations

from railmap.cli.common.app import add_command, make_app
from railmap.cli.lab import defects, scenes, tracks, tracks_speed

__all__ = ["lab_app"]

lab_app = make_app("The tables of the papers, on your data or rendered data.")
add_command(
    lab_app,
    "tracks",
    tracks.lab_tracks_command,
    "railmap lab tracks --table 1 -o tables/ --model tracks",
    "railmap lab tracks --figure 8 -o tables/ --steps 2000",
)
add_command(
    lab_app,
    "tracks-speed",
    tracks_speed.lab_track_speed_command,
    "railmap lab tracks-speed -o speed tracks my-tracks.onnx",
    "railmap lab tracks-speed -o speed --network u-net --seconds 120",
)
add_command(
    lab_app,
    "defects",
    defects.lab_defects_command,
    "railmap lab defects --table 5 -o tables/ --epochs 20",
    "railmap lab defects --boxes images/ -o tables/ --model my-defects.onnx",
)
add_command(
    lab_app,
    "scenes",
    scenes.lab_scenes_command,
    "railmap lab scenes --table 2 -o tables/ --data Railway12/",
    "railmap lab scenes --table 2 -o tables/ --rendered",
    "railmap lab scenes --bias -o tables/",
)
