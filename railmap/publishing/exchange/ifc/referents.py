"""The start station and the kilometre posts of an alignment as referents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely

from railmap.mapping.store.reader import Map
from railmap.publishing.exchange.alignment.alignments import Alignment
from railmap.publishing.exchange.alignment.names import joined
from railmap.publishing.exchange.alignment.true_curves import TrueCurve
from railmap.publishing.exchange.ifc.model import Model

__all__ = ["Post", "add_referents", "posts_of"]

# Posts closer than this to the start are the start; stations that differ less are the same.
_SAME_M = 1e-3


@dataclass(frozen=True, slots=True)
class Post:
    """A kilometre post on an alignment.

    Parameters
    ----------
    along
        Metres from the start of the alignment.
    station
        Its chainage, metres.
    incoming
        Station that the metres from the post before give.
    text
        What is written on it, or its kilometres.
    """

    along: float
    station: float
    incoming: float
    text: str


def posts_of(
    content: Map, alignment: Alignment, curves: list[TrueCurve]
) -> tuple[list[Post], list[str]]:
    """Return the posts of an alignment in order, and the texts of those that run backwards.

    A post is where the alignment is nearest to it.
    """
    frame = content.layers.get("milestone", pd.DataFrame())
    if frame.empty:
        return [], []
    own = frame[(frame["line_id"] == alignment.object_id) & frame["position_km"].notna()]
    own = own[own.geometry.notna() & ~own.geometry.is_empty]
    drawn = [curve.drawn() for curve in curves]
    xy = np.vstack([drawn[0][:1], *(part[1:] for part in drawn)])
    along = shapely.line_locate_point(shapely.linestrings(xy), own.geometry.to_numpy())
    found: list[Post] = []
    backwards: list[str] = []
    station, at = alignment.start, 0.0
    for place, row in sorted(zip(along, own.itertuples(), strict=True), key=lambda one: one[0]):
        text = joined("", row.position_text) or f"{row.position_km:.9g}"
        value = 1000 * float(row.position_km)
        if found and value <= station:
            backwards.append(text)
            continue
        found.append(Post(float(place), value, station + float(place) - at, text))
        station, at = value, float(place)
    return found, backwards


def add_referents(
    model: Model, alignment: Alignment, entity: Any, curve: Any, posts: list[Post]
) -> None:
    """Nest the start station and the posts; a post that the metres miss has both stations."""
    key = alignment.object_id
    start = _referent(model, f"{key} start", f"{alignment.start:.3f}", curve, 0.0, "STATION")
    _add_station(model, start, f"{key} start", alignment.start, alignment.start)
    found = [start]
    for number, post in enumerate(posts):
        ident = f"{key} post {number}"
        one = _referent(model, ident, f"km {post.text}", curve, post.along, "KILOPOINT")
        _add_station(model, one, ident, post.station, post.incoming)
        found.append(one)
    model.relate("IfcRelNests", f"{key} posts", RelatingObject=entity, RelatedObjects=found)


def _referent(model: Model, key: str, name: str, curve: Any, along: float, kind: str) -> Any:
    measure = model.add("IfcLengthMeasure", along)
    point = model.add("IfcPointByDistanceExpression", measure, None, None, None, curve)
    axes = model.add("IfcAxis2PlacementLinear", point, None, None)
    place = model.add("IfcLinearPlacement", None, axes, None)
    return model.rooted("IfcReferent", key, Name=name, ObjectPlacement=place, PredefinedType=kind)


def _add_station(model: Model, referent: Any, key: str, ahead: float, back: float) -> None:
    values: dict[str, Any] = {"Station": ("IfcLengthMeasure", ahead)}
    if abs(ahead - back) > _SAME_M:
        values = {"IncomingStation": ("IfcLengthMeasure", back)} | values
    model.describe(referent, key, "Pset_Stationing", values)
