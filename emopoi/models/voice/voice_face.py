"""The voice-driven face as it runs on a device: 100 ms of sound in, five sets of coefficients out.

Content encoder and synthesizer in one, for a stream. The state is explicit: the last frames, which the
network looks back at, go in and come out again. A face is told `LOOK_AHEAD_STEPS` late, so that lips can
begin to close before the sound of it is heard.
"""

from __future__ import annotations

import keras
from keras import layers, ops

from emopoi.models.voice.content_encoder import STRIDE, ContentEncoderConfig, build_content_encoder
from emopoi.models.voice.synthesizer import SynthesizerConfig, build_synthesizer

CHUNK_FRAMES = 10
"""Frames of one call: 100 ms."""
CHUNK_STEPS = CHUNK_FRAMES // STRIDE
"""Sets of coefficients of one call, 50 a second."""
LOOK_AHEAD_STEPS = 5
"""Steps that a face is told late: 100 ms."""


def content_frames(steps: int, content: ContentEncoderConfig, face: SynthesizerConfig) -> int:
    """Frames that make so many sets of coefficients."""
    return content.frames_for(steps + face.past_steps)


def build_voice_face(
    content: ContentEncoderConfig | None = None, face: SynthesizerConfig | None = None
) -> keras.Model:
    """The streaming form.

    Inputs: `mel` float32 (N, 10, 64), the next frames, levelled as heard; `past` float32 (N, P, 64), frames
    before them; `code` float32 (N, 64); `intensity` float32 (N, 1).
    Outputs: `facegood` float32 (N, 5, 116), `arkit` float32 (N, 5, 51), `next_past` float32 (N, P, 64).
    """
    content, face = content or ContentEncoderConfig(), face or SynthesizerConfig()
    frames = content_frames(CHUNK_STEPS, content, face)
    kept = frames - CHUNK_FRAMES
    mel = keras.Input((CHUNK_FRAMES, content.bands), name="mel")
    past = keras.Input((kept, content.bands), name="past")
    code = keras.Input((face.code,), name="code")
    intensity = keras.Input((1,), name="intensity")
    whole = layers.Concatenate(axis=1, name="whole")([past, mel])
    said = build_content_encoder(frames, content)(whole)
    told = build_synthesizer(CHUNK_STEPS + face.past_steps, face)(
        {"content": said, "code": code, "intensity": intensity}
    )
    outputs = {kind: Clipped(name=f"{kind}_clipped", dtype="float32")(value) for kind, value in told.items()}
    outputs["next_past"] = layers.Cropping1D((CHUNK_FRAMES, 0), name="next_past")(whole)
    inputs = {"mel": mel, "past": past, "code": code, "intensity": intensity}
    return keras.Model(inputs, outputs, name="voice_face")


@keras.saving.register_keras_serializable("emopoi")
class Clipped(layers.Layer):
    """Holds coefficients to 0..1, where shapes mean something."""

    def call(self, tensor):
        """Float (...), to 0..1."""
        return ops.clip(tensor, 0.0, 1.0)
