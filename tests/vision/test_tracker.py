import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emopoi.errors import InputError
from emopoi.types import Face, Frame
from emopoi.vision.tracker import FaceTracker, TrackerSettings

PICTURE = np.zeros((48, 64, 3), np.uint8)
LAYOUT = np.array([[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.5, 0.8], [0.1, 0.5], [0.9, 0.5]])


def face(x, y, size=50.0, score=0.9):
    points = (LAYOUT * size + [x - size / 2, y - size / 2]).astype(np.float32)
    return Face((x - size / 2, y - size / 2, x + size / 2, y + size / 2), score, points)


def run(tracker, found, step_ms=40.0, start=0):
    """Feed lists of faces, one list a frame; gives the people of each frame."""
    return [
        tracker.update(faces, Frame(PICTURE, (start + i) * step_ms, start + i))
        for i, faces in enumerate(found)
    ]


def centre(person):
    x0, y0, x1, y1 = person.face.box
    return np.array([(x0 + x1) / 2, (y0 + y1) / 2])


def test_a_person_appears_with_the_second_detection_and_starts_once():
    seen = run(FaceTracker(), [[face(100, 100)]] * 5)
    assert [[person.id for person in people] for people in seen] == [[], [1], [1], [1], [1]]
    assert [person.started for people in seen for person in people] == [True, False, False, False]
    assert not any(person.predicted for people in seen for person in people)


def test_one_chance_find_makes_no_person():
    tracker = FaceTracker()
    seen = run(tracker, [[], [face(100, 100)], [], [], [face(300, 100)], [], []])
    assert not any(seen) and tracker.pop_ended() == []


def test_photos_count_at_once_and_stand_alone():
    tracker = FaceTracker(photo=True)
    seen = run(tracker, [[face(100, 100), face(300, 100, 80)], [face(100, 100)]], step_ms=1000)
    assert [[person.id for person in people] for people in seen] == [[1, 2], [3]]
    assert all(person.started and not person.predicted for people in seen for person in people)
    assert tracker.pop_ended() == [1, 2] and tracker.pop_ended() == []


def test_a_lost_face_is_carried_over_shortly_and_then_ends():
    tracker = FaceTracker(settings=TrackerSettings(keep_ms=500, show_ms=250))
    run(tracker, [[face(100, 100)]] * 5)  # last seen at 160 ms
    seen = run(tracker, [[]] * 20, start=5)
    shown = [bool(people) for people in seen]
    assert shown == [True] * 6 + [False] * 14  # up to 400 ms
    assert all(person.predicted for people in seen for person in people)
    assert tracker.pop_ended() == [1]


def test_who_comes_back_in_time_keeps_the_id():
    tracker = FaceTracker()
    run(tracker, [[face(100, 100)]] * 5 + [[]] * 10)  # gone for 440 ms
    assert run(tracker, [[face(104, 100)]], start=15)[0][0].id == 1


def test_who_comes_back_late_is_new():
    tracker = FaceTracker()
    run(tracker, [[face(100, 100)]] * 5 + [[]] * 15)
    seen = run(tracker, [[face(100, 100)]] * 2, start=20)
    assert [person.id for person in seen[1]] == [2] and tracker.pop_ended() == [1]


def test_slow_sampling_keeps_a_resting_person():
    seen = run(FaceTracker(), [[face(100, 100)]] * 6, step_ms=1000)
    assert [[person.id for person in people] for people in seen[1:]] == [[1]] * 5


@pytest.mark.parametrize("step_ms", [20, 40, 120])
def test_crossing_people_keep_their_ids(step_ms):
    tracker = FaceTracker()
    times = np.arange(0, 2000, step_ms)
    found = [[face(100 + t * 0.15, 100, 50), face(400 - t * 0.15, 150, 70)] for t in times]
    seen = run(tracker, found, step_ms=step_ms)
    first = {person.id: centre(person) for person in seen[1]}
    last = {person.id: centre(person) for person in seen[-1]}
    assert set(first) == set(last) == {1, 2}
    for person in (1, 2):
        assert first[person][1] == pytest.approx(last[person][1], abs=3)


