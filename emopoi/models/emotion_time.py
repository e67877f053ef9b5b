"""The LSTM over the frames of one face, in two forms that share their weights.

Clip form: a whole sequence at once, for training. Step form: one frame and the state in,
answer and state out, for video on a device (a rolled LSTM converts to TFLite badly, a
step is 18 plain operations).
"""

from __future__ import annotations

from dataclasses import dataclass

import keras
from keras import layers

from emopoi.types.labels import FER7


@dataclass(frozen=True)
class EmotionTimeConfig:
    """Sizes of the temporal network.

    Attributes:
        embedding: width of the frame network's embedding.
        units: width of the LSTM's state.
        clip: frames of a clip in the exported clip form.
    """

    embedding: int = 256
    units: int = 64
    clip: int = 16


class _Parts:
    """The layers that both forms are made of."""

    def __init__(self, config: EmotionTimeConfig):
        self.squeeze = layers.Dense(config.units, activation="relu", name="squeeze")
        self.cell = layers.LSTMCell(config.units, name="cell")
        self.correct = layers.Dense(len(FER7), name="correct", kernel_initializer="zeros")
        self.trust = layers.Dense(len(FER7), name="trust", activation="sigmoid", bias_initializer="ones")

    def read(self, embedding, frame_logits):
        """What the cell sees of one frame (or of all, along the last axis)."""
        return layers.Concatenate()([self.squeeze(embedding), frame_logits])

    def answer(self, memory, frame_logits):
        """The frame's own answer as far as it is trusted, corrected by what was seen before."""
        return layers.Add()([layers.Multiply()([self.trust(memory), frame_logits]), self.correct(memory)])


def build_emotion_time_networks(config: EmotionTimeConfig | None = None) -> tuple[keras.Model, keras.Model]:
    """Both forms over the same layers: training one trains the other.

    Returns:
        clip: inputs `embedding` float32 (N, T, D) and `frame_logits` (N, T, 7); output
            `fer7` float32 logits (N, T, 7). T is fixed and unrolled.
        step: inputs `embedding` (N, D), `frame_logits` (N, 7), `h` and `c` (N, units);
            outputs `fer7` (N, 7), `next_h`, `next_c` (N, units). A track starts with zeros.
    """
    config = config or EmotionTimeConfig()
    parts = _Parts(config)
    embeddings = keras.Input((config.clip, config.embedding), name="embedding")
    logits = keras.Input((config.clip, len(FER7)), name="frame_logits")
    memory = layers.RNN(parts.cell, return_sequences=True, unroll=True, name="memory")(
        parts.read(embeddings, logits)
    )
    clip = keras.Model(
        {"embedding": embeddings, "frame_logits": logits},
        {"fer7": parts.answer(memory, logits)},
        name="emotion_clip",
    )
    embedding = keras.Input((config.embedding,), name="embedding")
    frame = keras.Input((len(FER7),), name="frame_logits")
    h, c = keras.Input((config.units,), name="h"), keras.Input((config.units,), name="c")
    output, (next_h, next_c) = parts.cell(parts.read(embedding, frame), [h, c])
    step = keras.Model(
        {"embedding": embedding, "frame_logits": frame, "h": h, "c": c},
        {"fer7": parts.answer(output, frame), "next_h": next_h, "next_c": next_c},
        name="emotion_step",
    )
    return clip, step
