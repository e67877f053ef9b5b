"""The LSTM over the frames of one face, in two forms that share their weights.

Clip form: a whole sequence at once, for training. Step form: one frame and the state in,
answer and state out, for video on a device (a rolled LSTM converts to TFLite badly, a
step is two dozen plain operations).

The LSTM does not name expressions, it decides how far each frame is believed. Its gate moves the
evidence, a running mean of the frame network's logits, towards the new frame: not at all where the
frame is damaged or the mouth is talking, at once where the expression has changed. What the frame
network never says can so never come out, and a sequence of stills can not teach it favourite labels.
"""

from __future__ import annotations

from dataclasses import dataclass

import keras
from keras import layers, ops

from emopoi.types.labels import FER7

_LABELS = len(FER7)
_LONGEST = 4.0
"""Largest entry of the cell state: tanh of it is 0.999, so nothing is lost, and int8 gets fine steps."""


@dataclass(frozen=True)
class EmotionTimeConfig:
    """Sizes of the temporal network.

    Attributes:
        embedding: width of the frame network's embedding.
        squeeze: width that the LSTM sees of it.
        units: width of the LSTM's state.
        clip: frames of a clip in the clip form.
        dropout: of embedding and memory, training only.
        pace: the trained gate times this, 0..1. Made-up clips change far more often than people do, and
            the gate learns to expect it; half of it is as good in damaged frames, steadier, and still
            quick enough (docs/time.md). Training itself is done with 1.
    """

    embedding: int = 256
    squeeze: int = 32
    units: int = 64
    clip: int = 16
    dropout: float = 0.3
    pace: float = 0.5

    def __post_init__(self):
        if not 0 < self.pace <= 1:
            raise ValueError(f"pace: above 0 and up to 1 was expected, got {self.pace}")


@keras.saving.register_keras_serializable("emopoi")
class ClippedLSTMCell(layers.LSTMCell):
    """An LSTM cell whose state stays within bounds (cell clipping, Sak et al. 2014).

    Left alone, some entries count frames up to 30 and more, and int8 has 256 steps for all of them.
    """

    def call(self, inputs, states, training=False):
        """As `keras.layers.LSTMCell`."""
        output, (h, c) = super().call(inputs, states, training=training)
        return output, [h, ops.clip(c, -_LONGEST, _LONGEST)]


@keras.saving.register_keras_serializable("emopoi")
class Evidence(layers.Layer):
    """A running mean whose weight of the newest frame is given frame by frame.

    `evidence[t] = evidence[t-1] + gate[t] * (logits[t] - evidence[t-1])`, from zeros.
    """

    def call(self, gate, logits):
        """Gate (N, T, 1) in 0..1 and logits (N, T, 7) to evidence (N, T, 7)."""
        evidence = ops.zeros_like(logits[:, 0])
        steps = []
        for frame in range(logits.shape[1]):
            evidence = evidence + gate[:, frame] * (logits[:, frame] - evidence)
            steps.append(evidence)
        return ops.stack(steps, axis=1)


class _Parts:
    """The layers that both forms are made of."""

    def __init__(self, config: EmotionTimeConfig):
        self.drop = layers.Dropout(config.dropout, name="drop")
        self.squeeze = layers.Dense(config.squeeze, activation="relu", name="squeeze")
        self.cell = ClippedLSTMCell(config.units, name="cell")
        # From the start about a quarter of each new frame is taken in: a mean over the last four.
        start = keras.initializers.Constant(-1.0)
        self.gate = layers.Dense(1, activation="sigmoid", bias_initializer=start, name="gate")
        self.pace = layers.Rescaling(config.pace, name="pace")

    def read(self, embedding, frame_logits):
        """What the cell sees of one frame (or of all, along the last axis)."""
        return layers.Concatenate()([self.squeeze(self.drop(embedding)), frame_logits])

    def belief(self, memory):
        """How far the newest frame is believed, 0..1, last axis 1."""
        return self.pace(self.gate(self.drop(memory)))


def build_emotion_time_networks(
    config: EmotionTimeConfig | None = None, *, unroll: bool = True
) -> tuple[keras.Model, keras.Model]:
    """Both forms over the same layers: training one trains the other.

    Args:
        config: sizes.
        unroll: lay the LSTM of the clip form out frame by frame, as TFLite needs it; without, long
            clips train faster.

    Returns:
        clip: inputs `embedding` float32 (N, T, D) and `frame_logits` (N, T, 7); output
            `fer7` float32 logits (N, T, 7). T is fixed.
        step: inputs `embedding` (N, D), `frame_logits` (N, 7), and the state `h` and `c` (N, units)
            and `evidence` (N, 7); outputs `fer7` (N, 7) and `next_h`, `next_c`, `next_evidence`. A track
            starts with zeros.
    """
    config = config or EmotionTimeConfig()
    parts = _Parts(config)
    embeddings = keras.Input((config.clip, config.embedding), name="embedding")
    logits = keras.Input((config.clip, _LABELS), name="frame_logits")
    memory = layers.RNN(parts.cell, return_sequences=True, unroll=unroll, name="memory")(
        parts.read(embeddings, logits)
    )
    clip = keras.Model(
        {"embedding": embeddings, "frame_logits": logits},
        {"fer7": Evidence(name="evidence_over_time")(parts.belief(memory), logits)},
        name="emotion_clip",
    )
    embedding = keras.Input((config.embedding,), name="embedding")
    frame = keras.Input((_LABELS,), name="frame_logits")
    h, c = keras.Input((config.units,), name="h"), keras.Input((config.units,), name="c")
    evidence = keras.Input((_LABELS,), name="evidence")
    output, (next_h, next_c) = parts.cell(parts.read(embedding, frame), [h, c])
    news = layers.Multiply()([parts.belief(output), layers.Subtract()([frame, evidence])])
    answer = layers.Add()([evidence, news])
    step = keras.Model(
        {"embedding": embedding, "frame_logits": frame, "h": h, "c": c, "evidence": evidence},
        {"fer7": answer, "next_h": next_h, "next_c": next_c, "next_evidence": layers.Identity()(answer)},
        name="emotion_step",
    )
    return clip, step
