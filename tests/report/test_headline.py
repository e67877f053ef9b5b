from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emopoi.report.headline import (
    age_words,
    arousal_words,
    headline,
    is_picture,
    seen_words,
    valence_words,
    variability_words,
)
from emopoi.types import AgeRange


@pytest.mark.parametrize(
    ("shares", "words"),
    [
        ([0, 0, 0, 0.95, 0, 0, 0.05], "happy nearly throughout"),
        ([0, 0, 0, 0.6, 0.05, 0.3, 0.05], "mostly happy, partly surprised"),
        ([0.05, 0.05, 0.05, 0.05, 0.7, 0.05, 0.05], "mostly sad"),
        ([0.45, 0, 0, 0.05, 0.05, 0, 0.45], "angry and neutral about equally"),
        ([0.3, 0.25, 0.2, 0.1, 0.1, 0.05, 0.0], "a mix of angry, disgusted and afraid"),
        ([0.14, 0.14, 0.14, 0.16, 0.14, 0.14, 0.14], "a mix, happy first"),
    ],
)
def test_the_expression_in_words(make_person, shares, words):
    assert headline(make_person(shares)) == f"Expression shown: {words}; looks 24 to 45 years old"


def test_where_nothing_can_be_said_nothing_is_said(make_person):
    text = headline(make_person("happy", abstained=True, age=None))
    assert text == "Too little could be seen to name an expression"


def test_labels_of_ones_own_are_not_blamed_on_the_view(make_person):
    person = replace(make_person("happy", abstained=True, age=None), extra={"states_named": False})
    assert headline(person) == "No state is named from labels of your own"


def test_an_age_without_doubt_is_one_number(make_person):
    assert age_words(make_person(age=AgeRange(40, 40, 40))) == "40"
    assert age_words(make_person(age=None)) == ""


@pytest.mark.parametrize(
    ("seconds", "source", "words"),
    [
        (7.24, "clip.mp4", "7.2 s"),
        (125.0, "clip.mp4", "2 min 5 s"),
        (59.97, "clip.mp4", "60.0 s"),
        (3600.0 * 10 + 65, "camera", "10 h 1 min"),
        (1.0, "Face.JPG", "one picture"),
    ],
)
def test_how_long_somebody_was_seen(make_person, seconds, source, words):
    assert seen_words(make_person(observed_s=seconds), source) == words


def test_a_picture_is_told_by_its_name():
    assert is_picture("a.png") and not is_picture("a.mp4") and not is_picture("folder")


@given(st.floats(-1.0, 1.0), st.floats(-1.0, 1.0))
def test_words_for_figures_go_up_with_them(first, second):
    valences = ("clearly unpleasant", "rather unpleasant", "even", "rather pleasant", "clearly pleasant")
    arousals = ("clearly calm", "rather calm", "even", "rather activated", "clearly activated")
    low, high = sorted((first, second))
    assert valences.index(valence_words(low)) <= valences.index(valence_words(high))
    assert arousals.index(arousal_words(low)) <= arousals.index(arousal_words(high))


def test_words_for_variability():
    words = [variability_words(value) for value in (0.0, 0.2, 0.5, 1.0)]
    assert words[0] == "steady" and len(set(words)) == 4
