"""`emopoi feedback`: what somebody says about places, kept, shown, exported and deleted."""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Iterable
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emopoi.errors import InputError, OutputError
from recommender.catalogue import open_catalogue
from recommender.feedback.default_store import VARIABLE, default_store, make_folder_of_default

if TYPE_CHECKING:
    from recommender.feedback import FeedbackStore, Opinions

HELP = "say what you think of places; show, export and delete what is kept"

_EPILOG = f"""\
examples:
  emopoi feedback like osm:node/92767922
  emopoi feedback been-there osm:node/92767922 --person Anna --store postgresql://anna@localhost/places
  emopoi feedback show
  emopoi feedback export --out me.json
  emopoi feedback delete --person me --yes

What you say counts from the next suggestion on. It is kept in emopoi/feedback.sqlite in your data folder
($XDG_DATA_HOME, else ~/.local/share), or where --store or {VARIABLE} say. Only what you say is kept: no
suggestion, no emotion.
"""

_ABOUT_PLACES = {
    "like": "you like a place",
    "dislike": "you do not like a place",
    "hide": "never show a place again",
    "unhide": "show a hidden place again",
    "been-there": "you went to a place",
    "forget": "take back all you said about a place",
}
_TAKING_BACK = ("unhide", "forget")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this command."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EPILOG
    words = parser.add_subparsers(dest="word", metavar="WORD", required=True, title="words")
    for name, text in _ABOUT_PLACES.items():
        word = _word(words, name, text)
        word.add_argument("place", metavar="PLACE_ID", help="id of a place, as suggestions have it")
        word.add_argument("--catalogue", type=Path, metavar="FILE", help="other places than the shipped ones")
    _word(words, "show", "what you said, and what it says about kinds of places")
    export = _word(words, "export", "everything that is kept about somebody, as JSON")
    export.add_argument("--out", type=Path, metavar="FILE", help="write it there (default: stdout)")
    delete = _word(words, "delete", "delete everything about somebody, for good", person_required=True)
    delete.add_argument("--yes", action="store_true", help="really delete")


def run(arguments: argparse.Namespace) -> int:
    """Do what the word says.

    Raises:
        EmopoiError: an option or place is wrong, or the store can not be read or written.
    """
    from recommender.feedback import FeedbackStore

    where = default_store() if arguments.store is None else arguments.store
    with FeedbackStore(where) as store:
        if arguments.word in _ABOUT_PLACES:
            return _say(arguments, where, store)
        if arguments.word == "show":
            return _show(arguments, store)
        if arguments.word == "export":
            return _export(arguments, store)
        return _delete(arguments, store)


def _word(words: Any, name: str, text: str, *, person_required: bool = False) -> argparse.ArgumentParser:
    word: argparse.ArgumentParser = words.add_parser(
        name, help=text, description=text[0].upper() + text[1:] + "."
    )
    who = {"required": True} if person_required else {"default": "me"}
    suffix = "" if person_required else " (default: %(default)s)"
    word.add_argument("--person", metavar="NAME", help=f"a name you choose{suffix}", **who)
    word.add_argument("--store", metavar="STORE", help="SQLite file, or postgresql://USER@HOST/NAME")
    word.add_argument("--json", action="store_true", help="print one JSON object")
    return word


def _say(arguments: argparse.Namespace, where: str, store: FeedbackStore) -> int:
    from recommender.feedback import Event

    name, type, group = _place(arguments, store)
    kind = arguments.word.replace("-", "_")
    said = Event(arguments.person, arguments.place, type, group, kind, datetime.now(timezone.utc))
    make_folder_of_default(where)
    store.add([said])
    if arguments.json:
        _print({"kept": said.to_dict() | {"name": name}, "store": store.name})
    else:
        print(f"kept: {arguments.word} {name or said.place} ({type})")
    return 0


def _place(arguments: argparse.Namespace, store: FeedbackStore) -> tuple[str, str, str]:
    """Name, type and group; a place that left the catalogue has no name, and words can only be taken back."""
    for place in open_catalogue(arguments.catalogue).find([arguments.place]):
        return place.name, place.type, place.group
    if arguments.word in _TAKING_BACK:
        before = store.opinions(arguments.person).of_place.get(arguments.place)
        if before is not None:
            return "", before.type, before.group
    raise InputError(f"no place {arguments.place!r} in the catalogue")


def _show(arguments: argparse.Namespace, store: FeedbackStore) -> int:
    opinions = store.opinions(arguments.person)
    kinds = {name: belief for name, belief in opinions.of_type.items() if belief.said}
    if arguments.json:
        _print(
            {
                "person": opinions.person,
                "store": store.name,
                "places": {place: opinion.to_dict() for place, opinion in opinions.of_place.items()},
                "types": {
                    name: {"mean": belief.mean, "sd": belief.sd, "said": belief.said}
                    for name, belief in kinds.items()
                },
            }
        )
    else:
        print("\n".join(_as_text(opinions)))
    return 0


def _as_text(opinions: Opinions) -> Iterable[str]:
    if not opinions.of_place:
        yield f"nothing is kept about {opinions.person}"
        return
    yield f"what {opinions.person} said"
    for place, opinion in opinions.of_place.items():
        marks = [name for name in ("liked", "disliked", "hidden") if getattr(opinion, name)]
        if opinion.last_visit is not None:
            times = "once" if opinion.visits == 1 else f"{opinion.visits} times"
            marks.append(f"been there {times}, last on {opinion.last_visit.date().isoformat()}")
        yield f"  {place} ({opinion.type}): {', '.join(marks) or 'nothing any more'}"
    kinds = sorted(
        ((belief.mean, name) for name, belief in opinions.of_type.items() if belief.said), reverse=True
    )
    if kinds:
        yield ""
        yield "what it says about kinds of places (0 disliked, 0.5 unknown, 1 liked)"
    for mean, name in kinds:
        yield f"  {name}: {mean:.2f} ± {opinions.of_type[name].sd:.2f}"


def _export(arguments: argparse.Namespace, store: FeedbackStore) -> int:
    data = store.export(arguments.person)
    if arguments.out is None:
        _print(data)
        return 0
    _write(arguments.out, json.dumps(data, ensure_ascii=False, indent=1, allow_nan=False) + "\n")
    if arguments.json:
        _print({"person": data["person"], "events": len(data["events"]), "file": str(arguments.out)})
    else:
        print(f"exported: {len(data['events'])} words of {data['person']} to {arguments.out}")
    return 0


def _delete(arguments: argparse.Namespace, store: FeedbackStore) -> int:
    if not arguments.yes:
        raise InputError(
            f"everything about {arguments.person!r} would be deleted for good: add --yes to do it"
        )
    deleted = store.delete(arguments.person)
    if arguments.json:
        _print({"person": arguments.person, "deleted": deleted, "store": store.name})
    else:
        print(f"deleted: {deleted} words of {arguments.person}")
    return 0


def _write(path: Path, text: str) -> None:
    partial = None
    try:
        handle, partial = tempfile.mkstemp(prefix=path.name, suffix=".partial", dir=path.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        os.replace(partial, path)
    except OSError as error:
        if partial is not None:
            Path(partial).unlink(missing_ok=True)
        raise OutputError(f"{path}: the export can not be written: {error.strerror or error}") from error


def _print(data: dict[str, Any]) -> None:
    print(json.dumps(data, ensure_ascii=False, allow_nan=False))
