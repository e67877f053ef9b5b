"""Names of picture files that tell which pictures belong together.

`SOURCE~anything.jpg`: all pictures of one source (a video, a person, a scene) lie on the same side
when pictures are held back. `NAME~copyN.png`: copy N of one picture, changed; copy 0 is unchanged.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_COPY = re.compile(r"^(?P<picture>.+)~copy(?P<number>\d+)$")


@dataclass(frozen=True)
class PictureName:
    """What a file's name says.

    Attributes:
        source: what it comes from.
        picture: which picture of the source; copies share it.
        copy: 0 for the picture itself, from 1 on for changed copies.
    """

    source: str
    picture: str
    copy: int


def read_name(path: Path) -> PictureName:
    """Take a file's name apart."""
    found = _COPY.match(path.stem)
    picture, copy = (found["picture"], int(found["number"])) if found else (path.stem, 0)
    return PictureName(picture.split("~", 1)[0], picture, copy)


def frame_name(source: str, time_ms: float) -> str:
    """Name of a video's frame, without suffix: sorts by time."""
    return f"{plain(source)}~{round(time_ms):09d}ms"


def copy_name(picture: str, number: int) -> str:
    """Name of a copy, without suffix."""
    return f"{picture}~copy{number}"


def plain(name: str) -> str:
    """A name without what separates or what file systems refuse: letters, digits, `-`, `_` and `.`."""
    return re.sub(r"[^\w.-]+", "_", name) or "_"
