"""The camera's reader against a capture device that plays given pictures."""

import cv2
import numpy as np
import pytest

import emopoi.vision.camera as camera
from emopoi.errors import MediaError
from emopoi.vision.camera import CameraReader
from emopoi.vision.media import open_media


class Capture:
    """Stands for cv2.VideoCapture: plays a list of BGR pictures, None for a failed read."""

    pictures: tuple = ()
    opened = True
    released = 0

    def __init__(self, number):
        self.number = number
        self.waiting = list(self.pictures)

    def isOpened(self):
        return self.opened

    def read(self):
        picture = self.waiting.pop(0) if self.waiting else None
        return picture is not None, picture

    def set(self, *_):
        return True

    def get(self, name):
        return 30.0 if name == cv2.CAP_PROP_FPS else 0.0

    def release(self):
        type(self).released += 1


@pytest.fixture
def capture(monkeypatch):
    class Mine(Capture):
        pass

    monkeypatch.setattr(cv2, "VideoCapture", Mine)
    monkeypatch.setattr(camera.Path, "exists", lambda self: True)
    monkeypatch.setattr(camera.time, "sleep", lambda seconds: None)
    return Mine


def blue(height=48, width=64):
    return np.dstack([np.full((height, width), value, np.uint8) for value in (200, 10, 30)])


def test_pictures_come_upright_in_rgb_with_the_time_of_their_arrival(capture):
    capture.pictures = [blue() for _ in range(6)]
    with open_media(0) as media:
        frames = list(media)
    assert (media.kind, media.width, media.height, media.fps) == ("camera", 64, 48, 30.0)
    assert media.name == "camera 0" and media.frame_count is None
    # The first picture only showed that the camera works.
    assert len(frames) == 5 and frames[0].image[0, 0].tolist() == [30, 10, 200]
    times = [frame.time_ms for frame in frames]
    assert times == sorted(times) and times[0] >= 0
    assert any("no more pictures" in warning for warning in media.warnings)
    assert capture.released >= 1


def test_a_few_failed_reads_are_counted_and_waited_out(capture):
    capture.pictures = [blue(), blue(), None, None, blue()]
    reader = CameraReader(0)
    frames = []
    for frame in reader.frames(lambda time_ms: True):
        frames.append(frame)
    assert len(frames) == 2 and [frame.index for frame in frames] == [0, 3]
    assert reader.damaged >= 2


@pytest.mark.parametrize(("opened", "words"), [(False, "can not be opened"), (True, "gives no picture")])
def test_a_camera_that_does_not_work_is_told(capture, opened, words):
    capture.pictures, capture.opened = (), opened
    with pytest.raises(MediaError, match=words):
        open_media(0)
    assert capture.released == 1


def test_recognize_reads_a_camera_until_it_is_told_to_stop(capture, monkeypatch, capsys):
    from emopoi.commands.main import main
    from emopoi.demo_clip import demo_frames, portrait

    shown = [cv2.resize(picture, (320, 240))[..., ::-1] for _, picture in demo_frames(portrait(), 2.0)]
    capture.pictures = shown
    clock = iter(np.arange(0, 1000, 0.04).tolist())
    monkeypatch.setattr(camera.time, "monotonic", lambda: next(clock))
    words = ["recognize", "--camera", "0", "--seconds", "1.2", "--threads", "1", "--consent", "--places", "0"]
    assert main(words) == 0
    text = capsys.readouterr().out
    assert "Person 1 (1." in text
