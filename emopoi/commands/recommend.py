"""`emopoi recommend`: places worth going to, from a profile.json."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import datetime
from pathlib import Path

from emopoi.commands.places_text import places_text
from emopoi.commands.position import read_position
from emopoi.errors import InputError, ProfileError
from emopoi.types import EmotionProfile
from recommender import GROUPS, MODES, Catalogue, FeedbackFile, read_catalogue, recommend

HELP = "suggest places from an emotion profile"

_EPILOG = """\
examples:
  emopoi recommend --profile out/profile.json
  emopoi recommend --profile out/profile.json --at 60.1699,24.9384 --when 2026-06-05T17:30 --mode match
  emopoi recommend --at=-33.9,18.4 --catalogue my_town.json --json
  emopoi recommend --profile out/profile.json --feedback me.json --like park --dislike node/92767922

Without --profile places are ranked by how known and near they are. --like and --dislike take the
id of a place or the name of a group:
  """ + ", ".join(GROUPS)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this command."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EPILOG
    add = parser.add_argument
    add("--profile", metavar="FILE", help="profile.json of `emopoi recognize`, or - for stdin")
    add("--person", type=int, metavar="ID", help="person in the profile (default: seen longest)")
    add(
        "--at", metavar="LAT,LON", help="where you are, degrees; --at=-33.9,18.4 where it starts with a minus"
    )
    add(
        "--mode",
        choices=MODES,
        default="lift",
        help="lift: places that tend to raise the mood; match: that go with it; off (default: %(default)s)",
    )
    add("--when", metavar="ISO", help="when you set out, local time of the places (default: now)")
    add("--top", type=int, default=10, metavar="N", help="how many places (default: %(default)s)")
    add("--within", type=float, metavar="METRES", help="leave out what is further")
    add("--open-now", action="store_true", help="leave out what is closed on arrival")
    add("--feedback", type=Path, metavar="FILE", help="your likes and dislikes")
    add("--like", action="append", default=[], metavar="ID", help="keep a like in --feedback")
    add("--dislike", action="append", default=[], metavar="ID", help="keep a dislike")
    add("--catalogue", type=Path, metavar="FILE", help="other places than the shipped ones")
    add("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Suggest places and print them.

    Raises:
        EmopoiError: an option, the profile, the catalogue or the feedback file is wrong.
    """
    catalogue = read_catalogue(arguments.catalogue)
    profile = None if arguments.profile is None else _read_profile(arguments.profile)
    feedback = None if arguments.feedback is None else FeedbackFile(arguments.feedback)
    position = None if arguments.at is None else read_position(arguments.at)
    moment = None if arguments.when is None else _moment(arguments.when)
    _keep_opinions(arguments, feedback, catalogue)
    answer = recommend(
        profile,
        at=position,
        when=moment,
        mode=arguments.mode,
        person=arguments.person,
        catalogue=catalogue,
        top=arguments.top,
        max_distance_m=arguments.within,
        open_only=arguments.open_now,
        feedback=feedback,
    )
    if arguments.json:
        print(json.dumps(answer.to_dict(), ensure_ascii=False, allow_nan=False))
    else:
        print(places_text(answer), end="")
    return 0


def _read_profile(name: str) -> EmotionProfile:
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


def _keep_opinions(
    arguments: argparse.Namespace, feedback: FeedbackFile | None, catalogue: Catalogue
) -> None:
    said = [(word, 1) for word in arguments.like] + [(word, -1) for word in arguments.dislike]
    if not said:
        return
    if feedback is None:
        raise InputError("--like and --dislike need --feedback FILE to be kept in")
    known = {place.id for place in catalogue.places} | set(GROUPS)
    for word, _ in said:
        if word not in known:
            raise InputError(f"no place or group {word!r} in the catalogue (groups: {', '.join(GROUPS)})")
    both = set(arguments.like) & set(arguments.dislike)
    if both:
        raise InputError(f"{min(both)!r} can not be liked and disliked at once")
    for word, opinion in said:
        feedback.say(word, opinion)
        print(f"kept: {'like' if opinion > 0 else 'dislike'} {word}", file=sys.stderr)
