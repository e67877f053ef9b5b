"""Two pictures of one face a row."""

import numpy as np

from training.face3d.face_pairs import FacePairs
from training.face3d.regressor_faces import RegressorFaces


def made(count, start=0):
    numbers = np.arange(start, start + count, dtype=np.float32)
    return RegressorFaces(
        pictures=np.tile(numbers.astype(np.uint8)[:, None, None, None], (1, 4, 4, 3)),
        points=np.zeros((count, 468, 3), np.float32) + numbers[:, None, None],
        eye_distance_px=numbers,
        identity=np.zeros((count, 2), np.float32),
        expression=numbers[:, None] * np.float32([1.0, -1.0]),
        rotation=np.tile(np.eye(3, dtype=np.float32), (count, 1, 1)),
    )


def test_photos_stand_beside_themselves_and_do_not_move():
    pairs = FacePairs.of_photos(made(3))
    np.testing.assert_array_equal(pairs.pictures[np.array([2, 0])][:, :, 0, 0, 0], [[2, 2], [0, 0]])
    assert (pairs.motion == 0).all() and len(pairs.pictures) == 3


def test_frames_stand_beside_the_next_of_their_own_clip():
    pairs = FacePairs.of_clips([made(3), made(2, start=10)])
    shown = pairs.pictures[np.arange(5)][:, :, 0, 0, 0]
    np.testing.assert_array_equal(shown, [[0, 1], [1, 2], [2, 0], [10, 11], [11, 10]])
    np.testing.assert_array_equal(pairs.motion[:, 0], [1, 1, -2, 1, -1])


def test_clips_come_several_times_beside_photos():
    both = FacePairs.of_photos(made(2)).and_also(FacePairs.of_clips([made(2, start=7)]), times=3)
    assert len(both.rows) == 2 + 3 * 2 and both.rows.max() == 3
    np.testing.assert_array_equal(both.first.eye_distance_px, [0, 1, 7, 8, 7, 8, 7, 8])
    np.testing.assert_array_equal(both.pictures[np.array([2])][0, :, 0, 0, 0], [7, 8])
