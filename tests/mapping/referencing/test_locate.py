"""Kilometre posts; conversion between chainage and position."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import shapely

from railmap.errors import InputError
from railmap.mapping import read_map
from railmap.mapping.referencing.lines import add_line
from railmap.mapping.referencing.locate import locate, locate_at
from railmap.mapping.referencing.milestones import add_milestones
from tests.helpers import railway

# Kilometres 12.4 to 12.6 even, then an overlong one, then a jump from 12.8 to 13.5.
POSTS = [
    ("12.4", 100.0), ("12.5", 200.0), ("12.6", 300.0), ("12.7", 450.0), ("12.8", 550.0),
    ("13.5", 640.0), ("13.6", 740.0), ("13.7", 840.0),
]  # fmt: skip


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = railway.write_railway(tmp_path_factory.mktemp("railway") / "plain.gpkg")
    add_line(path, ref="6185", start=railway.node(0), end=railway.node(3))
    return path


@pytest.fixture(scope="module")
def posted(plain: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("posted")
    path = Path(shutil.copy(plain, folder / "posted.gpkg"))
    add_milestones(path, write_posts(folder / "posts.csv"), ref="6185")
    return path


@pytest.fixture
def tracks(plain: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(plain, tmp_path / "tracks.gpkg"))


def write_posts(path: Path, posts: list[tuple[str, float]] = POSTS) -> Path:
    """Posts 3 m from the track, at measures along it."""
    rows = ["position_text,x,y,source"]
    for text, s in posts:
        (x, y), (ax, ay) = railway.along_south(s), railway.along_south(s + 0.01)
        along = np.array([ax - x, ay - y]) / np.hypot(ax - x, ay - y)
        rows.append(f"{text},{x + 3 * along[1]:.4f},{y - 3 * along[0]:.4f},survey")
    path.write_text("\n".join(rows) + "\n")
    return path


def test_milestones_in_the_map(posted: Path) -> None:
    content = read_map(posted)
    line = content.layers["railway_line"].iloc[0]
    assert line["calibration"] == "posts"
    xym = shapely.get_coordinates(line["geom"], include_m=True)
    assert (np.diff(xym[:, 2]) > 0).all()
    assert line["m_min"] == pytest.approx(12300, abs=0.1)
    posts = content.layers["milestone"]
    assert posts["position_text"].tolist() == [text for text, _ in POSTS]
    assert posts["m"].to_numpy() == pytest.approx(posts["position_km"] * 1000, abs=1e-3)
    assert set(posts["source"]) == {"survey"}
    assert (posts["residual_m"].abs() < 1).all()
    members = content.layers["railway_line_link"]
    assert members["m_from"].iloc[0] == line["m_min"]
    assert members["m_to"].iloc[-1] == line["m_max"]


@pytest.mark.parametrize(("text", "s"), POSTS)
def test_posts_have_their_chainage(posted: Path, text: str, s: float) -> None:
    (place,) = locate(posted, f"6185 km {text}")
    assert np.hypot(*(np.array([place.x, place.y]) - railway.along_south(s))) < 0.01


def test_plus_counts_metres_also_in_an_overlong_kilometre(posted: Path) -> None:
    (place,) = locate(posted, "6185 km 12.6 +140")
    assert np.hypot(*(np.array([place.x, place.y]) - railway.along_south(440))) < 0.01
    assert place.line_m == pytest.approx(12693.3, abs=0.1)


def test_kilometres_that_are_missing(posted: Path) -> None:
    with pytest.raises(InputError, match=r"has no km 13\.000: its kilometres jump from 12\.8"):
        locate(posted, "6185 km 13.0")


@pytest.mark.parametrize("km", ["11.0", "14.5", "12.2 +50"])
def test_kilometres_outside(posted: Path, km: str) -> None:
    with pytest.raises(InputError, match=r"outside line 6185, which runs from km 12\.300 to"):
        locate(posted, f"6185 km {km}")


def test_unknown_line(posted: Path) -> None:
    with pytest.raises(InputError, match="no line '7' in the map; it has 6185"):
        locate(posted, "7 km 1")


def test_round_trip(posted: Path) -> None:
    """Position to chainage and back within 1 mm, on the track and next to it."""
    random = np.random.default_rng(5)
    worst = 0.0
    for s, offset in zip(random.uniform(5, 1035, 12), random.uniform(-8, 8, 12), strict=True):
        (x, y), (ax, ay) = railway.along_south(s), railway.along_south(s + 0.01)
        along = np.array([ax - x, ay - y]) / np.hypot(ax - x, ay - y)
        x, y = x + offset * along[1], y - offset * along[0]
        there = locate_at(posted, x, y)
        (back,) = locate(posted, there.text)
        worst = max(worst, float(np.hypot(back.x - x, back.y - y)))
        assert there.line_m == pytest.approx(back.line_m, abs=1e-3)
    assert worst <= 1e-3


def test_text_of_a_location(posted: Path) -> None:
    (place,) = locate(posted, "6185 km 12.400 +3.2")
    assert place.text == "6185 km 12.400 +3.2"
    assert place.line_m == pytest.approx(12403.2, abs=1e-3)
    assert locate_at(posted, place.x, place.y).text == "6185 km 12.400 +3.2"
    assert locate_at(posted, place.lon, place.lat, crs="EPSG:4326").line_m == pytest.approx(
        12403.2, abs=1e-3
    )
    links = read_map(posted).links.set_index("link_id")
    on = shapely.line_interpolate_point(links.loc[place.link_id, "geom"], place.link_m)
    assert np.hypot(on.x - place.x, on.y - place.y) < 1e-6


def test_position_far_from_lines(posted: Path) -> None:
    with pytest.raises(InputError, match=r"nearest line is 6185, \d+\.\d m away"):
        locate_at(posted, railway.X0, railway.Y0 - 200)
    with pytest.raises(InputError, match="beyond the end of line 6185"):
        locate_at(posted, railway.X0 - 10, railway.Y0)


def test_map_without_lines(tmp_path: Path) -> None:
    path = railway.write_railway(tmp_path / "bare.gpkg")
    with pytest.raises(InputError, match="it has none; add one with railmap line add"):
        locate(path, "1 km 1")
    with pytest.raises(InputError, match="no lines; add one"):
        locate_at(path, railway.X0, railway.Y0)


def test_decreasing_chainage(tracks: Path, tmp_path: Path) -> None:
    """A line along which chainage decreases is reversed."""
    falling = [("3.0", 100.0), ("2.9", 200.0), ("2.8", 300.0)]
    result = add_milestones(tracks, write_posts(tmp_path / "p.csv", falling), ref="6185")
    assert result.calibration.reverse
    (place,) = locate(tracks, "6185 km 2.9")
    assert np.hypot(*(np.array([place.x, place.y]) - railway.along_south(200))) < 0.01
    members = read_map(tracks).layers["railway_line_link"]
    assert members["reversed"].tolist() == [False, True, True]


def test_more_posts_later(tracks: Path, tmp_path: Path) -> None:
    add_milestones(tracks, write_posts(tmp_path / "a.csv", POSTS[:2]), ref="6185")
    again = tracks.read_bytes()
    assert add_milestones(tracks, tmp_path / "a.csv", ref="6185").posts == 2
    assert len(read_map(tracks).layers["milestone"]) == 2
    assert (
        add_milestones(tracks, write_posts(tmp_path / "b.csv", POSTS[1:3]), ref="6185").posts == 3
    )
    assert again != tracks.read_bytes()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("position_km,x,y\n12.4,0,0\n", r"post 12\.4 is \d+ m from line 6185"),
        ("position_km,x,y\n12.4,,\n", "row 2 has no position"),
        ("position_km,lon,lat\n12.4,0,0\n", "row 2 is at 0, 0"),
        ("position_text,x,y\nabc,{x},{y}\n", "row 2: 'abc' is not a chainage"),
        ("name,x,y\na,{x},{y}\n", "no column position_km or position_text"),
        ("position_km\n12.4\n", "no position columns"),
        ("position_km,ref,x,y\n12.4,77,{x},{y}\n", "no posts of line 6185"),
        ("", "is empty"),
        ("\0\n", "no position columns"),
    ],
)
def test_bad_posts(tracks: Path, tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "posts.csv"
    x, y = railway.along_south(100)
    path.write_text(text.replace("{x}", str(x)).replace("{y}", str(y)))
    before = tracks.read_bytes()
    with pytest.raises(InputError, match=message) as caught:
        add_milestones(tracks, path, ref="6185")
    assert "\n" not in str(caught.value)
    assert tracks.read_bytes() == before


def test_posts_in_wrong_order(tracks: Path, tmp_path: Path) -> None:
    posts = [("1.0", 100.0), ("1.2", 200.0), ("1.1", 300.0), ("1.3", 400.0)]
    before = tracks.read_bytes()
    with pytest.raises(InputError, match=r"posts 1\.1 and 1\.2 are in the wrong order along"):
        add_milestones(tracks, write_posts(tmp_path / "p.csv", posts), ref="6185")
    assert tracks.read_bytes() == before
