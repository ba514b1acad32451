"""The entries of a review, their order, and what was decided; plain Python, without QGIS."""

from __future__ import annotations

from dataclasses import dataclass

_NEUTRAL = "#757575"
# Red to green through amber, at these confidences.
_AT = (0.0, 0.5, 0.8, 1.0)
_RAMP = ((198, 40, 40), (239, 108, 0), (249, 168, 37), (46, 125, 50))


@dataclass(frozen=True)
class Entry:
    """A doubtful track or an open issue, as the engine lists it."""

    kind: str
    key: str
    rule: str = ""
    severity: str = "info"
    message: str = ""
    confidence: float | None = None
    link_id: str | None = None
    wkt: str = ""

    @property
    def id(self) -> tuple:
        """What identifies it in the map."""
        return (self.kind, self.key)

    @property
    def colour(self) -> str:
        """Give the colour of its confidence."""
        return confidence_colour(self.confidence)


class ReviewList:
    """The entries, where the reviewer is among them, and the verdicts of this session."""

    def __init__(self) -> None:
        self.entries: list = []
        self.verdicts: dict = {}
        self.index = -1

    def fill(self, found) -> None:
        """Take the engine's list.

        Entries that were decided stay, so that progress counts them. One that is gone without a
        decision is dropped: it was edited or checked away. The reviewer stays at the same entry.

        Parameters
        ----------
        found
            Dictionaries with the fields of `Entry`; others are ignored.
        """
        here = self.current
        known = Entry.__dataclass_fields__
        new = [Entry(**{key: value for key, value in one.items() if key in known}) for one in found]
        open_now = {entry.id for entry in new}
        for key in open_now & set(self.verdicts):
            del self.verdicts[key]  # it is open again: taken back, or undone in the map
        decided = [entry for entry in self.entries if entry.id in self.verdicts]
        self.entries = decided + new
        ids = [entry.id for entry in self.entries]
        if here is not None and here.id in ids:
            self.index = ids.index(here.id)
        else:
            self.index = self._open_from(min(self.index, len(ids) - 1))

    def clear(self) -> None:
        """Forget everything: another map."""
        self.entries, self.verdicts, self.index = [], {}, -1

    @property
    def current(self):
        """Give the entry at which the reviewer is, None if there is none."""
        return self.entries[self.index] if 0 <= self.index < len(self.entries) else None

    @property
    def verdict(self) -> str:
        """Give what was decided about the current entry, empty if nothing was."""
        return self.verdicts.get(self.current.id, "") if self.current else ""

    def move(self, step: int) -> None:
        """Go on or back; past the last entry comes the first."""
        if self.entries:
            self.index = (self.index + step) % len(self.entries)

    def decided(self, key, verdict: str) -> None:
        """Note a decision; go on to the next open entry if it was about the current one."""
        self.verdicts[tuple(key)] = verdict
        if self.current is not None and self.current.id == tuple(key):
            self.index = self._open_from(self.index)

    def taken_back(self, key) -> None:
        """Forget a decision and go there."""
        self.verdicts.pop(tuple(key), None)
        ids = [entry.id for entry in self.entries]
        if tuple(key) in ids:
            self.index = ids.index(tuple(key))

    @property
    def progress(self) -> tuple:
        """Give how many entries are decided, and how many there are."""
        return (len(self.verdicts), len(self.entries))

    @property
    def finished(self) -> bool:
        """Whether every entry is decided."""
        return len(self.verdicts) >= len(self.entries)

    def _open_from(self, index: int) -> int:
        """Give the first open entry from there on, around the end; the same place without one."""
        count = len(self.entries)
        for step in range(count):
            at = (max(index, 0) + step) % count
            if self.entries[at].id not in self.verdicts:
                return at
        return min(max(index, 0), count - 1)


def confidence_colour(confidence) -> str:
    """Give the colour of a confidence of 0 to 1, grey where there is none."""
    if confidence is None:
        return _NEUTRAL
    value = min(max(float(confidence), 0.0), 1.0)
    high = next(index for index in (1, 2, 3) if value <= _AT[index])
    share = (value - _AT[high - 1]) / (_AT[high] - _AT[high - 1])
    low_rgb, high_rgb = _RAMP[high - 1], _RAMP[high]
    rgb = [round(low_rgb[i] + share * (high_rgb[i] - low_rgb[i])) for i in range(3)]
    return "#{:02x}{:02x}{:02x}".format(*rgb)
