"""The `emopoi` command: one table of subcommands.

A user's mistake prints one line on stderr and exits with 2, Ctrl-C with 130; results go to
stdout, everything else to stderr.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

import emopoi
from emopoi.errors import EmopoiError

COMMANDS = {
    "recognize": "expressions, age range and places from a video, photo, folder or camera",
    "recommend": "suggest places from an emotion profile",
    "demo": "make a clip from a portrait and run recognize on it",
    "evaluate": "score a model on a labelled file",
    "export": "turn trained Keras weights into a frozen TFLite model",
    "bundle": "make a folder of model files for a device",
    "doctor": "check versions, runtimes, models and system libraries",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: without the program's name; None takes those of the process.

    Returns:
        The exit status.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        parser = _parser(words[0] if words and words[0] in COMMANDS else None)
        options = parser.parse_args(words)
        if options.command is None:
            parser.print_help()
            return 0
        return int(options.run(options))
    except EmopoiError as error:
        print(f"emopoi: error: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("emopoi: stopped", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # Whoever read our output has gone (`| head`): nothing left to say.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141


def _parser(chosen: str | None) -> argparse.ArgumentParser:
    """The whole parser; only the chosen command's file is imported."""
    parser = argparse.ArgumentParser(
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
