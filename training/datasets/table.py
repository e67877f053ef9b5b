"""The one table of collections: names on the command line, and where each is read."""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module

from emopoi.errors import InputError
from training.datasets.collection import Collection

NAMES = (
    "fer2013", "ferplus", "affectnet", "raf-db", "emopoi", "daisee", "utkface", "fairface", "adience",
    "iemocap", "cmu-mosei", "ravdess", "mead", "vocaset", "biwi",
)  # fmt: skip
VOICES = ("iemocap", "cmu-mosei", "ravdess", "mead")
SPEAKING = ("vocaset", "biwi")


def collection(name: str) -> Collection:
    """A collection by its name.

    Raises:
        InputError: there is none of that name.
    """
    if name not in NAMES:
        near = get_close_matches(name, NAMES, 1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise InputError(f"a collection ({', '.join(NAMES)}) was expected, got {name!r}{hint}")
    module = import_module(f"training.datasets.{name.replace('-', '_')}")
    found: Collection = module.COLLECTION
    return found
