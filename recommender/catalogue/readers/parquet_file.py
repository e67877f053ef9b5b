"""Parquet files, GeoParquet included, read in batches of columns: what Overture and Foursquare share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError
from recommender.catalogue.arrow_places import place_schema
from recommender.catalogue.checked_place import LONGEST_ID, LONGEST_NAME
from recommender.catalogue.import_report import EXAMPLES, ImportReport
from recommender.catalogue.packages import load_arrow_types, load_compute, load_pyarrow

BATCH_ROWS = 32_768
_POINT_BYTES = 21
_LITTLE_POINT = b"\x01\x01\x00\x00\x00"


class ParquetFile:
    """A Parquet file of places."""

    def __init__(self, path: Path) -> None:
        """Open a file.

        Raises:
            InputError: it can not be read or is no Parquet file (or is cut off: the list of
                contents stands at the end).
        """
        self.path = path
        arrow = load_pyarrow()
        from pyarrow import parquet

        self._failures = (arrow.ArrowException, OSError, ValueError)
        try:
            self._file = parquet.ParquetFile(path, memory_map=False)
            self.schema = self._file.schema_arrow
        except self._failures as error:
            raise InputError(f"{path}: a Parquet file was expected: {_one_line(error)}") from error

    @cached_property
    def batches_in_all(self) -> int:
        """How many batches `batches` gives about."""
        groups = range(self._file.metadata.num_row_groups)
        return sum(-(-self._file.metadata.row_group(group).num_rows // BATCH_ROWS) for group in groups)

    def has(self, column: str) -> bool:
        """Whether there is such a top-level column."""
        return column in self.schema.names

    def check(self, column: str, fits: Callable[[Any], bool], expected: str) -> bool:
        """Whether there is such a column.

        Raises:
            InputError: there is, with a type that does not fit.
        """
        if not self.has(column):
            return False
        kind = self.schema.field(column).type
        if not fits(kind):
            raise InputError(f"{self.path}: column {column}: {expected} was expected, got {str(kind)[:80]}")
        return True

    def batches(self, columns: Sequence[str]) -> Iterator[Any]:
        """Record batches with these columns (nested ones by dotted names).

        Raises:
            InputError: a part of the file is damaged.
        """
        try:
            yield from self._file.iter_batches(
                batch_size=BATCH_ROWS, columns=list(columns), use_threads=False
            )
        except self._failures as error:
            raise InputError(f"{self.path}: the file is damaged: {_one_line(error)}") from error

    def converted(
        self, columns: Sequence[str], convert: Callable[[Any, ImportReport], Any], report: ImportReport
    ) -> Iterator[Any]:
        """What `convert` makes of each batch; the rows read are counted in the report.

        Raises:
            InputError: a part of the file is damaged, or a nested column has a wrong type.
        """
        arrow = load_pyarrow()
        for batch in self.batches(columns):
            report.read += len(batch)
            try:
                yield convert(batch, report)
            except (arrow.ArrowException, KeyError) as error:
                raise InputError(f"{self.path}: a column has a wrong type: {error}") from error


def field_of(array: Any, *names: str) -> Any:
    """A field of a struct array, null where the struct is; None where there is no such field."""
    compute, types = load_compute(), load_arrow_types()

    for name in names:
        if array is None or not types.is_struct(array.type) or array.type.get_field_index(name) < 0:
            return None
        array = compute.struct_field(array, name)
    return array


def as_texts(array: Any) -> Any:
    """An array of texts as plain strings: dictionaries and large or view strings decoded."""
    return array.cast(load_pyarrow().string())


def is_text(kind: Any) -> bool:
    """Whether an Arrow type is one of texts, dictionaries included."""
    types = load_arrow_types()

    if types.is_dictionary(kind):
        kind = kind.value_type
    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind))


def as_array(array: Any) -> NDArray[Any]:
    """An Arrow array without nulls as a numpy array of its own type."""
    return np.asarray(array.to_numpy(zero_copy_only=False))


def as_numbers(array: Any) -> NDArray[np.float64]:
    """An array of numbers as float64, NaN where null."""
    numbers = array.cast(load_pyarrow().float64(), safe=False)
    return np.asarray(numbers.to_numpy(zero_copy_only=False), dtype=np.float64)


def points_of(array: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Longitudes and latitudes of a geometry column of points, NaN where there is none.

    Args:
        array: WKB (binary), or struct with x and y as in GeoParquet's native encoding.
    """
    types = load_arrow_types()

    x, y = field_of(array, "x"), field_of(array, "y")
    if x is not None and y is not None:
        return as_numbers(x), as_numbers(y)
    count = len(array)
    lon, lat = np.full(count, np.nan), np.full(count, np.nan)
    if not (types.is_binary(array.type) or types.is_large_binary(array.type)):
        return lon, lat
    array = array.cast(load_pyarrow().large_binary())
    offsets = np.frombuffer(array.buffers()[1], dtype=np.int64)[array.offset : array.offset + count + 1]
    if array.buffers()[2] is None or not count:
        return lon, lat
    data = np.frombuffer(array.buffers()[2], dtype=np.uint8)
    valid = ~as_array(array.is_null())
    plain = valid & (np.diff(offsets) == _POINT_BYTES)
    starts = offsets[:-1][plain]
    records = (
        data[starts[:, None] + np.arange(_POINT_BYTES)]
        if len(starts)
        else np.empty((0, _POINT_BYTES), np.uint8)
    )
    little = (records[:, :5] == np.frombuffer(_LITTLE_POINT, np.uint8)).all(axis=1)
    index = np.flatnonzero(plain)[little]
    numbers = np.ascontiguousarray(records[little, 5:]).view("<f8")
    lon[index], lat[index] = numbers[:, 0], numbers[:, 1]
    return lon, lat


