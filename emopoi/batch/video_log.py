"""What is known of each path: a line of JSON whenever one ends, the last line of a path counts.

The parts say which contents are done; the log says which file had which content, so that a million files need
not be read again to find out, and which of them were set aside. A lost log costs one pass of hashing.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from emopoi.batch.content import FileStamp
from emopoi.batch.job import DONE, FAILED, VideoFacts
from emopoi.errors import OutputError
from emopoi.report.output_folder import reason, write_bytes_atomically

BEGUN = "begun"
"""State of a video that is being read in this very process: it is still there after a crash."""


@dataclass(frozen=True, slots=True)
class KnownVideo:
    """One path.

    Attributes:
        source: absolute path.
        state: `DONE`, `FAILED` (set aside) or `BEGUN`.
        stamp: of the file then; None where it was not there.
        settled: a later change of the file must show in the stamp.
        content: SHA-256 of the file then; of a file that was not read, None may be.
        earlier: content of this path that has a part and is not its content any more.
        facts: of a video that is done.
        reason: of one that was set aside.
        tries: how often it was begun.
    """

    source: str
    state: str
    stamp: FileStamp | None = None
    settled: bool = False
    content: str | None = None
    earlier: str | None = None
    facts: VideoFacts | None = None
    reason: str = ""
    tries: int = 0

    @property
    def claims(self) -> str | None:
        """The content whose part belongs to this path; that of a damaged file's last good state stays."""
        return self.content if self.state == DONE else self.earlier

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> KnownVideo:
        """Back from `dataclasses.asdict`, by way of JSON."""
        stamp, facts = data["stamp"], data["facts"]
        return cls(
            **{
                **data,
                "stamp": FileStamp(**stamp) if stamp else None,
                "facts": VideoFacts.from_dict(facts) if facts else None,
            }
        )


class VideoLog:
    """The log of one folder; a context manager. One run at a time may have it.

    Args:
        path: the file; may be missing. Half a line at its end, left by a kill, is passed over.

    Raises:
        OutputError: it can not be read or written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, KnownVideo] = {}
        self._claims: Counter[str] = Counter()
        for line in self._lines():
            self._keep(line)
        # Half a line must not swallow the next one, and old lines have had their time.
        self.compact()
        try:
            self._file = open(path, "a", encoding="ascii")
        except OSError as error:
            raise OutputError(f"{path}: can not be written ({reason(error)})") from error

    def __enter__(self) -> VideoLog:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def get(self, source: str) -> KnownVideo | None:
        """What is known of a path."""
        return self._known.get(source)

    def put(self, known: KnownVideo) -> None:
        """Write down how a path ended.

        Raises:
            OutputError: the disk is full or gone.
        """
        try:
            self._file.write(_line(known))
            self._file.flush()
        except OSError as error:
            raise OutputError(f"{self._path}: can not be written ({reason(error)})") from error
        self._keep(known)

    def claimed(self, content: str) -> bool:
        """Whether any path has the part of this content."""
        return self._claims[content] > 0

    def set_aside(self) -> list[KnownVideo]:
        """Every video that was set aside, by path."""
        return sorted(
            (known for known in self._known.values() if known.state == FAILED), key=lambda known: known.source
        )

    def done(self) -> Iterator[KnownVideo]:
        """Every video that is done, in no order."""
        return (known for known in self._known.values() if known.state == DONE)

    def compact(self) -> None:
        """Write the log anew, one line a path.

        Raises:
            OutputError: the disk is full or gone; the old log is left.
        """
        lines = "".join(_line(self._known[source]) for source in sorted(self._known))
        write_bytes_atomically(self._path, lines.encode("ascii"))

    def _lines(self) -> Iterator[KnownVideo]:
        try:
            with open(self._path, encoding="utf-8", errors="replace") as file:
                for line in file:
                    try:
                        yield KnownVideo.from_dict(json.loads(line))
                    except (ValueError, KeyError, TypeError, AttributeError):
                        continue
        except FileNotFoundError:
            return
        except OSError as error:
            raise OutputError(f"{self._path}: can not be read ({reason(error)})") from error

    def _keep(self, known: KnownVideo) -> None:
        before = self._known.get(known.source)
        if before is not None and before.claims:
            self._claims[before.claims] -= 1
        if known.claims:
            self._claims[known.claims] += 1
        self._known[known.source] = known


def write_failures(path: Path, set_aside: list[KnownVideo]) -> None:
    """Write the videos that were set aside, one JSON object a line: source, reason, tries, content.

    Raises:
        OutputError: it can not be written.
    """
    names = ("source", "reason", "tries", "content")
    lines = [json.dumps({name: getattr(known, name) for name in names}) + "\n" for known in set_aside]
    if lines:
        write_bytes_atomically(path, "".join(lines).encode("ascii"))
        return
    try:
        os.unlink(path)
    except FileNotFoundError:
        return
    except OSError as error:
        raise OutputError(f"{path}: can not be removed ({reason(error)})") from error


def _line(known: KnownVideo) -> str:
    return json.dumps(asdict(known)) + "\n"
