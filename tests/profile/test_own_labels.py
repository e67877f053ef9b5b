import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emopoi.errors import InputError
from emopoi.profile import ProfileBuilder, ProfileSettings
from emopoi.profile.own_labels import OwnLabelsProfileBuilder
from emopoi.types import EmotionProfile, EmotionReading
from emopoi.types.own_labels import OwnLabels
from recommender import recommend

SETTINGS = ProfileSettings(stills=False, min_track_s=0.0)
HAPPY, VOTE = np.eye(7, dtype=np.float32)[3], np.eye(8, dtype=np.float32)[1]


def reading(time_ms, own, person=1, confidence=0.9, fer7=HAPPY, emopoi8=None):
    own = None if own is None else np.asarray(own, np.float32)
    box = (0.0, 0.0, 99.0, 99.0)
    return EmotionReading(
        person, time_ms, box, fer7, VOTE, confidence, emopoi8=emopoi8, own_labels=own
    )  # fmt: skip


def built(labels, rows, confidences=None):
    builder = OwnLabelsProfileBuilder(labels, "mine", SETTINGS)
    for place, own in enumerate(rows):
        confidence = 0.9 if confidences is None else confidences[place]
        states = None if labels.without_meaning or labels.are_expressions else labels.emopoi8(np.array(own))
        builder.add(reading(40.0 * place, own, confidence=confidence, emopoi8=states))
    return builder.build("clip.mp4")


def test_states_come_straight_from_the_model():
    profile = built(OwnLabels.of(["Bored", "Happy"]), [(0.75, 0.25)] * 50)
    person = profile.people[0]
    assert person.emopoi8["Bored"] == 0.75 and person.emopoi8["Happy"] == 0.25
    assert person.fer7["happy"] == 1.0 and not person.abstained
    assert person.extra["own_labels"] == {"Bored": 0.75, "Happy": 0.25}
    assert profile.extra["own_model"] == {"name": "mine", "label_map": {"Bored": "Bored", "Happy": "Happy"}}
    assert EmotionProfile.from_json(profile.to_json()).to_dict() == profile.to_dict()


def test_expressions_go_through_the_fixed_map():
    labels = OwnLabels.of(["glad", "cross"], {"glad": "happy", "cross": "angry"})
    profile = built(labels, [(1.0, 0.0)] * 50)
    plain = ProfileBuilder(SETTINGS)
    for place in range(50):
        plain.add(reading(40.0 * place, None))
    assert profile.people[0].emopoi8 == plain.build("clip.mp4").people[0].emopoi8


def test_a_label_without_a_meaning_is_told_and_places_fall_back_to_how_known_they_are():
    profile = built(OwnLabels.of(["Grumpy", "Happy"]), [(0.9, 0.1)] * 50)
    person = profile.people[0]
    assert person.abstained and person.extra["own_labels"]["Grumpy"] == 0.9
    assert "Grumpy: no meaning" in profile.extra["own_model"]["note"]
    again = EmotionProfile.from_json(profile.to_json())
    here = (60.17, 24.94)
    order, plain = ([p.place.name for p in recommend(of, at=here, top=8).places] for of in (again, None))
    assert order == plain
    known = built(OwnLabels.of(["Grumpy", "Happy"], {"Grumpy": "Frustrated"}), [(0.9, 0.1)] * 50)
    assert order != [p.place.name for p in recommend(known, at=here, top=8).places]


@given(st.lists(st.tuples(st.integers(0, 100), st.floats(0.05, 1.0)), min_size=2, max_size=40))
def test_shares_sum_to_one_and_weigh_by_confidence(rows):
    own = [(share / 100, 1 - share / 100) for share, _ in rows]
    person = built(OwnLabels.of(["Bored", "Sad"]), own, [sure for _, sure in rows]).people[0]
    assert sum(person.extra["own_labels"].values()) == pytest.approx(1, abs=1e-9)
    assert sum(person.emopoi8.values()) == pytest.approx(1, abs=1e-9)
    weights = np.array([max(sure, SETTINGS.weight_floor) for _, sure in rows])
    expected = (weights * np.array(own)[:, 0]).sum() / weights.sum()
    assert person.extra["own_labels"]["Bored"] == pytest.approx(expected, abs=2e-4)


@pytest.mark.parametrize("own", [None, (1.0,), (0.9, 0.3), (1.2, -0.2), (np.nan, 1.0)])
def test_malformed_shares_are_refused(own):
    builder = OwnLabelsProfileBuilder(OwnLabels.of(["Bored", "Sad"]), "mine", SETTINGS)
    with pytest.raises(InputError, match="own_labels: 2 shares"):
        builder.add(reading(0.0, own))
