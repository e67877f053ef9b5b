import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emopoi.errors import InputError
from emopoi.profile import ProfileBuilder
from emopoi.profile.fusion import fused_profile, fused_shares
from emopoi.profile.settings import ProfileSettings
from emopoi.types import FER7, EmotionProfile, EmotionReading

shares = st.lists(st.floats(0.01, 1), min_size=7, max_size=7).map(lambda v: np.array(v) / sum(v))


def profile(label: str, sure: float, modality: str, people: int = 1) -> EmotionProfile:
    builder = ProfileBuilder(ProfileSettings(max_gap_s=0.6))
    fer7 = np.full(7, (1 - sure) / 6, np.float32)
    fer7[FER7.index(label)] = sure
    for person in range(1, people + 1):
        for moment in range(4 + 4 * (person == 1)):
            builder.add(EmotionReading(person, 500.0 * moment, (0, 0, 9, 9), fer7, np.full(8, 1 / 8), sure))
    told = builder.build("clip.mp4")
    return EmotionProfile(told.source, told.people, (modality,), told.extra)


@given(shares, shares, st.floats(0, 1), st.floats(0, 1))
def test_gives_a_distribution(face, voice, sure, surer):
    told = fused_shares(face, voice, sure, surer)
    assert told.sum() == pytest.approx(1.0)
    assert (told >= 0).all()


@given(shares, st.floats(0.1, 1))
def test_who_knows_nothing_changes_nothing(face, sure):
    nothing = np.full(7, 1 / 7)
    assert fused_shares(face, nothing, sure, 1.0).argmax() == face.argmax()
    np.testing.assert_allclose(fused_shares(face, nothing, 1.0, 0.0), face, atol=5e-3)


def test_the_surer_one_decides():
    happy, sad = np.eye(7)[FER7.index("happy")], np.eye(7)[FER7.index("sad")]
    assert fused_shares(happy, sad, 0.9, 0.4).argmax() == FER7.index("happy")
    assert fused_shares(happy, sad, 0.4, 0.9).argmax() == FER7.index("sad")


def test_refuses_confidences_out_of_range():
    with pytest.raises(InputError):
        fused_shares(np.full(7, 1 / 7), np.full(7, 1 / 7), 1.2, 0.5)


def test_one_profile_from_both():
    both = fused_profile(profile("happy", 0.6, "face", people=2), profile("happy", 0.9, "voice"))
    assert both.modalities == ("face", "voice")
    speaker, other = both.people
    assert speaker.fer7["happy"] > 0.6
    assert other.fer7["happy"] == pytest.approx(0.6, abs=0.01)
    assert set(speaker.extra) >= {"face", "voice"}
    assert sum(speaker.emopoi8.values()) == pytest.approx(1.0)
    assert EmotionProfile.from_json(both.to_json()) == both


def test_the_other_one_stands_where_one_is_missing():
    face, voice = profile("sad", 0.8, "face"), profile("happy", 0.8, "voice")
    nobody = EmotionProfile("clip.mp4", (), ("voice",))
    assert fused_profile(face, nobody) == face
    assert fused_profile(EmotionProfile("clip.mp4"), voice).modalities == ("voice",)
