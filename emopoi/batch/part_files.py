"""Where the readings of each video lie: one parquet file a content, named by it.

    DIR/readings/bucket=h3f/3f9a...e1.parquet

The bucket is "h" and the first two digits of the content's SHA-256: 256 folders that parquet readers know as
a partition, and that no rerun names otherwise. The letter keeps them from taking some buckets for numbers.
A file of that name is whole: it is written beside it under a hidden name, forced to the disk and renamed.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
from pathlib import Path
from typing import Any

from emopoi.batch.job import VideoFacts
from emopoi.batch.optional_packages import pyarrow_parquet
from emopoi.errors import OutputError
from emopoi.report.output_folder import reason

READINGS = "readings"
FACTS_KEY = b"emopoi.video"
"""Key of the JSON object in a part's footer: source, content and the fields of `VideoFacts`."""
PROFILE_KEY = b"emopoi.profile"
"""Key of the emotion profile in a part's footer, the object of profile.json."""


class PartFiles:
    """The part files of one folder.

    Args:
        out: the folder of the batch.
    """

    def __init__(self, out: str | os.PathLike[str]) -> None:
        self._root = Path(out) / READINGS

    def path(self, content: str) -> Path:
        """Where the part of a content lies, or will."""
        return self._root / f"bucket=h{content[:2]}" / f"{content}.parquet"

    def temporary(self, content: str) -> Path:
        """Name while it is written: nobody else's on any machine, and hidden from readers of parquet."""
        final = self.path(content)
        return final.with_name(f".{content}.{socket.gethostname()}-{os.getpid()}.part")

    def contents(self) -> set[str]:
        """Contents that are done, by the names of the files."""
        return {path.stem for path in self._root.glob("bucket=h*/*.parquet") if path.name[0] != "."}

    def facts(self, content: str) -> VideoFacts | None:
        """What a part says of its video; None where there is none, or it is damaged and is to be made anew.

        Raises:
            MissingPartError: pyarrow is not installed.
        """
        told = self._footer(content).get(FACTS_KEY)
        try:
            return None if told is None else VideoFacts.from_dict(json.loads(told))
        except (ValueError, KeyError, TypeError):
            return None

    def profile(self, content: str) -> dict[str, Any] | None:
        """The emotion profile of a part as an object of profile.json; None where there is no such part.

        Raises:
            MissingPartError: pyarrow is not installed.
        """
        told = self._footer(content).get(PROFILE_KEY)
        return None if told is None else json.loads(told)

    def remove(self, content: str) -> None:
        """Take a part away: its video has another content now.

        Raises:
            OutputError: it can not be removed.
        """
        try:
            self.path(content).unlink(missing_ok=True)
        except OSError as error:
            raise OutputError(f"{self.path(content)}: can not be removed ({reason(error)})") from error

    def clean(self) -> None:
        """Take away what killed writers left; nobody else may be at work in the folder."""
        for path in self._root.glob("bucket=h*/.*.part"):
            with contextlib.suppress(OSError):
                path.unlink()

    def _footer(self, content: str) -> dict[bytes, bytes]:
        parquet = pyarrow_parquet()
        path = self.path(content)
        if not path.is_file():
            return {}
        try:
            return dict(parquet.read_metadata(path).metadata or {})
        except (OSError, ValueError):  # pyarrow's own errors are children of these
            return {}
