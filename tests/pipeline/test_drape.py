"""Heights of tracks: known gradients and parabolas, bridges, voids, feet, other CRS."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyproj
import pytest
import rasterio
from rasterio.transform import from_origin

from railmap.errors import GeoreferenceError, InputError, RasterError, UsageError
from railmap.geometry.vertical.options import HeightOptions
from railmap.mapping import read_map, write_map
from railmap.mapping.remap.edited_map import read_edits
from railmap.mapping.store.editing import edit_map
from railmap.pipeline.drape import DrapedMap, drape_map
from railmap.progress import NullReporter
from tests.helpers import heights, networks
from tests.helpers.heights import LENGTH, PROFILE, TOE, X0, Y0

FOOT = 0.3048


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return heights.write_tracks(tmp_path_factory.mktemp("heights") / "t.gpkg").read_bytes()


@pytest.fixture
def tracks(plain: bytes, tmp_path: Path) -> Path:
    path = tmp_path / "tracks.gpkg"
    path.write_bytes(plain)
    return path


def drape(tracks: Path, dem: Path, **options: Any) -> tuple[DrapedMap, list[str], pd.DataFrame]:
    """Result, warnings, and heights with x and the true height of the profile."""
    reporter = NullReporter()
    found = drape_map(tracks, dem, options=HeightOptions(**options), reporter=reporter)
    frame = read_map(tracks)["track_height"]
    x = frame.geometry.x - X0
    return found, reporter.warnings, frame.assign(x=x, truth=PROFILE.heights(np.clip(x, 0, LENGTH)))


def worst(frame: pd.DataFrame) -> float:
    return float((frame["height_m"] - frame["truth"]).abs().max())


def test_gradients_and_parabolas_are_found(tracks: Path, tmp_path: Path) -> None:
    found, warnings, frame = drape(tracks, heights.write_dem(tmp_path / "dem.tif"))
    assert worst(frame) < 0.003
    assert (frame["source"] == "measured").all()
    assert found.draped == found.links == 3
    assert found.steepest_permille == pytest.approx(17.0, abs=0.05)
    assert len(warnings) == 1
    assert "names no vertical CRS" in warnings[0]
    content = read_map(tracks)
    ids = content.links["link_id"].tolist()
    rows = content["vertical_segment"]
    first, second = (rows[rows["link_id"] == ids[i]] for i in (0, 1))
    assert first["type"].tolist() == ["CONSTANTGRADIENT", "PARABOLICARC"]
    assert first["start_gradient_permille"].iloc[0] == pytest.approx(12.0, abs=0.05)
    assert first["length_m"].sum() == pytest.approx(TOE, abs=0.01)
    # the second link is drawn against the chain
    assert second["type"].tolist() == ["CONSTANTGRADIENT", "PARABOLICARC"] * 2
    assert second["start_gradient_permille"].iloc[0] == pytest.approx(-17.0, abs=0.05)
    assert second["radius_m"].iloc[1] == pytest.approx(4000, rel=0.01)
    assert second["radius_m"].iloc[3] == pytest.approx(-6000, rel=0.01)
    assert second["m_from"].iloc[1] == pytest.approx(LENGTH - 1150, abs=2)
    for link in (first, second):
        ends = link["m_from"] + link["length_m"]
        assert np.allclose(link["m_from"].iloc[1:], ends.iloc[:-1], atol=0.002)
        assert np.allclose(
            link["start_gradient_permille"].iloc[1:], link["end_gradient_permille"].iloc[:-1]
        )
    on_second = frame[frame["link_id"] == ids[1]]
    slope = np.gradient(on_second["height_m"], on_second["link_m"]) * 1000
    assert np.allclose(slope, on_second["gradient_permille"], atol=1.0)


def test_a_node_has_one_height(tracks: Path, tmp_path: Path) -> None:
    _, _, frame = drape(tracks, heights.write_dem(tmp_path / "dem.tif", noise=0.2))
    at_toe = frame[(frame.geometry.x == X0 + TOE) & (frame.geometry.y == Y0)]["height_m"]
    assert len(at_toe) == 3
    assert np.ptp(at_toe) < 0.01
    ids = read_map(tracks).links["link_id"].tolist()
    main, branch = (frame[frame["link_id"] == ids[i]].iloc[end] for i, end in ((0, -1), (2, 0)))
    assert branch["gradient_permille"] == pytest.approx(main["gradient_permille"], abs=2.0)


def test_noise_gives_no_elements(tracks: Path, tmp_path: Path) -> None:
    found, _, frame = drape(tracks, heights.write_dem(tmp_path / "dem.tif", noise=0.1))
    assert np.sqrt(((frame["height_m"] - frame["truth"]) ** 2).mean()) < 0.03
    assert found.segments <= 9
    assert found.steepest_permille == pytest.approx(17.0, abs=0.5)


def valley(x: np.ndarray) -> np.ndarray:
    """A river 9 m under the track at 700 to 760 m, a road 6 m above it at 1300 m."""
    z = PROFILE.heights(x)
    z = z - 9 * np.clip(1 - np.maximum(np.abs(x - 730) - 22, 0) / 8, 0, 1)
    return np.where(np.abs(x - 1300) < 5, z + 6, z)


def test_what_is_too_steep_is_bridged(tracks: Path, tmp_path: Path) -> None:
    found, _, frame = drape(tracks, heights.write_dem(tmp_path / "dem.tif", valley))
    assert worst(frame) < 0.02
    jumps = frame[frame["source"] == "jump"]
    main = jumps[jumps.geometry.y == Y0]["x"]
    assert set(main[main < 1000]) >= set(np.arange(705.0, 756.0, 5.0))
    assert main.between(680, 780).sum() + main.between(1280, 1320).sum() == len(main)
    assert 1300.0 in set(main)
    assert found.by_source_m["jump"] < 250
    assert (frame["terrain_m"] - frame["truth"])[jumps.index].abs().max() == pytest.approx(9, abs=1)


@pytest.mark.parametrize("column", ["bridge", "tunnel"])
def test_structures_of_the_map_are_bridged(tmp_path: Path, column: str) -> None:
    tracks = heights.write_tracks(tmp_path / "tracks.gpkg", heights.in_three_parts(700, 900))

    def hollow(x: np.ndarray) -> np.ndarray:
        """Not too steep for a track."""
        return PROFILE.heights(x) - 3 * np.sin(np.clip((x - 700) / 200, 0, 1) * np.pi) ** 2

    dem = heights.write_dem(tmp_path / "dem.tif", hollow)
    _, _, frame = drape(tracks, dem)
    assert worst(frame) > 2
    with edit_map(tracks) as sql:
        sql.execute(f"UPDATE railway_link SET {column} = 1 WHERE fid = 2")
    found, _, frame = drape(tracks, dem)
    assert worst(frame) < 0.01
    assert set(frame.loc[frame["x"].between(701, 899), "source"]) == {column}
    assert found.by_source_m[column] == pytest.approx(200, abs=6)


def test_a_bridge_at_the_end_of_a_track_has_no_heights(tracks: Path, tmp_path: Path) -> None:
    with edit_map(tracks) as sql:
        sql.execute("UPDATE railway_link SET bridge = 1 WHERE fid = 3")
    _, _, frame = drape(tracks, heights.write_dem(tmp_path / "dem.tif"))
    branch = frame[frame["link_id"] == read_map(tracks).links["link_id"].iloc[2]]
    assert set(branch["source"]) == {"bridge", "unknown"} or set(branch["source"]) == {"unknown"}
    assert branch["height_m"].notna().sum() <= 4


def test_short_voids_are_bridged_and_long_ones_are_not(tracks: Path, tmp_path: Path) -> None:
    dem = heights.write_dem(tmp_path / "dem.tif", void=(600, 700))
    found, warnings, frame = drape(tracks, dem)
    assert worst(frame) < 0.01
    inside = frame[frame["x"].between(604, 696)]
    assert (inside["source"] == "void").all()
    assert inside["terrain_m"].isna().all()
    assert inside["height_m"].notna().all()
    assert any("has no data at" in text for text in warnings)
    found, _, frame = drape(tracks, dem, longest_gap_m=50.0)
    inside = frame[frame["x"].between(604, 696)]
    assert (inside["source"] == "unknown").all()
    assert inside["height_m"].isna().all()
    assert inside["gradient_permille"].isna().all()
    assert worst(frame) < 0.01
    assert found.draped == 1


def test_a_model_that_does_not_cover_the_map(tracks: Path, tmp_path: Path) -> None:
    found, warnings, frame = drape(tracks, heights.write_dem(tmp_path / "dem.tif", x_to=1000))
    assert any("does not cover 498 of 1844 m" in text for text in warnings)
    assert frame[frame["x"] > 1005]["height_m"].isna().all()
    assert (frame[frame["x"] > 1005]["source"] == "unknown").all()
    assert frame[frame["x"] < 995]["height_m"].notna().all()
    assert worst(frame) < 0.01
    assert found.draped == 2
    away = heights.write_dem(tmp_path / "away.tif", x_from=5000, x_to=5400)
    before = tracks.read_bytes()
    with pytest.raises(InputError, match=r"away\.tif: the elevation model covers no track of"):
        drape_map(tracks, away)
    assert tracks.read_bytes() == before


@pytest.mark.parametrize(
    ("given", "unit"), [("ft", None), ("US survey foot", None), (None, "ft"), ("m", "us-ft")]
)
def test_feet_become_metres(
    tracks: Path, tmp_path: Path, given: str | None, unit: str | None
) -> None:
    metres = 1200 / 3937 if given == "US survey foot" or unit == "us-ft" else FOOT
    dem = heights.write_dem(tmp_path / "dem.tif", scale=1 / metres, unit=given)
    _, _, frame = drape(tracks, dem, unit=unit)
    assert worst(frame) < 0.005
    assert read_map(tracks)["elevation_model"]["unit_m"].iloc[0] == pytest.approx(metres)


@pytest.mark.parametrize(
    ("crs", "unit", "name"),
    [("EPSG:25832+7837", 1.0, "EPSG:7837"), ("EPSG:25832+6360", 1200 / 3937, "EPSG:6360")],
)
def test_the_vertical_crs_is_kept(
    tracks: Path, tmp_path: Path, crs: str, unit: float, name: str
) -> None:
    dem = heights.write_dem(tmp_path / "dem.tif", crs=crs, scale=1 / unit)
    found, warnings, frame = drape(tracks, dem)
    assert warnings == []
    assert found.vertical_crs == name
    row = read_map(tracks)["elevation_model"].iloc[0]
    assert (row["vertical_crs"], row["crs"]) == (name, "EPSG:25832")
    assert worst(frame) < 0.005


def test_a_model_in_degrees_is_transformed(tracks: Path, tmp_path: Path) -> None:
    move = pyproj.Transformer.from_crs(4326, networks.CRS, always_xy=True)
    west, south = move.transform(X0 - 100, Y0 - 100, direction="INVERSE")
    east, north = move.transform(X0 + LENGTH + 100, Y0 + 300, direction="INVERSE")
    step = 2e-5
    lon, lat = np.arange(west - step, east + step, step), np.arange(north + step, south, -step)
    x, _ = move.transform(*np.meshgrid(lon + step / 2, lat - step / 2))
    z = PROFILE.heights(np.clip(x - X0, 0, LENGTH).ravel()).reshape(x.shape)
    with rasterio.open(
        tmp_path / "dem.tif", "w", driver="GTiff", width=len(lon), height=len(lat), count=1,
        dtype="float32", crs="EPSG:4326", transform=from_origin(lon[0], lat[0], step, step),
    ) as dataset:  # fmt: skip
        dataset.write(z.astype(np.float32), 1)
    _, _, frame = drape(tracks, tmp_path / "dem.tif")
    assert worst(frame) < 0.01


def test_draping_again_replaces_the_heights(tracks: Path, tmp_path: Path) -> None:
    drape(tracks, heights.write_dem(tmp_path / "dem.tif"))
    _, _, first = drape(tracks, tmp_path / "dem.tif")
    count = len(first)
    _, _, again = drape(tracks, tmp_path / "dem.tif", step_m=10.0)
    assert len(again) < 0.6 * count
    assert len(read_map(tracks)["elevation_model"]) == 1


def test_mapping_again_says_that_the_heights_are_gone(tracks: Path, tmp_path: Path) -> None:
    drape(tracks, heights.write_dem(tmp_path / "dem.tif"))
    reporter = NullReporter()
    edits = read_edits(tracks)
    network = networks.junction()
    write_map(
        tracks, network, networks.CRS, images=networks.images(), run=networks.run_record(),
        edits=edits, overwrite=True, reporter=reporter,
    )  # fmt: skip
    assert [text for text in reporter.warnings if "drape it again" in text]
    assert "track_height" not in read_map(tracks).layers
    assert read_edits(tracks) is None


def test_what_is_no_elevation_model_is_refused(tracks: Path, tmp_path: Path) -> None:
    before = tracks.read_bytes()
    for name, count, crs, error, words in (
        ("picture.tif", 3, networks.CRS, RasterError, "is a picture of 3 bands"),
        ("nowhere.tif", 1, None, GeoreferenceError, "has no CRS"),
    ):
        with rasterio.open(
            tmp_path / name, "w", driver="GTiff", width=8, height=8, count=count, dtype="uint8",
            crs=crs, transform=from_origin(X0, Y0, 1, 1),
        ) as dataset:  # fmt: skip
            dataset.write(np.zeros((count, 8, 8), np.uint8))
        with pytest.raises(error, match=words):
            drape_map(tracks, tmp_path / name)
    with pytest.raises(RasterError, match="no such file"):
        drape_map(tracks, tmp_path / "none.tif")
    dem = heights.write_dem(tmp_path / "dem.tif")
    with pytest.raises(UsageError, match="unit is m, ft, us-ft, not 'miles'"):
        drape_map(tracks, dem, options=HeightOptions(unit="miles"))
    with pytest.raises(UsageError, match=r"step_m is 0\.1 to 100, not 0"):
        drape_map(tracks, dem, options=HeightOptions(step_m=0.0))
    assert tracks.read_bytes() == before
