"""Foursquare OS Places as Parquet.

Categories are the `fsq_category_labels` of today, or the columns of other releases
(`level1_category_name` ... `level6_category_name`, a plain `category` with the names of 2012).

There is no figure of popularity in the open release, so the prominence is 0 unless a column
`popularity` (0..1) is there. Places with `date_closed` are left out, and those marked in
`unresolved_flags` as closed, private, inappropriate, or there twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from emopoi.errors import InputError
from recommender.catalogue.import_report import ImportReport
from recommender.catalogue.packages import load_arrow_types, load_compute, load_pyarrow
from recommender.catalogue.readers.parquet_file import (
    ParquetFile,
    TypeFinder,
    as_array,
    as_numbers,
    as_texts,
    clean_names,
    is_text,
    kept_places,
    points_of,
    position_faults,
)
from recommender.taxonomy import CODES, type_of_foursquare

_WITHIN = "\x1e"
_ID_COLUMNS = ("fsq_place_id", "fsq_id", "venue_id", "venueid")
_LABEL_COLUMNS = ("fsq_category_labels", "category_labels", "categories", "venue_category", "category")
_LEVEL_COLUMNS = tuple(f"level{level}_category_name" for level in range(6, 0, -1))
_CLOSED_FLAGS = ("closed", "doesnt_exist", "delete")
_OTHER_FLAGS = ("duplicate", "privatevenue", "inappropriate")


class FoursquarePlaces:
    """A reader of one file.

    Attributes:
        closed: ids of places that have closed, of the last batch.
    """

    def __init__(self, path: Path) -> None:
        """Open a file.

        Raises:
            InputError: it is no Parquet file or its columns are not those of Foursquare's places.
        """
        types = load_arrow_types()

        self.closed: list[str] = []
        self._file = ParquetFile(path)
        check = self._file.check
        found = [name for name in _ID_COLUMNS if check(name, is_text, "text")]
        if not found or not check("name", is_text, "text"):
            raise InputError(f"{path}: columns of Foursquare Places (fsq_place_id, name, ...) were expected")
        self._id = found[0]
        self._labels = [
            name
            for name in (*_LABEL_COLUMNS, *_LEVEL_COLUMNS)
            if check(name, lambda kind: is_text(kind) or _is_texts(kind), "text or a list of texts")
        ]
        if not self._labels:
            raise InputError(f"{path}: a column of categories (fsq_category_labels) was expected")
        numbers = ("latitude", "longitude", "popularity", "price")
        for name in numbers:
            check(
                name,
                lambda kind: types.is_floating(kind) or types.is_integer(kind) or types.is_decimal(kind),
                "a number",
            )
        both = self._file.has("latitude") and self._file.has("longitude")
        if not both and not self._file.has("geom"):
            raise InputError(f"{path}: columns latitude and longitude were expected")
        others = ("latitude", "longitude", "geom", "date_closed", "unresolved_flags", "popularity", "price")
        self._columns = [self._id, "name", *self._labels, *(name for name in others if self._file.has(name))]
        self.total = self._file.batches_in_all
        self._finder = TypeFinder(_code)

    def batches(self, report: ImportReport) -> Iterator[Any]:
        """Places as Arrow tables; what is left out is counted in the report.

        Raises:
            InputError: a part of the file is damaged, or a nested column has a wrong type.
        """
        return self._file.converted(self._columns, self._places, report)

    def _places(self, batch: Any, report: ImportReport) -> Any:
        compute = load_compute()

        arrow = load_pyarrow()
        columns = {name: batch.column(name) for name in batch.schema.names}
        count = len(batch)
        ids = compute.fill_null(compute.utf8_trim_whitespace(as_texts(columns[self._id])), "")
        names = clean_names(columns["name"])
        lon, lat = np.full(count, np.nan), np.full(count, np.nan)
        if "latitude" in columns and "longitude" in columns:
            lon, lat = as_numbers(columns["longitude"]), as_numbers(columns["latitude"])
        if "geom" in columns:
            geom_lon, geom_lat = points_of(columns["geom"])
            lost = np.isnan(lon) | np.isnan(lat)
            lon, lat = np.where(lost, geom_lon, lon), np.where(lost, geom_lat, lat)
        labels = [_texts(columns[name]) for name in self._labels]
        codes = self._finder.codes(compute.binary_join_element_wise(*labels, _WITHIN))
        closed, flagged = np.zeros(count, dtype=bool), np.zeros(count, dtype=bool)
        if "date_closed" in columns:
            closed |= as_array(columns["date_closed"].is_valid())
        if "unresolved_flags" in columns and _is_texts(columns["unresolved_flags"].type):
            flags = _texts(columns["unresolved_flags"])
            for words, mask in ((_CLOSED_FLAGS, closed), (_OTHER_FLAGS, flagged)):
                for word in words:
                    marked = compute.match_substring(flags, word)
                    mask |= as_array(marked)
        with_source = compute.binary_join_element_wise("fsq", ids, ":")
        self.closed = with_source.filter(arrow.array(closed)).to_pylist()
        faults = {
            "unreadable": as_array(compute.equal(ids, "")),
            "no_name": as_array(compute.equal(names, "")),
            "closed": closed,
            "flagged": flagged,
            "no_type": codes < 0,
        }
        table = {
            "id": with_source,
            "name": names,
            "type": codes,
            "lat": lat,
            "lon": lon,
            "prominence": _within(columns.get("popularity"), 0.0, 1.0, count, report),
            "price": _within(columns.get("price"), 1.0, 4.0, count, report).astype(np.int8),
        }
        return kept_places(table, {**faults, **position_faults(lat, lon)}, report)


def _is_texts(kind: Any) -> bool:
    types = load_arrow_types()

    return bool((types.is_list(kind) or types.is_large_list(kind)) and is_text(kind.value_type))


def _texts(array: Any) -> Any:
    """Texts, or lists of texts joined; "" where null."""
    compute = load_compute()

    arrow = load_pyarrow()
    if is_text(array.type):
        return compute.fill_null(as_texts(array), "")
    return compute.fill_null(compute.binary_join(array.cast(arrow.list_(arrow.string())), _WITHIN), "")


def _within(array: Any, low: float, high: float, count: int, report: ImportReport) -> Any:
    """Numbers, 0 where null or outside the limits."""
    if array is None:
        return np.zeros(count)
    numbers = as_numbers(array)
    wrong = ~((numbers >= low) & (numbers <= high))
    report.notes["value_ignored"] += int((wrong & ~np.isnan(numbers)).sum())
    return np.where(wrong, 0.0, numbers)


def _code(joined: str) -> int:
    labels = [label for label in joined.split(_WITHIN) if label.strip()]
    kind = type_of_foursquare(labels)
    return -1 if kind is None else CODES[kind]
