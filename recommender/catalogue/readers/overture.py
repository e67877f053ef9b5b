"""Overture Places as GeoParquet.

Read are the older layout (`categories`), the newer one (`basic_category` and `taxonomy`), and
files that have both.

The prominence is the column `confidence`: how sure Overture is that the place exists, which is
the only figure there. Places that are not open (`operating_status`) are left out.
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
    field_of,
    is_text,
    kept_places,
    points_of,
    position_faults,
)
from recommender.taxonomy import CODES, type_of_overture

_BETWEEN, _WITHIN = "\x1f", "\x1e"
_NESTED = (
    "id",
    "names.primary",
    "names.common",
    "categories.primary",
    "categories.alternate",
    "basic_category",
    "taxonomy.primary",
    "taxonomy.hierarchy",
    "taxonomy.alternates",
    "confidence",
    "operating_status",
    "bbox",
    "geometry",
    "sources",
)


class OverturePlaces:
    """A reader of one file.

    Attributes:
        datasets: names of the data sets that the column `sources` speaks of, as far as read.
        closed: ids of places that are not open, of the last batch.
    """

    def __init__(self, path: Path) -> None:
        """Open a file.

        Raises:
            InputError: it is no Parquet file or its columns are not those of Overture Places.
        """
        types = load_arrow_types()

        self.datasets: set[str] = set()
        self.closed: list[str] = []
        self._file = ParquetFile(path)
        check = self._file.check
        if not check("id", is_text, "text") or not check("names", types.is_struct, "a struct with primary"):
            raise InputError(f"{path}: columns of Overture Places (id, names, ...) were expected")
        have = [
            check("categories", types.is_struct, "a struct with primary and alternate"),
            check("taxonomy", types.is_struct, "a struct with primary and hierarchy"),
            check("basic_category", is_text, "text"),
        ]
        if not any(have):
            raise InputError(f"{path}: one of categories, taxonomy and basic_category was expected")
        check("confidence", lambda kind: types.is_floating(kind) or types.is_integer(kind), "a number")
        check("operating_status", is_text, "text")
        placed = [
            check("geometry", _is_geometry, "points as WKB or with x and y"),
            check("bbox", types.is_struct, "a struct with xmin, xmax, ymin, ymax"),
        ]
        if not any(placed):
            raise InputError(f"{path}: a column geometry or bbox was expected")
        self.total = self._file.batches_in_all
        self._columns = [name for name in _NESTED if self._file.has(name.split(".")[0])]
        self._finder = TypeFinder(_code)

    def batches(self, report: ImportReport) -> Iterator[Any]:
        """Places as Arrow tables; what is left out is counted in the report.

        Raises:
            InputError: a part of the file is damaged, or a nested column has a wrong type.
        """
        return self._file.converted(self._columns, self._places, report)

    def _places(self, batch: Any, report: ImportReport) -> Any:
        compute = load_compute()

        columns = {name: batch.column(name) for name in batch.schema.names}
        count = len(batch)
        ids = compute.utf8_trim_whitespace(as_texts(columns["id"]))
        names = field_of(columns["names"], "primary")
        if names is None:
            raise InputError(f"{self._file.path}: column names: a field primary was expected")
        names = clean_names(names)
        lon, lat = _positions(columns, count)
        codes = self._finder.codes(_joined(columns, count))
        prominence = np.zeros(count)
        if "confidence" in columns:
            prominence = as_numbers(columns["confidence"])
            wrong = ~((prominence >= 0.0) & (prominence <= 1.0))
            report.notes["value_ignored"] += int((wrong & ~np.isnan(prominence)).sum())
            prominence = np.where(wrong, 0.0, prominence)
        closed = np.zeros(count, dtype=bool)
        if "operating_status" in columns:
            status = compute.fill_null(as_texts(columns["operating_status"]), "open")
            shut = compute.is_in(
                status, value_set=load_pyarrow().array(["permanently_closed", "temporarily_closed", "closed"])
            )
            closed = as_array(shut)
        with_source = compute.binary_join_element_wise("overture", compute.fill_null(ids, ""), ":")
        self.closed = with_source.filter(load_pyarrow().array(closed)).to_pylist()
        self._note_datasets(columns)
        empty = as_array(compute.equal(names, ""))
        no_id = as_array(compute.equal(compute.fill_null(ids, ""), ""))
        faults = {"unreadable": no_id, "no_name": empty, "closed": closed, "no_type": codes < 0}
        table = {
            "id": with_source,
            "name": names,
            "name_en": _english(columns, names),
            "type": codes,
            "lat": lat,
            "lon": lon,
            "prominence": prominence,
        }
        return kept_places(table, {**faults, **position_faults(lat, lon)}, report)

    def _note_datasets(self, columns: dict[str, Any]) -> None:
        compute, types = load_compute(), load_arrow_types()

        sources = columns.get("sources")
        if sources is None or not (types.is_list(sources.type) or types.is_large_list(sources.type)):
            return
        names = field_of(sources.flatten(), "dataset")
        if names is not None and is_text(names.type):
            self.datasets.update(name for name in compute.unique(as_texts(names)).to_pylist() if name)


def _is_geometry(kind: Any) -> bool:
    types = load_arrow_types()

    return types.is_binary(kind) or types.is_large_binary(kind) or types.is_struct(kind)


def _positions(columns: dict[str, Any], count: int) -> tuple[Any, Any]:
    lon, lat = np.full(count, np.nan), np.full(count, np.nan)
    if "geometry" in columns:
        lon, lat = points_of(columns["geometry"])
    box = columns.get("bbox")
    lost = np.isnan(lon) | np.isnan(lat)
    if box is not None and lost.any():
        sides = [field_of(box, side) for side in ("xmin", "xmax", "ymin", "ymax")]
        if all(side is not None for side in sides):
            west, east, south, north = (as_numbers(side) for side in sides)
            lon = np.where(lost, (west + east) / 2, lon)
            lat = np.where(lost, (south + north) / 2, lat)
    return lon, lat


def _joined(columns: dict[str, Any], count: int) -> Any:
    """One text a row of all that speaks of its category."""
    compute, types = load_compute(), load_arrow_types()

    arrow = load_pyarrow()
    nothing = arrow.array([""]).take(arrow.array(np.zeros(count, dtype=np.int32)))

    def text(array: Any) -> Any:
        return nothing if array is None else compute.fill_null(as_texts(array), "")

    def listed(array: Any) -> Any:
        if array is None or not (types.is_list(array.type) or types.is_large_list(array.type)):
            return nothing
        texts = array.cast(arrow.list_(arrow.string()))
        return compute.fill_null(compute.binary_join(texts, _WITHIN), "")

    categories, taxonomy = columns.get("categories"), columns.get("taxonomy")
    return compute.binary_join_element_wise(
        text(field_of(taxonomy, "primary")),
        text(columns.get("basic_category")),
        listed(field_of(taxonomy, "hierarchy")),
        text(field_of(categories, "primary")),
        listed(field_of(categories, "alternate")),
        listed(field_of(taxonomy, "alternates")),
        _BETWEEN,
    )


def _code(joined: str) -> int:
    primary, basic, hierarchy, older, alternate, alternates = joined.split(_BETWEEN)
    above = [*hierarchy.split(_WITHIN), basic]
    others = [*alternates.split(_WITHIN), *alternate.split(_WITHIN)]
    kind = (
        type_of_overture(primary or None, [label for label in above if label])
        or type_of_overture(older or None)
        or type_of_overture(None, [label for label in others if label][::-1])
    )
    return -1 if kind is None else CODES[kind]


def _english(columns: dict[str, Any], names: Any) -> Any:
    """English names where they differ, else null."""
    compute, types = load_compute(), load_arrow_types()

    common = field_of(columns["names"], "common")
    if common is None or not types.is_map(common.type) or not is_text(common.type.item_type):
        return None
    english = clean_names(compute.map_lookup(common, "en", "first"))
    same = compute.or_(compute.equal(english, ""), compute.equal(english, names))
    return compute.if_else(same, load_pyarrow().scalar(None, load_pyarrow().string()), english)
