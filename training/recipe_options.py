"""The command line that every recipe has."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from emopoi.errors import EmopoiError


def recipe_parser(description: str, *, holds: str, out: str, epochs: int) -> argparse.ArgumentParser:
    """A parser with the options common to all recipes.

    Args:
        description: the recipe's docstring.
        holds: what the data folder must hold.
        out: default folder of the run.
        epochs: default number of epochs.
    """
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--data", type=Path, required=True, help=f"folder that holds {holds}")
    add("--out", type=Path, default=Path(out), help="folder of the run (default: %(default)s)")
    add("--epochs", type=int, default=epochs, help="default: %(default)s")
    add("--rows", type=int, help="use only so many training rows (to try the recipe)")
    add("--seed", type=int, default=1, help="default: %(default)s")
    add("--precision", default="mixed_bfloat16", help="float32 on CPUs without bfloat16")
    add("--resume", action="store_true", help="go on where the run stopped")
    return parser


def run_recipe(main: Callable[[], None]) -> int:
    """Run a recipe's main; a user's mistake is one line on stderr and exit status 2."""
    try:
        main()
    except EmopoiError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0
