"""Made-up media for the commands: real files of real formats, small."""

from fractions import Fraction

import av
import cv2
import numpy as np
import pytest

from emopoi.demo_clip import demo_frames, portrait


@pytest.fixture(scope="session")
def portrait_clip(tmp_path_factory):
    """Three seconds of the public-domain portrait, 25 frames/s, 320x240."""
    path = tmp_path_factory.mktemp("media") / "portrait.mp4"
    frames = (cv2.resize(picture, (320, 240)) for _, picture in demo_frames(portrait(), 3.0))
    return write_clip(path, frames)


@pytest.fixture(scope="session")
def empty_scene(tmp_path_factory):
    """One second without a face."""
    y, x = np.mgrid[0:120, 0:160]
    frames = (np.stack([x + 4 * i, y, x // 2], -1).astype(np.uint8) for i in range(25))
    return write_clip(tmp_path_factory.mktemp("media") / "empty_scene.mp4", frames)


@pytest.fixture(scope="session")
def sound_only(tmp_path_factory):
    """An mp4 with a sound track and no picture."""
    path = tmp_path_factory.mktemp("media") / "sound.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=16000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 16000), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 16000
        for packet in (*stream.encode(frame), *stream.encode(None)):
            container.mux(packet)
    return path


def write_clip(path, frames, fps=25):
    with av.open(str(path), "w") as container:
        stream = None
        for index, picture in enumerate(frames):
            if stream is None:
                stream = container.add_stream("libx264", rate=fps)
                stream.height, stream.width = picture.shape[:2]
                stream.pix_fmt = "yuv420p"
                stream.gop_size = 15
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            frame.pts, frame.time_base = index, Fraction(1, fps)
            for packet in stream.encode(frame):
                container.mux(packet)
        for packet in stream.encode(None):
            container.mux(packet)
    return path
