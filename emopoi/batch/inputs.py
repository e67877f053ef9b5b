"""Finds the videos that somebody named: files, folders, patterns, lists."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from emopoi.errors import InputError
from emopoi.vision.shown_name import shown_name
from emopoi.vision.videos import VIDEO_SUFFIXES

LIST_SUFFIX = ".txt"
"""A file of this ending is a list of paths, one a line."""


def find_videos(inputs: Sequence[str]) -> list[str]:
    """Every video that is named, once.

    Args:
        inputs: files, taken as they are; folders, searched to their ends for the usual endings of videos
            (`VIDEO_SUFFIXES`); patterns with `*`, `?`, `[...]` and `**`; or text files (`LIST_SUFFIX`) with
            one path a line, each a file or folder. Relative paths count from the working folder.

    Returns:
        Absolute paths, largest file first: what takes longest is then not left for the end. A file that a
        list names and that is not there is among them, last: one missing line must not stop a million.

    Raises:
        InputError: an input names nothing, a list can not be read, or there is no video in all of them.
    """
    found: dict[str, int] = {}
    for name in inputs:
        for path in _videos_of(name):
            absolute = os.path.abspath(path)
            if absolute not in found:
                found[absolute] = _size(absolute)
    if not found:
        raise InputError(f"no videos in {', '.join(shown_name(name) for name in inputs) or 'nothing'}")
    return sorted(found, key=lambda path: (-found[path], path))


def _videos_of(name: str) -> Iterator[str]:
    if not name:
        raise InputError("the name is empty: a video, folder, pattern or list was expected")
    if "://" in name:
        raise InputError(f"{shown_name(name)}: an address; nothing is fetched from a network")
    if "\0" in name:
        raise InputError(f"{shown_name(name)}: not a name of a file")
    if os.path.isdir(name):
        yield from _in_folder(name)
    elif os.path.isfile(name) and name.lower().endswith(LIST_SUFFIX):
        yield from _in_list(name)
    elif os.path.lexists(name):
        yield name
    elif glob.has_magic(name):
        matches = sorted(glob.glob(name, recursive=True))
        if not matches:
            raise InputError(f"{shown_name(name)}: nothing is called like this")
        # `**` names a folder and then all that is in it: its files come once, by themselves.
        deep = "**" in name
        for match in matches:
            if not os.path.isdir(match):
                yield match
            elif not deep:
                yield from _in_folder(match)
    else:
        raise InputError(f"{shown_name(name)}: no such file or folder")


def _in_folder(folder: str) -> Iterator[str]:
    def refuse(error: OSError) -> None:
        raise InputError(f"{shown_name(error.filename or folder)}: {error.strerror}") from error

    for place, inner, names in os.walk(folder, onerror=refuse):
        # What is hidden is what other systems leave beside videos: thumbnails, resource forks, bins.
        inner[:] = [name for name in inner if not name.startswith(".")]
        for name in names:
            if name.lower().endswith(VIDEO_SUFFIXES) and not name.startswith("."):
                yield os.path.join(place, name)


def _in_list(name: str) -> Iterable[str]:
    try:
        lines = Path(name).read_bytes().removeprefix(b"\xef\xbb\xbf").splitlines()
    except OSError as error:
        raise InputError(f"{shown_name(name)}: {error.strerror}") from error
    for line in lines:
        path = os.fsdecode(line.strip())
        if "\0" in path:
            raise InputError(f"{shown_name(name)}: a list of paths was expected, one a line")
        if "://" in path:
            raise InputError(f"{shown_name(path)}: an address; nothing is fetched from a network")
        if os.path.isdir(path):
            yield from _in_folder(path)
        elif path:
            yield path


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return -1
