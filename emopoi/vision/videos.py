"""Reads videos with PyAV: true timestamps, rotation honoured, damage skipped and counted."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any, cast

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from emopoi.errors import MediaError
from emopoi.types import Frame
from emopoi.vision.frame_sampling import Wanted
from emopoi.vision.shown_name import shown_name

_LARGEST_SIDE_PX = 16_384
_LARGEST_AREA_PX = 100_000_000
_HIGHEST_FPS = 1000.0
_JITTER_FRAMES = 1.5  # timestamps that run back by less are careless, by more a recording joined on
# Edit lists hide a few frames at the start, so a small difference is no damage.
_FEW_FRAMES = 4
_FEW_SHARE = 0.05
# Formats that FFmpeg would take for a video and that are text, lists of other files or addresses.
REFUSED_FORMATS = frozenset(
    {"tty", "hls", "dash", "concat", "ffmetadata", "sdp", "rtsp", "bin", "xbin", "idf"}
)
_QUARTER_TURNS = {
    90: cv2.ROTATE_90_COUNTERCLOCKWISE,
    180: cv2.ROTATE_180,
    270: cv2.ROTATE_90_CLOCKWISE,
}


class VideoReader:
    """One video file, opened and its first frame decoded.

    Args:
        path: the file.
        threads: 1 decodes on the calling thread alone; more let the codec use as many.

    Raises:
        MediaError: not a video, without pictures, of an absurd size, or not one frame decodes.
    """

    kind = "video"

    def __init__(self, path: Path, threads: int = 1) -> None:
        self._path = path
        self.damaged = 0
        self.warnings: list[str] = []
        try:
            # Only files: a crafted playlist must not make the reader fetch something.
            self._container = av.open(
                str(path), options={"protocol_whitelist": "file"}, metadata_errors="replace"
            )
        except (av.error.FFmpegError, ValueError, OSError) as error:
            raise MediaError(
                f"{shown_name(path)}: not a video or photo that can be read ({_reason(error)})"
            ) from error
        try:
            self._open(threads)
        except BaseException:
            self._container.close()
            raise

    def _open(self, threads: int) -> None:
        path, container = self._path, self._container
        if REFUSED_FORMATS & set(container.format.name.split(",")):
            raise MediaError(
                f"{shown_name(path)}: not a video ({container.format.long_name or container.format.name})"
            )
        cover = av.stream.Disposition.attached_pic
        streams = [stream for stream in container.streams.video if not stream.disposition & cover]
        if not streams:
            what = "has sound but no picture" if container.streams.audio else "has no picture"
            raise MediaError(f"{shown_name(path)}: {what}")
        self._stream = stream = streams[0]
        if stream.codec_context is None:
            raise MediaError(f"{shown_name(path)}: no decoder for its video")
        width, height = stream.codec_context.width, stream.codec_context.height
        if not (0 < width <= _LARGEST_SIDE_PX and 0 < height <= _LARGEST_SIDE_PX) or (
            width * height > _LARGEST_AREA_PX
        ):
            raise MediaError(f"{shown_name(path)}: a picture size of {width}x{height} pixels can not be read")
        stream.thread_type = "NONE" if threads == 1 else "AUTO"
        stream.codec_context.thread_count = threads
        rate = stream.average_rate or stream.guessed_rate
        self.fps = float(rate) if rate and 0 < rate <= _HIGHEST_FPS else None
        self.frame_count = stream.frames or None
        self.duration_s = _duration_s(container, stream)
        if self.frame_count is None and self.fps and self.duration_s:
            self.frame_count = round(self.duration_s * self.fps)
        self._converter = _Converter(stream)
        self._decoded = self._decode()
        picture = None
        while picture is None:
            self._first: Any = next(self._decoded, None)
            if self._first is None:
                raise MediaError(f"{shown_name(path)}: no frame of the video can be decoded")
            picture = self._picture(self._first)
        self.height, self.width = picture.shape[:2]

    def frames(self, wanted: Wanted) -> Iterator[Frame]:
        """Decode to the end, or as far as the file goes."""
        stream = self._stream
        frame_ms = 1000.0 / self.fps if self.fps else 40.0
        start_ms: float | None = None
        previous_ms = -math.inf
        shift_ms = 0.0
        jumps = 0
        count = 0
        while True:
            # Not kept in a local over the yield: the frame's memory goes back to the decoder.
            decoded = self._first if self._first is not None else next(self._decoded, None)
            self._first = None
            if decoded is None:
                break
            index = count + self.damaged
            count += 1
            if decoded.pts is not None and decoded.time_base is not None:
                time_ms = float(decoded.pts * decoded.time_base) * 1000.0
                if start_ms is None:
                    start_ms = time_ms
                time_ms += shift_ms - start_ms
            else:
                time_ms = index * frame_ms
            if time_ms < previous_ms - _JITTER_FRAMES * frame_ms:
                # Another recording was joined on: from here on its clock counts, set forward.
                jumps += 1
                shift_ms += previous_ms + frame_ms - time_ms
                time_ms = previous_ms + frame_ms
            elif time_ms <= previous_ms:
                time_ms = previous_ms + 1.0
            previous_ms = time_ms
            if wanted(time_ms):
                image = self._picture(decoded)
                del decoded
                if image is None:
                    count -= 1  # it counts as damaged now
                    continue
                yield Frame(image=image, time_ms=time_ms, index=index)
        if jumps:
            self.warnings.append(
                f"the clock of the video jumps back {jumps} {'time' if jumps == 1 else 'times'}; "
                "time was counted on from there"
            )
        if self.damaged:
            self.warnings.append(f"{self.damaged} damaged frames were skipped")
        missing = stream.frames - count - self.damaged
        if missing > max(_FEW_FRAMES, _FEW_SHARE * stream.frames):
            self.warnings.append(f"the file ends early: {count} of {stream.frames} frames could be read")
        elif self.duration_s and not stream.frames and previous_ms + 2 * frame_ms < 900.0 * self.duration_s:
            read_s = max(previous_ms, 0.0) / 1000.0
            self.warnings.append(
                f"the file ends early: {read_s:.1f} of {self.duration_s:.1f} s could be read"
            )

    def close(self) -> None:
        """Close the file."""
        self._decoded.close()
        self._container.close()

    def _picture(self, decoded: Any) -> NDArray[np.uint8] | None:
        """The picture of a decoded frame; None where it can not be converted, counted as damaged."""
        try:
            return self._converter.rgb(decoded)
        except (av.error.FFmpegError, cv2.error, AssertionError, ValueError, OSError):
            self.damaged += 1
            return None

    def _decode(self) -> Generator[Any, None, None]:
        """Every decodable frame; what is damaged is counted and left out."""
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except (av.error.FFmpegError, OSError) as error:
                self.warnings.append(f"the file ends in damage: {_reason(error)}")
                return
            try:
                decoded = packet.decode()
            except (av.error.FFmpegError, ValueError):
                self.damaged += 1
                continue
            for frame in decoded:
                if frame.is_corrupt:
                    self.damaged += 1
                else:
                    yield frame


class _Converter:
    """Turns decoded frames into upright RGB pictures with square pixels."""

    def __init__(self, stream: Any) -> None:
        # One for the whole file: its scaling tables cost more than the conversion.
        self._reformatter = av.video.reformatter.VideoReformatter()
        ratio = stream.sample_aspect_ratio
        self._ratio = float(ratio) if ratio and 0.25 <= ratio <= 4.0 else 1.0

    def rgb(self, frame: Any) -> NDArray[np.uint8]:
        width = max(2, round(frame.width * self._ratio)) if abs(self._ratio - 1.0) > 0.01 else frame.width
        converted = self._reformatter.reformat(
            frame,
            width=width,
            format="rgb24",
            interpolation=av.video.reformatter.Interpolation.FAST_BILINEAR,
            threads=1,
        )
        image = cast("NDArray[np.uint8]", converted.to_ndarray())
        turn = _QUARTER_TURNS.get(round(frame.rotation) % 360)
        return image if turn is None else cv2.rotate(image, turn).astype(np.uint8, copy=False)


def _duration_s(container: Any, stream: Any) -> float | None:
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    if container.duration:
        return float(container.duration / av.time_base)
    return None


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error).strip().split("\n", 1)[0]
