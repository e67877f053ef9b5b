"""What the header of a photo tells before its pixels are decoded: size and orientation."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

_WIDTH, _HEIGHT, _ORIENTATION = 0x100, 0x101, 0x112  # tags of TIFF 6.0, which EXIF uses as well
_SHORT, _LONG = 3, 4
_FRAMES_OF_JPEG = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # SOF markers
_NETPBM_SIZE = re.compile(rb"P[1-6](?:\s+|#[^\n]*\n)+(\d{1,9})(?:\s+|#[^\n]*\n)+(\d{1,9})\s")


def photo_size(data: bytes) -> tuple[int, int] | None:
    """Width and height as the header states them, pixels, before any turn.

    Args:
        data: the file.

    Returns:
        (width, height); None where the header does not tell or is damaged.
    """
    try:
        return _size(data)
    except (struct.error, IndexError):
        return None


def exif_orientation(data: bytes) -> int:
    """The EXIF orientation of a PNG or WebP file, 1..8; 1 (upright) where there is none.

    OpenCV applies that of JPEG by itself, that of PNG only where it leaves transparency out,
    and that of WebP only in its newer versions.
    """
    try:
        for kind, content in _chunks(data):
            if kind in (b"eXIf", b"EXIF"):
                orientation = _tiff_tags(content.removeprefix(b"Exif\0\0")).get(_ORIENTATION, 1)
                return orientation if 1 <= orientation <= 8 else 1
    except (struct.error, IndexError):
        pass
    return 1


def _size(data: bytes) -> tuple[int, int] | None:
    if data.startswith(b"\x89PNG"):
        width, height = struct.unpack_from(">II", data, 16)
    elif data.startswith(b"\xff\xd8"):
        return _jpeg_size(data)
    elif data.startswith(b"GIF8"):
        width, height = struct.unpack_from("<HH", data, 6)
    elif data.startswith(b"BM"):
        old = struct.unpack_from("<I", data, 14)[0] == 12
        width, height = struct.unpack_from("<HH" if old else "<ii", data, 18)
    elif data.startswith(b"RIFF"):
        return _webp_size(data)
    elif data.startswith((b"II*\0", b"MM\0*")):
        tags = _tiff_tags(data)
        width, height = tags.get(_WIDTH, 0), tags.get(_HEIGHT, 0)
    elif data.startswith(b"\0\0\0\x0cjP  "):
        place = data.find(b"ihdr", 0, 4096)
        if place < 0:
            return None
        height, width = struct.unpack_from(">II", data, place + 4)
    else:
        found = _NETPBM_SIZE.match(data[:4096])
        width, height = (int(found[1]), int(found[2])) if found else (0, 0)
    width, height = abs(width), abs(height)  # a bitmap that runs downwards has a negative height
    return (width, height) if width and height else None


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    place = 2
    while place + 9 <= len(data) and data[place] == 0xFF:
        marker = data[place + 1]
        if marker == 0xFF or marker == 0x01 or 0xD0 <= marker <= 0xD8:  # fill, or a marker without content
            place += 1 if marker == 0xFF else 2
            continue
        if marker in _FRAMES_OF_JPEG:
            height, width = struct.unpack_from(">HH", data, place + 5)
            return width, height
        place += 2 + int(struct.unpack_from(">H", data, place + 2)[0])
    return None


def _webp_size(data: bytes) -> tuple[int, int] | None:
    kind = data[12:16]
    if kind == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if kind == b"VP8L":
        bits = struct.unpack_from("<I", data, 21)[0]
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    return None


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and content of each chunk of a PNG or WebP file."""
    if data.startswith(b"\x89PNG"):
        place = 8
        while place + 8 <= len(data):
            length, kind = struct.unpack_from(">I4s", data, place)
            yield kind, data[place + 8 : place + 8 + length]
            place += 12 + length
    elif data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        place = 12
        while place + 8 <= len(data):
            kind, length = struct.unpack_from("<4sI", data, place)
            yield kind, data[place + 8 : place + 8 + length]
            place += 8 + length + length % 2


def _tiff_tags(data: bytes) -> dict[int, int]:
    """The first numbers of the tags in the first directory."""
    order = {b"II": "<", b"MM": ">"}.get(data[:2])
    if order is None:
        return {}
    (place,) = struct.unpack_from(order + "I", data, 4)
    (count,) = struct.unpack_from(order + "H", data, place)
    tags = {}
    for number in range(count):
        tag, kind = struct.unpack_from(order + "HH", data, place + 2 + 12 * number)
        if kind in (_SHORT, _LONG):
            (value,) = struct.unpack_from(order + "HI"[kind == _LONG], data, place + 10 + 12 * number)
            tags[tag] = value
    return tags
