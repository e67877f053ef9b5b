"""The addresses of the API: thin, what they do is done elsewhere."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path as FilePath
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path, Query, Request, Response
from fastapi.responses import FileResponse, StreamingResponse

import emopoi
from emopoi.errors import EmopoiError, InputError
from emopoi.serve.guard import COOKIE, same_token
from emopoi.serve.job import Job
from emopoi.serve.job_kinds import KINDS
from emopoi.serve.kept_file import KeptFile
from emopoi.serve.messages import (
    About,
    FileName,
    FromFile,
    JobId,
    JobMessage,
    Kind,
    Limits,
    Problem,
    ResultFile,
    Session,
)
from emopoi.serve.services import Services
from emopoi.serve.timeline_data import timeline_data
from emopoi.serve.uploads import save_upload

_EVENT_EVERY_S = 0.25
_ALIVE_EVERY_S = 15.0
_COOKIE_S = 30 * 86_400
_UPLOAD_TYPE = "application/octet-stream"
_REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "description": text}
    for status, text in (
        (400, "The request can not be understood"),
        (401, "The token is missing"),
        (403, "The request comes from another site"),
        (404, "There is no such thing"),
        (409, "Not in this state"),
        (411, "The length is missing"),
        (413, "Too large"),
        (415, "Another type was expected"),
        (421, "Not a name of this server"),
        (429, "Too many jobs wait"),
        (507, "The disk is full"),
    )
}
_Id = Annotated[JobId, Path()]
"""A job in an address."""


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What an address may answer beside success, for the OpenAPI page."""
    return {status: _REFUSALS[status] for status in (400, 401, 403, 421, *statuses)}


