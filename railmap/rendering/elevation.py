"""Write the height model of a rendered image."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from railmap.files.output import atomic_output
from railmap.files.written import check_raster
from railmap.rendering.plan.relief import Relief
from railmap.rendering.scene import Scene

__all__ = ["write_elevation"]

_PIXEL_M = 1.0
_MARGIN_M = 10.0
_NOISE_M = 0.03  # one sigma of a pixel
_NODATA = -9999.0
_VERTICAL = "3855"  # EGM2008 height
_STREAM = 20_232
_BLOCK = 256


def write_elevation(
    scene: Scene,
    relief: Relief,
    path: Path,
    *,
    seed: int,
    crs: str,
    origin: tuple[float, float],
    overwrite: bool = False,
) -> None:
    """Write the ground of a scene as GeoTIFF: float32 metres above the geoid, pixels of 1 m.

    Pixels have errors of 3 cm (one sigma), as those of a laser survey.

    Parameters
    ----------
    scene
        From `render_scene`.
    relief
        Its heights.
    path
        GeoTIFF to write; it reaches 10 m beyond the image.
    seed
        Seed of the errors.
    crs
        EPSG code of the image; that of the heights is added.
    origin
        Easting and northing of the upper left corner of the image.
    overwrite
        Whether an existing file may be replaced.

    Raises
    ------
    OutputError
        If the output exists or cannot be written.
    """
    import rasterio
    from rasterio.transform import from_origin
    from rasterio.windows import Window

    half = np.array(scene.image.shape[1::-1]) * scene.gsd / 2
    width, height = (int(n) for n in np.ceil((2 * half + 2 * _MARGIN_M) / _PIXEL_M))
    west, north = origin[0] - _MARGIN_M, origin[1] + _MARGIN_M
    tracks = scene.plan.tracks if scene.plan else []
    rng = np.random.default_rng((seed, _STREAM))
    with (
        atomic_output(path, overwrite=overwrite, verify=check_raster) as partial,
        rasterio.open(
            partial,
            "w",
            driver="GTiff",
            width=width,
            height=height,
            count=1,
            dtype="float32",
            nodata=_NODATA,
            crs=rasterio.CRS.from_user_input(f"{crs}+{_VERTICAL}"),
            transform=from_origin(west, north, _PIXEL_M, _PIXEL_M),
            tiled=True,
            compress="deflate",
            predictor=3,
        ) as data,
    ):
        x = (np.arange(width) + 0.5) * _PIXEL_M - _MARGIN_M - half[0]
        for top in range(0, height, _BLOCK):
            rows = min(_BLOCK, height - top)
            y = (np.arange(top, top + rows) + 0.5) * _PIXEL_M - _MARGIN_M - half[1]
            xy = np.stack(np.meshgrid(x, y), -1).reshape(-1, 2)
            z = relief.ground(xy, tracks) + rng.normal(0, _NOISE_M, len(xy))
            data.write(
                z.reshape(rows, width).astype(np.float32), 1, window=Window(0, top, width, rows)
            )
        data.units = ("metre",)
