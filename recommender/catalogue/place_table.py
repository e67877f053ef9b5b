"""Columns of the places that come into question: all that ranking needs of many, and cheap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

WHEELCHAIR_CODES = {"no": 1, "limited": 2, "yes": 3, "designated": 3}
"""How `PlaceTable.wheelchair` writes what a place says; 0 is unknown."""


@dataclass(frozen=True)
class PlaceTable:
    """N places as columns, in any order; names and hours come with `Catalogue.places(table.row)`.

    Attributes:
        row: int64 (N,) row in the catalogue.
        type: int16 (N,) code of the type, `recommender.taxonomy.CODES`.
        lat: float64 (N,) latitude, degrees.
        lon: float64 (N,) longitude, degrees.
        distance_m: float64 (N,) great-circle distance from the position asked for, metres.
        prominence: float32 (N,) 0..1.
        price: int8 (N,) 1..4, 0 unknown.
        wheelchair: int8 (N,) 0 unknown, 1 no, 2 limited, 3 yes or designated.
        min_age: int16 (N,) tagged age limit, years, 0 none tagged.
    """

    row: NDArray[np.int64]
    type: NDArray[np.int16]
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    distance_m: NDArray[np.float64]
    prominence: NDArray[np.float32]
    price: NDArray[np.int8]
    wheelchair: NDArray[np.int8]
    min_age: NDArray[np.int16]

    def __len__(self) -> int:
        return len(self.row)

    def take(self, index: NDArray[np.int64] | NDArray[np.bool_]) -> PlaceTable:
        """The chosen entries, by position or by mask, in that order."""
        return PlaceTable(
            row=self.row[index],
            type=self.type[index],
            lat=self.lat[index],
            lon=self.lon[index],
            distance_m=self.distance_m[index],
            prominence=self.prominence[index],
            price=self.price[index],
            wheelchair=self.wheelchair[index],
            min_age=self.min_age[index],
        )

    def nearest(self, count: int) -> PlaceTable:
        """The `count` nearest, nearest first; equal distances in the order of rows."""
        return self.take(np.lexsort((self.row, self.distance_m))[:count])
