"""Labels that carry their doubt: what ten voters saw, told in FER-7.

FER2013 has one label a picture, and about every third is wrong by the vote of the ten people of
FER+ (Barsoum et al. 2016). How often a voter's word goes with which FER2013 label is learned from
the training split itself; the mixture of the label and of what the votes make likely is the target.
"""

from __future__ import annotations

import numpy as np

from emopoi.types.labels import FER7


def likely_labels(votes: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """FER-7 shares that the votes make likely.

    Args:
        votes: float32 (N, 8) shares of FER+ votes; rows of zeros where there is no clear vote.
        labels: int64 (N,) FER-7 of the same rows.

    Returns:
        float32 (N, 7), rows sum to 1; where there is no vote, the label alone.
    """
    told = np.eye(len(FER7), dtype=np.float64)[labels]
    clear = votes.sum(axis=1) > 0
    matrix = np.linalg.lstsq(votes[clear].astype(np.float64), told[clear], rcond=None)[0]
    matrix = np.clip(matrix, 1e-3, None)
    matrix /= matrix.sum(axis=1, keepdims=True)
    likely = votes @ matrix
    likely[~clear] = told[~clear]
    return (likely / likely.sum(axis=1, keepdims=True)).astype(np.float32)


def blend(votes: np.ndarray, labels: np.ndarray, share: float, smoothing: float = 0.0) -> np.ndarray:
    """Targets float32 (N, 7): `share` of them from the votes, the rest the label.

    Args:
        votes: float32 (N, 8).
        labels: int64 (N,).
        share: 0 for the label alone.
        smoothing: share spread over all labels (Szegedy et al. 2016).
    """
    told = np.eye(len(FER7), dtype=np.float32)[labels]
    target = (1 - share) * told + share * likely_labels(votes, labels) if share else told
    return ((1 - smoothing) * target + smoothing / len(FER7)).astype(np.float32)
