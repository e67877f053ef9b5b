"""The networks that the study of 3D expression compares; each names FER-7 from one representation."""

from __future__ import annotations

import keras
import numpy as np
from keras import layers

from emopoi.models.mesh_layers import Gather, Mix, OwnOffset
from emopoi.types.labels import FER7


def build_distance_network(edges: int, *, dropout: float = 0.3) -> keras.Model:
    """From the lengths of a mesh's edges, float32 (N, E) as logarithms of their ratio to the mean face's."""
    lengths = keras.Input((edges,), name="lengths")
    hidden = layers.Dropout(dropout / 3)(lengths)
    for width in (160, 128):
        hidden = _dense(hidden, width, dropout)
    return _named(lengths, hidden, "distance_network")


def build_point_network(template: np.ndarray, *, dropout: float = 0.3) -> keras.Model:
    """From points one by one and their maximum (Qi et al. 2017, "PointNet").

    Input float32 (N, L, 3), differences from the mean face. Each point is told where it lies on the mean
    face: a cloud without numbers, but in known places.

    Args:
        template: float (L, 3), the mean face.
        dropout: training only.
    """
    points = keras.Input((len(template), 3), name="points")
    values = layers.Rescaling(10.0)(points)
    hidden = OwnOffset()(layers.Dense(16)(values))
    hidden = layers.ReLU()(_norm(hidden))
    hidden = layers.ReLU()(_norm(layers.Dense(32, use_bias=False)(hidden)))
    hidden = OwnOffset()(layers.Dense(64, use_bias=False)(hidden))
    hidden = layers.ReLU()(_norm(hidden))
    pooled = layers.Concatenate()(
        [layers.GlobalMaxPooling1D()(hidden), layers.GlobalAveragePooling1D()(hidden)]
    )
    return _named(points, _dense(layers.Dropout(dropout)(pooled), 128, dropout), "point_network")


def build_graph_network(
    means: np.ndarray, kept: np.ndarray, coarse_means: np.ndarray, *, channels: int = 24, dropout: float = 0.3
) -> keras.Model:
    """Spatial graph convolutions on the mesh's edges (Hamilton et al. 2017, "GraphSAGE", with means).

    Input float32 (N, L, 3), differences from the mean face. The first layer sees all points, the next two
    those that stay on the first level of the hierarchy; each of them then has a voice of its own, since the
    face is always the same graph.

    Args:
        means: float (L, L), row i holds the shares of point i's neighbours.
        kept: int (M,), points that stay.
        coarse_means: float (M, M), as `means` between them.
        channels: of the hidden layers.
        dropout: training only.
    """
    points = keras.Input((len(means), 3), name="points")
    hidden = layers.Rescaling(10.0)(points)
    # Linear, and so the same before the points are thinned out as after.
    around = Mix(means[kept], name="neighbours_1")(hidden)
    hidden = layers.Concatenate()([Gather(np.asarray(kept)[:, None])(hidden), around])
    for number in (1, 2, 3):
        if number > 1:
            around = Mix(coarse_means, name=f"neighbours_{number}")(hidden)
            hidden = layers.Concatenate()([hidden, around])
        hidden = layers.Dense(channels, use_bias=False)(hidden)
        hidden = layers.ReLU()(_norm(OwnOffset()(hidden)))
    hidden = layers.Flatten()(layers.Dense(8)(hidden))
    return _named(points, _dense(layers.Dropout(dropout)(hidden), 128, dropout), "graph_network")


def build_mesh_network(
    spirals: list[np.ndarray], *, channels: tuple[int, ...] = (24, 48, 64), dropout: float = 0.3
) -> keras.Model:
    """Convolutions along spirals with pooling down a fixed hierarchy of the mesh.

    Input float32 (N, L, 3), differences from the mean face.

    Args:
        spirals: one int (M, K) a level: for each point that stays, the numbers of those of the level before
            that are read, itself first.
        channels: of the levels.
        dropout: training only.
    """
    points = keras.Input((int(max(map(np.max, spirals[:1]))) + 1, 3), name="points")
    hidden = layers.Rescaling(10.0)(points)
    for level, (around, width) in enumerate(zip(spirals, channels, strict=True), 1):
        hidden = layers.Dense(width, use_bias=False)(Gather(around, name=f"spirals_{level}")(hidden))
        hidden = layers.ReLU()(_norm(OwnOffset()(hidden)))
    hidden = layers.Dropout(dropout)(layers.Flatten()(hidden))
    return _named(points, _dense(hidden, 128, dropout), "mesh_network")


def build_voxel_network(shape: tuple[int, int, int, int], *, dropout: float = 0.3) -> keras.Model:
    """3D convolutions on a grid, float32 (N, X, Y, Z, C) (Maturana & Scherer 2015, "VoxNet")."""
    grid = keras.Input(shape, name="grid")
    hidden = grid
    for width in (12, 24):
        hidden = layers.Conv3D(width, 3, strides=2, padding="same", use_bias=False)(hidden)
        hidden = layers.ReLU()(_norm(hidden))
    hidden = layers.Dropout(dropout)(layers.Flatten()(hidden))
    return _named(grid, _dense(hidden, 128, dropout), "voxel_network")


def _dense(hidden, width: int, dropout: float):
    hidden = layers.ReLU()(_norm(layers.Dense(width, use_bias=False)(hidden)))
    return layers.Dropout(dropout)(hidden)


def _norm(hidden):
    return layers.BatchNormalization(momentum=0.95)(hidden)


def _named(given, hidden, name: str) -> keras.Model:
    answer = layers.Dense(len(FER7), dtype="float32", name="fer7")(hidden)
    return keras.Model(given, {"fer7": answer}, name=name)
