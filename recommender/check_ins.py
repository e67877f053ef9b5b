"""Check-ins as columns, in the order of time, and the table of the places they speak of.

A place has one code everywhere: its row in the `PoiTable` that was read over all files of a run.
Codes carry no knowledge of the test: which places may be ranked is decided from the training visits.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError, MissingPartError

LATER_COLUMNS = (
    "price",
    "rating",
    "total_ratings",
    "total_tips",
    "open_wd_earlymorning",
    "open_wd_morning",
    "open_wd_afternoon",
    "open_wd_night",
    "open_we_earlymorning",
    "open_we_morning",
    "open_we_afternoon",
    "open_we_night",
)
"""Columns of a POI catalogue that were crawled years after the check-ins: knowledge of the future."""

UNKNOWN = "Unknown"
"""Name of the category of a place that has none."""

_DAY_S = 86_400
_TRAIL_GAP_S = 6 * 3600
_OFFSET_SLACK_MIN = 180
_ENOUGH_FOR_A_RHYTHM = 1000


@dataclass(frozen=True, slots=True)
class Visits:
    """Check-ins, one row each, sorted by time.

    Attributes:
        user: int64 (N,), key of the user.
        poi: int32 (N,), code of the place: row of the `PoiTable`.
        time_s: int64 (N,), seconds since 1970 in UTC.
        weekday: int8 (N,), local day, 0 Monday to 6 Sunday.
        hour: int8 (N,), local hour, 0 to 23.
        trail: int64 (N,), key of a run of check-ins of one user close in time.
    """

    user: NDArray[np.int64]
    poi: NDArray[np.int32]
    time_s: NDArray[np.int64]
    weekday: NDArray[np.int8]
    hour: NDArray[np.int8]
    trail: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.user)

    def take(self, rows: slice | NDArray[Any]) -> Visits:
        """The rows chosen, in that order; a slice copies nothing."""
        return Visits(
            self.user[rows],
            self.poi[rows],
            self.time_s[rows],
            self.weekday[rows],
            self.hour[rows],
            self.trail[rows],
        )

    def by_user(self) -> Visits:
        """The same rows sorted by user and, within a user, by time."""
        return self.take(np.argsort(self.user, kind="stable"))


@dataclass(frozen=True, slots=True)
class PoiTable:
    """The places, one row each; the row number is the place's code.

    Attributes:
        ids: id in the source.
        lat: float64 (P,), degrees north, NaN where not known.
        lon: float64 (P,), degrees east, NaN where not known.
        category: int32 (P,), row of `categories`.
        categories: names of the finest categories; "Unknown" for places without one.
        top: int32 (P,), row of `tops`.
        tops: names of the top categories.
        later: columns of `LATER_COLUMNS`, float32 (P,) with NaN where not known; empty unless asked for.
    """

    ids: list[str]
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    category: NDArray[np.int32]
    categories: list[str]
    top: NDArray[np.int32]
    tops: list[str]
    later: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.ids)

    def codes(self, ids: Sequence[str]) -> NDArray[np.int32]:
        """int32 codes of the ids, -1 for ids that are not in the table."""
        rows = {id_: row for row, id_ in enumerate(self.ids)}
        return np.array([rows.get(id_, -1) for id_ in ids], dtype=np.int32)


def read_pois(*files: Path, later_columns: bool = False) -> PoiTable:
    """One table of all places that the files speak of.

    A file has a column `poi` and, as far as it has them, `lat`, `lon`, `category` and `category_leaf`:
    check-ins and catalogues alike. The first value that is known for a place counts, in the order of the
    files. Coordinates that are null, not finite or off the globe are not known.

    Args:
        files: parquet files, at least one.
        later_columns: keep the columns of `LATER_COLUMNS` too. They know what came after the check-ins.

    Returns:
        The table, sorted by id.

    Raises:
        InputError: a file cannot be read or lacks the column `poi`.
        MissingPartError: pyarrow is not installed.
    """
    if not files:
        raise InputError("no file of places was given: at least one was expected")
    wanted = ("poi", "lat", "lon", "category", "category_leaf")
    parts = [read_columns(file, required=("poi",), optional=wanted[1:] + LATER_COLUMNS) for file in files]
    names = [_texts(part["poi"]) for part in parts]
    ids, codes = np.unique(np.concatenate(names), return_inverse=True)
    size = len(ids)
    lat, lon = np.full(size, np.nan), np.full(size, np.nan)
    leaf, top = np.full(size, UNKNOWN, dtype=object), np.full(size, UNKNOWN, dtype=object)
    later = {name: np.full(size, np.nan, dtype=np.float32) for name in LATER_COLUMNS} if later_columns else {}
    start = 0
    for part, texts in zip(parts, names, strict=True):
        code = codes[start : start + len(texts)]
        start += len(texts)
        if "lat" in part and "lon" in part:
            part_lat, part_lon = _numbers(part["lat"]), _numbers(part["lon"])
            good = (np.abs(part_lat) <= 90) & (np.abs(part_lon) <= 180) & np.isnan(lat[code])
            rows = np.flatnonzero(good)[::-1]  # reversed: of several, the first is written last
            lat[code[rows]], lon[code[rows]] = part_lat[rows], part_lon[rows]
        for name, column in (("category_leaf", leaf), ("category", top)):
            if name in part:
                values = _texts(part[name])
                rows = np.flatnonzero((values != UNKNOWN) & (values != "") & (column[code] == UNKNOWN))[::-1]
                column[code[rows]] = values[rows]
        for name, numbers in later.items():
            if name in part:
                values = _numbers(part[name])
                rows = np.flatnonzero(np.isfinite(values) & np.isnan(numbers[code]))[::-1]
                numbers[code[rows]] = values[rows]
    categories, category = np.unique(leaf.astype(str), return_inverse=True)
    tops, top_codes = np.unique(top.astype(str), return_inverse=True)
    return PoiTable(
        ids=[str(id_) for id_ in ids],
        lat=lat,
        lon=lon,
        category=category.astype(np.int32),
        categories=[str(name) for name in categories],
        top=top_codes.astype(np.int32),
        tops=[str(name) for name in tops],
        later={name: values for name, values in later.items() if np.isfinite(values).any()},
    )


def read_visits(file: Path, pois: PoiTable) -> Visits:
    """Check-ins of a parquet file.

    Needs the columns `user`, `poi` and `utc_time` (a timestamp); takes `tz_offset_min` and `trail` where
    they are there. A row that repeats user, place and time is left out, and so is a row without one of
    them. An offset more than three hours away from the sun's time at the place (where that is not known:
    from the most common offset of the file) is taken for wrong, and the most common one counts. Where the
    town then sleeps at a time when no town does, the clock is put right (`_clock_shift_s`). Without
    `trail` a new one begins after six hours without a check-in.

    Args:
        file: parquet file.
        pois: table that has the file's places: give the file to `read_pois` too.

    Raises:
        InputError: the file cannot be read, lacks a column, has a wrong type, is empty or names a place
            that the table does not have.
        MissingPartError: pyarrow is not installed.
    """
    columns = read_columns(file, required=("user", "poi", "utc_time"), optional=("tz_offset_min", "trail"))
    time_s = _seconds(columns["utc_time"], file)
    keep = (time_s != np.iinfo(np.int64).min) & ~_missing(columns["user"]) & ~_missing(columns["poi"])
    user, texts = _keys(columns["user"]), _texts(columns["poi"])
    names, inverse = np.unique(texts, return_inverse=True)
    poi = pois.codes([str(name) for name in names])[inverse]
    if (poi[keep] < 0).any():
        strange = texts[keep][poi[keep] < 0][0]
        raise InputError(f"{file}: place {strange!r} is not in the table of places")
    if not keep.any():
        raise InputError(f"{file}: check-ins were expected, the file has none")
    offset_min = _offsets(columns.get("tz_offset_min"), pois.lon[poi], keep)
    trail = _keys(columns["trail"]) if "trail" in columns else _trails(user, time_s)

    rows = np.flatnonzero(keep)
    rows = rows[np.lexsort((user[rows], time_s[rows]))]
    triples = np.stack([user[rows], poi[rows].astype(np.int64), time_s[rows]])
    _, first = np.unique(triples, axis=1, return_index=True)
    rows = rows[np.sort(first)]
    local_s = time_s[rows] + 60 * offset_min[rows]
    local_s += _clock_shift_s(local_s, offset_min[rows])
    days = local_s // _DAY_S
    return Visits(
        user=user[rows],
        poi=poi[rows].astype(np.int32),
        time_s=time_s[rows],
        weekday=((days + 3) % 7).astype(np.int8),  # 1970-01-01 was a Thursday
        hour=((local_s - days * _DAY_S) // 3600).astype(np.int8),
        trail=trail[rows],
    )


def read_columns(file: Path, required: Sequence[str], optional: Sequence[str] = ()) -> dict[str, Any]:
    """Columns of a parquet file as pyarrow arrays; no other column is read.

    Raises:
        InputError: the file is not there, is no parquet file or lacks a required column.
        MissingPartError: pyarrow is not installed.
    """
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError as error:
        raise MissingPartError("reading parquet files needs pyarrow: pip install pyarrow") from error
    file = Path(file)
    if not file.is_file():
        raise InputError(f"{file}: no such file; a parquet file was expected")
    try:
        names = set(parquet.read_schema(file).names)
        missing = [name for name in required if name not in names]
        if missing:
            raise InputError(f"{file}: column {missing[0]!r} was expected, got {', '.join(sorted(names))}")
        chosen = [*required, *(name for name in dict.fromkeys(optional) if name in names)]
        table = parquet.read_table(file, columns=chosen)
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{file}: cannot be read as parquet: {str(error).splitlines()[0]}") from error
    return {name: table.column(name).combine_chunks() for name in chosen}


def _missing(column: Any) -> NDArray[np.bool_]:
    return np.asarray(column.is_null().to_numpy(zero_copy_only=False), dtype=bool)


def _texts(column: Any) -> NDArray[Any]:
    """Texts of a column, "" for null."""
    return np.array(["" if value is None else str(value) for value in column.to_pylist()], dtype=object)


def _numbers(column: Any) -> NDArray[np.float64]:
    """float64 of a column, NaN for null and for what is no number."""
    values = column.to_pylist()
    try:
        return np.array([np.nan if value is None else float(value) for value in values], dtype=np.float64)
    except (TypeError, ValueError):
        return np.array([_number(value) for value in values], dtype=np.float64)


def _number(value: object) -> float:
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return float("nan")


def _keys(column: Any) -> NDArray[np.int64]:
    """Whole numbers as they are; other keys by a hash that is the same in every file and run."""
    values = column.to_pylist()
    if all(value is None or (isinstance(value, int) and abs(value) < 2**63) for value in values):
        return np.array([-1 if value is None else value for value in values], dtype=np.int64)
    table = {value: _hash(str(value)) for value in set(values)}
    return np.array([table[value] for value in values], dtype=np.int64)


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little") >> 1


def _seconds(column: Any, file: Path) -> NDArray[np.int64]:
    """Seconds since 1970, the smallest int64 for null."""
    import pyarrow as pa

    if not pa.types.is_timestamp(column.type):
        raise InputError(f"{file}: utc_time: a timestamp was expected, got {column.type}")
    times = column.cast(pa.timestamp("us", tz=column.type.tz), safe=False).to_numpy(zero_copy_only=False)
    stamps = times.astype("datetime64[us]").astype(np.int64)
    return np.where(stamps == np.iinfo(np.int64).min, stamps, stamps // 1_000_000)


def _offsets(column: Any, lon: NDArray[np.float64], keep: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Minutes to add to UTC, wrong ones replaced."""
    if column is None:
        return np.where(np.isfinite(lon), np.round(np.nan_to_num(lon) / 15.0) * 60, 0).astype(np.int64)
    offset = _numbers(column)
    known = offset[keep & np.isfinite(offset)]
    values, counts = np.unique(known, return_counts=True)
    common = values[np.argmax(counts)] if len(values) else 0.0
    expected = np.where(np.isfinite(lon), 4.0 * lon, common)
    around = np.abs((offset - expected + 720.0) % 1440.0 - 720.0)  # the date line is no mistake
    wrong = ~np.isfinite(offset) | (np.abs(offset) > 14 * 60) | (around > _OFFSET_SLACK_MIN)
    return np.where(wrong, common, offset).astype(np.int64)


