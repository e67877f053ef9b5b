"""Terms of a place in any catalogue, where nobody's check-ins are at hand: columns in, columns out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PLACE_TERMS = ("popularity", "distance", "type_hour", "taste", "type_transition", "visits", "recency")
"""popularity       prominence, 0..1
distance         log of the way in units of 300 m
type_hour        log ratio: how usual this type is in this part of the week
taste            log ratio: the person's share of this type
type_transition  log ratio: how often people go on to this type from the type of the last place
visits           log of the person's visits here
recency          the same with a half-life of ten days
"""

UNUSUAL = 2.0
"""Largest log ratio of `type_hour`."""

_DOUBT = 6.0
_HALF_LIFE_S = 10 * 86400
_LAST_PLACE_S = 3 * 3600


@dataclass(frozen=True)
class OwnVisits:
    """Where a person has been, in the order of time.

    Attributes:
        place: int64 (V,), row or code of the place; -1 where it is not among those ranked.
        type: int16 (V,), code of its type.
        time_s: int64 (V,), seconds since 1970, UTC.
    """

    place: NDArray[np.int64]
    type: NDArray[np.int16]
    time_s: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.place)

    @classmethod
    def none(cls) -> OwnVisits:
        """Of somebody new."""
        return cls(np.zeros(0, np.int64), np.zeros(0, np.int16), np.zeros(0, np.int64))


@dataclass(frozen=True)
class TypeTables:
    """What is usual by type, K types in the order of `recommender.taxonomy.CODES`.

    Attributes:
        share: float32 (K,) share of visits.
        hour: float32 (14, K) log ratio by part of the week.
        transition: float32 (K, K) log ratio by type of the place before.
    """

    share: NDArray[np.float32]
    hour: NDArray[np.float32]
    transition: NDArray[np.float32]


def place_terms(
    place: NDArray[np.int64],
    type_code: NDArray[np.int16],
    popularity: NDArray[np.float32],
    distance_m: NDArray[np.float64],
    *,
    tables: TypeTables,
    part_of_week: int,
    own: OwnVisits,
    time_s: int,
) -> NDArray[np.float32]:
    """Terms of N places for one person at one moment.

    Args:
        place: int64 (N,), as in `own.place`.
        type_code: int16 (N,).
        popularity: float32 (N,), 0..1.
        distance_m: float64 (N,), metres from where the person is.
        tables: by type.
        part_of_week: 0..13, see `hour_bin`.
        own: the person's visits.
        time_s: seconds since 1970, UTC.

    Returns:
        float32 (7, N), in the order of `PLACE_TERMS`.
    """
    terms = np.zeros((len(PLACE_TERMS), len(place)), np.float32)
    terms[0] = popularity
    terms[1] = np.log1p(distance_m / 300)
    # Whether it is open is another term's matter: a museum at night is unusual, not unthinkable.
    terms[2] = np.clip(tables.hour[part_of_week], -UNUSUAL, UNUSUAL)[type_code]
    if len(own) == 0:
        return terms
    terms[3] = _taste(own.type, tables.share)[type_code]
    if abs(time_s - int(own.time_s[-1])) < _LAST_PLACE_S:
        terms[4] = tables.transition[own.type[-1]][type_code]
    # A visit after the moment asked about (a wrong clock, an answer for last week) counts as one of now.
    age_s = np.maximum(time_s - own.time_s, 0)
    known, which = np.unique(own.place, return_inverse=True)
    visits = np.bincount(which)
    fading = np.bincount(which, weights=0.5 ** (age_s / _HALF_LIFE_S))
    at = np.minimum(np.searchsorted(known, place), len(known) - 1)
    here = known[at] == place
    terms[5, here], terms[6, here] = np.log1p(visits[at[here]]), np.log1p(3 * fading[at[here]])
    return terms


def _taste(types: NDArray[np.int16], share: NDArray[np.float32]) -> NDArray[np.float32]:
    own = np.bincount(types, minlength=len(share)).astype(np.float32)
    return np.log((own + _DOUBT * share) / (len(types) + _DOUBT) / share)
