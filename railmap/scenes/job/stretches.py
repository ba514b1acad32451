"""Join photos of one scene along a line into stretches, such as a tunnel from km to km."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import ops

from railmap.mapping.referencing.lineset import Line, LineSet, read_lines
from railmap.mapping.referencing.link_arrays import LinkArrays, read_moves
from railmap.mapping.referencing.projection import LinkIndex
from railmap.mapping.store.reader import read_map

__all__ = ["SceneOnLine", "Stretch", "find_stretches", "join_scenes"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SceneOnLine:
    """Scene of a photo on a line: `line` is its index, `s` metres along it."""

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
        Part of the line, CRS of the map.
    line
        Title of the line.
    m_from, m_to
        Chainage of the whole stretch (which may continue on the next link), metres.
    probability
        Mean over the photos.
    images
        Names of the photos, in the order along the line.
    """

    scene: str
    geometry: shapely.LineString
    line: str
    m_from: float
    m_to: float
    probability: float
    images: tuple[str, ...]


def join_scenes(scenes: Sequence[SceneOnLine], join_m: float) -> list[list[SceneOnLine]]:
    """Join consecutive photos of one scene on a line that are at most `join_m` metres apart.

    Single photos are excluded: a photo is a point.
    """
    groups: list[list[SceneOnLine]] = []
    for scene in sorted(scenes, key=lambda found: (found.line, found.s, found.image)):
        last = groups[-1][-1] if groups else None
        if (
            last is not None
            and (last.line, last.scene) == (scene.line, scene.scene)
            and scene.s - last.s <= join_m
        ):
            groups[-1].append(scene)
        else:
            groups.append([scene])
    return [group for group in groups if len(group) > 1 and group[-1].s > group[0].s]


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
        ``(photos, 2)`` float64 in the CRS of the map.
    scenes
        Class, probability and name of each photo, parallel to `xy`.
    join_m
        Maximum distance of consecutive photos along the line, metres.
    max_distance_m
        Maximum distance of a photo from its link, metres.

    Raises
    ------
    MapError
        If `tracks` is not a map.
    """
    content = read_map(tracks)
    track = LinkArrays.of(content)
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
    for group in join_scenes(on_line, join_m):
        line = known.lines[group[0].line]
        first, last = group[0].s, group[-1].s
        for a, b in _by_link(known, line, first, last):
            part = ops.substring(shapely.LineString(line.xy), a, b)
            if part.geom_type != "LineString" or part.length <= 0:
                continue
            found.append(
                Stretch(
                    scene=group[0].scene,
                    geometry=part,
                    line=line.title,
                    m_from=float(line.chainage(first)),
                    m_to=float(line.chainage(last)),
                    probability=float(np.mean([scene.probability for scene in group])),
                    images=tuple(scene.image for scene in group),
                )
            )
    return found


def _by_link(
    known: LineSet, line: Line, first: float, last: float
) -> Iterator[tuple[float, float]]:
    """Split the section from `first` to `last` metres along a line where its links meet."""
    done = 0.0
    for link, _ in line.sequence:
        end = done + float(known.track.length[link])
        a, b = max(first, done), min(last, end)
        if b > a:
            yield a, b
        done = end
