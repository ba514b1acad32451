"""A review as questions and answers: one JSON object a line, for the panel in QGIS."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from railmap.errors import InputError, RailmapError, one_line
from railmap.mapping.review.decisions import decide, take_back
from railmap.mapping.review.items import ReviewItem, review_items
from railmap.mapping.review.journal import Journal
from railmap.mapping.review.labels import write_labels
from railmap.mapping.store.reader import read_map

__all__ = ["ReviewService"]

_Request = dict[str, Any]


class ReviewService:
    """Answers requests about one map until its input ends.

    Requests are objects with ``do``: ``list`` (``below``), ``decide`` (``kind``, ``key``,
    ``verdict``), ``undo``, ``labels`` (``output``, ``below``). An answer repeats ``do`` and has
    ``error`` with one line if the request failed; nothing is changed then.

    Parameters
    ----------
    path
        The map. It is opened for each request and held for none.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = path
        self._items: dict[tuple[str, str], ReviewItem] = {}
        self._journals: list[tuple[ReviewItem, Journal]] = []
        self._commands: dict[str, Callable[[_Request], dict[str, Any]]] = {
            "list": self._list,
            "decide": self._decide,
            "undo": self._undo,
            "labels": self._labels,
        }

    def serve(self, lines: Iterable[str]) -> Iterator[str]:
        """Answer each line."""
        for line in lines:
            if line.strip():
                yield json.dumps(self.answer(line), ensure_ascii=False)

    def answer(self, line: str) -> dict[str, Any]:
        """Answer one request."""
        try:
            request = json.loads(line)
        except ValueError:
            return {"do": "", "error": "not a JSON object"}
        if not isinstance(request, dict) or request.get("do") not in self._commands:
            return {"do": "", "error": f"no request; there are: {', '.join(self._commands)}"}
        name = str(request["do"])
        try:
            return {"do": name, **self._commands[name](request)}
        except RailmapError as error:
            return {"do": name, "error": " ".join(str(error).split())}
        except (KeyError, TypeError, ValueError) as error:
            return {"do": name, "error": f"the request lacks a value: {one_line(error)}"}

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
        self._journals.append((item, decide(self._path, item, str(request["verdict"]))))
        return {"kind": key[0], "key": key[1], "verdict": request["verdict"]}

    def _undo(self, _: _Request) -> dict[str, Any]:
        if not self._journals:
            raise InputError("there is no decision to take back")
        item, journal = self._journals[-1]
        take_back(self._path, journal)
        self._journals.pop()
        return {"kind": item.kind, "key": item.key}

    def _labels(self, request: _Request) -> dict[str, Any]:
        output = str(request["output"])
        found = write_labels(self._path, output, float(request["below"]), overwrite=True)
        return {"output": output, "accepted": found.accepted, "rejected": found.rejected}
