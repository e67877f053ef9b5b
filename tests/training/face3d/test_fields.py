"""Fields are learned from points, keep their meaning and come out symmetric."""

import numpy as np
import pytest

from emopoi.errors import InputError
from emopoi.head.mirror_numbers import mirror_numbers
from emopoi.head.skinning import rotation_matrices
from emopoi.runtime.frozen_head import load_head
from training.face3d.fields import PointFields, fit_faces, improve


@pytest.fixture(scope="module")
def fields():
    head = load_head()
    return PointFields.of_head(head, 8)


@pytest.fixture(scope="module")
def mirror(fields):
    return mirror_numbers(fields.template)


def made_points(fields, count, random):
    """Faces of the fields as MediaPipe would give them, and what they were made of."""
    values = np.concatenate(
        [
            random.normal(0, 0.7, (count, len(fields.identity))),
            random.uniform(size=(count, len(fields.expression)))
            * (random.uniform(size=(count, len(fields.expression))) < 0.15),
        ],
        axis=1,
    )
    flat = np.concatenate([fields.identity, fields.expression]).reshape(values.shape[1], -1)
    shapes = fields.template + (values @ flat).reshape(count, -1, 3)
    turned = np.einsum("nla,nba->nlb", shapes, rotation_matrices(random.normal(0, 0.15, (count, 3))))
    return 10 * turned * (1, -1, -1), values


def test_a_mean_that_is_off_is_put_right(fields, mirror):
    random = np.random.default_rng(0)
    points, _ = made_points(fields, 30, random)
    shift = random.normal(0, 0.08, fields.template.shape)
    shift = (shift + shift[mirror] * (-1, 1, 1)) / 2
    wrong = PointFields(fields.template + shift, fields.identity, fields.expression, fields.names)
    values, left, before = fit_faces(wrong, points, 0.01)
    better = improve(wrong, values, left, mirror, None)
    _, _, after = fit_faces(better, points, 0.01)
    assert after < 0.8 * before
    np.testing.assert_array_equal(better.expression, wrong.expression)


def test_fields_move_to_what_explains_the_points_and_keep_their_share(fields, mirror):
    random = np.random.default_rng(1)
    count, place = 400, fields.names.index("mouthPucker")
    values = np.zeros((count, len(fields.identity) + len(fields.expression)))
    values[:, len(fields.identity) + place] = random.uniform(size=count)
    extra = np.zeros_like(fields.template)
    extra[[61, 291]] = [0.0, 0.3, 0.0]
    left = values[:, len(fields.identity) + place, None, None] * extra
    better = improve(fields, values, left, mirror, 1.0)
    moved = better.expression[place] - fields.expression[place]
    assert moved[61, 1] > 0.15 and moved[291, 1] > 0.15
    old = fields.expression[place]
    assert (better.expression[place] * old).sum() == pytest.approx((old * old).sum(), rel=0.05)
    cautious = improve(fields, values, left, mirror, 1e7).expression[place]
    assert np.abs(cautious - old).max() < 0.01


def test_left_and_right_become_mirror_images(fields, mirror):
    random = np.random.default_rng(2)
    values = random.normal(size=(300, len(fields.identity) + len(fields.expression)))
    left = random.normal(0, 0.1, (300, *fields.template.shape))
    better = improve(fields, values, left, mirror, 10.0)
    one = better.expression[fields.names.index("eyeBlinkLeft")]
    other = better.expression[fields.names.index("eyeBlinkRight")]
    np.testing.assert_allclose(one[mirror] * (-1, 1, 1), other, atol=1e-9)


def test_a_crooked_face_has_no_mirror(fields):
    crooked = fields.template.copy()
    crooked[61] = crooked[291]
    with pytest.raises(InputError, match="pair up"):
        mirror_numbers(crooked)
