import numpy as np
import pytest

from emopoi.errors import InputError
from emopoi.head.finer_head import finer_head
from emopoi.runtime.frozen_head import load_head
from emopoi.types import FaceCoefficients
from tests.head.made_heads import small_head


def face_of(head, seed=0):
    random = np.random.default_rng(seed)
    pose = np.zeros((5, 3), np.float32)
    pose[0] = random.normal(0, 0.3, 3)
    identity = random.normal(0, 1, head.n_identity).astype(np.float32)
    return FaceCoefficients(identity, random.uniform(0, 0.6, head.n_expressions).astype(np.float32), pose)


@pytest.mark.parametrize("head", [small_head(), load_head()], ids=["made", "shipped"])
@pytest.mark.parametrize("levels", [0, 1, 2])
def test_the_same_face_with_more_triangles(head, levels):
    finer = finer_head(head, levels)
    assert len(finer.f) == 4**levels * len(head.f)
    face = face_of(head)
    rough, fine = head.vertices(face), finer.vertices(face)
    size = np.ptp(head.v_template, axis=0).max()
    away = np.abs(fine[: len(rough)] - rough).max(axis=1)
    assert np.median(away) < 0.005 * size and away.max() < 0.06 * size
    joints = [one.J_regressor @ one.shaped(face.identity, face.expression) for one in (head, finer)]
    np.testing.assert_allclose(joints[1], joints[0], atol=1e-4 * size)
    old = head.landmark_points(head.v_template) + head.landmarks.offsets
    new = finer.landmark_points(finer.v_template) + finer.landmarks.offsets
    np.testing.assert_allclose(new, old, atol=1e-5 * size)
    moved = finer.landmark_points(finer.v_template) - head.landmark_points(head.v_template)
    assert np.abs(moved).max() < 0.03 * size
    assert (finer.landmarks.barycentrics >= -1e-6).all()


def test_levels_out_of_range_are_refused():
    with pytest.raises(InputError, match="levels"):
        finer_head(small_head(), 7)
