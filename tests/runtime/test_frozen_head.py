"""The shipped head: hash, golden numbers, size, names, and that it is open where faces are."""

import numpy as np
import pytest

from emopoi.errors import ModelFileError
from emopoi.head.arkit_names import ARKIT_NAMES
from emopoi.head.head_model import PARTS
from emopoi.runtime.frozen_head import SHIPPED, load_head
from emopoi.runtime.manifest import Manifest, models_folder
from emopoi.types import FaceCoefficients

UPPER_LIP, LOWER_LIP = 13, 14
LIDS = {"Right": (159, 145), "Left": (386, 374)}
CORNERS = {"Right": 61, "Left": 291}


@pytest.fixture(scope="module")
def head():
    return load_head()


def shown(head, **expressions):
    values = np.zeros(head.n_expressions, np.float32)
    for name, value in expressions.items():
        values[head.expression_names.index(name)] = value
    return head.vertices(FaceCoefficients(np.zeros(head.n_identity, np.float32), values))


def test_golden_numbers(head):
    golden = np.load(models_folder() / SHIPPED / "golden.npz")
    face = FaceCoefficients(golden["identity"], golden["expression"], golden["pose"])
    vertices = head.vertices(face)
    np.testing.assert_allclose(vertices, golden["vertices"], atol=1e-4)
    np.testing.assert_allclose(head.landmark_points(vertices), golden["landmarks"], atol=1e-4)
    assert np.abs(vertices - head.v_template).max() > 0.5


def test_it_is_small_and_speaks_arkit(head):
    manifest = Manifest.read(models_folder() / SHIPPED)
    assert manifest.files["npz"].bytes < 2_000_000
    assert head.expression_names == ARKIT_NAMES and manifest.data["expressions"] == list(ARKIT_NAMES)
    np.testing.assert_array_equal(head.landmarks.indices, np.arange(468))
    np.testing.assert_allclose(head.landmark_points(head.v_template), head.v_template[:468], atol=1e-6)
    assert {PARTS[part] for part in np.unique(head.face_parts)} == set(PARTS)
    assert len(head.uv) and head.uv.min() >= 0 and head.uv.max() <= 1


def test_expressions_do_what_their_names_say(head):
    rest = shown(head)
    opened = shown(head, jawOpen=1)
    assert opened[LOWER_LIP, 1] < opened[UPPER_LIP, 1] - 1.5  # centimetres
    assert abs(rest[LOWER_LIP, 1] - rest[UPPER_LIP, 1]) < 0.3
    for side, (upper, lower) in LIDS.items():
        gap = rest[upper, 1] - rest[lower, 1]
        closed = shown(head, **{f"eyeBlink{side}": 1})
        assert closed[upper, 1] - closed[lower, 1] < 0.35 * gap
        other = LIDS["Left" if side == "Right" else "Right"]
        assert closed[other[0], 1] - closed[other[1], 1] > 0.9 * gap
        smile = shown(head, **{f"mouthSmile{side}": 1}) - rest
        outward = smile[CORNERS[side], 0] * (1 if side == "Left" else -1)
        assert smile[CORNERS[side], 1] > 0.2 and outward > 0.1


def test_eyes_and_mouth_are_open(head):
    """Nothing of the skin closes the lids or the lips."""
    skin = head.f[head.face_parts == PARTS.index("skin")]
    edges = np.sort(np.concatenate([skin[:, [0, 1]], skin[:, [1, 2]], skin[:, [2, 0]]]), axis=1)
    once, count = np.unique(edges, axis=0, return_counts=True)
    border = {tuple(edge) for edge in once[count == 1]}
    assert tuple(sorted((13, 82))) in border and tuple(sorted((14, 87))) in border


def test_eyeballs_turn_with_the_gaze_and_stay_behind_the_lids(head):
    rest, looked = shown(head), shown(head, eyeLookOutLeft=1, eyeLookInRight=1)
    iris = np.unique(head.f[head.face_parts == PARTS.index("iris")])
    assert (looked[iris, 0] > rest[iris, 0]).all()  # both to the person's left
    assert rest[iris, 2].max() < rest[LIDS["Left"][0], 2] + 0.3


def test_the_jaw_joint_opens_the_mouth_too(head):
    pose = np.zeros((5, 3), np.float32)
    pose[2, 0] = np.radians(20)
    face = FaceCoefficients(
        np.zeros(head.n_identity, np.float32), np.zeros(head.n_expressions, np.float32), pose
    )
    posed = head.vertices(face)
    assert posed[LOWER_LIP, 1] < posed[UPPER_LIP, 1] - 1.0
    np.testing.assert_allclose(posed[10], head.v_template[10], atol=0.1)  # the forehead stays


def test_a_damaged_head_is_refused(tmp_path, monkeypatch):
    import shutil

    shutil.copytree(models_folder() / SHIPPED, tmp_path / SHIPPED)
    path = tmp_path / SHIPPED / "head.npz"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
    monkeypatch.setenv("EMOPOI_MODELS", str(tmp_path))
    with pytest.raises(ModelFileError, match="damaged"):
        load_head()


def test_a_file_of_ones_own(tmp_path):
    path = models_folder() / SHIPPED / "head.npz"
    np.testing.assert_array_equal(load_head(path).v_template, load_head().v_template)
    with pytest.raises(ModelFileError, match="no such file"):
        load_head(tmp_path / "none.npz")