def _clock_shift_s(local_s: NDArray[np.int64], offset_min: NDArray[np.int64]) -> int:
    """Seconds to add to local times, 0 where nothing speaks against them.

    Sets are about whose offset was taken off the time once too often: in the check-ins of Kuala Lumpur
    night clubs fill at 16 o'clock and mosques at 5, eight hours before they do. Everywhere the fewest
    check-ins fall between two and seven in the morning; where they do not, and do with the offset added,
    it is added.
    """
    if len(local_s) < _ENOUGH_FOR_A_RHYTHM:
        return 0
    values, counts = np.unique(offset_min, return_counts=True)
    shift_s = 60 * int(values[np.argmax(counts)])
    counted = np.bincount((local_s % _DAY_S) // 3600, minlength=24)
    around = sum(np.roll(counted, step) for step in range(-2, 3))
    quietest = int(np.argmin(around))
    shifted = (quietest + round(shift_s / 3600)) % 24
    return shift_s if not 2 <= quietest < 7 and 2 <= shifted < 7 else 0


def _trails(user: NDArray[np.int64], time_s: NDArray[np.int64]) -> NDArray[np.int64]:
    order = np.lexsort((time_s, user))
    new = np.ones(len(user), dtype=bool)
    new[1:] = (np.diff(user[order]) != 0) | (np.diff(time_s[order]) > _TRAIL_GAP_S)
    trail = np.empty(len(user), dtype=np.int64)
    trail[order] = np.cumsum(new)
    return trail
