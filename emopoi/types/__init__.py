"""The values that stages hand to each other: frozen dataclasses, numpy alone."""

from emopoi.types.emotion_profile import SCHEMA, AgeRange, EmotionProfile, PersonProfile
from emopoi.types.face import KEYPOINTS, Face, TrackedFace
from emopoi.types.face_coefficients import JOINTS, FaceCoefficients
from emopoi.types.frame import Frame
from emopoi.types.head_pose import HeadPose
from emopoi.types.labels import AGES, EMOPOI8, FER7, FER7_TO_EMOPOI8, FERPLUS8, emopoi8_from_fer7
from emopoi.types.readings import EmotionReading, PersonEstimate

__all__ = [
    "AGES",
    "EMOPOI8",
    "FER7",
    "FER7_TO_EMOPOI8",
    "FERPLUS8",
    "JOINTS",
    "KEYPOINTS",
    "SCHEMA",
    "AgeRange",
    "EmotionProfile",
    "EmotionReading",
    "Face",
    "FaceCoefficients",
    "Frame",
    "HeadPose",
    "PersonEstimate",
    "PersonProfile",
    "TrackedFace",
    "emopoi8_from_fer7",
]
