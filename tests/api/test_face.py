"""What `railmap` offers, and how quickly it is there."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import shapely

import railmap
from railmap import api

HEAVY = (
    "numpy",
    "pandas",
    "geopandas",
    "shapely",
    "rasterio",
    "numba",
    "openvino",
    "torch",
    "typer",
)
SECTIONS = ("Parameters\n", "Returns\n", "Raises\n", "Examples\n")


def test_every_public_name_is_there() -> None:
    for name in railmap.__all__:
        assert getattr(railmap, name) is not None
    assert set(railmap.__all__) <= set(dir(railmap))
    assert set(api.__all__) <= set(railmap.__all__)
    assert {name for name in vars(api) if inspect.isfunction(vars(api)[name])} - {
        "_path",
        "_files",
    } == set(api.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        railmap.nonsense  # noqa: B018


def test_import_is_light() -> None:
    code = (
        "import sys, railmap, railmap.api, railmap.errors;"
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", api.__all__)
def test_a_public_function_is_documented_and_has_few_parameters(name: str) -> None:
    function = getattr(railmap, name)
    documented = inspect.getdoc(function) or ""
    assert [part for part in SECTIONS if part not in documented] == []
    parameters = inspect.signature(function).parameters
    assert len(parameters) <= 12
    section = documented.split("Returns\n")[0]
    assert [one for one in parameters if one not in section] == []


def test_synth_is_the_function_although_the_renderer_is_loaded() -> None:
    import railmap.rendering

    assert railmap.synth is api.synth


def test_a_map_keeps_crs_and_m(example_files: Path) -> None:
    tracks = railmap.read_map(example_files / "tracks.gpkg")
    assert {"railway_link", "railway_node", "railway_line"} <= set(tracks)
    assert len(tracks) == len(list(tracks))
    for name in ("railway_link", "railway_line", "alignment_segment"):
        frame = tracks[name]
        assert frame.crs == tracks.crs
        assert len(frame)
        assert shapely.has_m(frame.geometry.to_numpy()).all()
    for link in tracks.links.itertuples():
        m = shapely.get_coordinates(link.geom, include_m=True)[:, 2]
        assert (np.diff(m) > 0).all()
        assert m[-1] == pytest.approx(link.length_m)
