import json
import math
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emopoi.errors import InputError, ProfileError
from emopoi.types import EMOPOI8, AgeRange, EmotionProfile
from recommender import Place, Suggestion, recommend, suggest
from recommender.catalogue import JsonCatalogue
from recommender.feedback import Opinions, opinions_from
from recommender.feedback.evidence import PlaceState
from recommender.taxonomy import TYPES

STATION = (60.1710, 24.9415)
GROUP_OF_TYPE = {name: kind.group for name, kind in TYPES.items()}


def ids(suggestions: list[Suggestion]) -> list[str]:
    return [suggestion.place.id for suggestion in suggestions]


def said(*words: tuple[Place, str]) -> Opinions:
    """Opinions from (place, "like", "dislike", "hide" or "been"), each said an hour ago."""
    now = datetime(2024, 6, 5, 12, 0, tzinfo=timezone.utc)
    at_us = int((now - timedelta(hours=1)).timestamp() * 1_000_000)
    states = [
        PlaceState(
            place.id,
            place.type,
            place.group,
            {"like": 1, "dislike": -1}.get(word, 0),
            at_us if word in ("like", "dislike") else None,
            at_us if word == "hide" else None,
            int(word == "been"),
            at_us if word == "been" else None,
        )
        for place, word in words
    ]
    return opinions_from("me", states, GROUP_OF_TYPE, now=now)


def made(*places: Place, timezone: str = "Europe/Helsinki", country: str = "FI") -> JsonCatalogue:
    return JsonCatalogue(places, name="made", attribution="nobody", timezone=timezone, country=country)


def cafe(number: int, lat: float = 60.171, lon: float = 24.9415, **facts: object) -> Place:
    return Place(f"csv:{number}", f"Cafe {number}", str(facts.pop("type", "cafe")), lat, lon, **facts)


def test_lift_and_match_differ_for_a_sad_profile(profile_of, helsinki, wednesday) -> None:
    sad = profile_of("Sad", share=1.0, confidence=1.0)
    options = {"at": STATION, "when": wednesday, "catalogue": helsinki}
    lift = suggest(sad, mode="lift", **options)
    match = suggest(sad, mode="match", **options)
    off = suggest(sad, mode="off", **options)
    assert ids(lift) != ids(off) != ids(match) != ids(lift)
    restorative, quiet = (
        [sum(getattr(TYPES[entry.place.type], quality) for entry in some[:5]) for some in (lift, match, off)]
        for quality in ("restorative", "quiet")
    )
    assert restorative[0] > restorative[2] and quiet[1] > quiet[2]


@pytest.mark.parametrize("state", EMOPOI8)
def test_the_state_shown_changes_the_places_of_a_real_town(profile_of, helsinki, wednesday, state) -> None:
    asked_for = {
        "Sad": "restorative",
        "Worried": "restorative",
        "Frustrated": "active",
        "Exhausted": "quiet",
        "Bored": "novel",
        "Happy": "sociable",
        "Excited": "sociable",
    }
    options = {"at": STATION, "when": wednesday, "catalogue": helsinki, "top": 20}
    shown = suggest(profile_of(state, share=1.0, valence=0.0, arousal=0.0, confidence=1.0), **options)
    off = suggest(None, **options)
    if state == "Neutral":
        assert ids(shown) == ids(off)
        return
    quality = asked_for[state]
    amount = [sum(getattr(TYPES[e.place.type], quality) for e in answer) / 20 for answer in (shown, off)]
    assert amount[0] > amount[1] + 0.02


@settings(max_examples=12)
@given(state=st.sampled_from(EMOPOI8), mode=st.sampled_from(["lift", "match"]), hour=st.integers(0, 23))
def test_no_confidence_ranks_as_off(profile_of, helsinki, shipped, state, mode, hour) -> None:
    options = {"when": datetime(2024, 6, 5, hour), "catalogue": helsinki, "top": 40, "ranking": shipped}
    off = suggest(profile_of(state), mode="off", **options)
    for unsure in (profile_of(state, confidence=0.0), profile_of(state, abstained=True)):
        assert suggest(unsure, mode=mode, **options) == off
    assert ids(off) == ids(suggest(None, **options)) == ids(suggest(EmotionProfile("x"), **options))


