"""Scenes of the tracks themselves, from views of an orthophoto along them."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from shapely import LineString, force_2d, ops

from railmap.errors import InputError
from railmap.mapping.schema.ids import IdMaker
from railmap.mapping.store.reader import read_map
from railmap.progress import NullReporter, Reporter
from railmap.raster.opening import open_raster
from railmap.scenes.job.output import EVENT_LAYER
from railmap.scenes.job.run import Classifier
from railmap.scenes.job.windows import SIDE_PX, TrackWindow, views_along

__all__ = ["LookAlong", "scenes_along", "write_views"]


@dataclass(frozen=True, slots=True)
class LookAlong:
    """Where to look.

    Parameters
    ----------
    tracks
        The map.
    image
        Orthophoto of it.
    step_m
        Metres of track a view.
    side_m
        Side of a view on the ground, metres.
    """

    tracks: Path
    image: Path
    step_m: float = 20.0
    side_m: float = 40.0


def write_views(look: LookAlong, folder: Path, reporter: Reporter | None = None) -> int:
    """Write the views as JPEGs to sort into class folders and train on; how many.

    Parameters
    ----------
    look
        Where to look.
    folder
        Exists; replaces views of the same name.
    reporter
        Is told of the progress.

    Raises
    ------
    MapError, RasterError
        If the map or the image can't be read.
    InputError
        If the image shows none of the tracks.
    """
    from PIL import Image

    from railmap.files.output import atomic_output

    reporter = reporter or NullReporter()
    content, lines = _lines(look.tracks)
    reporter.stage("cutting", _pieces(lines, look.step_m), "views")
    count = 0
    with open_raster(look.image, gsd=look.side_m / SIDE_PX) as source:
        for window, view in views_along(
            source, lines, content.crs, step_m=look.step_m, side_m=look.side_m
        ):
            name = f"{content.links['link_id'].iloc[window.link][:8]}_{window.m_from:07.1f}.jpg"
            with atomic_output(folder / name, overwrite=True) as path:
                Image.fromarray(view).save(path, "JPEG", quality=92)
            count += 1
            reporter.advance(1)
    if not count:
        raise InputError(f"{look.image}: shows none of the tracks of {look.tracks}")
    return count


def scenes_along(
    look: LookAlong,
    classifier: Classifier,
    *,
    min_probability: float = 0.5,
    reporter: Reporter | None = None,
) -> int:
    """Classify the views along every link and attach stretches of one scene; how many stretches.

    Neighbouring views of a link with the same scene are one stretch; a view that is less sure than
    `min_probability` belongs to none.

    Raises
    ------
    MapError, RasterError
        If the map or the image can't be read.
    InputError
        If the image shows none of the tracks.
    """
    import geopandas as gpd
    import pyogrio

    from railmap.mapping.attach.attach import attach_events

    reporter = reporter or NullReporter()
    content, lines = _lines(look.tracks)
    reporter.stage("looking", _pieces(lines, look.step_m), "views")
    seen: list[tuple[TrackWindow, NDArray[np.float32]]] = []
    with open_raster(look.image, gsd=look.side_m / SIDE_PX) as source:
        for window, view in views_along(
            source, lines, content.crs, step_m=look.step_m, side_m=look.side_m
        ):
            seen.append((window, classifier.explain([view])[0][0]))
            reporter.advance(1)
    if not seen:
        raise InputError(f"{look.image}: shows none of the tracks of {look.tracks}")
    make = IdMaker()
    rows: list[dict[str, Any]] = []
    for run in _runs(seen, min_probability):
        first, last = run[0][0], run[-1][0]
        mean = np.mean([probability for _, probability in run], axis=0)
        order = np.argsort(-mean, kind="stable")[:3].tolist()
        scene = classifier.classes[order[0]]
        line: LineString = lines[first.link]
        scale = line.length / max(last.m_to, line.length)
        part = ops.substring(line, first.m_from * scale, last.m_to * scale)
        rows.append(
            {
                "event_id": make("scene", f"{scene}\0{part.wkt}\0{look.image.name}".encode()),
                "scene_class": scene,
                "probability": round(float(mean[order[0]]), 4),
                "top3": json.dumps(
                    {classifier.classes[i]: round(float(mean[i]), 4) for i in order}
                ),
                "model_version": classifier.version,
                "image_id": look.image.name,
                "h_accuracy_m": 0.1,
                "geometry": part,
            }
        )
    if rows:
        with tempfile.TemporaryDirectory() as folder:
            events = Path(folder) / "scenes.gpkg"
            layer = gpd.GeoDataFrame(rows, geometry="geometry", crs=content.crs)
            pyogrio.write_dataframe(layer, events, layer=EVENT_LAYER, driver="GPKG")
            attach_events(look.tracks, events, layer=EVENT_LAYER, reporter=reporter)
    return len(rows)


def _lines(tracks: Path) -> tuple[Any, NDArray[Any]]:
    content = read_map(tracks)
    # M would make shapely cut places of two and of four numbers out of one line
    return content, force_2d(content.links.geometry.to_numpy())


def _pieces(lines: NDArray[Any], step_m: float) -> int:
    return sum(max(1, round(line.length / step_m)) for line in lines)


def _runs(
    seen: Sequence[tuple[TrackWindow, NDArray[np.float32]]],
    least: float,
) -> list[list[tuple[TrackWindow, NDArray[np.float32]]]]:
    """Group neighbouring views of a link that show the same scene."""
    runs: list[list[tuple[TrackWindow, NDArray[np.float32]]]] = []
    for window, probability in seen:
        best = int(probability.argmax())
        if probability[best] < least:
            continue
        last = runs[-1][-1] if runs else None
        if (
            last is not None
            and last[0].link == window.link
            and abs(last[0].m_to - window.m_from) < 1e-6
            and int(last[1].argmax()) == best
        ):
            runs[-1].append((window, probability))
        else:
            runs.append([(window, probability)])
    return runs
