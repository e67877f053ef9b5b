"""What a person with FLAME's file does: train, freeze, reconstruct a photo; on a made file of its layout."""

import dataclasses
import json
from dataclasses import replace

import keras
import numpy as np
import pytest

from emopoi.commands.main import main
from emopoi.errors import ModelFileError
from emopoi.head.head_file import write_head_npz
from emopoi.head.head_model import HeadModel
from emopoi.runtime.face_regressor_reader import FaceRegressorReader
from emopoi.runtime.frozen_head import load_head
from emopoi.runtime.frozen_model import FrozenModel
from tests.head.flame_files import write_landmarks, write_new
from training import train_dream
from training.face3d.dream_model import config_for, mirror_places
from training.face3d.dream_recipe import DreamRecipe
from training.face3d.publish_regressor import publish_regressor
from training.train_dream import train


def test_from_flames_layout_to_a_head_in_a_photo(data_dir, tmp_path, monkeypatch, capsys):
    before = keras.config.dtype_policy().name
    write_landmarks(tmp_path, 105)
    flame = HeadModel.load(write_new(tmp_path / "flame2023_Open.pkl"))
    few = [*range(4), *range(300, 306)]
    head = dataclasses.replace(flame, shapedirs=flame.shapedirs[..., few], n_identity=4)
    file = tmp_path / "small_flame.npz"
    write_head_npz(head, file)
    head = HeadModel.load(file)
    assert mirror_places(head) is None and mirror_places(load_head()) is not None
    monkeypatch.setattr(train_dream, "TRAIN", train_dream.VALID)
    # Long enough for answers that differ from face to face: the comparison of the files asks for that.
    settings = replace(
        train_dream.SETTINGS, epochs=8, batch=4, fall_epochs=0.0, warmup_epochs=0.0, learning_rate=1e-2
    )
    try:
        network = train(head, data_dir, tmp_path, tmp_path / "run", recipe=DreamRecipe(settings), rows=8)
        assert network.output["jaw"].shape[1] == 3 and not config_for(load_head()).jaw
        assert network.output["expression"].shape[1] == 6 and network.output["identity"].shape[1] == 4
        keras.config.set_dtype_policy("float32")
        facts = {"licence": {"code": "Apache-2.0", "weights": "not stated"}}
        models = tmp_path / "models"
        figures = publish_regressor(data_dir, tmp_path / "run", tmp_path, models, facts, head, rows=8)
    finally:
        keras.config.set_dtype_policy(before)
    assert figures["int8"]["n"] == figures["float16"]["n"] <= 8 and np.isfinite(figures["int8"]["error"])
    photo = str(data_dir / "photos" / "dark_woman.jpg")
    words = ["reconstruct", photo, "--method", "pixels", "--head", str(file), "--json", "--consent"]
    words += ["--model", str(models / "face_regressor")]
    assert main([*words, "--out", str(tmp_path / "out"), "--no-video"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert len(told["people"]) == 1 and (tmp_path / "out" / "person-1" / "head.glb").is_file()
    # The jaw's joint is told, for this head opens its mouth by it.
    with np.load(tmp_path / "out" / "person-1" / "coefficients.npz") as stored:
        assert np.abs(stored["pose"][0, 2]).max() > 0
    # The same head after a change of its file is another one.
    changed = dataclasses.replace(head, v_template=head.v_template * np.float32(1.01))
    with pytest.raises(ModelFileError, match="another head"):
        FaceRegressorReader(changed, FrozenModel.load(str(models / "face_regressor")))
