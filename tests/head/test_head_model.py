import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emopoi.errors import InputError, ModelFileError
from emopoi.head.head_file import write_head_npz
from emopoi.head.head_model import HeadModel, project
from emopoi.head.skinning import rotation_matrices
from emopoi.types.face_coefficients import FaceCoefficients
from tests.head.flame_files import write_landmarks, write_new
from tests.head.made_heads import NAMES, small_head
from tests.head.test_skinning import reference


def coefficients(head, seed, pose_size=0.4):
    generator = np.random.default_rng(seed)
    return FaceCoefficients(
        generator.normal(0, 1, head.n_identity).astype(np.float32),
        generator.uniform(0, 1, head.n_expressions).astype(np.float32),
        generator.normal(0, pose_size, (5, 3)).astype(np.float32),
    )


def plain_vertices(head, given):
    """float64, from the definition: one coefficient after another, then the joints' tree."""
    shaped = head.v_template.astype(np.float64)
    for column, value in enumerate(np.concatenate([given.identity, given.expression])):
        shaped = shaped + float(value) * head.shapedirs[:, :, column]
    rotations = rotation_matrices(given.pose.astype(np.float64))
    joints = head.J_regressor.astype(np.float64) @ shaped
    bends = (rotations[1:] - np.eye(3)).ravel()
    for column, value in enumerate(bends):
        shaped = shaped + value * head.posedirs[:, :, column]
    return reference(shaped, joints, rotations, head.parents, head.weights.astype(np.float64))


@pytest.mark.parametrize("seed", range(3))
def test_vertices_agree_with_the_plain_way(seed):
    head = small_head()
    given = coefficients(head, seed)
    expected = plain_vertices(head, given)
    # The pose does something: without it the test would say little.
    assert np.linalg.norm(expected - head.v_template, axis=1).max() > 0.02
    np.testing.assert_allclose(head.vertices(given), expected, atol=1e-5 * np.ptp(head.v_template))


def test_at_rest_the_template_comes_back():
    head = small_head()
    np.testing.assert_array_equal(head.vertices(head.neutral()), head.v_template)


def test_fewer_coefficients_stand_for_the_first_ones():
    head = small_head()
    one = np.array([1.5], np.float32)
    expected = head.v_template + 1.5 * head.shapedirs[..., 0] + 1.5 * head.shapedirs[..., head.n_identity]
    np.testing.assert_allclose(head.shaped(one, one), expected, atol=1e-7)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"identity": np.zeros(7, np.float32)}, "identity: up to 6"),
        ({"expression": np.zeros((6, 1), np.float32)}, "expression: up to 6"),
        ({"identity": np.full(6, np.nan, np.float32)}, "identity: coefficients that are not finite"),
        ({"pose": np.zeros((4, 3), np.float32)}, r"pose: finite \(5, 3\)"),
        ({"pose": np.full((5, 3), np.inf, np.float32)}, "pose: finite"),
    ],
)
def test_wrong_coefficients_are_told(changed, told):
    head = small_head()
    with pytest.raises(InputError, match=told):
        head.vertices(dataclasses.replace(head.neutral(), **changed))


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"f": np.array([[0, 1, 5000]], np.int32), "face_parts": np.zeros(1, np.uint8)}, "f in 0"),
        ({"weights": np.zeros((1001, 5), np.float32)}, "sum to 1"),
        ({"weights": np.ones((1001, 24), np.float32)}, r"weights of shape \(1001, 5\)"),
        ({"parents": np.array([-1, 0, 3, 1, 1], np.int32)}, "five joints of FLAME"),
        ({"parents": np.zeros(5, np.int32)}, "five joints of FLAME"),
        ({"expression_names": ("jawOpen",)}, "6 names of expressions"),
        ({"n_identity": 40}, "n_identity in 0..12"),
        ({"unit_m": 0.0}, "unit_m"),
        ({"v_template": np.full((1001, 3), np.nan, np.float32)}, "not finite"),
        ({"face_parts": np.full(1960, 9, np.uint8)}, "face_parts in 0"),
        ({"uv": np.zeros((4, 2), np.float32)}, "uv_f of shape"),
    ],
)
def test_arrays_that_do_not_fit_are_told(changed, told):
    with pytest.raises(InputError, match=told):
        dataclasses.replace(small_head(), **changed)


def test_names_lead_to_places_among_the_coefficients():
    head = small_head()
    assert head.expression_indices(["browInnerUp", "jawOpen"]).tolist() == [5, 0]
    assert head.expression_indices(()).tolist() == []
    with pytest.raises(InputError, match="no expression tongueOut, cheekPuff"):
        head.expression_indices(["jawOpen", "tongueOut", "cheekPuff"])
    with pytest.raises(InputError, match="have no names; `emopoi head retarget`"):
        small_head(named=False).expression_indices(NAMES)


@settings(max_examples=30)
@given(st.floats(0.1, 1000), st.floats(-500, 500), st.floats(-500, 500), st.integers(0, 2**32 - 1))
def test_projection_is_linear_with_y_down(scale, x, y, seed):
    points = np.random.default_rng(seed).normal(0, 1, (10, 3))
    seen = project(points, np.array([scale, x, y]))
    np.testing.assert_allclose(seen[:, 0], x + scale * points[:, 0])
    np.testing.assert_allclose(seen[:, 1], y - scale * points[:, 1])
    assert (np.argsort(seen[:, 2]) == np.argsort(points[:, 2])).all()


def test_load_knows_files_by_their_content(tmp_path):
    head = small_head()
    write_head_npz(head, tmp_path / "head.npz")
    (tmp_path / "head.npz").rename(tmp_path / "head.pkl")
    assert HeadModel.load(str(tmp_path / "head.pkl")).expression_names == NAMES
    flame = write_new(tmp_path / "flame.npz")
    assert HeadModel.load(flame).n_identity == 300
    landmarks = write_landmarks(tmp_path, 68).rename(tmp_path / "points")
    assert len(HeadModel.load(flame, landmarks).landmarks) == 68
    with pytest.raises(ModelFileError, match="triangles that it does not have"):
        HeadModel.load(tmp_path / "head.pkl", landmarks)


@pytest.mark.parametrize("content", [b"", b"x", b"PK\x03\x04cut", b"\x89PNG\r\n", b"v 0 0 0\n"])
def test_load_refuses_everything_else(tmp_path, content):
    (tmp_path / "head.npz").write_bytes(content)
    with pytest.raises(ModelFileError, match=r"head\.npz"):
        HeadModel.load(tmp_path / "head.npz")


def test_load_tells_what_is_not_there(tmp_path):
    with pytest.raises(ModelFileError, match="no such file"):
        HeadModel.load(tmp_path / "none.npz")
    with pytest.raises(ModelFileError, match="can not be read"):
        HeadModel.load(tmp_path)
