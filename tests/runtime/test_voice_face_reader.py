import numpy as np
import pytest

from emopoi.errors import InputError, ModelFileError
from emopoi.preprocess.log_mel import log_mel
from emopoi.preprocess.voice_level import FLOOR, LevelTracker, levelled_as_heard
from emopoi.runtime.voice_face_reader import FaceStream, VoiceFaceReader
from tests.voice.made_readers import JAW, SMILE, MadeFace, made_face_reader, noise


def streamed(reader, pieces, code, intensity=0.0):
    stream = FaceStream(reader)
    return [*(stream.add(piece, code, intensity) for piece in pieces), stream.finish(code, intensity)]


def test_faces_come_every_20_ms_from_before_the_sound_to_its_end():
    reader = made_face_reader()
    frames = log_mel(noise(2.0))
    parts = streamed(reader, [frames], reader.code_of("neutral"))
    times = np.concatenate([part.times_s for part in parts])
    np.testing.assert_allclose(np.diff(times), 0.02, atol=1e-9)
    assert times[0] < 0 and times[-1] > 2.0


def test_pieces_do_not_matter():
    reader, frames = made_face_reader(), log_mel(noise(1.7))
    code = reader.code_of("neutral")
    whole = np.concatenate([part.arkit for part in streamed(reader, [frames], code)])
    pieces = np.concatenate([part.arkit for part in streamed(reader, np.array_split(frames, 23), code)])
    np.testing.assert_allclose(whole, pieces, atol=1e-6)
    assert whole[:, JAW].std() > 0.05


def test_the_network_sees_every_frame_once_and_its_past():
    model = MadeFace()
    reader = VoiceFaceReader(model)
    frames = log_mel(noise(1.0))
    streamed(reader, [frames], reader.code_of("neutral"))
    heard = np.concatenate([mel[0] for mel, _ in model.calls])
    expected = levelled_as_heard(frames, LevelTracker())
    np.testing.assert_allclose(heard[: len(frames)], expected, atol=1e-6)
    assert (heard[len(frames) :] == FLOOR).all()
    assert (model.calls[0][1] == FLOOR).all()
    np.testing.assert_allclose(model.calls[3][1][0, -30:], heard[:30], atol=1e-6)


def test_a_named_emotion_shows_by_its_intensity():
    reader, frames = made_face_reader(), log_mel(noise(0.5))
    happy = reader.code_of("happy")
    smiles = [streamed(reader, [frames], happy, x)[0].arkit[:, SMILE].mean() for x in (0.0, 1.0, 2.0)]
    np.testing.assert_allclose(smiles, [0.0, 0.5, 1.0], atol=1e-6)


def test_unknown_emotions_are_answered_by_the_known_ones():
    with pytest.raises(InputError, match="angry, calm"):
        made_face_reader().code_of("hungry")


@pytest.mark.parametrize("intensity", [-0.1, 2.1, float("nan")])
def test_refuses_intensities_out_of_range(intensity):
    reader = made_face_reader()
    with pytest.raises(InputError):
        FaceStream(reader).add(np.zeros((10, 64), np.float32), reader.code_of("sad"), intensity)


def test_latency_is_told():
    assert made_face_reader().latency_s == pytest.approx(0.1 + 0.09 + 0.025)


@pytest.mark.parametrize("change", [{"task": "emotion"}, {"data": {}}, {"inputs": {}}])
def test_refuses_other_models(change):
    model = MadeFace()
    for name, value in change.items():
        setattr(model.manifest, name, value)
    with pytest.raises(ModelFileError):
        VoiceFaceReader(model)
