import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from emopoi.head.head_model import project
from emopoi.reconstruct.best_view import better_view
from emopoi.types import Face, Frame, TrackedFace
from emopoi.vision.face_landmarks import FaceMesh

FACE = TrackedFace(1, Face((0, 0, 9, 9), 0.9, np.zeros((6, 2), np.float32), measured=False))


def view(low, size, picture=(300, 400), presence=0.9, known=None):
    points = np.random.default_rng(0).uniform(0, 1, (468, 3)).astype(np.float32) * np.float32(size)
    points[:2] = (0, 0, 0), (size, size, size)
    points[:, :2] += np.float32(low)
    rows, columns = np.mgrid[: picture[0], : picture[1]]
    image = np.stack([columns // 16, rows // 16, columns % 2], axis=2).astype(np.uint8)
    frame = Frame(image, 0.0, 0)
    return better_view(known, frame, FACE, FaceMesh(points, presence), 3), points, image


@given(
    low=st.tuples(st.floats(-50, 350), st.floats(-50, 250)),
    size=st.floats(5, 200),
    camera=st.tuples(st.floats(0.5, 90), st.floats(0, 400), st.floats(0, 300)),
)
def test_camera_and_points_fit_the_cut(low, size, camera):
    cut, points, image = view(low, size)
    assert cut.image.dtype == np.uint8 and min(cut.image.shape[:2]) >= 1 and cut.number == 3
    place = np.array([[0.3, -0.2, 0.1]])
    there = project(place, np.array(camera))[0, :2]
    here = project(place, cut.camera(np.array(camera)))[0, :2]
    np.testing.assert_allclose((here + 0.5) / cut.share - 0.5 + (cut.left_px, cut.top_px), there, atol=1e-3)
    moved = (cut.points[:, :2] + 0.5) / cut.share - 0.5 + (cut.left_px, cut.top_px)
    np.testing.assert_allclose(moved, points[:, :2], atol=1e-2)
    part = image[cut.top_px : cut.top_px + cut.image.shape[0], cut.left_px : cut.left_px + cut.image.shape[1]]
    np.testing.assert_array_equal(cut.image, part)


def test_a_large_face_is_kept_small():
    cut, _, _ = view((100, 100), 1800, picture=(2160, 3840))
    assert max(cut.image.shape[:2]) <= 1280 and cut.share < 1
    assert cut.image.base is None or cut.image.base.nbytes < 6_000_000


def test_a_better_view_takes_the_place():
    small, _, _ = view((100, 100), 40)
    large, _, _ = view((100, 100), 120, known=small)
    assert large is not small
    assert view((100, 100), 121, known=large)[0] is large  # hardly better: not worth a copy
    assert view((100, 100), 150, presence=0.4, known=large)[0] is large
