"""Says a content code with an emotion code again, as log-mel frames: what proves that the two are apart.

For training and for the probes; a device has no use for it. The speaker is told by the mean frame of his or
her voice, so neither code has to carry it.
"""

from __future__ import annotations

import keras
from keras import layers

from emopoi.models.voice.causal_convolution import film_block
from emopoi.models.voice.content_encoder import STRIDE
from emopoi.models.voice.emotion_encoder import CODE

_DILATIONS = (1, 2, 4)
PAST_STEPS = 2 * sum(_DILATIONS)
"""Steps of content before the first frame that is told."""


def build_mel_decoder(steps: int, content: int = 32, bands: int = 64, width: int = 160) -> keras.Model:
    """The decoder.

    Inputs: `content` float32 (N, steps, content), `code` float32 (N, 64), `speaker` float32 (N, bands), the
    mean levelled frame. Output: float32 (N, 2 (steps - past), bands), levelled frames.
    """
    said = keras.Input((steps, content), name="content")
    code = keras.Input((CODE,), name="code")
    speaker = keras.Input((bands,), name="speaker")
    voice = layers.Rescaling(1.25, 2.5, name="speaker_scaled")(speaker)
    condition = layers.Concatenate(name="voice")([code, voice])
    condition = layers.Dense(128, "relu", name="voice_hidden")(condition)
    tensor = layers.Conv1D(width, 1, activation="relu", name="mel_first")(said)
    for number, dilation in enumerate(_DILATIONS):
        by = layers.Dense(2 * width, name=f"mel{number}_film")(condition)
        by = layers.Reshape((2, width), name=f"mel{number}_pair")(by)
        scale = layers.Cropping1D((0, 1), name=f"mel{number}_by")(by)
        shift = layers.Cropping1D((1, 0), name=f"mel{number}_to")(by)
        tensor = film_block(tensor, width, dilation, scale, shift, f"mel{number}")
    told = layers.Conv1D(STRIDE * bands, 1, dtype="float32", name="mel_told")(tensor)
    told = layers.Reshape((STRIDE * (steps - PAST_STEPS), bands), dtype="float32", name="mel_frames")(told)
    return keras.Model({"content": said, "code": code, "speaker": speaker}, told, name="voice_mel_decoder")
