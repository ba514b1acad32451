"""Identifiers derived from content, so that the same input gives the same map."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable

__all__ = ["IdMaker"]

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "railmap").bytes


class IdMaker:
    """Create version 5 UUIDs from content; equal contents get different ids by their order."""

    def __init__(self) -> None:
        self._seen: dict[bytes, int] = {}

    def __call__(self, kind: str, content: bytes) -> str:
        """Return the UUID of the next object of `kind` with this content, as text."""
        digest = hashlib.sha1(
            _NAMESPACE + kind.encode() + b"\0" + content, usedforsecurity=False
        ).digest()
        times = self._seen.get(digest, 0)
        self._seen[digest] = times + 1
        if times:
            again = digest + times.to_bytes(8, "little")
            digest = hashlib.sha1(again, usedforsecurity=False).digest()
        return _text(digest)

    def many(self, kind: str, contents: Iterable[bytes]) -> list[str]:
        """Return the ids of many contents, as calls for each in turn would, but faster."""
        seen, sha1 = self._seen, hashlib.sha1
        start = sha1(_NAMESPACE + kind.encode() + b"\0", usedforsecurity=False)
        ids = []
        for content in contents:
            state = start.copy()
            state.update(content)
            digest = state.digest()
            times = seen.get(digest, 0)
            seen[digest] = times + 1
            if times:
                again = digest + times.to_bytes(8, "little")
                digest = sha1(again, usedforsecurity=False).digest()
            ids.append(_text(digest))
        return ids


# The two bits of the variant (RFC 4122) replace the upper two bits of a digit.
_VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


def _text(digest: bytes) -> str:
    """Format a digest as a version 5 UUID; `uuid.UUID` takes ten times as long."""
    text = digest[:16].hex()
    return f"{text[:8]}-{text[8:12]}-5{text[13:16]}-{_VARIANT[text[16]]}{text[17:20]}-{text[20:]}"
