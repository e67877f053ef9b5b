from dataclasses import replace

import numpy as np
import pytest

from emopoi.errors import InputError, ModelFileError
from emopoi.runtime.coefficient_emotion_reader import CoefficientEmotionReader
from emopoi.runtime.frozen_head import load_head
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.types.labels import FER7
from tests.head.made_heads import small_head
from tests.runtime.taught_models import TaughtEmotion

HEAD = small_head()


def face(smile, head=HEAD):
    neutral = head.neutral()
    expression, pose = neutral.expression.copy(), neutral.pose.copy()
    expression[1] = smile
    pose[0] = 0.1, 0.2, 0.3
    pose[2] = 0.9
    return replace(neutral, expression=expression, pose=pose)


def test_the_network_gets_identity_expression_and_the_head_s_turn():
    model = TaughtEmotion(HEAD)
    reader = CoefficientEmotionReader(HEAD, model)
    told = [reader.read(face(smile)) for smile in (0.9, 0.1)]
    assert [FER7[one.argmax()] for one in told] == ["happy", "neutral"]
    assert all(one.dtype == np.float32 and one.sum() == pytest.approx(1) for one in told)
    np.testing.assert_allclose(model.seen[0][-3:], (0.1, 0.2, 0.3), atol=1e-6)
    assert model.seen[0][HEAD.n_identity + 1] == np.float32(0.9)


def test_temperature_counts():
    model = TaughtEmotion(HEAD)
    model.manifest.temperature = 5.0
    told = CoefficientEmotionReader(HEAD, model).read(face(1.0))
    assert told.max() == pytest.approx(np.e / (np.e + 6), abs=1e-5)


def test_other_models_heads_and_coefficients_are_refused():
    with pytest.raises(ModelFileError, match="does not fit the head"):
        CoefficientEmotionReader(small_head(n_identity=3), TaughtEmotion(HEAD))
    with pytest.raises(ModelFileError, match="not for coefficient_emotion"):
        CoefficientEmotionReader(HEAD, FrozenModel.load("emotion"))
    reader = CoefficientEmotionReader(HEAD, TaughtEmotion(HEAD))
    with pytest.raises(InputError, match="sizes"):
        reader.read(small_head(n_identity=3).neutral())
    with pytest.raises(InputError, match="finite"):
        reader.read(face(np.nan))


def test_the_shipped_network_sees_a_smile():
    head = load_head()
    reader = CoefficientEmotionReader(head, FrozenModel.load("coefficient_emotion"))
    neutral = head.neutral()
    smile = neutral.expression.copy()
    smile[head.expression_indices(["mouthSmileLeft", "mouthSmileRight"])] = 0.9
    smile[head.expression_indices(["cheekSquintLeft", "cheekSquintRight"])] = 0.4
    told = reader.read(replace(neutral, expression=smile))
    assert FER7[told.argmax()] == "happy" and told.max() > reader.read(neutral)[FER7.index("happy")] + 0.2
