"""Eyeballs, teeth and mouth follow the face they are made for."""

import numpy as np
import pytest

from emopoi.head.head_model import PARTS
from emopoi.runtime.frozen_head import load_head
from training.face3d.parts import (
    EYE_RADIUS_CM,
    LEFT_EYE,
    RIGHT_EYE,
    eye_centre,
    jaw_weights,
    make_parts,
    open_triangles,
    part_fields,
)


@pytest.fixture(scope="module")
def face():
    """Points, identity and expression fields of the shipped head's skin."""
    head = load_head()
    fields = np.moveaxis(head.shapedirs[:468].astype(float), -1, 0)
    return (
        head.v_template[:468].astype(float),
        fields[:3],
        fields[head.n_identity :],
        head.expression_names,
    )


def test_eyeballs_are_balls_behind_the_lids(face):
    points = face[0]
    parts = make_parts(points)
    placed = parts.place(points)
    for name, ring in (("left_eye", LEFT_EYE), ("right_eye", RIGHT_EYE)):
        ball, centre = placed[parts.groups[name]], eye_centre(points, ring)
        np.testing.assert_allclose(np.linalg.norm(ball - centre, axis=1), EYE_RADIUS_CM, rtol=1e-6)
        middle = points[list(ring)].mean(axis=0)
        assert np.abs(centre[:2] - middle[:2]).max() < 0.3
        assert centre[2] < middle[2] - 0.5


def test_parts_move_with_the_face(face):
    points = face[0]
    parts = make_parts(points)
    away = np.array([1.0, -2.0, 3.0])
    np.testing.assert_allclose(parts.place(points + away), parts.place(points) + away, atol=1e-9)


def test_jaw_open_takes_the_lower_teeth_and_leaves_the_upper_ones(face):
    points, identity, expression, names = face
    parts = make_parts(points)
    rest, by_identity, by_expression = part_fields(parts, points, identity, expression, names)
    field = by_expression[names.index("jawOpen")]
    assert not field[parts.groups["upper_teeth"]].any()
    lower = field[parts.groups["lower_teeth"]]
    assert (lower[:, 1] < -1.0).all()
    # Shut in the middle of the mouth's walls, but the throat neither rises nor falls as far as the jaw.
    assert by_identity.shape == (3, *rest.shape)
    looked = by_expression[names.index("eyeLookUpLeft")]
    assert looked[parts.groups["left_eye"]][0, 1] > 0.3 and not looked[parts.groups["right_eye"]].any()


def test_the_jaw_hangs_on_its_joint_and_the_brow_does_not(face):
    points, _, expression, names = face
    weights = jaw_weights(points, expression[names.index("jawOpen")])
    assert weights.min() >= 0 and weights.max() <= 1
    assert weights[152] > 0.8  # chin
    assert weights[[10, 9, 8, 168, 6]].max() < 0.05  # forehead down to the nose's bridge


def test_what_closes_eyes_and_mouth_is_cut():
    faces = np.array([[33, 7, 163], [13, 82, 81], [0, 1, 2], [33, 7, 25]])
    np.testing.assert_array_equal(open_triangles(faces), [False, False, True, True])


def test_every_triangle_has_a_part_and_vertices_that_exist(face):
    parts = make_parts(face[0])
    count = 468 + len(parts.place(face[0]))
    assert parts.f.max() == count - 1 and len(parts.face_parts) == len(parts.f)
    assert parts.face_parts.max() < len(PARTS)
    own = parts.like < 0
    assert (parts.uv[own] >= 0.895).any(axis=1).all()  # above MediaPipe's layout
    assert parts.uv.min() >= 0 and parts.uv.max() <= 1