def position_faults(lat: NDArray[np.float64], lon: NDArray[np.float64]) -> dict[str, NDArray[np.bool_]]:
    """Masks of what is wrong with positions, by reason; the same rules as `position_fault`."""
    missing = np.isnan(lat) | np.isnan(lon) | ((lat == 0) & (lon == 0))
    with np.errstate(invalid="ignore"):
        fits = (np.abs(lat) <= 90) & (np.abs(lon) <= 180)
        mirrored = (np.abs(lon) <= 90) & (np.abs(lat) <= 180)
    return {
        "no_position": missing,
        "swapped": ~missing & ~fits & mirrored,
        "out_of_range": ~missing & ~fits & ~mirrored,
    }


def clean_names(array: Any) -> Any:
    """Texts on one line, without spaces at the ends; "" where null. Arrow's own loops, no Python."""
    compute = load_compute()

    texts = compute.fill_null(as_texts(array), "")
    return compute.utf8_trim_whitespace(compute.replace_substring_regex(texts, r"[\s\p{Cc}]+", " "))


class TypeFinder:
    """Types of categories, each distinct one looked up once."""

    def __init__(self, find: Callable[[str], int]) -> None:
        """Prepare.

        Args:
            find: from the joined text of a category to a code, -1 for none.
        """
        self._find = find
        self._known: dict[str, int] = {}

    def codes(self, joined: Any) -> NDArray[np.int16]:
        """int16 (N,) codes of texts, -1 where no type is known."""
        encoded = joined.dictionary_encode()
        if hasattr(encoded, "combine_chunks"):
            encoded = encoded.combine_chunks()
        of_distinct = np.empty(len(encoded.dictionary) + 1, dtype=np.int16)
        of_distinct[-1] = -1
        for index, text in enumerate(encoded.dictionary.to_pylist()):
            if text not in self._known:
                if len(self._known) > 1_000_000:
                    self._known.clear()  # combinations of alternates may be many
                self._known[text] = self._find(text)
            of_distinct[index] = self._known[text]
        indices = as_array(encoded.indices.fill_null(-1))
        return of_distinct[indices]


def kept_places(columns: dict[str, Any], faults: dict[str, NDArray[np.bool_]], report: ImportReport) -> Any:
    """The rows without a fault as an Arrow table; the others are counted by their first reason.

    Args:
        columns: those of `place_schema` as Arrow or numpy arrays; missing ones are null or 0.
        faults: reason (key of `REASONS`) -> mask, in the order in which they count.
        report: counted on.
    """
    compute = load_compute()

    arrow = load_pyarrow()
    ids, names = columns["id"], columns["name"]
    count = len(ids)
    lengths = as_array(compute.fill_null(compute.utf8_length(ids), 0))
    faults = {
        **faults,
        "unreadable": faults.get("unreadable", False) | (lengths == 0) | (lengths > LONGEST_ID),
    }
    bad = np.zeros(count, dtype=bool)
    for reason, mask in faults.items():
        new = mask & ~bad
        if new.any():
            first = np.flatnonzero(new)[:EXAMPLES]
            shown = [f"{ids[int(row)].as_py() or ''} {names[int(row)].as_py() or ''}"[:200] for row in first]
            report.skip_many(reason, int(new.sum()), [text.strip() for text in shown])
            bad |= new
    for name in ("name", "name_en"):
        if columns.get(name) is not None:
            too_long = compute.greater(compute.fill_null(compute.utf8_length(columns[name]), 0), LONGEST_NAME)
            cut = int((as_array(too_long) & ~bad).sum())
            if cut:
                report.notes["text_cut"] += cut
                columns[name] = compute.utf8_slice_codeunits(columns[name], 0, LONGEST_NAME)
    schema = place_schema()
    arrays = []
    for field in schema:
        column = columns.get(field.name)
        if column is None:
            filler = 0 if field.name in ("prominence", "wheelchair", "price", "min_age") else None
            column = arrow.array([filler], type=field.type).take(arrow.array(np.zeros(count, dtype=np.int32)))
        elif isinstance(column, np.ndarray):
            column = arrow.array(column)
        arrays.append(column.cast(field.type, safe=False))
    return arrow.table(arrays, schema=schema).filter(arrow.array(~bad))


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
