"""`emopoi serve`: the app on this machine."""

from __future__ import annotations

import argparse
import secrets
import socket
import ssl
import sys
from pathlib import Path
from urllib.parse import quote

from emopoi.errors import InputError, MissingPartError
from emopoi.serve.settings import ServeSettings, default_data, is_loopback

HELP = "the app in the browser: upload and look, or live on the device"

_USUAL = ServeSettings.__dataclass_fields__
_EPILOG = """\
examples:
  emopoi serve
  emopoi serve --folder ~/clips --port 8000
  emopoi serve --host 0.0.0.0 --token auto --certificate cert.pem --key key.pem

Everything happens on this machine. By default only this machine reaches the server; beyond it a token is
needed. A phone uses its camera only on pages that come by HTTPS, so give a certificate for those. Ctrl-C ends
it; jobs that were accepted are taken up again by the next start.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this command."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EPILOG
    add = parser.add_argument
    add(
        "--port",
        type=int,
        default=_USUAL["port"].default,
        metavar="N",
        help="default: %(default)s; 0 takes a free one",
    )
    add(
        "--host",
        default=_USUAL["host"].default,
        metavar="ADDRESS",
        help="default: %(default)s, this machine alone",
    )
    add("--name", action="append", default=[], metavar="NAME", help="another name that browsers call it by")
    add(
        "--token",
        metavar="TEXT",
        help="that everybody must bring; auto makes one (needed beyond this machine)",
    )
    add("--token-file", type=Path, metavar="FILE", help="the token is the first line of FILE")
    add("--certificate", type=Path, metavar="FILE", help="for HTTPS: certificate in PEM")
    add("--key", type=Path, metavar="FILE", help="for HTTPS: its key in PEM")
    add(
        "--data",
        type=Path,
        metavar="DIR",
        help="uploads, results and queue (default: the user's state folder)",
    )
    add("--folder", type=Path, metavar="DIR", help="files in it may be named instead of uploaded")
    add("--catalogue", type=Path, metavar="FILE", help="places of your own (default: the shipped ones)")
    add("--tiles", metavar="URL", help="tile server for the maps, with {z}, {x} and {y}; the browser asks it")
    add(
        "--max-upload-mb",
        type=float,
        default=_USUAL["max_upload_mb"].default,
        metavar="MB",
        help="default: %(default)s",
    )
    add(
        "--max-seconds",
        type=float,
        default=_USUAL["max_seconds"].default,
        metavar="S",
        help="of a video that are read (default: %(default)s)",
    )
    add(
        "--max-waiting",
        type=int,
        default=_USUAL["max_waiting"].default,
        metavar="N",
        help="jobs that may wait (default: %(default)s)",
    )
    add(
        "--max-job-s",
        type=float,
        default=_USUAL["max_job_s"].default,
        metavar="S",
        help="that a job may run (default: %(default)s)",
    )
    add(
        "--keep-h",
        type=float,
        default=_USUAL["keep_h"].default,
        metavar="H",
        help="hours until results are deleted (default: %(default)s)",
    )
    add(
        "--workers",
        type=int,
        default=_USUAL["workers"].default,
        metavar="N",
        help="jobs at the same time (default: %(default)s)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Serve until Ctrl-C.

    Raises:
        InputError: an option is wrong, or the address is taken.
        MissingPartError: the packages of the extra `serve` are not installed.
        OutputError: the data folder can not be used.
    """
    settings = ServeSettings(
        host=arguments.host,
        port=arguments.port,
        data=arguments.data or default_data(),
        folder=arguments.folder,
        token=_token(arguments),
        names=tuple(arguments.name),
        tiles=arguments.tiles,
        catalogue=arguments.catalogue,
        max_upload_mb=arguments.max_upload_mb,
        max_seconds=arguments.max_seconds,
        max_waiting=arguments.max_waiting,
        max_job_s=arguments.max_job_s,
        keep_h=arguments.keep_h,
        workers=arguments.workers,
    )
    if (arguments.certificate is None) != (arguments.key is None):
        raise InputError("--certificate and --key belong together")
    if arguments.certificate is not None:
        _check_certificate(arguments.certificate, arguments.key)
    try:
        import h3  # noqa: F401
        import uvicorn

        from emopoi.serve.app import make_app
        from emopoi.serve.pages import MISSING, Pages
    except ImportError as error:
        raise MissingPartError(f"the app needs {error.name}: pip install 'emopoi[serve]'") from error
    pages = Pages()
    if not pages.built:
        print(f"note: {MISSING}", file=sys.stderr)
    listener = _listener(settings)
    app = make_app(settings, pages)
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=3,
        limit_concurrency=500,
        ssl_certfile=arguments.certificate,
        ssl_keyfile=arguments.key,
    )
    _say_where(settings, listener.getsockname()[1], secure=arguments.certificate is not None)
    uvicorn.Server(config).run(sockets=[listener])
    return 0


def _token(arguments: argparse.Namespace) -> str | None:
    if arguments.token_file is not None:
        if arguments.token is not None:
            raise InputError("one of --token and --token-file was expected")
        try:
            lines = arguments.token_file.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{arguments.token_file}: the token can not be read ({error})") from error
        return lines[0].strip() if lines else ""
    return secrets.token_urlsafe(24) if arguments.token == "auto" else arguments.token


def _check_certificate(certificate: Path, key: Path) -> None:
    try:
        # Without a passphrase of its own the server would ask for one, on a terminal that may not be there.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password=b"")
    except OSError as error:
        raise InputError(
            "--certificate, --key: a certificate and its key in PEM, without a passphrase, were expected "
            f"({error.strerror or error})"
        ) from error


def _listener(settings: ServeSettings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        raise InputError(
            f"{settings.host}:{settings.port} can not be listened on ({error.strerror or error}): choose "
            "another --port"
        ) from error
    listener.listen(512)
    return listener


def _say_where(settings: ServeSettings, port: int, *, secure: bool) -> None:
    scheme = "https" if secure else "http"
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    fragment = f"/#/token/{quote(settings.token, safe='')}" if settings.token else "/"
    print(f"{scheme}://{host}:{port}{fragment}", flush=True)
    print("The people shown must have agreed. Ctrl-C ends the server.", file=sys.stderr)
    if not secure and not is_loopback(settings.host):
        print("note: without --certificate and --key phones can not use their camera here", file=sys.stderr)
