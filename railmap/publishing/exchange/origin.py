"""Licence and origin of a map as every export states them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from railmap.mapping.store.licences import Licence, read_licences
from railmap.mapping.store.reader import Map

__all__ = ["Origin", "origin_of"]

# More images are counted, not named.
_MOST_IMAGES = 20
_NO_LICENCE = "The map records no data of other sources with a licence."


@dataclass(frozen=True, slots=True)
class Origin:
    """Where exported data comes from, and under which licences.

    Parameters
    ----------
    source
        File name of the map.
    made
        Sentence on the run that made the map; empty if the map has none.
    images
        Sentence on its images; empty if the map names none.
    licences
        Licences of data from other sources.
    """

    source: str
    made: str
    images: str
    licences: tuple[Licence, ...]

    @property
    def attribution(self) -> str:
        """Who must be named, in one line; empty if nobody."""
        return "; ".join(one.attribution for one in self.licences if one.attribution)

    @property
    def licence(self) -> str:
        """Names and addresses of the licences in one line, or that there is none."""
        named = "; ".join(_joined(one.name, one.url) for one in self.licences)
        return named or _NO_LICENCE

    def lines(self) -> list[str]:
        """Return all of it as lines of text for a comment, a header or a text file."""
        parts = [f"Exported by railmap from {self.source}.", self.made, self.images]
        parts += [
            f"Licence {one.name}: {_joined(one.attribution, one.url)}" for one in self.licences
        ]
        if not self.licences:
            parts.append(_NO_LICENCE)
        return [" ".join(part.split()) for part in parts if part]

    def to_dict(self) -> dict[str, Any]:
        """Return all of it for JSON."""
        return {
            "origin": self.lines()[: -max(1, len(self.licences))],
            "licences": [
                {"name": one.name, "attribution": one.attribution, "url": one.url}
                for one in self.licences
            ],
        }

    def to_json(self) -> str:
        """Return `to_dict` as one line of JSON."""
        return json.dumps(self.to_dict(), ensure_ascii=False)


def origin_of(content: Map) -> Origin:
    """Return licence and origin of a map.

    Parameters
    ----------
    content
        The map; paths are told as it has them, see `without_paths`.

    Raises
    ------
    MapError
        If its licences cannot be read.
    """
    licences = tuple(read_licences(content.path))
    return Origin(Path(content.path).name, _made(content), _images(content), licences)


def _joined(*parts: str) -> str:
    return ", ".join(part for part in parts if part)


def _made(content: Map) -> str:
    runs = content.layers.get("processing_run", pd.DataFrame())
    if runs.empty:
        return ""
    last = runs.iloc[-1]
    day = "" if pd.isna(last["started_at"]) else f" on {last['started_at']:%Y-%m-%d}"
    version = "" if pd.isna(last["version"]) else f" {last['version']}"
    model = "" if pd.isna(last["model"]) else f" with model {last['model']}"
    return f"Map made{day} by railmap{version}{model}."


def _images(content: Map) -> str:
    images = content.layers.get("source_image", pd.DataFrame())
    if images.empty:
        return ""
    named = [
        str(row.uri) + ("" if pd.isna(row.acquired_at) else f" ({row.acquired_at:%Y-%m-%d})")
        for row in images.head(_MOST_IMAGES).itertuples()
        if isinstance(row.uri, str)
    ]
    more = len(images) - len(named)
    return f"Images: {', '.join(named)}{f' and {more} more' if more else ''}."
