"""Popups of the published page: what they say, their link, the sheet of a phone, the keyboard."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from railmap.mapping import read_map
from tests.helpers.browser import click_at, open_page, picture, place_on_first_link, wait_until
from tests.helpers.server import serve

pytestmark = pytest.mark.slow


def go_to(page: Any, text: str) -> None:
    page.fill("#query", text)
    page.press("#query", "Enter")
    page.wait_for_selector(".place")


def test_a_defect_for_people_and_its_link(
    chromium: Any, plain_site: Path, numbered_map: Path
) -> None:
    with serve(plain_site) as url:
        page, wrong = open_page(chromium, url)
        go_to(page, "d2")
        assert page.inner_text(".place h2") == "Squat"
        aside = (
            read_map(numbered_map)
            .links.geometry.iloc[0]
            .distance(read_map(numbered_map).layers["defect"].geometry.iloc[1])
        )
        place, left = page.inner_text(".chainage").split(", ")
        assert place == "6185 km 12.320"
        assert float(left.removesuffix(" m left")) == pytest.approx(aside, abs=0.03)
        rows = page.locator(".place dl").inner_text().split("\n")
        told = dict(zip(rows[::2], rows[1::2], strict=True))
        assert told["Severity"] == "2"
        assert told["Area"] == "10 cm²"
        assert told["Status"] == "Open"
        shown = page.inner_text(".place")
        assert "defect_id" not in shown
        assert "11111111" not in shown
        picture(page, "popup-defect")
        address = page.url
        # Text of the map is text, never HTML.
        go_to(page, "onerror")
        assert page.inner_text(".place h2") == "<img src=x onerror=alert(1)>"
        assert page.locator(".place img").count() == 0
        page.keyboard.press("Escape")
        assert page.locator(".place").count() == 0
        assert wrong == []
        page.context.close()
        # The link shows the same object, also where the view has none.
        for link in (address, f"{url}#object=defect/d2"):
            page, wrong = open_page(chromium, link)
            assert page.inner_text(".place h2") == "Squat"
            assert "object=defect/d2" in page.url
            assert wrong == []
            page.context.close()
        page, _ = open_page(chromium, f"{url}#object=defect/gone")
        assert "no longer in the map" in page.inner_text("#answer.bad")
        page.context.close()


def test_a_phone_has_a_sheet_that_does_not_cover_the_object(
    chromium: Any, plain_site: Path
) -> None:
    phone = {"viewport": {"width": 390, "height": 700}, "is_mobile": True, "has_touch": True}
    with serve(plain_site) as url:
        page, wrong = open_page(chromium, url, **phone)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        go_to(page, "W12")
        box = page.locator(".maplibregl-popup").bounding_box()
        assert box["x"] == 0
        assert box["width"] == 390
        assert box["y"] + box["height"] == pytest.approx(700, abs=1)
        assert box["height"] < 360
        place = page.evaluate("railmap.map.project(railmap.popup().getLngLat())")
        assert 60 < place["y"] < box["y"]
        close = page.locator(".maplibregl-popup-close-button").bounding_box()
        assert min(close["width"], close["height"]) >= 44
        picture(page, "phone")
        page.tap(".maplibregl-popup-close-button")
        assert page.locator(".place").count() == 0
        assert wrong == []
        page.context.close()


def test_the_map_by_keyboard(chromium: Any, plain_site: Path) -> None:
    with serve(plain_site) as url:
        page, wrong = open_page(chromium, url)
        go_to(page, "12.35")
        page.keyboard.press("Escape")
        page.focus(".maplibregl-canvas")
        page.keyboard.press("Enter")  # what is in the middle
        page.wait_for_selector(".place dl")
        assert page.inner_text(".place h2") == "Track"
        assert page.get_attribute(".maplibregl-popup", "role") == "dialog"
        page.keyboard.press("Escape")
        assert page.evaluate("document.activeElement.className") == "maplibregl-canvas"
        assert wrong == []
        page.context.close()


def test_a_popup_shows_the_picture_of_an_event(
    chromium: Any, tools_site: Path, photo_map: Path
) -> None:
    phone = {"viewport": {"width": 390, "height": 700}, "is_mobile": True, "has_touch": True}
    for name, context in (("desk", {"viewport": {"width": 900, "height": 640}}), ("phone", phone)):
        # Under a sub-path.
        with serve(tools_site.parent) as url:
            page, wrong = open_page(chromium, f"{url}{tools_site.name}/", **context)
            click_at(page, *place_on_first_link(photo_map, 60.0))
            page.wait_for_selector(".place img")
            shown = page.locator(".place img")
            wait_until(page, "document.querySelector('.place img').complete")
            assert page.evaluate("document.querySelector('.place img').naturalWidth") == 400
            assert shown.get_attribute("alt") == "Picture: Begehung"
            box = shown.bounding_box()
            assert box["width"] / box["height"] == pytest.approx(4 / 3, abs=0.02)
            assert page.inner_text(".place h2") == "Begehung"
            assert "railmap:" not in page.locator(".place").inner_text()
            page.click(".place summary")
            rows = dict(row.split("\t") for row in page.locator(".place tr").all_inner_texts())
            assert rows["photo"] == "crack.jpg"
            assert not any(key.startswith("railmap") for key in rows)
            picture(page, f"popup-picture-{name}")
            assert wrong == []
            page.context.close()
