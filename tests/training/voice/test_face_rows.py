import numpy as np
import pytest

from emopoi.head.arkit_names import ARKIT_NAMES
from emopoi.head.facegood_names import JAW
from emopoi.models.voice.synthesizer import FACEGOOD
from emopoi.preprocess.voice_level import FLOOR
from tests.training.voice.made_voices import made_clips
from training.voice.face_rows import (
    Speaking,
    face_times_s,
    pairs_of,
    speaking_rows,
    stretch,
    voice_rows,
    warped,
)

PAST = 20
NAMES = {"facegood_116": (JAW, *(f"own{number}" for number in range(FACEGOOD - 1)))}


def test_what_lies_outside_of_a_sound_is_the_floor():
    frames = np.ones((10, 4), np.float32)
    told = stretch(frames, 5, past=8, count=9)
    assert told.shape == (17, 4)
    np.testing.assert_array_equal(told[:, 0] == 1, [False] * 3 + [True] * 10 + [False] * 4)
    assert (told[told != 1] == np.float32(FLOOR)).all()


def test_pairs_are_of_one_speaker_and_sentence():
    clips = made_clips()
    pairs = pairs_of(clips, 3, np.random.default_rng(0))
    assert len(pairs) == 3 * len(clips)
    assert any(said != felt for said, felt in pairs)
    for said, felt in pairs:
        assert clips.speaker[said] == clips.speaker[felt] and clips.sentence[said] == clips.sentence[felt]
        assert said == felt or clips.label[said] != clips.label[felt]


def test_words_are_found_again_at_another_pace():
    clips = made_clips()
    short = clips.counts[0] = clips.counts[1] // 2
    clips.counts[1] = 2 * short
    clips.mel[1, : 2 * short] = np.repeat(clips.mel[0, :short], 2, axis=0)
    places = warped(clips, 0, 1)
    assert len(places) == short and (np.diff(places) >= 0).all()
    assert np.abs(places - 2 * np.arange(short)).max() <= 2
    np.testing.assert_array_equal(warped(clips, 2, 2), np.arange(clips.counts[2]))


def test_rows_of_voices_have_no_face_and_name_their_own_emotion():
    clips = made_clips()
    codes = np.arange(len(clips), dtype=np.float32)[:, None].repeat(64, axis=1)
    rows = voice_rows(clips, codes, PAST)
    assert not rows["facegood_weight"].any() and not rows["arkit_weight"].any()
    assert ((rows["voice_weight"] > 0) & (rows["voice_weight"] <= 1)).all()
    assert set(rows["emotion"].argmax(axis=1)) <= set(clips.label)
    assert (rows["emotion"][:, ~clips.allowed[0]] == -1).all()
    assert (rows["intensity"] == 1).all()


def test_an_emotion_is_added_to_a_face_as_strongly_as_it_is_meant():
    coefficients = np.zeros((300, FACEGOOD), np.float32)
    coefficients[:, 0] = 0.4
    clip = Speaking("made", "facegood_116", np.zeros((500, 64), np.float32), coefficients, 30.0)
    offsets = np.zeros((1, len(ARKIT_NAMES)), np.float32)
    smile, jaw = ARKIT_NAMES.index("mouthSmileLeft"), ARKIT_NAMES.index("jawOpen")
    offsets[:, smile] = 0.2
    rows = speaking_rows([clip], NAMES, np.ones((1, 64), np.float32), offsets, PAST)
    np.testing.assert_allclose(rows["arkit"][:, 0, jaw], 0.4, atol=1e-3)
    np.testing.assert_allclose(rows["arkit"][:, 0, smile], 0.2 * rows["intensity"][:, 0], atol=1e-3)
    assert not rows["voice_weight"].any() and rows["facegood_weight"].all()
    assert (rows["intensity"] == 0).any() and (rows["intensity"] > 0).any()


def test_faces_of_a_row_are_20_ms_apart_and_told_late():
    times = face_times_s(0)
    np.testing.assert_allclose(np.diff(times), 0.02)
    assert times[0] == pytest.approx(0.01 + 0.0125 - 0.1)
