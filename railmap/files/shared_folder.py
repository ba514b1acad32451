"""Folders of whole files that several processes share: on a disk, or in object storage."""

from __future__ import annotations

import errno
import os
import shutil
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from railmap.errors import MissingExtraError, OutputError, missing_extra

__all__ = ["Folder", "LocalFolder", "UrlFolder", "open_folder"]


class Folder(Protocol):
    """A folder whose files appear whole or not at all.

    All methods raise `OSError`; `read` also where the file doesn't exist.
    """

    def create(self) -> bool:
        """Create the folder, unless it exists; return whether it did not."""
        ...

    def read(self, name: str) -> bytes:
        """Return the content of a file."""
        ...

    def write(self, name: str, content: bytes) -> None:
        """Write a file, also over one that exists."""
        ...

    def names(self) -> set[str]:
        """Return the names of the files; none if the folder doesn't exist."""
        ...

    def remove(self, name: str) -> None:
        """Remove a file, if it exists."""
        ...

    def clear(self) -> None:
        """Remove the folder and what is in it; errors are ignored."""
        ...

    def drop_empty(self) -> None:
        """Remove the folder if nothing is in it."""
        ...

    def inner(self, name: str) -> Folder:
        """Return a folder in this one."""
        ...


class LocalFolder:
    """A folder on a disk or a file share.

    Parameters
    ----------
    path
        The folder; it need not exist.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def __str__(self) -> str:
        return str(self.path)

    def create(self) -> bool:
        """See `Folder.create`."""
        new = not self.path.exists()
        self.path.mkdir(parents=True, exist_ok=True)
        return new

    def read(self, name: str) -> bytes:
        """See `Folder.read`."""
        return (self.path / name).read_bytes()

    def write(self, name: str, content: bytes) -> None:
        """See `Folder.write`."""
        # Two workers may write the same file, if one of them was given up too early.
        partial = self.path / f".{name}.{uuid.uuid4().hex}.partial"
        try:
            partial.write_bytes(content)
            partial.replace(self.path / name)
        except OSError:
            partial.unlink(missing_ok=True)
            raise

    def names(self) -> set[str]:
        """See `Folder.names`."""
        try:
            return {name for name in os.listdir(self.path) if not name.startswith(".")}
        except FileNotFoundError:
            return set()

    def remove(self, name: str) -> None:
        """See `Folder.remove`."""
        (self.path / name).unlink(missing_ok=True)

    def clear(self) -> None:
        """See `Folder.clear`."""
        shutil.rmtree(self.path, ignore_errors=True)

    def drop_empty(self) -> None:
        """See `Folder.drop_empty`."""
        with suppress(OSError):
            self.path.rmdir()

    def inner(self, name: str) -> LocalFolder:
        """See `Folder.inner`."""
        return LocalFolder(self.path / name)


class UrlFolder:
    """A folder of object storage or of any other file system of fsspec.

    Parameters
    ----------
    url
        Such as ``s3://bucket/folder``.

    Raises
    ------
    MissingExtraError
        If fsspec, or the package that it needs for this kind of URL, is not installed.
    OutputError
        If fsspec doesn't know this kind of URL.
    """

    def __init__(self, url: str) -> None:
        try:
            import fsspec
        except ImportError as error:
            raise missing_extra(f"{url}: object storage", "cluster", error) from error
        self.url = url.rstrip("/")
        try:
            # Others write too: a listing that was true a moment ago is not kept.
            self._system, self._root = fsspec.core.url_to_fs(self.url, use_listings_cache=False)
        except ImportError as error:
            kind = url.partition("://")[0]
            raise MissingExtraError(f"{url}: fsspec can't open {kind}:// ({error})") from error
        except ValueError as error:
            raise OutputError(f"{url}: fsspec can't open it ({error})") from error

    def __str__(self) -> str:
        return self.url

    def create(self) -> bool:
        """Do nothing: object storage has no folders, and writing a file creates those of others."""
        return False

    def read(self, name: str) -> bytes:
        """See `Folder.read`."""
        return bytes(self._call("cat_file", f"{self._root}/{name}"))

    def write(self, name: str, content: bytes) -> None:
        """See `Folder.write`."""
        self._call("pipe_file", f"{self._root}/{name}", content)

    def names(self) -> set[str]:
        """See `Folder.names`."""
        try:
            found = self._call("ls", self._root, detail=False, refresh=True)
        except FileNotFoundError:
            return set()
        return {str(path).rpartition("/")[2] for path in found} - {""}

    def remove(self, name: str) -> None:
        """See `Folder.remove`."""
        try:
            self._call("rm_file", f"{self._root}/{name}")
        except FileNotFoundError:
            return

    def clear(self) -> None:
        """See `Folder.clear`."""
        with suppress(OSError):
            self._call("rm", self._root, recursive=True)

    def drop_empty(self) -> None:
        """Do nothing, as `create`."""

    def inner(self, name: str) -> UrlFolder:
        """See `Folder.inner`."""
        return UrlFolder(f"{self.url}/{name}")

    def _call(self, method: str, *values: Any, **named: Any) -> Any:
        """Call the file system; what its libraries raise becomes an `OSError`."""
        try:
            return getattr(self._system, method)(*values, **named)
        except OSError:
            raise
        except Exception as error:  # each file system has errors of its own
            text = " ".join(str(error).split())
            raise OSError(errno.EIO, f"{type(error).__name__}: {text}") from error


def open_folder(place: str | os.PathLike[str]) -> LocalFolder | UrlFolder:
    """Return the folder at a path or URL.

    Parameters
    ----------
    place
        Path, or URL with ``://``.

    Raises
    ------
    MissingExtraError, OutputError
        See `UrlFolder`.

    Examples
    --------
    >>> str(open_folder("scratch"))
    'scratch'
    """
    text = os.fspath(place)
    return UrlFolder(text) if "://" in text else LocalFolder(Path(text))
