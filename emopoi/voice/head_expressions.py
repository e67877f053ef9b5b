"""Puts ARKit's expressions on a head that names them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError
from emopoi.head.arkit_names import ARKIT_NAMES
from emopoi.head.head_model import HeadModel
from emopoi.types.face_coefficients import FaceCoefficients

_NEEDED = "jawOpen"


class HeadExpressions:
    """From ARKit's 51 coefficients to those of one head.

    Args:
        head: with at least the jaw's opening among its named expressions.

    Attributes:
        lacking: ARKit's names that the head does not have: they are not shown on it.

    Raises:
        InputError: the head's expressions have no names, or none of them opens the jaw.
    """

    def __init__(self, head: HeadModel) -> None:
        names = head.expression_names
        if not names:
            raise InputError(
                f"head {head.name}: its expressions have no names, so no voice can move it; "
                "`emopoi head retarget` gives it ARKit's"
            )
        if _NEEDED not in names:
            raise InputError(
                f"head {head.name}: an expression named {_NEEDED} was expected, it has {', '.join(names[:8])}"
                f"{' and others' if len(names) > 8 else ''}; `emopoi head retarget` gives it ARKit's"
            )
        self._head = head
        shared = [(names.index(name), place) for place, name in enumerate(ARKIT_NAMES) if name in names]
        self._own, self._arkit = (np.array(column) for column in zip(*shared, strict=True))
        self.lacking = tuple(name for name in ARKIT_NAMES if name not in names)

    def of(self, arkit: NDArray[np.floating]) -> FaceCoefficients:
        """One face: float (51,) to coefficients of the head, its identity the mean."""
        expression = np.zeros(self._head.n_expressions, np.float32)
        expression[self._own] = arkit[self._arkit]
        return FaceCoefficients(np.zeros(self._head.n_identity, np.float32), expression)