@settings(max_examples=20)
@given(
    state=st.sampled_from(EMOPOI8), lat=st.floats(-90, 90), lon=st.floats(-180, 180), hour=st.integers(0, 23)
)
def test_deterministic_and_json_wherever(profile_of, helsinki, shipped, state, lat, lon, hour) -> None:
    options = {
        "at": (lat, lon),
        "when": datetime(2024, 2, 29, hour),
        "catalogue": helsinki,
        "ranking": shipped,
    }
    answer = recommend(profile_of(state), **options)
    assert answer == recommend(profile_of(state), **options)
    data = json.loads(json.dumps(answer.to_dict(), allow_nan=False))
    assert data == answer.to_dict()
    assert len(data["places"]) == 10
    for place in data["places"]:
        assert place["score"] == pytest.approx(sum(place["terms"].values()), abs=1e-3)
        assert "OpenStreetMap" in place["attribution"]
        assert place["open"]["state"] in ("open", "closed", "unknown")
        if place["open"]["hours"] is None:
            assert place["open"]["state"] == "unknown"


@pytest.mark.parametrize(
    ("at", "near", "far"),
    [
        ((90.0, 0.0), (89.99, -170.0), (89.9, 10.0)),
        ((-90.0, 55.0), (-89.99, 0.0), (-89.9, 0.0)),
        ((10.0, 180.0), (10.0, -179.995), (10.0, 179.98)),
        ((10.0, -180.0), (10.0, 179.995), (10.0, -179.98)),
        ((0.0, 179.999), (0.0, -179.999), (0.0, 179.99)),
    ],
)
def test_at_the_poles_and_on_the_date_line(at, near, far) -> None:
    places = (cafe(1, *far, opening_hours="24/7"), cafe(2, *near, opening_hours="sunrise-sunset"))
    answer = recommend(None, at=at, when=datetime(2024, 12, 6, 12), catalogue=made(*places, timezone=""))
    assert ids(list(answer.places)) == ["csv:2", "csv:1"]
    nearest, farther = answer.places
    assert nearest.distance_m < farther.distance_m < 20_000.0
    json.dumps(answer.to_dict(), allow_nan=False)


def test_unknown_hours_are_said(helsinki, wednesday) -> None:
    everything = suggest(None, when=wednesday, catalogue=helsinki, top=2000, max_distance_m=30_000.0)
    assert len(everything) > 800
    for entry in everything:
        words = "; ".join(entry.reasons)
        assert ("hours not known" in words) == (entry.open.state == "unknown")
        assert ("closed" in words) == (entry.open.state == "closed")
        if entry.place.opening_hours is None:
            assert entry.open.state == "unknown"


def test_open_only_drops_closed_and_keeps_unknown(helsinki) -> None:
    options = {
        "when": datetime(2024, 6, 5, 3, 0), "catalogue": helsinki, "top": 2000, "max_distance_m": 3e4,
    }  # fmt: skip
    everything = suggest(None, **options)
    answer = recommend(None, open_only=True, **options)
    states = Counter(entry.open.state for entry in everything)
    assert states["closed"] > 0
    assert len(answer.places) == states["open"] + states["unknown"]
    assert not any(entry.open.state == "closed" for entry in answer.places)
    assert any("not known are kept" in note for note in answer.notes)


def test_nothing_is_open(wednesday) -> None:
    catalogue = made(*[cafe(number, opening_hours="Mo-Su 22:00-23:00") for number in range(5)])
    answer = recommend(None, at=STATION, when=wednesday, catalogue=catalogue, open_only=True)
    assert answer.places == ()
    assert any("nothing is known to be open" in note for note in answer.notes)
    closed = suggest(None, at=STATION, when=wednesday, catalogue=catalogue)
    assert len(closed) == 5
    assert all("closed on arrival, opens at 22:00" in entry.reasons for entry in closed)


def test_top_ten_is_mixed(profile_of, helsinki, wednesday, shipped) -> None:
    for state in EMOPOI8:
        answer = suggest(profile_of(state), at=STATION, when=wednesday, catalogue=helsinki, ranking=shipped)
        groups = Counter(entry.place.group for entry in answer)
        assert len(groups) >= 3, (state, groups)
        assert max(groups.values()) <= 5, (state, groups)


def test_nobody_is_ranked_by_the_rest_and_it_is_said(helsinki, wednesday) -> None:
    for profile, words in ((None, "no profile was given"), (EmotionProfile("x"), "nobody was seen")):
        answer = recommend(profile, when=wednesday, catalogue=helsinki)
        assert words in answer.notes[0]
        assert all(entry.terms["emotion"] == 0.0 for entry in answer.places)


def test_missing_position_is_said(helsinki, wednesday) -> None:
    answer = recommend(None, when=wednesday, catalogue=helsinki)
    assert any("no position" in note for note in answer.notes)
    assert all("from the centre" in entry.reasons[0] for entry in answer.places)
    near = recommend(None, at=STATION, when=wednesday, catalogue=helsinki)
    assert not any("no position" in note for note in near.notes)


