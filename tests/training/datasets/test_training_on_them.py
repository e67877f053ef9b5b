"""Recipes take a step on what a collection became: folders of shards where a file was."""

import json
from dataclasses import replace

import numpy as np
import pytest

from emopoi.errors import InputError
from emopoi.models.face_encoder import EncoderConfig
from tests.training.datasets.made_copies import (
    made_biwi,
    made_fairface,
    made_fer2013,
    made_iemocap,
    made_ravdess,
)
from training import age_gender_faces
from training.datasets.processing import process
from training.loop import LoopSettings
from training.run_folder import SETTINGS
from training.train_emotion import FROM_SCRATCH, train
from training.voice.__main__ import main as train_voice


def test_the_expression_recipe_on_fer2013(tmp_path):
    rows = [("Training", number % 7) for number in range(32)] + [("PublicTest", n % 7) for n in range(8)]
    made_fer2013(tmp_path / "root", rows)
    data = tmp_path / "data"
    process("fer2013", tmp_path / "root", data / "fer2013", items_a_shard=10)
    recipe = replace(
        FROM_SCRATCH,
        loop=LoopSettings(epochs=1, batch=16, learning_rate=1e-3),
        encoder=EncoderConfig(stages=((4,), (8,))),
        picture=24,
        crop=20,
    )
    model = train(recipe, data, tmp_path / "run", precision="float32")
    assert model.optimizer.iterations == 2
    settings = json.loads((tmp_path / "run" / SETTINGS).read_text())
    assert settings["rows"] == 32
    assert settings["files"].keys() == {"fer2013/train.parquet", "fer2013/public_test.parquet"}
    assert len(list((data / "fer2013" / "train.parquet").iterdir())) == 4


def test_ages_known_as_ranges_are_learned_by_their_middle(tmp_path, capsys):
    made_fairface(tmp_path / "root")
    result = process("fairface", tmp_path / "root", tmp_path / "out", items_a_shard=10)
    faces = age_gender_faces.load_faces(tmp_path / "out" / "train.parquet", 112)
    over_70 = result["splits"]["train"]["rows"] - len(faces)
    assert over_70 > 0 and f"{over_70} rows of unknown age are left out" in capsys.readouterr().err
    assert set(faces.age) <= {1.0, 6.0, 14.5, 24.5, 34.5, 44.5, 54.5, 64.5}
    assert faces.pictures.shape[1:] == (112, 112, 3) and 0 < faces.female.mean() < 1


def test_the_voice_recipe_through_its_switch(tmp_path, capsys):
    made_iemocap(tmp_path / "root")
    words = ["--dataset", "iemocap", "--root", tmp_path / "root", "--out", tmp_path / "run", "--epochs", "1"]
    train_voice([*map(str, words), "--precision", "float32"])
    figures = json.loads(capsys.readouterr().out)
    assert figures["n"] == 2  # of the valid session; the frustrated turn has no place among our labels
    assert "iemocap" in figures["uar"]


def test_meshes_are_made_and_told_not_to_train_yet(tmp_path):
    made_biwi(tmp_path / "root")
    words = ["--dataset", "biwi", "--root", str(tmp_path / "root"), "--out", str(tmp_path / "run")]
    with pytest.raises(InputError, match="has no head: nothing to train"):
        train_voice(words)
    assert (tmp_path / "run" / "data" / "pairs.parquet").is_dir()


def test_the_voice_s_speakers_stay_apart(tmp_path):
    from training.voice.voice_clips import load_voice_clips

    made_ravdess(tmp_path / "root")
    process("ravdess", tmp_path / "root", tmp_path / "out")
    parts = [load_voice_clips(tmp_path / "out" / f"{part}.parquet") for part in ("train", "valid", "test")]
    speakers = [set(part.speaker) for part in parts]
    assert all(speakers) and len(set.union(*speakers)) == sum(map(len, speakers))
    assert all(np.isfinite(part.mel.astype(np.float32)).all() for part in parts)
