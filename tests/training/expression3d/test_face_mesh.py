import numpy as np
import pytest

from emopoi.runtime.frozen_head import load_head
from training.expression3d.face_mesh import (
    edge_lengths,
    face_triangles,
    length_ratios,
    mesh_distances,
    mesh_edges,
    neighbour_means,
    spiral_hierarchy,
)

UPPER_LIP, LOWER_LIP = 13, 14


@pytest.fixture(scope="module")
def mesh():
    head = load_head()
    return head.v_template[:468].astype(float), mesh_edges(face_triangles(head))


def test_the_mesh_has_all_points_and_no_lids_or_lips_closed(mesh):
    vertices, edges = mesh
    assert len(edges) == 1322 and set(edges.ravel()) == set(range(468))
    apart = mesh_distances(edge_lengths(vertices[None], edges)[0], edges)
    assert np.isfinite(apart).all() and np.allclose(apart, apart.T)
    straight = np.linalg.norm(vertices[UPPER_LIP] - vertices[LOWER_LIP])
    assert apart[UPPER_LIP, LOWER_LIP] > 4 * straight


def test_lengths_tell_neither_turn_nor_place(mesh):
    vertices, edges = mesh
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]
    moved = (vertices @ turn + 3).astype(np.float32)
    np.testing.assert_allclose(
        edge_lengths(moved[None], edges), edge_lengths(vertices[None], edges), atol=1e-4
    )
    doubled = length_ratios((vertices)[None].astype(np.float32), vertices, edges)
    np.testing.assert_allclose(doubled, np.log(2), atol=1e-4)


def test_means_are_means_of_neighbours(mesh):
    _, edges = mesh
    means = neighbour_means(edges)
    np.testing.assert_allclose(means.sum(axis=1), 1, atol=1e-6)
    assert (means > 0).sum() == 2 * len(edges) and not np.diag(means).any()


def test_the_hierarchy_reads_near_points_itself_first(mesh):
    vertices, edges = mesh
    steps = spiral_hierarchy(vertices, edges)
    assert [len(step) for step in steps] == [160, 48, 16]
    before = 468
    for step in steps:
        assert step.min() >= 0 and step.max() < before
        assert all(len(set(row)) == len(row) for row in step.tolist())
        before = len(step)
    first = steps[0]
    assert len(set(first[:, 0].tolist())) == 160
    reach = np.linalg.norm(vertices[first] - vertices[first[:, :1]], axis=2).max()
    assert reach < 0.6 * np.ptp(vertices[:, 0])
    # Nearly every point of the face is read by some point that stays.
    assert len(set(first.ravel().tolist())) > 440
