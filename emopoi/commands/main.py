"""The `emopoi` command: one table of subcommands.

A user's mistake prints one line on stderr and exits with 2, Ctrl-C with 130; results go to
stdout, everything else to stderr. Characters that a stream's encoding lacks are printed as
escapes, so an old terminal costs no result.
"""

from __future__ import annotations

import argparse
import codecs
import errno
import importlib
import io
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn, TextIO

import emopoi
from emopoi.errors import EmopoiError, InputError

COMMANDS = {
    "recognize": "expressions, age range and places from a video, photo, folder or camera",
    "batch": "readings of many videos as parquet, with workers here or on a Ray cluster",
    "reconstruct": "3D heads with named expressions from a photo or video, as files and videos",
    "voice": "the emotion of a voice, and a head that speaks with it, from an audio or video file",
    "recommend": "suggest places from an emotion profile",
    "places": "import places into a catalogue, show what is in one, search it",
    "feedback": "say what you think of places; show, export and delete what is kept",
    "serve": "the app in the browser: upload and look, or live on the device",
    "demo": "make a clip from a portrait and run recognize on it",
    "head": "look into a head model, convert one, carry expressions to one",
    "evaluate": "score a model on a labelled file",
    "export": "turn trained Keras weights into a frozen TFLite model",
    "bundle": "make a folder of model files for a device",
    "doctor": "check versions, runtimes, models and system libraries",
}


_LOST = (errno.EPIPE, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)
"""What writing to a stream fails with, here on stdout: files of ours fail with an `OutputError`."""


class _Parser(argparse.ArgumentParser):
    """Tells a mistake as an error like all others, without the usage."""

    def error(self, message: str) -> NoReturn:
        raise InputError(f"{message} ({self.prog} --help tells more)")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: without the program's name; None takes those of the process.

    Returns:
        The exit status.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        _escape_what_it_lacks(stream)
    try:
        try:
            return _obey(words)
        finally:
            # What is still buffered would fail only after the exit status is settled.
            if sys.stdout is not None:
                sys.stdout.flush()
    except EmopoiError as error:
        _say(f"error: {error}")
        return 2
    except KeyboardInterrupt:
        _say("stopped")
        return 130
    except OSError as error:
        if error.errno not in _LOST or error.filename is not None:
            raise
        for stream in (sys.stdout, sys.stderr):
            _let_go(stream)
        if isinstance(error, BrokenPipeError):
            # Whoever read our output has gone (`| head`): nothing left to say.
            return 141
        _say(f"error: the output can not be written: {error.strerror or error}")
        return 2


def _obey(words: list[str]) -> int:
    parser = _parser(words[0] if words and words[0] in COMMANDS else None)
    options = parser.parse_args(words)
    if options.command is None:
        parser.print_help()
        return 0
    return int(options.run(options))


def _say(text: str) -> None:
    """One line on stderr; what a terminal would obey instead of showing is escaped."""
    line = "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
        for character in " ".join(text.split())
    )
    if sys.stderr is not None:
        with suppress(OSError):
            print(f"emopoi: {line}", file=sys.stderr, flush=True)


def _escape_what_it_lacks(stream: TextIO | None) -> None:
    if isinstance(stream, io.TextIOWrapper):
        codecs.register_error("emopoi", _as_escapes)
        stream.reconfigure(errors="emopoi")


def _as_escapes(error: UnicodeError) -> tuple[str, int]:
    r"""Like "backslashreplace", but \u00e4 where that writes \xe4: JSON knows only the first."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass")
    pairs = zip(units[::2], units[1::2], strict=True)
    return "".join(f"\\u{high:02x}{low:02x}" for high, low in pairs), error.end


def _let_go(stream: TextIO | None) -> None:
    """What a lost stream still holds goes nowhere: Python flushes once more at its end and would complain."""
    if stream is None:
        return
    try:
        stream.flush()
    except OSError:
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _parser(chosen: str | None) -> argparse.ArgumentParser:
    """The whole parser; only the chosen command's file is imported."""
    parser = _Parser(
        prog="emopoi",
        description=emopoi.__doc__,
        epilog="example: emopoi recognize clip.mp4 --out out",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"emopoi {emopoi.__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    for name, text in COMMANDS.items():
        command = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        if name == chosen:
            module = importlib.import_module(f"emopoi.commands.{name}")
            module.add_arguments(command)
            command.set_defaults(run=module.run)
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
