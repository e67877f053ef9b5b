"""Reads photos with OpenCV, and JPEG 2000 with PyAV. The only place, beside the camera, that knows BGR."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from emopoi.errors import MediaError
from emopoi.types import Frame
from emopoi.vision.colour_order import rgb_from_bgr
from emopoi.vision.containers import open_container
from emopoi.vision.face_detector import LARGEST_SIDE_PX
from emopoi.vision.frame_sampling import Wanted
from emopoi.vision.photo_header import exif_orientation, photo_size
from emopoi.vision.quiet_opencv import quiet_opencv
from emopoi.vision.shown_name import shown_name

PHOTO_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".jp2", ".ppm", ".pgm", ".gif")
FOLDER_STEP_MS = 1000.0
"""Photos of a folder are one second apart."""

_JPEG_2000 = b"\x00\x00\x00\x0cjP  "
_MARKS = (
    b"\xff\xd8\xff",
    b"\x89PNG\r\n\x1a\n",
    b"GIF8",
    b"BM",
    b"II*\x00",
    b"MM\x00*",
    _JPEG_2000,
)
_NETPBM = (b"P1", b"P2", b"P3", b"P4", b"P5", b"P6")
_PAPER = 255.0  # transparent parts are shown on white
_BLENDED_ROWS = 256  # at once: a large picture with transparency must not need its size in floats
_LARGEST_AREA_PX = 200_000_000
_MIRROR, _FLIP = 1, 0
_UPRIGHT: dict[int, tuple[int | None, int | None]] = {
    # EXIF orientation -> turn, then mirror or flip
    2: (None, _MIRROR),
    3: (cv2.ROTATE_180, None),
    4: (None, _FLIP),
    5: (cv2.ROTATE_90_CLOCKWISE, _MIRROR),
    6: (cv2.ROTATE_90_CLOCKWISE, None),
    7: (cv2.ROTATE_90_COUNTERCLOCKWISE, _MIRROR),
    8: (cv2.ROTATE_90_COUNTERCLOCKWISE, None),
}


def looks_like_photo(header: bytes) -> bool:
    """Whether the first bytes are those of a photo format that OpenCV reads."""
    return (
        header.startswith(_MARKS)
        or (header[:4] == b"RIFF" and header[8:12] == b"WEBP")
        or (header[:2] in _NETPBM and header[2:3].isspace())
    )


class PhotoReader:
    """One photo, or the photos of a folder in the order of their names.

    Args:
        path: a file or a folder (folders inside of it are not entered).

    Raises:
        MediaError: the photo can not be read, or no photo of the folder can.
    """

    fps: float | None = None
    duration_s: float | None = None

    def __init__(self, path: Path) -> None:
        self.damaged = 0
        self.warnings: list[str] = []
        self._position = 0
        self._folder = path if path.is_dir() else None
        self.kind = "photo" if self._folder is None else "folder"
        if self._folder is None:
            self._paths = [path]
            self._first: NDArray[np.uint8] | None = read_photo(path)
        else:
            self._paths, rest = _photos_of(path)
            if not self._paths:
                raise MediaError(f"{shown_name(path)}: no photos in the folder{f' ({rest})' if rest else ''}")
            if rest:
                self.warnings.append(f"{rest} in it were not read")
            self._first = self._next_readable()
            if self._first is None:
                raise MediaError(f"{shown_name(path)}: none of its {len(self._paths)} photos can be read")
        self.frame_count: int | None = len(self._paths)
        self.height, self.width = self._first.shape[:2]

    def frames(self, wanted: Wanted) -> Iterator[Frame]:
        """Hand out the photos; unreadable ones are skipped, counted and told."""
        image = self._first
        self._first = None
        if self._folder is None:
            if image is not None:
                yield Frame(image=image, time_ms=0.0, index=0, name=self._paths[0].name)
            return
        while image is not None:
            index = self._position - 1
            if wanted(index * FOLDER_STEP_MS):
                name = self._paths[index].name
                yield Frame(image=image, time_ms=index * FOLDER_STEP_MS, index=index, name=name)
            image = self._next_readable()

    def close(self) -> None:
        """Nothing stays open."""

    def _next_readable(self) -> NDArray[np.uint8] | None:
        while self._position < len(self._paths):
            path = self._paths[self._position]
            self._position += 1
            try:
                return read_photo(path)
            except MediaError as error:
                self.damaged += 1
                self.warnings.append(str(error))
        return None


def _photos_of(folder: Path) -> tuple[list[Path], str]:
    """The photos of a folder by name, and in words what else is in it, hidden files left out."""
    photos, others, folders = [], 0, 0
    for entry in folder.iterdir():
        if entry.is_dir():
            folders += not entry.name.startswith(".")
        elif entry.suffix.lower() in PHOTO_SUFFIXES and entry.is_file():
            photos.append(entry)
        else:
            others += not entry.name.startswith(".")
    counts = ((others, "other file"), (folders, "folder"))
    rest = " and ".join(f"{count} {what}{'s' if count > 1 else ''}" for count, what in counts if count)
    return sorted(photos, key=lambda entry: entry.name), rest


def read_photo(path: str | Path) -> NDArray[np.uint8]:
    """Read one photo upright, whatever its depth and channels.

    Args:
        path: JPEG, PNG, WebP, BMP, TIFF, JPEG 2000, PNM or a still GIF.

    Returns:
        uint8 (H, W, 3) RGB; the EXIF orientation of JPEG, PNG and WebP is applied, 16 bits
        become 8, transparent parts are shown on white.

    Raises:
        MediaError: no such file, empty, damaged, animated, of another format, longer than
            32,766 pixels or larger than 200 megapixels.
    """
    path = Path(path)
    shown = shown_name(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise MediaError(f"{shown}: {error.strerror or error}") from error
    if not data:
        raise MediaError(f"{shown}: the file is empty")
    if not looks_like_photo(data[:64]):
        raise MediaError(f"{shown}: not a photo of a known format")
    if is_animated(data):
        raise MediaError(f"{shown}: an animated picture; save it as a video or a still photo")
    if not _chunks_fit(data):
        raise MediaError(f"{shown}: the photo can not be decoded (damaged PNG)")
    size = photo_size(data)
    if size is not None:
        _check_size(shown, *size)
    buffer = np.frombuffer(data, np.uint8)
    try:
        with quiet_opencv():
            picture = _decode_upright(buffer, data)
    except cv2.error as error:
        raise MediaError(f"{shown}: the photo can not be decoded ({error.err})") from error
    if picture is None or not picture.size:
        raise MediaError(f"{shown}: the photo can not be decoded")
    _check_size(shown, picture.shape[1], picture.shape[0])
    return rgb_from_bgr(picture.astype(np.uint8, copy=False))


def _check_size(shown: str, width: int, height: int) -> None:
    if max(width, height) > LARGEST_SIDE_PX or width * height > _LARGEST_AREA_PX:
        raise MediaError(
            f"{shown}: a photo of {width}x{height} pixels; at most {LARGEST_SIDE_PX} a side and "
            f"{_LARGEST_AREA_PX // 10**6} megapixels can be read"
        )


def has_alpha(data: bytes) -> bool:
    """Whether the header of a PNG or WebP file announces transparency."""
    if data.startswith(b"\x89PNG"):
        return data[25:26] in (b"\x04", b"\x06") or b"tRNS" in data[:4096]
    return data[:4] == b"RIFF" and data[12:16] in (b"VP8X", b"VP8L")


def is_animated(data: bytes) -> bool:
    """Whether a GIF, WebP or PNG file holds more than one picture."""
    if data.startswith(b"GIF8"):
        return b"NETSCAPE2.0" in data[:2048] or data.count(b"\x21\xf9\x04") > 1
    if data[:4] == b"RIFF" and data[12:16] == b"VP8X":
        return bool(data[20] & 0x02)
    if data.startswith(b"\x89PNG"):
        return b"acTL" in data[: max(data.find(b"IDAT"), 0)]
    return False


def _chunks_fit(data: bytes) -> bool:
    """Whether the chunks before a PNG's pixels lie within the file.

    OpenCV allocates what a chunk says it holds, gigabytes in a damaged file.
    """
    if not data.startswith(b"\x89PNG"):
        return True
    place = 8
    while place + 8 <= len(data):
        length, kind = int.from_bytes(data[place : place + 4], "big"), data[place + 4 : place + 8]
        if kind == b"IDAT":
            return length < 1 << 31
        if place == 8 and kind != b"IHDR":
            return False
        place += 12 + length
    return False


def _decode_upright(buffer: NDArray[np.uint8], data: bytes) -> NDArray[np.uint8] | None:
    """Decode to BGR and turn it as EXIF says; None where it can not be decoded."""
    if data.startswith(_JPEG_2000):
        return _decode_jpeg_2000(data)
    if not data.startswith((b"\x89PNG", b"RIFF")):
        return cv2.imdecode(buffer, cv2.IMREAD_COLOR)  # type: ignore[return-value]
    # OpenCV turns some of these and leaves others; turned here, all come out alike.
    picture = _decode_with_alpha(buffer) if has_alpha(data) else None
    if picture is None:
        picture = cv2.imdecode(buffer, cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)  # type: ignore[assignment]
    if picture is None:
        return None
    turn, mirror = _UPRIGHT.get(exif_orientation(data), (None, None))
    if turn is not None:
        picture = cv2.rotate(picture, turn)  # type: ignore[assignment]
    if mirror is not None:
        picture = cv2.flip(picture, mirror)  # type: ignore[assignment]
    return picture


def _decode_jpeg_2000(data: bytes) -> NDArray[np.uint8] | None:
    """Decode to BGR with FFmpeg: OpenCV's decoder writes past its memory on damaged files, and all ends."""
    try:
        with open_container(io.BytesIO(data), "the photo can not be decoded") as container:
            for frame in container.decode(video=0):
                return cast("NDArray[np.uint8]", frame.to_ndarray(format="bgr24"))
    except (MediaError, av.error.FFmpegError, ValueError, IndexError, TypeError):
        pass
    return None


def _decode_with_alpha(buffer: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    """Blend a picture with transparency onto white; None where it has none after all."""
    picture = cv2.imdecode(buffer, cv2.IMREAD_UNCHANGED)
    if picture is None or picture.ndim != 3 or picture.shape[2] != 4:
        return None
    full = 65535.0 if picture.dtype == np.uint16 else 255.0
    blended = np.empty((*picture.shape[:2], 3), np.uint8)
    for row in range(0, picture.shape[0], _BLENDED_ROWS):
        part = picture[row : row + _BLENDED_ROWS]
        opaque = part[:, :, 3:].astype(np.float32) / full
        colours = part[:, :, :3].astype(np.float32) * (255.0 / full)
        blended[row : row + _BLENDED_ROWS] = np.rint(colours * opaque + _PAPER * (1.0 - opaque))
    return blended
