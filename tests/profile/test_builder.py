import itertools
import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emopoi.errors import InputError
from emopoi.profile import ProfileBuilder, ProfileSettings, valence_arousal
from emopoi.profile.states import Signals, course_signals, state_shares
from emopoi.types import EMOPOI8, FER7, EmotionProfile, PersonEstimate

SHARES = (
    st.lists(st.integers(0, 20), min_size=7, max_size=7).filter(any).map(lambda n: [k / sum(n) for k in n])
)
CONFIDENCES = st.floats(0.3, 1.0)


def build(readings, **changes):
    builder = ProfileBuilder(ProfileSettings(**changes))
    for reading in readings:
        builder.add(reading)
    return builder.build("clip.mp4")


def one(readings, **changes):
    (person,) = build(readings, **changes).people
    return person


def difference(first, second):
    return max(abs(first.fer7[label] - second.fer7[label]) for label in FER7)


def age(year, width=4.0):
    distribution = np.exp(-0.5 * ((np.arange(101) - year) / width) ** 2)
    return (distribution / distribution.sum()).astype(np.float32)


# Each segment of a stream: seconds, expression and confidence.
SEGMENTS = st.lists(st.tuples(st.floats(4.0, 9.0), SHARES, CONFIDENCES), min_size=1, max_size=4)


def stream(make_reading, segments, frames_per_s):
    ends = list(itertools.accumulate(seconds for seconds, _, _ in segments))
    for frame in range(int(ends[-1] * frames_per_s)):
        time_s = frame / frames_per_s
        _, shares, confidence = segments[next(i for i, end in enumerate(ends) if time_s < end)]
        yield make_reading(shares, 1000.0 * time_s, confidence=confidence)


@settings(max_examples=25, deadline=None)
@given(segments=SEGMENTS, first=st.integers(0, 2))
def test_shares_do_not_depend_on_the_sampling_rate(make_reading, segments, first):
    at_30 = list(stream(make_reading, segments, 30))
    thinned = at_30[first::3]
    assert difference(one(at_30), one(thinned)) < 0.02
    assert one(at_30).observed_s == pytest.approx(one(thinned).observed_s, abs=0.11)
    assert one(at_30).variability == pytest.approx(one(thinned).variability, abs=0.03)


@settings(max_examples=40, deadline=None)
@given(
    moments=st.lists(st.tuples(SHARES, CONFIDENCES, st.integers(10, 480)), min_size=2, max_size=12),
    parts=st.lists(st.floats(0.05, 0.95), min_size=12, max_size=12),
)
def test_splitting_readings_changes_nothing(make_reading, moments, parts):
    whole, split = [], []
    time_ms = 0.0
    for place, ((shares, confidence, held_ms), part) in enumerate(zip(moments, parts, strict=False)):
        whole.append(make_reading(shares, time_ms, confidence=confidence))
        split.append(whole[-1])
        if place < len(moments) - 2:  # the last one holds as long as the one before it
            split.append(make_reading(shares, time_ms + part * held_ms, confidence=confidence))
        time_ms += held_ms
    changes = {"min_track_s": 0.0}
    once, twice = one(whole, **changes), one(split, **changes)
    assert difference(once, twice) <= 2e-4
    assert once.observed_s == twice.observed_s
    assert once.variability == pytest.approx(twice.variability, abs=2e-3)
    assert (once.valence, once.arousal) == pytest.approx((twice.valence, twice.arousal), abs=2e-4)


@settings(max_examples=60, deadline=None)
@given(
    moments=st.lists(
        st.tuples(SHARES, st.floats(0.0, 1.0), st.integers(0, 3000), st.integers(1, 3)),
        min_size=1,
        max_size=15,
    )
)
def test_every_profile_is_valid_and_survives_json(make_reading, moments):
    time_ms = 0.0
    readings = []
    for shares, confidence, step_ms, person in moments:
        time_ms += step_ms
        readings.append(make_reading(shares, time_ms, person, confidence))
    profile = build(readings)
    assert EmotionProfile.from_json(profile.to_json()) == profile
    for person in profile.people:
        assert list(person.fer7) == list(FER7) and list(person.emopoi8) == list(EMOPOI8)
        for shares in (person.fer7, person.emopoi8):
            assert abs(sum(shares.values()) - 1.0) < 1e-9
            assert all(share == round(share, 4) for share in shares.values())
        mean = np.array(list(person.fer7.values()))
        stills = len({reading.person for reading in readings}) == len(readings)
        signals = None if stills else Signals(**course_signals(mean, person.variability))
        assert list(person.emopoi8.values()) == pytest.approx(list(state_shares(mean, signals)), abs=2e-3)
        assert (person.valence, person.arousal) == pytest.approx(
            tuple(float(value) for value in valence_arousal(mean)), abs=5e-4
        )


def test_time_counts_and_not_the_number_of_readings(make_reading):
    happy = [make_reading("happy", 10.0 * k) for k in range(300)]  # 3 s, 100 a second
    sad = [make_reading("sad", 3000.0 + 200.0 * k) for k in range(15)]  # 3 s, 5 a second
    person = one(happy + sad)
    assert person.fer7["happy"] == pytest.approx(0.5, abs=1e-3)
    assert person.observed_s == pytest.approx(6.0, abs=0.01)


