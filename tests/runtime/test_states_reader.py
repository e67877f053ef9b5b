from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from emopoi.errors import ModelFileError
from emopoi.runtime.emotion_reader import FrozenEmotionReader
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.runtime.manifest import find_model
from emopoi.runtime.states_reader import FrozenStatesReader
from emopoi.types import Face, Frame, TrackedFace

POINTS = np.array([[30, 40], [70, 40], [50, 60], [50, 78], [12, 44], [88, 44]], np.float32)


@pytest.fixture(scope="module")
def model():
    return FrozenModel.load("states")


@pytest.fixture(scope="module")
def frames():
    return FrozenModel.load("emotion")


def test_states_come_with_each_reading(model, frames):
    heads = FrozenStatesReader(model, frames.manifest)
    assert heads.states == ("boredom", "frustration")
    picture = np.random.default_rng(0).integers(0, 256, (100, 100, 3)).astype(np.uint8)
    face = TrackedFace(1, Face((0, 0, 100, 100), 0.9, POINTS), started=True)
    reading = FrozenEmotionReader(frames, states=heads).read(Frame(picture, 0.0, 0), face)
    assert 0.0 < reading.boredom < 1.0 and 0.0 < reading.frustration < 1.0
    assert FrozenEmotionReader(frames).read(Frame(picture, 0.0, 0), face).boredom is None


def test_answers_depend_on_the_embedding_and_both_files_agree(model, frames):
    random = np.random.default_rng(1).uniform(0, 0.6, (40, 256)).astype(np.float32)
    float16 = FrozenStatesReader(FrozenModel(model.manifest, "float16"), frames.manifest)
    int8 = FrozenStatesReader(model, frames.manifest)
    told = np.array(
        [[list(reader.read({"embedding": row}).values()) for row in random] for reader in (int8, float16)]
    )
    assert told.std(axis=1).min() > 0.01 and np.abs(told[0] - told[1]).mean() < 0.06


def test_heads_of_another_network_are_refused(model):
    other = find_model("age_gender")
    with pytest.raises(ModelFileError, match="another network than age_gender"):
        FrozenStatesReader(model, other)
    unknown = SimpleNamespace(manifest=replace(model.manifest, data={}))
    with pytest.raises(ModelFileError, match="another network"):
        FrozenStatesReader(unknown, find_model("emotion"))


def test_other_models_are_refused(frames):
    with pytest.raises(ModelFileError, match="not for states"):
        FrozenStatesReader(frames, frames.manifest)
