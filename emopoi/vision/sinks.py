"""Writes pictures: a video that every browser plays, or photos. All or nothing."""

from __future__ import annotations

import contextlib
import os
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError, OutputError
from emopoi.vision.colour_order import bgr_from_rgb
from emopoi.vision.containers import reason
from emopoi.vision.letterbox import letterboxed
from emopoi.vision.shown_name import shown_name
from emopoi.vision.sound_track import SoundTrack

_TICKS_PER_S = 90_000
_ENCODERS = ("libx264", "mpeg4")
_OPTIONS = {
    # Without the last one the same pictures now and then give another file: 7 times of 20 at 160x90, 2 of
    # 20 at 1440x480. It costs no time that can be measured.
    "libx264": {"preset": "veryfast", "crf": "22", "x264-params": "cpu-independent=1"},
    "mpeg4": {"qscale": "4", "flags": "+qscale"},
}
_BT601 = 6  # what the conversion from RGB below yields; players guess wrong where it is not said
_PHOTO_OPTIONS = {
    ".jpg": [cv2.IMWRITE_JPEG_QUALITY, 92],
    ".jpeg": [cv2.IMWRITE_JPEG_QUALITY, 92],
    ".png": [cv2.IMWRITE_PNG_COMPRESSION, 3],
}


