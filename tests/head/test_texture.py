import numpy as np
import pytest

from emopoi.errors import InputError
from emopoi.head.head_model import project
from emopoi.head.part_colours import PART_COLOURS
from emopoi.head.skinning import rotation_matrices
from emopoi.head.texture import TextureMap
from tests.head.made_face import SIDE, made_face

HEAD = made_face()
SIZE = 256
MAP = TextureMap(HEAD, SIZE)
CAMERA = np.float32([10, 100, 100])
FRONT = project(HEAD.v_template, CAMERA)


def _gradient(width: int = 200, height: int = 200) -> np.ndarray:
    """Red tells x, green y."""
    y, x = np.mgrid[:height, :width]
    return np.stack([x, y, np.full_like(x, 77)], axis=-1).clip(0, 255).astype(np.uint8)


def _texel(vertex: int) -> tuple[int, int]:
    """Row and column of a vertex of the skin away from the seam."""
    row = HEAD.uv_f[np.nonzero(HEAD.f == vertex)]
    u, v = HEAD.uv[row[0]]
    return int((1 - v) * SIZE), int(u * SIZE)


def _grid(row: int, column: int) -> int:
    return row * SIDE + column


def test_each_texel_has_the_colour_of_its_place_in_the_picture() -> None:
    texture = MAP.paint(_gradient(), FRONT)
    assert texture.dtype == np.uint8 and texture.shape == (SIZE, SIZE, 3)
    for row in range(2, SIDE - 2):
        for column in (3, 5, 9, 11):
            vertex = _grid(row, column)
            behind_an_eye = np.hypot(*(np.abs(HEAD.v_template[vertex, :2]) - (3, 3))) < 2.2
            if not behind_an_eye:
                np.testing.assert_allclose(texture[_texel(vertex)][:2], FRONT[vertex, :2], atol=2)


def test_what_lies_outside_of_the_picture_comes_from_the_other_side() -> None:
    half = _gradient()[:, :95]
    texture = MAP.paint(half, FRONT)
    for row in (3, 7, 12):
        seen, unseen = _grid(row, 3), _grid(row, SIDE - 1 - 3)
        np.testing.assert_allclose(texture[_texel(unseen)][:2], FRONT[seen, :2], atol=2)
        np.testing.assert_allclose(texture[_texel(seen)][:2], FRONT[seen, :2], atol=2)


def test_a_turned_away_cheek_comes_from_the_other_one() -> None:
    turned = HEAD.v_template @ rotation_matrices(np.float32([0, 1.0, 0])).T
    projected = project(turned, CAMERA)
    texture = MAP.paint(_gradient(), projected)
    seen, hidden = _grid(9, 2), _grid(9, SIDE - 1 - 2)
    np.testing.assert_allclose(texture[_texel(hidden)][:2], projected[seen, :2], atol=3)
    np.testing.assert_allclose(texture[_texel(seen)][:2], projected[seen, :2], atol=3)


def test_what_an_eye_hides_is_not_painted_with_the_eye() -> None:
    picture = np.full((200, 200, 3), (200, 150, 120), np.uint8)
    for side in (-1, 1):
        x, y = 100 + 30 * side, 70
        picture[y - 7 : y + 8, x - 7 : x + 8] = (10, 20, 250)
    texture = MAP.paint(picture, FRONT)
    eye = texture[int(0.1 * SIZE) + 4 : int(0.2 * SIZE) - 4, int(0.85 * SIZE) + 4 : int(0.95 * SIZE) - 4]
    np.testing.assert_allclose(eye.reshape(-1, 3), np.tile((10, 20, 250), (eye.size // 3, 1)), atol=12)
    skin = texture[:, : int(0.76 * SIZE)]
    assert skin[..., 2].max() < 170


def test_points_of_the_face_correct_a_head_that_fits_badly() -> None:
    right, missing = FRONT.copy(), FRONT.copy()
    missing[:, 0] += 6 * np.sin(missing[:, 1] / 60)
    points = np.zeros((468, 3), np.float32)
    points[HEAD.landmarks.indices] = HEAD.landmark_points(right)
    wanted, corrected = MAP.paint(_gradient(), right), MAP.paint(_gradient(), missing, points)
    uncorrected = MAP.paint(_gradient(), missing)
    errors = [np.abs(one.astype(int) - wanted).mean() for one in (corrected, uncorrected)]
    assert errors[0] < 0.35 * errors[1] and errors[1] > 1


def test_a_face_that_no_picture_shows_is_plain() -> None:
    texture = MAP.paint(_gradient(), FRONT + np.float32([5000, 0, 0]))
    np.testing.assert_array_equal(texture[SIZE // 2, SIZE // 3], PART_COLOURS["skin"])
    np.testing.assert_array_equal(texture[int(0.15 * SIZE), int(0.9 * SIZE)], PART_COLOURS["eyes"])


def test_there_is_no_hole_between_what_is_seen() -> None:
    texture = MAP.paint(np.full((200, 200, 3), (200, 100, 50), np.uint8), FRONT)
    np.testing.assert_allclose(texture.reshape(-1, 3), np.tile((200, 100, 50), (SIZE**2, 1)), atol=1)


def test_a_picture_wider_than_opencv_maps_does_too() -> None:
    far = FRONT + np.float32([39_900 - 200, 0, 0])
    high = np.zeros((200, 40_000, 3), np.uint8)
    high[:, 39_700:] = _gradient(300)
    moved = MAP.paint(high, far)
    assert np.abs(moved.astype(int) - MAP.paint(_gradient(300), FRONT)).mean() < 1


@pytest.mark.parametrize(
    ("picture", "projected", "points", "words"),
    [
        (np.zeros((9, 9), np.uint8), FRONT, None, "uint8"),
        (np.zeros((9, 9, 3)), FRONT, None, "uint8"),
        (np.zeros((0, 9, 3), np.uint8), FRONT, None, "uint8"),
        (_gradient(), FRONT[:5], None, r"\(233, 3\)"),
        (_gradient(), np.full_like(FRONT, np.nan), None, "finite"),
        (_gradient(), FRONT, np.zeros((467, 3)), "468"),
        (_gradient(), FRONT, np.full((468, 3), np.inf), "finite"),
    ],
)
def test_what_does_not_fit_is_refused(
    picture: np.ndarray, projected: np.ndarray, points: np.ndarray | None, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        MAP.paint(picture, projected, points)


def test_a_head_without_a_layout_has_no_texture() -> None:
    with pytest.raises(InputError, match="uv was expected"):
        TextureMap(made_face(uv=False))
    with pytest.raises(InputError, match="16 to 8192"):
        TextureMap(HEAD, 8)
