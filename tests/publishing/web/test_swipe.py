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

from railmap.errors import InputError, MapError, RasterError
from railmap.mapping import read_map
from railmap.mapping.compare.surveys import find_changes
from railmap.publishing import publish_map
from tests.helpers import published
from tests.helpers.browser import open_page, picture, wait_until
from tests.helpers.server import serve
from tests.publishing.web.conftest import SHIFT


def test_tracks_and_orthophoto_of_the_earlier_survey(swipe_site: Path, numbered_map: Path) -> None:
    look = json.loads((swipe_site / "style.json").read_text())
    past = look["before"]
    drawn = {"railway_link", "railway_node", "overview", "link_change", "node_change"}
    assert set(past["sources"]) == drawn | {"ortho"}
    assert {layer["source"] for layer in past["layers"]} == drawn
    assert all((swipe_site / one["file"]).is_file() for one in past["sources"].values())
    tiled = pyogrio.read_dataframe(swipe_site / past["sources"]["railway_link"]["file"])
    now = read_map(numbered_map).links
    old = tiled.to_crs(now.crs).geometry.iloc[0]
    nearest = min(shapely.distance(shapely.force_2d(line), old) for line in now.geometry)
    assert nearest < SHIFT + 0.1  # another place than today, but of this map
    assert "before" not in look["sources"]


def test_what_changed_is_drawn_on_both_sides_with_a_legend(
    swipe_site: Path, numbered_map: Path, tmp_path: Path
) -> None:
    look, about = (
        json.loads((swipe_site / name).read_text()) for name in ("style.json", "map.json")
    )
    found = find_changes(read_map(swipe_site.parent / "before.gpkg"), read_map(numbered_map))
    labels = {
        "new": "New",
        "removed": "Removed",
        "moved": "Moved",
        "attributes": "Other attributes",
    }
    legends = {one["name"]: one for one in about["layers"]}
    for name in ("link_change", "node_change"):
        source = look["sources"][name]
        assert source == look["before"]["sources"][name]
        tiled = pyogrio.read_dataframe(swipe_site / source["file"])
        kinds = {change.values["change"] for change in found.changes[name]}
        assert set(tiled["change"]) == kinds
        assert {one["label"] for one in legends[name]["legend"]} == {labels[kind] for kind in kinds}
        assert legends[name]["on"]
        for style in (look, look["before"]):
            assert any(layer["metadata"]["railmap:layer"] == name for layer in style["layers"])


def test_nothing_changed_has_no_legend_of_changes(line_map: Path, tmp_path: Path) -> None:
    publish_map(line_map, tmp_path / "site", before=line_map)
    look = json.loads((tmp_path / "site" / "style.json").read_text())
    assert not {"link_change", "node_change"} & set(look["sources"])


def test_an_earlier_survey_of_another_place_is_refused(line_map: Path, tmp_path: Path) -> None:
    network = published.shifted(0.0, 50_000.0)
    elsewhere = published.make_map(tmp_path / "far.gpkg", events=False, network=network)
    with pytest.raises(InputError, match="place"):
        publish_map(line_map, tmp_path / "site", before=elsewhere)
    assert not (tmp_path / "site").exists()


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
        # The panel switches the changes on both sides.
        shown = (
            "railmap.switches.entries.length && [...railmap.switches.maps].map(map => map"
            ".getStyle().layers.filter(one => one.metadata?.['railmap:layer'] === 'link_change')"
            ".map(one => one.layout?.visibility ?? 'visible'))"
        )
        page.evaluate("document.getElementById('panel').open = true")
        page.get_by_label("Changes of tracks").uncheck()
        sides = page.evaluate(shown)
        assert len(sides) == 2
        assert all(side and set(side) == {"none"} for side in sides)
        page.get_by_label("Changes of switches").uncheck()
        page.evaluate("document.getElementById('panel').open = false")
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


def test_labels_are_above_what_changed(swipe_site: Path) -> None:
    look = json.loads((swipe_site / "style.json").read_text())
    for layers in (look["layers"], look["before"]["layers"]):
        labels = [one["id"].endswith("-label") for one in layers]
        assert any(labels)
        assert labels == sorted(labels)


@pytest.mark.slow
def test_nothing_is_drawn_between_search_and_legend(chromium: Any, swipe_site: Path) -> None:
    with serve(swipe_site) as url:
        page, wrong = open_page(
            chromium, url, viewport={"width": 1000, "height": 640}, color_scheme="dark"
        )
        page.evaluate("document.getElementById('compare').click()")
        wait_until(page, "document.body.dataset.swipe === 'drawn'")
        page.wait_for_timeout(500)
        shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        # Both beside the orthophoto, whose symbols stay light.
        assert shot.getpixel((100, 80)) == shot.getpixel((360, 80))
        assert wrong == []
        page.context.close()
