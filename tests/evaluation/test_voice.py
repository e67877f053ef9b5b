import numpy as np
import pandas as pd
import pytest

from emopoi.errors import InputError
from emopoi.evaluation.voice import evaluate_voice, told_labels
from emopoi.evaluation.voice_face import evaluate_voice_face
from emopoi.evaluation.voice_face_figures import correlation, motion_figures
from emopoi.evaluation.voice_metrics import unweighted_recall
from emopoi.types.voice_labels import VOICE8
from emopoi.vision.sound_reader import read_sound
from tests.training.voice.made_voices import as_wav
from tests.voice.made_readers import MadeFace, made_emotion_reader, made_face_reader, noise


def rows():
    angry, sad = as_wav(noise(1.0, high=True)), as_wav(noise(1.0))
    return [
        {"audio": angry, "label_name": "angry", "source": "a"},
        {"audio": sad, "label_name": "sad", "source": "a"},
        {"audio": sad, "label_name": "sad", "source": "a"},
        {"audio": sad, "label_name": "angry", "source": "a"},
        {"audio": sad, "label_name": "calm", "source": "b"},
        {"audio": as_wav(np.zeros(16_000)), "label_name": "calm", "source": "b"},
        {"audio": sad, "label_name": "boredom", "source": "b"},
    ]


def scored(tmp_path, table, **options):
    path = tmp_path / "voices.parquet"
    pd.DataFrame(table).to_parquet(path)
    return evaluate_voice(path, made_emotion_reader(), read_sound, **options)


def test_recall_counts_every_label_alike(tmp_path):
    result = scored(tmp_path, rows())
    assert result["by_source"]["a"]["uar"] == pytest.approx((0.5 + 1.0) / 2)
    assert result["by_source"]["a"]["accuracy"] == pytest.approx(0.75)
    assert result["n"] == 6
    assert result["left_out"] == {"boredom": 1}


def test_answers_are_among_the_labels_of_the_collection(tmp_path):
    b = scored(tmp_path, rows())["by_source"]["b"]
    # Calm is all that b has: what was heard is named so; silence is a miss; among all eight it is sad.
    assert b["accuracy"] == 0.5
    assert b["missed"] == 1
    assert b["uar_open"] == 0.0


def test_confusion_has_what_was_heard(tmp_path):
    confusion = scored(tmp_path, rows())["by_source"]["a"]["confusion"]
    angry, sad = VOICE8.index("angry"), VOICE8.index("sad")
    assert confusion["rows_true"][angry][sad] == 1
    assert sum(map(sum, confusion["rows_true"])) == 4


def test_a_gain_changes_nothing(tmp_path):
    plain, louder = scored(tmp_path, rows()), scored(tmp_path, rows(), gain_db=-12.0)
    assert plain["by_source"] == louder["by_source"]
    assert louder["changed_by_gain"] == 0.0 and "changed_by_gain" not in plain


def test_answers_that_a_gain_changes_are_counted(tmp_path):
    # So quiet that nothing is heard any more: five of six clips were heard before, the sixth never.
    assert scored(tmp_path, rows(), gain_db=-200.0)["changed_by_gain"] == pytest.approx(5 / 6, abs=1e-3)


def test_damaged_sound_is_a_miss(tmp_path):
    result = scored(tmp_path, [*rows()[:2], {"audio": b"no", "label_name": "sad", "source": "a"}])
    assert result["missed"] == 1
    assert result["by_source"]["a"]["uar"] == pytest.approx(0.75)


@pytest.mark.parametrize("table", [[{"audio": b"x", "label_name": "boredom"}], [{"label_name": "sad"}]])
def test_refuses_files_without_voices(tmp_path, table):
    with pytest.raises(InputError):
        scored(tmp_path, table)


def test_what_was_not_heard_has_no_label():
    logits = np.array([[0.0, 1, 2], [np.nan, 0, 0]])
    assert told_labels(logits, np.array([[True, True, False]] * 2)).tolist() == [1, -1]


def test_unweighted_recall():
    assert unweighted_recall(np.array([0, 0, 0, 1]), np.array([0, 0, 0, 0])) == 0.5


def test_figures_of_a_perfect_and_of_a_still_face():
    target = np.random.default_rng(0).uniform(size=(50, 4))
    perfect = motion_figures(target, target, 2)
    assert (
        perfect["jaw_correlation"] == 1.0 and perfect["mae"] == 0.0 and perfect["mae_below_mean_face"] == 1.0
    )
    still = motion_figures(np.tile(target.mean(axis=0), (50, 1)), target, 2)
    assert still["jaw_correlation"] == 0.0 and still["mae_below_mean_face"] == pytest.approx(0.0)
    assert correlation(np.arange(5.0), -np.arange(5.0)) == pytest.approx(-1.0)


def test_a_face_that_does_what_the_network_says_is_met(tmp_path):
    reader, sound = made_face_reader(), noise(3.0)
    from emopoi.preprocess.log_mel import log_mel
    from emopoi.runtime.voice_face_reader import FaceStream

    stream = FaceStream(reader)
    code = reader.code_of("neutral")
    parts = [stream.add(log_mel(sound), code, 0.0), stream.finish(code, 0.0)]
    times = np.arange(90) / 30
    clock = np.concatenate([part.times_s for part in parts])
    jaw = np.interp(times, clock, np.concatenate([part.facegood for part in parts])[:, 0])
    coefficients = np.repeat(jaw[:, None], 3, axis=1).astype("<f4")
    row = {
        "clip": "made", "audio": as_wav(sound), "coeffs": coefficients.tobytes(), "n_frames": 90,
        "n_coeffs": 3,
        "fps": 30.0, "kind": "facegood_116",
    }  # fmt: skip
    path = tmp_path / "pairs.parquet"
    pd.DataFrame([row, {**row, "kind": "other"}]).to_parquet(path)
    result = evaluate_voice_face(path, reader, read_sound)
    assert result["n"] == 1 and result["left_out"] == 1
    assert result["jaw_correlation"] > 0.999
    assert result["mae_below_mean_face"] > 0.95
    with pytest.raises(InputError, match="clip nobody"):
        evaluate_voice_face(path, reader, read_sound, clip="nobody")
    assert MadeFace().manifest.task == "voice_face"
