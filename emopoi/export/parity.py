"""Is the exported file the same network? Asked only where the outputs vary at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from emopoi.errors import ModelFileError

MIN_SPREAD = 0.01
"""Standard deviation over inputs below which agreement proves nothing (a network that says
always the same agrees with everything)."""

LIMITS = {"float32": 1e-4, "float16": 0.01, "int8": 0.12, "dynamic": 0.12}
"""Largest root-mean-square difference, as a fraction of the output's own spread."""


@dataclass(frozen=True)
class Parity:
    """How far one output of the file is from the Keras network.

    Attributes:
        spread: standard deviation of the Keras output over inputs, mean of its entries.
        rms: root-mean-square difference.
        relative: rms over the root mean square of the entries' deviations: both weigh entries that vary much
            and little alike, which with the mean in the place of the second they would not.
        agreement: share of rows whose largest entry is the same (1 where there is one entry).
    """

    spread: float
    rms: float
    relative: float
    agreement: float


def compare(expected: np.ndarray, found: np.ndarray) -> Parity:
    """Compare one output over N inputs, float (N, ...).

    Raises:
        ModelFileError: the expected output hardly varies, so nothing would be shown.
    """
    spread = float(expected.std(axis=0).mean())
    if spread < MIN_SPREAD:
        raise ModelFileError(f"parity shows nothing: the output varies by {spread:.2g} only")
    rms = float(np.sqrt(np.mean((expected - found) ** 2)))
    same = expected.argmax(-1) == found.argmax(-1)
    deviation = float(np.sqrt(np.mean(expected.var(axis=0))))
    return Parity(spread, rms, rms / deviation, float(same.mean()))


def check(
    expected: Mapping[str, np.ndarray], found: Mapping[str, np.ndarray], variant: str
) -> dict[str, Parity]:
    """Compare all outputs and hold them to the variant's limit.

    Raises:
        ModelFileError: an output differs by more than `LIMITS`.
    """
    result = {name: compare(value, found[name]) for name, value in expected.items()}
    for name, parity in result.items():
        if parity.relative > LIMITS[variant]:
            raise ModelFileError(
                f"{variant}: output {name} differs by {parity.relative:.3f} of its spread "
                f"(limit {LIMITS[variant]})"
            )
    return result
