"""Looks twice at something found, before it counts as a face.

One pass of a detector tells faces from walls, yet now and then it fires on an animal, a coin
or a pattern. The second look averages the short-range network over three crops around the
find, each also mirrored and levelled by the eyes: real faces keep their score when looked at
from a step nearer or farther, chance finds do not. Where the landmark model is at hand its
presence score is a second, independent opinion that lets weak (dark, blurred) faces through.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emopoi.types import Face
from emopoi.vision.blazeface_network import BlazeFaceNetwork, Candidates
from emopoi.vision.boxes import overlap
from emopoi.vision.face_presence import FacePresence
from emopoi.vision.level_crop import eye_angle_rad

_CROP_SCALES = (1.6, 2.0, 2.5)  # side of the crop over side of the box
_FLOOR = 0.02  # score of a crop in which nothing was found
_SAME_PLACE = 0.4
_DOUBTFUL = 0.3  # so little above the limit, the look is repeated from the corrected place


@dataclass(frozen=True, slots=True)
class SecondLookLimits:
    """What counts as a face. Log-odds; docs/faces.md has the distributions behind them.

    Attributes:
        sure: mean over the crops that is enough by itself. Nineteen of twenty UTKFace pictures pass;
            patterns and drawings reach 0.6, the most human animal seen 1.3 in one look.
        agreeing: mean that is enough where the landmark model is sure.
        presence: landmark presence that counts as sure; frontal faces lie at 15 to 35.
    """

    sure: float = 1.3
    agreeing: float = 0.7
    presence: float = 16.0


class SecondLook:
    """The second look. Costs about 8 ms a find on one thread, twice that where it is in doubt.

    Args:
        network: the short-range network.
        presence: the landmark model's score, or None where it is not at hand.
        limits: what counts as a face.
    """

    def __init__(
        self,
        network: BlazeFaceNetwork,
        presence: FacePresence | None,
        limits: SecondLookLimits | None = None,
    ) -> None:
        self._network = network
        self._presence = presence
        self._limits = limits or SecondLookLimits()

    def confirm(
        self, image: NDArray[np.uint8], box: NDArray[np.float64], points: NDArray[np.float64]
    ) -> Face | None:
        """Look again at one find.

        Args:
            image: uint8 (H, W, 3) RGB.
            box: float (4,) xyxy pixels.
            points: float (6, 2) keypoints.

        Returns:
            The face, placed more exactly, scored by the second look; None where it is none.
        """
        limits = self._limits
        mean, seen = self._look(image, box, points)
        if mean < limits.agreeing or not seen.scores.size:
            return None
        box, points = _mean_place(seen)
        if mean < limits.sure + _DOUBTFUL:
            again, seen = self._look(image, box, points)
            mean = (mean + again) / 2
            if mean < limits.agreeing or not seen.scores.size:
                return None
            box, points = _mean_place(seen)
            sure = mean >= limits.sure
            if not sure and self._presence is not None:
                sure = self._presence.logit(image, box, points) >= limits.presence
            if not sure:
                return None
        return Face(
            box=(float(box[0]), float(box[1]), float(box[2]), float(box[3])),
            score=1.0 / (1.0 + float(np.exp(-mean))),
            keypoints=points.astype(np.float32),
        )

    def _look(
        self, image: NDArray[np.uint8], box: NDArray[np.float64], points: NDArray[np.float64]
    ) -> tuple[float, Candidates]:
        """Mean log-odds over the crops, and the finds in them that lie on the box."""
        centre = (box[:2] + box[2:]) / 2
        size = float(max(box[2:] - box[:2]))
        angle = eye_angle_rad(points)
        logits: list[float] = []
        seen: list[Candidates] = []
        for scale in _CROP_SCALES:
            side = size * scale
            region = (float(centre[0]) - side / 2, float(centre[1]) - side / 2, side)
            for mirrored in (False, True):
                found = self._network.candidates(
                    image, region, minimum_score=_FLOOR, angle_rad=angle, mirrored=mirrored
                )
                same = overlap(found.boxes, box[None])[:, 0] > _SAME_PLACE
                score = float(found.scores[same].max()) if same.any() else _FLOOR
                logits.append(float(np.log(score / (1.0 - score))))
                if same.any():
                    seen.append(found.select(same & (found.scores >= 0.5 * score)))
        return float(np.mean(logits)), Candidates.joined(seen)


def _mean_place(found: Candidates) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    weights = found.scores / found.scores.sum()
    return weights @ found.boxes, np.tensordot(weights, found.points, axes=1)
