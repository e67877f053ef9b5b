"""From pixels to a head's coefficients: the network of a phone.

What it is trained for stands in `training.train_dream`; sizes follow the head.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import keras
from keras import layers

from emopoi.models.face_encoder import EncoderConfig, encode_feature_map

TURN, CAMERA, JAW, LIGHT = 3, 3, 3, 27


@dataclass(frozen=True)
class FaceRegressorConfig:
    """Sizes of the network.

    Attributes:
        size: side of the colour input, pixels.
        encoder: widths.
        hidden: width of the layer before the outputs.
        identity: coefficients of identity.
        expressions: coefficients of expressions.
        albedo: coefficients of the skin's colours; 0 where neither they nor light are told.
        jaw: whether the jaw's joint is told: heads whose expressions open no mouth need it.
        dropout: before the outputs, training only.
    """

    size: int = 96
    encoder: EncoderConfig = field(
        default_factory=lambda: EncoderConfig(
            stages=((32,), (48, 48), (80, 80), (112, 112), (144, 144)), stem_stride=2
        )
    )
    hidden: int = 160
    identity: int = 30
    expressions: int = 51
    albedo: int = 50
    jaw: bool = False
    dropout: float = 0.1


def build_face_regressor(config: FaceRegressorConfig | None = None) -> keras.Model:
    """The network.

    Input `face`: float32 (N, S, S, 3), normalised colour, cut by `crop_face`.
    Outputs, all float32: `identity` (N, I); `expression` (N, E), to be cut to 0..1 where expressions have
    names; `turn` (N, 3), of the head against the crop, axis-angle radians; `camera` (N, 3), see
    `models.head_in_crop`; where the configuration asks for them `jaw` (N, 3), axis-angle radians of its
    joint, `albedo` (N, A) and `light` (N, 27), see `models.drawn_face`.
    """
    config = config or FaceRegressorConfig()
    face = keras.Input((config.size, config.size, 3), name="face")
    maps = encode_feature_map(face, config.encoder)
    # Not averaged over places: where a corner of the mouth is, is what is asked.
    flat = layers.Flatten(name="places")(maps)
    hidden = layers.Dense(config.hidden, use_bias=False, name="hidden")(flat)
    hidden = layers.BatchNormalization(momentum=0.95, name="hidden_norm")(hidden)
    hidden = layers.ReLU(name="hidden_relu")(hidden)
    hidden = layers.Dropout(config.dropout, name="hidden_dropout")(hidden)
    sizes = {
        "identity": config.identity,
        "expression": config.expressions,
        "turn": TURN,
        "camera": CAMERA,
    }
    if config.jaw:
        sizes["jaw"] = JAW
    if config.albedo:
        sizes |= {"albedo": config.albedo, "light": LIGHT}
    # At first the mean face, straight in the middle: nothing has to be unlearned.
    start = keras.initializers.RandomNormal(stddev=0.01)
    outputs = {
        name: layers.Dense(size, kernel_initializer=start, dtype="float32", name=name)(hidden)
        for name, size in sizes.items()
    }
    return keras.Model(face, outputs, name="face_regressor")
