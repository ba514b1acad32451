"""The published page in a real Chromium."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from affine import Affine

from railmap.errors import RailmapError
from railmap.mapping import read_map
from railmap.mapping.attach.user_layers import read_user_layers
from railmap.publishing import fetch_assets, publish_map
from railmap.publishing.exchange.lonlat import to_lonlat
from tests.helpers.server import serve

pytestmark = pytest.mark.slow

_CHROMIUM = Path("/usr/bin/chromium")
_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
]
# Where the pictures go to be looked at, if set.
_PICTURES = os.environ.get("RAILMAP_PICTURES")


@pytest.fixture(scope="module")
def assets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("assets")
    try:
        fetch_assets(folder)
    except RailmapError as error:
        pytest.skip(str(error))
    return folder


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api")
    if not _CHROMIUM.exists():
        pytest.skip("no Chromium on this system")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(_CHROMIUM), args=_FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def site(line_map: Path, assets: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("web")
    import rasterio

    y, x = np.mgrid[0:220, 0:700]
    grass = np.stack([90 + 20 * np.sin(x / 9), 120 + 20 * np.cos(y / 7), 80 + 0 * x])
    with rasterio.open(
        folder / "o.tif", "w", driver="GTiff", width=700, height=220, count=3, dtype="uint8",
        crs="EPSG:25832", transform=Affine(0.5, 0, 499_980, 0, -0.5, 5_400_060),
    ) as image:  # fmt: skip
        image.write(grass.astype(np.uint8))
    publish_map(line_map, folder / "site", assets=assets, ortho=folder / "o.tif")
    return folder / "site"


def open_page(browser: Any, url: str) -> tuple[Any, list[str]]:
    page = browser.new_page(viewport={"width": 1100, "height": 800})
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda note: wrong.append(note.text) if note.type == "error" else None)
    page.on("requestfailed", lambda request: wrong.append(request.url))
    page.goto(url)
    page.wait_for_selector("body[data-ready]", timeout=60_000)
    return page, wrong


def click_at(page: Any, lon: float, lat: float) -> None:
    point = page.evaluate("place => railmap.map.project(place)", [lon, lat])
    page.mouse.click(point["x"], point["y"])


def picture(page: Any, name: str) -> None:
    if _PICTURES:
        page.screenshot(path=str(Path(_PICTURES) / f"{name}.png"))


def place_on_first_link(line_map: Path, m: float) -> tuple[float, float]:
    content = read_map(line_map)
    spot = content.links.geometry.iloc[0].interpolate(m)
    lon, lat = to_lonlat(content.crs, [(spot.x, spot.y)])[0]
    return float(lon), float(lat)


@pytest.mark.parametrize("ranges", [True, False], ids=["ranges", "plain"])
def test_click_search_and_switch(chromium: Any, site: Path, line_map: Path, ranges: bool) -> None:
    lon, lat = place_on_first_link(line_map, 50.0)
    with serve(site, ranges=ranges) as url:
        page, wrong = open_page(chromium, f"{url}#map=20/{lat:.7f}/{lon:.7f}")
        picture(page, f"near-{ranges}")

        click_at(page, lon, lat)
        page.wait_for_selector(".place")
        texts = page.locator(".chainage").all_inner_texts()
        km = float(re.fullmatch(r"6185 km ([\d.]+)(, .*)?", texts[0])[1])
        # A click is right to a pixel, 5 cm here.
        assert km == pytest.approx(12.350, abs=2e-4)
        assert float(texts[1].split(" m ")[0]) == pytest.approx(50.0, abs=0.2)
        rows = dict(row.split("\t") for row in page.locator(".place tr").all_inner_texts())
        assert rows["gauge"] == "1435 mm"
        assert rows["link_id"] == read_map(line_map).links["link_id"].iloc[0]
        picture(page, f"popup-{ranges}")

        page.fill("#query", "6185 km 12,38 right 1.5")
        page.press("#query", "Enter")
        page.wait_for_function(
            "document.querySelector('.place h2')?.textContent.includes('12.380')"
        )
        assert page.inner_text("#answer") == "6185 km 12.380, 1.50 m right"
        content = read_map(line_map)
        line = content.links.geometry.iloc[0]
        (wanted,) = to_lonlat(content.crs, [line.interpolate(80.0).coords[0]])
        centre = page.evaluate("railmap.map.getCenter().toArray()")
        off = (np.array(centre) - wanted) * 111_320 * np.array([math.cos(math.radians(lat)), 1])
        assert np.hypot(*off) == pytest.approx(1.5, abs=0.01)
        assert off[1] < 0  # to the right of a line that runs east
        picture(page, f"found-{ranges}")

        # "+" is metres on, as for `railmap locate`.
        page.fill("#query", "6185 km 12.370 +10 right 1,5")
        page.press("#query", "Enter")
        page.wait_for_function("document.querySelector('#answer').textContent.includes('+10')")
        # The map's metres are UTM's, 0.4 mm a metre shorter than the page's.
        again = page.evaluate("railmap.map.getCenter().toArray()")
        off = (np.array(again) - centre) * 111_320 * [math.cos(math.radians(lat)), 1]
        assert np.hypot(*off) < 0.005

        page.fill("#query", "6185 km 99")
        page.press("#query", "Enter")
        page.wait_for_selector("#answer.bad")
        assert "6185 has km 12.300 to km 12.600" in page.inner_text("#answer")

        count = "railmap.map.queryRenderedFeatures({layers: ['railway_link-2-2']}).length"
        assert page.evaluate(count) > 0
        page.uncheck("input[name=railway_link]")
        page.wait_for_timeout(300)
        assert page.evaluate(count) == 0
        link = page.url
        assert "layers=-railway_link" in link
        assert "map=19/" in link
        page.close()
        assert wrong == []

        page, wrong = open_page(chromium, link)
        assert page.evaluate("railmap.map.getCenter().toArray()") == pytest.approx(centre, abs=1e-6)
        assert not page.is_checked("input[name=railway_link]")
        assert wrong == []
        page.close()


def test_whole_map_is_visible(chromium: Any, site: Path, line_map: Path) -> None:
    with serve(site) as url:
        page, wrong = open_page(chromium, url)
        ids = page.evaluate(
            "[...new Set(railmap.map.queryRenderedFeatures().map(f => f.properties.link_id))]"
        )
        assert set(read_map(line_map).links["link_id"]) <= set(ids)
        layers = page.evaluate(
            "[...new Set(railmap.map.queryRenderedFeatures().map(f => f.source))]"
        )
        assert {"railway_link", "railway_node", "defect", "milestone", "qa_issue"} <= set(layers)
        picture(page, "whole")
        page.evaluate("railmap.map.jumpTo({zoom: 12})")
        page.wait_for_function("railmap.map.areTilesLoaded()")
        page.wait_for_timeout(500)
        sources = page.evaluate(
            "[...new Set(railmap.map.queryRenderedFeatures().map(f => f.source))]"
        )
        assert "overview" in sources
        assert "railway_link" not in sources
        picture(page, "far")
        assert wrong == []
        page.close()


def test_user_events_have_popups_and_a_switch(
    chromium: Any, user_layers: Path, assets: Path, tmp_path: Path
) -> None:
    publish_map(user_layers, tmp_path / "site", assets=assets)
    content = read_map(user_layers)
    layer, frame = read_user_layers(content)[0]
    spot = frame.geometry.iloc[0]
    lon, lat = (float(value) for value in to_lonlat(content.crs, [(spot.x, spot.y)])[0])
    with serve(tmp_path / "site") as url:
        page, wrong = open_page(chromium, f"{url}#map=20/{lat:.7f}/{lon:.7f}")
        click_at(page, lon, lat)
        page.wait_for_selector(".place")
        assert page.inner_text(".place h2") == layer.name
        assert page.locator(".chainage").first.inner_text().startswith("6185 km ")
        rows = dict(row.split("\t") for row in page.locator(".place tr").all_inner_texts())
        assert rows["kind"] == "lose"
        picture(page, "own-events")
        assert layer.name in page.inner_text("#layers")
        key = page.evaluate("railmap.about.layers[0].name")
        count = f"railmap.map.queryRenderedFeatures().filter(f => f.source === '{key}').length"
        assert page.evaluate(count) > 0
        page.uncheck(f"input[name={key}]")
        page.wait_for_timeout(300)
        assert page.evaluate(count) == 0
        assert wrong == []
        page.close()


def test_chainage_files_agree_with_shapely(site: Path, line_map: Path, chromium: Any) -> None:
    content = read_map(line_map)
    link = content.links.iloc[2]
    rng = np.random.default_rng(1)
    with serve(site) as url:
        page, _ = open_page(chromium, url)
        for m in rng.uniform(0, link.length_m, 5):
            spot = link.geom.interpolate(m)
            (place,) = to_lonlat(content.crs, [(spot.x, spot.y)])
            code = f"""async () => {{
                const link = (await json(`links/${{shardOf("{link.link_id}")}}.json`));
                return project(link["{link.link_id}"].xym, {float(place[0])}, {float(place[1])}).m;
            }}"""
            xym = shapely.get_coordinates(link.geom, include_m=True)
            assert xym[0, 2] == 0
            assert page.evaluate(code) == pytest.approx(m, abs=1e-3)
        page.close()
