from collections import Counter

import numpy as np
import pytest

from emopoi.errors import InputError
from emopoi.types import Frame
from emopoi.vision.blazeface_detector import BlazeFaceDetector
from emopoi.vision.face_follower import FaceFollower, FollowerSettings
from emopoi.vision.haar_detector import HaarDetector
from emopoi.vision.media import open_media
from emopoi.vision.photo_detector import PhotoDetector
from tests.vision.test_tracker import face


def follow(path, detector, **options):
    follower = FaceFollower(detector)
    frames, seen, last_ms = 0, Counter(), 0.0
    with_face = 0
    with open_media(path, **options) as media:
        for frame in media:
            people = follower.faces(frame)
            seen.update(person.id for person in people)
            with_face += bool(people)
            last_ms = frame.time_ms if people else last_ms
            frames += 1
    return frames, with_face, seen, last_ms


class FakeDetector:
    """Sees one face that moves as told, and counts how often it is asked."""

    def __init__(self, place):
        self.place, self.time_ms, self.asked, self.true = place, 0.0, Counter(), True

    def _faces(self, name):
        self.asked[name] += 1
        place = self.place(self.time_ms)
        return [] if place is None else [face(*place)]

    def detect(self, image):
        return self._faces("detect")

    def glance(self, image):
        return self._faces("glance")

    def scan(self, image, step):
        return self._faces("scan")

    def detect_near(self, image, one, margin=1.0):
        found = self._faces("near")
        x0, _, x1, _ = one.box
        return [f for f in found if abs((f.box[0] + f.box[2]) / 2 - (x0 + x1) / 2) < 1.1 * margin * (x1 - x0)]

    def is_face(self, image, one):
        self.asked["second look"] += 1
        return self.true


def run(detector, frames=90, step_ms=1000 / 30, settings=None):
    follower = FaceFollower(detector, settings=settings)
    picture = np.zeros((48, 64, 3), np.uint8)
    seen = []
    for i in range(frames):
        detector.time_ms = i * step_ms
        seen.append(follower.faces(Frame(picture, i * step_ms, i)))
    return seen


def test_a_resting_face_costs_few_detections():
    detector = FakeDetector(lambda t: (200, 150))
    seen = run(detector)
    assert all(len(people) == 1 and people[0].id == 1 for people in seen[1:])
    assert detector.asked["near"] <= 34 and detector.asked["scan"] <= 12
    assert detector.asked["glance"] <= 3 and detector.asked["second look"] == 1


@pytest.mark.parametrize("pixels_a_s", [100, 300, 600])
def test_quick_motion_is_looked_at_more_often_and_not_lost(pixels_a_s):
    detector = FakeDetector(lambda t: (200 + 150 * np.sin(t * pixels_a_s / 150_000), 150))
    seen = run(detector)
    assert all([person.id for person in people] == [1] for people in seen[1:])
    misses = [
        abs((people[0].face.box[0] + people[0].face.box[2]) / 2 - detector.place(i * 1000 / 30)[0])
        for i, people in enumerate(seen) if people
    ]  # fmt: skip
    assert np.percentile(misses, 90) < 15  # of a face of 50


def test_what_fails_the_second_look_is_no_person_and_not_asked_about_all_the_time():
    detector = FakeDetector(lambda t: (200, 150))
    detector.true = False
    assert not any(run(detector))
    assert detector.asked["second look"] <= 3000 / 300 + 1


def test_who_leaves_ends():
    detector = FakeDetector(lambda t: (200, 150) if t < 1000 else None)
    follower = FaceFollower(detector)
    picture = np.zeros((48, 64, 3), np.uint8)
    ended = []
    for i in range(60):
        detector.time_ms = i * 40.0
        people = follower.faces(Frame(picture, i * 40.0, i))
        ended += [(number, i * 40.0) for number in follower.pop_ended()]
    assert not people
    ((number, time_ms),) = ended
    assert number == 1 and 1400 < time_ms < 1700


def test_slow_sampling_searches_every_frame():
    detector = FakeDetector(lambda t: (200 + t / 100, 150))
    seen = run(detector, frames=8, step_ms=1000)
    assert all([person.id for person in people] == [1] for people in seen[1:])
    assert not any(person.predicted for people in seen for person in people)


