"""The list of model cards, made of the models' folders."""

from __future__ import annotations

import json
import re
from pathlib import Path

_HEAD = """\
# Model cards

Every model that ships has a card: data, licence, figures by group, what it is not for. The folder
`frozen_models/NAME` holds its files, and in `manifest.json` all facts about them.

| model | what it does | MB | licence of the weights |
|---|---|---|---|
"""


def models_as_markdown(folder: Path) -> str:
    """The page above the cards.

    Args:
        folder: with a folder for each model.
    """
    return _HEAD + "".join(_row(card) for card in sorted(folder.glob("*/card.md")))


def _row(card: Path) -> str:
    _, _, text = card.read_text(encoding="utf-8").partition("\n")
    sentence = re.split(r"(?<=[.])\s", text.strip(), maxsplit=1)[0]
    manifest = json.loads((card.parent / "manifest.json").read_text(encoding="utf-8"))
    licence = manifest["licence"]["weights"].partition(":")[0]
    file = card.parent / manifest["files"][manifest["default"]]["path"]
    name = card.parent.name
    return f"| [{name}]({name}.md) | {sentence} | {file.stat().st_size / 1e6:.2f} | {licence} |\n"
