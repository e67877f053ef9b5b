import numpy as np
import pytest

from emopoi.models.landmark_emotion import (
    FACE_NUMBERS,
    build_landmark_emotion_network,
    build_shape_emotion_network,
)
from training.expression3d.shape_space import ShapeSpace, find_shape_space
from training.expression3d.train_networks import mirrored_faces, on_points

MARKS = 40
MIRROR = np.r_[np.arange(MARKS // 2, MARKS), np.arange(MARKS // 2)]


def made_faces(numbers):
    random = np.random.default_rng(0)
    low = random.normal(size=(120, 12)) * np.geomspace(1, 0.1, 12)
    return (0.05 * low @ random.normal(size=(12, numbers))).astype(np.float32)


@pytest.fixture(scope="module")
def faces():
    return made_faces(3 * MARKS + 3)


def test_numbers_have_variance_one_and_mirroring_changes_their_signs(faces):
    space = find_shape_space(faces, MIRROR, 20)
    both = np.concatenate([space.numbers(faces), space.numbers(mirrored_faces(faces, MIRROR))])
    np.testing.assert_allclose(both.std(axis=0), 1, atol=0.02)
    assert set(space.signs) == {1.0, -1.0}
    np.testing.assert_allclose(
        space.numbers(mirrored_faces(faces, MIRROR)), space.numbers(faces) * space.signs, atol=2e-3
    )


def test_a_mirror_twice_is_no_mirror(faces):
    np.testing.assert_array_equal(mirrored_faces(mirrored_faces(faces, MIRROR), MIRROR), faces)


def test_the_network_on_points_says_what_the_one_on_numbers_says():
    faces, random = made_faces(FACE_NUMBERS), np.random.default_rng(1)
    mean, directions = faces.mean(axis=0), np.linalg.qr(random.normal(size=(FACE_NUMBERS, 20)))[0]
    space = ShapeSpace(mean, directions.astype(np.float32), np.full(20, 0.5, np.float32), np.ones(20))
    trained = build_shape_emotion_network(20)
    trained.set_weights([weight + 0.1 * random.random(weight.shape) for weight in trained.get_weights()])
    network = on_points(trained, build_landmark_emotion_network(20), space)
    expected = trained.predict(space.numbers(faces), verbose=0)["fer7"]
    assert expected.std() > 0.01
    np.testing.assert_allclose(network.predict(faces, verbose=0)["fer7"], expected, atol=5e-3)
