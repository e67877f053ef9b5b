import math

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emopoi.errors import InputError
from emopoi.preprocess import CropLayout, crop_face, crop_matrix, recrop
from emopoi.types import Face

LAYOUT = CropLayout(eyes_y=0.39, mouth_y=0.78, eye_distance=0.38)


def face_of_layout(layout, side, x=0.0, y=0.0, angle=0.0):
    """A face that lies in a square of `side` px, turned about the square's centre."""
    half = layout.eye_distance / 2
    points = np.array(
        [
            [0.5 - half, layout.eyes_y],
            [0.5 + half, layout.eyes_y],
            [0.5, 0.6],
            [0.5, layout.mouth_y],
            [0.1, 0.4],
            [0.9, 0.4],
        ]
    )
    centred = (points - 0.5) * side
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    placed = centred @ turn.T + [x + side / 2 - 0.5, y + side / 2 - 0.5]
    return Face((x, y, x + side, y + side), 1.0, placed.astype(np.float32))


@given(
    side=st.floats(12, 2000),
    x=st.floats(-500, 3000),
    y=st.floats(-500, 3000),
    angle=st.floats(-3.1, 3.1),
    size=st.integers(16, 224),
)
def test_eyes_and_mouth_land_where_the_layout_says(side, x, y, angle, size):
    face = face_of_layout(LAYOUT, side, x, y, angle)
    matrix = crop_matrix(face, LAYOUT, size)
    points = np.c_[face.keypoints.astype(float), np.ones(6)] @ matrix.T
    found = (points + 0.5) / size
    tolerance = 1e-3 + 3e-4 * 3000 / side
    assert np.allclose((found[0] + found[1]) / 2, [0.5, LAYOUT.eyes_y], atol=tolerance)
    assert np.allclose(found[3], [0.5, LAYOUT.mouth_y], atol=tolerance)
    assert abs(np.hypot(*(found[1] - found[0])) - LAYOUT.eye_distance) < tolerance
    # A similarity: no shear, no mirror.
    assert np.isclose(matrix[0, 0], matrix[1, 1]) and np.isclose(matrix[0, 1], -matrix[1, 0])


@given(turn=st.floats(0.3, 1.0))
def test_a_turned_head_is_not_cut_closer(turn):
    straight = face_of_layout(LAYOUT, 100)
    turned_points = straight.keypoints.copy()
    middle = turned_points[:2, 0].mean()
    turned_points[:2, 0] = middle + (turned_points[:2, 0] - middle) * turn
    turned = Face(straight.box, 1.0, turned_points)
    scale = [np.hypot(*crop_matrix(face, LAYOUT, 64)[0, :2]) for face in (straight, turned)]
    assert np.isclose(*scale, rtol=1e-4)


def smooth_picture(height=220, width=260):
    y, x = np.mgrid[0:height, 0:width]
    base = 128 + 60 * np.sin(x / 11) + 50 * np.cos(y / 9)
    return np.clip(np.stack([base, base * 0.8, 255 - base], -1), 0, 255).astype(np.uint8)


@given(angle=st.floats(-60, 60))
def test_turning_the_picture_does_not_change_the_crop(angle):
    picture = smooth_picture()
    face = face_of_layout(LAYOUT, 90, 80, 60)
    turn = cv2.getRotationMatrix2D((130, 110), angle, 1.0)
    turned = cv2.warpAffine(picture, turn, picture.shape[1::-1])
    points = np.c_[face.keypoints, np.ones(6)] @ turn.T
    crop = crop_face(picture, face, LAYOUT, 48)
    other = crop_face(turned, Face(face.box, 1.0, points.astype(np.float32)), LAYOUT, 48)
    assert np.abs(crop[6:-6, 6:-6].astype(int) - other[6:-6, 6:-6]).mean() < 4
    assert crop.std() > 20


def test_recrop_of_the_centre_is_the_centre():
    picture = smooth_picture()[:48, :48, :1]
    crop = recrop(picture, LAYOUT, LAYOUT.of_centre(44, 48), 44)
    assert crop.shape == (44, 44, 1)
    assert np.abs(crop.astype(int) - picture[2:46, 2:46]).max() <= 1


def test_shrinking_averages_instead_of_skipping():
    random = np.random.default_rng(0)
    noise = random.integers(0, 256, (800, 800, 3)).astype(np.uint8)
    crop = crop_face(noise, face_of_layout(LAYOUT, 800), LAYOUT, 40)
    # Sampled, the noise would keep its spread of 74; averaged over 20x20 it nearly vanishes.
    assert crop.std() < 25


@pytest.mark.parametrize("grey", [True, False])
def test_shapes_and_reaching_outside(grey):
    picture = smooth_picture(60, 50)
    crop = crop_face(picture, face_of_layout(LAYOUT, 100, -60, -30), LAYOUT, 32, grey=grey)
    assert crop.shape == (32, 32, 1 if grey else 3) and crop.dtype == np.uint8
    alone = crop_face(picture[..., 0], face_of_layout(LAYOUT, 40), LAYOUT, 32, grey=grey)
    assert alone.shape == crop.shape


def test_degenerate_keypoints_give_a_crop():
    points = np.full((6, 2), 20, np.float32)
    assert crop_face(smooth_picture(), Face((0, 0, 1, 1), 1.0, points), LAYOUT, 32).shape == (32, 32, 3)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_keypoints_that_are_no_numbers_are_refused(value):
    points = np.full((6, 2), value, np.float32)
    with pytest.raises(InputError, match="finite"):
        crop_matrix(Face((0, 0, 1, 1), 1.0, points), LAYOUT, 32)


@pytest.mark.parametrize("picture", [np.zeros((9, 9, 4), np.uint8), np.zeros((9, 9, 3), np.float32)])
def test_other_pictures_are_refused(picture):
    with pytest.raises(InputError, match="uint8"):
        crop_face(picture, face_of_layout(LAYOUT, 9), LAYOUT, 32)


@pytest.mark.parametrize("values", [(0.8, 0.4, 0.4), (0.3, 0.7, 0.0), (-0.1, 0.7, 0.4)])
def test_impossible_layouts_are_refused(values):
    with pytest.raises(InputError, match="layout"):
        CropLayout(*values)


def test_layout_goes_through_json():
    assert CropLayout.from_dict(LAYOUT.to_dict()) == LAYOUT
    with pytest.raises(InputError, match="eyes_y"):
        CropLayout.from_dict({"eyes_y": 0.4})
