"""Who may ask what: the token, where a request comes from, and what browsers are told about the pages."""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Iterable
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "emopoi_token"
"""Holds the token for what brings no headers of its own: videos, pictures, event streams."""

API = "/api/"
SESSION = "/api/v1/session"
_SAFE = ("GET", "HEAD", "OPTIONS")
_LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")


class Guard:
    """Stands before the whole app.

    - The `Host` must be a name of this server: another web site's name that was made to point here (DNS
      rebinding) gets nothing.
    - What changes something must come from these pages: a post from another site is refused by its `Origin`.
    - With a token set, the API answers only who brings it, as `Authorization: Bearer` or in a cookie.
    - Pages may load nothing from elsewhere but tiles, may not be framed, may use camera and position only.

    Args:
        app: what is guarded.
        host: that is listened on.
        names: other names of this server.
        token: None asks for none.
        tiles: address of a tile server, or None.
    """

    def __init__(
        self, app: ASGIApp, *, host: str, names: Iterable[str] = (), token: str | None, tiles: str | None
    ) -> None:
        self._app = app
        self._names = {*_LOOPBACK_NAMES, _as_host(host), *(name.lower() for name in names)}
        # Listening on all addresses, it is called by any of them, but by no name that was not told.
        self._any_address = host in ("0.0.0.0", "::")
        self._token = token
        self._headers = _page_headers(tiles)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._refusal(scope, headers)
        if refusal is not None:
            status, text = refusal
            await JSONResponse({"detail": text}, status)(scope, receive, self._dressed(send))
            return
        await self._app(scope, receive, self._dressed(send))

    def _refusal(self, scope: Scope, headers: Headers) -> tuple[int, str] | None:
        if not self._is_ours(headers.get("host", "")):
            return 421, "this server has no such name: start it with --name"
        if scope["method"] not in _SAFE and not _is_same_site(headers):
            return 403, "requests from other sites are refused"
        path = scope["path"]
        if self._token is not None and path.startswith((API, "/places/")) and path != SESSION:
            if not self._knows_token(headers):
                return 401, "the token of this server is needed"
        return None

    def _is_ours(self, host: str) -> bool:
        name = _without_port(host.lower())
        if name in self._names:
            return True
        if not self._any_address:
            return False
        try:
            ipaddress.ip_address(name.strip("[]"))
        except ValueError:
            return False
        return True

    def _knows_token(self, headers: Headers) -> bool:
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and same_token(given.strip(), self._token):
            return True
        try:
            morsel = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
        except CookieError:
            return False
        return morsel is not None and same_token(morsel.value, self._token)

    def _dressed(self, send: Send) -> Send:
        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        return dressed


def same_token(given: str, token: str | None) -> bool:
    """Compare without telling by the time how far it was right."""
    return token is not None and hmac.compare_digest(given.encode(), token.encode())


def _is_same_site(headers: Headers) -> bool:
    site = headers.get("sec-fetch-site")
    if site is not None and site not in ("same-origin", "none"):
        return False
    origin = headers.get("origin")
    if origin is None:
        return True  # no browser: those send one with everything that changes something
    return urlsplit(origin).netloc.lower() == headers.get("host", "").lower()


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0]


def _as_host(address: str) -> str:
    return f"[{address}]" if ":" in address else address.lower()


def _page_headers(tiles: str | None) -> dict[str, str]:
    outside = ""
    if tiles is not None:
        parts = urlsplit(tiles)
        outside = f" {parts.scheme}://{parts.netloc.replace('{s}', '*')}"
    policy = {
        "default-src": "'self'",
        "script-src": "'self' 'wasm-unsafe-eval'",
        "style-src": "'self' 'unsafe-inline'",
        "img-src": f"'self' data: blob:{outside}",
        "media-src": "'self' blob:",
        "connect-src": "'self' blob: data:",
        "worker-src": "'self'",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    return {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "Permissions-Policy": "camera=(self), geolocation=(self), microphone=()",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
