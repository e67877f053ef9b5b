"""Points come out where the head is, mirrored pictures included."""

import numpy as np
import pytest
from keras import ops

from emopoi.head.crop_camera import USUAL_SCALE
from emopoi.head.head_model import project
from emopoi.head.mirror_numbers import mirror_numbers
from emopoi.head.point_alignment import PointAlignment
from emopoi.head.skinning import rotation_matrices
from emopoi.models.head_in_crop import HeadInCrop, crop_camera
from emopoi.runtime.frozen_head import load_head

SIZE = 96
STRAIGHT = np.array([[1, 0, 0, 0, 1, 0]], np.float32)


@pytest.fixture(scope="module")
def head():
    return load_head()


@pytest.fixture(scope="module")
def layer(head):
    return HeadInCrop(head, SIZE, mirror_numbers(head.landmark_points(head.v_template.astype(float))))


def outputs(head, seed=0):
    random = np.random.default_rng(seed)
    return (
        random.normal(0, 0.6, (1, head.n_identity)).astype(np.float32),
        random.uniform(0, 0.7, (1, head.n_expressions)).astype(np.float32),
        random.normal(0, 0.25, (1, 3)).astype(np.float32),
        random.normal(0, 0.05, (1, 3)).astype(np.float32),
    )


def told(layer, given, transform=STRAIGHT):
    return {name: ops.convert_to_numpy(value)[0] for name, value in layer(*given, transform).items()}


def test_points_are_those_of_the_head(head, layer):
    identity, expression, turn, camera = outputs(head)
    found = told(layer, (identity, expression, turn, camera))
    unit = PointAlignment(head).unit
    shape = head.landmark_points(head.shaped(identity[0], expression[0])) @ rotation_matrices(turn[0]).T
    scale = SIZE * USUAL_SCALE * np.exp(camera[0, 0]) / unit
    middle = (SIZE - 1) / 2 + SIZE * camera[0, 1:]
    expected = project(shape, np.array([scale, *middle])) * (1, 1, -1)
    np.testing.assert_allclose(found["points"], expected, atol=0.01)
    np.testing.assert_allclose([float(ops.convert_to_numpy(v)[0]) for v in crop_camera(camera, SIZE)],
                               [scale * unit, *middle], rtol=1e-5)  # fmt: skip
    neutral = head.landmark_points(head.shaped(identity[0], np.zeros(1))) - head.landmark_points(
        head.v_template
    )
    np.testing.assert_allclose(found["shape"], neutral / unit, atol=1e-4)
    np.testing.assert_allclose(found["rotation"], rotation_matrices(turn[0]), atol=1e-5)


def test_a_crop_of_a_larger_picture_is_placed_in_it(head, layer):
    given = outputs(head, 1)
    plain = told(layer, given)
    # Twice as large, turned by a quarter, and moved.
    turned = told(layer, given, np.array([[0, -2, 50, 2, 0, 7]], np.float32))
    np.testing.assert_allclose(turned["points"][:, 0], 50 - 2 * plain["points"][:, 1], atol=0.01)
    np.testing.assert_allclose(turned["points"][:, 1], 7 + 2 * plain["points"][:, 0], atol=0.01)
    np.testing.assert_allclose(turned["points"][:, 2], 2 * plain["points"][:, 2], atol=0.01)
    # Clockwise by a quarter as one sees it: x goes down, which with y up is -y.
    quarter = np.array([[0, 1, 0], [-1, 0, 0], [0, 0, 1]])
    np.testing.assert_allclose(turned["rotation"], quarter @ plain["rotation"], atol=1e-5)


def test_a_mirrored_picture_is_turned_back(head, layer):
    """What a perfect network says of the mirror image leads to the points of the picture itself."""
    _, expression, turn, camera = outputs(head, 2)
    identity = np.zeros((1, head.n_identity), np.float32)
    plain = told(layer, (identity, expression, turn, camera))
    names = list(head.expression_names)
    swapped = [
        names.index(n.replace("Left", "L_").replace("Right", "Left").replace("L_", "Right")) for n in names
    ]
    seen = (identity, expression[:, swapped], turn * (1, -1, -1), camera * (1, -1, 1))
    mirror = np.array([[-1, 0, SIZE - 1, 0, 1, 0]], np.float32)
    found = told(layer, tuple(np.float32(part) for part in seen), mirror)
    # The learned mean face is symmetric, its points as good as.
    np.testing.assert_allclose(found["points"], plain["points"], atol=0.25)
    np.testing.assert_allclose(found["expression"], expression[0], atol=1e-6)
    np.testing.assert_allclose(found["rotation"], plain["rotation"], atol=1e-5)