def test_absence_does_not_count(make_reading):
    before = [make_reading("happy", 100.0 * k) for k in range(20)]
    after = [make_reading("sad", 60_000.0 + 100.0 * k) for k in range(20)]
    person = one(before + after)
    assert person.observed_s == pytest.approx(4.0)
    assert person.fer7["happy"] == pytest.approx(0.5)


def test_surer_readings_count_more(make_reading):
    readings = [make_reading("happy", 100.0 * k, confidence=0.9) for k in range(20)]
    readings += [make_reading("sad", 2000.0 + 100.0 * k, confidence=0.3) for k in range(20)]
    assert one(readings).fer7["happy"] == pytest.approx(0.75, abs=1e-3)


def test_confidence_zero_throughout_still_has_shares_and_abstains(make_reading):
    person = one([make_reading("fear", 100.0 * k, confidence=0.0) for k in range(50)])
    assert person.fer7["fear"] == 1.0
    assert person.confidence == 0.0 and person.abstained


def test_people_are_kept_apart_and_ordered_by_id(make_reading):
    readings = []
    for k in range(30):
        readings += [make_reading("sad", 100.0 * k, 7), make_reading("happy", 100.0 * k, 2)]
    first, second = build(readings).people
    assert (first.id, second.id) == (2, 7)
    assert first.fer7["happy"] == second.fer7["sad"] == 1.0


def test_variability_is_zero_when_steady_and_one_when_everything_is_shown_alone(make_reading):
    steady = one([make_reading([0.1, 0.1, 0.1, 0.4, 0.1, 0.1, 0.1], 100.0 * k) for k in range(70)])
    assert steady.variability < 1e-3
    all_over = one([make_reading(FER7[k % 7], 100.0 * k) for k in range(70)])
    assert all_over.variability == pytest.approx(1.0, abs=1e-3)
    two = one([make_reading(("happy", "sad")[k // 10 % 2], 100.0 * k) for k in range(60)])
    assert two.variability == pytest.approx(math.sqrt(math.log(2) / math.log(7)), abs=1e-3)


def test_more_time_gives_more_confidence_up_to_that_of_the_readings(make_reading):
    confidences = [
        one([make_reading("happy", 100.0 * k, confidence=0.8) for k in range(n)]).confidence
        for n in (3, 10, 100, 3000)
    ]
    assert confidences == sorted(set(confidences))
    assert confidences[0] < 0.5 and 0.79 < confidences[-1] <= 0.8


def test_brief_or_unsure_people_abstain(make_reading):
    def abstained(n, confidence):
        return one([make_reading("happy", 100.0 * k, confidence=confidence) for k in range(n)]).abstained

    assert not abstained(20, 0.8)
    assert abstained(20, 0.2)
    assert abstained(4, 0.99)


def test_abstention_follows_the_settings(make_reading):
    readings = [make_reading("happy", 100.0 * k, confidence=0.6) for k in range(20)]
    assert not one(readings).abstained
    assert one(readings, min_confidence=0.7).abstained
    assert one(readings, min_observed_s=3.0).abstained


def test_false_tracks_are_left_out_of_a_video(make_reading):
    readings = [make_reading("happy", 33.0 * k, 1) for k in range(90)]
    readings += [make_reading("angry", 33.0 * k, 2) for k in range(3)] + [make_reading("sad", 500.0, 3)]
    builder = ProfileBuilder()
    for reading in readings:
        builder.add(reading)
    assert [person.id for person in builder.build("clip.mp4").people] == [1]
    assert builder.left_out() == (2, 3)
    assert [person.id for person in build(readings, min_track_s=0.0).people] == [1, 2, 3]


def test_six_frames_at_thirty_a_second_are_long_enough(make_reading):
    assert len(build([make_reading("happy", k * 1000.0 / 30.0) for k in range(6)]).people) == 1


def test_a_photo_counts_one_unit_and_need_not_abstain(make_reading):
    person = one([make_reading("happy", confidence=0.85)])
    assert person.observed_s == 1.0
    assert person.fer7["happy"] == 1.0 and person.variability == 0.0
    assert not person.abstained and 0.5 < person.confidence < 0.85
    assert one([make_reading("happy", confidence=0.3)]).abstained


def test_each_photo_of_a_folder_is_its_own_moment(make_reading):
    profile = build([make_reading(FER7[k], 40.0 * k, k + 1) for k in range(7)])
    assert [person.observed_s for person in profile.people] == [1.0] * 7
    assert [max(person.fer7, key=person.fer7.get) for person in profile.people] == list(FER7)


def test_one_flash_of_a_face_in_a_video_is_left_out_when_told_that_it_is_a_video(make_reading):
    readings = [make_reading("happy")]
    assert len(build(readings).people) == 1
    assert build(readings, stills=False).people == ()


def test_nobody(make_reading):
    assert build([]) == EmotionProfile(source="clip.mp4")


def test_build_may_be_called_at_any_time(make_reading):
    builder, once = ProfileBuilder(), ProfileBuilder()
    for k in range(60):
        reading = make_reading(FER7[k % 5], 70.0 * k, confidence=0.5 + 0.005 * k)
        builder.add(reading)
        once.add(reading)
        builder.build("clip.mp4")
    assert builder.build("clip.mp4") == once.build("clip.mp4")


def test_memory_does_not_grow_with_the_length(make_reading):
    builder = ProfileBuilder()
    reading = make_reading("happy")
    sizes = []
    tracemalloc.start()
    try:
        for k in range(6000):
            builder.add(make_reading(reading.fer7, 33.0 * k))
            if k in (500, 5999):
                sizes.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    assert sizes[1] - sizes[0] < 4000


def test_age_is_the_weighted_mean_of_the_distributions(make_reading):
    builder = ProfileBuilder()
    for k in range(20):
        builder.add(make_reading("happy", 100.0 * k))
    builder.add_estimate(1, PersonEstimate(age=age(30), female=0.9, weight=3.0))
    builder.add_estimate(1, PersonEstimate(age=age(60), female=0.1, weight=1.0))
    (person,) = builder.build("clip.mp4").people
    assert person.age is not None
    assert (person.age.median, person.age.low90) == (32, 24)
    assert 60 <= person.age.high90 <= 67
    assert all(isinstance(years, int) for years in (person.age.median, person.age.low90, person.age.high90))
    assert person.female == pytest.approx(0.7)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 100), st.floats(0.3, 15.0), st.floats(0.01, 5.0)), min_size=1, max_size=5
    )
)
def test_the_age_range_is_ordered_and_many_like_crops_do_not_narrow_it(make_reading, crops):
    once, often = ProfileBuilder(), ProfileBuilder()
    for builder, repeats in ((once, 1), (often, 20)):
        builder.add(make_reading("happy"))
        for year, width, weight in crops * repeats:
            builder.add_estimate(1, PersonEstimate(age=age(year, width), female=0.5, weight=weight))
    first, second = once.build("a.jpg").people[0].age, often.build("a.jpg").people[0].age
    assert 0 <= first.low90 <= first.median <= first.high90 <= 100
    for name in ("low90", "median", "high90"):
        assert abs(getattr(first, name) - getattr(second, name)) <= 1  # sums differ in the last digit


