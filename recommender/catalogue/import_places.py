"""Import files of places into a catalogue file."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from emopoi.errors import InputError
from recommender.catalogue.arrow_places import places_to_arrow
from recommender.catalogue.import_report import ImportReport, Skipped
from recommender.catalogue.readers.csv_table import read_csv
from recommender.catalogue.readers.formats import FORMATS, Format, format_of
from recommender.catalogue.readers.foursquare import FoursquarePlaces
from recommender.catalogue.readers.geojson import read_geojson
from recommender.catalogue.readers.osm_json import read_osm_json
from recommender.catalogue.readers.osm_pbf import read_osm_pbf
from recommender.catalogue.readers.overture import OverturePlaces
from recommender.catalogue.sources import FOURSQUARE, OPENSTREETMAP, Source, overture_source, own_source
from recommender.catalogue.staging import Staging

Item = TypeVar("Item")
Watch = Callable[[Iterable[Any], int | None, str], Iterator[Any]]
"""Passes items through and shows how far it is: items, how many in all (or None), what is done."""

_ENTRY_READERS: dict[str, Callable[..., Iterator[list[Any]]]] = {
    "osm-json": read_osm_json,
    "osm-pbf": read_osm_pbf,
    "geojson": read_geojson,
    "csv": read_csv,
}


def import_places(
    files: Sequence[Path | str],
    into: Path | str,
    *,
    format: Format | None = None,
    name: str | None = None,
    timezone: str | None = None,
    country: str | None = None,
    dated: str | None = None,
    threads: int = 2,
    memory_mb: int = 512,
    watch: Watch | None = None,
) -> ImportReport:
    """Read files once, piece by piece, and put their places into a catalogue file.

    A place whose id the catalogue has replaces the older record; all others stay. The same import
    again gives the same catalogue. Until the last moment the old file stays as it is.

    Args:
        files: files of places; all of one format where `format` is given.
        into: DuckDB file; made where there is none.
        format: None tells it by the content of each file.
        name: what the catalogue covers, in words; None keeps the old name or takes the file's.
        timezone: IANA name for opening hours; None keeps the old one, "" goes by coordinates.
        country: ISO 3166 two-letter code for public holidays; None and "" likewise.
        dated: ISO day that the facts are from; None keeps the old one.
        threads: how many the store may use.
        memory_mb: what the store may hold in memory; the rest goes to the disk beside the catalogue.
        watch: shows progress.

    Returns:
        Counts: what came in, what was left out and why.

    Raises:
        InputError: a file can not be read or is not of the format; nothing is written then.
        OutputError: the catalogue can not be written; the old one is as it was.
        MissingPartError: duckdb or pyarrow, or for PBF osmium, is not installed.
    """
    start = time.monotonic()
    if not files:
        raise InputError("at least one file of places was expected")
    if format is not None and format not in FORMATS:
        raise InputError(f"a format of {', '.join(FORMATS)} was expected, got {format!r}")
    _check_facts(timezone, country, dated)
    paths = [Path(file) for file in files]
    formats = [format or format_of(path) for path in paths]
    report = ImportReport()
    sources: dict[str, Source] = {}
    with Staging(Path(into), threads=threads, memory_mb=memory_mb) as staging:
        for path, kind in zip(paths, formats, strict=True):
            _read(path, kind, staging, report, sources, watch or _unwatched)
        staging.finish(report, sources.values(), name=name, timezone=timezone, country=country, dated=dated)
    report.seconds = time.monotonic() - start
    return report


def _read(
    path: Path,
    kind: Format,
    staging: Staging,
    report: ImportReport,
    sources: dict[str, Source],
    watch: Watch,
) -> None:
    what = f"reading {path.name}"
    if kind in ("overture", "foursquare"):
        reader = OverturePlaces(path) if kind == "overture" else FoursquarePlaces(path)
        for table in watch(reader.batches(report), reader.total, what):
            staging.add(table)
            staging.close_places(reader.closed)
        if isinstance(reader, OverturePlaces):
            sources["overture"] = overture_source(reader.datasets)
        else:
            sources["fsq"] = FOURSQUARE
        return
    keys: set[str] = set()
    for entries in watch(_ENTRY_READERS[kind](path, report.notes), None, what):
        report.read += len(entries)
        kept = [entry for entry in entries if not isinstance(entry, Skipped)]
        left_out = [entry for entry in entries if isinstance(entry, Skipped)]
        for entry in left_out:
            report.skip(entry)
        staging.close_places([entry.closed_id for entry in left_out if entry.closed_id])
        table = places_to_arrow(kept)
        keys.update({place_id.partition(":")[0] for place_id in table.column("id").to_pylist()})
        staging.add(table)
    for key in keys:
        if key == "osm":
            sources[key] = OPENSTREETMAP
        elif key == "overture":
            sources[key] = overture_source(())
        else:
            before = sources.get(key)
            sources[key] = own_source(key, f"{before.name}, {path.name}" if before else path.name)


def _check_facts(timezone: str | None, country: str | None, dated: str | None) -> None:
    if timezone:
        try:
            ZoneInfo(timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise InputError(
                f"timezone: an IANA name such as Europe/Helsinki was expected, got {timezone!r}"
            ) from error
    if country and not re.fullmatch("[A-Z]{2}", country):
        raise InputError(f"country: two capital letters (ISO 3166) were expected, got {country!r}")
    if dated and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", dated):
        raise InputError(f"dated: a day such as 2026-01-31 was expected, got {dated!r}")


def _unwatched(items: Iterable[Item], total: int | None, what: str) -> Iterator[Item]:
    yield from items
