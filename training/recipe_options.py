"""The command line that every recipe has."""

from __future__ import annotations

import argparse
import errno
import os
import sys
from collections.abc import Callable
from pathlib import Path

from emopoi.errors import EmopoiError, OutputError
from training.command_line import OneLineParser
from training.errors import DivergedError

BACKENDS = ("tensorflow", "jax")
PRECISIONS = ("mixed_bfloat16", "mixed_float16", "float32")

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def recipe_parser(description: str, *, holds: str, out: str, epochs: int | None) -> argparse.ArgumentParser:
    """A parser with the options common to all recipes.

    Args:
        description: the recipe's docstring.
        holds: what the data folder must hold.
        out: default folder of the run.
        epochs: default number of epochs; None where the recipe has several.
    """
    parser = _RecipeParser(description=description, allow_abbrev=False)
    add = parser.add_argument
    add("--data", type=existing_folder, required=True, metavar="DATA", help=f"folder that holds {holds}")
    add("--out", type=Path, default=Path(out), metavar="RUN", help="folder of the run (default: %(default)s)")
    add("--epochs", type=positive, default=epochs, metavar="N", help="default: %(default)s")
    add("--resume", action="store_true", help="go on where the run stopped")
    add(
        "--backend",
        type=loaded_backend,
        metavar="{" + ",".join(BACKENDS) + "}",
        help="of Keras; python -m training.fit sets it, a recipe run by itself follows KERAS_BACKEND",
    )
    add(
        "--precision",
        choices=PRECISIONS,
        default=PRECISIONS[0],
        help="of the layers' arithmetic; weights stay float32 (default: %(default)s)",
    )
    add(
        "--mixed-precision",
        dest="precision",
        action="store_const",
        const=PRECISIONS[0],
        help=f"the same as --precision {PRECISIONS[0]}",
    )
    add("--devices", type=positive, default=1, metavar="N", help="share each batch among N (default: 1)")
    add(
        "--track",
        choices=("tensorboard", "mlflow"),
        help="tensorboard: its files in RUN/tensorboard; mlflow: its store in this folder, see `mlflow ui`",
    )
    add(
        "--tracking-uri",
        type=_address,
        metavar="URI",
        help="--track mlflow with a server or store elsewhere, such as sqlite:///runs.db or https://...",
    )
    add("--rows", type=positive, metavar="N", help="use only so many training rows (to try the recipe)")
    add("--seed", type=natural, default=1, metavar="N", help="default: %(default)s")
    return parser


class _RecipeParser(OneLineParser):
    """Puts `--tracking-uri` behind the tracker's name (`make_tracker`), in whichever order they come."""

    def parse_args(self, *arguments, **options):
        """As of `argparse`."""
        told = super().parse_args(*arguments, **options)
        if told.tracking_uri is not None:
            if told.track not in (None, "mlflow"):
                self.error(f"--tracking-uri is for --track mlflow, not for {told.track}")
            told.track = f"mlflow:{told.tracking_uri}"
        return told


def _address(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("the address of a server or store was expected, got nothing")
    return text


def positive(text: str) -> int:
    """A whole number above 0, for argparse."""
    return _whole(text, 1)


def natural(text: str) -> int:
    """A whole number from 0, for argparse."""
    return _whole(text, 0)


def _whole(text: str, least: int) -> int:
    try:
        number = int(text)
    except ValueError:
        number = least - 1
    if number < least:
        raise argparse.ArgumentTypeError(f"a whole number from {least} was expected, got {text!r}")
    return number


def existing_folder(text: str) -> Path:
    """A folder that is there, for argparse."""
    if not Path(text).is_dir():
        raise argparse.ArgumentTypeError(f"no such folder: {text}")
    return Path(text)


def existing_file(text: str) -> Path:
    """A file that is there, for argparse."""
    if not Path(text).is_file():
        raise argparse.ArgumentTypeError(f"no such file: {text}")
    return Path(text)


def loaded_backend(text: str) -> str:
    """The name of the Keras backend in use, for argparse: it can not be changed any more."""
    import keras

    if text not in BACKENDS:
        raise argparse.ArgumentTypeError(f"{' or '.join(BACKENDS)} was expected, got {text!r}")
    if text != keras.backend.backend():
        raise argparse.ArgumentTypeError(
            f"Keras has started with {keras.backend.backend()}: use python -m training.fit, or set "
            f"KERAS_BACKEND={text}"
        )
    return text


def run_recipe(main: Callable[[], None]) -> int:
    """Run a recipe's main; what goes wrong is one line on stderr.

    Args:
        main: parses, trains.

    Returns:
        Exit status: 0; 2 after a user's mistake (arguments, data); 1 where the run failed (the loss
        diverged, the disk is full); 130 after Ctrl-C.
    """
    try:
        main()
    except KeyboardInterrupt:
        return _say("stopped; --resume goes on after the last finished epoch", 130)
    except (OutputError, DivergedError) as error:
        return _say(f"error: {error}", 1)
    except EmopoiError as error:
        return _say(f"error: {error}", 2)
    except ModuleNotFoundError as error:
        if error.name in (*BACKENDS, "keras", "pandas", "pyarrow"):
            return _say(f"error: {error.name} is needed here and not installed: pip install {error.name}", 2)
        raise
    except OSError as error:
        if error.errno not in _FULL:
            raise
        return _say(f"error: {error.filename or 'a file'} can not be written ({os.strerror(error.errno)})", 1)
    return 0


def _say(text: str, status: int) -> int:
    print(" ".join(text.split()), file=sys.stderr, flush=True)
    return status
