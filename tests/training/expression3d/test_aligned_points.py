import numpy as np

from emopoi.head.skinning import axis_angle, rotation_matrices
from training.expression3d.aligned_points import align_all, alignment


def test_many_at_once_are_aligned_as_one_is_on_a_device():
    random = np.random.default_rng(0)
    one = alignment()
    turns = random.normal(0, 0.4, (5, 3))
    faces = one.template + random.normal(0, 0.03, (5, *one.template.shape))
    seen = np.einsum("npj,nij->npi", faces, rotation_matrices(turns)) * 30 * (1, -1, -1) + (90, 70, 5)
    points = np.concatenate([seen, np.zeros((1, *one.template.shape))]).astype(np.float32)
    differences, told = align_all(one.template, points)
    for number in range(5):
        placed = one.align(points[number])
        np.testing.assert_allclose(differences[number], placed.difference, atol=1e-4)
        np.testing.assert_allclose(told[number], axis_angle(placed.rotation), atol=1e-4)
    assert not differences[5].any() and not told[5].any()
