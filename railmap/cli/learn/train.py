"""`railmap train`: train or fine-tune a network on your own data."""

from __future__ import annotations

from railmap.cli.common.app import add_command, make_app
from railmap.cli.learn.train_scenes import train_scenes_command
from railmap.cli.learn.train_tracks import train_tracks_command

__all__ = ["train_app"]

train_app = make_app("Train or fine-tune a network on your own data.")

add_command(
    train_app,
    "tracks",
    train_tracks_command,
    "railmap train tracks --data ortho.tif --labels tracks.geojson -o my-tracks.onnx",
    "railmap train tracks --data images/ --from none --gsd 0.1 --minutes 600",
)
add_command(
    train_app,
    "scenes",
    train_scenes_command,
    "railmap train scenes --data photos/ -o scenes --network small",
)