@pytest.mark.parametrize("state", EMOPOI8)
@pytest.mark.parametrize("mode", ["lift", "match"])
def test_words_speak_of_the_expression_and_promise_nothing(
    profile_of, helsinki, wednesday, shipped, state: str, mode: str
) -> None:
    profile = profile_of(state, share=1.0, confidence=1.0, age=AgeRange(30, 22, 40))
    answer = recommend(
        profile, when=wednesday, mode=mode, catalogue=helsinki, top=300, max_distance_m=5000, ranking=shipped
    )
    words = " ".join([*answer.notes, *(reason for entry in answer.places for reason in entry.reasons)])
    assert "expression shown" in answer.notes[0] and "not a feeling" in answer.notes[0]
    if state != "Neutral":
        shown = {
            "Happy": "happiness", "Worried": "worry", "Sad": "sadness", "Excited": "excitement",
            "Exhausted": "tiredness", "Frustrated": "frustration", "Bored": "boredom",
        }  # fmt: skip
        assert any(shown[state] in reason for entry in answer.places for reason in entry.reasons)
    claims = (
        "therap", "cure", "heal", "you feel", "your feeling", "your mood", "you are", "you look", "you seem",
        "will make", "will help", "diagnos", "depress", "anxi", "should",
    )  # fmt: skip
    for claim in claims:
        assert claim not in words.lower().replace("health", ""), claim


def test_what_an_explanation_holds(profile_of, wednesday) -> None:
    park = Place(
        "csv:1", "Park", "park", 60.1755, 24.9415, 0.9, opening_hours="Mo-Su 08:00-20:00", wheelchair="yes"
    )
    bistro = cafe(2, type="restaurant", price=2, wheelchair="limited", opening_hours="Mo-Su 10:00-15:20")
    shut = cafe(3, opening_hours="Mo-Fr 18:00-22:00")
    always = cafe(4, opening_hours="24/7")
    bar = cafe(5, type="bar")
    far = cafe(6, lat=60.2)
    catalogue = made(park, bistro, shut, always, bar, far)
    sad = profile_of("Sad", share=1.0, confidence=1.0)
    answer = recommend(sad, at=STATION, when=wednesday, catalogue=catalogue)
    reasons = {entry.place.id: entry.reasons for entry in answer.places}
    assert reasons["csv:1"][:2] == ("6 minutes on foot", "open until 20:00")
    assert "well known" in reasons["csv:1"] and "accessible by wheelchair" in reasons["csv:1"]
    assert any("restore where sadness shows (Korpela 2020)" in reason for reason in reasons["csv:1"])
    assert reasons["csv:2"][:2] == ("1 minute on foot", "open only until 15:20")
    assert {"price level 2 of 4", "partly accessible by wheelchair"} <= set(reasons["csv:2"])
    assert reasons["csv:3"][1] == "closed on arrival, opens at 18:00"
    assert reasons["csv:4"][1] == "always open"
    assert any("entry may ask for 18 years; the age is not known" in reason for reason in reasons["csv:5"])
    assert reasons["csv:6"][0] == "3.2 km away"
    terms = {entry.place.id: entry.terms for entry in answer.places}
    assert terms["csv:3"]["opening"] < terms["csv:2"]["opening"] < terms["csv:4"]["opening"] == 0.0


def test_under_eighteen_gets_no_bars(profile_of, helsinki) -> None:
    options = {
        "when": datetime(2024, 6, 7, 22, 0), "catalogue": helsinki, "top": 2000, "max_distance_m": 3e4,
    }  # fmt: skip
    for use in ((), ("age", "gender")):
        young = recommend(profile_of("Happy", age=AgeRange(16, 12, 21)), use=use, **options)
        assert young.places and not any(TYPES[entry.place.type].min_age for entry in young.places)
        assert any("age limit are left out" in note for note in young.notes)
    unsure = recommend(profile_of("Happy", age=AgeRange(19, 15, 24)), **options)
    bars = [entry for entry in unsure.places if TYPES[entry.place.type].min_age]
    assert bars
    assert all(any("not sure" in reason for reason in entry.reasons) for entry in bars)
    for nobody in (profile_of("Happy"), None):
        unknown = recommend(nobody, **options)
        assert any("age is not known" in note for note in unknown.notes)


