"""Videos and photos made on the spot, and the detectors where their models are installed."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from emopoi.vision.blazeface_files import BlazeFaceFiles, read_blazeface_files


@pytest.fixture(scope="session")
def blazeface_files() -> BlazeFaceFiles:
    return read_blazeface_files()


@pytest.fixture
def make_video(tmp_path) -> Callable[..., Path]:
    """A video: left half dark, right half light, the upper half bluer from frame to frame."""

    def make(
        name="clip.mp4", frames=20, fps=10, width=64, height=48, times_ms=None, sound=False, picture=True
    ):
        path = tmp_path / name
        with av.open(str(path), "w") as container:
            voice = container.add_stream("aac", rate=16000) if sound else None
            stream = (
                container.add_stream("libx264" if name.endswith(".mkv") else "mpeg4", rate=fps)
                if picture
                else None
            )
            if stream is not None:
                stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
                stream.codec_context.gop_size = 5
                if times_ms is not None:
                    stream.codec_context.time_base = Fraction(1, 1000)
            for number in range(frames if stream is not None else 0):
                image = np.full((height, width, 3), 20, np.uint8)
                image[:, width // 2 :] = 220
                image[: height // 2, :, 2] = 10 * (number % 20)
                frame = av.VideoFrame.from_ndarray(image, format="rgb24").reformat(format="yuv420p")
                if times_ms is not None:
                    frame.pts, frame.time_base = times_ms[number], Fraction(1, 1000)
                container.mux(stream.encode(frame))
            if voice is not None:
                tone = av.AudioFrame.from_ndarray(
                    np.zeros((1, 1024), np.float32), format="fltp", layout="mono"
                )
                tone.sample_rate, tone.pts, tone.time_base = 16000, 0, Fraction(1, 16000)
                container.mux(voice.encode(tone))
                container.mux(voice.encode(None))
            if stream is not None:
                container.mux(stream.encode(None))
        return path

    return make
