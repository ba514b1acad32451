"""Mutations of bytes, for binary and for text formats."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

__all__ = ["mutate"]

_NUMBERS = (0, 1, 2, 7, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000,
            0xFFFFFFFF, 2**63, 2**64 - 1)  # fmt: skip
_TEXTS = (b"inf", b"-inf", b"nan", b"1e999", b"-1", b"0", b"9" * 400, b"99999999999999999999",
          b"\0", b"\xff\xfe", b"\xed\xa0\x80", b"'", b'"', b"<", b">", b"&", b"]]>", b"{",
          b"[" * 200, b"null", b"true", b"=1+1", b"../../x", b"/dev/zero", b"file:///x", b"\r",
          b"\n", b";", b",", b"\t", b"\xf0\x9f\x9a\x82", b"NaN", b"1" + b"0" * 5000)  # fmt: skip

_Change = Callable[[bytearray, random.Random], None]


def _flip(data: bytearray, pick: random.Random) -> None:
    data[pick.randrange(len(data))] ^= 1 << pick.randrange(8)


def _byte(data: bytearray, pick: random.Random) -> None:
    data[pick.randrange(len(data))] = pick.choice((0, 1, 0x7F, 0x80, 0xFF, pick.randrange(256)))


def _number(data: bytearray, pick: random.Random) -> None:
    size = pick.choice((2, 4, 8))
    at = pick.randrange(max(1, len(data) - size))
    value = pick.choice(_NUMBERS) % (1 << 8 * size)
    data[at : at + size] = value.to_bytes(size, pick.choice(("little", "big")))


def _cut(data: bytearray, pick: random.Random) -> None:
    at = pick.randrange(len(data))
    del data[at : at + pick.choice((1, 4, 16, 256, len(data)))]


def _repeat(data: bytearray, pick: random.Random) -> None:
    at = pick.randrange(len(data))
    piece = bytes(data[at : at + pick.choice((1, 8, 64, 512))])
    data[at:at] = piece * pick.choice((1, 2, 50))


def _text(data: bytearray, pick: random.Random) -> None:
    at = pick.randrange(len(data))
    data[at : at + pick.choice((0, 1, 5))] = pick.choice(_TEXTS)


def _value(data: bytearray, pick: random.Random) -> None:
    """Replace a run of letters or digits, such as a number or a word of a text."""
    at = pick.randrange(len(data))
    start, end = at, at
    while start > 0 and chr(data[start - 1]).isalnum():
        start -= 1
    while end < len(data) and chr(data[end]).isalnum():
        end += 1
    data[start:end] = pick.choice(_TEXTS)


_BINARY: Sequence[_Change] = (_flip, _byte, _number, _number, _cut, _repeat)
_WORDS: Sequence[_Change] = (_value, _value, _text, _flip, _cut, _repeat)


def mutate(seed: bytes, pick: random.Random, *, text: bool) -> bytes:
    """Return a seed with one to eight changes; half of them in its first 512 bytes."""
    data = bytearray(seed)
    for _ in range(pick.choice((1, 1, 2, 3, 8))):
        if not data:
            break
        change = pick.choice(_WORDS if text else _BINARY)
        if not text and pick.random() < 0.5:
            head = bytearray(data[:512])
            change(head, pick)
            data[:512] = head
        else:
            change(data, pick)
    return bytes(data)
