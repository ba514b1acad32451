"""Third-party code of the page, copied into every published folder."""

from __future__ import annotations

import base64
import hashlib
import shutil
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

from railmap.errors import InputError

__all__ = ["ASSETS", "Asset", "copy_assets"]

_LICENCES = "LICENSES.txt"


@dataclass(frozen=True, slots=True)
class Asset:
    """A file of an npm package, kept in `vendor/`; `sha384` is base64."""

    package: str
    version: str
    member: str
    sha384: str

    @property
    def name(self) -> str:
        """File name."""
        return Path(self.member).name


# MapLibre 6 consists of modules with a separate worker, which need more requests to load.
ASSETS: tuple[Asset, ...] = (
    Asset(
        "maplibre-gl",
        "5.24.1",
        "dist/maplibre-gl.css",
        "uTttxo/aOKbdE5RlD/SPzSDoDmNvGlUYPjONi2MN/b7c9HPSvW07OIuyP7uL6jxK",
    ),
    Asset(
        "maplibre-gl",
        "5.24.1",
        "dist/maplibre-gl.js",
        "nXMl9YiLoSG5KBPTFgvxVuIqQQcqIvo0bFrvoEaGJC6r7IibIzF1S36Zbf/sKBtL",
    ),
    Asset(
        "pmtiles",
        "4.5.0",
        "dist/pmtiles.js",
        "pbKNZbDshUsLnZMIVsn/t+j3xEY9PGfuX5Z22l5rcy/obXz3EwaMx1F5d9sRsJMn",
    ),
)


def copy_assets(folder: Path) -> None:
    """Create a folder with `ASSETS` and their licences.

    Raises
    ------
    InputError
        If a file of the installation is not the one of its package.
    """
    folder.mkdir()
    with as_file(files("railmap.publishing.web") / "vendor") as vendor:
        for asset in ASSETS:
            data = (vendor / asset.name).read_bytes()
            if base64.b64encode(hashlib.sha384(data).digest()).decode() != asset.sha384:
                raise InputError(
                    f"{vendor / asset.name}: is not {asset.package} {asset.version};"
                    " install railmap again"
                )
            (folder / asset.name).write_bytes(data)
        shutil.copyfile(vendor / _LICENCES, folder / _LICENCES)
