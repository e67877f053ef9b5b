"""What the seven expressions are on a face, as ARKit coefficients, from labelled pictures.

No data at hand has voice, face and emotion together. What an emotion does to a face is therefore taken from
FER2013's training pictures, solved by the shipped head, and what speech does to it from faces that speak.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from emopoi.runtime.frozen_head import load_head
from emopoi.types.labels import FER7, FER7_IN_FERPLUS8, FERPLUS8
from emopoi.types.voice_labels import VOICE8, VOICE8_TO_FER7
from training.face3d.stored_faces import ENOUGH_PRESENCE, stored_meshes, stored_solutions
from training.fer2013 import load_faces

FILE = "fer2013/train.parquet"
STRENGTH = 1.5
"""A mean over people and degrees of an expression is weaker than one that is meant to be seen."""
# Of each label's pictures only those count that FER+'s voters agreed on: the rest blur the mean.
_AGREED = 0.8
_FERPLUS = dict(zip(FER7, FER7_IN_FERPLUS8, strict=True))


def expression_offsets(data: Path, cache: Path) -> np.ndarray:
    """How each of the voice's labels differs from neutral on a face.

    Args:
        data: holds fer2013/.
        cache: where points and solutions of its pictures are kept.

    Returns:
        float32 (8, 51) in the orders of `VOICE8` and `ARKIT_NAMES`: mean coefficients less those of neutral,
        times `STRENGTH`, both sides alike. Looking to a side is left out: it is no part of an expression.
    """
    head = load_head()
    faces = load_faces(data / FILE)
    _, presence = stored_meshes(data, cache, FILE)
    solved = stored_solutions(head, data, cache, FILE)
    expression = np.clip(solved.expression, 0.0, 1.0)[faces.rows]
    sure = presence[faces.rows] > ENOUGH_PRESENCE
    means = []
    for place, label in enumerate(FER7):
        votes = faces.ferplus8[:, FERPLUS8.index(_FERPLUS[label])]
        chosen = (
            sure
            & (faces.fer7 == place)
            & (votes >= min(_AGREED, np.quantile(votes[faces.fer7 == place], 0.8)))
        )
        means.append(expression[chosen].mean(axis=0))
    offsets = np.stack(means) - means[FER7.index("neutral")]
    names = head.expression_names
    for column, name in enumerate(names):
        if name.startswith("eyeLook") or name in ("jawLeft", "jawRight", "mouthLeft", "mouthRight"):
            offsets[:, column] = 0.0
    mirror = [names.index(_other_side(name)) for name in names]
    offsets = STRENGTH * (offsets + offsets[:, mirror]) / 2
    result = (VOICE8_TO_FER7 @ offsets).astype(np.float32)
    # Calm is neutral at ease; what little the two differ by is not in a picture.
    result[VOICE8.index("calm")] = 0.0
    return result


def _other_side(name: str) -> str:
    for side, other in (("Left", "Right"), ("Right", "Left")):
        if name.endswith(side):
            return name[: -len(side)] + other
    return name
