"""As much of PNG as a browser's screenshot needs: which colours are in it, and how often.

Tests ask whether a picture is blank; a library for that would be one more package to install.
"""

from __future__ import annotations

import struct
import zlib
from collections import Counter


def colours(picture: bytes) -> Counter[bytes]:
    """Pixels by colour (RGB or RGBA, 8 bits each, not interlaced)."""
    assert picture.startswith(b"\x89PNG\r\n\x1a\n"), "no PNG"
    packed = b""
    at = 8
    width = depth = kind = interlaced = 0
    while at < len(picture):
        size, name = struct.unpack(">I4s", picture[at:at + 8])
        body = picture[at + 8:at + 8 + size]
        if name == b"IHDR":
            width, _, depth, kind, _, _, interlaced = struct.unpack(">IIBBBBB", body)
        elif name == b"IDAT":
            packed += body
        at += size + 12
    assert depth == 8 and kind in (2, 6) and interlaced == 0, "another kind of PNG"
    pixel = 3 if kind == 2 else 4
    found: Counter[bytes] = Counter()
    above = bytearray(width * pixel)
    rows = zlib.decompress(packed)
    for start in range(0, len(rows), width * pixel + 1):
        above = _row(rows[start], bytearray(rows[start + 1:start + 1 + width * pixel]), above,
                     pixel)
        found.update(bytes(above[x:x + pixel]) for x in range(0, len(above), pixel))
    return found


def _row(kind: int, row: bytearray, above: bytearray, pixel: int) -> bytearray:
    """A row without its filter."""
    for at in range(len(row)):
        left = row[at - pixel] if at >= pixel else 0
        corner = above[at - pixel] if at >= pixel else 0
        guess = (0, left, above[at], (left + above[at]) // 2,
                 _paeth(left, above[at], corner) if kind == 4 else 0)[kind]
        row[at] = (row[at] + guess) & 0xFF
    return row


def _paeth(left: int, above: int, corner: int) -> int:
    guess = left + above - corner
    nearest = min((abs(guess - left), 0, left), (abs(guess - above), 1, above),
                  (abs(guess - corner), 2, corner))
    return nearest[2]
