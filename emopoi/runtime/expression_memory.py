"""What is remembered of a followed face from frame to frame: an LSTM's state, a fading mean, or nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.runtime.probabilities import softmax
from emopoi.types import TrackedFace

FrameOutput = Mapping[str, NDArray[np.float32]]
"""What the frame network says of one face, by output name, without the batch axis."""


class ExpressionMemory(Protocol):
    """Turns the frame network's answer into one that knows what was seen before.

    Attributes:
        reads: outputs of the frame network that are needed.
    """

    reads: tuple[str, ...]

    def recall(self, face: TrackedFace, time_ms: float, output: FrameOutput) -> NDArray[np.float32]:
        """Take in the next frame of a track.

        Args:
            face: followed; a track that starts gets a fresh state.
            time_ms: time of the frame, milliseconds, not before the last one of this track.
            output: of the frame network.

        Returns:
            float32 (7,) distribution in the order of `labels.FER7`.
        """
        ...

    def forget(self, person: int) -> None:
        """Drop the state of a track that ended."""
        ...


class NoMemory:
    """Every frame by itself.

    Args:
        temperature: that the logits are divided by.
    """

    reads: tuple[str, ...] = ("fer7",)

    def __init__(self, temperature: float = 1.0) -> None:
        self._temperature = temperature

    def recall(self, face: TrackedFace, time_ms: float, output: FrameOutput) -> NDArray[np.float32]:
        """This frame's distribution."""
        return softmax(output["fer7"], self._temperature)

    def forget(self, person: int) -> None:
        """Nothing is kept."""


class ExponentialMemory:
    """A mean of the frames' distributions in which the past fades with time, not with frames.

    Args:
        temperature: that the logits are divided by.
        time_constant_ms: after so long the past counts 1/e of what it did.

    Raises:
        InputError: the time constant is not positive and finite.
    """

    reads: tuple[str, ...] = ("fer7",)
    # The steadiest of those that follow a change within 300 ms with room to spare (docs/time.md).
    TIME_CONSTANT_MS = 250.0

    def __init__(self, temperature: float = 1.0, time_constant_ms: float = TIME_CONSTANT_MS) -> None:
        if not 0 < time_constant_ms < math.inf:
            raise InputError(f"time_constant_ms: a positive number was expected, got {time_constant_ms!r}")
        self._temperature = temperature
        self._time_constant_ms = time_constant_ms
        self._means: dict[int, tuple[NDArray[np.float32], float]] = {}

    def recall(self, face: TrackedFace, time_ms: float, output: FrameOutput) -> NDArray[np.float32]:
        """The mean up to this frame."""
        mean = softmax(output["fer7"], self._temperature)
        before = None if face.started else self._means.get(face.id)
        if before is not None:
            keep = math.exp(-max(0.0, time_ms - before[1]) / self._time_constant_ms)
            mean = (keep * before[0] + (1.0 - keep) * mean).astype(np.float32)
        self._means[face.id] = (mean, time_ms)
        return mean

    def forget(self, person: int) -> None:
        """Drop the mean of a track that ended."""
        self._means.pop(person, None)


class LstmMemory:
    """The frozen LSTM in its step form: one state for each track, zeros at its start.

    It learned at 25 frames a second and knows no clock. Where frames come more slowly, each is taken in
    as often as it would have been seen at that pace, so that the answer follows in the same time.

    Args:
        model: task "emotion_time": the frame network's outputs and the state in, logits and the state out.

    Raises:
        InputError: the model is not of that form.
    """

    STEP_MS = 40.0
    # Half a second says all that a frame can: longer pauses are not filled.
    MOST_STEPS = 12

    def __init__(self, model: FrozenModel) -> None:
        inputs, outputs = model.manifest.inputs, model.manifest.outputs
        self._states_of = tuple(name for name in inputs if f"next_{name}" in outputs)
        if not self._states_of or not {"embedding", "frame_logits"} <= inputs.keys():
            raise InputError(f"model {model.manifest.name} is no step form of a temporal network")
        self._model = model
        self._zeros = {name: np.zeros(inputs[name].shape, np.float32) for name in self._states_of}
        self._states: dict[int, tuple[dict[str, NDArray[np.float32]], float]] = {}
        self.reads: tuple[str, ...] = ("fer7", "embedding")

    def recall(self, face: TrackedFace, time_ms: float, output: FrameOutput) -> NDArray[np.float32]:
        """What the LSTM makes of this frame after those before it."""
        before = None if face.started else self._states.get(face.id)
        state, steps = self._zeros, 1
        if before is not None:
            state = before[0]
            steps = min(max(round((time_ms - before[1]) / self.STEP_MS), 1), self.MOST_STEPS)
        for _ in range(steps):
            result = self._model.run(
                embedding=output["embedding"][None], frame_logits=output["fer7"][None], **state
            )
            state = {name: result[f"next_{name}"] for name in self._states_of}
        self._states[face.id] = (state, time_ms)
        return softmax(result["fer7"][0], self._model.manifest.temperature)

    def forget(self, person: int) -> None:
        """Drop the state of a track that ended."""
        self._states.pop(person, None)
