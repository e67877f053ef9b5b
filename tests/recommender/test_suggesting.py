import json
import math
import subprocess
import sys
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emopoi.errors import InputError, ProfileError
from emopoi.types import EMOPOI8, AgeRange, EmotionProfile
from recommender import GROUPS, CatalogueFile, FeedbackFile, recommend, suggest
from recommender.place import ADULT_TYPES
from recommender.suggestion import Suggestion

STATION = (60.1710, 24.9415)


def ids(suggestions: list[Suggestion]) -> list[str]:
    return [suggestion.place.id for suggestion in suggestions]


def test_lift_and_match_differ_for_a_sad_profile(profile_of, helsinki: CatalogueFile, wednesday) -> None:
    sad = profile_of("Sad")
    options = {"at": STATION, "when": wednesday, "catalogue": helsinki}
    lift = suggest(sad, mode="lift", **options)
    match = suggest(sad, mode="match", **options)
    off = suggest(sad, mode="off", **options)
    assert len(set(ids(lift)) ^ set(ids(match))) >= 4
    assert ids(lift) != ids(off) != ids(match)
    green = [entry.place for entry in lift[:3] if entry.place.group in ("park", "landscape")]
    assert green


@settings(max_examples=25, deadline=None)
@given(state=st.sampled_from(EMOPOI8), mode=st.sampled_from(["lift", "match"]), hour=st.integers(0, 23))
def test_no_confidence_ranks_as_off(profile_of, helsinki: CatalogueFile, state, mode, hour) -> None:
    options = {"when": datetime(2024, 6, 5, hour), "catalogue": helsinki, "top": 40}
    for unsure in (profile_of(state, confidence=0.0), profile_of(state, abstained=True)):
        off = suggest(profile_of(state), mode="off", **options)
        assert ids(suggest(unsure, mode=mode, **options)) == ids(off)
        assert ids(off) == ids(suggest(None, **options)) == ids(suggest(EmotionProfile("x"), **options))


@settings(max_examples=30, deadline=None)
@given(
    state=st.sampled_from(EMOPOI8), lat=st.floats(-90, 90), lon=st.floats(-180, 180), hour=st.integers(0, 23)
)
def test_deterministic_and_json(profile_of, helsinki: CatalogueFile, state, lat, lon, hour) -> None:
    options = {"at": (lat, lon), "when": datetime(2024, 2, 29, hour), "catalogue": helsinki}
    answer = recommend(profile_of(state), **options)
    assert answer == recommend(profile_of(state), **options)
    data = json.loads(json.dumps(answer.to_dict(), allow_nan=False))
    assert data == answer.to_dict()
    assert len(data["places"]) == 10
    for place in data["places"]:
        assert "OpenStreetMap" in place["attribution"]
        assert place["open"]["state"] in ("open", "closed", "unknown")
        if place["open"]["hours"] is None:
            assert place["open"]["state"] == "unknown"


def test_unknown_hours_are_said(helsinki: CatalogueFile, wednesday) -> None:
    everything = suggest(None, when=wednesday, catalogue=helsinki, top=1000)
    assert len(everything) == len(helsinki.places)
    for entry in everything:
        words = "; ".join(entry.reasons)
        assert ("hours not known" in words) == (entry.open.state == "unknown")
        assert ("closed" in words) == (entry.open.state == "closed")
        if entry.place.opening_hours is None:
            assert entry.open.state == "unknown"


def test_open_only_drops_closed_and_keeps_unknown(helsinki: CatalogueFile) -> None:
    night = datetime(2024, 6, 5, 3, 0)
    everything = suggest(None, when=night, catalogue=helsinki, top=1000)
    answer = recommend(None, when=night, catalogue=helsinki, top=1000, open_only=True)
    states = Counter(entry.open.state for entry in everything)
    assert states["closed"] > 0
    assert len(answer.places) == states["open"] + states["unknown"]
    assert not any(entry.open.state == "closed" for entry in answer.places)
    assert any("not known are kept" in note for note in answer.notes)


def test_top_ten_is_mixed(profile_of, helsinki: CatalogueFile, wednesday) -> None:
    for state in EMOPOI8:
        groups = Counter(
            entry.place.group
            for entry in suggest(profile_of(state), at=STATION, when=wednesday, catalogue=helsinki)
        )
        assert len(groups) >= 4, (state, groups)
        assert max(groups.values()) <= 4, (state, groups)


def test_nobody_is_ranked_by_popularity_and_says_so(helsinki: CatalogueFile, wednesday) -> None:
    for profile, words in ((None, "no profile was given"), (EmotionProfile("x"), "nobody was seen")):
        answer = recommend(profile, when=wednesday, catalogue=helsinki)
        assert words in answer.notes[0]
        assert all(entry.terms["emotion"] == 0.0 for entry in answer.places)


