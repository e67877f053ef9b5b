import numpy as np
import pytest

from emopoi.errors import ModelFileError
from emopoi.preprocess.log_mel import log_mel
from emopoi.runtime.voice_emotion_reader import VoiceEmotionReader, VoiceListener
from emopoi.types.voice_labels import VOICE8
from tests.voice.made_readers import MadeEmotion, made_emotion_reader, noise


def named(logits) -> str:
    return VOICE8[int(np.argmax(logits))]


def test_hears_what_the_network_hears():
    reader = made_emotion_reader()
    assert named(reader.read_clip(noise(1.0, high=True))) == "angry"
    assert named(reader.read_clip(noise(1.0))) == "sad"


def test_long_clips_are_heard_in_windows_up_to_their_end():
    reader = made_emotion_reader()
    sound = np.concatenate([noise(4.0), noise(9.0, high=True)])
    logits = reader.read_clip(sound)
    assert named(logits) == "angry"
    assert -2 < logits[VOICE8.index("sad")] < 2  # some windows said so


@pytest.mark.parametrize("gain_db", [-12.0, 12.0])
def test_a_gain_changes_no_answer(gain_db):
    reader, sound = made_emotion_reader(), noise(2.0, high=True, loud=0.05)
    louder = sound * np.float32(10 ** (gain_db / 20))
    np.testing.assert_allclose(reader.read_clip(louder), reader.read_clip(sound), atol=1e-4)


@pytest.mark.parametrize("sound", [np.zeros(0), np.zeros(160), np.zeros(48_000), noise(0.1)])
def test_silence_and_blinks_say_nothing(sound):
    assert made_emotion_reader().read_clip(sound.astype(np.float32)) is None


def test_a_listener_reads_twice_a_second_and_keeps_one_window():
    listener = VoiceListener(made_emotion_reader())
    frames = log_mel(noise(20.0))
    readings = [one for piece in np.array_split(frames, 37) for one in listener.add(piece)]
    assert len(readings) == len(frames) // 50
    assert [round(one.time_ms) for one in readings[:3]] == [500, 1000, 1500]
    assert readings[0].window_s == pytest.approx(0.5)
    assert readings[-1].window_s == pytest.approx(3.2)
    assert len(listener._kept) == 320
    for one in readings:
        assert one.voice8.sum() == pytest.approx(1.0, abs=1e-5)
        assert 0 <= one.confidence <= 1


def test_a_listener_follows_a_change_and_stays_silent_in_pauses():
    listener = VoiceListener(made_emotion_reader())
    sound = np.concatenate([noise(6.0), np.zeros(48_000, np.float32), noise(6.0, high=True)])
    readings = listener.add(log_mel(sound)) + listener.finish()
    times = np.array([one.time_ms for one in readings])
    assert named(readings[4].voice8) == "sad"
    assert named(readings[-1].voice8) == "angry"
    assert not ((times > 6600) & (times < 9000)).any()


def test_pieces_do_not_matter():
    frames = log_mel(noise(5.0, high=True))
    whole = VoiceListener(made_emotion_reader())
    pieces = VoiceListener(made_emotion_reader())
    at_once = whole.add(frames) + whole.finish()
    one_by_one = [one for frame in frames for one in pieces.add(frame[None])] + pieces.finish()
    assert [one.time_ms for one in at_once] == [one.time_ms for one in one_by_one]
    np.testing.assert_allclose([one.voice8 for one in at_once], [one.voice8 for one in one_by_one], atol=1e-5)


@pytest.mark.parametrize("change", [{"task": "emotion"}, {"data": {}}, {"inputs": {}}])
def test_refuses_other_models(change):
    model = MadeEmotion()
    for name, value in change.items():
        setattr(model.manifest, name, value)
    with pytest.raises(ModelFileError):
        VoiceEmotionReader(model)
