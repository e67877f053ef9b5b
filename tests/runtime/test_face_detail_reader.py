"""Codes and maps of folds come from networks that were made for the head and for each other."""

import dataclasses

import numpy as np
import pytest

from emopoi.errors import ModelFileError
from emopoi.head.detailed_head import detailed_head
from emopoi.head.head_model import PARTS
from emopoi.head.point_alignment import PointAlignment
from emopoi.runtime.face_detail_reader import CODE, MAP, FaceDetailReader
from emopoi.runtime.frozen_head import load_head
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.types import Face


@pytest.fixture(scope="module")
def head():
    return load_head()


@pytest.fixture(scope="module")
def models():
    return FrozenModel.load(CODE), FrozenModel.load(MAP)


def _face():
    points = np.float32([[80, 90], [130, 92], [104, 118], [105, 145], [55, 95], [160, 98]])
    return Face((50.0, 60.0, 165.0, 175.0), 1.0, points)


def test_other_pictures_give_other_folds_and_expressions_move_them(head, models):
    reader = FaceDetailReader(head, *models)
    random = np.random.default_rng(0)
    one, other = (reader.read(random.integers(0, 256, (220, 220, 3), np.uint8), _face()) for _ in range(2))
    assert one.shape == other.shape and np.abs(one).max() <= 1.0 and np.abs(one - other).max() > 0.01
    rest, smile = np.zeros(head.n_expressions, np.float32), np.zeros(head.n_expressions, np.float32)
    smile[[head.expression_names.index(f"mouthSmile{side}") for side in ("Left", "Right")]] = 1.0
    calm, smiling = reader.displacement(one, rest), reader.displacement(one, smile)
    assert calm.ndim == 2 and np.abs(calm - reader.displacement(other, rest)).max() > 1e-4
    assert np.abs(smiling - calm).max() > 1e-4


def test_a_head_with_folds_moves_skin_alone(head, models):
    reader = FaceDetailReader(head, *models)
    code = np.full(64, 0.5, np.float32)
    folded = detailed_head(head, PointAlignment(head).unit, lambda shown: reader.displacement(code, shown))
    again = detailed_head(head, PointAlignment(head).unit, lambda shown: 0 * reader.displacement(code, shown))
    moved = np.linalg.norm(folded.v_template - again.v_template, axis=1)
    others = np.unique(folded.f[folded.face_parts != PARTS.index("skin")])
    assert moved.max() > 0 and moved[others].max() == 0


def test_networks_of_another_head_or_the_wrong_way_round_are_refused(head, models):
    code, maps = models
    changed = dataclasses.replace(head, v_template=head.v_template * np.float32(1.01))
    with pytest.raises(ModelFileError, match="another head"):
        FaceDetailReader(changed, code, maps)
    with pytest.raises(ModelFileError, match="is for"):
        FaceDetailReader(head, maps, code)
