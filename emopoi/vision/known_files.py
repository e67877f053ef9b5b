"""What the face files of other packages are while they are whole, in the versions that requirements.txt pins.

A damaged network or cascade often loads, and finds other faces. Frozen models are checked against their
manifests in the same way. Of another version nothing is known, and its files are taken as they are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from emopoi.errors import ModelFileError
from emopoi.vision.shown_name import shown_name

MEDIAPIPE_VERSION = "0.10.21"
OPENCV_VERSION = "4.11.0"

MEDIAPIPE_SHA256: Mapping[str, str] = MappingProxyType(
    {
        "face_detection_short_range.tflite": (
            "bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8"
        ),
        "face_detection_full_range_sparse.tflite": (
            "2c3728e6da56f21e21a320433396fb06d40d9088f2247c05e5635a688d45dfe1"
        ),
        "face_landmark.tflite": "1055cb9d4a9ca8b8c688902a3a5194311138ba256bcc94e336d8373a5f30c814",
        "iris_landmark.tflite": "d1744d2a09c25f501d39eba4faff47e53ecca8852c5ce19bce8eeac39357521f",
    }
)
"""By file name; the same on every platform: MediaPipe's build pins them so."""

CASCADE_SHA256: Mapping[str, str] = MappingProxyType(
    {"haarcascade_frontalface_alt.xml": "6281df13459cc218ff047d02b2ae3859b12ff14a93ffe8952f7b33fad7b9697b"}
)
"""By file name, with lines that end as on Unix."""


def check_whole(path: Path, content: bytes, sha256: str | None, whose: str) -> None:
    """Refuse a file that is not what it was when it was packed.

    Args:
        path: of the file.
        content: that was read.
        sha256: of the whole file; None where it is not known, and then nothing is refused.
        whose: what says so, for people to read.

    Raises:
        ModelFileError: the content is another one.
    """
    if sha256 is None:
        return
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise ModelFileError(
            f"{shown_name(path)} is damaged: sha256 {found[:12]}... where {whose} has {sha256[:12]}..."
        )
