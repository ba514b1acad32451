"""An earlier survey beside the map: its files, and the slider of the page."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pyogrio
import pytest
import shapely
from PIL import Image

from railmap.errors import MapError, RasterError
from railmap.mapping import read_map
from railmap.publishing import publish_map
from tests.helpers.browser import open_page, picture, wait_until
from tests.helpers.server import serve
from tests.publishing.web.conftest import SHIFT


def test_tracks_and_orthophoto_of_the_earlier_survey(swipe_site: Path, numbered_map: Path) -> None:
    look = json.loads((swipe_site / "style.json").read_text())
    past = look["before"]
    assert set(past["sources"]) == {"railway_link", "railway_node", "overview", "ortho"}
    assert {layer["source"] for layer in past["layers"]} == {
        "railway_link", "railway_node", "overview",
    }  # fmt: skip
    assert all((swipe_site / one["file"]).is_file() for one in past["sources"].values())
    tiled = pyogrio.read_dataframe(swipe_site / past["sources"]["railway_link"]["file"])
    now = read_map(numbered_map).links
    old = tiled.to_crs(now.crs).geometry.iloc[0]
    nearest = min(shapely.distance(shapely.force_2d(line), old) for line in now.geometry)
    assert nearest < SHIFT + 0.1  # another place than today, but of this map
    assert "before" not in look["sources"]


def test_a_page_without_earlier_survey_has_none(plain_site: Path) -> None:
    assert "before" not in json.loads((plain_site / "style.json").read_text())
    assert not (plain_site / "tiles" / "before").exists()


def test_an_earlier_survey_that_cannot_be_read(line_map: Path, tmp_path: Path) -> None:
    with pytest.raises(MapError):
        publish_map(line_map, tmp_path / "site", before=tmp_path / "none.gpkg")
    with pytest.raises(RasterError):
        publish_map(line_map, tmp_path / "site", before_ortho=tmp_path / "none.tif")
    assert not (tmp_path / "site").exists()


def colour_at(page: Any, x: float, y: float) -> tuple[int, ...]:
    with Image.open(io.BytesIO(page.screenshot())) as shot:
        return shot.convert("RGB").getpixel((round(x), round(y)))


@pytest.mark.slow
def test_the_slider_cuts_the_earlier_survey_off(chromium: Any, swipe_site: Path) -> None:
    desk = {"width": 1000, "height": 600}
    with serve(swipe_site) as url:
        page, wrong = open_page(chromium, url, viewport=desk)
        page.get_by_role("button", name="Before and after").click()
        wait_until(page, "document.body.dataset.swipe === 'drawn'")
        old, new = (150, 110, 70), (90, 120, 80)
        # Left of the thumb the earlier orthophoto, right of it that of today.
        y = 430
        page.evaluate("void railmap.map.jumpTo({ center: railmap.map.getCenter(), zoom: 19.5 })")
        page.evaluate("document.getElementById('panel').open = false")
        wait_until(page, "railmap.map.loaded() && railmap.map.areTilesLoaded()")
        page.wait_for_timeout(1500)
        picture(page, "swipe")
        assert colour_at(page, 470, y) == pytest.approx(old, abs=8)
        assert colour_at(page, 530, y) == pytest.approx(new, abs=8)
        page.focus("#swipe")
        for _ in range(30):
            page.keyboard.press("ArrowLeft")
        assert colour_at(page, 470, y) == pytest.approx(new, abs=8)
        assert "before=20" in page.url
        link = page.url
        # The earlier map shows the same place when the map moves.
        page.evaluate("void railmap.map.panBy([40, 10], { duration: 0 })")
        # Only the thumb takes the pointer: a click beside it is one on the map.
        assert page.evaluate("document.elementFromPoint(600, 300).className") == "maplibregl-canvas"
        page.evaluate("document.getElementById('panel').open = true")
        page.get_by_role("button", name="Before and after").click()
        assert page.locator("#divider").is_hidden()
        assert "before=" not in page.url
        assert wrong == []
        page.context.close()
        phone = {"viewport": {"width": 390, "height": 700}, "color_scheme": "dark"}
        page, wrong = open_page(chromium, link, **phone)
        wait_until(page, "document.body.dataset.swipe === 'drawn'")
        assert page.input_value("#swipe") == "20"
        page.wait_for_timeout(1000)
        picture(page, "swipe-phone-dark")
        page.evaluate("railmap.layOut().then(() => null)")
        assert page.locator("#divider").is_hidden()
        assert wrong == []
        page.context.close()
