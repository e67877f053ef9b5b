"""What the networks of the study are fed, and the networks: one line of `NETWORKS` each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import keras
import numpy as np

from emopoi.models.expression3d_networks import (
    build_distance_network,
    build_graph_network,
    build_mesh_network,
    build_point_network,
    build_voxel_network,
)
from emopoi.models.landmark_emotion import build_landmark_emotion_network
from emopoi.runtime.frozen_head import load_head
from training.expression3d.aligned_points import alignment
from training.expression3d.face_mesh import (
    face_triangles,
    length_ratios,
    mesh_edges,
    neighbour_means,
    spiral_hierarchy,
    thinned_means,
)
from training.expression3d.voxel_grid import CHANNELS, SHAPE, voxel_grids
from training.loop import LoopSettings


class FaceShape:
    """The mean face and its mesh, worked out once.

    Attributes:
        template: float64 (468, 3), outer-eye distances.
        edges: int (1322, 2).
    """

    def __init__(self) -> None:
        self.template = alignment().template
        self.edges = mesh_edges(face_triangles(load_head()))


@dataclass(frozen=True)
class StudyNetwork:
    """One row of the study.

    Attributes:
        about: what it reads, for the table.
        build: makes the network.
        given: from faces float32 (N, 1407) to what the network reads.
        loop: how it is trained.
        augmented: faces are changed while training (`PointAugmentation`); else they are trained on as they
            are and in a mirror, since their representation is worked out before.
        folded: trained on the numbers of the shape space, which become its first layer.
    """

    about: str
    build: Callable[[FaceShape], keras.Model]
    given: Callable[[FaceShape, np.ndarray], np.ndarray]
    loop: LoopSettings
    augmented: bool = True
    folded: bool = False


def _points(shape: FaceShape, faces: np.ndarray) -> np.ndarray:
    return faces[:, :-3].reshape(len(faces), -1, 3)


def _lengths(shape: FaceShape, faces: np.ndarray) -> np.ndarray:
    return length_ratios(_points(shape, faces), shape.template, shape.edges)


def _grids(shape: FaceShape, faces: np.ndarray) -> np.ndarray:
    return voxel_grids(_points(shape, faces), shape.template)


def _graph(shape: FaceShape) -> keras.Model:
    kept = spiral_hierarchy(shape.template, shape.edges)[0][:, 0]
    return build_graph_network(neighbour_means(shape.edges), kept, thinned_means(shape.edges, kept))


_USUAL = LoopSettings(
    epochs=16, batch=512, optimizer="adamw", learning_rate=3e-3, warmup_epochs=1, weight_decay=0.02, ema=0.99
)

NETWORKS: dict[str, StudyNetwork] = {
    "landmark_emotion": StudyNetwork(
        "468 aligned points and the head's turn, perceptron",
        lambda shape: build_landmark_emotion_network(),
        lambda shape, faces: faces,
        replace(_USUAL, epochs=60, ema=0.998),
        folded=True,
    ),
    "distances": StudyNetwork(
        "lengths of the mesh's 1,322 edges, perceptron",
        lambda shape: build_distance_network(len(shape.edges)),
        _lengths,
        _USUAL,
        augmented=False,
    ),
    "points": StudyNetwork(
        "points one by one and their maximum (PointNet)",
        lambda shape: build_point_network(shape.template),
        _points,
        _USUAL,
    ),
    "graph": StudyNetwork(
        "graph convolutions on the mesh's edges",
        _graph,
        _points,
        _USUAL,
    ),
    "mesh_cnn": StudyNetwork(
        "convolutions along spirals, pooling 468 to 160 to 48 to 16 points",
        lambda shape: build_mesh_network(spiral_hierarchy(shape.template, shape.edges)),
        _points,
        replace(_USUAL, epochs=44, ema=0.998),
    ),
    "voxels": StudyNetwork(
        "grid of 16 x 16 x 8 voxels, 3D convolutions",
        lambda shape: build_voxel_network((*SHAPE, CHANNELS)),
        _grids,
        replace(_USUAL, epochs=6, batch=256),
        augmented=False,
    ),
}
"""By the name of their runs."""
