"""Build the DuckDB file of a catalogue beside the old one, and put it in its place when it is whole.

Batches go into a staging database in a folder of their own next to the catalogue, so that memory
stays small whatever comes; the new file is then written in one sorted pass over staged and kept
old places, and takes the old one's name in one step. Whoever has the old one open keeps it, and
an import that is killed leaves it untouched.

Places are sorted along a Z-order (Morton) curve of 2^20 by 2^20 cells: neighbours on the ground are
mostly neighbours in the file, and DuckDB can compute the key itself.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from emopoi.errors import InputError, OutputError
from recommender.catalogue.arrow_places import place_schema
from recommender.catalogue.duckdb_catalogue import SCHEMA
from recommender.catalogue.import_report import EXAMPLES, ImportReport
from recommender.catalogue.packages import load_duckdb, load_pyarrow
from recommender.catalogue.sources import OWN_KEYS, Source, own_source
from recommender.taxonomy import TYPES

_COLUMNS = "id, name, name_en, type, lat, lon, prominence, opening_hours, wheelchair, price, min_age"

_MACROS = """
CREATE OR REPLACE TEMP MACRO spread_1(x) AS (x | (x << 16)) & 281470681808895;
CREATE OR REPLACE TEMP MACRO spread_2(x) AS (x | (x << 8)) & 71777214294589695;
CREATE OR REPLACE TEMP MACRO spread_3(x) AS (x | (x << 4)) & 1085102592571150095;
CREATE OR REPLACE TEMP MACRO spread_4(x) AS (x | (x << 2)) & 3689348814741910323;
CREATE OR REPLACE TEMP MACRO spread_5(x) AS (x | (x << 1)) & 6148914691236517205;
CREATE OR REPLACE TEMP MACRO spread(x) AS spread_5(spread_4(spread_3(spread_2(spread_1(x)))));
CREATE OR REPLACE TEMP MACRO z_order(lat, lon) AS
    spread(least(((lon + 180.0) / 360.0 * 1048576)::BIGINT, 1048575))
    | (spread(least(((lat + 90.0) / 180.0 * 1048576)::BIGINT, 1048575)) << 1);
