"""Stretches of the same scene along a line: a tunnel from km to km instead of ten photos."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import ops

from railmap.mapping.referencing.lineset import Line, LineSet, read_lines
from railmap.mapping.referencing.projection import LinkIndex
from railmap.mapping.referencing.trackwork import Trackwork, read_moves
from railmap.mapping.store.reader import read_map

__all__ = ["SceneOnLine", "Stretch", "find_stretches", "join_scenes"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SceneOnLine:
    """A photo's scene at a place on a line: `line` is an index, `s` metres along it."""

    line: int
    s: float
    scene: str
    probability: float
    image: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of one link that shows one scene.

    Parameters
    ----------
    scene
        Class.
    geometry
        The part of the line, CRS of the map.
    line
        What a person calls the line.
    m_from, m_to
        Chainage of the whole stretch (which may go on over the next link), metres.
    probability
        Mean over its photos.
    images
        Its photos' names, along the line.
    """

    scene: str
    geometry: shapely.LineString
    line: str
    m_from: float
    m_to: float
    probability: float
    images: tuple[str, ...]


def join_scenes(scenes: Sequence[SceneOnLine], join_m: float) -> list[list[SceneOnLine]]:
    """Join photos that follow each other on a line with one scene and no more than `join_m` apart.

    Runs of one photo are left out: a photo is a point.
    """
    runs: list[list[SceneOnLine]] = []
    for scene in sorted(scenes, key=lambda found: (found.line, found.s, found.image)):
        last = runs[-1][-1] if runs else None
        if (
            last is not None
            and (last.line, last.scene) == (scene.line, scene.scene)
            and scene.s - last.s <= join_m
        ):
            runs[-1].append(scene)
        else:
            runs.append([scene])
    return [run for run in runs if len(run) > 1 and run[-1].s > run[0].s]


def find_stretches(
    tracks: Path,
    xy: Floats,
    scenes: Sequence[tuple[str, float, str]],
    *,
    join_m: float,
    max_distance_m: float,
) -> list[Stretch]:
    """Find the stretches that photos show.

    Parameters
    ----------
    tracks
        Map with lines; without lines there are no stretches.
    xy
        ``(photos, 2)`` in the map's CRS.
    scenes
        Class, probability and photo's name, parallel to `xy`.
    join_m
        Photos farther apart along the line don't belong together.
    max_distance_m
        Photos farther from any link are on none.

    Raises
    ------
    MapError
        If `tracks` isn't a map.
    """
    content = read_map(tracks)
    track = Trackwork.of(content)
    known = read_lines(content, track)
    if not known.lines or len(xy) == 0:
        return []
    index = LinkIndex(track, read_moves(content, track))
    matches = index.match(xy, np.ones(len(xy)), max_distance_m=max_distance_m)
    on_line: list[SceneOnLine] = []
    for (scene, probability, image), link, m in zip(
        scenes, matches.link.tolist(), matches.m.tolist(), strict=True
    ):
        index_of = int(known.line[link]) if link >= 0 else -1
        if index_of >= 0:
            s = float(known.s_from[link] + known.sign[link] * m)
            on_line.append(SceneOnLine(index_of, s, scene, probability, image))
    found: list[Stretch] = []
    for run in join_scenes(on_line, join_m):
        line = known.lines[run[0].line]
        first, last = run[0].s, run[-1].s
        for a, b in _by_link(known, line, first, last):
            part = ops.substring(shapely.LineString(line.xy), a, b)
            if part.geom_type != "LineString" or part.length <= 0:
                continue
            found.append(
                Stretch(
                    scene=run[0].scene,
                    geometry=part,
                    line=line.title,
                    m_from=float(line.chainage(first)),
                    m_to=float(line.chainage(last)),
                    probability=float(np.mean([scene.probability for scene in run])),
                    images=tuple(scene.image for scene in run),
                )
            )
    return found


def _by_link(
    known: LineSet, line: Line, first: float, last: float
) -> Iterator[tuple[float, float]]:
    """Cut metres `first` to `last` along a line where its links meet."""
    done = 0.0
    for link, _ in line.run:
        end = done + float(known.track.length[link])
        a, b = max(first, done), min(last, end)
        if b > a:
            yield a, b
        done = end
