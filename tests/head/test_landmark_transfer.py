import numpy as np
import pytest

from emopoi.errors import InputError
from emopoi.head.ibug_points import IBUG_TO_MEDIAPIPE
from emopoi.head.landmark_transfer import embed_landmarks
from tests.head.made_heads import on_skull, small_head


def all_points():
    """468 points spread over the front of the made skull; any numbering will do."""
    generator = np.random.default_rng(5)
    points = on_skull(*generator.uniform([[-1.2], [-0.6]], [[1.2], [0.7]], (2, 468)))
    return points


def test_points_of_a_bent_face_find_their_places():
    head, points = small_head(), all_points()
    skin = head.face_parts == 0
    # Another face: turned, in centimetres, wider, and bowed.
    turn = np.array([[0.8, 0, 0.6], [0, 1, 0], [-0.6, 0, 0.8]])
    other = (points + 0.1 * points[:, :1] ** 2) @ turn * [120, 100, 100] + [3, 4, 5]
    known = np.arange(0, 468, 6)
    embedding = embed_landmarks(other, head.v_template, head.f, known, points[known], allowed=skin)
    assert (embedding.indices == np.arange(468)).all() and not embedding.offsets.any()
    assert skin[embedding.faces].all()
    away = np.linalg.norm(embedding.apply(head.v_template, head.f) - points, axis=1)
    # Half a millimetre of 190 mm: the skull's triangles are as flat as that.
    assert away.mean() < 0.0007 and away.max() < 0.004


def test_only_allowed_triangles_carry_points():
    head, points = small_head(), all_points()
    allowed = (head.face_parts == 0) & (head.v_template[head.f][:, :, 0].min(axis=1) > 0)
    known = np.arange(0, 468, 8)
    embedding = embed_landmarks(points, head.v_template, head.f, known, points[known], allowed=allowed)
    assert allowed[embedding.faces].all() and not allowed.all()


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"points": np.zeros((478, 3))}, r"\(468, 3\) were expected, got \(478, 3\)"),
        ({"points": np.full((468, 3), np.inf)}, "finite"),
        ({"numbers": np.array([1, 1, 2, 3, 4])}, "different numbers"),
        ({"places": np.zeros((4, 3))}, "as many places"),
        ({"numbers": np.array([0, 1, 2, 3, 468])}, "0..467"),
        ({"places": np.zeros((3, 3)), "numbers": np.arange(3)}, "4 points"),
    ],
)
def test_wrong_input_is_told(changed, told):
    head = small_head()
    given = {"points": all_points(), "numbers": np.arange(5), "places": np.eye(5, 3)} | changed
    with pytest.raises(InputError, match=told):
        embed_landmarks(given["points"], head.v_template, head.f, given["numbers"], given["places"])


def test_the_canonical_face_lands_on_the_ict_head(data_dir):
    with (
        np.load(data_dir / "mediapipe_canonical" / "canonical_face.npz") as canonical,
        np.load(data_dir / "ict_facekit" / "ict_skin_f16.npz") as ict,
    ):
        points, vertices, faces = canonical["vertices_468"], ict["v_template"], ict["triangles"]
        landmarks, edges = ict["landmarks_68"], canonical["tesselation_edges"]
    named = np.r_[8, 17:68]
    embedding = embed_landmarks(
        points,
        vertices,
        faces,
        IBUG_TO_MEDIAPIPE[named],
        vertices[landmarks[named]],
        allowed=(faces < 9409).all(axis=1),
    )
    found = embedding.apply(vertices, faces)
    np.testing.assert_allclose(found[IBUG_TO_MEDIAPIPE[named]], vertices[landmarks[named]], atol=1e-3)
    mirror = np.linalg.norm(points[:, None] * [-1, 1, 1] - points[None], axis=2).argmin(axis=1)
    assert np.linalg.norm(found * [-1, 1, 1] - found[mirror], axis=1).max() < 0.03
    # Neighbours stay neighbours: no edge of the net folds up or tears.
    before = np.linalg.norm(points[edges[:, 0]] - points[edges[:, 1]], axis=1)
    after = np.linalg.norm(found[edges[:, 0]] - found[edges[:, 1]], axis=1)
    assert np.percentile(after / before, [1, 50, 99]) == pytest.approx([0.35, 0.98, 1.5], abs=0.3)
