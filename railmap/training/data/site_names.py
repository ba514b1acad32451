"""Sites of images, from a table."""

from __future__ import annotations

import csv
from pathlib import Path

from railmap.errors import InputError

__all__ = ["SiteNames"]


class SiteNames:
    """Sites of images, from a CSV with the columns ``name`` and ``scene``.

    Raises
    ------
    InputError
        If the file cannot be read or lacks a column.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with path.open(newline="", encoding="utf-8") as file:
                rows = csv.DictReader(file)
                self._sites = {Path(row["name"]).stem: row["scene"] for row in rows}
        except (OSError, KeyError, UnicodeDecodeError, csv.Error) as error:
            raise InputError(
                f"{path}: not a CSV with the columns name and scene ({error})"
            ) from error

    def __contains__(self, name: str) -> bool:
        """Tell whether the table has an image."""
        return Path(name).stem in self._sites

    def of(self, name: str) -> str:
        """Return the site of an image, by its name with or without suffix.

        Raises
        ------
        InputError
            If the table lacks the image.
        """
        try:
            return self._sites[Path(name).stem]
        except KeyError as error:
            raise InputError(f"{self.path}: has no scene for {name}") from error
