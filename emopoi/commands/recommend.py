"""`emopoi recommend`: places worth going to, from a profile.json."""

from __future__ import annotations

import argparse
import json
import os
import sys
from datetime import datetime
from pathlib import Path

from emopoi.commands.places_text import places_text
from emopoi.commands.position import read_position
from emopoi.commands.typed_state import read_state
from emopoi.errors import InputError, OutputError, ProfileError
from emopoi.types import EmotionProfile
from recommender import GROUPS, MODES, Recommendation, open_catalogue, recommend
from recommender.feedback import Opinions, default_store

HELP = "suggest places from an emotion profile"

_EPILOG = """\
examples:
  emopoi recommend --profile out/profile.json --at 60.1699,24.9384
  emopoi recommend --state Sad:0.6,Neutral:0.4 --at 60.1699,24.9384 --when 2026-06-05T17:30 --mode match
  emopoi recommend --profile out/profile.json --at=-33.9,18.4 --catalogue town.duckdb --open --json
  emopoi recommend --at 60.17,24.94 --kind park --kind museum --wheelchair --map places.html

What you said with `emopoi feedback` counts; --no-feedback leaves it out. Without a profile places are
ranked by the other terms. Groups for --kind (types too, see `emopoi places info`):
  """ + ", ".join(GROUPS)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this command."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EPILOG
    add = parser.add_argument
    shown = parser.add_mutually_exclusive_group()
    shown.add_argument("--profile", metavar="FILE", help="profile.json of `emopoi recognize`, or - for stdin")
    shown.add_argument("--state", metavar="NAME:SHARE,...", help="shares of the states, typed by you")
    add("--person", type=int, metavar="ID", help="person in the profile (default: seen longest)")
    add(
        "--at", metavar="LAT,LON", help="where you are, degrees; --at=-33.9,18.4 where it starts with a minus"
    )
    add("--when", metavar="ISO", help="when you set out, local time of the places (default: now)")
    add(
        "--mode",
        choices=MODES,
        default="lift",
        help="lift: places that tend to raise the mood; match: that go with it; off (default: %(default)s)",
    )
    add("--catalogue", type=Path, metavar="FILE", help="other places than the shipped ones")
    add("--k", type=int, default=10, metavar="N", help="how many places (default: %(default)s)")
    add("--within", type=float, metavar="METRES", help="leave out what is further")
    add("--open", action="store_true", help="leave out what is closed on arrival")
    add("--new", action="store_true", help="leave out where you said to have been")
    add("--kind", action="append", default=[], metavar="KIND", help="a type or group; may be repeated")
    add("--max-price", type=int, metavar="N", help="price level 1 to 4; unknown prices stay in")
    add("--wheelchair", action="store_true", help="places known to be accessible alone")
    add("--use", default="", metavar="age,gender", help="let age group or gender play a small part")
    add("--who", default="me", metavar="NAME", help="whose feedback counts (default: %(default)s)")
    add("--store", metavar="STORE", help="where feedback is kept, as `emopoi feedback` has it")
    add("--no-feedback", action="store_true", help="leave feedback out")
    add("--map", type=Path, metavar="FILE", help="write a page with a map too (HTML)")
    add("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Suggest places and print them.

    Raises:
        EmopoiError: an option, the profile, the catalogue or the feedback store is wrong.
    """
    profile = _profile(arguments)
    position = None if arguments.at is None else read_position(arguments.at)
    moment = None if arguments.when is None else _moment(arguments.when)
    answer = recommend(
        profile,
        at=position,
        when=moment,
        mode=arguments.mode,
        person=arguments.person,
        catalogue=open_catalogue(arguments.catalogue),
        opinions=None if arguments.no_feedback else _opinions(arguments),
        top=arguments.k,
        max_distance_m=arguments.within,
        open_only=arguments.open,
        new_only=arguments.new,
        kinds=arguments.kind,
        max_price=arguments.max_price,
        wheelchair=arguments.wheelchair,
        use=[word.strip() for word in arguments.use.split(",") if word.strip()],
    )
    if arguments.map is not None:
        _write_map(arguments.map, answer)
    if arguments.json:
        print(json.dumps(answer.to_dict(), ensure_ascii=False, allow_nan=False))
    else:
        print(places_text(answer), end="")
    return 0


def _profile(arguments: argparse.Namespace) -> EmotionProfile | None:
    if arguments.state is not None:
        return read_state(arguments.state)
    name = arguments.profile
    if name is None:
        return None
    try:
        text = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise InputError(f"{name}: the profile can not be read: {error.strerror or error}") from error
    try:
        return EmotionProfile.from_json(text)
    except ProfileError as error:
        raise ProfileError(f"{name}: {error}") from error


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text[:-1] + "+00:00" if text.endswith("Z") else text)
    except ValueError as error:
        raise InputError(f"--when: a date and time was expected (2026-06-05T17:30), got {text!r}") from error


def _opinions(arguments: argparse.Namespace) -> Opinions | None:
    """What was said before; None where nobody named a store and the default one is not there."""
    store = arguments.store or default_store()
    if arguments.store is None and "://" not in store and not Path(store).is_file():
        return None
    from recommender.feedback import FeedbackStore

    with FeedbackStore(store) as opened:
        return opened.opinions(arguments.who)


def _write_map(path: Path, answer: Recommendation) -> None:
    from recommender.map_page import map_page

    page = map_page(answer, title="Places worth going to")
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        partial.write_text(page, encoding="utf-8")
        os.replace(partial, path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise OutputError(f"{path}: the map can not be written: {error.strerror or error}") from error
    print(f"map: {path}", file=sys.stderr)
