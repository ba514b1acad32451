"""Options of heights from an elevation model, which `drape` and `vectorize --dem` share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from railmap.geometry.vertical.options import HeightOptions

__all__ = ["HeightGroup"]

_PANEL = "How heights are taken from the elevation model"


@dataclass(frozen=True)
class HeightGroup:
    """How heights are taken from an elevation model.

    Parameters
    ----------
    step, max_gradient, longest_gap, accuracy, unit
        See `railmap.HeightOptions`.
    """

    step: Annotated[
        float,
        typer.Option(
            help="Distance of the heights along a track, metres.", min=0.1, rich_help_panel=_PANEL
        ),
    ] = 5.0
    max_gradient: Annotated[
        float,
        typer.Option(
            "--max-gradient",
            help="Where the model is steeper it is not the track's height, per mille.",
            min=1.0,
            rich_help_panel=_PANEL,
        ),
    ] = 60.0
    longest_gap: Annotated[
        float,
        typer.Option(
            "--longest-gap",
            help="Longest part without heights that is bridged, metres.",
            min=0.0,
            rich_help_panel=_PANEL,
        ),
    ] = 500.0
    accuracy: Annotated[
        float | None,
        typer.Option(
            help="One sigma of the model's heights, metres; else from their scatter.",
            min=0.001,
            rich_help_panel=_PANEL,
        ),
    ] = None
    unit: Annotated[
        str | None,
        typer.Option(
            help="Unit of the heights: m, ft, us-ft; else the model's.", rich_help_panel=_PANEL
        ),
    ] = None

    def given(self) -> HeightOptions | None:
        """Return the options of the pipeline; None if the user gave none."""
        return None if self == HeightGroup() else self.options()

    def options(self) -> HeightOptions:
        """Return the options of the pipeline."""
        from railmap.geometry.vertical.options import HeightOptions

        return HeightOptions(
            step_m=self.step,
            max_gradient_permille=self.max_gradient,
            longest_gap_m=self.longest_gap,
            accuracy_m=self.accuracy,
            unit=self.unit,
        )
