"""How the app is served; every limit in one place."""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass, field
from pathlib import Path

from emopoi.errors import InputError

DATA_VARIABLE = "EMOPOI_APP"
"""Environment variable with the folder of jobs that comes before the default."""

_LEAST_TOKEN = 16


@dataclass(frozen=True, slots=True)
class ServeSettings:
    """What to serve, to whom, and how much of it.

    Attributes:
        host: address that is listened on; beyond loopback a token is needed.
        port: 0 takes a free one.
        data: folder of uploads, results and the queue; made for its owner alone.
        folder: files in it may be named instead of uploaded; None offers none.
        token: that every request to the API must bring; None asks for none, on loopback alone.
        names: host names that browsers may call this server by, beside `host` and those of loopback.
        tiles: address of a tile server with {z}, {x} and {y} for the maps; None draws them without.
        catalogue: file of places; None takes the shipped ones.
        max_upload_mb: of one file, 10**6 bytes.
        max_waiting: jobs that may wait.
        max_seconds: of a video; a longer one is read so far.
        max_pixels: of a picture.
        max_job_s: that a job may run.
        max_memory_mb: that the process of a job may use.
        keep_h: results are kept for so many hours.
        workers: jobs that run at the same time.

    Raises:
        InputError: a value is out of range, or a token is missing or too short.
    """

    host: str = "127.0.0.1"
    port: int = 5000
    data: Path = field(default_factory=lambda: default_data())
    folder: Path | None = None
    token: str | None = None
    names: tuple[str, ...] = ()
    tiles: str | None = None
    catalogue: Path | None = None
    max_upload_mb: float = 200.0
    max_waiting: int = 50
    max_seconds: float = 300.0
    max_pixels: int = 50_000_000
    max_job_s: float = 1800.0
    max_memory_mb: int = 6000
    keep_h: float = 24.0
    workers: int = 1

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65_535:
            raise InputError(f"port: 0 to 65535 was expected, got {self.port}")
        for name in ("max_upload_mb", "max_seconds", "max_job_s", "keep_h"):
            if not 0 < getattr(self, name) < float("inf"):
                raise InputError(f"{name}: a number above 0 was expected, got {getattr(self, name)}")
        for name in ("max_waiting", "max_pixels", "max_memory_mb", "workers"):
            if getattr(self, name) < 1:
                raise InputError(f"{name}: at least 1 was expected, got {getattr(self, name)}")
        if self.tiles is not None and not all(part in self.tiles for part in ("{z}", "{x}", "{y}")):
            raise InputError(
                f"tiles: an address with {{z}}, {{x}} and {{y}} was expected, got {self.tiles!r}"
            )
        if self.token is not None and len(self.token) < _LEAST_TOKEN:
            raise InputError(f"token: at least {_LEAST_TOKEN} characters were expected")
        if self.token is None and not is_loopback(self.host):
            raise InputError(
                f"host {self.host}: others could reach this server, so it needs a token: say --token auto, "
                "or --token-file FILE"
            )
        if self.folder is not None and not self.folder.is_dir():
            raise InputError(f"folder: {self.folder} is not a folder")

    @property
    def max_upload_bytes(self) -> int:
        """Of one file."""
        return int(self.max_upload_mb * 1_000_000)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches such an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def default_data() -> Path:
    """The folder of `EMOPOI_APP`, or emopoi/app in the user's state folder; makes nothing.

    The state folder is that of the XDG Base Directory Specification ($XDG_STATE_HOME, else ~/.local/state),
    on Windows %LOCALAPPDATA%.
    """
    chosen = os.environ.get(DATA_VARIABLE)
    if chosen:
        return Path(chosen)
    state = Path(os.environ.get("XDG_STATE_HOME") or "")
    if not state.is_absolute():
        local = os.environ.get("LOCALAPPDATA") if os.name == "nt" else None
        state = Path(local) if local else Path.home() / ".local" / "state"
    return state / "emopoi" / "app"
