"""The alignments of a map: its lines, and the links that no line has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from railmap.errors import MapError, one_line
from railmap.mapping.referencing.lineset import Line, read_lines, sequence_line
from railmap.mapping.referencing.link_arrays import LinkArrays
from railmap.mapping.store.reader import Map
from railmap.publishing.exchange.alignment.elements import Element
from railmap.publishing.exchange.alignment.link_elements import link_elements
from railmap.publishing.exchange.alignment.names import Names, joined
from railmap.publishing.exchange.alignment.stations import Equation, equations
from railmap.publishing.exchange.alignment.vertical import VerticalPart, link_profiles

__all__ = ["Alignment", "PlacedLink", "alignment_losses", "alignments_of"]

Floats = NDArray[np.float64]

_CHAINAGE = {
    "none": "Stations are metres from the start of the line.",
    "posts": "Stations are the chainage of the kilometre posts.",
    "design": "Stations are the chainage of the design.",
}


@dataclass(frozen=True, slots=True)
class PlacedLink:
    """A link of an alignment.

    Parameters
    ----------
    link_id
        The link.
    first, length
        Metres along the drawn line of the alignment at which it begins, and its length.
    turned
        Whether it is drawn against the alignment.
    """

    link_id: str
    first: float
    length: float
    turned: bool = False

    def along(self, m: Any) -> Any:
        """Return metres along the drawn line of the alignment for M of the link."""
        return self.first + (self.length - m if self.turned else m)

    def m(self, along: float) -> float:
        """Return the M of the link at metres along the drawn line of the alignment."""
        return self.length - (along - self.first) if self.turned else along - self.first


@dataclass(frozen=True, slots=True)
class Alignment:
    """A line, or a link without a line.

    Parameters
    ----------
    name
        Readable, and unique in the map.
    object_id
        ``line_id`` or ``link_id``.
    description
        What its stations are.
    start
        Station of its start, metres.
    elements
        Its elements in order; each begins where the one before ends.
    equations
        Its station equations in order; none for a link.
    profile
        Its vertical alignment in order; empty without heights.
    links
        Its links in order.
    """

    name: str
    object_id: str
    description: str
    start: float
    elements: list[Element]
    equations: Sequence[Equation] = ()
    profile: Sequence[VerticalPart] = ()
    links: Sequence[PlacedLink] = ()

    def stations(self) -> tuple[Floats, Floats]:
        """Return metres along the drawn line and stations without equations, at its elements."""
        drawn = np.array([0.0, *(element.xys[-1, 2] for element in self.elements)])
        lengths = [element.length for element in self.elements]
        return drawn, self.start + np.r_[0.0, np.cumsum(lengths)]

    @property
    def length(self) -> float:
        """Length of its elements, metres."""
        return sum(element.length for element in self.elements)


def alignments_of(content: Map) -> list[Alignment]:
    """Return the alignments of a map: every line, then every link without one.

    A link that several lines use is in each of them. Links of a line that no longer fits them are
    alignments of their own, see `alignment_losses`.
    """
    links = _sound(content)
    if links.empty:
        return []
    segments = content.layers["alignment_segment"].sort_values(["link_id", "seq"])
    by_link = dict(tuple(segments.groupby("link_id")))
    pieces = [
        link_elements(shapely.get_coordinates(link.geom), by_link.get(link.link_id))
        for link in links.itertuples()
    ]
    profiles = link_profiles(content)
    names = Names()
    found: list[Alignment] = []
    used: set[int] = set()
    track = LinkArrays.of(content)
    for row, line in _lines(content, track):
        if isinstance(line, Line):
            title = joined(" ", row.ref, row.name) or f"line {row.Index}"
            found.append(_of_line(content, names.take(title), track, line, pieces, profiles))
            used |= {link for link, _ in line.sequence}
    rest = [(link, row) for link, row in enumerate(links.itertuples()) if link not in used]
    for link, row in rest:
        name = joined(", ", _link_title(row), f"link {row.Index}")
        text = "Stations are metres from the start of the link."
        parts = profiles.get(row.link_id, ())
        placed = [PlacedLink(row.link_id, 0.0, float(row.geom.length))]
        found.append(
            Alignment(
                names.take(name), row.link_id, text, 0.0, pieces[link], profile=parts, links=placed
            )
        )
    return found


def alignment_losses(content: Map, _layer: str) -> list[str]:
    """Return which lines no longer fit their links and are therefore not written, and why."""
    if _sound(content).empty:
        return []
    return [
        f"{one_line(line)}; its links are alignments of their own"
        for _, line in _lines(content, LinkArrays.of(content))
        if isinstance(line, MapError)
    ]


def _sound(content: Map) -> pd.DataFrame:
    """Return the links that `LinkArrays` has."""
    lines = content.links.geometry.to_numpy()
    sound = (shapely.get_type_id(lines) == 1) & ~shapely.is_empty(lines)
    return content.links[sound & (shapely.length(lines) > 0)]


def _lines(content: Map, track: LinkArrays) -> Iterator[tuple[Any, Line | MapError]]:
    """Read the lines one by one, so that a broken one does not hide the others."""
    rows = content.layers.get("railway_line", pd.DataFrame())
    members = content.layers.get("railway_line_link", pd.DataFrame(columns=["line_id", "seq"]))
    for place, row in enumerate(rows.itertuples()):
        own = {
            "railway_line": rows.iloc[[place]],
            "railway_line_link": members[members["line_id"] == row.line_id],
        }
        try:
            line = read_lines(Map(content.path, content.crs, content.layers | own), track).lines[0]
            sequence_line(track, line.sequence, joined(" ", row.ref) or row.line_id)
        except MapError as error:
            yield row, error
        else:
            yield row, line


def _of_line(
    content: Map,
    name: str,
    track: LinkArrays,
    line: Line,
    pieces: list[list[Element]],
    profiles: dict[str, list[VerticalPart]],
) -> Alignment:
    elements: list[Element] = []
    profile: list[VerticalPart] = []
    placed: list[PlacedLink] = []
    done = 0.0
    for link, reverse in line.sequence:
        total = float(track.length[link])
        placed.append(PlacedLink(track.ids[link], done, total, reverse))
        piece, parts = pieces[link], profiles.get(track.ids[link], [])
        if reverse:
            piece = [element.reversed(total) for element in piece[::-1]]
            parts = [part.reversed(total) for part in parts[::-1]]
        profile += [part.moved(done) for part in parts]
        elements += [element.moved(done) for element in piece]
        done += total
    text = _CHAINAGE.get(line.calibration, _CHAINAGE["none"])
    drawn = np.array([0.0, *(element.xys[-1, 2] for element in elements)])
    along = np.r_[0.0, np.cumsum([element.length for element in elements])]
    steps = equations(content, line, drawn, along)
    return Alignment(name, line.line_id, text, float(line.m[0]), elements, steps, profile, placed)


def _link_title(row: Any) -> str:
    track = joined(" ", row.track_ref)
    return joined(", ", joined(" ", row.ref, row.name), f"track {track}" if track else None)
