"""Option groups choose one source of positions and refuse contradictions."""

from __future__ import annotations

from pathlib import Path

import pytest

from railmap.errors import UsageError
from railmap.mapping.sources.image_positions import ByExif, ByTable, ByTrackLog, NoPositions
from railmap.surface.job.chainage import ByChainage
from railmap.surface.job.options import ScaleOptions, SurfacePositionOptions
from railmap.surface.job.scale import PixelScale

TABLE, LOG = Path("where.csv"), Path("log.gpx")


@pytest.mark.parametrize(
    ("options", "locator"),
    [
        ({}, NoPositions),
        ({"exif": True}, ByExif),
        ({"positions": TABLE, "crs": "EPSG:25832"}, ByTable),
        ({"track_log": LOG, "time_offset_s": -7200.0}, ByTrackLog),
        ({"line": "6185", "start_km": 1.0, "rail": "left"}, ByChainage),
    ],
)
def test_one_source_gives_its_locator(options: dict[str, object], locator: type) -> None:
    assert type(SurfacePositionOptions(**options).locator()) is locator  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"positions": TABLE, "exif": True}, "give one of"),
        ({"line": "6185", "start_km": 1.0, "track_log": LOG}, "give one of"),
        ({"line": "6185"}, "go together"),
        ({"exif": True, "rail": "middle"}, "left or right"),
        ({"crs": "EPSG:25832"}, "crs is for x,y in positions"),
    ],
)
def test_contradictions_are_refused(options: dict[str, object], text: str) -> None:
    with pytest.raises(UsageError, match=text):
        SurfacePositionOptions(**options).locator()  # type: ignore[arg-type]


def test_step_along_the_rail() -> None:
    assert ScaleOptions().step_mm is None
    assert ScaleOptions(PixelScale(0.5, 2.0)).step_mm == 2.0
    assert ScaleOptions(PixelScale(0.5, 2.0), row_mm=1.0).step_mm == 1.0
