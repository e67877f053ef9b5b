"""Folds and wrinkles of one person: a code read off pixels, and what it adds to the head at each expression.

Danecek et al. 2022 (EMOCA) and Feng et al. 2021, "Learning an animatable detailed 3D face model from
in-the-wild images" (DECA): the code is the person's, the expression moves what it makes, so a head with
detail can be animated with other expressions than the one in the picture.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import keras
import numpy as np
from keras import layers, ops

from emopoi.head.detail_places import DetailPlaces
from emopoi.models.face_encoder import EncoderConfig, encode_feature_map


@dataclass(frozen=True)
class FaceDetailConfig:
    """Sizes.

    Attributes:
        size: side of the colour input, pixels.
        encoder: widths.
        code: length of the code.
        map: side of the displacement map, texels; 4 times a power of two.
        channels: widths of the maps while they grow.
        expressions: coefficients of expressions.
        limit: farthest that a vertex is moved, outer-eye distances.
    """

    size: int = 96
    encoder: EncoderConfig = field(
        default_factory=lambda: EncoderConfig(stages=((24,), (32,), (48,), (64,), (96,)), stem_stride=2)
    )
    code: int = 64
    map: int = 64
    channels: tuple[int, ...] = (64, 48, 32, 24)
    expressions: int = 51
    limit: float = 0.04


def build_detail_encoder(config: FaceDetailConfig | None = None) -> keras.Model:
    """Pixels to a code.

    Input `face`: float32 (N, S, S, 3), as the face regressor has it. Output `code`: float32 (N, C), -1..1.
    """
    config = config or FaceDetailConfig()
    face = keras.Input((config.size, config.size, 3), name="face")
    maps = encode_feature_map(face, config.encoder, name="detail")
    flat = layers.Flatten(name="places")(maps)
    code = layers.Dense(config.code, activation="tanh", dtype="float32", name="code")(flat)
    return keras.Model(face, {"code": code}, name="detail_encoder")


def build_detail_decoder(config: FaceDetailConfig | None = None) -> keras.Model:
    """A code and an expression to a displacement map.

    Inputs `code` float32 (N, C) and `expression` float32 (N, E). Output `displacement`: float32 (N, M, M, 1),
    along the normals, outer-eye distances, in the head's layout of textures, first row at v = 1.
    """
    config = config or FaceDetailConfig()
    code = keras.Input((config.code,), name="code")
    expression = keras.Input((config.expressions,), name="expression")
    both = layers.Concatenate(name="both")([code, expression])
    tensor = layers.Dense(4 * 4 * config.channels[0], activation="relu", name="seed")(both)
    tensor = layers.Reshape((4, 4, config.channels[0]), name="first_map")(tensor)
    for number, width in enumerate(config.channels):
        tensor = layers.UpSampling2D(2, name=f"grow_{number}")(tensor)
        tensor = layers.Conv2D(width, 3, padding="same", activation="relu", name=f"conv_{number}")(tensor)
    # At first nothing is moved.
    start = keras.initializers.RandomNormal(stddev=1e-3)
    tensor = layers.Conv2D(
        1, 3, padding="same", activation="tanh", kernel_initializer=start, dtype="float32", name="shape"
    )(tensor)
    shown = layers.Rescaling(config.limit, dtype="float32", name="displacement")(tensor)
    return keras.Model(
        {"code": code, "expression": expression}, {"displacement": shown}, name="detail_decoder"
    )


class DetailAtVertices(keras.layers.Layer):
    """How far each vertex of a head is moved, from a displacement map.

    Args:
        places: where the vertices lie in the map.
    """

    def __init__(self, places: DetailPlaces, **kwargs):
        super().__init__(trainable=False, dtype="float32", **kwargs)
        self._texels = places.texels.astype(np.int32)
        self._shares = places.shares.astype(np.float32)

    def call(self, displacement):
        """Float32 (N, M, M, 1) -> (N, V), in the map's unit; 0 where nothing may move."""
        flat = ops.reshape(displacement, (ops.shape(displacement)[0], -1))
        around = ops.take(flat, self._texels.ravel(), axis=1)
        around = ops.reshape(around, (-1, *self._texels.shape))
        return ops.sum(around * self._shares[None], axis=-1)
