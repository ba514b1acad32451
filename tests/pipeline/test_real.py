"""The shipped network on real images (where they are present), from image to lines."""

from __future__ import annotations

from pathlib import Path

import pytest

import railmap
from railmap.errors import InputError
from railmap.evaluation import evaluate_lines

pytestmark = pytest.mark.real


@pytest.mark.parametrize("name", ["dv05", "dv16"])
def test_tracks_of_real_images(name: str, real_data: Path, tmp_path: Path) -> None:
    """Pictures that the weights were trained on: this guards the chain, it is no accuracy."""
    out = tmp_path / "tracks.gpkg"
    railmap.vectorize(real_data / "rail_dev" / f"{name}.tif", out)
    scores = evaluate_lines(out, real_data / "rail_dev" / f"{name}.geojson", tolerances=(0.5,))
    assert scores.at(0.5).completeness > 0.9
    assert scores.at(0.5).correctness > 0.9


def test_images_without_railway(real_data: Path, tmp_path: Path) -> None:
    """Forest and desert give no track; 5 m pixels are refused."""
    folder = real_data / "geotiff"
    for name in ("OSBS_029", "australia", "5dded5bc0140b80006d2e565_23"):
        result = railmap.vectorize(folder / f"{name}.tif", tmp_path / f"{name}.gpkg")
        assert result.length_m < 20, name
    with pytest.raises(InputError, match=r"0\.6"):
        railmap.vectorize(folder / "naip_5m_4band.tif", tmp_path / "naip.gpkg")