def test_gender_and_adult_age_change_nothing_unless_switched_on(profile_of, helsinki, wednesday) -> None:
    one = {"female": 0.02, "age": AgeRange(22, 20, 24)}
    other = {"female": 0.98, "age": AgeRange(70, 60, 80)}

    def order(person: dict, *use: str) -> list[str]:
        options = {"when": wednesday, "catalogue": helsinki, "top": 300, "use": use}
        return ids(suggest(profile_of("Bored", **person), **options))

    assert order(one) == order(other)
    assert order(one, "age") != order(one) and order(one, "gender") != order(one)
    assert order(one, "age") != order(other, "age") and order(one, "gender") != order(other, "gender")


def test_feedback_overrules(profile_of, helsinki, wednesday) -> None:
    sad = profile_of("Sad")
    options = {"at": STATION, "when": wednesday, "catalogue": helsinki}
    before = suggest(sad, **options)
    first, last = before[0].place, suggest(sad, top=30, **options)[-1].place
    after = suggest(sad, opinions=said((first, "dislike"), (last, "like")), **options)
    assert first.id not in ids(after)
    chosen = next(entry for entry in after if entry.place.id == last.id)
    assert "you liked it" in chosen.reasons and chosen.terms["emotion"] == 0.0


def test_what_is_hidden_never_appears(helsinki, wednesday) -> None:
    options = {"at": STATION, "when": wednesday, "catalogue": helsinki, "top": 2000, "max_distance_m": 3e4}
    everything = suggest(None, **options)
    hidden = [entry.place for entry in everything[::7]]
    opinions = said(*[(place, "hide") for place in hidden])
    left = suggest(None, opinions=opinions, **options)
    assert set(ids(left)) == set(ids(everything)) - {place.id for place in hidden}
    # Not even where nothing else is near.
    one = made(cafe(1))
    answer = recommend(None, at=STATION, catalogue=one, opinions=said((one.places([0])[0], "hide")))
    assert answer.places == () and any("fits these limits" in note for note in answer.notes)


def test_new_only_leaves_out_where_the_person_has_been(helsinki, wednesday) -> None:
    options = {"at": STATION, "when": wednesday, "catalogue": helsinki}
    been = [entry.place for entry in suggest(None, **options)[:5]]
    opinions = said(*[(place, "been") for place in been])
    new = suggest(None, opinions=opinions, new_only=True, **options)
    assert len(new) == 10 and not {place.id for place in been} & set(ids(new))
    again = suggest(None, opinions=opinions, top=100, **options)
    mine = [entry for entry in again if entry.place.id == been[0].id]
    assert mine and "you have been here" in mine[0].reasons and mine[0].terms["visits"] != 0.0


def test_kinds_price_and_wheelchair(helsinki, wednesday) -> None:
    cafes = suggest(None, at=STATION, when=wednesday, catalogue=helsinki, kinds=["cafe", "museum"], top=50)
    assert {entry.place.group for entry in cafes} == {"cafe", "museum"}
    ramp = suggest(None, at=STATION, when=wednesday, catalogue=helsinki, wheelchair=True, top=50)
    assert len(ramp) == 50
    assert {entry.place.wheelchair for entry in ramp} <= {"yes", "designated", "limited"}
    catalogue = made(*[cafe(number, price=number or None) for number in range(5)])
    cheap = suggest(None, at=STATION, when=wednesday, catalogue=catalogue, max_price=2)
    assert {entry.place.price for entry in cheap} == {None, 1, 2}


def test_limits(helsinki, wednesday) -> None:
    near = suggest(None, at=STATION, when=wednesday, catalogue=helsinki, top=1000, max_distance_m=200.0)
    assert near
    assert all(entry.distance_m <= 200.0 for entry in near)


def test_no_place_within_reach_says_so_and_offers_the_nearest(helsinki, wednesday) -> None:
    far = recommend(None, at=(-33.9, 18.4), when=wednesday, catalogue=helsinki, max_distance_m=1000.0, top=3)
    assert len(far.places) == 3
    assert any("no such place within 1000 m: the nearest ones are offered" in note for note in far.notes)
    assert any("covers Helsinki centre" in note and "km away" in note for note in far.notes)
    catalogue = made(*[cafe(number, lat=60.171 + number / 1000) for number in range(1, 9)])
    answer = recommend(None, at=STATION, when=wednesday, catalogue=catalogue, max_distance_m=50, top=2)
    assert set(ids(list(answer.places))) == {"csv:1", "csv:2"}
    assert any("the nearest ones are offered (1 minute on foot)" in note for note in answer.notes)


