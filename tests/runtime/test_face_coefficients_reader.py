import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emopoi.demo_clip import portrait
from emopoi.errors import InputError, ModelFileError
from emopoi.head.landmark_solver import LandmarkSolver
from emopoi.runtime.face_coefficients_reader import FaceCoefficientsReader
from emopoi.runtime.frozen_head import load_head
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.types.face_coefficients import FaceCoefficients
from emopoi.vision.blazeface_files import read_blazeface_files
from emopoi.vision.crop_mesh import mesh_of_crop
from emopoi.vision.face_landmarks import FaceLandmarks
from tests.head.made_heads import small_head
from tests.head.solved_points import points_of
from tests.runtime.taught_models import TaughtCoefficients

HEAD = small_head()


def made(seed, head=HEAD, scale=1500.0, turn=0.4):
    """A face with a pose, and its points."""
    random = np.random.default_rng(seed)
    pose = np.zeros((5, 3), np.float32)
    pose[0] = random.normal(0, turn / 2, 3)
    expression = np.zeros(head.n_expressions, np.float32)
    shown = random.permutation(head.n_expressions)[:3]
    expression[shown] = random.uniform(0.3, 1.0, len(shown))
    face = FaceCoefficients(
        random.normal(0, 0.7, head.n_identity).astype(np.float32),
        expression,
        pose,
        np.array([scale, *random.uniform(-300, 900, 2)], np.float32),
    )
    return face, points_of(head, face)


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.floats(300, 5000))
def test_a_network_that_learned_well_says_what_the_solver_says(seed, scale):
    _, points = made(seed, scale=scale)
    model = TaughtCoefficients(HEAD)
    model.teach(points)
    told, solved = FaceCoefficientsReader(HEAD, model).read(points), model.solver.solve(points)
    for name in ("identity", "expression", "pose", "camera"):
        found, expected = (getattr(one.coefficients, name) for one in (told, solved))
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=2e-3 if name == "camera" else 1e-4)
    assert told.error == pytest.approx(solved.error, abs=1e-5)


def test_named_expressions_are_cut_to_what_they_can_be_and_others_are_not():
    for named in (True, False):
        head = small_head(named=named)
        _, points = made(5, head)
        model = TaughtCoefficients(head)
        model.teach(points)
        (answer,) = model.taught.values()
        answer["expression"] = np.linspace(-0.5, 1.5, head.n_expressions).astype(np.float32)
        told = FaceCoefficientsReader(head, model).read(points).coefficients.expression
        assert (told.min(), told.max()) == ((0.0, 1.0) if named else (-0.5, 1.5))


def test_an_identity_that_is_given_stays():
    _, points = made(6)
    model = TaughtCoefficients(HEAD)
    model.teach(points)
    reader = FaceCoefficientsReader(HEAD, model)
    own = np.linspace(-1, 1, HEAD.n_identity)
    told = reader.read(points, own)
    np.testing.assert_allclose(told.coefficients.identity, own, atol=1e-6)
    assert told.error > reader.read(points).error
    with pytest.raises(InputError, match="identity"):
        reader.read(points, own[:2])


@pytest.mark.parametrize("wrong", [np.full((468, 3), np.nan), np.zeros((468, 3)), np.zeros((478, 3))])
def test_bad_points_are_refused(wrong):
    reader = FaceCoefficientsReader(HEAD, TaughtCoefficients(HEAD))
    with pytest.raises(InputError, match="points"):
        reader.read(wrong)


def test_networks_of_other_heads_are_refused():
    model = TaughtCoefficients(HEAD)
    with pytest.raises(ModelFileError, match="does not fit the head"):
        FaceCoefficientsReader(small_head(n_identity=4), model)
    with pytest.raises(ModelFileError, match="not for face_coefficients"):
        FaceCoefficientsReader(HEAD, FrozenModel.load("emotion"))


def test_the_shipped_network_and_the_solver_agree_on_a_real_face():
    head = load_head()
    reader, solver = FaceCoefficientsReader(head, FrozenModel.load("face_coefficients")), LandmarkSolver(head)
    landmarks = FaceLandmarks(read_blazeface_files().landmarks)
    crops = [portrait()[50 + step : 190 + step, 155 - step : 295 + step] for step in (-10, 0, 10)]
    crops += [crop[:, ::-1] for crop in crops]
    points = [mesh_of_crop(landmarks, np.ascontiguousarray(crop)).points for crop in crops]
    pairs = [(reader.read(one), solver.solve(one)) for one in points]
    for name in ("expression", "identity"):
        found, solved = (
            np.stack([getattr(pair[way].coefficients, name) for pair in pairs]) for way in (0, 1)
        )
        assert solved.std() > 0.05 and np.corrcoef(found.ravel(), solved.ravel())[0, 1] > 0.9
    turns = [found.coefficients.pose[0] - solved.coefficients.pose[0] for found, solved in pairs]
    assert np.degrees(np.abs(turns)).mean() < 1
    assert max(found.error for found, _ in pairs) < 0.01
