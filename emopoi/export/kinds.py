"""The networks that can be frozen, and what stands in their manifests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import keras

from emopoi.models.age_gender import AgeGenderConfig, build_age_gender_network
from emopoi.models.emotion import EmotionConfig, build_emotion_network
from emopoi.models.emotion_time import build_emotion_time_networks
from emopoi.models.multi_head import build_multi_head_network
from emopoi.models.retrained import build_retrained_network
from emopoi.models.states import STATES, build_states_network
from emopoi.types.labels import FER7, FERPLUS8


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
_RETRAINED = "retrained-"


class _Kinds(dict[str, Kind]):
    """The kinds by name; `retrained-5` is made on demand: its number of labels is the user's."""

    def __missing__(self, name: str) -> Kind:
        count = name.removeprefix(_RETRAINED)
        if not name.startswith(_RETRAINED) or not count.isdecimal():
            raise KeyError(name)
        emotion = self["emotion"]
        return Kind(
            "retrained", lambda: build_retrained_network(int(count)), {}, 1, emotion.size, emotion.picture
        )


KINDS: dict[str, Kind] = _Kinds(
    {
        "emotion": Kind("emotion", build_emotion_network, _EXPRESSIONS, 1, EmotionConfig().size, 48),
        "age_gender": Kind("age_gender", build_age_gender_network, {}, 3, AgeGenderConfig().size, 88),
        "multi_head": Kind("multi_head", build_multi_head_network, _EXPRESSIONS, 1, EmotionConfig().size, 48),
        "emotion_time": Kind("emotion_time", lambda: build_emotion_time_networks()[1], {"fer7": FER7}),
        "emotion_clip": Kind("emotion_clip", lambda: build_emotion_time_networks()[0], {"fer7": FER7}),
        "states": Kind("states", build_states_network, {"states": STATES}),
    }
)
