"""Opens whatever has pictures in it: a video, a photo, a folder of photos or a camera.

One function, one iterable of `Frame`; the readers of each kind lie in files of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Protocol

from emopoi.errors import InputError, MediaError
from emopoi.types import Frame
from emopoi.vision.camera import CameraReader
from emopoi.vision.frame_sampling import Wanted
from emopoi.vision.photos import PhotoReader, looks_like_photo
from emopoi.vision.read_ahead import read_ahead
from emopoi.vision.shown_name import shown_name
from emopoi.vision.videos import VideoReader

_HEADER_BYTES = 64
_QUEUE_FRAMES = 4
_CAMERA_DIGITS = 4


class FrameReader(Protocol):
    """What the readers of videos, photos and cameras have in common; see `MediaSource`."""

    kind: str
    width: int
    height: int
    fps: float | None
    frame_count: int | None
    duration_s: float | None
    damaged: int
    warnings: list[str]

    def frames(self, wanted: Wanted) -> Iterator[Frame]:
        """Decode; frames of which `wanted` says no need not be turned into RGB."""
        ...

    def close(self) -> None:
        """Let go of files and devices."""
        ...


class MediaSource:
    """An open source: iterate once over its frames, then close it, or use it in a `with`.

    Attributes:
        name: name of the file or folder without its path, or "camera N".
        kind: "video", "photo", "folder" or "camera".
        width: pixels of the upright picture (of the first one in a folder).
        height: pixels of the upright picture.
        fps: frames a second as the container states them, None where it does not.
        frame_count: the container's own estimate, None where there is none.
        duration_s: seconds, None where unknown.
        frames_read: frames handed out so far.
        frames_damaged: frames or photos that could not be decoded so far.
        warnings: one line for each thing the user should know.
    """

    def __init__(self, name: str, reader: FrameReader, sample_fps: float | None, threads: int) -> None:
        self.name = name
        self._reader = reader
        # Each photo is a moment of its own: thinning is for what runs on.
        self._wanted = Wanted(sample_fps if reader.kind in ("video", "camera") else None)
        self._threads = threads
        self._frames: Iterator[Frame] | None = None
        self.kind = reader.kind
        self.fps = reader.fps
        self.frame_count = reader.frame_count
        self.duration_s = reader.duration_s
        self.frames_read = 0

    @property
    def width(self) -> int:
        """Width of the upright picture, pixels."""
        return self._reader.width

    @property
    def height(self) -> int:
        """Height of the upright picture, pixels."""
        return self._reader.height

    @property
    def frames_damaged(self) -> int:
        """Frames or photos that could not be decoded so far."""
        return self._reader.damaged

    @property
    def warnings(self) -> list[str]:
        """What the user should know about the source, one line each."""
        return self._reader.warnings

    def __iter__(self) -> Iterator[Frame]:
        """Hand out the frames in order.

        Raises:
            MediaError: not one frame can be decoded, or the camera stopped.
            InputError: iterated a second time.
        """
        if self._frames is not None:
            raise InputError(f"{shown_name(self.name)} was read already: open it again")
        frames = self._reader.frames(self._wanted)
        self._frames = read_ahead(frames, _QUEUE_FRAMES) if self._threads > 1 else frames
        for frame in self._frames:
            self.frames_read += 1
            yield frame

    def close(self) -> None:
        """Close files and devices; may be called more than once."""
        close = getattr(self._frames, "close", None)
        if close is not None:
            close()
        self._reader.close()

    def __enter__(self) -> MediaSource:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_media(source: str | Path | int, *, sample_fps: float | None = None, threads: int = 1) -> MediaSource:
    """Open a video, a photo, a folder of photos or a camera.

    Args:
        source: a path; or the number of a camera (a string of digits counts as one where no
            file has that name). Nothing is ever fetched from a network.
        sample_fps: keep about so many frames a second, chosen by timestamp; None keeps all.
            Photos and folders are always read whole.
        threads: 1 decodes when a frame is asked for; more decode ahead in the background.

    Raises:
        MediaError: there is no such thing, or it has no picture that can be read; one line.
        InputError: sample_fps or threads is out of range.
    """
    if sample_fps is not None and not 0.0 < sample_fps <= 1000.0:
        raise InputError(f"sample_fps: a number above 0 and up to 1000 was expected, got {sample_fps}")
    if threads < 1:
        raise InputError(f"threads: at least 1 was expected, got {threads}")
    if isinstance(source, int):
        if not 0 <= source < 10**_CAMERA_DIGITS:
            raise MediaError("there is no camera of such a number")
        return MediaSource(f"camera {source}", CameraReader(source), sample_fps, threads)
    if not str(source):
        raise MediaError("the name is empty: a video, photo, folder or camera was expected")
    if "://" in str(source):
        raise MediaError(f"{shown_name(str(source))}: an address; nothing is fetched from a network")
    path = Path(source)
    name = path.name or str(path)
    shown = shown_name(path)
    try:
        if not path.exists():
            if str(source).isdecimal() and len(str(source)) <= _CAMERA_DIGITS:
                number = int(str(source))
                return MediaSource(f"camera {number}", CameraReader(number), sample_fps, threads)
            raise MediaError(f"{shown}: no such file or folder")
        if path.is_dir():
            return MediaSource(path.resolve().name, PhotoReader(path), sample_fps, 1)
        if not path.is_file():
            raise MediaError(f"{shown}: neither a file nor a folder")
        with path.open("rb") as file:
            header = file.read(_HEADER_BYTES)
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
        raise MediaError(f"{shown}: {getattr(error, 'strerror', None) or error}") from error
    if not header:
        raise MediaError(f"{shown}: the file is empty")
    reader: FrameReader = PhotoReader(path) if looks_like_photo(header) else VideoReader(path, threads)
    return MediaSource(name, reader, sample_fps, threads)
