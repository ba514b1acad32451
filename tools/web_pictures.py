"""Take the pictures of the web page that the docs show, in the system's Chromium.

python tools/web_pictures.py SITE -o docs/images --search squat
python tools/web_pictures.py SITE -o docs/images --profile LINK
python tools/web_pictures.py SITE -o docs/images --slider

SITE is a folder that `railmap publish` wrote; the text must find an object of it, or a track. The
slider needs one with `--before`.
"""

from __future__ import annotations

import argparse
import io
import sys
from pathlib import Path
from typing import Any

from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.helpers.browser import launch, open_page, wait_until
from tests.helpers.server import serve

_DESK = {"width": 1000, "height": 640}
_PHONE = {"width": 390, "height": 720}
_SHEET = {"width": 1060, "height": 720}
_QUALITY = 80
_IDLE = """new Promise((done) => {
    railmap.map.once("idle", done);
    railmap.map.triggerRepaint();
})"""


def _keep(page: Any, path: Path) -> None:
    page.evaluate(_IDLE)
    picture = Image.open(io.BytesIO(page.screenshot()))
    picture.convert("RGB").save(path, quality=_QUALITY, optimize=True, progressive=True)
    print(f"{path}: {path.stat().st_size / 1e3:.0f} kB", flush=True)


def take_profile(browser: Any, url: str, folder: Path, text: str) -> None:
    """Take the picture of the profile of a track that `text` finds."""
    page, _ = open_page(browser, url, viewport=_DESK)
    page.fill("#query", text)
    page.press("#query", "Enter")
    page.get_by_role("button", name="Profile").click()
    page.wait_for_selector("#profile svg")
    page.evaluate("document.getElementById('panel').open = false")
    page.evaluate("void railmap.map.fitBounds(railmap.about.bounds, {duration: 0, padding: 60})")
    page.locator("#profile input").fill("140")
    _keep(page, folder / "map_web_profile.jpg")
    page.context.close()


def take_slider(browser: Any, url: str, folder: Path) -> None:
    """Take the pictures of the slider: on a desktop, and on a phone in the dark."""
    for name, view, scheme in (("", _DESK, "light"), ("_phone_dark", _PHONE, "dark")):
        page, _ = open_page(browser, url, viewport=view, color_scheme=scheme)
        page.evaluate("document.getElementById('panel').open = true")
        page.get_by_role("button", name="Before and after").click()
        wait_until(page, "document.body.dataset.swipe === 'drawn'")
        page.evaluate(f"document.getElementById('panel').open = {'false' if name else 'true'}")
        page.wait_for_timeout(3000)
        _keep(page, folder / f"map_web_slider{name}.jpg")
        page.context.close()


def take(browser: Any, url: str, folder: Path, text: str) -> None:
    """Take all pictures; `text` finds an object."""
    page, _ = open_page(browser, url, viewport=_DESK)
    _keep(page, folder / "map_web.jpg")
    page.fill("#query", text)
    page.wait_for_selector("#results li")
    _keep(page, folder / "map_web_search.jpg")
    page.press("#query", "Enter")
    page.wait_for_selector(".place")
    _keep(page, folder / "map_web_popup.jpg")
    page.emulate_media(color_scheme="dark")
    _keep(page, folder / "map_web_dark.jpg")
    page.evaluate("document.getElementById('panel').open = false")
    page.set_viewport_size(_PHONE)
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        page.press("#query", "Enter")  # again, so that the sheet does not cover the object
        page.wait_for_selector(".place")
        _keep(page, folder / f"map_web_phone_{scheme}.jpg")
    page.keyboard.press("Escape")
    page.set_viewport_size(_SHEET)
    page.evaluate("void railmap.map.fitBounds(railmap.about.bounds, {duration: 0})")
    page.evaluate("railmap.layOut().then(() => null)")
    _keep(page, folder / "map_web_print.jpg")
    page.context.close()


def main() -> None:
    """Run the program."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("site", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--search", default="squat", help="text that finds an object")
    parser.add_argument(
        "--profile", metavar="TEXT", help="only the profile of a track that the text finds"
    )
    parser.add_argument("--slider", action="store_true", help="only the slider")
    options = parser.parse_args()
    from playwright.sync_api import sync_playwright

    with serve(options.site) as url, sync_playwright() as driver:
        browser = launch(driver)
        if browser is None:
            raise SystemExit("Chromium is not installed")
        if options.slider:
            take_slider(browser, url, options.output)
        elif options.profile:
            take_profile(browser, url, options.output, options.profile)
        else:
            take(browser, url, options.output, options.search)


if __name__ == "__main__":
    main()
