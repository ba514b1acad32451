"""Measuring along the tracks of the published page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from railmap.mapping import read_map
from railmap.publishing.exchange.lonlat import to_lonlat
from railmap.publishing.web.chainage import shard_of
from tests.helpers.browser import click_at, open_page, picture, wait_until
from tests.helpers.server import serve


def lonlat_of(path: Path, link: int, m: float) -> tuple[float, float]:
    content = read_map(path)
    spot = content.links.geometry.iloc[link].interpolate(m)
    lon, lat = to_lonlat(content.crs, np.array([(spot.x, spot.y)]))[0]
    return float(lon), float(lat)


def test_links_name_those_on_which_a_train_goes_on(plain_site: Path, numbered_map: Path) -> None:
    content = read_map(numbered_map)
    ids = content.links["link_id"].tolist()
    relations = content.layers["net_relation"]
    for one in ids:
        entry = json.loads((plain_site / "links" / f"{shard_of(one)}.json").read_text())[one]
        for end in (0, 1):
            a = relations[(relations.link_a == one) & (relations.end_a == end)]
            b = relations[(relations.link_b == one) & (relations.end_b == end)]
            wanted = [[row.link_b, row.end_b] for row in a.itertuples()]
            wanted += [[row.link_a, row.end_a] for row in b.itertuples()]
            assert entry.get("next", [[], []])[end] == sorted(wanted)


def measured(page: Any) -> list[str]:
    return page.locator("#measured p:not(.tools)").all_inner_texts()


@pytest.mark.slow
def test_length_and_kilometres_along_one_track_and_through_a_switch(
    chromium: Any, tools_site: Path, photo_map: Path
) -> None:
    links = read_map(photo_map).links
    with serve(tools_site) as url:
        page, wrong = open_page(chromium, url, viewport={"width": 1100, "height": 640})
        page.click("#measure")
        assert page.get_attribute("#measure", "aria-pressed") == "true"
        click_at(page, *lonlat_of(photo_map, 0, 20.0))
        wait_until(page, "document.querySelector('#measured').textContent.includes('second')")
        assert measured(page)[0] == "From 6185 km 12.320"
        click_at(page, *lonlat_of(photo_map, 0, 80.0))
        wait_until(page, "document.querySelector('#measured').textContent.includes('along')")
        length, ends = measured(page)
        # A pixel is 35 cm here.
        assert float(length.removesuffix(" m along the track")) == pytest.approx(60.0, abs=0.5)
        first, last = (float(one[-6:]) for one in ends.split(" to "))
        assert (first, last) == (pytest.approx(12.32, abs=4e-4), pytest.approx(12.38, abs=4e-4))
        assert page.locator(".place").count() == 0
        picture(page, "measure-one")
        # From the track into the branch: 100.4 m to the switch, less 20 m, and 30 m on.
        click_at(page, *lonlat_of(photo_map, 0, 20.0))
        wait_until(page, "document.querySelector('#measured').textContent.includes('second')")
        click_at(page, *lonlat_of(photo_map, 2, 40.0))
        wait_until(page, "document.querySelector('#measured').textContent.includes('along')")
        length, ends = measured(page)
        wanted = links["length_m"].iloc[0] - 20.0 + 40.0
        assert float(length.split(" ")[0]) == pytest.approx(wanted, abs=0.8)
        assert ends.endswith("m along the link")
        picture(page, "measure-branch")
        # Both legs of the switch are connected only by reversing.
        click_at(page, *lonlat_of(photo_map, 1, 150.0))
        wait_until(page, "document.querySelector('#measured').textContent.includes('second')")
        click_at(page, *lonlat_of(photo_map, 2, 40.0))
        wait_until(page, "document.querySelector('#measured').textContent.includes('No train')")
        page.mouse.click(900, 60)
        wait_until(page, "document.querySelector('#measured').textContent.includes('no track')")
        page.keyboard.press("Escape")
        assert page.inner_text("#measured") == ""
        assert page.get_attribute("#measure", "aria-pressed") == "false"
        click_at(page, *lonlat_of(photo_map, 0, 50.0))
        page.wait_for_selector(".place")
        assert wrong == []
        page.context.close()


@pytest.mark.slow
def test_measuring_by_keyboard(chromium: Any, tools_site: Path, photo_map: Path) -> None:
    (lon, lat), (east, north) = (lonlat_of(photo_map, 0, m) for m in (30.0, 60.0))
    with serve(tools_site) as url:
        page, wrong = open_page(chromium, f"{url}#map=20/{lat:.7f}/{lon:.7f}")
        page.focus("#measure")
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.className") == "maplibregl-canvas"
        page.keyboard.press("Enter")
        wait_until(page, "document.querySelector('#measured').textContent.includes('second')")
        page.evaluate("place => void railmap.map.jumpTo({ center: place })", [east, north])
        wait_until(page, "railmap.map.loaded()")
        page.keyboard.press("Enter")
        wait_until(page, "document.querySelector('#measured').textContent.includes('along')")
        assert measured(page)[0] == "30.00 m along the track"
        assert wrong == []
        # From afar, the map comes nearer first; tiles on the way are given up.
        page.evaluate("void railmap.map.jumpTo({ zoom: 12 })")
        wait_until(page, "railmap.map.loaded()")
        page.keyboard.press("Enter")
        wait_until(page, "document.querySelector('#measured').textContent.includes('again')")
        wait_until(page, "railmap.map.getZoom() === 16")
        page.context.close()
