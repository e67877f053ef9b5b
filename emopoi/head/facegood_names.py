"""What FACEGOOD's face coefficients are among the expressions that ARKit names.

Both are weights of sculpted shapes; FACEGOOD has more of them and splits some. The map says which ARKit
expression shows what a FACEGOOD shape shows, with a factor where it shows only part of it: the lips' rounding
of "oh" and "oo" is ARKit's funnel and pucker. It was made by the shapes' names, not measured.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from emopoi.head.arkit_names import ARKIT_NAMES

JAW = "mouth_stretch_c"
"""FACEGOOD's opening of the jaw."""

_BOTH = {
    "brow_lower": ("browDown", 1.0), "brow_raise": ("browOuterUp", 1.0), "cheek_raise": ("cheekSquint", 1.0),
    "eye_blink1": ("eyeBlink", 1.0), "eye_lidTight": ("eyeSquint", 1.0), "eye_upperLidRaise": ("eyeWide",
    1.0), "mouth_dimple": ("mouthDimple", 1.0), "mouth_lipCornerDepress": ("mouthFrown", 1.0),
    "mouth_lipCornerPull": ("mouthSmile", 1.0), "mouth_lipStretch": ("mouthStretch", 1.0),
    "mouth_lowerLipDepress": ("mouthLowerDown", 1.0), "mouth_press": ("mouthPress", 1.0),
    "mouth_upperLipRaise": ("mouthUpperUp", 1.0), "nose_wrinkle": ("noseSneer", 1.0),
}  # fmt: skip
_SINGLE = {
    "brow_raise_c": (("browInnerUp", 1.0),),
    "jaw_sideways_l": (("jawLeft", 1.0),),
    "jaw_sideways_r": (("jawRight", 1.0),),
    "jaw_thrust_c": (("jawForward", 1.0),),
    JAW: (("jawOpen", 1.0),),
    "mouth_chinRaise_d": (("mouthShrugLower", 1.0),),
    "mouth_chinRaise_u": (("mouthShrugUpper", 1.0),),
    "mouth_oh_c": (("mouthFunnel", 0.5), ("mouthPucker", 0.2)),
    "mouth_oo_c": (("mouthPucker", 0.8),),
    "mouth_sideways_l": (("mouthLeft", 1.0),),
    "mouth_sideways_r": (("mouthRight", 1.0),),
    **{f"mouth_funnel_{part}": (("mouthFunnel", 0.25),) for part in ("dl", "dr", "ul", "ur")},
    **{f"mouth_pucker_{side}": (("mouthPucker", 0.5),) for side in "lr"},
    **{f"cheek_puff_{side}": (("cheekPuff", 0.5),) for side in "lr"},
    **{f"mouth_suck_d{side}": (("mouthRollLower", 0.5),) for side in "lr"},
    **{f"mouth_suck_u{side}": (("mouthRollUpper", 0.5),) for side in "lr"},
}


def facegood_to_arkit(names: Sequence[str]) -> NDArray[np.float32]:
    """The map as a matrix.

    Args:
        names: of FACEGOOD's coefficients, in their order.

    Returns:
        float32 (len(names), 51): coefficients times it are weights in the order of `ARKIT_NAMES`; hold them
        to 0..1.
    """
    matrix = np.zeros((len(names), len(ARKIT_NAMES)), np.float32)
    for row, name in enumerate(names):
        for target, factor in _targets(name):
            matrix[row, ARKIT_NAMES.index(target)] += factor
    return matrix


def _targets(name: str) -> tuple[tuple[str, float], ...]:
    if name in _SINGLE:
        return _SINGLE[name]
    stem, side = name[:-2], {"_l": "Left", "_r": "Right"}.get(name[-2:])
    if side and stem in _BOTH:
        target, factor = _BOTH[stem]
        return ((f"{target}{side}", factor),)
    return ()
