"""The marked section of a card that tells figures by group, and the file beside the card that holds them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from emopoi.errors import InputError
from emopoi.runtime.manifest import Manifest
from training.audit.figures import FEWEST, clearly_worse

FILE = "audit.json"
"""Beside the card. It is no part of the manifest, which every start on a device reads."""
BEGIN, END = "<!-- by group -->", "<!-- end of by group -->"


def card_with_audit(card: str, manifest: Manifest) -> str:
    """A card with the section at its end, where figures of this very file are at hand; else without one.

    Args:
        card: without or with a section of before.
        manifest: of the model whose card it is.

    Raises:
        InputError: the figures' file is damaged.
    """
    bare = card.partition(BEGIN)[0].rstrip("\n") + "\n"
    told = read_audit(manifest)
    return bare if told is None else f"{bare}\n{BEGIN}\n{section(told)}\n{END}\n"


def read_audit(manifest: Manifest) -> dict[str, Any] | None:
    """Figures of a model's file, None where there are none or the file is another one now.

    Raises:
        InputError: the figures' file is damaged.
    """
    path = manifest.folder / FILE
    if not path.is_file():
        return None
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        fits = told["sha256"] == manifest.files[told["variant"]].sha256
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{path}: figures of `python -m training.audit` were expected ({error!r})"
        ) from error
    return told if fits else None


def write_audit(manifest: Manifest, told: dict[str, Any]) -> Path:
    """Keep figures beside the card and put the section into the card.

    Args:
        manifest: of the model.
        told: name, variant, sha256, command, sets (of `figures_of`) and lacking.

    Returns:
        The card.
    """
    from training.run_folder import replace_file

    text = json.dumps(told, indent=1, ensure_ascii=False) + "\n"
    replace_file(manifest.folder / FILE, lambda file: file.write_text(text, encoding="utf-8"))
    path = manifest.folder / "card.md"
    card = card_with_audit(path.read_text(encoding="utf-8"), manifest)
    replace_file(path, lambda file: file.write_text(card, encoding="utf-8"))
    return path


def section(told: dict[str, Any]) -> str:
    """The section as Markdown.

    Args:
        told: as `write_audit` takes it.
    """
    lines = [
        "## By group",
        "",
        f"Of the {told['variant']} file, by `{told['command']}`. In brackets 95 % intervals: of shares by "
        "Wilson, else by drawing rows, or whole persons where they are known, anew. *Labelled* is what "
        "people said, *estimated* what the shipped `age_gender` says, which errs, *measured* what can be "
        f"counted in the picture. Groups of fewer than {FEWEST} rows have no figures.",
        "",
    ]
    for one in told["sets"]:
        lines += [*_table(one), ""]
    lines += [f"- {line}" for line in told["lacking"]]
    return "\n".join(lines).rstrip("\n")


def _table(told: dict[str, Any]) -> list[str]:
    persons = "" if told["persons"] is None else f" of {told['persons']} persons"
    names = list(told["measures"])
    titles = [
        f"{name}, {measure['unit']}" if measure["unit"] != "share" else name
        for name, measure in told["measures"].items()
    ]
    lines = [
        f"`{told['data']}`, {told['n']:,} {told['what']}{persons}:",
        "",
        f"| by | group | n | {' | '.join(titles)} |",
        "|---" * (len(names) + 3) + "|",
    ]
    for group in told["groups"]:
        by = f"{group['attribute']}, {group['how']}" if group["how"] else group["attribute"]
        cells = " | ".join(_cell(group[name], told["measures"][name], group["n"]) for name in names)
        lines.append(f"| {by} | {group['group']} | {group['n']:,} | {cells} |")
    lines += [f"\nNot in it: {line}." for line in told["lacking"]]
    worse = clearly_worse(told)
    count = sum("value" in group[name] for group in told["groups"][1:] for name in names)
    lines.append("")
    if worse:
        lines.append(
            "Clearly worse than all, with the whole interval (chance alone makes one in forty of the "
            f"{count} figures so): " + "; ".join(worse) + "."
        )
    else:
        lines.append("No group is clearly worse than all (with its whole interval).")
    return lines


def _cell(figures: dict[str, Any], measure: dict[str, Any], group: int) -> str:
    of = "" if figures["n"] == group else f", n {figures['n']}"
    if "value" not in figures:
        return "" if not figures["n"] or not of else of.removeprefix(", ")
    digits = measure["digits"]
    value, low, high = (f"{figures[name]:.{digits}f}" for name in ("value", "low", "high"))
    return f"{value} ({low} to {high}{of})"
