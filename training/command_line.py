"""Command lines that tell a mistake in one line and end with exit status 2."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import NoReturn

from emopoi.errors import EmopoiError, InputError


class OneLineParser(argparse.ArgumentParser):
    """Tells a mistake as an error like all others, without the usage."""

    def __init__(self, **options):
        super().__init__(formatter_class=argparse.RawDescriptionHelpFormatter, **options)

    def error(self, message: str) -> NoReturn:
        """Refuse.

        Raises:
            InputError: always.
        """
        raise InputError(f"{message} ({self.prog} --help tells more)")


def run_command(command: Callable[[list[str] | None], None], words: list[str] | None = None) -> int:
    """Run a command.

    Args:
        command: parses the words and does the work.
        words: without the program's name; None takes those of the process.

    Returns:
        The exit status: 0, 2 for a user's mistake, 130 for Ctrl-C.
    """
    try:
        command(words)
    except EmopoiError as error:
        print("error:", " ".join(str(error).split()), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130
    return 0
