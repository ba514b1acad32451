"""Check what a VRT reads: its members must lie beside it, or in folders that the user allows."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from xml.etree import ElementTree

from railmap.errors import RasterError

__all__ = [
    "FOLDERS_VARIABLE",
    "check_overviews",
    "check_sidecars",
    "check_vrt",
    "is_beside",
    "is_vrt_text",
    "vrt_members",
]

FOLDERS_VARIABLE = "RAILMAP_VRT_FOLDERS"
"""Environment variable with the further folders in which members of a VRT may lie."""

_MOST_BYTES = 256 * 2**20
_DEEPEST = 8
_HEAD = 1024
# The names under which GDAL looks for files; it does not mind the case.
_FILE_NAMES = ("sourcefilename", "sourcedataset", "sourcedatasetname", "dempath")
_FILE_KEYS = ("x_dataset", "y_dataset", "overview_file", "mask_file")
_SUBCLASSES = (
    "vrtdataset", "vrtwarpeddataset", "vrtpansharpeneddataset", "vrtrasterband",
    "vrtsourcedrasterband", "vrtwarpedrasterband", "vrtpansharpenedrasterband",
    "vrtderivedrasterband",
)  # fmt: skip
# Formats of members, by suffix: those whose first bytes leave no doubt.
_MAGIC: dict[tuple[str, ...], tuple[bytes, ...]] = {
    (".tif", ".tiff", ".gtiff"): (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
    (".png",): (b"\x89PNG\r\n",),
    (".jpg", ".jpeg"): (b"\xff\xd8\xff",),
    (".jp2", ".j2k", ".jpx"): (b"\0\0\0\x0cjP  ", b"\xff\x4f\xff\x51"),
    (".webp",): (b"RIFF",),
    (".img",): (b"EHFA_HEADER_TAG",),
    (".gif",): (b"GIF8",),
    (".bmp",): (b"BM",),
}


def is_vrt_text(uri: str) -> bool:
    """Return whether a file starts like a VRT, whatever its name is; False if it cannot be read."""
    try:
        with open(uri, "rb") as file:
            head = file.read(_HEAD)
    except (OSError, ValueError):
        return False
    return head.lstrip(b"\xef\xbb\xbf \t\r\n\0").lower().startswith((b"<vrt", b"<?xml"))


def check_sidecars(path: Path, depth: int = 3) -> None:
    """Check that overviews and mask beside a raster are images: GDAL would open a VRT there too.

    Raises
    ------
    RasterError
        If one of them is not.
    """
    for ending in (".ovr", ".OVR", ".msk", ".MSK"):
        sidecar = Path(f"{path}{ending}")
        if not sidecar.is_file():
            continue
        if is_vrt_text(str(sidecar)):
            raise RasterError(f"{sidecar}: holds the text of a VRT, which is refused; delete it")
        if depth:
            check_sidecars(sidecar, depth - 1)


def check_overviews(uri: str, tags: Mapping[str, str]) -> None:
    """Check that a raster or its ``.aux.xml`` does not name overviews in another place.

    Raises
    ------
    RasterError
        If it does.
    """
    named = {key.lower(): value for key, value in tags.items()}.get("overview_file")
    if named is None:
        return
    text = named.removeprefix(":::BASE:::")
    if Path(text).name != text and not _inside(Path(text), _folders(Path(uri))):
        raise RasterError(f"{uri}: names overviews in another place ({text}), which is refused")


def check_vrt(path: Path) -> None:
    """Check that a VRT reads only images beside it, below it or in allowed folders.

    Parameters
    ----------
    path
        A local file.

    Raises
    ------
    RasterError
        If it is not a local file or not readable, has members in other places, on servers or of
        other formats than images, or computes pixels with a program.
    """
    for _ in vrt_members(path):
        pass


def vrt_members(path: Path) -> Iterator[Path]:
    """Yield the files that a VRT reads, and those of the VRTs among them, each checked.

    Raises
    ------
    RasterError
        As `check_vrt`.
    """
    yield from _members(path, path, set(), 0)


def _members(path: Path, root: Path, seen: set[Path], depth: int) -> Iterator[Path]:
    if depth > _DEEPEST:
        raise RasterError(f"{root}: is a VRT of more than {_DEEPEST} VRTs in each other")
    folders = _folders(root)
    for member in _named(path):
        if "://" in member or member.lower().startswith("/vsi"):
            raise RasterError(
                f"{path}: reads {member}, which is no local file; give that address itself"
            )
        file = Path(member)
        if not _inside(file, folders):
            raise RasterError(
                f"{path}: reads {member}, which is neither beside it nor below its folder; if you "
                f"trust the file, name the folder in the variable {FOLDERS_VARIABLE}"
            )
        real = file.resolve()
        if real in seen:
            continue
        seen.add(real)
        yield file
        if real.suffix.lower() == ".vrt":
            if real == path.resolve():
                raise RasterError(f"{path}: reads itself")
            yield from _members(file, root, seen, depth + 1)
        elif file.exists():
            _check_member(path, file)


def _check_member(vrt: Path, file: Path) -> None:
    suffix = file.suffix.lower()
    check_sidecars(file)
    magic = next((starts for names, starts in _MAGIC.items() if suffix in names), None)
    try:
        with file.open("rb") as data:
            head = data.read(16)
    except OSError as error:
        raise RasterError(f"{vrt}: its member {file} cannot be read ({error.strerror})") from error
    if magic is None or not head.startswith(magic):
        known = ", ".join(names[0][1:] for names in _MAGIC)
        raise RasterError(
            f"{vrt}: its member {file} is no image of its name; members are vrt, {known}"
        )


def _named(path: Path) -> Iterator[str]:
    """Yield the paths that a VRT names, as GDAL completes them."""
    root = _parse(path)
    parents = {child: parent for parent in root.iter() for child in parent}
    for element in root.iter():
        if not isinstance(element.tag, str):
            continue  # a comment
        tag = element.tag.lower()
        values = {key.lower(): value for key, value in element.attrib.items()}
        kind = values.get("subclass", "vrtdataset").lower()
        if tag in ("vrtdataset", "vrtrasterband") and kind not in _SUBCLASSES:
            raise RasterError(f"{path}: has a part of the kind {values['subclass']}: not supported")
        if tag in ("pixelfunctionlanguage", "pixelfunctioncode"):
            raise RasterError(f"{path}: computes pixels with a program, which is refused")
        if tag == "group" or tag == "arraysource":
            raise RasterError(f"{path}: is a multidimensional VRT: not supported")
        text = (element.text or "").strip()
        if tag in _FILE_NAMES:
            if len(element):  # a comment or another element: GDAL reads such a path otherwise
                raise RasterError(f"{path}: a member is not named by a path; name files only")
            yield _completed(path, text, values.get("relativetovrt"))
        if tag == "mdi" and values.get("key", "").lower() in _FILE_KEYS:
            yield _completed(path, text.removeprefix(":::BASE:::"), "1")
        for key, value in values.items():
            if key in _FILE_NAMES:
                above = parents.get(element)
                relative = values.get("relativetovrt") or (
                    above.get("relativeToVRT") if above is not None else None
                )
                yield _completed(path, value, relative)


def _completed(path: Path, text: str, relative: str | None) -> str:
    if not text or text.lstrip().startswith("<") or "\0" in text:
        raise RasterError(f"{path}: a member is not named by a path; name files only")
    if "://" in text or text.lower().startswith("/vsi"):
        return text
    if relative not in (None, "0", "1"):
        raise RasterError(f"{path}: relativeToVRT is {relative!r}; it must be 0 or 1")
    return str(path.parent / text) if relative == "1" else text


def _parse(path: Path) -> ElementTree.Element:
    text = str(path)
    if "://" in text or ":/" in text.replace("\\", "/")[2:] or text.startswith(("/vsi", "\\vsi")):
        raise RasterError(
            f"{path}: a VRT is read from a local folder only, where its members can be checked;"
            " copy it there"
        )
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise RasterError(f"{path}: is larger than {_MOST_BYTES // 2**20} MB, too large a VRT")
        data = path.read_bytes()
        if any(mark in data for mark in (b"<!DOCTYPE", b"<!ENTITY", b"<![CDATA[")):
            raise RasterError(f"{path}: declares entities, which a VRT does not need")
        builder = ElementTree.TreeBuilder(insert_comments=True, insert_pis=True)
        return ElementTree.fromstring(data, ElementTree.XMLParser(target=builder))
    except FileNotFoundError as error:
        raise RasterError(f"{path}: no such file") from error
    except OSError as error:
        raise RasterError(f"{path}: cannot be read ({error.strerror})") from error
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise RasterError(f"{path}: is damaged or not a VRT ({error})") from error


def _folders(path: Path) -> list[Path]:
    allowed = [Path(name) for name in os.environ.get(FOLDERS_VARIABLE, "").split(os.pathsep)]
    return [path.absolute().parent.resolve(), *(one.resolve() for one in allowed if one.name)]


def is_beside(file: Path, root: Path) -> bool:
    """Return whether a file is beside or below another one, or in a folder that the user allows.

    Parameters
    ----------
    file
        The file, which need not exist; links are followed.
    root
        The file that names it.
    """
    return _inside(file, _folders(root))


def _inside(file: Path, folders: list[Path]) -> bool:
    try:
        real = file.resolve()
    except (OSError, RuntimeError):  # a circle of links
        return False
    return any(real.is_relative_to(folder) for folder in folders)
