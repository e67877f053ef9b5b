import numpy as np
import pytest

from emopoi.errors import InputError
from emopoi.types.voice import VoiceReading
from emopoi.types.voice_labels import VOICE8
from emopoi.voice.control import VoiceControl
from tests.voice.made_readers import made_face_reader


def reading(**shares) -> VoiceReading:
    voice8 = np.array([shares.get(label, 0.0) for label in VOICE8], np.float32)
    return VoiceReading(500.0, 0.5, voice8, np.full(64, 3.0, np.float32), 0.9)


def test_a_named_emotion_overrides_what_is_heard():
    face = made_face_reader()
    code, intensity = VoiceControl("happy").shown(face, reading(sad=1.0))
    np.testing.assert_array_equal(code, face.code_of("happy"))
    assert intensity == 1.0
    assert VoiceControl("happy", 0.3).shown(face, None)[1] == 0.3


def test_what_is_heard_shows_as_far_as_it_is_not_neutral():
    face = made_face_reader()
    code, intensity = VoiceControl().shown(face, reading(sad=0.5, neutral=0.3, calm=0.2))
    assert (code == 3.0).all()
    assert intensity == pytest.approx(0.5)
    assert VoiceControl(intensity=2.0).shown(face, reading(neutral=1.0))[1] == 2.0


def test_before_anything_is_heard_the_face_is_neutral():
    assert VoiceControl().shown(made_face_reader(), None)[1] == 0.0


@pytest.mark.parametrize(("emotion", "intensity"), [("hungry", None), (None, -1.0), ("sad", 2.5)])
def test_refuses_what_can_not_be_shown(emotion, intensity):
    with pytest.raises(InputError) as error:
        VoiceControl(emotion, intensity)
    if emotion == "hungry":
        assert "angry, calm, disgust" in str(error.value)
