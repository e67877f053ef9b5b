"""Tells whether a file is the one that was read before."""

from __future__ import annotations

import hashlib
import os
import time
from dataclasses import dataclass

from emopoi.errors import MediaError
from emopoi.vision.shown_name import shown_name

_SETTLED_NS = 2_000_000_000  # the coarsest clock of a usual file system (FAT) ticks every two seconds
_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class FileStamp:
    """What the system says of a file without opening it.

    Attributes:
        size: bytes.
        modified_ns: when its content was changed, nanoseconds.
        changed_ns: when anything of it was changed; programs can not set it back.
    """

    size: int
    modified_ns: int
    changed_ns: int

    @classmethod
    def of(cls, path: str) -> FileStamp:
        """Look at a file.

        Raises:
            MediaError: it is not there or can not be looked at.
        """
        try:
            told = os.stat(path)
        except (OSError, ValueError) as error:
            raise MediaError(f"{shown_name(path)}: {getattr(error, 'strerror', None) or error}") from error
        return cls(told.st_size, told.st_mtime_ns, told.st_ctime_ns)

    def is_settled(self, now_ns: int | None = None) -> bool:
        """Whether a later change must show in the stamp: not so right after a change, within one tick."""
        now_ns = time.time_ns() if now_ns is None else now_ns
        return now_ns - max(self.modified_ns, self.changed_ns) > _SETTLED_NS


def content_of(path: str) -> str:
    """SHA-256 of a file's bytes, 64 hexadecimal digits.

    Raises:
        MediaError: it can not be read.
    """
    try:
        with open(path, "rb") as file:
            digest = hashlib.sha256()
            while block := file.read(_BLOCK_BYTES):
                digest.update(block)
            return digest.hexdigest()
    except (OSError, ValueError) as error:
        raise MediaError(f"{shown_name(path)}: {getattr(error, 'strerror', None) or error}") from error
