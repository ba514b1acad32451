"""The published page in a real WebKit: what Safari's engine draws and understands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from railmap.mapping import read_map
from tests.helpers import webkit
from tests.helpers.browser import POLICY
from tests.helpers.server import serve

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(webkit.missing()), reason=f"not installed: {webkit.missing()}"),
]

READY = "document.body.dataset.ready === 'yes'"
TITLE = "document.querySelector('.place h2')?.textContent"
BAD = "document.querySelector('#answer.bad')?.textContent ?? ''"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webkit.Page]:
    with webkit.webkit(tmp_path_factory.mktemp("webkit") / "log.txt") as page:
        yield page


def test_the_map_is_drawn_and_searched(page: webkit.Page, site: Path, numbered_map: Path) -> None:
    # From a server that allows only what the page needs, as in Chromium.
    with serve(site.parent, policy=POLICY) as url:
        page.open(f"{url}{site.name}/")
        page.wait_until(READY)
        seen = page.evaluate(
            "[...new Set(railmap.map.queryRenderedFeatures().map(f => f.properties.link_id))]"
        )
        assert set(read_map(numbered_map).links["link_id"]) <= set(seen)
        assert page.evaluate("railmap.map.isSourceLoaded('ortho')")
        page.type("#query", f"W12{webkit.ENTER}")
        page.wait_until(f"{TITLE} === 'Switch W12 1:12, left'")
        assert "object=railway_node/" in page.evaluate("location.href")
        page.type("#query", webkit.ESCAPE)
        page.wait_until(f"{TITLE} === undefined")
        assert page.evaluate("document.activeElement.id") == "query"
        page.evaluate("document.querySelector('#query').value = ''")
        page.type("#query", f"6185 km 12.38 right 1.5{webkit.ENTER}")
        page.wait_until(f"({TITLE} ?? '').includes('12.380')")
        assert page.evaluate(BAD) == ""


def test_photos_and_profile(page: webkit.Page, tools_site: Path, photo_map: Path) -> None:
    link = read_map(photo_map).links["link_id"].iloc[0]
    with serve(tools_site) as url:
        page.open(f"{url}#object=railway_link/{link}")
        page.wait_until(READY)
        page.wait_until(f"({TITLE} ?? '').startsWith('Track')")
        profile = (
            "[...document.querySelectorAll('.place button')].find(b => b.textContent === 'Profile')"
        )
        page.evaluate(f"{profile}.click()")
        page.wait_until("document.querySelectorAll('#profile svg').length >= 2")
        page.open(f"{url}#map=16/48.753/9.002")
        page.wait_until(READY)
        page.type("#query", f"crack{webkit.ENTER}")
        page.wait_until("document.querySelector('.place img')?.naturalWidth > 0")
        assert page.evaluate(BAD) == ""


def test_the_slider(page: webkit.Page, swipe_site: Path) -> None:
    with serve(swipe_site) as url:
        page.open(url)
        page.wait_until(READY)
        page.click("#compare")
        page.wait_until("document.body.dataset.swipe === 'drawn'")
        half = page.evaluate("document.querySelector('#before').style.clipPath")
        page.type("#swipe", "\ue012" * 10)  # the left arrow key
        page.wait_until(f"document.querySelector('#before').style.clipPath !== '{half}'")
        assert page.evaluate(BAD) == ""


def test_a_page_from_a_file_says_how_to_open_it(page: webkit.Page, plain_site: Path) -> None:
    page.open(f"{plain_site.as_uri()}/index.html")
    page.wait_until(f"{BAD} !== ''")
    assert "through a web server" in page.evaluate(BAD)
