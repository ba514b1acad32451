from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from affine import Affine
from PIL import Image

import railmap
from railmap.mapping import read_map
from railmap.mapping.attach.attach import attach_events
from railmap.mapping.store.editing import edit_map
from railmap.publishing import publish_map
from tests.helpers import heights, networks, published
from tests.helpers.browser import launch


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        browser = launch(driver)
        if browser is None:
            pytest.skip("no Chromium on this system")
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def numbered_map(line_map: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The map with numbers of switches in a column of the user, and text that is not to run."""
    path = Path(shutil.copy(line_map, tmp_path_factory.mktemp("numbered") / "Gleise öst.gpkg"))
    with edit_map(path) as sql:
        sql.execute("ALTER TABLE railway_node ADD COLUMN ref TEXT")
        sql.execute("UPDATE railway_node SET ref = 'W12' WHERE turnout_side = 'left'")
        sql.execute("UPDATE railway_node SET ref = '13' WHERE turnout_side = 'right'")
        sql.execute(
            "UPDATE defect SET class = '<img src=x onerror=alert(1)>' WHERE defect_id = 'd3'"
        )
        sql.execute("UPDATE railway_link SET name = 'מסילה \"א\"' WHERE fid = 3")
    return path


@pytest.fixture(scope="session")
def site(numbered_map: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The map published with an orthophoto."""
    import rasterio

    folder = tmp_path_factory.mktemp("web")
    y, x = np.mgrid[0:220, 0:700]
    grass = np.stack([90 + 20 * np.sin(x / 9), 120 + 20 * np.cos(y / 7), 80 + 0 * x])
    with rasterio.open(
        folder / "o.tif", "w", driver="GTiff", width=700, height=220, count=3, dtype="uint8",
        crs="EPSG:25832", transform=Affine(0.5, 0, 499_980, 0, -0.5, 5_400_060),
    ) as image:  # fmt: skip
        image.write(grass.astype(np.uint8))
    publish_map(numbered_map, folder / "site", ortho=folder / "o.tif")
    return folder / "site"


@pytest.fixture(scope="session")
def plain_site(numbered_map: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The map published without an orthophoto."""
    folder = tmp_path_factory.mktemp("plain")
    publish_map(numbered_map, folder / "site")
    return folder / "site"


BASEMAP = "Luftbild=https://tiles.example.org/{z}/{x}/{y}.png © Amt & Söhne"
# Gradient of the elevation model to the east.
GRADIENT = 0.012
_MAKE = 0x010F  # EXIF tag of the camera


@pytest.fixture(scope="session")
def photo_map(numbered_map: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The map with heights, and an event with a photo beside the map."""
    folder = tmp_path_factory.mktemp("photos")
    path = Path(shutil.copy(numbered_map, folder / "m.gpkg"))
    (folder / "DCIM").mkdir()
    y, x = np.mgrid[0:300, 0:400]
    pixels = np.stack([x * 0.6, y * 0.8, 255 - x * 0.6], axis=-1).astype(np.uint8)
    exif = Image.Exif()
    exif[_MAKE] = "secret"
    Image.fromarray(pixels).save(folder / "DCIM" / "crack.jpg", exif=exif)
    spot = read_map(path).links.geometry.iloc[0].interpolate(60.0)
    events = {"kind": ["crack"], "photo": ["DCIM/crack.jpg"], "geometry": [shapely.Point(spot)]}
    gpd.GeoDataFrame(events, crs=networks.CRS).to_file(folder / "e.gpkg", layer="Begehung")
    attach_events(path, folder / "e.gpkg", layer="Begehung")
    dem = heights.write_dem(folder / "dem.tif", lambda x: 100.0 + GRADIENT * x, pixel=1.0)
    railmap.drape(path, dem)
    return path


@pytest.fixture(scope="session")
def tools_site(photo_map: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The map with heights and a photo, published with a basemap of another server."""
    folder = tmp_path_factory.mktemp("tools")
    publish_map(photo_map, folder / "site", basemaps=[BASEMAP])
    return folder / "site"


# Metres by which the tracks lay elsewhere in the earlier survey.
SHIFT = 6.0


def write_ground(path: Path, colour: tuple[int, int, int]) -> Path:
    pixels = np.broadcast_to(np.array(colour, np.uint8)[:, None, None], (3, 220, 700))
    import rasterio

    with rasterio.open(
        path, "w", driver="GTiff", width=700, height=220, count=3, dtype="uint8",
        crs=networks.CRS, transform=Affine(0.5, 0, 499_980, 0, -0.5, 5_400_060),
    ) as image:  # fmt: skip
        image.write(pixels)
    return path


@pytest.fixture(scope="session")
def swipe_site(numbered_map: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("swipe")
    network = published.shifted(0.0, SHIFT)
    before = published.make_map(folder / "before.gpkg", events=False, network=network)
    publish_map(
        numbered_map,
        folder / "site",
        ortho=write_ground(folder / "new.tif", (90, 120, 80)),
        before=before,
        before_ortho=write_ground(folder / "old.tif", (150, 110, 70)),
    )
    return folder / "site"
