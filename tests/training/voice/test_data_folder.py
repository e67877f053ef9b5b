import pickle

import numpy as np
import pandas as pd
import pytest

from emopoi.errors import InputError
from emopoi.vision.sound_reader import read_sound
from tests.training.datasets.made_copies import VOCASET, made_mead, made_ravdess, made_vocaset
from tests.training.voice.made_voices import made_voice
from training.datasets.mesh_motion import SHAPES
from training.datasets.voices import trimmed
from training.voice.data_folder import data_folder


def test_ravdess(tmp_path):
    made_ravdess(tmp_path / "ravdess")
    out = data_folder("ravdess", tmp_path / "ravdess", tmp_path / "out")
    train, valid = (pd.read_parquet(out / f"{part}.parquet") for part in ("train", "valid"))
    assert set(train.speaker) == {"ravdess_02"} and set(valid.speaker) == {"ravdess_01"}
    assert sorted(train.label_name) == ["angry", "neutral"]
    assert set(train.sentence) == {"ravdess_s02"}
    samples = read_sound(train.audio[0])
    # 0.9 s at 16 kHz was written as if at 48 kHz: a third as long, at our rate.
    assert len(samples) == pytest.approx(0.3 * 16_000, abs=800)


def test_mead(tmp_path):
    made_mead(tmp_path / "mead")
    out = data_folder("mead", tmp_path / "mead", tmp_path / "out")
    train, valid = (pd.read_parquet(out / f"{part}.parquet") for part in ("train", "valid"))
    assert set(train.speaker) == {"mead_M005"} and set(valid.speaker) == {"mead_M003"}
    assert set(train.label_name) == {"angry", "contempt"}
    assert set(train.sentence) == {"mead_001", "mead_angry_020", "mead_contempt_020"}
    assert set(train.intensity) == {"2"}
    assert train["clip"].is_unique


def test_vocaset(tmp_path):
    made_vocaset(tmp_path / "vocaset")
    out = data_folder("vocaset", tmp_path / "vocaset", tmp_path / "out")
    table = pd.read_parquet(out / "pairs.parquet")
    held = pd.read_parquet(out / "pairs_test.parquet")
    assert set(table.split) == {"train", "valid"} and set(held.split) == {"test"}
    assert not set(table.speaker) & set(held.speaker)
    row = table[table.speaker == next(iter(VOCASET))].iloc[0]
    values = np.frombuffer(row.coeffs, "<f4").reshape(row.n_frames, -1)
    assert values.shape == (6, SHAPES)
    # One motion was made: the first direction holds it, ascending or descending.
    assert np.abs(np.corrcoef(values[:, 0], np.arange(6))[0, 1]) > 0.999
    assert np.abs(values[:, 1:]).max() < 1e-2
    assert len(read_sound(row.audio)) == pytest.approx(2900 * 16 / 22, abs=10)


class Evil:
    def __reduce__(self):
        return (print, ("this must not run",))


def test_a_pickle_runs_nothing(tmp_path, capsys):
    made_vocaset(tmp_path / "vocaset")
    (tmp_path / "vocaset" / "templates.pkl").write_bytes(pickle.dumps(Evil()))
    with pytest.raises(InputError):
        data_folder("vocaset", tmp_path / "vocaset", tmp_path / "out")
    assert "must not run" not in capsys.readouterr().out


@pytest.mark.parametrize("dataset", ["cmu-mosei", "iemocap", "biwi", "voice_emotion"])
def test_another_layout_is_told(tmp_path, dataset):
    with pytest.raises(InputError, match="expected"):
        data_folder(dataset, tmp_path, tmp_path / "out")


def test_our_own_files_are_taken_as_they_are(tmp_path):
    (tmp_path / "train.parquet").touch()
    assert data_folder("ravdess", tmp_path, tmp_path / "out") == tmp_path


def test_silence_at_the_ends_is_cut():
    sound = np.concatenate([np.zeros(16_000), made_voice(1, 1, 1), np.zeros(8_000)]).astype(np.float32)
    assert len(trimmed(sound)) == pytest.approx(0.9 * 16_000 + 2 * 960, abs=400)
    assert len(trimmed(np.zeros(100, np.float32))) == 100
