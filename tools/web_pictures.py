"""Take the pictures of the web page that the docs show, in the system's Chromium.

    python tools/web_pictures.py tracks.gpkg ortho.tif -o docs/images

The map needs a line with kilometres, a switch and a defect.
"""

from __future__ import annotations

import argparse
import io
import sys
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from railmap.publishing import publish_map
from tests.helpers.browser import launch, open_page
from tests.helpers.server import serve

_PHONE = {"viewport": {"width": 390, "height": 780}, "has_touch": True, "is_mobile": True}
_DESK = {"viewport": {"width": 1100, "height": 720}}
_QUALITY = 80


def _keep(page: Any, path: Path) -> None:
    picture = Image.open(io.BytesIO(page.screenshot()))
    picture.convert("RGB").save(path, quality=_QUALITY, optimize=True, progressive=True)
    print(f"{path}: {path.stat().st_size / 1e3:.0f} kB")


def _search(page: Any, text: str) -> None:
    page.fill("#query", text)
    page.press("#query", "Enter")
    page.wait_for_selector(".place")
    page.evaluate(
        "new Promise(done => { railmap.map.once('idle', done); railmap.map.triggerRepaint(); })"
    )


def take(browser: Any, url: str, plain: str, folder: Path, text: str) -> None:
    """Take all pictures: `url` has an orthophoto, `plain` has none; `text` finds a defect."""
    page, _ = open_page(browser, url, **_DESK)
    _keep(page, folder / "map_web.jpg")
    page.locator("#query").press_sequentially(text)
    page.wait_for_selector("#results li")
    _keep(page, folder / "map_web_search.jpg")
    _search(page, text)
    _keep(page, folder / "map_web_defect.jpg")
    page.keyboard.press("Escape")
    page.evaluate("railmap.map.fitBounds(railmap.about.bounds, {duration: 0, padding: 20})")
    page.evaluate("async () => { window.leave = await railmap.layOut(); }")
    page.set_viewport_size({"width": 1050, "height": 715})
    _keep(page, folder / "map_web_print.jpg")
    page.context.close()
    page, _ = open_page(browser, plain, color_scheme="dark", **_DESK)
    _keep(page, folder / "map_web_dark.jpg")
    page.context.close()
    for scheme in ("light", "dark"):
        page, _ = open_page(browser, plain, color_scheme=scheme, **_PHONE)
        _search(page, text)
        _keep(page, folder / f"map_web_phone_{scheme}.jpg")
        page.context.close()


def main() -> None:
    """Run the program."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("map", type=Path)
    parser.add_argument("ortho", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--search", default="squat", help="text that finds a defect")
    options = parser.parse_args()
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as scratch:
        publish_map(options.map, f"{scratch}/ortho", ortho=options.ortho, title="Rendered junction")
        publish_map(options.map, f"{scratch}/plain", title="Rendered junction")
        with serve(Path(scratch)) as url, sync_playwright() as driver:
            browser = launch(driver)
            if browser is None:
                raise SystemExit("Chromium is not installed")
            take(browser, f"{url}ortho/", f"{url}plain/", options.output, options.search)


if __name__ == "__main__":
    main()
