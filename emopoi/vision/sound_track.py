"""The sound of one video on its way into another: as it is where MP4 takes it, else as AAC."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av

from emopoi.vision.containers import first_picture_s, open_container
from emopoi.vision.shown_name import shown_name

_COPIED = frozenset({"aac", "mp3", "ac3", "eac3", "alac", "flac", "opus"})
_AAC_RATES_HZ = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
_USUAL_RATE_HZ = 48_000
_BITS_A_SECOND = 128_000


class SoundTrack:
    """Reads the sound of a file piece by piece and puts it into an open MP4.

    Time 0 is the first picture of the file, as it is for the frames that `open_media` gives; sound
    before it is left out. What is damaged is left out too, and where nothing more can be read the
    sound ends.

    Args:
        path: a video; only files, nothing is fetched.

    Attributes:
        codec: what the sound will be in the MP4, None where the file has none.

    Raises:
        MediaError: the file can not be opened.
    """

    def __init__(self, path: str | Path) -> None:
        self._container = open_container(path, f"{shown_name(Path(path))}: its sound can not be read")
        self._stream = next(iter(self._container.streams.audio), None)
        if self._stream is not None and self._stream.codec_context is None:
            self._stream = None
        self._copied = self._stream is not None and self._stream.codec_context.name in _COPIED
        self.codec: str | None = None
        if self._stream is not None:
            self.codec = str(self._stream.codec_context.name) if self._copied else "aac"
        self._start_s = first_picture_s(self._container)
        self._packets = self._read()
        self._waiting: Any = None
        self._out: Any = None
        self._target: Any = None
        self._last_dts: int | None = None

    def add_to(self, container: Any) -> None:
        """Announce the sound to an output before its first packet.

        Args:
            container: an `av` container open for writing.
        """
        if self._stream is None:
            return
        if self._copied:
            self._out = container.add_stream_from_template(self._stream)
        else:
            rate = self._stream.codec_context.sample_rate
            self._out = container.add_stream("aac", rate=rate if rate in _AAC_RATES_HZ else _USUAL_RATE_HZ)
            self._out.codec_context.layout = "mono" if self._stream.codec_context.channels == 1 else "stereo"
            self._out.codec_context.bit_rate = _BITS_A_SECOND
        self._target = container

    def write_until(self, time_ms: float) -> None:
        """Put what sounds before a moment into the output.

        Args:
            time_ms: from the first picture on; not before that of the call before.

        Raises:
            av.error.FFmpegError: the output can not be written.
            OSError: likewise.
        """
        if self._target is None:
            return
        while True:
            if self._waiting is None:
                self._waiting = next(self._packets, None)
            if self._waiting is None or 1000.0 * self._waiting[0] >= time_ms:
                return
            piece = self._waiting[1]
            self._waiting = None
            if self._copied:
                self._copy(piece)
            else:
                self._target.mux(self._out.encode(piece))

    def finish(self) -> None:
        """Put what the encoder still holds into the output.

        Raises:
            av.error.FFmpegError: the output can not be written.
            OSError: likewise.
        """
        if self._target is not None and not self._copied:
            self._target.mux(self._out.encode(None))

    def close(self) -> None:
        """Close the file that is read."""
        self._target = None
        with contextlib.suppress(av.error.FFmpegError, OSError):
            self._container.close()

    def _copy(self, packet: Any) -> None:
        tick = packet.dts if packet.dts is not None else packet.pts
        if self._last_dts is not None and tick <= self._last_dts:
            return  # clocks that stand still or jump back; MP4 takes none
        self._last_dts = tick
        packet.stream = self._out
        self._target.mux(packet)

    def _read(self) -> Iterator[tuple[float, Any]]:
        """Start in seconds and packet or decoded frame, in order, from the first picture on."""
        if self._stream is None:
            return
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets)
            except (StopIteration, av.error.FFmpegError, OSError):
                return
            if self._copied:
                if packet.size and not packet.is_corrupt:
                    yield from self._shifted(packet)
                continue
            try:
                frames = packet.decode()
            except (av.error.FFmpegError, ValueError):
                continue
            for frame in frames:
                yield from self._shifted(frame)

    def _shifted(self, piece: Any) -> Iterator[tuple[float, Any]]:
        """The piece with times that count from the first picture; nothing where it has no time."""
        if piece.pts is None:
            piece.pts = piece.dts
        if piece.pts is None or piece.time_base is None:
            return
        shift = round(self._start_s / float(piece.time_base))
        piece.pts -= shift
        if self._copied and piece.dts is not None:
            piece.dts -= shift
        if piece.pts >= 0:
            yield float(piece.pts * piece.time_base), piece
