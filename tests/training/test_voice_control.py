import numpy as np
import pytest

from emopoi.head.arkit_names import ARKIT_NAMES
from emopoi.runtime.coefficient_emotion_reader import CoefficientEmotionReader
from emopoi.runtime.frozen_head import load_head
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.runtime.voice_face_reader import VoiceFaceReader
from emopoi.types.labels import FER7
from training.voice_control import main, named, told_again


def test_a_smile_is_named_happy():
    head = load_head()
    judge = CoefficientEmotionReader(head, FrozenModel.load("coefficient_emotion"))
    smile = np.zeros((4, len(ARKIT_NAMES)), np.float32)
    assert FER7[named(head, judge, smile)] == "neutral"
    smile[:, [ARKIT_NAMES.index(name) for name in ("mouthSmileLeft", "mouthSmileRight")]] = 0.8
    assert FER7[named(head, judge, smile)] == "happy"


def test_one_sound_in_two_emotions_differs_and_at_intensity_zero_it_does_not():
    reader = VoiceFaceReader(FrozenModel.load("voice_face"))
    times = np.arange(16000) / 16000
    sound = (0.2 * np.sin(2 * np.pi * 180 * times) * (np.sin(2 * np.pi * 4 * times) > 0)).astype(np.float32)
    happy, sad = (told_again(reader, sound, emotion, 1.0).arkit for emotion in ("happy", "sad"))
    assert np.abs(happy - sad).max() > 0.1
    happy, sad = (told_again(reader, sound, emotion, 0.0).arkit for emotion in ("happy", "sad"))
    np.testing.assert_array_equal(happy, sad)


@pytest.mark.parametrize("intensity", ["3", "much"])
def test_an_intensity_out_of_range_is_refused(intensity, tmp_path):
    with pytest.raises(Exception, match="0 to 2 was expected"):
        main(["--data", str(tmp_path), "--intensity", intensity])
