"""Which places are out of the question, whatever their score."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recommender.catalogue.place_table import PlaceTable
from recommender.ranking.request import Request
from recommender.taxonomy import TYPES

LIMITED = 2
"""`PlaceTable.wheelchair` from which on a place counts as accessible."""

_TYPE_MIN_AGE = np.array([kind.min_age or 0 for kind in TYPES.values()], np.int16)


def allowed(
    table: PlaceTable, request: Request, hidden: NDArray[np.int64], visited: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Mask of the places that may be suggested.

    A legal age limit always holds: places above the median age are out. Where no age is known they
    stay, and the answer says that the age was not checked.

    Args:
        table: the places.
        request: the question.
        hidden: rows that the person wants hidden.
        visited: rows where the person has been.

    Returns:
        bool (N,).
    """
    keep = np.ones(len(table), bool)
    person = request.person
    if person is not None and person.age is not None:
        keep &= min_ages(table) <= person.age.median
    if request.kinds:
        keep &= _of_kinds(request.kinds)[table.type]
    if request.max_price is not None:
        keep &= table.price <= request.max_price  # 0 is unknown
    if request.wheelchair:
        keep &= table.wheelchair >= LIMITED
    if len(hidden):
        keep &= ~np.isin(table.row, hidden)
    if request.new_only and len(visited):
        keep &= ~np.isin(table.row, visited)
    return keep


def min_ages(table: PlaceTable) -> NDArray[np.int16]:
    """int16 (N,): the age limit tagged at the place, or else the one of its type; 0 for none."""
    return np.where(table.min_age > 0, table.min_age, _TYPE_MIN_AGE[table.type]).astype(np.int16)


def _of_kinds(kinds: tuple[str, ...]) -> NDArray[np.bool_]:
    return np.array([name in kinds or kind.group in kinds for name, kind in TYPES.items()])
