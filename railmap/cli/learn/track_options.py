"""Options that the commands about training track networks share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "DATA",
    "HOW",
    "NET",
    "ImagenetOption",
    "LabelsOption",
    "LayoutOption",
    "PictureGsdOption",
    "ScenesOption",
    "ShareOption",
    "SplitOption",
    "TrackLabelOption",
    "TrackValueOption",
    "WorkersOption",
    "training_extra",
]

DATA, NET, HOW = "On what", "From what", "How"

LabelsOption = Annotated[
    Path | None,
    typer.Option(
        "--labels",
        help="Vector file of track centrelines (any CRS), or a folder of masks or of LabelMe "
        "files; not needed where labels lie with the pictures.",
        rich_help_panel=DATA,
    ),
]
ScenesOption = Annotated[
    Path | None,
    typer.Option(
        "--scenes",
        help="CSV with name and scene: which pictures show one place.",
        rich_help_panel=DATA,
    ),
]
SplitOption = Annotated[
    str,
    typer.Option(
        "--split", help="scene, or image as the paper does (which leaks).", rich_help_panel=DATA
    ),
]
ShareOption = Annotated[
    float,
    typer.Option(
        "--share",
        help="Share of the data left out to judge on; 0 for none (train tracks).",
        rich_help_panel=DATA,
    ),
]
LayoutOption = Annotated[
    str | None,
    typer.Option(
        "--layout",
        help="lines, pairs, masks, labelme or deepglobe; else found out.",
        rich_help_panel=DATA,
    ),
]
TrackLabelOption = Annotated[
    list[str] | None,
    typer.Option(
        "--track-label", help="Name of LabelMe shapes that are track.", rich_help_panel=DATA
    ),
]
TrackValueOption = Annotated[
    int | None,
    typer.Option(
        "--track-value", help="Value of track in masks of several classes.", rich_help_panel=DATA
    ),
]
PictureGsdOption = Annotated[
    float | None,
    typer.Option(
        "--picture-gsd",
        help="GSD in metres of pictures without georeference.",
        rich_help_panel=DATA,
    ),
]
ImagenetOption = Annotated[
    bool,
    typer.Option(
        "--imagenet",
        help="Start backbones from ImageNet weights (train tracks: with --from none).",
        rich_help_panel=HOW,
    ),
]
WorkersOption = Annotated[
    int,
    typer.Option("--workers", help="Processes that make samples.", min=0, rich_help_panel=HOW),
]


@contextmanager
def training_extra() -> Iterator[None]:
    """Say in one line what to install where an import of training code fails.

    Raises
    ------
    MissingExtraError
        In place of an `ImportError`.
    """
    from railmap.errors import MissingExtraError, missing_extra

    try:
        yield
    except MissingExtraError:
        raise
    except ImportError as error:
        raise missing_extra("this command", "train", error) from error
