import pickle

import numpy as np
import pandas as pd
import pytest

from emopoi.errors import InputError
from emopoi.vision.sound_reader import read_sound
from tests.training.voice.made_voices import as_wav, made_voice
from training.voice.layouts import VOCASET_SHAPES, converted, trimmed


def made_ravdess(root):
    for actor in (1, 2, 8):
        folder = root / f"Actor_{actor:02d}"
        folder.mkdir(parents=True)
        for emotion in ("01", "05"):
            name = f"03-01-{emotion}-01-02-01-{actor:02d}.wav"
            (folder / name).write_bytes(as_wav(made_voice(int(emotion), actor, 1), 48_000, channels=2))
        (folder / f"03-02-05-01-02-01-{actor:02d}.wav").write_bytes(as_wav(np.zeros(48_000)))


def test_ravdess(tmp_path):
    made_ravdess(tmp_path / "ravdess")
    out = converted("ravdess", tmp_path / "ravdess", tmp_path / "out")
    train, valid = (pd.read_parquet(out / f"{part}.parquet") for part in ("train", "valid"))
    assert set(train.speaker) == {"ravdess_02"} and set(valid.speaker) == {"ravdess_01"}
    assert sorted(train.label_name) == ["angry", "neutral"]
    assert set(train.sentence) == {"ravdess_s02"}
    samples = read_sound(train.audio[0])
    # 0.9 s at 16 kHz was written as if at 48 kHz: a third as long, at our rate.
    assert len(samples) == pytest.approx(0.3 * 16_000, abs=800)
    # A second call takes what is there.
    before = (out / "train.parquet").stat().st_mtime_ns
    converted("ravdess", tmp_path / "ravdess", tmp_path / "out")
    assert (out / "train.parquet").stat().st_mtime_ns == before


def test_mead(tmp_path):
    root = tmp_path / "mead"
    for speaker in ("M003", "W009"):
        for emotion in ("angry", "contempt"):
            folder = root / speaker / "audio" / emotion / "level_2"
            folder.mkdir(parents=True)
            for number in ("001", "020"):
                (folder / f"{number}.wav").write_bytes(as_wav(made_voice(1, 1, 1)))
    out = converted("mead", root, tmp_path / "out")
    train, valid = (pd.read_parquet(out / f"{part}.parquet") for part in ("train", "valid"))
    assert set(train.speaker) == {"mead_W009"} and set(valid.speaker) == {"mead_M003"}
    assert set(train.label_name) == {"angry", "contempt"}
    assert set(train.sentence) == {"mead_001", "mead_angry_020", "mead_contempt_020"}
    assert set(train.intensity) == {"2"}


def made_vocaset(root, vertices=12):
    root.mkdir()
    random = np.random.default_rng(0)
    speakers = {"FaceTalk_170728_03272_TA": 6, "FaceTalk_170811_03275_TA": 4, "FaceTalk_170809_00138_TA": 4}
    meshes, places, templates, sounds = [], {}, {}, {}
    for speaker, frames in speakers.items():
        templates[speaker] = random.normal(size=(vertices, 3))
        opened = np.linspace(0, 1, frames)[:, None, None] * np.ones((vertices, 1)) * [0, -1, 0]
        places[speaker] = {"sentence01": {at: len(meshes) + at for at in range(frames)}}
        meshes += list(templates[speaker] + opened)
        audio = (1000 * random.normal(size=2200)).astype(np.int16)
        sounds[speaker] = {"sentence01": {"audio": audio, "sample_rate": 22_000}}
    np.save(root / "data_verts.npy", np.array(meshes, np.float32))
    for name, value in (("templates", templates), ("subj_seq_to_idx", places), ("raw_audio_fixed", sounds)):
        (root / f"{name}.pkl").write_bytes(pickle.dumps(value))


def test_vocaset(tmp_path):
    made_vocaset(tmp_path / "vocaset")
    out = converted("vocaset", tmp_path / "vocaset", tmp_path / "out")
    table = pd.read_parquet(out / "pairs.parquet")
    assert table.split.tolist() == ["train", "valid"]  # the test speaker is left out
    values = np.frombuffer(table.coeffs[0], "<f4").reshape(table.n_frames[0], -1)
    assert values.shape == (6, VOCASET_SHAPES)
    # One motion was made: the first direction holds it, ascending or descending.
    assert np.abs(np.corrcoef(values[:, 0], np.arange(6))[0, 1]) > 0.999
    assert np.abs(values[:, 1:]).max() < 1e-2
    assert len(read_sound(table.audio[0])) == pytest.approx(1600, abs=10)


class Evil:
    def __reduce__(self):
        return (print, ("this must not run",))


def test_a_pickle_runs_nothing(tmp_path, capsys):
    made_vocaset(tmp_path / "vocaset")
    (tmp_path / "vocaset" / "templates.pkl").write_bytes(pickle.dumps(Evil()))
    with pytest.raises(InputError):
        converted("vocaset", tmp_path / "vocaset", tmp_path / "out")
    assert "must not run" not in capsys.readouterr().out


@pytest.mark.parametrize("dataset", ["ravdess", "mead", "vocaset", "iemocap", "voice_emotion"])
def test_another_layout_is_told(tmp_path, dataset):
    with pytest.raises(InputError, match="expected"):
        converted(dataset, tmp_path, tmp_path / "out")


def test_our_own_files_are_taken_as_they_are(tmp_path):
    (tmp_path / "train.parquet").touch()
    assert converted("ravdess", tmp_path, tmp_path / "out") == tmp_path


def test_silence_at_the_ends_is_cut():
    sound = np.concatenate([np.zeros(16_000), made_voice(1, 1, 1), np.zeros(8_000)]).astype(np.float32)
    assert len(trimmed(sound)) == pytest.approx(0.9 * 16_000 + 2 * 960, abs=400)
    assert len(trimmed(np.zeros(100, np.float32))) == 100
