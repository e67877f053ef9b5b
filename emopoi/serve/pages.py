"""The built front end: files of a folder, packed ones unpacked only for who can not do it."""

from __future__ import annotations

import gzip
import mimetypes
import re
from dataclasses import dataclass
from pathlib import Path

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

PAGES = Path(__file__).with_name("pages")
"""Where `make web` puts them, and where a built wheel carries them."""

_FOR_GOOD = re.compile(r"^/(assets|litert-[^/]+)/")
_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}
MISSING = (
    "The pages are not built yet: run `make web` in the project's folder (it needs Node.js 20.19 or newer "
    "and npm), or install a built wheel, which carries them."
)


@dataclass(frozen=True, slots=True)
class _File:
    content: bytes
    packed: bool
    kind: str


class Pages:
    """Serves GET and HEAD of what was in a folder when the server started, and of nothing else.

    Names are looked up in a table made at the start: no path that a browser sends ever reaches the disk.

    Args:
        folder: of the built front end; may be missing, which the answer then says.
    """

    def __init__(self, folder: Path = PAGES) -> None:
        self._files = _read(folder) if folder.is_dir() else {}

    @property
    def built(self) -> bool:
        """Whether there are pages at all."""
        return "/index.html" in self._files

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await self._answer(scope)(scope, receive, send)

    def _answer(self, scope: Scope) -> Response:
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            return Response("not allowed", 405, headers={"Allow": "GET, HEAD"}, media_type="text/plain")
        path = "/index.html" if scope["path"] == "/" else scope["path"]
        file = self._files.get(path)
        if file is None:
            if path == "/index.html":
                return Response(MISSING + "\n", 503, media_type="text/plain")
            return Response("not found\n", 404, media_type="text/plain")
        headers = {
            "Cache-Control": "public, max-age=31536000, immutable" if _FOR_GOOD.match(path) else "no-cache"
        }
        content = file.content
        if file.packed:
            headers["Vary"] = "Accept-Encoding"
            accepted = dict(scope["headers"]).get(b"accept-encoding", b"")
            if re.search(rb"\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))", accepted):
                headers["Content-Encoding"] = "gzip"
            else:
                content = gzip.decompress(content)
        return Response(content, headers=headers, media_type=file.kind)


def _read(folder: Path) -> dict[str, _File]:
    files = {}
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.is_symlink():
            continue
        packed = path.suffix == ".gz"
        plain = path.with_suffix("") if packed else path
        name = "/" + plain.relative_to(folder).as_posix()
        kind = _TYPES.get(plain.suffix) or mimetypes.guess_type(plain.name)[0] or "application/octet-stream"
        if packed or name not in files:
            files[name] = _File(path.read_bytes(), packed, kind)
    return files
