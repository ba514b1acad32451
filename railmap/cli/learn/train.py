"""`railmap train`: train or fine-tune a network on your own data."""

from __future__ import annotations

import typer

from railmap.cli.learn.train_scenes import train_scenes_command
from railmap.cli.learn.train_tracks import train_tracks_command

__all__ = ["train_app"]

train_app = typer.Typer(help="Train or fine-tune a network on your own data.", no_args_is_help=True)

train_app.command("tracks")(train_tracks_command)
train_app.command("scenes")(train_scenes_command)
