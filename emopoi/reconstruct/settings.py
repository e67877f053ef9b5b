"""What a reconstruction runs; saved beside its results."""

from __future__ import annotations

from dataclasses import dataclass

from emopoi.errors import InputError

METHODS = ("solver", "network", "pixels")
"""Ways to coefficients: "solver" fits the head to MediaPipe's 468 points (best), "network" reads them off
the points (quickest), "pixels" off the picture (coarse). Networks know the head they were trained with."""


@dataclass(frozen=True, slots=True)
class ReconstructionSettings:
    """How people are read and solved.

    Attributes:
        method: of `METHODS`.
        pixel_model: name or folder of the network of "pixels".
        detail: read folds and wrinkles off the picture too, and put them on the head; with "pixels" alone.
        refine_lids: look at the eyelids with a network of their own, where it is at hand: the 468 points
            hardly follow closing eyes.
        min_presence: a frame in which the landmark network is less sure of a face, 0..1, is skipped for
            that person.
        min_frames: people of a video with fewer frames are left out: most are a detector's slips.

    Raises:
        InputError: an unknown method, detail with another method, or a number out of range.
    """

    method: str = "solver"
    pixel_model: str = "face_regressor"
    detail: bool = False
    refine_lids: bool = True
    min_presence: float = 0.5
    min_frames: int = 5

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise InputError(f"method: one of {', '.join(METHODS)} was expected, got {self.method!r}")
        if self.detail and self.method != "pixels":
            raise InputError(f"detail is read off pixels: method pixels was expected, got {self.method!r}")
        if not 0.0 <= self.min_presence <= 1.0:
            raise InputError(f"min_presence: 0 to 1 was expected, got {self.min_presence}")
        if self.min_frames < 1:
            raise InputError(f"min_frames: at least 1 was expected, got {self.min_frames}")
