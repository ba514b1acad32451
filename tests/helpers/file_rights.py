"""Folders that may not be written, also for root."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

_VERSION = 0x20080522  # _LINUX_CAPABILITY_VERSION_3
_DAC_OVERRIDE = 1 << 1


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Rights(ctypes.Structure):
    _fields_ = (("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32),
                ("inheritable", ctypes.c_uint32))  # fmt: skip


@contextmanager
def file_modes_count() -> Iterator[None]:
    """Let the modes of files count for root too, in this thread; skip where that can't be done."""
    if sys.platform == "win32":
        pytest.skip("folders have no modes")
    if os.geteuid() != 0:
        yield
        return
    if sys.platform != "linux":
        pytest.skip("root may write anywhere")
    header, rights = _Header(_VERSION, 0), (_Rights * 2)()
    _call("capget", header, rights)
    before = rights[0].effective
    rights[0].effective &= ~_DAC_OVERRIDE
    _call("capset", header, rights)
    try:
        yield
    finally:
        rights[0].effective = before
        _call("capset", header, rights)


def _call(name: str, header: _Header, rights: ctypes.Array[_Rights]) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(ctypes.byref(header), rights) != 0:
        raise OSError(ctypes.get_errno(), f"{name} failed")
