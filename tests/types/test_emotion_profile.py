import copy
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emopoi.errors import InputError, ProfileError
from emopoi.types import EMOPOI8, FER7, AgeRange, EmotionProfile, PersonProfile


def example():
    """A profile as another program may have written it."""
    return {
        "schema": 1,
        "source": "clip.mp4",
        "modalities": ["face"],
        "people": [
            {
                "id": 1,
                "observed_s": 7.2,
                "fer7": {"happy": 0.61, "neutral": 0.39},
                "emopoi8": {"Happy": 0.55, "Excited": 0.1, "Neutral": 0.35},
                "valence": 0.42,
                "arousal": 0.18,
                "variability": 0.12,
                "confidence": 0.83,
                "abstained": False,
                "age": {"median": 34, "low90": 24, "high90": 45},
                "gender": {"female": 0.71},
            }
        ],
    }


def changed(path, value):
    """The example with one place changed, e.g. ("people", 0, "id"); DELETE takes it away."""
    data = copy.deepcopy(example())
    *way, last = path
    place = data
    for step in way:
        place = place[step]
    if value is DELETE:
        del place[last]
    else:
        place[last] = value
    return data


DELETE = object()
ANY_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**6), 10**6)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
KNOWN = {"schema", "source", "modalities", "people", *example()["people"][0]}
EXTRA = st.dictionaries(st.text().filter(lambda name: name not in KNOWN), ANY_JSON, max_size=3)


@st.composite
def distributions(draw, labels):
    counts = draw(st.lists(st.integers(0, 50), min_size=len(labels), max_size=len(labels)).filter(any))
    return {label: count / sum(counts) for label, count in zip(labels, counts, strict=True)}


@st.composite
def persons(draw, person_id):
    low, median, high = sorted(draw(st.lists(st.integers(0, 130), min_size=3, max_size=3)))
    signed, unsigned = st.floats(-1.0, 1.0), st.floats(0.0, 1.0)
    return PersonProfile(
        id=person_id,
        observed_s=draw(st.floats(0.0, 1e6)),
        fer7=draw(distributions(FER7)),
        emopoi8=draw(distributions(EMOPOI8)),
        valence=draw(signed),
        arousal=draw(signed),
        variability=draw(unsigned),
        confidence=draw(unsigned),
        abstained=draw(st.booleans()),
        age=draw(st.none() | st.just(AgeRange(median=median, low90=low, high90=high))),
        female=draw(st.none() | unsigned),
        extra=draw(EXTRA),
    )


@st.composite
def profiles(draw):
    ids = draw(st.lists(st.integers(0, 10**6), max_size=3, unique=True))
    return EmotionProfile(
        source=draw(st.text()),
        people=tuple(draw(persons(person_id)) for person_id in ids),
        modalities=tuple(draw(st.lists(st.text(), max_size=2))),
        extra=draw(EXTRA),
    )


@given(profiles(), st.sampled_from([None, 1]))
def test_json_there_and_back_changes_nothing(profile, indent):
    text = profile.to_json(indent=indent)
    again = EmotionProfile.from_json(text)
    assert again == profile
    assert again.to_json(indent=indent) == text


@given(EXTRA, EXTRA)
def test_unknown_fields_are_kept_and_written_back(extra, of_person):
    data = {**example(), **extra}
    data["people"][0].update(of_person)
    profile = EmotionProfile.from_json(json.dumps(data))
    assert profile.extra == extra and profile.people[0].extra == of_person
    assert profile.to_dict() == data


def test_the_example_of_the_format_is_read_and_written_as_it_is():
    profile = EmotionProfile.from_dict(example())
    assert profile.people[0].age == AgeRange(median=34, low90=24, high90=45)
    assert profile.people[0].female == 0.71
    assert profile.to_dict() == example()


def test_bytes_are_read_too_and_signs_beyond_ascii_stay_readable():
    text = json.dumps(changed(("source",), "wesoły.mp4"), ensure_ascii=False)
    profile = EmotionProfile.from_json(text.encode())
    assert profile.source == "wesoły.mp4"
    assert "wesoły.mp4" in profile.to_json()


@pytest.mark.parametrize("name", ["age", "gender"])
@pytest.mark.parametrize("value", [None, DELETE])
def test_age_and_gender_may_be_absent(name, value):
    (person,) = EmotionProfile.from_dict(changed(("people", 0, name), value)).people
    assert getattr(person, {"age": "age", "gender": "female"}[name]) is None
    assert EmotionProfile(source="", people=(person,)).to_dict()["people"][0][name] is None


def test_modalities_and_abstained_have_defaults():
    assert EmotionProfile.from_dict(changed(("modalities",), DELETE)).modalities == ("face",)
    assert EmotionProfile.from_dict(changed(("people", 0, "abstained"), DELETE)).people[0].abstained is False


