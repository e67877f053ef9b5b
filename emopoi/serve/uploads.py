"""Takes an upload from the network to the disk, never more of it than is allowed."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

from emopoi.errors import InputError, OutputError

_SPARE_BYTES = 200_000_000
"""So much of the disk stays free for results."""


class TooLarge(InputError):
    """An upload is larger than allowed."""


async def save_upload(chunks: AsyncIterator[bytes], path: Path, most_bytes: int) -> int:
    """Write a request's body to a file.

    Args:
        chunks: of the body.
        path: of the file; nothing is left there where this fails.
        most_bytes: allowed.

    Returns:
        Bytes written.

    Raises:
        TooLarge: more came; what comes after is not read.
        InputError: nothing came.
        OutputError: the disk is full or can not be written.
    """
    written = 0
    try:
        with path.open("xb") as file:
            async for chunk in chunks:
                written += len(chunk)
                if written > most_bytes:
                    raise TooLarge(f"a file of at most {most_bytes / 1e6:g} MB was expected")
                if shutil.disk_usage(path.parent).free < _SPARE_BYTES:
                    raise OutputError("the disk of this server is full")
                await asyncio.to_thread(file.write, chunk)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise OutputError(f"the upload can not be written ({error.strerror or error})") from error
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    if not written:
        path.unlink(missing_ok=True)
        raise InputError("the file is empty")
    return written
