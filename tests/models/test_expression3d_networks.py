import keras
import numpy as np
import pytest

from emopoi.models.expression3d_networks import (
    build_distance_network,
    build_graph_network,
    build_mesh_network,
    build_point_network,
    build_voxel_network,
)
from emopoi.models.landmark_emotion import FACE_NUMBERS, build_landmark_emotion_network
from emopoi.models.mesh_layers import Gather, Mix
from emopoi.models.shape_augmentation import FacesOfNumbers, ShapeAugmentation
from emopoi.runtime.frozen_head import load_head
from training.expression3d.face_mesh import (
    face_triangles,
    mesh_edges,
    neighbour_means,
    spiral_hierarchy,
    thinned_means,
)

KEPT = np.arange(0, 468, 4)


@pytest.fixture(scope="module")
def face():
    head = load_head()
    return head.v_template[:468].astype(float), mesh_edges(face_triangles(head))


def networks(face):
    template, edges = face
    return {
        "points": (build_point_network(template), (468, 3)),
        "graph": (build_graph_network(neighbour_means(edges), KEPT, thinned_means(edges, KEPT)), (468, 3)),
        "mesh": (build_mesh_network(spiral_hierarchy(template, edges)), (468, 3)),
        "distances": (build_distance_network(len(edges)), (len(edges),)),
        "voxels": (build_voxel_network((8, 8, 6, 4)), (8, 8, 6, 4)),
        "landmarks": (build_landmark_emotion_network(), (FACE_NUMBERS,)),
    }


def test_every_network_tells_seven_of_its_own_representation(face):
    random = np.random.default_rng(0)
    for name, (network, shape) in networks(face).items():
        assert network.input_shape == (None, *shape), name
        told = np.asarray(network(random.normal(size=(6, *shape)).astype(np.float32))["fer7"])
        assert told.shape == (6, 7) and told.dtype == np.float32 and told.std() > 1e-3, name


def test_the_mesh_network_learns_eight_faces(face):
    keras.utils.set_random_seed(1)
    network = build_mesh_network(spiral_hierarchy(*face), dropout=0.0)
    faces = 0.1 * np.random.default_rng(0).normal(size=(8, 468, 3)).astype(np.float32)
    labels = np.array([0, 1, 2, 3, 4, 5, 6, 0])
    network.compile(keras.optimizers.Adam(3e-3), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    network.fit(faces, {"fer7": labels}, batch_size=8, epochs=20, verbose=0)
    # As while training: batch statistics of 20 steps are no population's.
    assert (np.asarray(network(faces, training=True)["fer7"]).argmax(axis=1) == labels).mean() > 0.5


def test_gathering_takes_fixed_neighbours_and_keeps_them_when_saved():
    layer = Gather([[2, 0], [1, 1]])
    values = np.arange(12, dtype=np.float32).reshape(1, 3, 4)
    got = np.asarray(layer(values))
    assert got.shape == (1, 2, 8)
    assert got[0, 0].tolist() == [*values[0, 2], *values[0, 0]]
    again = Gather.from_config(layer.get_config())
    assert np.array_equal(np.asarray(again(values)), got)


def test_mixing_is_a_matrix_over_points():
    shares = np.array([[0.5, 0.5, 0], [0, 0, 1]])
    values = np.random.default_rng(0).normal(size=(2, 3, 4)).astype(np.float32)
    layer = Mix(shares)
    np.testing.assert_allclose(np.asarray(layer(values)), np.einsum("ml,nlc->nmc", shares, values), rtol=1e-5)
    assert np.array_equal(np.asarray(Mix.from_config(layer.get_config())(values)), np.asarray(layer(values)))


def test_augmentation_mirrors_and_bends_while_training_alone():
    layer = ShapeAugmentation(np.array([1, -1]), np.array([0.1, 0.001]), bend=0.0, shake=0.0, seed=3)
    numbers = np.tile(np.array([[1.0, 2.0]], np.float32), (200, 1))
    assert np.array_equal(np.asarray(layer(numbers, training=False)), numbers)
    changed = np.asarray(layer(numbers, training=True))
    assert np.all(changed[:, 0] == 1) and set(changed[:, 1]) == {2.0, -2.0}
    bent = ShapeAugmentation(np.array([1, 1]), np.array([0.1, 0.001]), bend=0.1, shake=0.01, seed=3)
    spread = (np.asarray(bent(numbers, training=True)) - numbers).std(axis=0)
    # Narrow directions drown in what shakes each point, wide ones do not.
    assert 0.03 < spread[0] < 0.15 and spread[1] > 5 * spread[0]


def test_faces_of_numbers_are_mean_and_directions():
    layer = FacesOfNumbers(np.array([1.0, 2, 3]), np.array([[0.0, 1, 0], [0, 0, 2]]))
    assert np.asarray(layer(np.array([[3.0, 1.0]], np.float32))).tolist() == [[1.0, 5.0, 5.0]]