def test_missing_position_is_said(helsinki: CatalogueFile, wednesday) -> None:
    answer = recommend(None, when=wednesday, catalogue=helsinki)
    assert any("no position" in note for note in answer.notes)
    assert all("from the centre" in entry.reasons[0] for entry in answer.places)
    near = recommend(None, at=STATION, when=wednesday, catalogue=helsinki)
    assert not any("no position" in note for note in near.notes)


def test_words_speak_of_the_expression_and_promise_nothing(profile_of, helsinki, wednesday) -> None:
    for state in EMOPOI8:
        for mode in ("lift", "match"):
            profile = profile_of(state, age=AgeRange(30, 22, 40))
            answer = recommend(profile, when=wednesday, mode=mode, catalogue=helsinki, top=200)
            words = " ".join(
                [*answer.notes, *(reason for entry in answer.places for reason in entry.reasons)]
            )
            assert "expression shown" in answer.notes[0]
            for promise in ("therap", "cure", "heal", "you feel", "you are sad", "will make you"):
                assert promise not in words.lower()


def test_under_eighteen_gets_no_bars(profile_of, helsinki: CatalogueFile) -> None:
    friday = datetime(2024, 6, 7, 22, 0)
    young = recommend(
        profile_of("Happy", age=AgeRange(16, 12, 21)), when=friday, catalogue=helsinki, top=1000
    )
    assert not any(entry.place.type in ADULT_TYPES for entry in young.places)
    assert any("bars and clubs are left out" in note for note in young.notes)
    unsure = recommend(
        profile_of("Happy", age=AgeRange(19, 15, 24)), when=friday, catalogue=helsinki, top=1000
    )
    bars = [entry for entry in unsure.places if entry.place.type in ADULT_TYPES]
    assert bars
    assert all(any("not sure" in reason for reason in entry.reasons) for entry in bars)
    unknown = recommend(profile_of("Happy"), when=friday, catalogue=helsinki, top=1000)
    assert any("age is not known" in note for note in unknown.notes)


def test_gender_and_adult_age_change_nothing(profile_of, helsinki: CatalogueFile, wednesday) -> None:
    def order(**person: object) -> list[str]:
        return ids(suggest(profile_of("Bored", **person), when=wednesday, catalogue=helsinki, top=1000))

    assert order(female=0.02, age=AgeRange(25, 20, 30)) == order(female=0.98, age=AgeRange(70, 60, 80))


def test_feedback_overrules(tmp_path: Path, profile_of, helsinki: CatalogueFile, wednesday) -> None:
    sad = profile_of("Sad")
    options = {"at": STATION, "when": wednesday, "catalogue": helsinki}
    before = suggest(sad, **options)
    feedback = FeedbackFile(tmp_path / "me.json")
    feedback.say(before[0].place.id, -1)
    feedback.say("fitness", 1)
    after = suggest(sad, feedback=feedback, **options)
    assert before[0].place.id not in ids(after)
    assert after[0].place.group == "fitness"
    assert "you like places of this kind" in after[0].reasons


def test_limits(helsinki: CatalogueFile, wednesday) -> None:
    near = suggest(None, at=STATION, when=wednesday, catalogue=helsinki, top=1000, max_distance_m=200.0)
    assert near
    assert all(entry.distance_m <= 200.0 for entry in near)
    far = recommend(None, at=(-33.9, 18.4), when=wednesday, catalogue=helsinki, max_distance_m=1000.0)
    assert far.places == ()
    assert any("no place" in note for note in far.notes)


@pytest.mark.parametrize(
    "options",
    [
        {"at": (91.0, 0.0)},
        {"at": (math.nan, 24.0)},
        {"at": (60.0, 24.0, 1.0)},
        {"mode": "cheer"},
        {"top": 0},
        {"top": 2.5},
        {"top": True},
        {"max_distance_m": -1.0},
        {"max_distance_m": math.nan},
        {"when": datetime(9999, 12, 31)},
    ],
)
def test_bad_arguments(options: dict) -> None:
    with pytest.raises(InputError):
        suggest(None, **options)


def test_person_that_is_not_there(profile_of) -> None:
    with pytest.raises(ProfileError, match="no person 7"):
        suggest(profile_of("Sad"), person=7)


def test_every_group_can_be_suggested(helsinki: CatalogueFile) -> None:
    assert {entry.place.group for entry in suggest(None, catalogue=helsinki, top=200)} == set(GROUPS)


def test_imports_stay_small() -> None:
    code = (
        "import sys, recommender; "
        "heavy = {'cv2', 'tensorflow', 'keras', 'pandas', 'mediapipe', 'opening_hours'}; "
        "rooms = ('emopoi.vision', 'emopoi.runtime', 'emopoi.models', 'training'); "
        "print(sorted(n for n in sys.modules if n.split('.')[0] in heavy or n.startswith(rooms)))"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
