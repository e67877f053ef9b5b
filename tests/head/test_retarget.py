import dataclasses

import numpy as np
import pytest

from emopoi.errors import InputError
from emopoi.head.flame_landmarks import read_flame_landmarks
from emopoi.head.head_file import head_from_arrays
from emopoi.head.ibug_points import IBUG_TO_MEDIAPIPE
from emopoi.head.landmark_embedding import LandmarkEmbedding
from emopoi.head.landmark_transfer import embed_landmarks
from emopoi.head.retarget import FEWEST_LANDMARKS, carry_field, retarget_expressions
from emopoi.runtime.frozen_head import load_head
from tests.head.flame_files import write_landmarks
from tests.head.made_heads import NAMES, flame_arrays, small_head
from tests.head.made_ict_folder import read_arrays


@pytest.fixture(scope="module")
def flame(tmp_path_factory):
    landmarks = read_flame_landmarks(write_landmarks(tmp_path_factory.mktemp("flame"), 105))
    arrays = {**flame_arrays(), "face_parts": np.repeat([0, 1], [7800, 2176])}
    return dataclasses.replace(head_from_arrays(arrays, "flame", "made"), landmarks=landmarks)


def at(head, name, number):
    """Motion of one landmark, in metres."""
    field = head.expression_dirs[..., head.expression_names.index(name)]
    place = int(np.flatnonzero(head.landmarks.indices == number)[0])
    return head.landmarks.apply(field, head.f)[place] * head.unit_m


def test_to_itself_nothing_changes():
    head = small_head()
    same = retarget_expressions(head, head)
    np.testing.assert_allclose(same.shapedirs, head.shapedirs, atol=1e-7)
    assert same.expression_names == head.expression_names and same.licence == head.licence


def test_to_itself_the_shipped_head_with_its_lips_and_teeth_does_not_change():
    head = load_head()
    same = retarget_expressions(head, head)
    np.testing.assert_allclose(same.shapedirs, head.shapedirs, atol=1e-4 * np.abs(head.shapedirs).max())


def test_a_turned_larger_copy_moves_turned_and_larger():
    head = small_head()
    turn = np.array([[0.8, 0, 0.6], [0, 1, 0], [-0.6, 0, 0.8]], np.float32)
    other = dataclasses.replace(head, v_template=100 * head.v_template @ turn + [1, 2, 3], unit_m=0.01)
    carried = carry_field(head, other, head.expression_dirs)
    expected = 100 * np.einsum("vie,ij->vje", head.expression_dirs, turn)
    np.testing.assert_allclose(carried, expected, atol=2e-4 * np.abs(expected).max())


def test_unnamed_expressions_go_or_stay_behind_the_named(flame):
    small = small_head()
    named = retarget_expressions(small, flame)
    assert named.expression_names == NAMES
    assert (named.n_identity, named.n_expressions) == (300, len(NAMES))
    np.testing.assert_array_equal(named.identity_dirs, flame.identity_dirs)
    both = retarget_expressions(small, flame, keep=True)
    assert both.expression_names == (*NAMES, *(f"own_{number:03d}" for number in range(100)))
    np.testing.assert_array_equal(both.expression_dirs[..., len(NAMES) :], flame.expression_dirs)
    assert "made for tests" in named.licence
    # Names that both have are taken from the source.
    again = retarget_expressions(small, both, keep=True)
    assert again.expression_names == both.expression_names


def test_the_same_skull_with_other_triangles_moves_alike(flame):
    small = small_head()
    carried = retarget_expressions(small, flame)
    for name, number in zip(NAMES, (17, 291, 61, 385, 158, 107), strict=True):
        np.testing.assert_allclose(at(carried, name, number), at(small, name, number), atol=0.0012)
        assert np.linalg.norm(at(small, name, number)) > 0.0035
    # And what is still in one is still in the other: the eyeballs, the back of the head.
    balls = np.unique(carried.f[7800:])
    assert np.abs(carried.expression_dirs[balls]).max() < 1e-6
    assert np.abs(carried.expression_dirs[carried.v_template[:, 2] < -0.03]).max() < 1e-4


def test_ict_to_a_small_head(data_dir):
    arrays = read_arrays(data_dir)
    skin = 14062
    with np.load(data_dir / "mediapipe_canonical" / "canonical_face.npz") as canonical:
        points = canonical["vertices_468"]
    keep = ("jawOpen", "mouthSmile_L", "mouthSmile_R", "eyeBlink_L")
    shapes = arrays["expressions"][[arrays["names"].index(name) for name in keep]].astype(np.float32)
    vertices = arrays["template"][:skin].astype(np.float32)
    faces = arrays["triangles"][(arrays["triangles"] < skin).all(axis=1)]
    named = np.r_[8, 17:68]
    inside = (faces >= 11248).all(axis=1)
    weights = np.zeros((skin, 5), np.float32)
    weights[:, 0] = 1
    ict = head_from_arrays(
        {
            "v_template": vertices,
            "f": faces,
            "shapedirs": shapes[:, :skin].transpose(1, 2, 0),
            "n_identity": 0,
            "expression_names": keep,
            "posedirs": np.zeros((skin, 3, 36), np.float32),
            "J_regressor": np.full((5, skin), 1 / skin),
            "kintree_table": flame_arrays()["kintree_table"],
            "weights": weights,
            "unit_m": 0.01,
            "face_parts": np.where(inside, 3, 0),
        },
        "ict",
        "made",
    )
    embedding = embed_landmarks(
        points,
        vertices,
        faces,
        IBUG_TO_MEDIAPIPE[named],
        vertices[arrays["landmarks"][named]],
        allowed=(faces < 9409).all(axis=1),
    )
    ict = dataclasses.replace(ict, landmarks=embedding)
    small = retarget_expressions(ict, small_head())
    assert small.expression_names == keep
    chin, lower, upper, brow = (at(small, "jawOpen", number) for number in (152, 17, 0, 107))
    assert -0.06 < chin[1] < -0.015 and -0.06 < lower[1] < -0.02
    assert abs(chin[0]) < 0.003 and chin[2] < -0.01  # the hinge takes the chin back
    assert np.linalg.norm(upper) < 0.25 * np.linalg.norm(lower)
    assert np.linalg.norm(brow) < 0.001
    left, right = at(small, "mouthSmile_L", 291), at(small, "mouthSmile_R", 61)
    assert left[0] > 0.003 and left[1] > 0.004  # to the person's left and up
    np.testing.assert_allclose(left * [-1, 1, 1], right, atol=0.002)
    assert np.linalg.norm(at(small, "mouthSmile_L", 61)) < 0.15 * np.linalg.norm(left)
    lid, under = at(small, "eyeBlink_L", 385), at(small, "eyeBlink_L", 380)
    assert lid[1] < -0.003 and abs(under[1]) < 0.3 * abs(lid[1])
    assert np.abs(small.expression_dirs).max() * small.unit_m < 0.08


def test_heads_that_do_not_fit_are_told():
    head = small_head()
    with pytest.raises(InputError, match="have no names"):
        retarget_expressions(small_head(named=False), head)
    few = slice(0, FEWEST_LANDMARKS - 1)
    marks = head.landmarks
    bare = dataclasses.replace(
        head,
        landmarks=LandmarkEmbedding(
            marks.faces[few], marks.barycentrics[few], marks.indices[few], marks.offsets[few]
        ),
    )
    with pytest.raises(InputError, match="small with 68 and small with 11 share 11"):
        retarget_expressions(head, bare)
