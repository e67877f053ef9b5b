from dataclasses import replace

import numpy as np
import pytest

from emopoi.errors import InputError
from emopoi.pipeline import FrameResult
from emopoi.reconstruct.people import People
from emopoi.reconstruct.settings import ReconstructionSettings
from emopoi.types import EmotionReading, Face, Frame, TrackedFace
from emopoi.vision.face_landmarks import FaceMesh

GENERATOR = np.random.default_rng(1)
PLACES = GENERATOR.uniform(20, 60, (468, 3)).astype(np.float32)


class Mesher:
    """Gives what it was told to, one after another."""

    def __init__(self, *meshes):
        self.meshes = list(meshes)

    def mesh(self, image, face):
        return self.meshes.pop(0)


def result(index, *ids):
    face = Face((10, 10, 70, 70), 0.9, np.full((6, 2), 30, np.float32), measured=False)
    faces = tuple(TrackedFace(number, face) for number in ids)
    share = np.full(7, 1 / 7, np.float32)
    readings = tuple(
        EmotionReading(number, 40.0 * index, face.box, share, np.full(8, 1 / 8, np.float32), 0.8)
        for number in ids
    )
    return FrameResult(Frame(np.zeros((80, 90, 3), np.uint8), 40.0 * index, index), faces, readings)


def test_points_are_kept_by_track_and_doubtful_ones_counted():
    good, weak = FaceMesh(PLACES, 0.9), FaceMesh(PLACES, 0.2)
    broken = FaceMesh(np.full_like(PLACES, np.nan), 0.9)
    flat = FaceMesh(np.zeros_like(PLACES), 0.9)
    people = People(
        Mesher(good, weak, good, None, good, broken, flat, good), ReconstructionSettings(min_frames=2)
    )
    for index in range(4):
        people.add(result(index, 1, 2))
    (first,) = people.kept(photo=False)
    assert (first.id, first.frames, first.times_ms, first.skipped) == (1, [0, 1, 2], [0.0, 40.0, 80.0], 1)
    assert all(points.dtype == np.float32 and points.nbytes == 5616 for points in first.points)
    (second,) = people.left_out(photo=False)
    assert (second.id, second.frames, second.skipped) == (2, [3], 3)
    assert [person.id for person in people.kept(photo=True)] == [1, 2]
    assert (people.frames_read, people.last_frame, people.end_ms, people.size_px) == (4, 3, 120.0, (90, 80))
    assert set(people.timelines()) == {1, 2}


def test_the_best_view_is_that_of_the_surest_face():
    sure = [FaceMesh(PLACES, presence) for presence in (0.6, 0.95, 0.7)]
    people = People(Mesher(*sure), ReconstructionSettings(min_frames=1))
    for index in range(3):
        people.add(result(index, 1))
    assert people.kept(photo=False)[0].view.number == 1


def test_nobody():
    people = People(Mesher(), ReconstructionSettings())
    people.add(result(0))
    assert people.kept(photo=True) == [] and people.timelines() == {}


@pytest.mark.parametrize("change", [{"method": "magic"}, {"min_presence": 1.5}, {"min_frames": 0}])
def test_settings_are_checked(change):
    with pytest.raises(InputError, match=next(iter(change))):
        replace(ReconstructionSettings(), **change)
