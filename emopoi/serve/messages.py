"""What goes in and out of the API, as its OpenAPI page shows it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

JobId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{22}$", description="id of a job")]
FileName = Annotated[str, Field(min_length=1, max_length=200, description="name of the file as you call it")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Problem(BaseModel):
    """Why something was refused."""

    detail: str


class Kind(BaseModel):
    """A kind of job."""

    name: str
    title: str
    accepts: list[str]


class Limits(BaseModel):
    """What this server takes."""

    upload_mb: float
    video_s: float
    waiting_jobs: int
    keep_h: float


class About(BaseModel):
    """What this server is."""

    version: str
    kinds: list[Kind]
    limits: Limits
    tiles: str | None = Field(description="address of a tile server for maps, or null")
    folder: bool = Field(description="files of this machine may be named instead of uploaded")
    needs_token: bool


class Options(_Strict):
    """What a job shall do beside reading expressions."""

    heads: bool = Field(True, description="heads in 3D and their videos")
    age: bool = Field(True, description="age range and presentation")


class FromFile(_Strict):
    """A job on a file of the folder that the server offers."""

    kind: str = Field(max_length=40)
    path: str = Field(min_length=1, max_length=1000, description="of /api/v1/files")
    consent: Literal[True] = Field(description="everybody shown agreed to this")
    options: Options = Options()  # type: ignore[call-arg]


class JobMessage(BaseModel):
    """A job."""

    id: str
    kind: str
    name: str
    options: dict[str, bool]
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    progress: float = Field(description="0..1")
    stage: str
    error: str
    created_s: float = Field(description="seconds since 1970, UTC")
    started_s: float | None
    ended_s: float | None
    expires_s: float | None = Field(description="when everything of it is deleted")


class ResultFile(BaseModel):
    """One file of a job's results."""

    name: str
    bytes: int
    url: str


class Session(_Strict):
    """The token of the server, to be kept in a cookie that scripts can not read."""

    token: str = Field(min_length=1, max_length=200)
