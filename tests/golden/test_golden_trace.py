"""`trace` from masks and from probability."""

from __future__ import annotations

from pathlib import Path

import rasterio

from tests.golden import golden_scene
from tests.golden.golden_files import Golden
from tests.golden.golden_inputs import unpack
from tests.golden.golden_rows import (
    Rows,
    check_ids,
    layout_rows,
    map_rows,
    number_ids,
    only_objects,
)
from tests.golden.golden_run import run


def _trace(raster: Path, *options: object) -> Rows:
    """Trace a raster; the rows of its reports, then those of the map."""
    out = raster.with_suffix(".gpkg")
    done = run(raster.parent, "trace", raster.name, "-o", out.name, "--threads", 1, *options)
    check_ids(out)
    return done.rows() + number_ids(map_rows(out))


def test_mask(golden: Golden, tmp_path: Path) -> None:
    raster = golden_scene.write(tmp_path / "mask.tif", golden_scene.mask(), 0.15)
    golden.rows("trace_mask", _trace(raster))
    golden.rows("trace_layout", layout_rows(tmp_path / "mask.gpkg"))


def test_mask_in_chunks_with_other_rules(golden: Golden, tmp_path: Path) -> None:
    raster = golden_scene.write(tmp_path / "mask.tif", golden_scene.mask(later=True), 0.15)
    rows = _trace(raster, "--chunk", 150, "--min-length", 2, "--max-gap", 3, "--tolerance", 0.2)
    golden.rows("trace_rules", only_objects(rows))


def test_drawn_probability(golden: Golden, tmp_path: Path) -> None:
    raster = golden_scene.write(
        tmp_path / "tent.tif", golden_scene.tent(), 0.15, nodata=255,
        RAILMAP_PROFILE="tent", RAILMAP_THRESHOLD="0.5",
    )  # fmt: skip
    with rasterio.open(raster, "r+") as file:
        file.set_band_description(1, "track probability")  # by which ours is known
    golden.rows("trace_tent", only_objects(_trace(raster)))


def test_probability_of_the_shipped_network(golden: Golden, tmp_path: Path) -> None:
    raster = unpack("probability.tif", tmp_path / "probability.tif")
    # Curves are fitted by iterated least squares (LAPACK): ragged ridges make of its last bits up
    # to a micrometre, depending on the CPU.
    golden.rows("trace_network", only_objects(_trace(raster)), tolerance=2e-5)
