"""Opens audio and video files with PyAV, in one way for all that read them."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import av

from emopoi.errors import MediaError

# Formats that FFmpeg would read and that are text, lists of other files or addresses.
_REFUSED_FORMATS = frozenset(
    {"tty", "hls", "dash", "concat", "ffmetadata", "sdp", "rtsp", "bin", "xbin", "idf"}
)


def open_container(source: str | Path | io.BytesIO, refusal: str) -> Any:
    """Open a file for reading, and nothing that it points to.

    Args:
        source: the file, or its content.
        refusal: what is said where it can not be opened; the reason follows in brackets.

    Raises:
        MediaError: FFmpeg does not know the file, or it is a list of other files.
    """
    opened = source if isinstance(source, io.BytesIO) else str(source)
    try:
        # Only files: a crafted playlist must not make the reader fetch something.
        container = av.open(opened, options={"protocol_whitelist": "file"}, metadata_errors="replace")
    except (av.error.FFmpegError, ValueError, OSError) as error:
        raise MediaError(f"{refusal} ({reason(error)})") from error
    told = container.format
    if _REFUSED_FORMATS & set(told.name.split(",")):
        container.close()
        raise MediaError(f"{refusal} ({told.long_name or told.name})")
    return container


def first_picture_s(container: Any) -> float:
    """When a file's first picture is, seconds on its clock; 0 where it has none. A cover is none."""
    cover = av.stream.Disposition.attached_pic
    for stream in container.streams.video:
        if not stream.disposition & cover and stream.start_time is not None and stream.time_base:
            return float(stream.start_time * stream.time_base)
    return 0.0


def reason(error: Exception) -> str:
    """What went wrong, in one line and without the file's name."""
    return str(getattr(error, "strerror", None) or error).strip().split("\n", 1)[0]
