"""The survey report: its tables, its pictures, and that nothing in it can run."""

from __future__ import annotations

import base64
import hashlib
import io
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import rasterio
from PIL import Image

from railmap.errors import InputError, OutputError, UsageError
from railmap.mapping import write_map
from railmap.mapping.store.editing import edit_map
from railmap.mapping.store.licences import Licence, add_licence
from railmap.progress import NullReporter
from railmap.publishing import write_report
from railmap.publishing.report.curves import radius_sigma
from tests.helpers import networks, published

EVIL = "</td><script>alert('x')</script>\"&' \u202eabc\x00 שלום"


class Page(HTMLParser):
    """Sections with the rows of their tables, and all tags."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.sections: dict[str, list[list[str]]] = {}
        self.texts: dict[str, str] = {}
        self._title = ""
        self._into: str | None = None
        self.raw = path.read_text(encoding="utf-8")
        self.feed(self.raw)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag in ("h2", "td", "th"):
            self._into = ""
        if tag == "tr":
            self.sections.setdefault(self._title, []).append([])

    def handle_endtag(self, tag: str) -> None:
        if tag == "h2":
            self._title, self._into = self._into or "", None
        elif tag in ("td", "th"):
            self.sections[self._title][-1].append(self._into or "")
            self._into = None

    def handle_data(self, data: str) -> None:
        self.texts[self._title] = self.texts.get(self._title, "") + data
        if self._into is not None:
            self._into += data

    def rows(self, section: str, first: str) -> list[list[str]]:
        """Return the rows of a section that begin with a text."""
        return [row for row in self.sections[section] if row[0] == first]


@pytest.fixture
def made(line_map: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(line_map, tmp_path / "Gleise öst.gpkg"))


def report(path: Path, **options: object) -> Page:
    out = path.with_suffix(".html")
    write_report(path, out, overwrite=True, **options)  # type: ignore[arg-type]
    return Page(out)


def write_ortho(path: Path, colour: tuple[int, int, int] = (90, 120, 60)) -> Path:
    transform = rasterio.transform.from_origin(networks.X0 - 20, networks.Y0 + 60, 0.2, 0.2)
    pixels = np.broadcast_to(np.array(colour, np.uint8)[:, None, None], (3, 500, 1700))
    with rasterio.open(
        path, "w", driver="GTiff", width=1700, height=500, count=3, dtype="uint8",
        crs=networks.CRS, transform=transform,
    ) as dataset:  # fmt: skip
        dataset.write(pixels)
    return path


def pictures(page: Page) -> list[np.ndarray]:
    codes = re.findall(r'href="data:image/jpeg;base64,([^"]+)"', page.raw)
    return [np.asarray(Image.open(io.BytesIO(base64.b64decode(code)))) for code in codes]


def test_tables_say_what_the_map_has(made: Path) -> None:
    page = report(made)
    assert page.rows("What was surveyed", "ortho.tif") == [
        ["ortho.tif", "5.0", "2026-02-27", "3.40", "EPSG:4326"]
    ]
    assert "taken 2026-02-27" in page.texts["What was surveyed"]
    rail = page.rows("Track", "rail")
    assert [row[2:4] for row in rail] == [["running track", "8"], ["siding", "1"]]
    assert page.rows("Track", "6185")[0][1:5] == ["Köln–Öst", "12.300", "12.600", "from posts"]
    switches = [row for row in page.sections["Switches and crossings"] if row[1] == "switch"]
    assert [row[2:6] for row in switches] == [
        ["6185 km 12.400", "right", "9.0 ± ?", "6.34 ± ?"],
        ["500160.1, 5400005.3", "left", "12.0 ± ?", "4.76 ± ?"],
    ]
    assert page.rows("Gauge", "1\u202f435")[-1][1] == "measured in the image"
    assert page.rows("Defects", "squat")[0] == ["squat", "1", "1", "1", "3"]
    assert [row[2] for row in page.sections["Defects"] if row[0] in ("d1", "d2", "d3")] == [
        "3", "2", "1",
    ]  # fmt: skip
    assert page.rows("Scenes and other events", 'bridge, "old"')[0][1] == "1"
    assert page.rows("Open issues", "error")[-1][2] == "block not readable"
    assert not [row for row in page.sections["Open issues"] if "look here" in row]
    assert "no data of other sources" in page.texts["Sources and licences"]
    assert "Changes since the survey before" not in page.texts


def test_uncertainty_of_a_curve_and_of_a_crossing_number(made: Path) -> None:
    # One sigma of the sagitta moves R = 400 m by 8 R² s / L².
    assert radius_sigma(400.0, 31.0, 0.03) == pytest.approx(8 * 160_000 * 0.03 / 31.0**2)
    page = report(made)
    (arc,) = [row for row in page.sections["Curves"] if row[2:3] == ["right"]]
    wanted = radius_sigma(400.0, 31.0, np.hypot(0.03, 0.02))
    assert arc[3] == f"400 ± {wanted:.0f}"
    assert arc[1] == "6185 km 12.386"
    with edit_map(made) as sql:
        sql.execute("UPDATE railway_node SET angle_sigma_deg = 0.1 WHERE turnout_side = 'right'")
        sql.execute("UPDATE alignment_segment SET length_m = 4.0 WHERE type = 'CIRCULARARC'")
    page = report(made)
    assert ["9.0 ± 0.1", "6.34 ± 0.10"] in [
        row[4:6] for row in page.sections["Switches and crossings"]
    ]
    assert "400, not determined" in [row[3] for row in page.sections["Curves"] if len(row) > 3]


def test_nothing_in_a_name_becomes_markup(made: Path) -> None:
    with edit_map(made) as sql:
        sql.execute("UPDATE railway_line SET name = ?, ref = ?", (EVIL, EVIL))
        sql.execute("UPDATE defect SET class = ?, defect_id = ?", (EVIL, EVIL))
        sql.execute("UPDATE scene_event SET scene_class = ?", (EVIL,))
        sql.execute("UPDATE qa_issue SET message = ?, rule = ?", (EVIL, EVIL))
        sql.execute("UPDATE source_image SET uri = ?, crs = ?", (EVIL, EVIL))
        sql.execute("UPDATE processing_run SET command = ?, model = ?", (EVIL, EVIL))
        add_licence(sql, Licence(EVIL, EVIL, "javascript:alert(1)"))
        add_licence(sql, Licence("ODbL", "© others", "https://example.org/?a=1&b=2"))
    page = report(made, title=EVIL)
    allowed = (
        "html head meta title style body h1 h2 h3 p bdi b br small code div span section table "
        "caption thead tbody tr th td ul li a figure figcaption svg path circle text image"
    )
    assert {tag for tag, _ in page.tags} <= set(allowed.split())
    links = {values["href"] for tag, values in page.tags if tag == "a" and "href" in values}
    assert {link for link in links if not (link or "").startswith("#")} == {
        "https://example.org/?a=1&b=2"
    }
    loaded = [values.get("href") or values.get("src") for tag, values in page.tags if tag != "a"]
    assert all(place is None or place.startswith("data:image/jpeg;") for place in loaded)
    assert not [key for _, values in page.tags for key in values if key.startswith("on")]
    assert "\x00" not in page.raw
    assert "שלום" in page.texts["Defects"]


def test_the_policy_permits_the_style_alone(made: Path) -> None:
    page = report(made)
    (policy,) = [values["content"] for tag, values in page.tags if tag == "meta"
                 and values.get("http-equiv") == "Content-Security-Policy"]  # fmt: skip
    (style,) = re.findall(r"<style>(.*?)</style>", page.raw, re.DOTALL)
    code = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert "default-src 'none'" in policy
    assert f"style-src 'sha256-{code}'" in policy
    assert not [values for _, values in page.tags if "style" in values]


def test_same_map_same_bytes_and_map_untouched(made: Path, tmp_path: Path) -> None:
    write_ortho(tmp_path / "ortho.tif")
    before = made.read_bytes()
    write_report(made, tmp_path / "a.html")
    write_report(made, tmp_path / "b.html")
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()
    assert made.read_bytes() == before


def test_pictures_are_cut_where_the_fault_is(made: Path, tmp_path: Path) -> None:
    """The image lies beside the map; the map names another folder."""
    with edit_map(made) as sql:
        sql.execute("UPDATE source_image SET uri = '/nowhere/at/all/ortho.tif'")
    write_ortho(tmp_path / "ortho.tif")
    found = write_report(made, tmp_path / "x.html")
    # Of three defects within 20 m, two are in one picture; the info needs none.
    assert (found.pictures, found.from_images) == (4, 4)
    page = Page(tmp_path / "x.html")
    shots = pictures(page)
    assert [shot.shape for shot in shots] == [(400, 600, 3)] * 4
    assert "hole (error)" in page.texts["Worst places"]
    ground = np.median(shots[0][:150, :150].reshape(-1, 3), axis=0)
    assert ground == pytest.approx((90, 120, 60), abs=6)
    # The area of the error is outlined around the centre; tracks have more blue in their red.
    red = (shots[0][..., 0] > 180) & (shots[0][..., 1:] < 30).all(axis=2)
    rows, cols = np.nonzero(red)
    assert (rows.mean(), cols.mean()) == pytest.approx((200, 300), abs=6)


def test_given_images_come_first_and_bad_ones_are_told(made: Path, tmp_path: Path) -> None:
    write_ortho(tmp_path / "ortho.tif")
    blue = write_ortho(tmp_path / "blue.tif", (20, 30, 200))
    broken = tmp_path / "broken.tif"
    broken.write_bytes(b"no image")
    reporter = NullReporter()
    page = report(made, images=[broken, blue], reporter=reporter)
    assert len(reporter.warnings) == 1
    assert "broken.tif" in reporter.warnings[0]
    assert np.median(pictures(page)[0][:150, :150, 2]) > 150
    assert "from blue.tif" in page.texts["Worst places"]


def test_without_images_the_map_is_drawn(made: Path) -> None:
    found = write_report(made, made.with_suffix(".html"))
    assert (found.pictures, found.from_images) == (4, 0)
    page = Page(made.with_suffix(".html"))
    assert page.texts["Worst places"].count("no image can be read") == 4


def test_without_pictures_faults_are_not_denied(made: Path) -> None:
    found = write_report(made, made.with_suffix(".html"), pictures=0)
    assert (found.pictures, found.faults) == (0, True)
    assert found.summary().endswith("faults in tables, no pictures")
    page = Page(made.with_suffix(".html"))
    assert "Pictures were left out" in page.texts["Worst places"]
    assert "No errors" not in page.texts["Worst places"]
    assert "<image" not in page.raw


def test_addresses_in_a_map_are_not_opened(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with edit_map(made) as sql:
        sql.execute("UPDATE source_image SET uri = 'https://example.org/ortho.tif'")

    def opened(*_: object, **__: object) -> None:
        raise AssertionError("an address was opened")

    monkeypatch.setattr("railmap.publishing.report.pictures.inspect_file", opened)
    monkeypatch.setattr("railmap.publishing.report.pictures.open_raster", opened)
    page = report(made)
    assert page.rows("What was surveyed", "ortho.tif")


def test_changes_since_the_survey_before(made: Path, tmp_path: Path) -> None:
    earlier = published.make_map(tmp_path / "2025.gpkg")
    with edit_map(earlier) as sql:
        sql.execute("DELETE FROM railway_link WHERE fid = 9")
        sql.execute("UPDATE railway_link SET maxspeed = '80' WHERE fid = 2")
        sql.execute("DELETE FROM defect WHERE severity = 3")
        sql.execute("UPDATE defect SET area_mm2 = 100 WHERE severity = 2")
    page = report(made, before=earlier)
    section = "Changes since the survey before"
    assert "Against 2025.gpkg" in page.texts[section]
    assert page.rows(section, "new")[0][1] == "1"
    assert ["maxspeed: 80 → nothing"] in [row[5:] for row in page.rows(section, "other attributes")]
    assert [row[4] for row in page.rows(section, "grown")] == ["900"]
    far = tmp_path / "far.gpkg"
    write_map(far, published.shifted(9000, 0), networks.CRS, images=[], run=networks.run_record())
    with pytest.raises(InputError, match="km apart"):
        report(made, before=far)


def test_a_map_of_nothing(tmp_path: Path) -> None:
    path = tmp_path / "empty.gpkg"
    network = networks.junction()
    network.nodes, network.links, network.relations, network.areas = [], [], [], []
    write_map(path, network, networks.CRS, images=[], run=networks.run_record())
    page = report(path)
    assert "names no image" in page.texts["What was surveyed"]
    assert "no track" in page.texts["Track"]
    assert "No errors" in page.texts["Worst places"]
    found = write_report(path, path.with_suffix(".html"), pictures=0, overwrite=True)
    assert found.summary().endswith("the map has no errors, warnings or defects")


def test_a_map_of_missing_values(made: Path) -> None:
    """Every value that a person can clear in QGIS is cleared; geometries too."""
    with edit_map(made) as sql:
        for table in ("railway_link", "railway_node", "alignment_segment", "source_image", "defect",
                      "scene_event", "qa_issue", "railway_line", "processing_run"):  # fmt: skip
            for _, name, *_, required, in_key in (
                (row[0], row[1], row[3], row[5])
                for row in sql.execute(f'PRAGMA table_info("{table}")').fetchall()
            ):
                if not required and not in_key and name not in ("geom", "railway", "type"):
                    sql.execute(f'UPDATE "{table}" SET "{name}" = NULL')
            if table != "railway_node":
                sql.execute(f'UPDATE "{table}" SET geom = NULL WHERE fid = 1'
                            if table != "processing_run" else "SELECT 1")  # fmt: skip
    page = report(made)
    assert "nan" not in re.sub(r"base64,[^\"]+", "", page.raw).lower()
    assert "None" not in page.texts["Track"]
    assert "not stated" in page.texts["What was surveyed"]


@pytest.mark.parametrize(
    ("name", "options", "error", "text"),
    [
        ("x.pdf", {}, UsageError, r"x\.pdf: a report is HTML; name it \*\.html"),
        ("x.html", {"pictures": 61}, UsageError, "0 to 60 pictures, not 61"),
        ("x.html", {"images": ["none.tif"]}, InputError, r"none\.tif: no such file"),
        ("x.html", {"before": "none.gpkg"}, InputError, r"none\.gpkg: no such file"),
        ("none/x.html", {}, OutputError, "does not exist"),
    ],
)
def test_bad_requests(
    made: Path, name: str, options: dict[str, object], error: type[Exception], text: str
) -> None:
    before = sorted(made.parent.iterdir())
    with pytest.raises(error, match=text):
        write_report(made, made.parent / name, **options)  # type: ignore[arg-type]
    assert sorted(made.parent.iterdir()) == before


@pytest.mark.slow
def test_printed_on_a4_nothing_is_cut_off(
    user_layers: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    driver = pytest.importorskip("playwright.sync_api")
    from tests.helpers import browser as helper

    with edit_map(user_layers) as sql:
        sql.execute("UPDATE railway_line SET name = ?", ("W" * 300,))
        sql.execute("UPDATE qa_issue SET message = ?", ("/".join(["Gleis"] * 80),))
    out = tmp_path / "x.html"
    write_report(user_layers, out)
    with driver.sync_playwright() as start:
        browser = helper.launch(start)
        if browser is None:
            pytest.skip("no Chromium")
        # 182 mm between the margins of A4, at 96 dots per inch.
        page = browser.new_context(viewport={"width": 688, "height": 970}).new_page()
        wrong: list[str] = []
        page.on("console", lambda note: wrong.append(note.text) if note.type == "error" else None)
        page.goto(out.as_uri())
        page.emulate_media(media="print")
        width = page.evaluate("document.documentElement.scrollWidth")
        helper.picture(page, "report")
        pages = page.pdf(prefer_css_page_size=True).count(b"/Type /Page\n")
        browser.close()
    assert wrong == []
    assert width <= 688
    assert 3 <= pages <= 12
