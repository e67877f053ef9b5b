"""`emopoi places`: import files of places into a catalogue, and look into one."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from emopoi.errors import InputError
from emopoi.progress import progress
from recommender.catalogue import NOTES, REASONS, Catalogue, ImportReport, open_catalogue
from recommender.catalogue.import_places import import_places
from recommender.catalogue.readers.formats import FORMATS
from recommender.taxonomy import TYPES

HELP = "import places into a catalogue, show what is in one, search it"

_EPILOG = """\
examples:
  emopoi places import city.osm.pbf --into places.duckdb --timezone Europe/Helsinki --country FI
  emopoi places import overture/*.parquet my_own.csv --into places.duckdb
  emopoi places info places.duckdb
  emopoi places search "botanical" --catalogue places.duckdb --json

Places that the catalogue has already are replaced, by id; an import that is stopped changes nothing.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this command."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EPILOG
    actions = parser.add_subparsers(dest="action", metavar="ACTION", title="actions")
    reading = actions.add_parser("import", help="read files of places into a catalogue")
    reading.add_argument("files", nargs="+", type=Path, metavar="FILE", help="files of places")
    reading.add_argument(
        "--into", type=Path, required=True, metavar="CATALOGUE", help="DuckDB file, made where there is none"
    )
    reading.add_argument(
        "--format",
        choices=("auto", *FORMATS),
        default="auto",
        help="format of the files (default: told by their content)",
    )
    reading.add_argument("--name", help="what the catalogue covers, in words")
    reading.add_argument("--timezone", help="of the places, for opening hours (default: by coordinates)")
    reading.add_argument("--country", help="two letters, for public holidays (default: by coordinates)")
    reading.add_argument("--dated", metavar="DAY", help="day that the facts are from, as 2026-01-31")
    reading.add_argument("--threads", type=int, default=2, help="for the store (default: %(default)s)")
    reading.add_argument(
        "--memory", type=int, default=512, metavar="MB", help="for the store (default: %(default)s)"
    )
    about = actions.add_parser("info", help="show what a catalogue is made of")
    about.add_argument(
        "catalogue", nargs="?", type=Path, metavar="CATALOGUE", help="default: the shipped one"
    )
    looking = actions.add_parser("search", help="find places by name")
    looking.add_argument("text", help="part of a name; case and accents do not matter")
    looking.add_argument("--catalogue", type=Path, metavar="C", help="default: the shipped one")
    looking.add_argument("--limit", type=int, default=20, metavar="N", help="how many (default: %(default)s)")
    for action in (reading, about, looking):
        action.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked.

    Raises:
        EmopoiError: an option, a file or the catalogue is wrong.
    """
    if arguments.action == "import":
        return _import(arguments)
    if arguments.action == "info":
        return _info(arguments)
    if arguments.action == "search":
        return _search(arguments)
    raise InputError("places: one of import, info, search was expected (emopoi places --help tells more)")


def _import(arguments: argparse.Namespace) -> int:
    for option, least in (("threads", 1), ("memory", 128)):
        if getattr(arguments, option) < least:
            raise InputError(f"--{option}: {least} or more was expected, got {getattr(arguments, option)}")
    report = import_places(
        arguments.files,
        arguments.into,
        format=None if arguments.format == "auto" else arguments.format,
        name=arguments.name,
        timezone=arguments.timezone,
        country=arguments.country,
        dated=arguments.dated,
        threads=arguments.threads,
        memory_mb=arguments.memory,
        watch=progress,
    )
    if arguments.json:
        print(json.dumps({"catalogue": str(arguments.into), **report.to_dict()}, ensure_ascii=False))
    else:
        print(_report_text(report, arguments.into), end="")
    if not report.imported:
        print("emopoi: no place came in", file=sys.stderr)
    return 0


def _report_text(report: ImportReport, into: Path) -> str:
    lines = [
        f"{report.read} entries read, {report.imported} places imported ({report.added} new, "
        f"{report.replaced} replaced, {report.removed} closed and removed) in {report.seconds:.1f} s",
        f"{into}: {report.total} places",
    ]
    for reason, count in report.skipped.most_common():
        lines.append(f"  left out: {count} - {REASONS[reason]}")
        lines.extend(f"      {example}" for example in report.examples.get(reason, []))
    lines.extend(f"  changed: {count} - {NOTES[note]}" for note, count in report.notes.items() if count)
    if report.hours.get("places"):
        hours = report.hours
        lines.append(
            f"  opening hours: {hours['places']} places, {hours.get('unreadable', 0)} of them unreadable "
            "(kept, taken as unknown)"
        )
        lines.extend(f"      {example}" for example in hours.get("examples", []))
    return "\n".join(lines) + "\n"


def _info(arguments: argparse.Namespace) -> int:
    catalogue = open_catalogue(arguments.catalogue)
    facts = _facts(catalogue)
    if arguments.json:
        print(json.dumps(facts, ensure_ascii=False))
        return 0
    print(f"{facts['name']}: {facts['places']} places, {facts['suggestible']} of types that are suggested")
    for label in ("dated", "timezone", "country"):
        print(f"  {label}: {facts[label] or 'not given'}")
    print(f"  opening hours: {facts['with_opening_hours']}, wheelchair: {facts['with_wheelchair']}")
    for source in facts["sources"]:
        print(f"  source: {source['name']}, {source['places']} places, licence {source['licence']}")
    for kind, count in sorted(facts["types"].items(), key=lambda item: -item[1]):
        print(f"  {count:8d}  {TYPES[kind].plural if kind in TYPES else kind}")
    print(facts["attribution"])
    return 0


def _facts(catalogue: Catalogue) -> dict[str, Any]:
    return {
        "name": catalogue.name,
        "dated": catalogue.dated,
        "timezone": catalogue.timezone,
        "country": catalogue.country,
        "attribution": catalogue.attribution,
        "centre": list(catalogue.centre()) if len(catalogue) else None,
        **catalogue.facts(),
    }


def _search(arguments: argparse.Namespace) -> int:
    if arguments.limit < 1:
        raise InputError(f"--limit: 1 or more was expected, got {arguments.limit}")
    catalogue = open_catalogue(arguments.catalogue)
    found = catalogue.search(arguments.text, arguments.limit)
    if arguments.json:
        answer = {"places": [place.to_dict() for place in found], "attribution": catalogue.attribution}
        print(json.dumps(answer, ensure_ascii=False))
        return 0
    for place in found:
        english = f" ({place.name_en})" if place.name_en else ""
        print(f"{place.name}{english}: {TYPES[place.type].words}, {place.lat:.5f},{place.lon:.5f}")
        print(f"    {place.id}" + (f"  {place.opening_hours}" if place.opening_hours else ""))
    if found:
        print(catalogue.attribution)
    else:
        print(f"emopoi: no place is called {arguments.text!r}", file=sys.stderr)
    return 0
