import json

import numpy as np
import pytest

from emopoi.errors import InputError, ModelFileError
from emopoi.head.arkit_names import ARKIT_NAMES
from emopoi.head.head_model import PARTS
from emopoi.head.ibug_points import IBUG_TO_MEDIAPIPE
from emopoi.head.ict_facekit import INDICES, NEUTRAL, convert_ict
from emopoi.types.face_coefficients import FaceCoefficients
from tests.head.made_ict_folder import read_arrays, write_folder

MODES = 2


@pytest.fixture(scope="module")
def arrays(data_dir):
    return read_arrays(data_dir)


@pytest.fixture(scope="module")
def points(data_dir):
    with np.load(data_dir / "mediapipe_canonical" / "canonical_face.npz") as canonical:
        return canonical["vertices_468"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory, arrays):
    return write_folder(tmp_path_factory.mktemp("ict") / "FaceXModel", arrays, MODES)


@pytest.fixture(scope="module")
def head(folder, points):
    return convert_ict(folder, points)


def posed(head, **turns):
    names = ("global", "neck", "jaw", "left_eye", "right_eye")
    rest = head.neutral()
    pose = rest.pose.copy()
    for name, turn in turns.items():
        pose[names.index(name)] = np.radians(turn)
    return head.vertices(FaceCoefficients(rest.identity, rest.expression, pose))


def test_geometry_is_the_files(head, arrays):
    np.testing.assert_allclose(head.v_template, arrays["template"], atol=1e-5)
    assert (head.f == arrays["triangles"]).all()
    assert head.unit_m == 0.01 and "MIT" not in head.name
    for mode in range(MODES):
        np.testing.assert_allclose(head.identity_dirs[..., mode], arrays["identity"][mode], atol=2e-5)
    # Texture places may be numbered anew; where each corner goes may not change.
    corners = arrays["quads_uv"][:, :3]
    first = np.flatnonzero((arrays["quads"][:, :3] == head.f[0]).all(axis=1))[0]
    np.testing.assert_allclose(head.uv[head.uv_f[0]], arrays["uv"][corners[first]], atol=1e-5)
    assert len(head.uv) == len(arrays["uv"])


def test_53_expressions_are_arkits_51(head, arrays):
    assert head.expression_names == ARKIT_NAMES and len(set(ARKIT_NAMES)) == 51
    of = dict(zip(arrays["names"], arrays["expressions"].astype(float), strict=True))
    expected = {
        "jawOpen": of["jawOpen"],
        "jawLeft": of["jawLeft"],
        "mouthRight": of["mouthRight"],
        "mouthSmileLeft": of["mouthSmile_L"],
        "eyeBlinkRight": of["eyeBlink_R"],
        "browInnerUp": of["browInnerUp_L"] + of["browInnerUp_R"],
        "cheekPuff": of["cheekPuff_L"] + of["cheekPuff_R"],
    }
    for name, delta in expected.items():
        mine = head.expression_dirs[..., ARKIT_NAMES.index(name)]
        np.testing.assert_allclose(mine, delta, atol=2e-5, err_msg=name)
    left = head.expression_dirs[..., ARKIT_NAMES.index("mouthSmileLeft")]
    assert head.v_template[np.linalg.norm(left, axis=1).argmax(), 0] > 1  # +x is the person's left


def test_joints_are_where_the_shapes_turn(head):
    joints = head.J_regressor @ head.v_template
    # Measured on the lower teeth: a hinge through (0, -0.55, 1.82).
    np.testing.assert_allclose(joints[2], [0, -0.55, 1.82], atol=0.02)
    np.testing.assert_allclose(joints[3] * [-1, 1, 1], joints[4], atol=0.01)
    for joint, ball in ((3, slice(21451, 22221)), (4, slice(23021, 23791))):
        radii = np.linalg.norm(head.v_template[ball] - joints[joint], axis=1)
        assert radii.std() / radii.mean() < 0.06
    assert joints[0, 1] < joints[1, 1] < joints[2, 1]


def test_jaw_joint_moves_the_lower_teeth_as_jaw_open_does(head, arrays):
    delta = arrays["expressions"][arrays["names"].index("jawOpen")].astype(float)
    moved = posed(head, jaw=(25.33, 0, 0)) - head.v_template
    lower, upper, balls = slice(19247, 21451), slice(17039, 19247), slice(21451, 24591)
    assert np.sqrt(((moved - delta)[lower] ** 2).sum(axis=1).mean()) < 0.015
    assert np.abs(moved[upper]).max() < 1e-5 and np.abs(moved[balls]).max() < 1e-5
    skin = slice(0, 11248)
    size = np.linalg.norm(delta[skin], axis=1)
    miss = np.linalg.norm((moved - delta)[skin], axis=1)
    # A turn alone is not jawOpen, which is why that stays a shape; but it goes the same way.
    assert np.sqrt((miss[size > 0.05] ** 2).mean()) < 0.4 < np.sqrt((size[size > 0.05] ** 2).mean())
    assert miss[size < 0.01].max() < 0.2


