from types import SimpleNamespace

import numpy as np
import pytest

from emopoi.errors import InputError
from emopoi.types import Face, Frame, HeadPose, TrackedFace
from emopoi.vision import lid_reader
from emopoi.vision.eye_landmarks import LEFT, RIGHT
from emopoi.vision.lid_reader import LidReader, LidSettings

POINTS = np.array([[30, 40], [70, 40], [50, 60], [50, 78], [12, 44], [88, 44]], np.float32)
PICTURE = np.zeros((100, 100, 3), np.uint8)


class FakeEyes:
    def __init__(self, opening=0.33):
        self.opening_now, self.looked = opening, []

    def opening(self, image, face, eye):
        self.looked.append(eye)
        return self.opening_now


class FakeMesh:
    def __init__(self, presence=0.99):
        self.presence, self.looks = presence, 0

    def mesh(self, image, face):
        self.looks += 1
        return SimpleNamespace(points=None, presence=self.presence)


@pytest.fixture(autouse=True)
def lips(monkeypatch):
    monkeypatch.setattr(lid_reader, "mouth_opening", lambda points: 0.4)


def face(person=1, measured=True, unseen_ms=0.0):
    return TrackedFace(person, Face((0, 0, 100, 100), 0.9, POINTS, measured), unseen_ms=unseen_ms)


def frames(count, fps):
    return [Frame(PICTURE, 1000.0 * place / fps, place) for place in range(count)]


@pytest.mark.parametrize("fps", [25, 30, 60, 240])
def test_looks_are_bounded_by_time_and_not_by_frames(fps):
    eyes, mesh = FakeEyes(), FakeMesh()
    reader = LidReader(eyes, mesh)
    found = [reader.read(frame, face()) for frame in frames(10 * fps, fps)]
    assert 55 <= len(eyes.looked) <= 10_000 / 145 + 1 and 16 <= mesh.looks <= 21
    assert sum(lids is not None for lids in found) <= len(eyes.looked) + mesh.looks
    assert all(lids.eyes_open == 0.33 for lids in found if lids and lids.eyes_open is not None)


def test_low_lids_are_watched_closely():
    eyes = FakeEyes(0.1)
    reader = LidReader(eyes)
    for frame in frames(30, 30):
        reader.read(frame, face())
    assert len(eyes.looked) == 30


def test_seldom_frames_still_show_the_mouth():
    eyes, mesh = FakeEyes(), FakeMesh()
    reader = LidReader(eyes, mesh)
    found = [reader.read(frame, face()) for frame in frames(10, 1)]
    assert all(lids.eyes_open == 0.33 and lids.mouth_open == 0.4 for lids in found)


def test_the_nearer_eye_is_looked_at():
    eyes = FakeEyes()
    reader = LidReader(eyes)
    for frame, yaw in zip(frames(5, 1), (0, -30, 0, 30, 5), strict=True):
        reader.read(frame, face(), HeadPose(yaw, 0, 0))
    # Turning to their own right shows the left side of the face.
    assert eyes.looked == [RIGHT, LEFT, LEFT, RIGHT, RIGHT]


def test_faces_that_were_not_located_are_left_alone():
    eyes = FakeEyes()
    reader = LidReader(eyes, FakeMesh())
    (frame,) = frames(1, 1)
    assert reader.read(frame, face(measured=False)) is None
    assert reader.read(frame, face(unseen_ms=400.0)) is None
    assert eyes.looked == []


def test_what_is_no_face_has_no_mouth():
    reader = LidReader(FakeEyes(None), FakeMesh(presence=0.1))
    assert all(reader.read(frame, face()) is None for frame in frames(5, 1))


def test_people_have_their_own_times_and_are_forgotten():
    eyes = FakeEyes()
    reader = LidReader(eyes)
    (frame,) = frames(1, 1)
    assert reader.read(frame, face(1)) and reader.read(frame, face(2)) and not reader.read(frame, face(1))
    reader.forget(1)
    assert reader.read(frame, face(1))


def test_settings_are_checked():
    with pytest.raises(InputError, match="at least 0"):
        LidSettings(eyes_every_ms=-1)
