"""A folder of small files that the examples of the public functions use."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import rasterio
from PIL import Image

from railmap.mapping import read_map
from railmap.mapping.referencing.lines import auto_lines
from railmap.rendering import render_files
from railmap.rendering.photos.photos import PhotoPlan, write_photos
from railmap.rendering.rail_head.rail_surface import render_rail
from tests.golden import golden_inputs, golden_scene
from tests.helpers.torch_threads import one_thread

__all__ = ["one_thread"]


@pytest.fixture(scope="session")
def example_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Maps, rasters, photos and tables; not to be changed."""
    folder = tmp_path_factory.mktemp("examples")
    render_files(folder / "ortho.tif", seed=1, kind="diamond", width=600, height=600)
    golden_scene.write(folder / "mask.tif", golden_scene.mask(), 0.15)
    tracks = golden_inputs.unpack("survey1.gpkg", folder / "tracks.gpkg")
    auto_lines(tracks)
    shutil.copyfile(tracks, folder / "truth.gpkg")
    _write_events(tracks, folder / "events.csv")
    _write_osm(tracks, folder / "osm.geojson")
    _write_rail(folder / "rails" / "rail.png")
    _write_dtm(tracks, folder / "dtm.tif")
    write_photos(folder / "photos", [PhotoPlan("tunnel", 2)], seed=1, size=96)
    plans = [PhotoPlan("tunnel", 5), PhotoPlan("platform", 5)]
    write_photos(folder / "scenes", plans, seed=1, size=96)
    return folder


@pytest.fixture(scope="session")
def example_scene_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scene classifier that was not trained."""
    from railmap.models.export.scenes import export_scene_model
    from railmap.nets.scene_networks import build_scene_network

    path = tmp_path_factory.mktemp("model") / "scenes.onnx"
    classes = ("tunnel", "platform")
    export_scene_model(build_scene_network("small", 2), "small", classes, path, size=96)
    return path


def _write_events(tracks: Path, path: Path) -> None:
    point = read_map(tracks).links.geometry.iloc[0].interpolate(0.5, normalized=True)
    path.write_text(f"event_id,x,y\n1,{point.x},{point.y}\n2,{point.x + 0.3},{point.y}\n", "utf-8")


def _write_osm(tracks: Path, path: Path) -> None:
    lines = read_map(tracks).links.to_crs(4326).geometry
    features = [
        {
            "type": "Feature",
            "properties": {"railway": "rail", "name": "Main line"},
            "geometry": {"type": "LineString", "coordinates": [[x, y] for x, y, *_ in line.coords]},
        }
        for line in lines
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")


def _write_dtm(tracks: Path, path: Path) -> None:
    """A plane over the tracks."""
    links = read_map(tracks).links
    west, south, east, north = links.total_bounds
    rows, cols = int(north - south) // 2 + 20, int(east - west) // 2 + 20
    with rasterio.open(
        path, "w", driver="GTiff", width=cols, height=rows, count=1, dtype="float32",
        crs=links.crs, transform=rasterio.Affine(2, 0, west - 20, 0, -2, north + 20),
    ) as dataset:  # fmt: skip
        dataset.write((100 + 0.01 * np.mgrid[:rows, :cols].sum(0)).astype(np.float32), 1)


def _write_rail(path: Path) -> None:
    path.parent.mkdir()
    Image.fromarray(render_rail(1, 400).image).save(path)
