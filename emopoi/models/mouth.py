"""What a mouth shows: how far it is open, how wide it is, whether it is closed, from a small grey window.

Its inner answer, taken from a picture and from a drawn face, tells whether lips stand alike: the lip-reading
loss of Filntisis et al. 2022, "Visual speech-aware perceptual 3D facial expression reconstruction from
videos" (SPECTRE), with a network that was trained here instead of a lip reader.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import keras
from keras import layers

from emopoi.models.face_encoder import EncoderConfig, encode_feature_map
from emopoi.models.face_window import cut_windows

WINDOW_WIDTH = 1.0
"""Of the window, in outer-eye distances; its height follows from the input."""

MEASURES = ("aperture", "width", "outer_aperture", "protrusion")
"""What the network tells beside `closed`: distance of the inner lips' middles, of the corners, of the outer
lips' middles, and how far the lips stand before the corners; all in outer-eye distances."""


@dataclass(frozen=True)
class MouthConfig:
    """Sizes.

    Attributes:
        width: of the grey input, pixels.
        height: of the grey input, pixels.
        encoder: widths.
        features: length of the inner answer.
    """

    width: int = 40
    height: int = 32
    encoder: EncoderConfig = field(
        default_factory=lambda: EncoderConfig(stages=((16,), (32, 32), (64, 64)), residual=True)
    )
    features: int = 48


def build_mouth_network(config: MouthConfig | None = None) -> keras.Model:
    """The network.

    Input `mouth`: float32 (N, H, W, 1), normalised grey. Outputs, float32: `features` (N, F), `measures`
    (N, 4), see `MEASURES`, and `closed` (N, 1), a logit.
    """
    config = config or MouthConfig()
    mouth = keras.Input((config.height, config.width, 1), name="mouth")
    maps = encode_feature_map(mouth, config.encoder, name="mouth")
    flat = layers.Flatten(name="places")(layers.AveragePooling2D(2, name="smaller")(maps))
    features = layers.Dense(config.features, activation="tanh", dtype="float32", name="features")(flat)
    measures = layers.Dense(len(MEASURES), dtype="float32", name="measures")(features)
    closed = layers.Dense(1, dtype="float32", name="closed")(features)
    return keras.Model(
        mouth, {"features": features, "measures": measures, "closed": closed}, name="mouth_network"
    )


def mouth_windows(pictures, x, y, eye_distance_px, config: MouthConfig):
    """Windows around mouths.

    Args:
        pictures: float32 (N, S, S, C).
        x: float32 (N,), middles of the mouths, pixels.
        y: float32 (N,), the same, down.
        eye_distance_px: float32 (N,), of the outer eye corners.
        config: tells the size.

    Returns:
        float32 (N, H, W, C).
    """
    return cut_windows(pictures, x, y, WINDOW_WIDTH * eye_distance_px, config.width, config.height)
