"""Windows around mouths, and what the points say of them."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from emopoi.models.mouth import WINDOW_WIDTH, MouthConfig
from emopoi.progress import progress
from training.face3d.regressor_faces import RegressorFaces

CORNERS, INNER, OUTER = (61, 291), (13, 14), (0, 17)
"""Points of MediaPipe's mesh: corners of the mouth, middles of the inner and of the outer lips."""

CLOSED = 0.02
"""Inner lips nearer than this, in outer-eye distances, are closed."""

_SCALE, _SHIFT, _TURN_DEG = 0.2, 0.12, 12.0


@dataclass(frozen=True, eq=False)
class MouthCrops:
    """Mouths of faces.

    Attributes:
        windows: uint8 (N, H, W, 1) grey.
        measures: float32 (N, 4), see `models.mouth.MEASURES`.
        closed: float32 (N, 1), 0 or 1.
    """

    windows: np.ndarray
    measures: np.ndarray
    closed: np.ndarray

    def __len__(self) -> int:
        return len(self.windows)

    def targets(self) -> dict[str, np.ndarray]:
        """By output of the network."""
        return {"measures": self.measures, "closed": self.closed}


def mouth_middle(points: np.ndarray) -> np.ndarray:
    """Middle of corners and lips, float (N, 2) of float (N, 468, 3)."""
    return points[:, [*CORNERS, *INNER, *OUTER], :2].mean(axis=1)


def mouth_measures(points: np.ndarray, eye_distance: np.ndarray) -> np.ndarray:
    """What the points say of a mouth.

    Args:
        points: float (N, 468, 3), any unit, depth away from the camera.
        eye_distance: float (N,), in that unit.

    Returns:
        float32 (N, 4), in the order of `models.mouth.MEASURES`.
    """

    def apart(pair: tuple[int, int]) -> np.ndarray:
        return np.linalg.norm(points[:, pair[0]] - points[:, pair[1]], axis=1)

    before = points[:, list(CORNERS), 2].mean(axis=1) - points[:, list(OUTER), 2].mean(axis=1)
    told = np.stack([apart(INNER), apart(CORNERS), apart(OUTER), before], axis=1)
    return (told / eye_distance[:, None]).astype(np.float32)


def cut_mouths(faces: RegressorFaces, config: MouthConfig, random: np.random.Generator | None) -> MouthCrops:
    """Cut mouths out of crops of faces.

    Args:
        faces: of the regressor's layout.
        config: tells the size.
        random: shifts, scales and turns the windows, and mirrors half of them; None leaves all as it is.
    """
    count = len(faces)
    windows = np.empty((count, config.height, config.width, 1), np.uint8)
    middles, sides = mouth_middle(faces.points), WINDOW_WIDTH * faces.eye_distance_px
    for row in progress(range(count), count, "cutting mouths"):
        scale = config.width / sides[row]
        across, turn, shift = 1.0, 0.0, np.zeros(2)
        if random is not None:
            scale *= np.exp(random.uniform(-1, 1) * np.log1p(_SCALE))
            turn = np.radians(random.uniform(-_TURN_DEG, _TURN_DEG))
            across = random.choice([-1.0, 1.0])
            shift = random.uniform(-_SHIFT, _SHIFT, 2) * config.width
        cosine, sine = scale * np.cos(turn), scale * np.sin(turn)
        matrix = np.array([[across * cosine, -sine, 0.0], [across * sine, cosine, 0.0]])
        target = np.array([config.width - 1, config.height - 1]) / 2 + shift
        matrix[:, 2] = target - matrix[:, :2] @ middles[row]
        grey = cv2.cvtColor(faces.pictures[row], cv2.COLOR_RGB2GRAY)
        windows[row, ..., 0] = cv2.warpAffine(
            grey, matrix, (config.width, config.height), borderMode=cv2.BORDER_REPLICATE
        )
    measures = mouth_measures(faces.points, faces.eye_distance_px)
    return MouthCrops(windows, measures, (measures[:, :1] < CLOSED).astype(np.float32))
