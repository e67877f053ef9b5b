"""A catalogue of any size in a DuckDB file, made by `import_places`.

Tables: `places`, sorted along a space-filling curve (see `import_places`), so that the smallest
and largest latitude and longitude that DuckDB keeps of each row group tell which few to read for
a bounding box; `ids`, (hash of id, row) sorted by hash, so that an id is found the same way;
`sources`; `meta`. The file is only read here: several processes may have it open at once, and an
import that replaces it meanwhile does not disturb them.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError
from recommender.catalogue.bounding_box import boxes_around
from recommender.catalogue.json_catalogue import checked_distance
from recommender.catalogue.packages import load_duckdb
from recommender.catalogue.place_table import PlaceTable
from recommender.catalogue.plain_text import match_rank, plain_text
from recommender.distance import checked_position, haversine_m
from recommender.place import Place
from recommender.taxonomy import CODES, SUGGESTIBLE_CODES, TYPES

SCHEMA = "1"
WHEELCHAIR_WORDS = (None, "no", "limited", "yes", "designated")
"""Meaning of the column `wheelchair`."""

_FIRST_REACH_M = 500.0
_FURTHEST_M = 20_100_000.0
"""A little more than half the circumference: everything."""


def id_hash(place_id: str) -> int:
    """Hash of an id as the table `ids` holds it: 60 bits of MD5, the same in every version."""
    return int(hashlib.md5(place_id.encode(), usedforsecurity=False).hexdigest()[:15], 16)


class DuckdbCatalogue:
    """A `Catalogue` in a DuckDB file, opened read-only; may be used from several threads."""

    def __init__(self, path: Path | str, *, threads: int = 1, memory_mb: int = 512) -> None:
        """Open the file.

        Args:
            path: file made by `import_places`.
            threads: how many DuckDB may use for one question.
            memory_mb: how much of the file it may keep in memory.

        Raises:
            InputError: the file can not be read or is no catalogue of places.
            MissingPartError: the package duckdb is not installed.
        """
        self.path = Path(path)
        self._duckdb = load_duckdb()
        self._lock = threading.Lock()
        self._of_thread = threading.local()
        if not self.path.is_file():
            raise InputError(f"{self.path}: the catalogue can not be read: no such file")
        try:
            # Attached to a database of its own: two connections to one path would share what the first
            # has open, also after an import has put another file there.
            self._connection = self._duckdb.connect(
                ":memory:", config={"threads": threads, "memory_limit": f"{memory_mb}MB"}
            )
            quoted = str(self.path).replace("'", "''")
            self._connection.execute(f"ATTACH '{quoted}' AS store (READ_ONLY)")
            meta = dict(self._connection.execute("SELECT key, value FROM store.meta").fetchall())
        except (self._duckdb.Error, RuntimeError) as error:
            raise InputError(
                f"{self.path}: a catalogue made by `emopoi places import` was expected: {error}"
            ) from error
        if meta.get("schema") != SCHEMA:
            raise InputError(
                f"{self.path}: catalogue schema {meta.get('schema')!r} is unknown (this version reads "
                f"{SCHEMA}); import the places again"
            )
        self.name: str = meta["name"]
        self.attribution: str = meta["attribution"]
        self.timezone: str = meta["timezone"]
        self.country: str = meta["country"]
        self.dated: str = meta["dated"]
        self._count = int(meta["count"])
        self._centre = (float(meta["centre_lat"]), float(meta["centre_lon"])) if self._count else None
        # Codes in the file are positions in the table of types as it was then.
        self._types: list[str] = json.loads(meta["types"])
        now = [CODES.get(name, -1) for name in self._types]
        self._code_now = np.array([*now, -1], dtype=np.int16)
        suggestible = np.zeros(len(TYPES) + 1, dtype=bool)
        suggestible[list(SUGGESTIBLE_CODES)] = True
        self._suggestible = suggestible  # the last one is False: a type that is no more

    def close(self) -> None:
        """Close the file; the catalogue can not be asked any more."""
        self._connection.close()

    def __len__(self) -> int:
        return self._count

    def centre(self) -> tuple[float, float]:
        """Middle of the places, (latitude, longitude) in degrees."""
        if self._centre is None:
            raise InputError(f"{self.path}: the catalogue has no places")
        return self._centre

    def near(self, position: Sequence[float], within_m: float) -> PlaceTable:
        """All places that may be suggested within `within_m` metres, in any order."""
        origin = checked_position(position)
        within_m = min(checked_distance(within_m), _FURTHEST_M)
        parts = [
            self._columns(
                f"lat BETWEEN {box.south!r} AND {box.north!r} AND lon BETWEEN {box.west!r} AND {box.east!r}"
            )
            for box in boxes_around(origin, within_m)
        ]
        found = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        distance = haversine_m(origin, found["lat"], found["lon"])
        codes = self._code_now[found["type"]]
        kept = (distance <= within_m) & self._suggestible[codes]
        return PlaceTable(
            row=found["row"][kept].astype(np.int64),
            type=codes[kept],
            lat=found["lat"][kept],
            lon=found["lon"][kept],
            distance_m=distance[kept],
            prominence=found["prominence"][kept].astype(np.float32),
            price=found["price"][kept].astype(np.int8),
            wheelchair=np.minimum(found["wheelchair"][kept], 3).astype(np.int8),
            min_age=found["min_age"][kept].astype(np.int16),
        )

    def nearest(self, position: Sequence[float], count: int) -> PlaceTable:
        """The nearest places that may be suggested, nearest first."""
        reach = _FIRST_REACH_M
        while True:
            table = self.near(position, reach)
            if len(table) >= count or reach >= _FURTHEST_M:
                return table.nearest(count)
            reach = min(4 * reach, _FURTHEST_M)

    def places(self, rows: NDArray[np.int64] | Sequence[int]) -> list[Place]:
        """Full records of rows, in that order."""
        chosen = [int(row) for row in rows]
        for row in chosen:
            if not 0 <= row < self._count:
                raise InputError(f"{self.path}: a row below {self._count} was expected, got {row}")
        by_row = self._records(chosen)
        return [by_row[row] for row in chosen]

    def find(self, ids: Sequence[str]) -> list[Place]:
        """Places by id; unknown ids are left out."""
        by_id = {place.id: place for place in self._found(ids).values()}
        return [by_id[place_id] for place_id in ids if place_id in by_id]

    def rows(self, ids: Sequence[str]) -> NDArray[np.int64]:
        """Rows by id, -1 for unknown ones."""
        by_id = {place.id: row for row, place in self._found(ids).items()}
        return np.array([by_id.get(place_id, -1) for place_id in ids], dtype=np.int64)

    def _found(self, ids: Sequence[str]) -> dict[int, Place]:
        if not ids:
            return {}
        hashes = ", ".join(str(id_hash(place_id)) for place_id in set(ids))
        asked = self._ask(
            f"SELECT row FROM store.ids SEMI JOIN (SELECT unnest([{hashes}]) AS hash) USING (hash)"
        )
        return self._records([row for (row,) in asked])

    def search(self, text: str, limit: int = 20) -> list[Place]:
        """Places whose name contains `text`, whatever case and accents; best match first."""
        sought = plain_text(text)
        if not sought or limit < 1:
            return []
        name, english = (
            f"replace(strip_accents(lower({column})), 'ß', 'ss')" for column in ("name", "name_en")
        )
        # Roughly ordered there, exactly below: the best are among four times as many.
        rows = self._ask(
            f"SELECT row FROM store.places WHERE contains({name}, $1) OR contains({english}, $1) "
            f"ORDER BY {name} = $1 DESC, starts_with({name}, $1) DESC, prominence DESC, name, row LIMIT $2",
            [sought, 4 * limit],
        )
        found = self.places([row for (row,) in rows])

        def rank(place: Place) -> tuple[int, float, str, str]:
            names = [plain_text(shown) for shown in (place.name, place.name_en) if shown]
            return (
                min((match_rank(shown, sought) for shown in names if sought in shown), default=3),
                -place.prominence,
                place.name,
                place.id,
            )

        return sorted(found, key=rank)[:limit]

    def facts(self) -> dict[str, Any]:
        """What the catalogue is made of: sources with licence and count, places by type, hours."""
        sources = self._ask("SELECT key, name, licence, attribution, places FROM store.sources ORDER BY key")
        types = self._ask("SELECT type, count(*) FROM store.places GROUP BY type ORDER BY type")
        hours, wheelchair, english = self._ask(
            "SELECT count(opening_hours), count(*) FILTER (wheelchair > 0), count(name_en) FROM store.places"
        )[0]
        keys = ("key", "name", "licence", "attribution", "places")
        return {
            "places": self._count,
            "suggestible": sum(count for code, count in types if self._suggestible[self._code_now[code]]),
            "with_opening_hours": hours,
            "with_wheelchair": wheelchair,
            "with_english_name": english,
            "types": {self._types[code]: count for code, count in types},
            "sources": [dict(zip(keys, row, strict=True)) for row in sources],
        }

    def _ask(self, query: str, values: Sequence[Any] = (), *, columns: bool = False) -> Any:
        """All rows as tuples, or all columns as arrays. Fetched here: that too can fail."""
        try:
            cursor = getattr(self._of_thread, "cursor", None)
            if cursor is None:
                with self._lock:
                    cursor = self._of_thread.cursor = self._connection.cursor()
                # DuckDB's own progress bar would go to stdout, among the results.
                cursor.execute("SET enable_progress_bar = false")
            cursor.execute(query, list(values)) if values else cursor.execute(query)
            return cursor.fetchnumpy() if columns else cursor.fetchall()
        except self._duckdb.Error as error:
            raise InputError(f"{self.path}: the catalogue can not be read: {error}") from error

    def _columns(self, condition: str) -> dict[str, NDArray[Any]]:
        # Numbers stand in the text of the query: only then does DuckDB skip row groups by them.
        columns: dict[str, NDArray[Any]] = self._ask(
            "SELECT row, type, lat, lon, prominence, price, wheelchair, min_age FROM store.places "
            f"WHERE {condition}",
            columns=True,
        )
        return columns

    def _records(self, rows: Sequence[int]) -> dict[int, Place]:
        """Records by row. A join, because DuckDB skips row groups by its keys, and not by those of IN."""
        if not rows:
            return {}
        listed = ", ".join(map(str, set(rows)))
        records = self._ask(
            "SELECT row, id, name, type, lat, lon, prominence, name_en, opening_hours, wheelchair, "
            f"price, min_age FROM store.places SEMI JOIN (SELECT unnest([{listed}]) AS row) "
            "USING (row)"
        )
        return {
            row: Place(
                id=place_id,
                name=name,
                type=self._types[code],
                lat=lat,
                lon=lon,
                prominence=round(prominence, 6),
                name_en=name_en,
                opening_hours=hours,
                wheelchair=WHEELCHAIR_WORDS[wheelchair],
                price=price or None,
                min_age=min_age or None,
            )
            for (
                row,
                place_id,
                name,
                code,
                lat,
                lon,
                prominence,
                name_en,
                hours,
                wheelchair,
                price,
                min_age,
            ) in records
        }
