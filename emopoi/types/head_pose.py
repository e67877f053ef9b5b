"""Which way a head points."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HeadPose:
    """Rotation of the head against the camera, degrees.

    Attributes:
        yaw_deg: positive when the person turns to their own left.
        pitch_deg: positive when the person looks up.
        roll_deg: positive when the head tilts to the person's own right shoulder
            (counter-clockwise in the picture's eyes line is negative y).
    """

    yaw_deg: float
    pitch_deg: float
    roll_deg: float