CREATE OR REPLACE TEMP MACRO id_hash(id) AS ('0x' || left(md5(id), 15))::BIGINT;
"""

_ROW_GROUP = 16_384
"""Places in a row group: small ones, so that a question reads little beyond what it needs."""

_COMMIT_EVERY = 500_000
"""Places staged in one transaction."""

_REGION_DEGREES = 20.0
"""Files whose places lie within so many degrees are of one region, and what is swapped stands out."""


class Staging:
    """A new version of a catalogue file in the making.

    Used as a context: leaving it before `finish` lets everything go.
    """

    def __init__(self, into: Path, *, threads: int = 2, memory_mb: int = 512) -> None:
        """Prepare; nothing is written before the context is entered.

        Args:
            into: the catalogue file, there or not.
            threads: how many DuckDB may use.
            memory_mb: what it may hold in memory; the rest goes to the disk.
        """
        self.into = into
        self._duckdb = load_duckdb()
        self._arrow = load_pyarrow()
        self._config = {"threads": threads, "memory_limit": f"{memory_mb}MB"}
        self._folder = into.parent / f".{into.name}.{os.getpid()}.importing"
        self._old = _fingerprint(into)
        self._read = 0
        self._connection: Any = None

    def __enter__(self) -> Staging:
        try:
            _clear_left_over(self.into)
            self._folder.mkdir(parents=True)
        except OSError as error:
            raise OutputError(f"{self.into}: can not be written: {error.strerror or error}") from error
        with self._as_output():
            self._connection = self._duckdb.connect(
                str(self._folder / "staging.duckdb"),
                config={**self._config, "temp_directory": str(self._folder / "spill")},
            )
            # DuckDB's own progress bar would go to stdout, among the results.
            self._connection.execute("SET enable_progress_bar = false")
            self._connection.execute(_MACROS)
            empty = place_schema().empty_table()
            self._connection.register("batch", empty)
            self._connection.execute("CREATE TABLE incoming AS SELECT 0::BIGINT AS entry, * FROM batch")
            self._connection.execute("CREATE TABLE closed (id VARCHAR)")
            self._connection.execute("BEGIN")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._connection is not None:
            with suppress(self._duckdb.Error):
                self._connection.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def add(self, batch: Any) -> None:
        """Take places in.

        Args:
            batch: Arrow table with the columns of `place_schema`.
        """
        if not len(batch):
            return
        first, self._read = self._read, self._read + len(batch)
        numbers = self._arrow.array(range(first, self._read), type=self._arrow.int64())
        with self._as_output():
            self._connection.register("batch", batch.add_column(0, "entry", numbers))
            self._connection.execute("INSERT INTO incoming SELECT * FROM batch")
            # What a transaction holds is not part of DuckDB's limit of memory, so it is kept short.
            if self._read // _COMMIT_EVERY > first // _COMMIT_EVERY:
                self._connection.execute("COMMIT")
                self._connection.execute("BEGIN")

    def close_places(self, ids: Sequence[str]) -> None:
        """Note ids of places that have closed: older records of them will go."""
        if ids:
            with self._as_output():
                table = self._arrow.table({"id": self._arrow.array(ids, type=self._arrow.string())})
                self._connection.register("gone", table)
                self._connection.execute("INSERT INTO closed SELECT id FROM gone")

    def finish(
        self,
        report: ImportReport,
        sources: Iterable[Source],
        *,
        name: str | None,
        timezone: str | None,
        country: str | None,
        dated: str | None,
    ) -> None:
        """Join with the old places, write the new file and put it in its place.

        Args:
            report: counts; completed here.
            sources: where the new places come from.
            name: of the catalogue; None keeps the old one or takes the file's name.
            timezone: IANA name, or None to keep the old one.
            country: ISO 3166 two-letter code, or None to keep the old one.
            dated: ISO day of the facts, or None to keep the old one.

        Raises:
            InputError: the old file is no catalogue of places.
            OutputError: the new file can not be written, or somebody else changed the old one.
        """
        run = self._connection.execute
        with self._as_output():
            run("COMMIT")
            self._drop_duplicates(report)
            self._drop_swapped(report)
            self._rank_visits()
        facts, old_sources = self._attach_old()
        new_file = self._folder / "new.duckdb"
        with self._as_output():
            report.imported = run("SELECT count(*) FROM incoming").fetchone()[0]
            (report.replaced,) = run(
                "SELECT count(*) FROM incoming SEMI JOIN old_places USING (id)"
            ).fetchone()
            report.added = report.imported - report.replaced
            (report.removed,) = run(
                "SELECT count(*) FROM old_places SEMI JOIN closed USING (id) ANTI JOIN incoming USING (id)"
            ).fetchone()
            run(f"ATTACH '{_quoted(new_file)}' AS fresh (ROW_GROUP_SIZE {_ROW_GROUP})")
            run("SET preserve_insertion_order = true")
            run(
                f"CREATE TABLE fresh.places AS SELECT row_number() OVER () - 1 AS row, {_COLUMNS} FROM ("
                f"SELECT {_COLUMNS}, z_order(lat, lon) AS z FROM incoming UNION ALL "
                f"SELECT {_COLUMNS}, z_order(lat, lon) AS z FROM old_places "
                "ANTI JOIN incoming USING (id) ANTI JOIN closed USING (id) ORDER BY z, id)"
            )
            run("CREATE TABLE fresh.ids AS SELECT id_hash(id) AS hash, row FROM fresh.places ORDER BY hash")
            report.total = run("SELECT count(*) FROM fresh.places").fetchone()[0]
            kept_sources = self._write_sources(sources, old_sources)
            facts = {
                "name": name or facts.get("name") or self.into.stem,
                "timezone": facts.get("timezone", "") if timezone is None else timezone,
                "country": facts.get("country", "") if country is None else country,
                "dated": facts.get("dated", "") if dated is None else dated,
            }
            self._write_meta(facts, kept_sources, report.total)
            report.hours = self._hours()
            run("DETACH fresh")
        self._swap(new_file)

    def _drop_duplicates(self, report: ImportReport) -> None:
        """Of entries with the same id the first stays."""
        run = self._connection.execute
        run(
            "CREATE TABLE suspects AS SELECT entry, id FROM incoming WHERE hash(id) IN "
            "(SELECT hash(id) FROM incoming GROUP BY 1 HAVING count(*) > 1)"
        )
        run(
            "CREATE TABLE again AS SELECT entry, id FROM suspects QUALIFY "
            "row_number() OVER (PARTITION BY id ORDER BY entry) > 1"
        )
        count = run("SELECT count(*) FROM again").fetchone()[0]
        if count:
            examples = run(f"SELECT id FROM again ORDER BY entry LIMIT {EXAMPLES}").fetchall()
            report.skip_many("duplicate", count, [place_id for (place_id,) in examples])
            run("DELETE FROM incoming WHERE entry IN (SELECT entry FROM again)")

    def _drop_swapped(self, report: ImportReport) -> None:
        """In a file of one region, what lies in that region only with its numbers exchanged is swapped."""
        run = self._connection.execute
        count, *limits = run(
            "SELECT count(*), approx_quantile(lat, 0.1), approx_quantile(lat, 0.9), "
            "approx_quantile(lon, 0.1), approx_quantile(lon, 0.9) FROM incoming"
        ).fetchone()
        if count < 20:
            return
        south, north, west, east = limits
        height, width = north - south, east - west
        middle_apart = abs((south + north) / 2 - (west + east) / 2)
        if max(height, width) > _REGION_DEGREES or middle_apart < 2 * max(height, width) + 2:
            return
        margin = max(height, width) / 2 + 1.0
        swapped = (
            f"lon BETWEEN {south - margin} AND {north + margin} AND lat BETWEEN {west - margin} AND "
            f"{east + margin}"
        )
        found, examples = run(
            f"SELECT count(*), list(id || ' ' || name ORDER BY entry)[:{EXAMPLES}] FROM incoming "
            f"WHERE {swapped}"
        ).fetchone()
        if found:
            report.skip_many("swapped", found, examples)
            run(f"DELETE FROM incoming WHERE {swapped}")

    def _rank_visits(self) -> None:
        """Prominence of counted places: 1 for the most visited, falling with the logarithm of the rank."""
        run = self._connection.execute
        if run("SELECT count(visits) FROM incoming").fetchone()[0]:
            run(
                "UPDATE incoming SET prominence = ranked.value FROM (SELECT entry, CASE WHEN visits <= 0 "
                "THEN 0 ELSE 1 - ln(rank() OVER (ORDER BY visits DESC)) / ln(count(*) OVER () + 1) END "
                "AS value FROM incoming WHERE visits IS NOT NULL) AS ranked "
                "WHERE incoming.entry = ranked.entry"
            )

    def _attach_old(self) -> tuple[dict[str, str], list[tuple[Any, ...]]]:
        """Make the view `old_places` with today's codes of types; empty without an old file."""
        run = self._connection.execute
        if self._old is None:
            run(f"CREATE TABLE old_places AS SELECT {_COLUMNS} FROM incoming LIMIT 0")
            return {}, []
        try:
            run(f"ATTACH '{_quoted(self.into)}' AS old (READ_ONLY)")
            facts = dict(run("SELECT key, value FROM old.meta").fetchall())
            sources = run("SELECT key, name, licence, attribution FROM old.sources").fetchall()
            if facts.get("schema") != SCHEMA:
                raise InputError(f"{self.into}: catalogue schema {facts.get('schema')!r} is unknown")
            old_types = json.loads(facts["types"])
        except (self._duckdb.Error, KeyError, ValueError) as error:
            raise InputError(
                f"{self.into}: is there already and is no catalogue of places; give another name: {error}"
            ) from error
        codes = {name: code for code, name in enumerate(TYPES)}
        run("CREATE TABLE type_codes (before SMALLINT, now SMALLINT)")
        for before, name in enumerate(old_types):
            if name in codes:
                run("INSERT INTO type_codes VALUES (?, ?)", [before, codes[name]])
        columns = _COLUMNS.replace(" type,", " type_codes.now AS type,")
        run(
            f"CREATE TEMP VIEW old_places AS SELECT {columns} FROM old.places "
            "JOIN type_codes ON type_codes.before = old.places.type"
        )
        return facts, sources

    def _write_sources(
        self, sources: Iterable[Source], old_sources: list[tuple[Any, ...]]
    ) -> list[tuple[Any, ...]]:
        """The table of sources: the old ones that still have places, and the new ones."""
        run = self._connection.execute
        counts = dict(
            run("SELECT split_part(id, ':', 1) AS key, count(*) FROM fresh.places GROUP BY key").fetchall()
        )
        known = {row[0]: tuple(row) for row in old_sources}
        for source in sources:
            if source.key in known and source.key in OWN_KEYS:
                # Own files may be many: one line names them all.
                names = [*known[source.key][1].split(", "), *source.name.split(", ")]
                source = own_source(source.key, ", ".join(dict.fromkeys(names)))
            known[source.key] = (source.key, source.name, source.licence, source.attribution)
        rows = [(*row, counts[row[0]]) for row in known.values() if row[0] in counts]
        run(
            "CREATE TABLE fresh.sources (key VARCHAR, name VARCHAR, licence VARCHAR, attribution VARCHAR, "
            "places BIGINT)"
        )
        for row in sorted(rows):
            run("INSERT INTO fresh.sources VALUES (?, ?, ?, ?, ?)", list(row))
        return sorted(rows)

    def _write_meta(self, facts: dict[str, str], sources: list[tuple[Any, ...]], count: int) -> None:
        run = self._connection.execute
        lat, lon = run(
            "SELECT degrees(atan2(avg(sin(radians(lat))), sqrt(pow(avg(cos(radians(lat)) * "
            "cos(radians(lon))), 2) + pow(avg(cos(radians(lat)) * sin(radians(lon))), 2)))), "
            "degrees(atan2(avg(cos(radians(lat)) * sin(radians(lon))), "
            "avg(cos(radians(lat)) * cos(radians(lon))))) FROM fresh.places"
        ).fetchone()
        meta = {
            "schema": SCHEMA,
            **facts,
            "attribution": "; ".join(dict.fromkeys(row[3] for row in sources)),
            "types": json.dumps(list(TYPES)),
            "count": str(count),
            "centre_lat": repr(lat),
            "centre_lon": repr(lon),
        }
        run("CREATE TABLE fresh.meta (key VARCHAR, value VARCHAR)")
        for key, value in meta.items():
            run("INSERT INTO fresh.meta VALUES (?, ?)", [key, value])

    def _hours(self) -> dict[str, Any]:
        """How many places have opening hours, and how many of those can not be read."""
        texts = self._connection.execute(
            "SELECT opening_hours, count(*) FROM fresh.places WHERE opening_hours IS NOT NULL "
            "GROUP BY opening_hours ORDER BY opening_hours"
        ).fetchall()
        answer: dict[str, Any] = {"places": sum(count for _, count in texts), "distinct": len(texts)}
        try:
            from opening_hours import OpeningHours
        except ImportError:
            return answer  # nothing can be said about them
        unreadable = []
        for text, count in texts:
            try:
                OpeningHours(text)
            except Exception:  # the parser's own error classes differ between its versions
                unreadable.append((text, count))
        answer["unreadable"] = sum(count for _, count in unreadable)
        answer["unreadable_distinct"] = len(unreadable)
        answer["examples"] = [text[:80] for text, _ in unreadable[:EXAMPLES]]
        return answer

    def _swap(self, new_file: Path) -> None:
        if _fingerprint(self.into) != self._old:
            raise OutputError(
                f"{self.into}: was changed by somebody else during the import; nothing was written, "
                "run it again"
            )
        try:
            with new_file.open("rb") as file:
                os.fsync(file.fileno())
            new_file.replace(self.into)
        except OSError as error:
            raise OutputError(f"{self.into}: can not be written: {error.strerror or error}") from error

    def _as_output(self) -> _AsOutput:
        return _AsOutput(self.into, self._duckdb.Error)


class _AsOutput:
    """What DuckDB fails with while it writes becomes an `OutputError`."""

    def __init__(self, into: Path, error: type[Exception]) -> None:
        self._into = into
        self._error = error

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, self._error | OSError):
            raise OutputError(f"{self._into}: the catalogue can not be written: {error}") from error


def _fingerprint(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise OutputError(f"{path}: can not be written: {error.strerror or error}") from error
    return status.st_ino, status.st_size, status.st_mtime_ns


def _clear_left_over(into: Path) -> None:
    """Remove the folders of imports into the same file that were killed."""
    if os.name != "posix":
        return  # elsewhere there is no harmless way to ask whether a process lives
    for folder in into.parent.glob(f".{into.name}.*.importing"):
        number = folder.name.split(".")[-2]
        if not number.isdigit():
            continue
        try:
            os.kill(int(number), 0)
        except ProcessLookupError:
            shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue  # somebody else's process is alive
        else:
            if int(number) == os.getpid():
                shutil.rmtree(folder, ignore_errors=True)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
