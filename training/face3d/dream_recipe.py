"""The choices of a training from pixels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from emopoi.errors import InputError
from training.loop import LoopSettings

POINT_WEIGHTS = MappingProxyType({"points": 20.0, "shape": 10.0, "expression": 8.0, "rotation": 10.0})
"""Of the losses that compare with points: points and shape are mean distances over the eye distance, the
others squared errors. Without the rotation training ends with a head that is pitched by 75 degrees and bent
back by identity."""

LOOK_WEIGHTS = MappingProxyType(
    {"photometric": 2.0, "emotion": 1.0, "lips": 2.0, "consistency": 2.0, "motion": 2.0, "prior": 0.002}
)
"""Of the losses that look at the drawn face and at a second picture of it."""


@dataclass(frozen=True)
class DreamRecipe:
    """How a network learns a head's coefficients from pixels.

    Attributes:
        loop: epochs, optimizer and the like.
        points: weights of losses, see `POINT_WEIGHTS`.
        looks: weights of losses, see `LOOK_WEIGHTS`; none where no face is drawn.
        lip_distances: whether distances between lips count among the points.
        drawn_px: side of the drawn picture.
        start: `.weights.h5` of a network that learned from points alone.
        albedo: of `training.face3d.albedo`; needed to draw.
        emotion: `.weights.h5` of the expression network; needed for the loss of that name.
        mouth: `.weights.h5` of `training.face3d.train_mouth`, or any `.keras` network that reads a mouth.
        clips: folder of videos, labelled or not, that faces are followed in.

    Raises:
        InputError: an unknown loss, a negative weight, or a loss without the file that it needs.
    """

    loop: LoopSettings
    points: Mapping[str, float] = field(default_factory=lambda: dict(POINT_WEIGHTS))
    looks: Mapping[str, float] = field(default_factory=dict)
    lip_distances: bool = True
    drawn_px: int = 72
    start: Path | None = None
    albedo: Path | None = None
    emotion: Path | None = None
    mouth: Path | None = None
    clips: Path | None = None

    def __post_init__(self) -> None:
        for given, known in ((self.points, POINT_WEIGHTS), (self.looks, LOOK_WEIGHTS)):
            unknown = set(given) - set(known)
            if unknown:
                raise InputError(f"losses: of {sorted(known)} were expected, got {sorted(unknown)}")
            for name, weight in given.items():
                if not weight >= 0:
                    raise InputError(f"weight of {name}: 0 or more was expected, got {weight}")
        if self.looks and self.albedo is None:
            raise InputError("losses that look at a drawn face need an albedo file")
        for name, file in (("emotion", self.emotion), ("lips", self.mouth)):
            if self.looks.get(name) and file is None:
                raise InputError(f"the loss {name!r} needs a network: none was given")
        if self.clips and not self.looks:
            raise InputError("clips are learned from together with losses that look at a drawn face")

    @property
    def draws(self) -> bool:
        """Whether faces are drawn."""
        return bool(self.looks)
