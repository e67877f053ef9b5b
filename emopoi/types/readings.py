"""What the models say about one face in one frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emopoi.types.face_coefficients import FaceCoefficients
from emopoi.types.head_pose import HeadPose


@dataclass(frozen=True, slots=True)
class EmotionReading:
    """The expression shown by one person at one moment.

    Attributes:
        person: id of the track.
        time_ms: time of the frame, milliseconds.
        box: (x0, y0, x1, y1) pixels.
        fer7: float32 (7,) distribution in the order of `labels.FER7`, smoothed over time
            where the reader keeps state.
        ferplus8: float32 (8,) distribution in the order of `labels.FERPLUS8`, this frame alone.
        confidence: 0..1, how far the reading can be trusted (calibrated top probability,
            lowered for small, turned or carried-over faces).
        pose: head pose where keypoints were measured, else None.
        emopoi8: float (8,) distribution in the order of `labels.EMOPOI8` that replaces the fixed map
            from FER-7 where it is given.
        own_labels: float32 (K,) distribution over the labels of a model of one's own, this frame alone.
        boredom: 0..1, chance that boredom is shown strongly, if that were as likely beforehand as that it
            is not shown at all; this frame alone. None where no model was asked.
        frustration: the same of frustration.
        eyes_open: distance of the lids over the width of the eye, about 0.1 shut and 0.25 to 0.4 open;
            None in the frames in which it was not measured.
        mouth_open: height of the mouth over its width, 0 closed; None where it was not measured.
        coefficients: of a head model; None where they were not asked or no points could be placed.
        coefficient_fer7: float32 (7,) distribution in the order of `labels.FER7` that the coefficients alone
            suggest; stands beside `fer7` and never replaces it.
    """

    person: int
    time_ms: float
    box: tuple[float, float, float, float]
    fer7: NDArray[np.float32]
    ferplus8: NDArray[np.float32]
    confidence: float
    pose: HeadPose | None = None
    emopoi8: NDArray[np.floating] | None = None
    own_labels: NDArray[np.float32] | None = None
    boredom: float | None = None
    frustration: float | None = None
    eyes_open: float | None = None
    mouth_open: float | None = None
    coefficients: FaceCoefficients | None = None
    coefficient_fer7: NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True)
class PersonEstimate:
    """Age and gender as a model reads them off one crop.

    Attributes:
        age: float32 (101,) distribution over whole years 0..100.
        female: probability that the presentation is read as female, 0..1.
        weight: how much this crop counts when estimates of one person are averaged
            (size and sharpness of the face), >= 0.
    """

    age: NDArray[np.float32]
    female: float
    weight: float = 1.0
