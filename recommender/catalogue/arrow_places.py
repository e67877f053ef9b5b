"""Places as an Arrow table: the form in which all readers hand them to the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from recommender.catalogue.duckdb_catalogue import WHEELCHAIR_WORDS
from recommender.catalogue.packages import load_pyarrow
from recommender.place import Place
from recommender.taxonomy import CODES

_WHEELCHAIR_CODES = {word: code for code, word in enumerate(WHEELCHAIR_WORDS)}


@dataclass(frozen=True, slots=True)
class CountedPlace:
    """A place with a count of visits, from which its prominence is made once all counts are known."""

    place: Place
    visits: float


def place_schema() -> Any:
    """The columns: those of `places` in the store without `row`, and visits (null: not counted)."""
    arrow = load_pyarrow()
    return arrow.schema(
        [
            ("id", arrow.string()),
            ("name", arrow.string()),
            ("name_en", arrow.string()),
            ("type", arrow.int16()),
            ("lat", arrow.float64()),
            ("lon", arrow.float64()),
            ("prominence", arrow.float32()),
            ("opening_hours", arrow.string()),
            ("wheelchair", arrow.int8()),
            ("price", arrow.int8()),
            ("min_age", arrow.int16()),
            ("visits", arrow.float64()),
        ]
    )


def places_to_arrow(entries: Sequence[Place | CountedPlace]) -> Any:
    """Places as one Arrow table."""
    places = [entry.place if isinstance(entry, CountedPlace) else entry for entry in entries]
    visits = [entry.visits if isinstance(entry, CountedPlace) else None for entry in entries]
    columns: dict[str, list[Any]] = {
        "id": [place.id for place in places],
        "name": [place.name for place in places],
        "name_en": [place.name_en for place in places],
        "type": [CODES[place.type] for place in places],
        "lat": [place.lat for place in places],
        "lon": [place.lon for place in places],
        "prominence": [place.prominence for place in places],
        "opening_hours": [place.opening_hours for place in places],
        "wheelchair": [_WHEELCHAIR_CODES.get(place.wheelchair, 0) for place in places],
        "price": [place.price or 0 for place in places],
        "min_age": [place.min_age or 0 for place in places],
        "visits": visits,
    }
    return load_pyarrow().table(columns, schema=place_schema())
