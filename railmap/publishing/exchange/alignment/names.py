"""Readable names that are unique in a file."""

from __future__ import annotations

import pandas as pd

from railmap.publishing.exchange.safe_text import xml_text

__all__ = ["Names", "joined"]


class Names:
    """The names of a file, no two alike."""

    def __init__(self) -> None:
        self._used: set[str] = set()

    def take(self, name: str) -> str:
        """Return `name`, with a number in brackets if it is in use.

        Examples
        --------
        >>> names = Names()
        >>> names.take("6185"), names.take("6185")
        ('6185', '6185 (2)')
        """
        found, count = name, 1
        while found in self._used:
            count += 1
            found = f"{name} ({count})"
        self._used.add(found)
        return found


def joined(separator: str, *values: object) -> str:
    r"""Return the values that hold something, each once and in one line, as text for XML.

    Examples
    --------
    >>> joined(" ", "6185", None, "Main\tline"), joined(" ", "6185", "6185")
    ('6185 Main line', '6185')
    """
    texts = [" ".join(xml_text(value).split()) for value in values if not pd.isna(value)]
    return separator.join(dict.fromkeys(text for text in texts if text))
