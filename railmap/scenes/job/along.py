"""Classify views of an orthophoto along the tracks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from shapely import LineString, force_2d, ops

from railmap.errors import InputError
from railmap.mapping.schema.ids import IdMaker
from railmap.mapping.store.reader import Map, read_map
from railmap.progress import NullReporter, Reporter
from railmap.raster.opening import open_raster
from railmap.scenes.job.columns import scene_columns
from railmap.scenes.job.output import EVENT_LAYER
from railmap.scenes.job.run import Classifier
from railmap.scenes.job.windows import SIDE_PX, TrackWindow, views_along

__all__ = ["TrackViews", "scenes_along", "write_views"]


@dataclass(frozen=True, slots=True)
class TrackViews:
    """Views of an orthophoto along the tracks of a map.

    Parameters
    ----------
    tracks
        Map of the tracks.
    image
        Orthophoto of the tracks.
    step_m
        Length of track per view, metres.
    side_m
        Side of a view on the ground, metres.
    """

    tracks: Path
    image: Path
    step_m: float = 20.0
    side_m: float = 40.0


def write_views(views: TrackViews, folder: Path, reporter: Reporter | None = None) -> int:
    """Write the views as JPEGs, to sort into class folders and train on.

    Parameters
    ----------
    views
        Map, orthophoto and size of the views.
    folder
        Existing folder; views of the same name are replaced.
    reporter
        Receives the progress.

    Returns
    -------
    int
        Number of views.

    Raises
    ------
    MapError, RasterError
        If the map or the orthophoto cannot be read.
    InputError
        If the orthophoto shows none of the tracks.
    """
    from PIL import Image

    from railmap.files.output import atomic_output

    reporter = reporter or NullReporter()
    content, lines = _read_lines(views.tracks)
    reporter.stage("cutting", _count_views(lines, views.step_m), "views")
    count = 0
    for window, view in _iterate_views(views, lines, content.crs, reporter):
        name = f"{content.links['link_id'].iloc[window.link][:8]}_{window.m_from:07.1f}.jpg"
        with atomic_output(folder / name, overwrite=True) as path:
            Image.fromarray(view).save(path, "JPEG", quality=92)
        count += 1
    return count


def scenes_along(
    views: TrackViews,
    classifier: Classifier,
    *,
    min_probability: float = 0.5,
    reporter: Reporter | None = None,
) -> int:
    """Classify the views along every link and attach the stretches of one scene to the map.

    Adjacent views of a link with the same scene form a stretch; a view with a lower probability
    than `min_probability` belongs to none.

    Parameters
    ----------
    views
        Map, orthophoto and size of the views.
    classifier
        Classifies the views.
    min_probability
        Minimum probability of a scene, 0 to 1.
    reporter
        Receives the progress.

    Returns
    -------
    int
        Number of stretches.

    Raises
    ------
    MapError, RasterError
        If the map or the orthophoto cannot be read.
    InputError
        If the orthophoto shows none of the tracks.
    """
    import geopandas as gpd

    from railmap.mapping.attach.attach import attach_events

    reporter = reporter or NullReporter()
    content, lines = _read_lines(views.tracks)
    reporter.stage("classifying", _count_views(lines, views.step_m), "views")
    classified = [
        (window, classifier.explain([view])[0][0])
        for window, view in _iterate_views(views, lines, content.crs, reporter)
    ]
    make_id = IdMaker()
    rows: list[dict[str, Any]] = []
    for stretch in _join_views(classified, min_probability):
        first, last = stretch[0][0], stretch[-1][0]
        mean = np.mean([probability for _, probability in stretch], axis=0)
        row = scene_columns(mean, classifier.classes, classifier.version)
        line: LineString = lines[first.link]
        scale = line.length / max(last.m_to, line.length)
        part = ops.substring(line, first.m_from * scale, last.m_to * scale)
        key = f"{row['scene_class']}\0{part.wkt}\0{views.image.name}"
        rows.append(
            {
                "event_id": make_id("scene", key.encode()),
                **row,
                "probability": round(row["probability"], 4),
                "image_id": views.image.name,
                "h_accuracy_m": 0.1,
                "geometry": part,
            }
        )
    if rows:
        events = gpd.GeoDataFrame(rows, geometry="geometry", crs=content.crs)
        attach_events(
            views.tracks, events, layer=EVENT_LAYER, name=views.image.name, reporter=reporter
        )
    return len(rows)


def _read_lines(tracks: Path) -> tuple[Map, NDArray[Any]]:
    content = read_map(tracks)
    # with M, shapely's substring mixes coordinates of two and of four numbers
    return content, force_2d(content.links.geometry.to_numpy())


def _iterate_views(
    views: TrackViews, lines: NDArray[Any], crs: Any, reporter: Reporter
) -> Iterator[tuple[TrackWindow, NDArray[np.uint8]]]:
    empty = True
    with open_raster(views.image, gsd=views.side_m / SIDE_PX) as source:
        for window, view in views_along(
            source, lines, crs, step_m=views.step_m, side_m=views.side_m
        ):
            empty = False
            yield window, view
            reporter.advance(1)
    if empty:
        raise InputError(
            f"{views.image}: shows none of the tracks of {views.tracks}; check both files"
        )


def _count_views(lines: NDArray[Any], step_m: float) -> int:
    return sum(max(1, round(line.length / step_m)) for line in lines)


def _join_views(
    classified: Sequence[tuple[TrackWindow, NDArray[np.float32]]],
    min_probability: float,
) -> list[list[tuple[TrackWindow, NDArray[np.float32]]]]:
    """Join adjacent views of a link that show the same scene."""
    stretches: list[list[tuple[TrackWindow, NDArray[np.float32]]]] = []
    for window, probability in classified:
        best = int(probability.argmax())
        if probability[best] < min_probability:
            continue
        last = stretches[-1][-1] if stretches else None
        if (
            last is not None
            and last[0].link == window.link
            and abs(last[0].m_to - window.m_from) < 1e-6
            and int(last[1].argmax()) == best
        ):
            stretches[-1].append((window, probability))
        else:
            stretches.append([(window, probability)])
    return stretches
