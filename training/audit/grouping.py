"""Rows in groups: by band, by quarter, by name."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from emopoi.evaluation.age_gender import BAND_STARTS

LABELLED, ESTIMATED, MEASURED = "labelled", "estimated", "measured"


@dataclass(frozen=True, eq=False)
class Attribute:
    """Groups of rows by one thing.

    Attributes:
        name: "age", "brightness", ...
        how: `LABELLED`, `ESTIMATED` (by our own network, which errs) or `MEASURED`.
        groups: bool (N,) by the group's name; a row may be in none.
    """

    name: str
    how: str
    groups: dict[str, np.ndarray]

    def rows(self, chosen: np.ndarray) -> Attribute:
        """Of some rows."""
        return Attribute(self.name, self.how, {name: rows[chosen] for name, rows in self.groups.items()})


def by_age(years: np.ndarray, how: str) -> Attribute:
    """In the bands of `emopoi evaluate age-gender`; NaN is in none."""
    names = [f"{low}-{end - 1}" for low, end in itertools.pairwise(BAND_STARTS)]
    return by_band("age", how, years, BAND_STARTS[1:], [*names, f"{BAND_STARTS[-1]}+"])


def by_band(
    name: str, how: str, values: np.ndarray, limits: Sequence[float], groups: Sequence[str]
) -> Attribute:
    """By limits set beforehand.

    Args:
        name: of the attribute.
        how: where it is from.
        values: float (N,), NaN where not known.
        limits: rising; a value at a limit is above it.
        groups: names, one more than limits.
    """
    place = np.searchsorted(np.asarray(limits, float), values, side="right")
    known = ~np.isnan(values)
    return Attribute(name, how, {group: known & (place == number) for number, group in enumerate(groups)})


def by_quarter(
    name: str, values: np.ndarray, lowest: str, highest: str, digits: int, unit: str = ""
) -> Attribute:
    """Measured, in four parts of as many rows each; the limits are told.

    Args:
        name: of the attribute.
        values: float (N,), NaN where not known.
        lowest: what the lowest quarter is called.
        highest: what the highest quarter is called.
        digits: of the limits.
        unit: of the limits.
    """
    limits = np.nanpercentile(values, [25, 50, 75])
    shown = [f"{limit:.{digits}f}" for limit in limits]
    unit = f" {unit}" if unit else ""
    groups = [
        f"{lowest}, below {shown[0]}{unit}",
        f"{shown[0]} to {shown[1]}{unit}",
        f"{shown[1]} to {shown[2]}{unit}",
        f"{highest}, from {shown[2]}{unit}",
    ]
    return by_band(name, MEASURED, values, limits, groups)


def by_name(name: str, how: str, names: Sequence[str]) -> Attribute:
    """By a text of each row; the empty text is in no group."""
    values = np.asarray(names, dtype=str)
    return Attribute(name, how, {str(one): values == one for one in np.unique(values) if one})