class Crowd:
    """Sees everybody near a place it is told, but in a whole picture only at the first look."""

    def __init__(self, count):
        self.places = [(60 + 100 * (i % 10), 60 + 100 * (i // 10)) for i in range(count)]
        self.looks, self.time_ms = Counter(), 0.0

    def _now(self, x=0.0, y=0.0, reach=np.inf):
        sway = 8 * np.sin(self.time_ms / 400)
        return [
            face(left + sway, top)
            for left, top in self.places
            if abs(left + sway - x) < reach and abs(top - y) < reach
        ]

    def detect(self, image):
        return self._now()

    def glance(self, image):
        return []

    def scan(self, image, step):
        return []

    def detect_near(self, image, one, margin=1.0):
        self.looks[self.time_ms] += 1
        x0, y0, x1, y1 = one.box
        return self._now((x0 + x1) / 2, (y0 + y1) / 2, 1.1 * margin * (x1 - x0) / 2)

    def is_face(self, image, one):
        return True


@pytest.mark.parametrize(
    ("count", "fps"), [(8, 5), (12, 10), (20, 5), (20, 10), (20, 25), (40, 25), (60, 15), (100, 25)]
)
def test_in_a_crowd_nobody_drops_out(count, fps):
    crowd = Crowd(count)
    frames = int(3 * fps)
    seen = run(crowd, frames=frames, step_ms=1000 / fps)
    later = seen[int(0.5 * fps) + 1 :]
    assert sum(map(len, later)) >= 0.97 * count * len(later)
    assert {person.id for people in later for person in people} == set(range(1, count + 1))
    unseen = [person.unseen_ms for people in later for person in people]
    assert max(unseen) <= 200 + 1
    # As many looks as that needs, not everybody in every frame.
    assert sum(crowd.looks.values()) <= max(3 * frames, count * 3000 / 150 * 1.3 + 2 * count)


@pytest.mark.parametrize("count", [1, 3])
def test_few_people_cost_what_they_did(count):
    crowd = Crowd(count)
    seen = run(crowd, frames=90)
    assert all(len(people) == count for people in seen[1:])
    assert max(crowd.looks.values()) <= 3 and sum(crowd.looks.values()) <= 34 * count


@pytest.mark.parametrize(
    ("clip", "people", "share"),
    [
        ("intel_asl_sorry.mkv", 1, 0.95),
        ("intel_headpose_two_people.mp4", 2, 0.95),
        ("lp_d18.mp4", 1, 0.97),
        ("lrs3_OzA6jRYjVQs_00004.mp4", 1, 0.9),
        ("pyfeat_no_face.mp4", 0, 0.0),
    ],
)
def test_real_clips(data_dir, blazeface_files, clip, people, share):
    frames, with_face, seen, _ = follow(data_dir / "videos" / clip, BlazeFaceDetector(blazeface_files))
    assert len(seen) == people
    assert all(count >= share * frames for count in seen.values())
    assert with_face == 0 if not people else with_face >= share * frames


def test_a_cut_to_an_animation_ends_the_person(data_dir, blazeface_files):
    path = data_dir / "videos" / "pyfeat_face_noface.mov"
    _, with_face, seen, last_ms = follow(path, BlazeFaceDetector(blazeface_files))
    assert len(seen) == 1 and 65 <= with_face <= 75 and last_ms < 2600


@pytest.mark.parametrize("sample_fps", [2, 6])
def test_sampled_clips_keep_the_person(data_dir, blazeface_files, sample_fps):
    path = data_dir / "videos" / "lp_d18.mp4"
    frames, with_face, seen, _ = follow(path, BlazeFaceDetector(blazeface_files), sample_fps=sample_fps)
    assert len(seen) == 1 and with_face >= frames - 1


def test_haar_follows_too(data_dir):
    frames, with_face, seen, _ = follow(data_dir / "videos" / "lp_d18.mp4", HaarDetector(), sample_fps=15)
    assert len(seen) <= 3 and with_face > 0.6 * frames


def test_photo_mode(data_dir, blazeface_files):
    follower = FaceFollower(PhotoDetector(blazeface_files), photo=True)
    with open_media(data_dir / "photos" / "two_men_suits.jpg") as media:
        people = [follower.faces(frame) for frame in media]
    assert [[person.id for person in one] for one in people] == [[1, 2]]


def test_a_photo_detector_does_not_do_for_videos(blazeface_files):
    with pytest.raises(InputError, match="PhotoDetector"):
        FaceFollower(PhotoDetector(blazeface_files))


def test_senseless_settings_are_refused():
    for wrong in ({"look_ms": -1}, {"looks_per_frame": 0}, {"crowd_look_ms": 0}):
        with pytest.raises(InputError):
            FollowerSettings(**wrong)
