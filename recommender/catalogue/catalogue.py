"""What a catalogue of places is to the rest of the recommender."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from recommender.catalogue.place_table import PlaceTable
from recommender.place import Place


class Catalogue(Protocol):
    """Places to choose from, and what must be said beside them.

    `near` and `nearest` give only types that are suggested; `places`, `find` and `search` give
    any place of the catalogue.
    """

    @property
    def name(self) -> str:
        """What the catalogue covers, in words."""

    @property
    def attribution(self) -> str:
        """Sources and licences; shown wherever places are shown."""

    @property
    def timezone(self) -> str:
        """IANA name of the time zone that opening hours are written in; "" goes by coordinates."""

    @property
    def country(self) -> str:
        """ISO 3166 two-letter code, for public holidays; "" goes by coordinates."""

    @property
    def dated(self) -> str:
        """ISO day that the facts are from, or ""."""

    def __len__(self) -> int:
        """How many places there are, of any type."""

    def centre(self) -> tuple[float, float]:
        """Middle of the places, (latitude, longitude) in degrees.

        Raises:
            InputError: the catalogue has no places.
        """

    def near(self, position: Sequence[float], within_m: float) -> PlaceTable:
        """All places that may be suggested within a distance, in any order.

        Args:
            position: (latitude, longitude), degrees.
            within_m: great-circle distance, metres, >= 0; the limit itself is within.

        Raises:
            InputError: the position or the distance is out of range, or the store can not be read.
        """

    def nearest(self, position: Sequence[float], count: int) -> PlaceTable:
        """The nearest places that may be suggested, however far, nearest first.

        Raises:
            InputError: the position is out of range, or the store can not be read.
        """

    def places(self, rows: NDArray[np.int64] | Sequence[int]) -> list[Place]:
        """Full records of rows, in that order.

        Raises:
            InputError: there is no such row.
        """

    def find(self, ids: Sequence[str]) -> list[Place]:
        """Places by id, in that order; ids that the catalogue does not know are left out."""

    def rows(self, ids: Sequence[str]) -> NDArray[np.int64]:
        """int64 rows by id, in that order; -1 for ids that the catalogue does not know."""

    def search(self, text: str, limit: int = 20) -> list[Place]:
        """Places whose name contains a text, whatever case and accents; best match first."""

    def facts(self) -> dict[str, Any]:
        """What it is made of, as JSON.

        Returns:
            places, suggestible, with_opening_hours, with_wheelchair, with_english_name: counts; types:
            name -> count; sources: key, name, licence, attribution and places of each.
        """
