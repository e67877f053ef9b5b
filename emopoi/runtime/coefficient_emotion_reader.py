"""Names the expression from a head's coefficients alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError
from emopoi.head.head_model import HeadModel
from emopoi.runtime.fitted_head import check_head, check_task
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.runtime.probabilities import softmax
from emopoi.types.face_coefficients import FaceCoefficients
from emopoi.types.labels import FER7

TASK = "coefficient_emotion"
_TURN = 3


class CoefficientEmotionReader:
    """The frozen network that Danecek et al. 2022 (EMOCA) test coefficients with: what they hold of emotion.

    Args:
        head: whose coefficients are read.
        model: task "coefficient_emotion".

    Raises:
        ModelFileError: another kind of model, or it was made for another head.
    """

    def __init__(self, head: HeadModel, model: FrozenModel) -> None:
        self._sizes = (head.n_identity, head.n_expressions)
        check_task(model.manifest, TASK, {"coefficients": sum(self._sizes) + _TURN}, {"fer7": len(FER7)})
        check_head(model.manifest, head)
        self._model = model

    def read(self, coefficients: FaceCoefficients) -> NDArray[np.float32]:
        """Name the expression of one face.

        Args:
            coefficients: of the head; identity, expression and the head's turn are read.

        Returns:
            float32 (7,), distribution in the order of `labels.FER7`.

        Raises:
            InputError: sizes of another head, or values that are not finite.
        """
        sizes = (len(coefficients.identity), len(coefficients.expression))
        values = np.concatenate([coefficients.identity, coefficients.expression, coefficients.pose[0]])
        if sizes != self._sizes or not np.isfinite(values).all():
            raise InputError(f"coefficients: finite ones of sizes {self._sizes} were expected, got {sizes}")
        logits = self._model.run_face(values.astype(np.float32))["fer7"]
        return softmax(logits, self._model.manifest.temperature)
