"""Identifiers that are the same for the same content, so a map made twice is the same map."""

from __future__ import annotations

import hashlib
import uuid

__all__ = ["IdMaker"]

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "railmap").bytes


class IdMaker:
    """Makes version 5 UUIDs from content; equal contents are told apart by their order."""

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
        return str(uuid.UUID(bytes=digest[:16], version=5))
