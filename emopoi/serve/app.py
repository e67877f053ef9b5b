"""Puts the server together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.types import ASGIApp

import emopoi
from emopoi.errors import EmopoiError, InputError, OutputError
from emopoi.serve.api import api_router
from emopoi.serve.device_router import DeviceParts, device_router
from emopoi.serve.guard import Guard
from emopoi.serve.job_folders import JobFolders
from emopoi.serve.job_runner import JobRunner
from emopoi.serve.job_store import JobStore
from emopoi.serve.pages import Pages
from emopoi.serve.services import Services
from emopoi.serve.settings import ServeSettings
from emopoi.serve.source_files import SourceFiles
from emopoi.serve.uploads import TooLarge

_DESCRIPTION = """\
Expressions, age ranges and 3D heads from videos and photos, on this machine.

The people shown must have agreed. Not for use at work or in education (EU AI Act, Art. 5). An expression is
not a feeling.
"""


def make_app(settings: ServeSettings, pages: Pages | None = None) -> ASGIApp:
    """The whole app, ready for an ASGI server.

    Args:
        settings: whom to serve, and how much.
        pages: the front end; None reads the built one.

    Raises:
        OutputError: the data folder can not be made or the queue not be opened.
    """
    folders = JobFolders(settings.data)
    store = JobStore(folders.queue)
    files = SourceFiles(settings.folder)
    runner = JobRunner(settings, store, folders, files)
    services = Services(settings, store, folders, files, runner)

    @asynccontextmanager
    async def alive(_: FastAPI) -> AsyncIterator[None]:
        runner.start()
        try:
            yield
        finally:
            services.closing.set()
            runner.close()
            store.close()

    app = FastAPI(
        title="EmoPOI",
        version=emopoi.__version__,
        description=_DESCRIPTION,
        lifespan=alive,
        openapi_url="/api/v1/openapi.json",
        # The usual pages load their scripts from elsewhere; ours is in the front end.
        docs_url=None,
        redoc_url=None,
    )
    app.include_router(api_router(services, settings.token))
    app.include_router(device_router(DeviceParts(settings.catalogue)))
    app.add_exception_handler(EmopoiError, _refused)
    app.add_exception_handler(RequestValidationError, _not_understood)
    app.mount("/", pages or Pages())
    return Guard(app, host=settings.host, names=settings.names, token=settings.token, tiles=settings.tiles)


async def _refused(_: Request, error: Exception) -> JSONResponse:
    status = 404
    if isinstance(error, TooLarge):
        status = 413
    elif isinstance(error, InputError):
        status = 400
    elif isinstance(error, OutputError):
        status = 507
    return JSONResponse({"detail": str(error)}, status)


async def _not_understood(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"] if part not in ("query", "body", "path"))
    return JSONResponse({"detail": f"{where}: {first['msg']}" if where else first["msg"]}, 400)
