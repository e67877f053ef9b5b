"""What the network says of a crop is put back into the picture."""

import numpy as np
import pytest

from emopoi.errors import ModelFileError
from emopoi.export.input_levels import MEAN, STD
from emopoi.head.crop_camera import crop_camera
from emopoi.head.head_model import project
from emopoi.head.point_alignment import PointAlignment
from emopoi.head.skinning import rotation_matrices
from emopoi.preprocess import CropLayout, InputSpec
from emopoi.preprocess.crop import crop_matrix
from emopoi.runtime.face_regressor_reader import FaceRegressorReader
from emopoi.runtime.frozen_head import load_head
from emopoi.types import Face
from tests.runtime.taught_models import manifest

SPEC = InputSpec(96, 3, MEAN, STD, CropLayout(0.4, 0.7, 0.3))


class Says:
    """A network that always gives the same answer, and notes what it was shown."""

    def __init__(self, head, seed=0, **sizes):
        random = np.random.default_rng(seed)
        self.answer = {
            "identity": random.normal(0, 0.5, head.n_identity).astype(np.float32),
            "expression": random.uniform(-0.3, 1.3, head.n_expressions).astype(np.float32),
            "turn": random.normal(0, 0.3, 3).astype(np.float32),
            "camera": random.normal(0, 0.05, 3).astype(np.float32),
        }
        outputs = {name: len(value) for name, value in self.answer.items()} | sizes
        self.manifest = manifest("face_regressor", {}, outputs)
        self.manifest.input = SPEC
        self.shown = []

    def run_face(self, face):
        self.shown.append(face)
        return self.answer


@pytest.fixture(scope="module")
def head():
    return load_head()


def face_at(points):
    return Face((0.0, 0.0, 1.0, 1.0), 1.0, np.asarray(points, np.float32))


@pytest.mark.parametrize("angle", [0.0, 0.6, -2.0])
def test_points_lie_where_the_crop_had_them(head, angle):
    model = Says(head)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    upright = np.array([[-25, -20], [25, -20], [0, 5], [0, 25], [-45, -10], [45, -10]])
    face = face_at(upright @ turn * 1.7 + [210, 160])
    picture = np.random.default_rng(0).integers(0, 256, (320, 420, 3), dtype=np.uint8)
    told = FaceRegressorReader(head, model).read(picture, face)
    assert model.shown[0].shape == (96, 96, 3) and model.shown[0].dtype == np.float32
    assert told.expression.min() >= 0 and told.expression.max() <= 1
    np.testing.assert_array_equal(told.identity, model.answer["identity"])
    # The head as the crop has it, brought back by hand.
    answer, unit = model.answer, PointAlignment(head).unit
    shape = head.landmark_points(head.shaped(answer["identity"], np.clip(answer["expression"], 0, 1))) / unit
    scale, x, y = crop_camera(answer["camera"], 96)
    turned = shape @ rotation_matrices(answer["turn"].astype(float)).T * scale
    in_crop = np.stack([x + turned[:, 0], y - turned[:, 1]], axis=1)
    matrix = crop_matrix(face, SPEC.layout, 96)
    expected = np.linalg.solve(matrix[:, :2], (in_crop - matrix[:, 2]).T).T
    found = project(head.landmark_points(head.vertices(told)), told.camera)[:, :2]
    np.testing.assert_allclose(found, expected, atol=0.05)


def test_a_network_of_another_head_is_refused(head):
    with pytest.raises(ModelFileError, match="does not fit the head"):
        FaceRegressorReader(head, Says(head, expression=7))


def test_a_network_that_reads_no_faces_is_refused(head):
    model = Says(head)
    model.manifest.input = None
    with pytest.raises(ModelFileError, match="reads no faces"):
        FaceRegressorReader(head, model)
