"""What every command of `emopoi` takes, as its own --help tells it."""

from __future__ import annotations

import argparse
import importlib
from unittest.mock import patch

from emopoi.commands.main import COMMANDS

_WIDTH = "100"
_HEAD = """\
# Commands

What `emopoi COMMAND --help` prints. Results go to stdout, progress and messages to stderr; a mistake in
what was asked for is one line and exit status 2, Ctrl-C 130.

| command | does |
|---|---|"""


def commands_as_markdown() -> str:
    """One page: a section for each command, with its help text."""
    parts = [_HEAD]
    parts += [f"| [{name}](#{name}) | {text} |" for name, text in COMMANDS.items()]
    for name in COMMANDS:
        parts.append(f"\n## {name}\n\n```text\n{help_of(name)}```")
    return "\n".join(parts) + "\n"


def help_of(name: str) -> str:
    """The help text of one command, its subcommands' below it."""
    module = importlib.import_module(f"emopoi.commands.{name}")
    # argparse folds lines by the terminal's width.
    with patch.dict("os.environ", {"COLUMNS": _WIDTH, "NO_COLOR": "1"}):
        parser = argparse.ArgumentParser(prog=f"emopoi {name}", description=COMMANDS[name])
        module.add_arguments(parser)
        texts = [parser.format_help()]
        for action in parser._actions:
            if isinstance(action, argparse._SubParsersAction):
                texts += [child.format_help() for child in action.choices.values()]
    return "\n".join(texts)