def api_router(services: Services, guard_token: str | None) -> APIRouter:
    """All addresses under /api/v1.

    Args:
        services: what they use.
        guard_token: that `Session` is compared with; None where none is needed.
    """
    router = APIRouter(prefix="/api/v1")
    settings, store, folders, runner, files = (
        services.settings, services.store, services.folders, services.runner, services.files,
    )  # fmt: skip

    def known(job_id: str) -> Job:
        job = store.get(job_id)
        if job is None:
            raise HTTPException(404, "there is no such job: it may have expired")
        return job

    def check_room(kind: str) -> None:
        if kind not in KINDS:
            raise HTTPException(400, f"kind: one of {', '.join(KINDS)} was expected")
        if store.count("queued") >= settings.max_waiting:
            raise HTTPException(429, "too many jobs wait: try again later", {"Retry-After": "30"})

    @router.get("/about", response_model=About, responses=refusals(), tags=["server"])
    def about() -> dict[str, Any]:
        """What this server is, what it can do and what it takes."""
        return {
            "version": emopoi.__version__,
            "kinds": [Kind(name=k.name, title=k.title, accepts=list(k.accepts)) for k in KINDS.values()],
            "limits": Limits(
                upload_mb=settings.max_upload_mb,
                video_s=settings.max_seconds,
                waiting_jobs=settings.max_waiting,
                keep_h=settings.keep_h,
            ),
            "tiles": settings.tiles,
            "folder": files.offered,
            "needs_token": guard_token is not None,
        }

    @router.post("/session", status_code=204, responses=refusals(), tags=["server"])
    def session(given: Session, request: Request) -> Response:
        """Keep the token in a cookie, for what brings no headers of its own."""
        if guard_token is None:
            return Response(status_code=204)
        if not same_token(given.token, guard_token):
            raise HTTPException(401, "this is not the token of this server")
        response = Response(status_code=204)
        response.set_cookie(
            COOKIE,
            given.token,
            max_age=_COOKIE_S,
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
        return response

    @router.get("/files", response_model=list[str], responses=refusals(), tags=["jobs"])
    def offered_files() -> list[str]:
        """Files of the folder that this server offers; empty where it offers none."""
        return files.names()

    @router.get("/jobs", response_model=list[JobMessage], responses=refusals(), tags=["jobs"])
    def jobs() -> list[dict[str, Any]]:
        """All jobs, the newest first."""
        return [job.to_dict() for job in store.all()]

    @router.post(
        "/jobs",
        status_code=201,
        response_model=JobMessage,
        responses=refusals(411, 413, 415, 429, 507),
        tags=["jobs"],
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {_UPLOAD_TYPE: {"schema": {"type": "string", "format": "binary"}}},
            }
        },
    )
    async def upload(
        request: Request,
        kind: Annotated[str, Query(max_length=40)],
        name: Annotated[FileName, Query()],
        consent: Annotated[bool, Query(description="everybody shown agreed to this")],
        heads: Annotated[bool, Query(description="heads in 3D and their videos")] = True,
        age: Annotated[bool, Query(description="age range and presentation")] = True,
    ) -> dict[str, Any]:
        """Start a job on an uploaded file: the body is the file itself."""
        if not consent:
            raise HTTPException(400, "consent: everybody shown must have agreed")
        if request.headers.get("content-type", "").split(";")[0].strip().lower() != _UPLOAD_TYPE:
            raise HTTPException(415, f"a body of type {_UPLOAD_TYPE} was expected")
        await asyncio.to_thread(check_room, kind)
        stated = request.headers.get("content-length", "")
        if stated.isdecimal() and int(stated) > settings.max_upload_bytes:
            raise HTTPException(413, f"a file of at most {settings.max_upload_mb:g} MB was expected")
        job_id = await asyncio.to_thread(folders.new)
        path = folders.upload(job_id, name)
        try:
            await save_upload(request.stream(), path, settings.max_upload_bytes)
            job = await asyncio.to_thread(
                lambda: store.add(
                    job_id, kind, _shown(name), {"heads": heads, "age": age}, path.name, uploaded=True
                )
            )
        except BaseException:
            await asyncio.shield(asyncio.to_thread(folders.drop, job_id))
            raise
        runner.wake()
        return job.to_dict()

    @router.post(
        "/jobs/from-file",
        status_code=201,
        response_model=JobMessage,
        responses=refusals(404, 429, 507),
        tags=["jobs"],
    )
    def from_file(wanted: FromFile) -> dict[str, Any]:
        """Start a job on a file of the folder that this server offers."""
        check_room(wanted.kind)
        try:
            files.find(wanted.path)
        except InputError as error:
            raise HTTPException(404, str(error)) from error
        job_id = folders.new()
        name = wanted.path.rsplit("/", 1)[-1]
        try:
            job = store.add(
                job_id, wanted.kind, _shown(name), wanted.options.model_dump(), wanted.path, uploaded=False
            )
        except EmopoiError:
            folders.drop(job_id)
            raise
        runner.wake()
        return job.to_dict()

    @router.get("/jobs/{job_id}", response_model=JobMessage, responses=refusals(404), tags=["jobs"])
    def one_job(job_id: _Id) -> dict[str, Any]:
        """How far a job is."""
        return known(job_id).to_dict()

    @router.get(
        "/jobs/{job_id}/events",
        response_class=StreamingResponse,
        responses={
            **refusals(404),
            200: {"description": "Server-sent events, a job each", "content": {"text/event-stream": {}}},
        },
        tags=["jobs"],
    )
    async def events(job_id: _Id) -> StreamingResponse:
        """A job each time something of it changes, until it has ended."""
        await asyncio.to_thread(known, job_id)
        return StreamingResponse(
            _events(services, job_id),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    @router.post(
        "/jobs/{job_id}/cancel", response_model=JobMessage, responses=refusals(404, 409), tags=["jobs"]
    )
    def cancel(job_id: _Id) -> dict[str, Any]:
        """Stop a job that waits or runs."""
        known(job_id)
        if not runner.cancel(job_id):
            raise HTTPException(409, "the job has ended already")
        return known(job_id).to_dict()

    @router.delete("/jobs/{job_id}", status_code=204, responses=refusals(404), tags=["jobs"])
    def delete(job_id: _Id) -> Response:
        """Delete a job with its upload and all its results, at once."""
        known(job_id)
        runner.cancel(job_id)
        folders.drop(job_id)
        store.remove(job_id)
        return Response(status_code=204)

    def results_of(job_id: str) -> dict[str, FilePath]:
        """Of a job that has ended: what still grows can not be sent with its length."""
        return folders.files(job_id) if known(job_id).ended else {}

    @router.get(
        "/jobs/{job_id}/files", response_model=list[ResultFile], responses=refusals(404), tags=["results"]
    )
    def result_files(job_id: _Id) -> list[dict[str, Any]]:
        """What a job has left; empty until it has ended."""
        told = []
        for name, path in results_of(job_id).items():
            with contextlib.suppress(FileNotFoundError):  # somebody deletes the job at this moment
                size = path.stat().st_size
                told.append({"name": name, "bytes": size, "url": f"/api/v1/jobs/{job_id}/files/{name}"})
        return told

    @router.get(
        "/jobs/{job_id}/files/{name:path}",
        response_class=FileResponse,
        responses={**refusals(404), 200: {"content": {_UPLOAD_TYPE: {}}}},
        tags=["results"],
    )
    def result_file(
        job_id: _Id, name: Annotated[str, Path(max_length=300)], save: bool = False
    ) -> FileResponse:
        """One file of the results; `save` asks the browser to keep it."""
        # Looked up in the list: a name never becomes a path.
        path = results_of(job_id).get(name)
        if path is None:
            raise HTTPException(404, "there is no such file")
        headers = {"Cache-Control": "private, no-store"}
        if path.suffix == ".html":
            # A page of results may not act as one of ours.
            headers["Content-Security-Policy"] = (
                "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; "
                "media-src 'self'"
            )
        return KeptFile(
            path,
            filename=name.replace("/", "-") if save else None,
            headers=headers,
            media_type={".glb": "model/gltf-binary", ".jsonl": "application/jsonl"}.get(path.suffix),
        )

    @router.get("/jobs/{job_id}/timeline", responses=refusals(404), tags=["results"])
    def timeline(job_id: _Id) -> dict[str, Any]:
        """The readings of a job as columns."""
        path = results_of(job_id).get("readings.jsonl")
        if path is None:
            raise HTTPException(404, "this job has no readings")
        return timeline_data(path)

    return router


async def _events(services: Services, job_id: str) -> AsyncIterator[str]:
    last, told_s = "", time.monotonic()
    while True:
        job = await asyncio.to_thread(services.store.get, job_id)
        if job is None:
            yield "event: gone\ndata: {}\n\n"
            return
        text = json.dumps(job.to_dict())
        now = time.monotonic()
        if text != last:
            last, told_s = text, now
            yield f"data: {text}\n\n"
        elif now - told_s > _ALIVE_EVERY_S:
            told_s = now
            yield ": still here\n\n"
        if job.ended or services.closing.is_set():
            return
        await asyncio.sleep(_EVENT_EVERY_S)


def _shown(name: str) -> str:
    """A file's name as it is shown: without folders and control characters."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(character for character in last if character.isprintable())[:120] or "unnamed"
