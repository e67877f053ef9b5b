"""How well a head's coefficients come back from its own points with noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emopoi.head.head_model import HeadModel
from emopoi.head.landmark_embedding import MEDIAPIPE_POINTS
from emopoi.head.landmark_solver import LandmarkSolver
from emopoi.head.point_alignment import PointAlignment
from emopoi.head.skinning import rotation_matrices


@dataclass(frozen=True)
class MadeFaces:
    """What made-up faces look like.

    Attributes:
        count: of faces.
        active: share of the expressions that a face shows, each with a strength of 0..1.
        identity: spread of identity coefficients; half of what people differ, as the fits to photos have it.
        turn_deg: spread of pitch, yaw and roll.
        noise: mean distance by which a point is off in the picture, over the outer-eye distance: the error
            with which ICT-FaceKit fits such points (1.3 %).
        depth_noise: spread of the error in depth, the same unit.
        shared: share of that error (of its variance) that neighbouring points have in common.
    """

    count: int = 400
    active: float = 0.2
    identity: float = 0.7
    turn_deg: tuple[float, float, float] = (8.0, 15.0, 6.0)
    noise: float = 0.013
    depth_noise: float = 0.02
    shared: float = 0.0


def recovery(head: HeadModel, made: MadeFaces, seed: int = 0) -> dict[str, float]:
    """Correlation of each expression's coefficient with the one that a face was made of.

    Args:
        head: with landmarks.
        made: the faces.
        seed: of the faces.

    Returns:
        By name of the expression; 0 where the solver never moves it.
    """
    random = np.random.default_rng(seed)
    solver, template = LandmarkSolver(head), PointAlignment(head).template
    fields = head.landmarks.apply(head.shapedirs.astype(np.float64), head.f) / solver.unit
    spread = _neighbours(template) if made.shared else None
    true, found = [], []
    # Distances of a normal error in two directions have a mean of 1.2533 spreads.
    deviation = np.array([made.noise / 1.2533, made.noise / 1.2533, made.depth_noise])
    for _ in range(made.count):
        expression = random.uniform(size=head.n_expressions)
        expression *= random.uniform(size=head.n_expressions) < made.active
        identity = random.normal(0, made.identity, head.n_identity)
        shape = template + fields @ np.concatenate([identity, expression])
        turned = shape @ rotation_matrices(random.normal(0, np.radians(made.turn_deg))).T
        noise = np.sqrt(1 - made.shared) * random.normal(size=shape.shape)
        if spread is not None:
            noise += np.sqrt(made.shared) * (spread @ random.normal(size=shape.shape))
        points = np.zeros((MEDIAPIPE_POINTS, 3))
        points[head.landmarks.indices] = 100 * (turned + noise * deviation) * (1, -1, -1)
        true.append(expression)
        found.append(solver.solve(points).coefficients.expression)
    expected, told = np.array(true), np.array(found)
    names = head.expression_names or tuple(str(number) for number in range(head.n_expressions))
    return {
        name: round(float(np.corrcoef(a, b)[0, 1]), 4) if b.std() > 0 else 0.0
        for name, a, b in zip(names, expected.T, told.T, strict=True)
    }


def _neighbours(template: np.ndarray, reach: float = 0.15) -> np.ndarray:
    """Mixes independent errors into ones that points within `reach` share, spread 1: float (L, L)."""
    apart = np.linalg.norm(template[:, None] - template[None], axis=2)
    mixing = np.exp(-0.5 * (apart / reach) ** 2)
    return mixing / np.linalg.norm(mixing, axis=1, keepdims=True)
