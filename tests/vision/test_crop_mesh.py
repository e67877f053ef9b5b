import numpy as np
import pytest

from emopoi.demo_clip import portrait
from emopoi.vision.crop_mesh import mesh_of_crop
from emopoi.vision.face_landmarks import POINTS, FaceLandmarks, FaceMesh


def test_points_lie_on_a_tight_crop(blazeface_files):
    landmarks = FaceLandmarks(blazeface_files.landmarks)
    crop = np.ascontiguousarray(portrait()[50:190, 160:290])
    mesh = mesh_of_crop(landmarks, crop)
    assert mesh.presence > 0.5 and mesh.points.shape == (POINTS, 3)
    eyes, mouth = mesh.points[[33, 263]], mesh.points[13]
    assert eyes[0, 0] < eyes[1, 0] and eyes[:, 1].max() < mouth[1]
    assert ((mesh.points[:, :2] > -40) & (mesh.points[:, :2] < 180)).all()
    noise = np.random.default_rng(0).integers(0, 256, (90, 90, 3)).astype(np.uint8)
    assert mesh_of_crop(landmarks, noise).presence < 0.5


def test_a_tiny_picture_has_none(blazeface_files):
    landmarks = FaceLandmarks(blazeface_files.landmarks)
    assert mesh_of_crop(landmarks, np.zeros((6, 6, 3), np.uint8)) is None


class Scripted:
    """Gives one mesh after the other and notes the boxes."""

    def __init__(self, *meshes):
        self.meshes, self.boxes = list(meshes), []

    def mesh(self, image, face):
        self.boxes.append(face.box)
        return self.meshes.pop(0)


def points(low, high):
    return np.linspace(low, high, POINTS)[:, None].repeat(3, 1).astype(np.float32)


def test_the_second_look_follows_the_first_and_keeps_its_presence():
    landmarks = Scripted(FaceMesh(points(10, 30), 0.7), FaceMesh(points(11, 31), 0.99))
    mesh = mesh_of_crop(landmarks, np.zeros((40, 40, 3), np.uint8))
    assert landmarks.boxes[1] == pytest.approx((10, 10, 30, 30))
    assert mesh.presence == 0.7 and mesh.points[0, 0] == 11


def test_a_second_look_that_fails_leaves_the_first():
    first = FaceMesh(points(10, 30), 0.7)
    for second in (None, FaceMesh(np.full((POINTS, 3), np.nan, np.float32), 0.9)):
        assert mesh_of_crop(Scripted(first, second), np.zeros((40, 40, 3), np.uint8)) is first
