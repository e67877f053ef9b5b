"""What a `.tflite` file says of itself: `metadata.json` in a zip behind the model.

A FlatBuffer is read by its offsets from the front and a zip by its directory at the end, so one file
is both: every runtime loads it, and `unzip -p model.tflite metadata.json` prints what is in it. The
manifest beside the file says more and leads; this is for a file that travels alone.
"""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any

from emopoi.errors import ModelFileError

NAME = "metadata.json"
_LONGEST_BYTES = 1_000_000
# Zip files carry a date; a fixed one keeps the hash of a model the same from day to day.
_DATE = (1980, 1, 1, 0, 0, 0)


def read_metadata(content: bytes) -> dict[str, Any] | None:
    """The object that lies behind a model, None where there is none.

    Args:
        content: bytes of a `.tflite` file.

    Raises:
        ModelFileError: there is a zip, but it is damaged or its `metadata.json` is no JSON object.
    """
    if not zipfile.is_zipfile(io.BytesIO(content)):
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if NAME not in archive.namelist():
                return None
            if archive.getinfo(NAME).file_size > _LONGEST_BYTES:
                raise ModelFileError(
                    f"{NAME} in the TFLite model: at most {_LONGEST_BYTES} bytes were expected, "
                    f"got {archive.getinfo(NAME).file_size}"
                )
            found = json.loads(archive.read(NAME))
    except (zipfile.BadZipFile, zlib.error, ValueError, RecursionError, RuntimeError, EOFError) as error:
        raise ModelFileError(f"{NAME} in the TFLite model is damaged ({error})") from error
    if not isinstance(found, dict):
        raise ModelFileError(
            f"{NAME} in the TFLite model: an object was expected, got {type(found).__name__}"
        )
    return found


def with_metadata(content: bytes, metadata: Mapping[str, Any]) -> bytes:
    """The model with this object behind it, in place of an earlier one.

    Args:
        content: bytes of a `.tflite` file.
        metadata: goes through JSON.

    Returns:
        The same bytes for the same arguments, whenever and however often it is called.

    Raises:
        ModelFileError: the file has a zip behind it that is damaged.
    """
    file = io.BytesIO(without_metadata(content))
    info = zipfile.ZipInfo(NAME, _DATE)
    info.compress_type = zipfile.ZIP_DEFLATED
    text = json.dumps(metadata, ensure_ascii=False, separators=(",", ":"))
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr(info, text.encode(), compresslevel=9)
    return file.getvalue()


def without_metadata(content: bytes) -> bytes:
    """The model alone.

    Raises:
        ModelFileError: the zip behind it is damaged.
    """
    if not zipfile.is_zipfile(io.BytesIO(content)):
        return content
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return content[: min((info.header_offset for info in archive.infolist()), default=len(content))]
    except zipfile.BadZipFile as error:
        raise ModelFileError(f"the zip behind the TFLite model is damaged ({error})") from error
