"""Stills that could be of one person: alike at a glance, labelled differently or not.

FER2013 names nobody, so a change of expression within one person can not be read off it. The
nearest thing to it: two stills whose coarse light and shape agree (pose, hair, skin, background),
which is what changes from person to person far more than from expression to expression.
"""

from __future__ import annotations

import cv2
import numpy as np

COARSE = 12
"""Side of the grey thumbnail that two stills are compared by, pixels."""


def coarse_looks(pictures: np.ndarray) -> np.ndarray:
    """What is left of each still at a glance.

    Args:
        pictures: uint8 (N, H, W, 1) grey.

    Returns:
        float32 (N, 144): thumbnails without their mean brightness, of length 1; their dot product
        is the correlation of two stills.
    """
    small = [
        cv2.resize(picture[..., 0], (COARSE, COARSE), interpolation=cv2.INTER_AREA) for picture in pictures
    ]
    looks = np.stack(small).reshape(len(small), -1).astype(np.float32)
    looks -= looks.mean(axis=1, keepdims=True)
    return looks / np.maximum(np.linalg.norm(looks, axis=1, keepdims=True), 1e-6)


def alike(looks: np.ndarray, anchors: np.ndarray, count: int, allowed=None) -> np.ndarray:
    """The stills most alike to each anchor, best first, the anchor itself and its copies left out.

    Args:
        looks: from `coarse_looks`.
        anchors: int (A,) rows of `looks`.
        count: how many for each; at most the stills that are allowed.
        allowed: called with anchors (B,), gives bool (B, N): which stills may be chosen; None for all.

    Returns:
        int64 (A, count).
    """
    found = np.empty((len(anchors), count), np.int64)
    for start in range(0, len(anchors), 256):
        rows = anchors[start : start + 256]
        likeness = looks[rows] @ looks.T
        # A copy (FER2013 has many) is the same moment, not another one of the same person.
        likeness[likeness > 0.995] = -2.0
        likeness[np.arange(len(rows)), rows] = -3.0
        if allowed is not None:
            likeness[~allowed(rows)] = -2.5
        best = np.argpartition(-likeness, count - 1, axis=1)[:, :count]
        order = np.argsort(-np.take_along_axis(likeness, best, axis=1), axis=1)
        found[start : start + 256] = np.take_along_axis(best, order, axis=1)
    return found
