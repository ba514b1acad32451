"""Make text safe for the program that opens an export."""

from __future__ import annotations

import re

__all__ = ["is_formula", "no_formula", "xml_text"]

_PLAIN_NUMBER = re.compile(r"[+-]?(?:\d+(?:[.,]\d+)*|[.,]\d+)(?:[eE][+-]?\d+)?\s*%?")
# Characters with which a spreadsheet begins a formula, or skips before one.
_FORMULA = re.compile(r"[\t\r\n ]*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r]")
# Characters that XML 1.0 forbids.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def is_formula(text: str) -> bool:
    """Return whether a spreadsheet may take a cell with this text for a formula.

    Examples
    --------
    >>> is_formula("=1+1"), is_formula("-2+3"), is_formula("-2.5"), is_formula("a=1")
    (True, True, False, False)
    """
    return bool(_FORMULA.match(text)) and not _PLAIN_NUMBER.fullmatch(text)


def no_formula(text: str) -> str:
    """Return a text with an apostrophe before what a spreadsheet may take for a formula."""
    return f"'{text}" if is_formula(text) else text


def xml_text(value: object) -> str:
    r"""Return a value as text with U+FFFD for each character that XML forbids.

    Examples
    --------
    >>> xml_text("a\x00b") == "a\ufffdb"
    True
    """
    return _FORBIDDEN.sub("\ufffd", str(value))
