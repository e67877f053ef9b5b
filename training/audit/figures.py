"""What a file was worth on the rows of one set, told by group."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from training.audit.grouping import Attribute
from training.audit.intervals import mean_interval

FEWEST = 20
"""Rows of a group that is told; smaller ones are named, without figures."""


@dataclass(frozen=True, eq=False)
class Measure:
    """One number for each row, of which a group's mean is told.

    Attributes:
        values: float (N,), NaN where a row does not count.
        unit: "share" (0 or 1), or what the number counts.
        better: "high" or "low".
        digits: that are shown.
    """

    values: np.ndarray
    unit: str = "share"
    better: str = "high"
    digits: int = 3


@dataclass(frozen=True, eq=False)
class ScoredRows:
    """A file on one set of rows.

    Attributes:
        data: file of the rows, relative to the data folder, and how they were read where that is not plain.
        what: what rows are: "pictures", "clips".
        measures: by what they are called.
        attributes: groups of the rows.
        clusters: (N,), who each row is of, or None.
    """

    data: str
    what: str
    measures: dict[str, Measure]
    attributes: list[Attribute]
    clusters: np.ndarray | None = None
    lacking: list[str] = field(default_factory=list)


def figures_of(scored: ScoredRows) -> dict[str, Any]:
    """Figures by group as JSON.

    Returns:
        data, what, n, persons (or None), lacking; measures: unit, better and digits by name; groups: a list
        of attribute, how, group, n, and for each measure n, value, low and high. The first group is of all.
    """
    count = len(next(iter(scored.measures.values())).values)
    groups = [_group(scored, "all", "", "", np.ones(count, bool))]
    for attribute in scored.attributes:
        groups += [
            _group(scored, attribute.name, attribute.how, name, rows)
            for name, rows in attribute.groups.items()
        ]
    return {
        "data": scored.data,
        "what": scored.what,
        "n": count,
        "persons": None if scored.clusters is None else len(np.unique(scored.clusters)),
        "lacking": list(scored.lacking),
        "measures": {
            name: {"unit": one.unit, "better": one.better, "digits": one.digits}
            for name, one in scored.measures.items()
        },
        "groups": groups,
    }


def _group(scored: ScoredRows, attribute: str, how: str, name: str, rows: np.ndarray) -> dict[str, Any]:
    told: dict[str, Any] = {"attribute": attribute, "how": how, "group": name, "n": int(rows.sum())}
    for measure, one in scored.measures.items():
        counted = rows & ~np.isnan(one.values)
        figures: dict[str, Any] = {"n": int(counted.sum())}
        if figures["n"] >= FEWEST:
            clusters = None if scored.clusters is None else scored.clusters[counted]
            figures |= mean_interval(one.values[counted], clusters).as_dict()
        told[measure] = figures
    return told


def clearly_worse(told: dict[str, Any]) -> list[str]:
    """Groups whose whole interval lies on the worse side of the figure of all rows.

    Args:
        told: of `figures_of`.

    Returns:
        A line for each, in the order of the groups.
    """
    everybody = told["groups"][0]
    lines = []
    for group in told["groups"][1:]:
        for name, measure in told["measures"].items():
            figures = group[name]
            if "value" not in figures:
                continue
            high = measure["better"] == "high"
            worse = (
                figures["high"] < everybody[name]["value"]
                if high
                else (figures["low"] > everybody[name]["value"])
            )
            if worse:
                shown = f"{figures['value']:.{measure['digits']}f}"
                of_all = f"{everybody[name]['value']:.{measure['digits']}f}"
                lines.append(f"{group['attribute']} {group['group']}: {name} {shown} (all: {of_all})")
    return lines