def test_a_rare_kind_is_found_in_a_crowd(wednesday) -> None:
    # 600 cafes around the corner, one zoo within reach and one beyond.
    crowd = [cafe(number, lat=60.171 + number * 1e-6) for number in range(600)]
    zoo, other = cafe(900, lat=60.19, type="zoo"), cafe(901, lat=60.4, type="zoo")
    options = {"at": STATION, "when": wednesday, "kinds": ["zoo"]}
    assert ids(suggest(None, catalogue=made(*crowd, zoo, other), **options)) == ["csv:900", "csv:901"]
    assert ids(suggest(None, catalogue=made(*crowd, other), **options)) == ["csv:901"]
    none = recommend(None, catalogue=made(*crowd), **options)
    assert none.places == () and any("no place of the catalogue fits" in note for note in none.notes)


def test_an_empty_catalogue(wednesday) -> None:
    answer = recommend(None, at=STATION, when=wednesday, catalogue=made())
    assert answer.places == () and any("the catalogue has no places" in note for note in answer.notes)
    limited = recommend(None, at=STATION, when=wednesday, catalogue=made(), max_distance_m=10, open_only=True)
    assert limited.places == ()
    with pytest.raises(InputError, match="no places"):
        recommend(None, when=wednesday, catalogue=made())


def test_zone_and_country_by_the_position(wednesday) -> None:
    place = cafe(1, opening_hours="Mo-Fr 10:00-20:00; PH off")
    catalogue = made(place, timezone="", country="")
    (entry,) = suggest(None, at=STATION, when=wednesday, catalogue=catalogue)
    assert entry.open.until is not None and entry.open.until.isoformat() == "2024-06-05T20:00:00+03:00"
    # 6 December is Finland's independence day.
    (entry,) = suggest(None, at=STATION, when=datetime(2024, 12, 6, 12), catalogue=catalogue)
    assert entry.open.state == "closed"


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
        {"max_price": 9},
        {"kinds": ["dungeon"]},
        {"kinds": "park"},
        {"use": ["height"]},
        {"when": datetime(9999, 12, 31)},
    ],
)
def test_bad_arguments(options: dict) -> None:
    with pytest.raises(InputError):
        suggest(None, **options)


def test_person_that_is_not_there(profile_of) -> None:
    with pytest.raises(ProfileError, match="no person 7"):
        suggest(profile_of("Sad"), person=7)


def test_profiles_with_strange_states_or_numbers_do_not_come_this_far(profile_of) -> None:
    good = profile_of("Sad").to_dict()
    for name, value in (("emopoi8", {"Ecstatic": 1.0}), ("valence", math.nan), ("confidence", math.inf)):
        data = {**good, "people": [{**good["people"][0], name: value}]}
        with pytest.raises(ProfileError, match=name):
            EmotionProfile.from_dict(data)


def test_a_profile_made_by_hand_with_strange_numbers_spoils_no_score(profile_of, helsinki, wednesday) -> None:
    (person,) = profile_of("Sad").people
    options = {"at": STATION, "when": wednesday, "catalogue": helsinki}
    plain = ids(suggest(None, **options))
    strange = (
        replace(person, confidence=math.nan),
        replace(person, valence=math.nan),
        replace(person, emopoi8={**person.emopoi8, "Sad": math.nan}),
    )
    for somebody in strange:
        answer = recommend(EmotionProfile("x", (somebody,)), **options)
        assert len(answer.places) == 10
        json.dumps(answer.to_dict(), allow_nan=False)
    assert ids(suggest(EmotionProfile("x", strange[:1]), **options)) == plain
    # A state that is none has no row in the table.
    other = replace(person, emopoi8={"Ecstatic": 1.0}, valence=0.0, arousal=0.0)
    assert ids(suggest(EmotionProfile("x", (other,)), **options)) == plain


def test_every_group_that_may_be_suggested_can_be(helsinki) -> None:
    found = {entry.place.group for entry in suggest(None, catalogue=helsinki, top=2000, max_distance_m=3e4)}
    assert found == {kind.group for kind in TYPES.values() if kind.suggestible}


def test_imports_stay_small() -> None:
    code = (
        "import sys, recommender; "
        "heavy = {'cv2', 'tensorflow', 'keras', 'pandas', 'mediapipe', 'opening_hours', 'scipy', 'duckdb',"
        " 'pyarrow', 'sqlalchemy'}; "
        "rooms = ('emopoi.vision', 'emopoi.runtime', 'emopoi.models', 'training'); "
        "print(sorted(n for n in sys.modules if n.split('.')[0] in heavy or n.startswith(rooms)))"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
