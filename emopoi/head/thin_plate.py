"""A smooth map of space that takes some points to where they belong.

Bookstein 1989, "Principal Warps: Thin-Plate Splines and the Decomposition of Deformations"; in three
dimensions the kernel is the distance itself.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError

_FEWEST = 4
_ROWS = 4096  # points mapped at a time: keeps the table of distances small


class ThinPlate:
    """Fit a thin-plate spline.

    Args:
        sources: float (P, 3), at least four, not all in one plane.
        targets: float (P, K), where the sources go, or any values to be spread over space.
        stiffness: 0 meets the targets exactly; larger trades them for smoothness. Its unit is that of
            the sources: about the size of the bumps to be smoothed away.

    Raises:
        InputError: shapes do not fit, too few points, points in one plane, or not finite ones.
    """

    def __init__(
        self, sources: NDArray[np.floating], targets: NDArray[np.floating], stiffness: float = 0.0
    ) -> None:
        sources = np.asarray(sources, np.float64)
        targets = np.asarray(targets, np.float64)
        count = len(sources)
        if sources.shape != (count, 3) or targets.ndim != 2 or len(targets) != count:
            raise InputError(
                f"warp: (P, 3) sources and (P, K) targets were expected, got {sources.shape}, {targets.shape}"
            )
        if not (np.isfinite(sources).all() and np.isfinite(targets).all()):
            raise InputError("warp: points that are not finite")
        if not stiffness >= 0:
            raise InputError(f"warp: a stiffness of 0 or more was expected, got {stiffness}")
        # Coordinates about one centre and of size one keep the system well conditioned.
        self._centre = sources.mean(axis=0) if count else np.zeros(3)
        spread = sources - self._centre
        self._size = float(np.sqrt((spread**2).sum(axis=1).mean())) if count else 0.0
        if count < _FEWEST or np.linalg.matrix_rank(spread, tol=1e-6 * max(self._size, 1e-30)) < 3:
            raise InputError(f"warp: {_FEWEST} points were expected that are not in one plane, got {count}")
        self._sources = spread / self._size
        plane = np.concatenate([np.ones((count, 1)), self._sources], axis=1)
        system = np.zeros((count + 4, count + 4))
        # The negative distance is conditionally positive definite, so stiffness adds to it.
        system[:count, :count] = -_distances(self._sources, self._sources)
        system[np.arange(count), np.arange(count)] += stiffness / self._size
        system[:count, count:], system[count:, :count] = plane, plane.T
        values = np.concatenate([targets, np.zeros((4, targets.shape[1]))])
        try:
            solved = np.linalg.solve(system, values)
        except np.linalg.LinAlgError:
            raise InputError("warp: two of the points are the same") from None
        self._bends, self._plane = solved[:count], solved[count:]

    def __call__(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """Map points.

        Args:
            points: float (N, 3).

        Returns:
            float64 (N, K).
        """
        unit = (np.asarray(points, np.float64) - self._centre) / self._size
        mapped = np.empty((len(unit), self._plane.shape[1]))
        for start in range(0, len(unit), _ROWS):
            part = unit[start : start + _ROWS]
            mapped[start : start + _ROWS] = (
                self._plane[0] + part @ self._plane[1:] - _distances(part, self._sources) @ self._bends
            )
        return mapped


def _distances(points: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.sqrt(((points[:, None] - others[None]) ** 2).sum(axis=2))