def test_a_cut_ends_everybody():
    tracker = FaceTracker()
    run(tracker, [[face(100, 100)]] * 4)
    other = np.full_like(PICTURE, 240)
    frame = Frame(other, 160.0, 4)
    assert tracker.begin(frame) and tracker.begin(frame)
    assert tracker.update([face(100, 100)], frame) == []
    assert tracker.pop_ended() == [1]
    again = tracker.update([face(100, 100)], Frame(other, 200.0, 5))
    assert [(person.id, person.started) for person in again] == [(2, True)]


def test_who_was_not_looked_for_stays_and_who_was_missed_goes():
    tracker = FaceTracker()
    run(tracker, [[face(100, 100)]] * 5)  # last seen at 160 ms
    assert tracker.update([], Frame(PICTURE, 600.0, 15), searched=())
    assert not tracker.update([], Frame(PICTURE, 640.0, 16), searched={1})
    assert not tracker.update([], Frame(PICTURE, 680.0, 17), searched=())


def test_faces_not_looked_for_are_carried_on_in_their_direction():
    tracker = FaceTracker()
    run(tracker, [[face(100 + 8 * i, 100)] for i in range(10)])  # 200 pixels a second
    person = tracker.update([], Frame(PICTURE, 440.0, 11), searched=())[0]
    assert person.predicted
    assert centre(person)[0] == pytest.approx(100 + 8 * 11, abs=8)


def test_quick_motion_is_not_lost_nor_dragged_behind():
    seen = run(FaceTracker(), [[face(100 + 25 * i, 100)] for i in range(20)])  # half a face a frame
    assert all([person.id for person in people] == [1] for people in seen[1:])
    assert all(abs(centre(people[0])[0] - (100 + 25 * i)) < 15 for i, people in enumerate(seen) if i > 2)


def test_resting_jitter_is_smoothed():
    random = np.random.default_rng(0)
    shifts = random.normal(0, 1.0, (100, 2))
    seen = run(FaceTracker(), [[face(100 + x, 100 + y)] for x, y in shifts])
    smooth = np.array([centre(people[0]) for people in seen[10:]])
    assert smooth.std(axis=0).max() < 0.7 * shifts[10:].std(axis=0).min()


scenes = st.lists(
    st.lists(
        st.tuples(st.integers(0, 600), st.integers(0, 400), st.integers(20, 200), st.floats(0.5, 1)),
        max_size=5,
    ),
    min_size=1,
    max_size=15,
)


@settings(max_examples=60, deadline=None)
@given(scenes, st.sampled_from([20.0, 40.0, 300.0, 1200.0]), st.booleans())
def test_ids_are_distinct_never_reused_and_told_once(scene, step_ms, photo):
    tracker = FaceTracker(photo=photo)
    gone, shown, last = set(), set(), 0
    for i, faces in enumerate(scene):
        people = tracker.update([face(*one) for one in faces], Frame(PICTURE, i * step_ms, i))
        ids = [person.id for person in people]
        assert ids == sorted(set(ids))
        ended = tracker.pop_ended()
        assert not set(ended) & gone and len(set(ended)) == len(ended)
        gone |= set(ended)
        assert not set(ids) & gone
        for person in people:
            assert person.started == (person.id not in shown)
        shown |= set(ids)
        new = [number for number in ids if number > last]
        assert new == list(range(last + 1, last + 1 + len(new)))
        last += len(new)
    tracker.end_all()
    assert gone | set(tracker.pop_ended()) == set(range(1, last + 1))


@settings(max_examples=40, deadline=None)
@given(scenes, st.randoms(use_true_random=False))
def test_the_order_of_the_faces_does_not_matter(scene, random):
    straight, shuffled = FaceTracker(), FaceTracker()
    for i, faces in enumerate(scene):
        frame = Frame(PICTURE, i * 40.0, i)
        found = [face(*one) for one in faces]
        mixed = list(found)
        random.shuffle(mixed)
        first, second = straight.update(found, frame), shuffled.update(mixed, frame)
        assert [(p.id, p.face.box, p.predicted) for p in first] == [
            (p.id, p.face.box, p.predicted) for p in second
        ]


def test_senseless_settings_are_refused():
    with pytest.raises(InputError):
        TrackerSettings(keep_ms=100, show_ms=200)
