"""Reads the sound of any audio or video file, mono at one rate, piece by piece: memory stays flat for hours.

Time 0 is the first picture of a video, as it is for the frames that `open_media` gives; sound before it is
left out. Where a container's clock says that nothing was recorded, silence is put in, so that sound keeps
step with pictures. What is damaged is left out and counted.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from emopoi.errors import MediaError
from emopoi.vision.shown_name import shown_name
from emopoi.vision.videos import REFUSED_FORMATS

_LOWEST_RATE_HZ, _HIGHEST_RATE_HZ = 4_000, 768_000
# Clocks of containers are rounded to a millisecond or so: a smaller gap is none.
_LEAST_GAP_S = 0.06
# A longer gap is a clock that jumped, not a pause.
_LONGEST_GAP_S = 600.0
_PIECE_S = 10.0
_FULL_SCALE = 0.999
_CLIPPED_SHARE = 0.001


class SoundReader:
    """The sound of one file; iterate once, then close, or use it in a `with`.

    Args:
        source: an audio or video file, or its content; only files, nothing is fetched.
        sample_rate_hz: that comes out.

    Attributes:
        source_rate_hz: of the file, as its header states it.
        channels: of the file; they are mixed evenly.
        duration_s: as the container states it, None where it does not.
        samples_read: handed out so far.
        damaged: packets that could not be decoded so far.
        warnings: one line for each thing the user should know; whole once all is read.

    Raises:
        MediaError: no file, no sound in it, no decoder for it, or a rate that no sound has.
    """

    def __init__(self, source: str | Path | bytes, sample_rate_hz: int = 16_000) -> None:
        self._name = "sound" if isinstance(source, bytes) else shown_name(Path(source))
        self._rate_hz = sample_rate_hz
        self.samples_read = self.damaged = 0
        self.warnings: list[str] = []
        self._clipped = 0
        name = self._name
        if not isinstance(source, bytes):
            if not Path(source).exists():
                raise MediaError(f"{name}: no such file")
            if Path(source).is_dir():
                raise MediaError(f"{name}: an audio or video file was expected, this is a folder")
        opened = io.BytesIO(source) if isinstance(source, bytes) else str(source)
        try:
            self._container: Any = av.open(
                opened, options={"protocol_whitelist": "file"}, metadata_errors="replace"
            )
        except (av.error.FFmpegError, ValueError, OSError) as error:
            reason = str(getattr(error, "strerror", None) or error).strip().split("\n", 1)[0]
            raise MediaError(f"{name}: no sound that can be read ({reason})") from error
        try:
            self._open(name)
        except BaseException:
            self.close()
            raise

    def _open(self, name: str) -> None:
        kind = self._container.format
        if REFUSED_FORMATS & set(kind.name.split(",")):
            raise MediaError(f"{name}: not a recording ({kind.long_name or kind.name})")
        streams = self._container.streams.audio
        if not streams:
            what = "has pictures but no sound" if self._container.streams.video else "has no sound"
            raise MediaError(f"{name}: {what}")
        self._stream = stream = streams[0]
        codec = stream.codec_context
        if codec is None:
            raise MediaError(f"{name}: no decoder for its sound")
        if not _LOWEST_RATE_HZ <= codec.sample_rate <= _HIGHEST_RATE_HZ:
            raise MediaError(
                f"{name}: its header says {codec.sample_rate} samples a second; "
                f"{_LOWEST_RATE_HZ} to {_HIGHEST_RATE_HZ} were expected"
            )
        self.source_rate_hz = int(codec.sample_rate)
        self.channels = int(codec.channels)
        if stream.duration and stream.time_base:
            self.duration_s: float | None = float(stream.duration * stream.time_base)
        else:
            self.duration_s = self._container.duration / av.time_base if self._container.duration else None
        self._start_s = _first_picture_s(self._container)

    def __iter__(self) -> Iterator[NDArray[np.float32]]:
        """Float32 (N,) mono, -1..1, N up to ten seconds.

        Raises:
            MediaError: not one packet of the sound could be decoded.
        """
        place: float | None = None
        for time_s, samples in self._mixed():
            if place is None:
                # Sound that begins after the first picture: its clock says by how much.
                place = 0.0
            if time_s is not None:
                gap_s = time_s - place
                if gap_s < 0 and -gap_s >= len(samples) / self._rate_hz:
                    if place == 0.0:
                        continue  # before the first picture
                elif gap_s < 0 and place == 0.0:
                    samples = samples[round(-gap_s * self._rate_hz) :]
                elif _LEAST_GAP_S < gap_s < _LONGEST_GAP_S:
                    yield from self._silence(round(gap_s * self._rate_hz))
                    place += gap_s
            place += len(samples) / self._rate_hz
            self.samples_read += len(samples)
            self._clipped += int((np.abs(samples) >= _FULL_SCALE).sum())
            yield samples
        if not self.samples_read:
            raise MediaError(f"{self._name}: nothing of its sound can be decoded")
        self._tell()

    def _silence(self, count: int) -> Iterator[NDArray[np.float32]]:
        most = round(_PIECE_S * self._rate_hz)
        while count > 0:
            piece: NDArray[np.float32] = np.zeros(min(count, most), np.float32)
            count -= len(piece)
            self.samples_read += len(piece)
            yield piece

    def _tell(self) -> None:
        if self.damaged:
            self.warnings.append(f"{self.damaged} damaged pieces of sound were left out")
        if self._clipped > _CLIPPED_SHARE * self.samples_read:
            share = 100.0 * self._clipped / self.samples_read
            self.warnings.append(f"the sound is clipped ({share:.1f} % of its samples are at full scale)")
        if self.source_rate_hz < self._rate_hz:
            self.warnings.append(
                f"the sound was recorded at {self.source_rate_hz} Hz: high tones are missing in it"
            )

    def _mixed(self) -> Iterator[tuple[float | None, NDArray[np.float32]]]:
        """Time from the first picture where it is known, and mono samples at the rate asked for."""
        packed = av.AudioResampler(format="flt")
        resampler = av.AudioResampler(format="fltp", layout="mono", rate=self._rate_hz)
        time_s: float | None = None
        for frame in self._frames():
            known = frame.pts is not None and frame.time_base is not None
            start_s = float(frame.pts * frame.time_base) - self._start_s if known else None
            try:
                mono = self._mono(packed, frame)
                pieces = resampler.resample(mono)
            except (av.error.FFmpegError, ValueError):
                # The layout or rate changed on the way: begin anew with what it is now.
                packed = av.AudioResampler(format="flt")
                resampler = av.AudioResampler(format="fltp", layout="mono", rate=self._rate_hz)
                self.damaged += 1
                continue
            time_s = start_s if time_s is None else time_s
            for piece in pieces:
                samples = piece.to_ndarray()[0].astype(np.float32, copy=False)
                if len(samples):
                    yield time_s, np.nan_to_num(samples, nan=0.0, posinf=1.0, neginf=-1.0).clip(-4.0, 4.0)
                    time_s = None
        for piece in resampler.resample(None):
            samples = piece.to_ndarray()[0].astype(np.float32, copy=False)
            if len(samples):
                yield None, np.nan_to_num(samples, nan=0.0, posinf=1.0, neginf=-1.0).clip(-4.0, 4.0)

    def _mono(self, packed: Any, frame: Any) -> Any:
        """Channels mixed evenly, whatever they are called: FFmpeg would leave some out.

        Samples of all channels in turn: of eight planes and more PyAV reads past the end.
        """
        frame.pts = None
        channels = frame.layout.nb_channels
        parts = [part.to_ndarray().reshape(-1, channels) for part in packed.resample(frame)]
        mixed = np.concatenate(parts).mean(axis=1, dtype=np.float32)[None]
        mono = av.AudioFrame.from_ndarray(np.ascontiguousarray(mixed), format="fltp", layout="mono")
        mono.sample_rate = frame.sample_rate
        return mono

    def _frames(self) -> Iterator[Any]:
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except (av.error.FFmpegError, OSError) as error:
                self.warnings.append(f"the file ends in damage: {error}")
                return
            try:
                yield from packet.decode()
            except (av.error.FFmpegError, ValueError):
                self.damaged += 1

    def close(self) -> None:
        """Close the file."""
        with contextlib.suppress(av.error.FFmpegError, OSError):
            self._container.close()

    def __enter__(self) -> SoundReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _first_picture_s(container: Any) -> float:
    cover = av.stream.Disposition.attached_pic
    for stream in container.streams.video:
        if not stream.disposition & cover and stream.start_time is not None and stream.time_base:
            return float(stream.start_time * stream.time_base)
    return 0.0


def read_sound(source: str | Path | bytes, sample_rate_hz: int = 16_000) -> NDArray[np.float32]:
    """All of a short sound at once.

    Args:
        source: an audio or video file, or its content.
        sample_rate_hz: that comes out.

    Returns:
        float32 (N,) mono, -1..1.

    Raises:
        MediaError: as of `SoundReader`.
    """
    with SoundReader(source, sample_rate_hz) as reader:
        return np.concatenate(list(reader))
