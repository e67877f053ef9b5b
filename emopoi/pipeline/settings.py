"""What a recognition runs: the settings that are saved beside its results."""

from __future__ import annotations

from dataclasses import dataclass

from emopoi.errors import InputError

DETECTORS = ("mediapipe", "haar")
TEMPORAL = ("lstm", "ema", "none")
COEFFICIENTS = ("none", "solver", "network")
SOURCES = ("pixels", "landmarks")


@dataclass(frozen=True, slots=True)
class RecognitionSettings:
    """What to run; saved beside its results.

    Attributes:
        detector: "mediapipe" (default; falls back to "haar" where its models are missing) or "haar".
        temporal: what is remembered of each followed face: "lstm" the temporal model's state, "ema" a mean
            of its expressions that fades with time, "none" nothing. docs/time.md compares them.
        age_gender: estimate age range and gender.
        states: read boredom, frustration and, in videos, eyelids and yawns.
        emotion_model: name or folder of the frame model.
        time_model: name or folder of the temporal model.
        person_model: name or folder of the age and gender model.
        states_model: name or folder of the heads for boredom and frustration.
        variant: of all three, "int8" or "float16"; None takes each manifest's default.
        threads: used inside one model run.
        bundle: folder of detector models for a device without the mediapipe package.
        cascade: Haar cascade file of the user's own.
        own_model: folder of a model that was retrained on the user's own pictures.
        coefficients: read a 3D head's coefficients off every face: "none", "solver" (best) or "network"
            (quickest). docs/face3d.md compares them.
        coefficient_model: name or folder of the network that reads them.
        coefficient_emotion_model: name or folder of the network that names expressions from them.
        head: file of a head of the user's own; None takes the one that ships.
        read_from: what expressions are named from: "pixels", or "landmarks", 468 points of the face and
            nothing else; then neither states nor labels of one's own are read.
        landmark_model: name or folder of the network that names expressions from points.
    """

    detector: str = "mediapipe"
    temporal: str = "lstm"
    age_gender: bool = True
    states: bool = True
    emotion_model: str = "emotion"
    time_model: str = "emotion_time"
    person_model: str = "age_gender"
    states_model: str = "states"
    variant: str | None = None
    threads: int = 1
    bundle: str | None = None
    cascade: str | None = None
    own_model: str | None = None
    coefficients: str = "none"
    coefficient_model: str = "face_coefficients"
    coefficient_emotion_model: str = "coefficient_emotion"
    head: str | None = None
    read_from: str = "pixels"
    landmark_model: str = "landmark_emotion"

    def __post_init__(self) -> None:
        if self.read_from not in SOURCES:
            raise InputError(f"read_from: one of {', '.join(SOURCES)} was expected, got {self.read_from!r}")
        if self.read_from == "landmarks" and self.own_model is not None:
            raise InputError("a model of your own reads pixels: not with landmarks")
        if self.detector not in DETECTORS:
            raise InputError(f"detector: one of {', '.join(DETECTORS)} was expected, got {self.detector!r}")
        if self.temporal not in TEMPORAL:
            raise InputError(f"temporal: one of {', '.join(TEMPORAL)} was expected, got {self.temporal!r}")
        if self.coefficients not in COEFFICIENTS:
            raise InputError(
                f"coefficients: one of {', '.join(COEFFICIENTS)} was expected, got {self.coefficients!r}"
            )