def test_an_age_without_doubt_and_one_at_the_end(make_reading):
    for year in (0, 41, 100):
        builder = ProfileBuilder()
        builder.add(make_reading("happy"))
        builder.add_estimate(1, PersonEstimate(age=np.eye(101, dtype=np.float32)[year], female=1.0))
        found = builder.build("a.jpg").people[0].age
        assert (found.low90, found.median, found.high90) == (year, year, year)


def test_no_gender_is_given_for_children(make_reading):
    for year, told in ((4, False), (10, False), (14, True), (40, True)):
        builder = ProfileBuilder()
        for time_ms in range(0, 1000, 40):
            builder.add(make_reading("happy", float(time_ms)))
        builder.add_estimate(1, PersonEstimate(age=age(year), female=0.8))
        person = builder.build("a.mp4").people[0]
        assert abs(person.age.median - year) <= 1 and (person.female is not None) is told


def test_without_an_estimate_that_counts_there_is_no_age(make_reading):
    builder = ProfileBuilder()
    builder.add(make_reading("happy"))
    builder.add_estimate(1, PersonEstimate(age=age(30), female=0.5, weight=0.0))
    builder.add_estimate(9, PersonEstimate(age=age(30), female=0.5))  # a person without a reading
    (person,) = builder.build("a.jpg").people
    assert person.age is None and person.female is None


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"shares": [1.0] * 7}, "fer7"),
        ({"shares": [0.5, 0.5]}, "fer7"),
        ({"shares": [math.nan] * 7}, "fer7"),
        ({"shares": [1.5, -0.5, 0, 0, 0, 0, 0]}, "fer7"),
        ({"time_ms": math.nan}, "time_ms"),
        ({"time_ms": math.inf}, "time_ms"),
        ({"confidence": 1.2}, "confidence"),
        ({"confidence": math.nan}, "confidence"),
    ],
)
def test_a_malformed_reading_is_refused_by_name(make_reading, change, name):
    with pytest.raises(InputError, match=name):
        ProfileBuilder().add(make_reading(**{"shares": "happy", **change}))


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"age": np.ones(100) / 100}, "age"),
        ({"age": np.zeros(101)}, "age"),
        ({"age": np.full(101, np.nan)}, "age"),
        ({"age": np.concatenate(([-1.0], np.ones(100)))}, "age"),
        ({"female": 1.5}, "female"),
        ({"female": math.nan}, "female"),
        ({"weight": -1.0}, "weight"),
        ({"weight": math.inf}, "weight"),
    ],
)
def test_a_malformed_estimate_is_refused_by_name(change, name):
    with pytest.raises(InputError, match=name):
        ProfileBuilder().add_estimate(1, PersonEstimate(**{"age": age(30), "female": 0.5, **change}))
