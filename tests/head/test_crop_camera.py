"""A head seen in a crop lies at the same place of the picture."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from emopoi.head.crop_camera import USUAL_SCALE, crop_camera, out_of_crop
from emopoi.head.skinning import rotation_matrices


@given(seed=st.integers(0, 10_000), larger=st.floats(0.05, 8), angle=st.floats(-3, 3))
def test_points_of_the_crop_are_points_of_the_picture(seed, larger, angle):
    random = np.random.default_rng(seed)
    rotation = rotation_matrices(random.normal(0, 0.5, 3))
    scale, x, y = random.uniform(10, 60), random.uniform(0, 96), random.uniform(0, 96)
    cosine, sine = larger * np.cos(angle), larger * np.sin(angle)
    to_crop = np.array([[cosine, sine, random.normal() * 50], [-sine, cosine, random.normal() * 50]])
    points = random.normal(size=(7, 3))

    def pixels(rotation, scale, x, y):
        turned = points @ rotation.T
        return np.stack([x + scale * turned[:, 0], y - scale * turned[:, 1]], axis=1)

    in_crop = pixels(rotation, scale, x, y)
    turned, wider, place = out_of_crop(rotation, scale, x, y, to_crop)
    in_picture = pixels(turned, wider, place[0], -place[1])
    np.testing.assert_allclose(in_picture @ to_crop[:, :2].T + to_crop[:, 2], in_crop, atol=1e-6)
    np.testing.assert_allclose(turned @ turned.T, np.eye(3), atol=1e-9)


def test_zero_is_the_usual_face_in_the_middle():
    assert crop_camera(np.zeros(3), 96) == (96 * USUAL_SCALE, 47.5, 47.5)
