import numpy as np
import pytest

from emopoi.errors import InputError
from emopoi.head.face_numbers import face_mirror, face_numbers
from emopoi.head.mirror_numbers import mirror_numbers
from emopoi.head.point_alignment import PointAlignment
from emopoi.head.skinning import axis_angle, rotation_matrices
from emopoi.runtime.frozen_head import load_head


@pytest.fixture(scope="module")
def alignment():
    return PointAlignment(load_head())


def numbers_of(alignment, points):
    placed = alignment.align(points)
    return face_numbers(placed.difference[None], axis_angle(placed.rotation)[None])[0]


def test_numbers_stay_in_their_range():
    told = face_numbers(np.full((1, 2, 3), 9.0), np.array([[0.4, -9.0, 0.0]]))
    assert told.dtype == np.float32 and told.shape == (1, 9)
    np.testing.assert_allclose(told[0], [*[0.3] * 6, 0.1, -0.3, 0.0], atol=1e-6)


def test_mirrored_numbers_are_those_of_the_mirrored_picture(alignment):
    random = np.random.default_rng(0)
    face = alignment.template + random.normal(0, 0.02, alignment.template.shape)
    turned = face @ rotation_matrices(np.array([0.2, 0.4, -0.1]))[()].T
    points = (40 * turned * (1, -1, -1) + (100, 80, 0)).astype(np.float32)
    pairs = mirror_numbers(alignment.template)
    order, sides = face_mirror(pairs)
    in_the_mirror = points[pairs] * np.float32([-1, 1, 1])
    mirrored = numbers_of(alignment, points)[order] * sides
    np.testing.assert_allclose(mirrored, numbers_of(alignment, in_the_mirror), atol=2e-3)


def test_pairs_are_their_own_inverse_and_crooked_faces_have_none(alignment):
    pairs = mirror_numbers(alignment.template)
    assert np.array_equal(pairs[pairs], np.arange(len(pairs)))
    # The outer corners of the eyes.
    assert pairs[33] == 263
    with pytest.raises(InputError, match="pair up"):
        mirror_numbers(np.array([[1.0, 0, 0], [1.1, 0, 0], [-1.0, 0.2, 0]]))
