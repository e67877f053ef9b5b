import numpy as np
import pytest

from emopoi.errors import MediaError
from emopoi.types import EmotionProfile
from emopoi.voice.control import VoiceControl
from emopoi.voice.hearing import hear
from emopoi.voice.live import live
from emopoi.voice.speaking_face import speaking_faces
from tests.training.voice.made_voices import as_wav
from tests.voice.made_readers import JAW, made_emotion_reader, made_face_reader, noise


def watch(items, total, what):
    return iter(items)


@pytest.fixture
def speech(tmp_path):
    path = tmp_path / "speech.wav"
    path.write_bytes(as_wav(np.concatenate([noise(4.0), noise(6.0, high=True)])))
    return path


def test_a_profile_like_the_face_s(speech):
    heard = hear(speech, made_emotion_reader(), watch=watch)
    profile = heard.profile.build(speech.name)
    (person,) = profile.people
    assert profile.modalities == ("voice",)
    assert heard.duration_s == pytest.approx(10.0, abs=0.01)
    assert person.observed_s == pytest.approx(10.0, abs=0.3)
    assert person.fer7["angry"] + person.fer7["sad"] > 0.8
    assert person.extra["voice8"]["angry"] == pytest.approx(person.fer7["angry"], abs=0.01)
    assert EmotionProfile.from_json(profile.to_json()) == profile


def test_stops_after_so_many_seconds(speech):
    heard = hear(speech, made_emotion_reader(), seconds=3.0, watch=watch)
    assert heard.duration_s == pytest.approx(3.0)
    assert heard.profile.build("x").people[0].fer7["sad"] > 0.8


@pytest.mark.parametrize(("seconds", "word"), [(0.01, "too short"), (3.0, "silent")])
def test_silence_and_ten_milliseconds_give_an_empty_profile(tmp_path, seconds, word):
    path = tmp_path / "silence.wav"
    path.write_bytes(as_wav(np.zeros(round(16_000 * seconds))))
    heard = hear(path, made_emotion_reader(), watch=watch)
    assert heard.profile.build("silence").people == ()
    assert any(word in note for note in heard.notes)


def test_ctrl_c_keeps_what_was_heard(tmp_path, speech):
    def interrupted(items, total, what):
        for number, item in enumerate(items):
            if number == 40:
                raise KeyboardInterrupt
            yield item

    heard = hear(speech, made_emotion_reader(), watch=interrupted)
    assert heard.stopped
    assert heard.readings


def test_no_sound(tmp_path):
    path = tmp_path / "text.wav"
    path.write_text("no sound")
    with pytest.raises(MediaError):
        hear(path, made_emotion_reader(), watch=watch)


@pytest.mark.parametrize("fps", [25.0, 30.0, 60.0])
def test_faces_at_a_steady_rate_from_the_start_to_the_end(speech, fps):
    reader = made_face_reader()
    parts = list(speaking_faces(speech, reader, [], VoiceControl("sad"), fps=fps))
    times = np.concatenate([part.times_s for part in parts])
    np.testing.assert_allclose(times, np.arange(round(10 * fps)) / fps, atol=1e-9)
    arkit = np.concatenate([part.arkit for part in parts])
    assert arkit.shape == (len(times), 51)
    assert arkit[:, JAW].std() > 0.01


def test_the_face_follows_the_sound_it_is_told_for(tmp_path):
    # A burst from 1.0 to 1.4 s: the jaw of the made network is open in frames that hold it, told late.
    sound = np.zeros(48_000, np.float32)
    sound[16_000:22_400] = noise(0.4, high=False)
    path = tmp_path / "burst.wav"
    path.write_bytes(as_wav(sound))
    parts = list(speaking_faces(path, made_face_reader(), [], VoiceControl("sad"), fps=100.0))
    jaw = np.concatenate([part.arkit for part in parts])[:, JAW]
    times = np.concatenate([part.times_s for part in parts])
    opened = times[jaw > jaw.max() / 2]
    assert opened.min() == pytest.approx(1.0 - 0.1, abs=0.05)
    assert opened.max() == pytest.approx(1.4 - 0.1, abs=0.06)


def test_live_tells_what_a_file_tells():
    frames_of = made_face_reader()
    told = list(live(np.array_split(noise(3.0), 31), made_emotion_reader(), frames_of, VoiceControl()))
    readings = [one for some, _ in told for one in some]
    assert len(readings) >= 5
    assert sum(len(faces.times_s) for _, faces in told) >= 140
    alone = list(live([noise(3.0)], made_emotion_reader(), None, VoiceControl()))
    assert alone[0][1] is None and alone[0][0]
