"""Changes of a map as questions and answers: one JSON object a line, for the tools in QGIS."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import shapely
from numpy.typing import NDArray

from railmap.errors import InputError, RailmapError, one_line
from railmap.mapping.review.decisions import decide, take_back
from railmap.mapping.review.items import ReviewItem, review_items
from railmap.mapping.review.journal import Journal
from railmap.mapping.review.labels import write_labels
from railmap.mapping.review.new_post import add_post, lines_at
from railmap.mapping.review.new_track import add_track, plan_track
from railmap.mapping.store.reader import Map, read_map

__all__ = ["FoundLine", "ReviewService", "TrackFinder"]

_Request = dict[str, Any]


class FoundLine(Protocol):
    """A line of a track in the CRS of the map."""

    @property
    def xy(self) -> NDArray[np.float64]: ...  # noqa: D102

    @property
    def unseen_m(self) -> float: ...  # noqa: D102

    @property
    def evidence(self) -> Sequence[str]: ...  # noqa: D102


class TrackFinder(Protocol):
    """Finds the track between two points; the map itself reads no pixels."""

    def __call__(  # noqa: D102
        self,
        start: tuple[float, float],
        end: tuple[float, float],
        crs: Any,
        rasters: Sequence[str],
        *,
        probability: str | None = None,
    ) -> FoundLine: ...


class ReviewService:
    """Answers requests about one map until its input ends.

    Requests are objects with ``do``: ``list`` (``below``), ``decide`` (``kind``, ``key``,
    ``verdict``), ``trace`` (``start``, ``end``, ``rasters``, ``probability``), ``keep``, ``lines``
    (``point``), ``post`` (``line_id``, ``point``, ``text``), ``undo``, ``labels`` (``output``,
    ``below``). Points are x, y in the map's CRS. ``trace`` finds the track between two points and
    changes nothing; ``keep`` adds what it found last. ``lines`` lists the railway lines at a
    place; ``post`` adds a kilometre post to one. ``undo`` takes back the last decision, or the
    last track or post that was added. An answer repeats ``do`` and has ``error`` with one line if
    the request failed; nothing is changed then.

    Parameters
    ----------
    path
        The map. It is opened for each request and held for none.
    find
        Answers ``trace``; without it there is no such request.
    """

    def __init__(self, path: str | os.PathLike[str], find: TrackFinder | None = None) -> None:
        self._path = path
        self._find = find
        self._found: FoundLine | None = None
        self._items: dict[tuple[str, str], ReviewItem] = {}
        # What was changed, as kind and key, and how to take it back.
        self._journals: list[tuple[str, str, Journal]] = []
        self._commands: dict[str, Callable[[_Request], dict[str, Any]]] = {
            "list": self._list,
            "decide": self._decide,
            "lines": self._lines,
            "post": self._post,
            "undo": self._undo,
            "labels": self._labels,
        }
        if find is not None:
            self._commands |= {"trace": self._trace, "keep": self._keep}

    def serve(self, lines: Iterable[str]) -> Iterator[str]:
        """Answer each line."""
        for line in lines:
            if line.strip():
                yield json.dumps(self.answer(line), ensure_ascii=False)

    def answer(self, line: str) -> dict[str, Any]:
        """Answer one request."""
        try:
            request = json.loads(line)
        except (ValueError, RecursionError):
            return {"do": "", "error": "not a JSON object"}
        name = request.get("do") if isinstance(request, dict) else None
        if not isinstance(name, str) or name not in self._commands:
            return {"do": "", "error": f"no request; there are: {', '.join(self._commands)}"}
        try:
            return {"do": name, **self._commands[name](request)}
        except RailmapError as error:
            return {"do": name, "error": " ".join(str(error).split())}
        except KeyError as error:
            return {"do": name, "error": f"the request lacks a value: {one_line(error)}"}
        except (TypeError, ValueError, OverflowError, OSError) as error:
            return {"do": name, "error": f"the request cannot be done: {one_line(error)}"}

    def _list(self, request: _Request) -> dict[str, Any]:
        content = read_map(self._path)
        items = review_items(content, float(request["below"]))
        self._items = {(item.kind, item.key): item for item in items}
        return {"items": [item.plain() for item in items], "crs": content.crs.to_wkt()}

    def _decide(self, request: _Request) -> dict[str, Any]:
        key = (str(request["kind"]), str(request["key"]))
        item = self._items.get(key)
        if item is None:
            raise InputError("this entry is not in the list; list it again")
        self._journals.append((*key, decide(self._path, item, str(request["verdict"]))))
        return {"kind": key[0], "key": key[1], "verdict": request["verdict"]}

    def _undo(self, _: _Request) -> dict[str, Any]:
        if not self._journals:
            raise InputError("there is nothing to take back")
        kind, key, journal = self._journals[-1]
        take_back(self._path, journal)
        self._journals.pop()
        return {"kind": kind, "key": key}

    def _trace(self, request: _Request) -> dict[str, Any]:
        assert self._find is not None
        self._found = None
        start, end = _point(request["start"]), _point(request["end"])
        rasters = [str(raster) for raster in request.get("rasters") or ()]
        probability = request.get("probability")
        content = read_map(self._path)
        found = self._find(
            start, end, content.crs, rasters or _images_of(content),
            probability=None if probability is None else str(probability),
        )  # fmt: skip
        pieces = plan_track(self._path, found.xy)
        self._found = found
        return {
            "wkt": shapely.MultiLineString([piece.xy for piece in pieces]).wkt,
            "length_m": round(sum(shapely.LineString(p.xy).length for p in pieces), 3),
            "unseen_m": round(found.unseen_m, 3),
            "evidence": list(found.evidence),
            "joined": [[piece.start is not None, piece.end is not None] for piece in pieces],
            "crs": content.crs.to_wkt(),
        }

    def _keep(self, _: _Request) -> dict[str, Any]:
        if self._found is None:
            raise InputError("there is no track to keep; trace one")
        added = add_track(self._path, self._found.xy, self._found.unseen_m)
        self._found = None
        self._journals.append(("track", added.link_ids[0], added.journal))
        return {"links": list(added.link_ids), "length_m": round(added.length_m, 3)}

    def _lines(self, request: _Request) -> dict[str, Any]:
        here = lines_at(self._path, _point(request["point"]))
        return {
            "lines": [
                {
                    "line_id": one.line_id,
                    "title": one.title,
                    "distance_m": round(one.distance_m, 3),
                    "line_m": round(one.line_m, 3),
                    "posts": one.posts,
                }
                for one in here
            ]
        }

    def _post(self, request: _Request) -> dict[str, Any]:
        line_id, text = str(request["line_id"]), str(request["text"])
        added = add_post(self._path, line_id, _point(request["point"]), text)
        self._journals.append(("post", line_id, added.journal))
        line = added.result.line
        return {
            "line_id": line_id,
            "title": line.title,
            "text": added.position_text,
            "posts": added.result.posts,
            "from_m": round(float(line.m[0]), 3),
            "to_m": round(float(line.m[-1]), 3),
            "remarks": added.result.remarks(),
        }

    def _labels(self, request: _Request) -> dict[str, Any]:
        output = str(request["output"])
        found = write_labels(self._path, output, float(request["below"]), overwrite=True)
        return {"output": output, "accepted": found.accepted, "rejected": found.rejected}


def _point(value: Any) -> tuple[float, float]:
    x, y = value
    return float(x), float(y)


def _images_of(content: Map) -> list[str]:
    """Return the images of which a map was made, as far as they are there."""
    found = []
    for uri in content.layers["source_image"]["uri"].dropna():
        for file in (Path(uri), Path(content.path).parent / uri):
            if file.is_file():
                found.append(str(file))
                break
    return found