def test_weights_are_smooth_over_the_skin(head):
    jaw = head.weights[:, 2]
    skin = head.f[head.face_parts == 0]
    steps = np.abs(np.diff(jaw[skin[:, [0, 1, 2, 0]]], axis=1))
    assert np.percentile(steps, 99) < 0.15
    assert jaw[:11248].max() > 0.8 and jaw[head.v_template[:, 1] > 4].max() < 0.01


def test_eyes_turn_about_their_middle(head):
    moved = posed(head, left_eye=(0, 20, 0)) - head.v_template
    left, right = slice(21451, 23021), slice(23021, 24591)
    assert np.abs(moved[:21451]).max() < 1e-5 and np.abs(moved[right]).max() < 1e-5
    front = head.v_template[left, 2].argmax()
    assert moved[left][front, 0] > 0.4  # +y turns z towards x, the person's left
    assert np.linalg.norm(moved[left].mean(axis=0)) < 0.25  # most vertices are at the front


def test_parts_and_iris(head):
    counts = dict(zip(PARTS, np.bincount(head.face_parts, minlength=len(PARTS)), strict=True))
    assert counts["skin"] == 24052 and counts["teeth"] == 8696
    assert 300 < counts["iris"] < 1500
    iris = np.unique(head.f[head.face_parts == PARTS.index("iris")])
    wide = np.ptp(head.v_template[iris[head.v_template[iris, 0] > 0]], axis=0)
    assert 0.9 < wide[0] < 1.4 and 0.9 < wide[1] < 1.4  # an iris is 1.2 cm wide


def test_landmarks_lie_on_the_face(head, arrays):
    assert (head.landmarks.indices == np.arange(468)).all()
    assert (head.f[head.landmarks.faces] < 9409).all()
    marks = head.landmark_points(head.v_template)[IBUG_TO_MEDIAPIPE[27:]]
    np.testing.assert_allclose(marks, arrays["template"][arrays["landmarks"][27:]], atol=1e-3)


def test_licence_travels(head):
    assert "Copyright (c) 2020 USC Institute for Creative Technologies" in head.licence
    assert "permission notice shall be included" in head.licence


def test_files_are_passed_through_what_watches(folder, points):
    seen = []

    def watch(files, total, what):
        seen.append((total, what))
        yield next(iter(files))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        convert_ict(folder, points, modes=1, watch=watch)
    assert seen == [(1 + 53, "shapes read")]


@pytest.mark.parametrize("modes", [0, MODES + 1])
def test_modes_that_are_not_there_are_told(folder, points, modes):
    with pytest.raises(InputError, match="1 to 2 were expected"):
        convert_ict(folder, points, modes=modes)


@pytest.fixture
def broken(tmp_path, folder):
    """The folder with a neutral mesh and indices of its own and all else linked."""
    copy = tmp_path / "FaceXModel"
    copy.mkdir()
    for path in folder.iterdir():
        (copy / path.name).symlink_to(path)
    return copy


def replace(path, content):
    path.unlink()
    if content is not None:
        path.write_text(content)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        (NEUTRAL, None, "no such file"),
        (NEUTRAL, "v 0 0 0\n", "at least 24591 vertices"),
        (INDICES, None, "no such file"),
        (INDICES, "{", "a list idx_to_landmark_verts"),
        (INDICES, "[]", "a list idx_to_landmark_verts"),
        (INDICES, json.dumps({"idx_to_landmark_verts": [1] * 67}), "68 different"),
        (INDICES, json.dumps({"idx_to_landmark_verts": [24000] * 68}), "68 different"),
        (INDICES, json.dumps({"idx_to_landmark_verts": [5] * 68}), "68 different"),
        (INDICES, json.dumps({"idx_to_landmark_verts": []}), "68 different"),
        ("jawOpen.obj", None, "jawOpen.obj not there"),
        ("browDown_L.obj", "v 0 0 0\n", "26719 vertices"),
        ("identity000.obj", "v 0 0 x\n", "3 finite numbers"),
    ],
)
def test_damaged_folders_are_told(broken, points, name, content, told):
    replace(broken / name, content)
    with pytest.raises(ModelFileError, match=told):
        convert_ict(broken, points)


def test_folder_without_identity_is_told(broken, points):
    for mode in range(MODES):
        replace(broken / f"identity{mode:03d}.obj", None)
    with pytest.raises(ModelFileError, match=r"identity000\.obj and others"):
        convert_ict(broken, points)
