"""A face is drawn where its points are, in the colours that were asked for."""

import numpy as np
import pytest
import tensorflow as tf

from emopoi.head.head_model import PARTS
from emopoi.head.point_alignment import PointAlignment
from emopoi.models.drawn_face import DrawnFace
from emopoi.models.head_in_crop import HeadInCrop
from emopoi.runtime.frozen_head import load_head

LIGHT = np.zeros((9, 3), np.float32)
LIGHT[0] = 1.0


@pytest.fixture(scope="module")
def head():
    return load_head()


@pytest.fixture(scope="module")
def draw(head):
    count = len(head.v_template)
    mean = np.full((count, 3), 0.5, np.float32)
    modes = np.zeros((count, 3, 2), np.float32)
    modes[..., 0] = 0.1
    unit = PointAlignment(head).unit
    return DrawnFace(head, unit, mean, modes, (LIGHT, np.ones_like(LIGHT)), crop_px=96, size_px=64)


def arguments(head, count=1, **changed):
    given = {
        "identity": np.zeros((count, head.n_identity), np.float32),
        "expression": np.zeros((count, head.n_expressions), np.float32),
        "turn": np.zeros((count, 3), np.float32),
        "camera": np.zeros((count, 3), np.float32),
        "albedo": np.zeros((count, 2), np.float32),
        "light": np.zeros((count, 27), np.float32),
    }
    return given | {name: np.float32(value) for name, value in changed.items()}


def test_the_face_lies_around_its_points(head, draw):
    given = arguments(head, turn=[[0.1, -0.3, 0.2]], camera=[[0.1, 0.05, -0.03]])
    drawn = draw(**given)
    placed = HeadInCrop(head, 96, None)(
        *(given[name] for name in ("identity", "expression", "turn", "camera")),
        np.float32([[1, 0, 0, 0, 1, 0]]),
    )
    points = (np.asarray(placed["seen"])[0] + 0.5) * 64 / 96 - 0.5
    covered = np.argwhere(np.asarray(drawn["part"])[0] >= 0)[:, ::-1]
    np.testing.assert_allclose(covered.min(axis=0), points.min(axis=0), atol=2)
    np.testing.assert_allclose(covered.max(axis=0), points.max(axis=0), atol=2)


def test_even_light_shows_the_albedo(head, draw):
    drawn = draw(**arguments(head, albedo=[[1.0, 0.0]]))
    image, part = np.asarray(drawn["image"])[0], np.asarray(drawn["part"])[0]
    np.testing.assert_allclose(image[part == PARTS.index("skin")], 0.6, atol=0.01)
    assert (image[part < 0] == 0).all()


def test_everything_that_is_told_has_a_gradient(head, draw):
    given = {name: tf.constant(value) for name, value in arguments(head, turn=[[0.1, 0.2, 0.0]]).items()}
    # Colours that differ from place to place, so that moving the face changes the picture.
    slope = np.linspace(0, 1, 64, dtype=np.float32)[None, :, None, None] + np.zeros(
        (1, 64, 64, 3), np.float32
    )
    light = np.random.default_rng(0).normal(0, 0.2, (1, 27)).astype(np.float32)
    given["light"] = tf.constant(light)
    with tf.GradientTape() as tape:
        tape.watch(given)
        value = tf.reduce_sum(draw(**given)["image"] * slope)
    for name, gradient in tape.gradient(value, given).items():
        assert np.isfinite(gradient).all() and np.abs(gradient).max() > 0, name


def test_moving_along_the_normals_makes_the_face_larger(head, draw):
    def covered(by):
        moved = np.full((1, len(head.v_template)), by, np.float32)
        return (np.asarray(draw(**arguments(head), along_normals=moved)["part"]) >= 0).sum()

    assert covered(-0.03) < covered(0.0) < covered(0.03)
