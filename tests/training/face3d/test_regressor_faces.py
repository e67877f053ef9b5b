"""Crops hold the face, and points stay on it."""

import cv2
import numpy as np
import pytest

from emopoi.runtime.frozen_head import load_head
from training.face3d.regressor_faces import LAYOUT, PICTURE, cut, keypoints_of, load_regressor_faces


@pytest.fixture(scope="module")
def faces(data_dir, tmp_path_factory):
    return load_regressor_faces(
        load_head(), data_dir, tmp_path_factory.mktemp("kept"), ("age_gender/valid.parquet",), 20
    )


def test_eyes_and_mouth_lie_where_the_layout_says(faces):
    for points in faces.points:
        keypoints = keypoints_of(points) / PICTURE
        middle = keypoints[:2].mean(axis=0)
        assert abs(middle[0] - 0.5) < 0.12 and abs(keypoints[3, 1] - LAYOUT.mouth_y) < 0.08
        assert abs(keypoints[1, 1] - keypoints[0, 1]) < 0.06  # level
    assert faces.pictures.shape == (len(faces), PICTURE, PICTURE, 3) and faces.pictures.std() > 20
    inside = (faces.points[..., :2] > -6) & (faces.points[..., :2] < PICTURE + 5)
    assert inside.mean() > 0.97


def test_coefficients_and_rotation_lead_to_the_points(faces):
    head = load_head()
    fields = head.landmarks.apply(head.shapedirs.astype(float), head.f)
    for row in range(len(faces)):
        values = np.concatenate([faces.identity[row], faces.expression[row]])
        turned = (head.v_template[:468] + fields @ values) @ faces.rotation[row].T * (1, -1, -1)
        points = faces.points[row].astype(float)
        turned, points = turned - turned.mean(axis=0), points - points.mean(axis=0)
        scale = (turned * points).sum() / (turned * turned).sum()
        missed = np.linalg.norm((scale * turned - points)[:, :2], axis=1).mean()
        assert missed < 0.01 * faces.eye_distance_px[row]


def test_points_stay_on_the_face():
    picture = np.zeros((200, 200, 3), np.uint8)
    points = np.zeros((468, 3), np.float32)
    random = np.random.default_rng(0)
    points[:, :2] = random.uniform(60, 140, (468, 2))
    points[[33, 133, 159, 145], :2] = [80, 85]
    points[[263, 362, 386, 374], :2] = [120, 95]
    points[[13, 14], :2] = [92, 135]
    cv2.circle(picture, (92, 135), 3, (255, 255, 255), -1)
    crop, moved, turn = cut(picture, points)
    weight = crop[..., 0] / crop[..., 0].sum()
    rows, columns = np.mgrid[0:PICTURE, 0:PICTURE]
    # The eyes' line fell to the right; with y up the crop turned it counter-clockwise.
    assert turn[1, 0] > 0.15 and np.linalg.det(turn) > 0.99
    np.testing.assert_allclose(moved[13, :2], [(weight * columns).sum(), (weight * rows).sum()], atol=0.7)
