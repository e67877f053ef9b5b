"""Principal components of values of which some are hidden and some are wrong."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.face3d.trust import trust


@dataclass(frozen=True, eq=False)
class Modes:
    """Mean (D,), unit modes (D, K), deviations (K,), coefficients (N, K) and beliefs (N, S)."""

    mean: np.ndarray
    modes: np.ndarray
    deviations: np.ndarray
    coefficients: np.ndarray
    believed: np.ndarray

    def told(self) -> np.ndarray:
        """float32 (N, D), the faces as the modes have them."""
        return self.mean + self.coefficients @ self.modes.T


def robust_modes(
    values: np.ndarray, weights: np.ndarray, count: int, rounds: int, start: Modes | None = None
) -> Modes:
    """Principal components where not everything is known, and not all of what is known is right.

    Expectation maximisation: what is not believed is filled in from the modes (Roweis 1998, "EM algorithms
    for PCA and SPCA"), beliefs are Cauchy's weights of what was left over.

    Args:
        values: float32 (N, S, 3).
        weights: float32 (N, S), 0..1.
        count: K.
        rounds: of filling in and one step of subspace iteration each.
        start: modes of before.
    """
    faces, vertices = weights.shape
    flat = values.reshape(faces, -1)
    if start is None:
        known = np.repeat(weights, 3, axis=1)
        mean = (known * flat).sum(axis=0) / np.maximum(known.sum(axis=0), 1e-6)
        told = np.broadcast_to(mean, flat.shape)
        basis = np.linalg.qr(np.random.default_rng(0).normal(size=(flat.shape[1], count)))[0]
    else:
        told, basis = start.told(), start.modes
    basis = basis.astype(np.float32)
    for _ in range(rounds):
        left = flat - told
        size = np.linalg.norm(left.reshape(faces, vertices, 3), axis=2)
        believed = weights * trust(size, weights, axis=None)
        filled = told + np.repeat(believed, 3, axis=1) * left
        mean = filled.mean(axis=0)
        filled -= mean
        basis = np.linalg.qr(filled.T @ (filled @ basis))[0].astype(np.float32)
        coefficients = filled @ basis
        told = mean + coefficients @ basis.T
    _, sizes, turn = np.linalg.svd(coefficients, full_matrices=False)
    return Modes(
        mean.astype(np.float32),
        basis @ turn.T,
        sizes / np.sqrt(max(faces, 1)),
        coefficients @ turn.T,
        believed,
    )


def explained(values: np.ndarray, weights: np.ndarray, found: Modes) -> dict[str, float]:
    """Share of the believed variance that the first modes hold, by their number."""
    flat = values.reshape(len(values), -1) - found.mean
    known = np.repeat(found.believed * (weights > 0), 3, axis=1)
    whole = float((known * flat**2).sum())
    result = {}
    for count in mode_counts(found.modes.shape[1]):
        left = flat - found.coefficients[:, :count] @ found.modes[:, :count].T
        result[str(count)] = round(1.0 - float((known * left**2).sum()) / whole, 4)
    return result


def mode_counts(modes: int) -> list[int]:
    """Numbers of modes that figures are told for, the last all of them."""
    return [count for count in (1, 2, 3, 5, 10, 20, 40, 60) if count < modes] + [modes]
