"""Growth of rendered defects, measured with the shipped network against the truth.

python benchmarks/defect_growth.py --out runs/growth

Three defects grow at known rates. Each of four surveys has one rendered image of each, with noise
of its own; `railmap defects` measures them, `railmap growth` follows them. Writes growth.csv,
growth.svg and growth.md, a table of true and measured growth.
"""

from __future__ import annotations

import argparse
import math
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from PIL import Image

import railmap
from railmap.rendering.rail_head.rail_surface import render_rail
from railmap.rendering.rail_head.surface_defects import SurfaceDefect

PIXEL_MM = 0.45
ROWS = 600
START = datetime(2026, 3, 1, tzinfo=UTC)
DAYS = (0, 60, 120, 180)
AHEAD = 240
# kind, length and width at the start in pixels, growth of both per day
DEFECTS = (
    ("spalling", 40.0, 34.0, 0.0030),
    ("spalling", 46.0, 36.0, 0.0012),
    ("spalling", 56.0, 44.0, 0.0),
)


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=5)
    options = parser.parse_args()
    out: Path = options.out
    out.mkdir(parents=True, exist_ok=True)
    tracks = out / "tracks.gpkg"
    scene = out / "scene.tif"
    railmap.synth(scene, seed=16, gsd=0.1, width=800, height=800, overwrite=True)
    railmap.vectorize(scene, tracks, overwrite=True)
    places = along_the_longest(tracks)
    maps = [survey(out, tracks, places, day, options.seed) for day in DAYS]
    at = START + timedelta(days=AHEAD)
    found = railmap.growth(
        maps, out / "growth.csv", picture=out / "growth.svg", at=at, overwrite=True
    )
    lines = [
        "| defect | true areas, mm² | measured | true growth, mm² a day | measured, 95 % interval |"
        " true at day 240 | forecast, 95 % interval |",
        "|---|---|---|---:|---|---:|---|",
    ]
    for index in range(len(DEFECTS)):
        areas = [true_area(index, day, options.seed) for day in DAYS]
        rate = float(np.polyfit(DAYS, areas, 1)[0])
        one = next((one for one in found if nearest(one, tracks, places) == index), None)
        lines.append(row(index, areas, rate, true_area(index, AHEAD, options.seed), one))
    (out / "growth.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


def along_the_longest(tracks: Path) -> list[tuple[float, float]]:
    """Return a place for each defect, 8 m apart along the longest link."""
    links = railmap.read_map(tracks).links
    line = links.geometry.iloc[int(links.length.argmax())]
    points = [line.interpolate(10.0 + 8.0 * index) for index in range(len(DEFECTS))]
    return [(point.x, point.y) for point in points]


def nearest(one: railmap.DefectGrowth, tracks: Path, places: list[tuple[float, float]]) -> int:
    """Return the index of the rendered defect at the place of a measured one."""
    links = railmap.read_map(tracks).links.set_index("link_id")
    point = links.geometry[one.link_id].interpolate(one.link_m)
    return int(np.argmin([math.hypot(point.x - x, point.y - y) for x, y in places]))


def defect(index: int, day: float) -> SurfaceDefect:
    kind, length, width, growth = DEFECTS[index]
    scale = 1 + growth * day
    return SurfaceDefect(kind, ROWS / 2, 80, length * scale, width * scale, seed=11 + index)


def true_area(index: int, day: float, seed: int) -> float:
    """Return the area in mm²."""
    image = render_rail(seed + index, ROWS, 1, [defect(index, day)])
    return float(image.mask.sum()) * PIXEL_MM**2


def survey(out: Path, tracks: Path, places: list[tuple[float, float]], day: int, seed: int) -> Path:
    """Render the images of a survey, and map their defects."""
    folder = out / f"day{day:03d}"
    folder.mkdir(exist_ok=True)
    rng = np.random.default_rng([seed, day])
    rows = ["image,x,y"]
    for index, (x, y) in enumerate(places):
        grey = render_rail(seed + index, ROWS, 1, [defect(index, day)]).image
        seen = grey * rng.uniform(0.9, 1.1) + rng.normal(0, 3, grey.shape)
        name = f"rail{index}.png"
        Image.fromarray(np.clip(seen, 0, 255).astype(np.uint8)).save(folder / name)
        rows.append(f"{name},{x:.3f},{y:.3f}")
    table = folder / "positions.csv"
    table.write_text("\n".join(rows) + "\n")
    target = out / f"survey{day:03d}.gpkg"
    target.write_bytes(tracks.read_bytes())
    railmap.find_defects(
        sorted(folder.glob("*.png")),
        out / f"defects{day:03d}.gpkg",
        tracks=target,
        scale=railmap.ScaleOptions(pixel_size=railmap.PixelScale(PIXEL_MM, PIXEL_MM)),
        positions=railmap.SurfacePositionOptions(positions=table, crs="EPSG:32632"),
        survey_date=(START + timedelta(days=day)).date().isoformat(),
        overwrite=True,
    )
    return target


def row(
    index: int, areas: list[float], rate: float, ahead: float, one: railmap.DefectGrowth | None
) -> str:
    cells = [DEFECTS[index][0], ", ".join(f"{area:.0f}" for area in areas)]
    forecast = one.forecast if one else None
    if one is None or forecast is None:
        return (
            f"| {' | '.join([*cells, 'not followed', f'{rate:.2f}', '–', f'{ahead:.0f}', '–'])} |"
        )
    cells += [", ".join(f"{area:.0f}" for area in one.areas), f"{rate:.2f}"]
    low, high = forecast.rate_interval or (math.nan, math.nan)
    cells += [f"{forecast.rate:.2f} ({low:.2f} to {high:.2f})", f"{ahead:.0f}"]
    if forecast.interval is None or forecast.area is None:
        return f"| {' | '.join([*cells, 'not in the last survey'])} |"
    low, high = forecast.interval
    cells.append(f"{forecast.area:.0f} ({low:.0f} to {high:.0f})")
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
