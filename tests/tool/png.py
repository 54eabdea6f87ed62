# SPDX-License-Identifier: Apache-2.0
"""PNG files back into pixels: 8 bits a channel, RGB or RGBA, not interlaced, as rsvg-convert writes them."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Image:
    width: int
    height: int
    channels: int
    rows: list[bytes]

    def pixel(self, x: int, y: int) -> Colour:
        at = x * self.channels
        r, g, b = self.rows[y][at : at + 3]
        return (r, g, b)

    def colours(self, x: int, y: int, width: int, height: int) -> set[Colour]:
        return {self.pixel(i, j) for j in range(y, y + height) for i in range(x, x + width)}


def _chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    if data[:8] != b"\x89PNG\r\n\x1a\n":
        raise ValueError("not a PNG file")
    found, at = [], 8
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        body = data[at + 8 : at + 8 + size]
        (crc,) = struct.unpack(">I", data[at + 8 + size : at + 12 + size])
        if crc != zlib.crc32(kind + body):
            raise ValueError(f"{kind!r}: wrong checksum")
        found.append((kind, body))
        at += 12 + size
    return found


def _paeth(a: int, b: int, c: int) -> int:
    p = a + b - c
    pa, pb, pc = abs(p - a), abs(p - b), abs(p - c)
    if pa <= pb and pa <= pc:
        return a
    return b if pb <= pc else c


def _unfilter(kind: int, line: bytearray, above: bytes, step: int) -> bytes:
    """A row of differences, to its left and above neighbours, into values."""
    if kind == 0:
        return bytes(line)
    for i, value in enumerate(line):
        left = line[i - step] if i >= step else 0
        corner = above[i - step] if i >= step else 0
        if kind == 1:
            value += left
        elif kind == 2:
            value += above[i]
        elif kind == 3:
            value += (left + above[i]) // 2
        elif kind == 4:
            value += _paeth(left, above[i], corner)
        else:
            raise ValueError(f"unknown filter {kind}")
        line[i] = value & 255
    return bytes(line)


def decode(data: bytes) -> Image:
    chunks = _chunks(data)
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", chunks[0][1])
    if depth != 8 or colour not in (2, 6) or interlaced:
        raise ValueError(f"depth {depth}, colour type {colour}, interlacing {interlaced}: not read here")
    step = 3 if colour == 2 else 4
    raw = zlib.decompress(b"".join(body for kind, body in chunks if kind == b"IDAT"))
    size = width * step + 1
    if len(raw) != height * size:
        raise ValueError("wrong number of bytes")
    rows: list[bytes] = []
    above = bytes(width * step)
    for y in range(height):
        line = bytearray(raw[y * size + 1 : (y + 1) * size])
        above = _unfilter(raw[y * size], line, above, step)
        rows.append(above)
    return Image(width, height, step, rows)
