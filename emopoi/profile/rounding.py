"""How many places a profile's numbers have, and shares that still sum to one with so many."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

DECIMALS = 4


def rounded_shares(labels: tuple[str, ...], shares: NDArray[np.float64]) -> dict[str, float]:
    """Round to four places such that the sum stays one: what is lost goes to the largest remainders."""
    unit = 10**DECIMALS
    scaled = shares / shares.sum() * unit
    whole = np.floor(scaled)
    missing = round(unit - float(whole.sum()))
    whole[np.argsort(whole - scaled, kind="stable")[:missing]] += 1
    return {label: float(count) / unit for label, count in zip(labels, whole, strict=True)}
