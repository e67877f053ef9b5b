"""The networks that can be frozen, and what stands in their manifests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import keras

from emopoi.head.arkit_names import ARKIT_NAMES
from emopoi.models.age_gender import AgeGenderConfig, build_age_gender_network
from emopoi.models.emotion import EmotionConfig, build_emotion_network
from emopoi.models.emotion_time import build_emotion_time_networks
from emopoi.models.face_coefficients import build_coefficient_emotion_network, build_face_coefficients_network
from emopoi.models.face_detail import FaceDetailConfig, build_detail_decoder, build_detail_encoder
from emopoi.models.face_regressor import FaceRegressorConfig, build_face_regressor
from emopoi.models.landmark_emotion import build_landmark_emotion_network
from emopoi.models.multi_head import build_multi_head_network
from emopoi.models.retrained import build_retrained_network
from emopoi.models.states import STATES, build_states_network
from emopoi.models.voice.emotion_encoder import build_voice_emotion
from emopoi.models.voice.voice_face import build_voice_face
from emopoi.types.labels import FER7, FERPLUS8
from emopoi.types.voice_labels import VOICE8


@dataclass(frozen=True)
class Kind:
    """One sort of network.

    Attributes:
        task: what readers look for.
        build: makes the network with fresh weights.
        labels: meaning of an output's last axis.
        channels: of the face input; 0 where no pixels are read.
        size: side of the face input, pixels.
        picture: side of the training picture that the input is the centre of, pixels.
    """

    task: str
    build: Callable[[], keras.Model]
    labels: dict[str, tuple[str, ...]] = field(default_factory=dict)
    channels: int = 0
    size: int = 0
    picture: int = 0

    @property
    def window(self) -> tuple[int, int]:
        """Side of the input and of the training picture around it, pixels."""
        return self.size, self.picture


_EXPRESSIONS = {"fer7": FER7, "ferplus8": FERPLUS8}


def _retrained(labels: int) -> Kind:
    size, picture = KINDS["emotion"].window
    return Kind("retrained", lambda: build_retrained_network(labels), {}, 1, size, picture)


def _face_coefficients(identity: int, expressions: int, landmarks: int) -> Kind:
    labels = {"expression": ARKIT_NAMES} if expressions == len(ARKIT_NAMES) else {}
    return Kind(
        "face_coefficients", lambda: build_face_coefficients_network(landmarks, identity, expressions), labels
    )


def _coefficient_emotion(identity: int, expressions: int) -> Kind:
    return Kind(
        "coefficient_emotion",
        lambda: build_coefficient_emotion_network(identity, expressions),
        {"fer7": FER7},
    )


def _face_regressor(identity: int, expressions: int, albedo: int, jaw: int) -> Kind:
    config = FaceRegressorConfig(identity=identity, expressions=expressions, albedo=albedo, jaw=bool(jaw))
    labels = {"expression": ARKIT_NAMES} if expressions == len(ARKIT_NAMES) else {}
    return Kind("face_regressor", lambda: build_face_regressor(config), labels, 3, config.size, 104)


def _face_detail_map(expressions: int) -> Kind:
    config = FaceDetailConfig(expressions=expressions)
    return Kind("face_detail_map", lambda: build_detail_decoder(config))


_SIZED: dict[str, tuple[int, Callable[..., Kind]]] = {
    "retrained": (1, _retrained),
    "face_coefficients": (3, _face_coefficients),
    "coefficient_emotion": (2, _coefficient_emotion),
    "face_regressor": (4, _face_regressor),
    "face_detail_map": (1, _face_detail_map),
}
"""Networks whose sizes are the user's, and how many numbers tell them."""


class _Kinds(dict[str, Kind]):
    """The kinds by name; those with sizes in the name are made on demand.

    `retrained-5` has five labels, `face_coefficients-300-100-105` reads 105 landmarks of a head with 300
    identity modes and 100 expressions, `coefficient_emotion-300-100` names expressions from them, and
    `face_regressor-300-100-0-1` tells them from pixels, without colours of skin and with the jaw's joint.
    """

    def __missing__(self, name: str) -> Kind:
        word, *sizes = name.split("-")
        count, make = _SIZED.get(word, (0, None))
        if make is None or len(sizes) != count or not all(size.isdecimal() for size in sizes):
            raise KeyError(name)
        # A regressor may tell neither colours nor the jaw.
        needed = sizes[:2] if word == "face_regressor" else sizes
        if not all(map(int, needed)):
            raise KeyError(name)
        return make(*map(int, sizes))


KINDS: dict[str, Kind] = _Kinds(
    {
        "emotion": Kind("emotion", build_emotion_network, _EXPRESSIONS, 1, EmotionConfig().size, 48),
        "age_gender": Kind("age_gender", build_age_gender_network, {}, 3, AgeGenderConfig().size, 88),
        "multi_head": Kind("multi_head", build_multi_head_network, _EXPRESSIONS, 1, EmotionConfig().size, 48),
        "emotion_time": Kind("emotion_time", lambda: build_emotion_time_networks()[1], {"fer7": FER7}),
        "emotion_clip": Kind("emotion_clip", lambda: build_emotion_time_networks()[0], {"fer7": FER7}),
        "states": Kind("states", build_states_network, {"states": STATES}),
        "voice_emotion": Kind("voice_emotion", build_voice_emotion, {"voice8": VOICE8}),
        "voice_face": Kind("voice_face", build_voice_face, {"arkit": ARKIT_NAMES}),
        # Sizes of the head that ships.
        "face_coefficients": _face_coefficients(30, 51, 468),
        "coefficient_emotion": _coefficient_emotion(30, 51),
        "face_regressor": _face_regressor(30, 51, 50, 0),
        "face_detail": Kind("face_detail", build_detail_encoder, {}, 3, FaceDetailConfig().size, 104),
        "face_detail_map": _face_detail_map(51),
        "landmark_emotion": Kind("landmark_emotion", build_landmark_emotion_network, {"fer7": FER7}),
    }
)