class VideoSink:
    """H.264 in MP4 (MPEG-4 where the FFmpeg at hand has no x264), with true timestamps.

    The file appears under its name when the `with` block ends; until then a hidden file beside
    it is written. Ctrl-C keeps what was written so far, any other error leaves nothing.

    Args:
        path: ends in .mp4; an older file of that name is replaced.
        fps: frames a second that players are told; the timestamps lead.
        threads: threads of the encoder.
        sound_from: a video whose sound is put under the pictures: copied where MP4 takes its codec,
            else turned into AAC, and cut where the pictures end. Times of both count from its first
            picture. A video without sound is as good as None.

    Attributes:
        codec: encoder in use, None before the first frame.
        sound_codec: of the sound, None where there is none.
        frames_written: so far.

    Raises:
        InputError: another suffix.
        OutputError: the folder is not there or not writable.
        MediaError: `sound_from` can not be opened.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        fps: float | None = None,
        threads: int = 1,
        sound_from: str | Path | None = None,
    ) -> None:
        self.path = Path(path)
        if self.path.suffix.lower() != ".mp4":
            raise InputError(f"{shown_name(self.path)}: a name that ends in .mp4 was expected")
        _check_folder(self.path)
        self._partial = _partial_name(self.path)
        self._fps = fps if fps and 0 < fps <= 240 else 25.0
        self._threads = threads
        self._container: Any = None
        self._stream: Any = None
        self._size = (0, 0)
        self._last_tick = -1
        self._sound = SoundTrack(sound_from) if sound_from is not None else None
        self.codec: str | None = None
        self.sound_codec = self._sound.codec if self._sound else None
        self.frames_written = 0

    def write(self, image: NDArray[np.uint8], time_ms: float) -> None:
        """Append one picture.

        Args:
            image: uint8 (H, W, 3) RGB; one of another size than the first is fitted into that
                size with black borders, as joined recordings change theirs.
            time_ms: when it is shown, after the one before it.

        Raises:
            InputError: not a picture.
            OutputError: it can not be written (disk full).
        """
        _check_picture(image)
        try:
            if self._container is None:
                self._start(image.shape[1], image.shape[0])
            width, height = self._size
            image = letterboxed(image, width, height)
            if width % 2 or height % 2:
                image = np.pad(image, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")
            frame = frame.reformat(format="yuv420p", dst_colorspace="ITU601", threads=1)
            tick = max(round(time_ms * _TICKS_PER_S / 1000), self._last_tick + 1)
            frame.pts, frame.time_base = tick, Fraction(1, _TICKS_PER_S)
            self._last_tick = tick
            self._container.mux(self._stream.encode(frame))
            if self._sound:
                self._sound.write_until(tick * 1000 / _TICKS_PER_S)
            self.frames_written += 1
        except (av.error.FFmpegError, OSError) as error:
            raise OutputError(f"{shown_name(self.path)}: {reason(error)}") from error

    def close(self) -> None:
        """Finish the file and give it its name; without a frame nothing is written.

        Raises:
            OutputError: it can not be finished.
        """
        if self._container is None:
            self._close_sound()
            return
        try:
            self._container.mux(self._stream.encode(None))
            if self._sound:
                self._sound.write_until(self._last_tick * 1000 / _TICKS_PER_S + 1000 / self._fps)
                self._sound.finish()
                self._close_sound()
            self._container.close()
            self._container = None
            os.replace(self._partial, self.path)
        except (av.error.FFmpegError, OSError) as error:
            self.discard()
            raise OutputError(f"{shown_name(self.path)}: {reason(error)}") from error

    def discard(self) -> None:
        """Drop what was written."""
        self._close_sound()
        container, self._container = self._container, None
        if container is not None:
            with contextlib.suppress(av.error.FFmpegError, OSError):
                container.close()
        with contextlib.suppress(OSError):
            self._partial.unlink(missing_ok=True)

    def __enter__(self) -> VideoSink:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None or isinstance(error, KeyboardInterrupt):
            self.close()
        else:
            self.discard()

    def _start(self, width: int, height: int) -> None:
        self._container = av.open(str(self._partial), "w", format="mp4", options={"movflags": "faststart"})
        for name in _ENCODERS:
            try:
                stream = self._container.add_stream(
                    name, rate=Fraction(self._fps).limit_denominator(1001), options=dict(_OPTIONS[name])
                )
            except (av.codec.codec.UnknownCodecError, ValueError):
                continue
            break
        else:
            raise OutputError(f"{shown_name(self.path)}: the FFmpeg at hand has no encoder for MP4")
        stream.width, stream.height = width + width % 2, height + height % 2
        stream.pix_fmt = "yuv420p"
        if name == "libx264":  # MPEG-4's own clock is too coarse for the ticks
            stream.codec_context.time_base = Fraction(1, _TICKS_PER_S)
        stream.codec_context.thread_count = self._threads
        stream.codec_context.colorspace = _BT601
        self._stream, self._size, self.codec = stream, (width, height), name
        if self._sound:
            self._sound.add_to(self._container)

    def _close_sound(self) -> None:
        sound, self._sound = self._sound, None
        if sound is not None:
            sound.close()


class PhotoSink:
    """Writes single pictures as JPEG or PNG, each under a temporary name first.

    Args:
        folder: is made where it is not there.

    Raises:
        OutputError: the folder can not be made.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"{shown_name(self.folder)}: {reason(error)}") from error

    def write(self, image: NDArray[np.uint8], name: str) -> Path:
        """Write one picture.

        Args:
            image: uint8 (H, W, 3) RGB.
            name: file name that ends in .jpg, .jpeg or .png.

        Returns:
            Where it lies.

        Raises:
            InputError: not a picture, or another suffix.
            OutputError: it can not be written.
        """
        path = self.folder / name
        options = _PHOTO_OPTIONS.get(path.suffix.lower())
        if options is None:
            raise InputError(
                f"{shown_name(name)}: a name that ends in {', '.join(_PHOTO_OPTIONS)} was expected"
            )
        _check_picture(image)
        written, data = cv2.imencode(path.suffix.lower(), bgr_from_rgb(image), options)
        if not written:
            raise OutputError(f"{shown_name(path)}: the picture can not be encoded")
        partial = _partial_name(path)
        try:
            partial.write_bytes(data.tobytes())
            os.replace(partial, path)
        except OSError as error:
            with contextlib.suppress(OSError):
                partial.unlink(missing_ok=True)
            raise OutputError(f"{shown_name(path)}: {reason(error)}") from error
        return path


def _check_picture(image: NDArray[np.uint8]) -> None:
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or not image.size:
        raise InputError(f"a picture is uint8 (H, W, 3) RGB, got {image.dtype} {image.shape}")


def _check_folder(path: Path) -> None:
    folder = path.parent
    if not folder.is_dir():
        raise OutputError(f"{shown_name(folder)}: no such folder")
    if path.is_dir():
        raise OutputError(f"{shown_name(path)}: is a folder")
    if not os.access(folder, os.W_OK):
        raise OutputError(f"{shown_name(folder)}: not writable")


def _partial_name(path: Path) -> Path:
    return path.with_name(f".{path.name}.partial")
