"""Sound from a microphone, as it comes."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import MediaError, MissingPartError

_PIECE_S = 0.1
_LONGEST_WAIT_S = 5.0
_QUEUE_PIECES = 100


def microphone(
    sample_rate_hz: int = 16_000, device: int | str | None = None
) -> Iterator[NDArray[np.float32]]:
    """Pieces of a tenth of a second, float32 (N,) mono, until the caller stops.

    A slow reader falls behind by ten seconds at most: what comes while so much waits is lost.

    Args:
        sample_rate_hz: that comes out; the sound system resamples.
        device: number or name as of `python -m sounddevice`; None takes the system's choice.

    Raises:
        MissingPartError: the package sounddevice or PortAudio is not installed.
        MediaError: there is no microphone, or it fell silent for five seconds.
    """
    try:
        import sounddevice
    except ImportError as error:
        raise MissingPartError("a microphone is read with sounddevice: pip install sounddevice") from error
    except OSError as error:
        raise MissingPartError(f"sounddevice needs PortAudio: apt install libportaudio2 ({error})") from error
    pieces: queue.Queue[NDArray[np.float32]] = queue.Queue(_QUEUE_PIECES)

    def take(block: NDArray[np.float32], frames: int, clock: Any, status: Any) -> None:
        if not pieces.full():
            pieces.put_nowait(block[:, 0].copy())

    try:
        stream = sounddevice.InputStream(
            samplerate=sample_rate_hz,
            blocksize=round(_PIECE_S * sample_rate_hz),
            channels=1,
            dtype="float32",
            device=device,
            callback=take,
        )
        with stream:
            while True:
                yield pieces.get(timeout=_LONGEST_WAIT_S)
    except queue.Empty:
        raise MediaError("the microphone gives no sound") from None
    except (sounddevice.PortAudioError, ValueError) as error:
        raise MediaError(f"no microphone can be opened ({str(error).splitlines()[0]})") from error
