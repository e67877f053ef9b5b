"""Networks of the voice that need no file: what they say follows from simple rules."""

from types import SimpleNamespace

import numpy as np

from emopoi.head.arkit_names import ARKIT_NAMES
from emopoi.preprocess.log_mel import LogMelSpec
from emopoi.runtime.manifest import Tensor
from emopoi.runtime.voice_emotion_reader import VoiceEmotionReader
from emopoi.runtime.voice_face_reader import VoiceFaceReader
from emopoi.types.voice_labels import VOICE8

WINDOW, CHUNK, PAST = 320, 10, 107
JAW = ARKIT_NAMES.index("jawOpen")
SMILE = ARKIT_NAMES.index("mouthSmileLeft")


class MadeEmotion:
    """Angry where most of the power is in the upper bands, else sad."""

    def __init__(self):
        self.manifest = SimpleNamespace(
            name="made",
            task="voice_emotion",
            inputs={"mel": Tensor("mel", (1, WINDOW, 64)), "there": Tensor("there", (1, WINDOW))},
            outputs={"voice8": Tensor("v", (1, 8), VOICE8), "code": Tensor("c", (1, 64))},
            data={"log_mel": LogMelSpec().to_dict()},
            temperature=1.0,
        )

    def run(self, mel, there):
        heard = mel[0][there[0] > 0]
        high = heard[:, 32:].mean() - heard[:, :32].mean()
        logits = np.full((1, 8), -2.0, np.float32)
        logits[0, VOICE8.index("angry" if high > 0 else "sad")] = 2.0
        return {"voice8": logits, "code": np.full((1, 64), high, np.float32)}


class MadeFace:
    """The jaw follows the newest frame's power, the smile code times intensity."""

    def __init__(self):
        codes = {label: [0.5 if label == "happy" else 0.0] * 64 for label in VOICE8}
        self.manifest = SimpleNamespace(
            name="made",
            task="voice_face",
            inputs={
                "mel": Tensor("m", (1, CHUNK, 64)),
                "past": Tensor("p", (1, PAST, 64)),
                "code": Tensor("c", (1, 64)),
                "intensity": Tensor("i", (1, 1)),
            },
            outputs={
                "arkit": Tensor("a", (1, 5, 51), ARKIT_NAMES),
                "facegood": Tensor("f", (1, 5, 3), ("mouth_stretch_c", "b", "c")),
            },
            data={"log_mel": LogMelSpec().to_dict(), "emotion_codes": codes, "look_ahead_s": 0.1},
        )
        self.calls = []

    def run(self, mel, past, code, intensity):
        self.calls.append((mel.copy(), past.copy()))
        arkit = np.zeros((1, 5, 51), np.float32)
        arkit[0, :, JAW] = np.clip((mel[0, 1::2].mean(axis=1) + 2.9) / 2, 0, 1)
        arkit[0, :, SMILE] = float(intensity[0, 0] * code[0, 0])
        facegood = np.repeat(arkit[:, :, JAW : JAW + 1], 3, axis=2)
        whole = np.concatenate([past, mel], axis=1)
        return {"arkit": arkit, "facegood": facegood, "next_past": whole[:, CHUNK:]}


def made_emotion_reader() -> VoiceEmotionReader:
    return VoiceEmotionReader(MadeEmotion())


def made_face_reader() -> VoiceFaceReader:
    return VoiceFaceReader(MadeFace())


def noise(seconds: float, *, high: bool = False, loud: float = 0.1, seed: int = 1) -> np.ndarray:
    """float32 (N,) at 16 kHz: noise above 3 kHz, or under 1 kHz, that swells four times a second."""
    random = np.random.default_rng(seed)
    count = round(16_000 * seconds)
    spectrum = np.fft.rfft(random.normal(size=count))
    hz = np.fft.rfftfreq(count, 1 / 16_000)
    spectrum[(hz < 3000) if high else (hz > 1000)] = 0
    sound = np.fft.irfft(spectrum, count)
    swell = 0.55 + 0.45 * np.sin(2 * np.pi * 4 * np.arange(count) / 16_000)
    return (loud * swell * sound / max(np.abs(sound).max(), 1e-9)).astype(np.float32)
