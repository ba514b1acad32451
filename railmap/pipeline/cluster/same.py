"""Whether two machines would compute the same: versions, model, images."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["difference", "shared_part"]

# The order in which differences are told: what explains others comes first.
_NAMES = {
    "railmap": "version of railmap",
    "model": "model (sha256)",
    "tiling": "tiling",
    "library": "backend",
    "numpy": "version of NumPy",
    "gdal": "version of GDAL",
    "grid": "grid of the images",
    "images": "images",
    "pixels": "pixels of the images",
}


def shared_part(signature: Mapping[str, Any]) -> dict[str, Any]:
    """Return what must be equal on all machines, of a signature from `run_signature`.

    Paths and times of files may differ: copies will do. Processors may differ too, and with them
    the last digit of a probability; see `processors` in the job.
    """
    source = signature["source"]
    name, _, precision, version = signature["backend"]
    return {
        "railmap": signature["railmap"],
        "model": signature["model"],
        "tiling": signature["tiling"],
        "library": [name, precision, version],
        "numpy": signature["numpy"],
        "gdal": source["gdal"],
        "grid": [signature["crs"], signature["transform"], signature["size"]],
        "images": [[_image(image) for image in source["images"]], source["aoi"]],
        "pixels": signature["pixels"],
    }


def difference(expected: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    """Return the first difference of two signatures, in words; empty if there is none.

    Parameters
    ----------
    expected, found
        From `run_signature`.
    """
    one, other = shared_part(expected), shared_part(found)
    for key, name in _NAMES.items():
        if one[key] != other[key]:
            if key in ("grid", "images"):
                return f"the {name} are not the same files there"
            return f"{name} {_text(other[key])}, not {_text(one[key])}"
    return ""


def _image(image: Mapping[str, Any]) -> dict[str, Any]:
    sizes = [None if state is None else state[0] for _, state in image["files"]]
    known = {name: value for name, value in image.items() if name not in ("uri", "files")}
    return {**known, "sizes": sorted(size for size in sizes if size is not None)}


def _text(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)[:12]
