"""A file of results that may be deleted while it is asked for."""

from __future__ import annotations

from starlette.responses import FileResponse, JSONResponse
from starlette.types import Message, Receive, Scope, Send


class KeptFile(FileResponse):
    """As `FileResponse`, but a file that has gone meanwhile is not found, and no failure of the server."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file, or 404 where nothing of it was sent yet."""
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await super().__call__(scope, receive, watched)
        except (FileNotFoundError, RuntimeError):  # Starlette says the second of a file that is not there
            if started:
                raise
            await JSONResponse({"detail": "there is no such file"}, 404)(scope, receive, send)