NUMBERS = {
    "observed_s": (-0.1, math.nan, "7", None, True, [1], {}),
    "valence": (-1.01, 1.01, math.nan, math.inf, "0", None, False),
    "arousal": (-1.01, 1.01, math.nan, -math.inf, "0", None, True),
    "variability": (-0.01, 1.01, math.nan, "0", None),
    "confidence": (-0.01, 1.01, math.nan, "high", None),
}
MALFORMED = [
    (("schema",), 2, "schema"),
    (("schema",), "1", "schema"),
    (("schema",), None, "schema"),
    (("schema",), DELETE, "schema"),
    (("people",), DELETE, "people"),
    (("people",), {}, "people"),
    (("people",), "nobody", "people"),
    (("people", 0), 5, r"people\[0\]"),
    (("people", 0), None, r"people\[0\]"),
    (("modalities",), "face", "modalities"),
    (("modalities",), [1], "modalities"),
    (("people", 0, "id"), DELETE, r"people\[0\]\.id"),
    (("people", 0, "id"), "1", r"people\[0\]\.id"),
    (("people", 0, "id"), 1.0, r"people\[0\]\.id"),
    (("people", 0, "id"), True, r"people\[0\]\.id"),
    (("people", 0, "abstained"), 1, r"people\[0\]\.abstained"),
    (("people", 0, "abstained"), None, r"people\[0\]\.abstained"),
    (("people", 0, "age"), 34, r"people\[0\]\.age\.median"),
    (("people", 0, "age", "median"), DELETE, r"people\[0\]\.age\.median"),
    (("people", 0, "age", "median"), "34", r"people\[0\]\.age\.median"),
    (("people", 0, "age", "median"), 46, r"people\[0\]\.age"),
    (("people", 0, "age", "low90"), -1, r"people\[0\]\.age\.low90"),
    (("people", 0, "age", "low90"), 35, r"people\[0\]\.age"),
    (("people", 0, "age", "high90"), 131, r"people\[0\]\.age\.high90"),
    (("people", 0, "gender"), "female", r"people\[0\]\.gender\.female"),
    (("people", 0, "gender"), {}, r"people\[0\]\.gender\.female"),
    (("people", 0, "gender", "female"), 1.1, r"people\[0\]\.gender\.female"),
    (("people", 0, "gender", "female"), math.nan, r"people\[0\]\.gender\.female"),
    *(
        (("people", 0, name), value, rf"people\[0\]\.{name}")
        for name, values in NUMBERS.items()
        for value in (DELETE, *values)
    ),
    *(
        (("people", 0, name), value, rf"people\[0\]\.{name}")
        for name in ("fer7", "emopoi8")
        for value in (DELETE, None, [0.5, 0.5], "happy", {}, {"grumpy": 1.0}, {1: 1.0})
    ),
    *(
        (("people", 0, "fer7"), value, r"people\[0\]\.fer7")
        for value in (
            {"happy": 0.5},
            {"happy": 0.8, "sad": 0.8},
            {"happy": 1.2, "sad": -0.2},
            {"happy": math.nan},
            {"happy": "1"},
            {"happy": True},
            {"Happy": 1.0},
        )
    ),
    (("people", 0, "emopoi8"), {"happy": 1.0}, r"people\[0\]\.emopoi8"),
]


@pytest.mark.parametrize(("path", "value", "name"), MALFORMED)
def test_what_is_malformed_is_refused_by_name(path, value, name):
    with pytest.raises(ProfileError, match=name):
        EmotionProfile.from_dict(changed(path, value))


@given(ANY_JSON)
def test_any_other_json_is_refused(data):
    with pytest.raises(ProfileError):
        EmotionProfile.from_json(json.dumps(data))


@given(
    st.sampled_from(
        [*((name,) for name in example()), *(("people", 0, name) for name in example()["people"][0])]
    ),
    ANY_JSON,
)
def test_any_value_in_any_field_is_read_or_refused_but_never_crashes(path, value):
    try:
        profile = EmotionProfile.from_dict(changed(path, value))
    except ProfileError:
        return
    assert EmotionProfile.from_json(profile.to_json()) == profile


def test_two_people_of_one_id_are_refused():
    data = example()
    data["people"] *= 2
    with pytest.raises(ProfileError, match="distinct"):
        EmotionProfile.from_dict(data)


@pytest.mark.parametrize(
    "text", ["", "{", "profile", "[1, 2", b"\xff\xfe\xfa", b'{"schema": 1, "source": "\xff"}', "[]", "1"]
)
def test_what_is_no_json_object_is_refused(text):
    with pytest.raises(ProfileError):
        EmotionProfile.from_json(text)


def test_a_profile_error_is_the_mistake_of_the_caller():
    assert issubclass(ProfileError, InputError)


def test_numbers_that_json_does_not_have_are_not_written():
    (person,) = EmotionProfile.from_dict(example()).people
    with pytest.raises(ValueError, match="JSON"):
        EmotionProfile(source="", people=(person,), extra={"x": math.nan}).to_json()


def test_the_person_observed_longest_is_the_default():
    data = example()
    data["people"] = [
        {**data["people"][0], "id": i, "observed_s": s} for i, s in ((3, 1.0), (5, 9.0), (8, 4.0))
    ]
    profile = EmotionProfile.from_dict(data)
    assert profile.person().id == 5
    assert profile.person(8).id == 8
    with pytest.raises(ProfileError, match=r"no person 4 .*3, 5, 8"):
        profile.person(4)


def test_nobody_is_no_error_unless_asked_for_by_id():
    profile = EmotionProfile.from_dict(changed(("people",), []))
    assert profile.people == () and profile.person() is None
    with pytest.raises(ProfileError, match="none"):
        profile.person(1)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        json.dumps(example()).replace("7.2", "1" * 5000),
        json.dumps(example()).replace("7.2", "Infinity"),
        json.dumps(example()).replace("7.2", "1e999"),
        json.dumps(example()).replace('"schema": 1', '"schema": 1, "other": NaN'),
    ],
    ids=["nested too deep", "too many digits", "infinity", "beyond range", "not a number"],
)
def test_what_python_reads_but_could_not_write_is_refused(text):
    with pytest.raises(ProfileError):
        EmotionProfile.from_json(text)
