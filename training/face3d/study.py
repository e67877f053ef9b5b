"""Put the figures of the shipped head and its networks into docs/face3d-study.md.

python -m training.face3d.study [--write docs/face3d-study.md]

The tables between the marks come from the manifests in frozen_models; everything else is text.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from emopoi.errors import InputError
from emopoi.runtime.manifest import find_model
from training.face3d.cards import head_figures, network_figures
from training.recipe_options import run_recipe


def tables() -> dict[str, list[str]]:
    """Markdown lines by the name of their mark."""
    return {
        "head": head_figures(find_model("head").data["measured"]),
        "face_coefficients": network_figures(find_model("face_coefficients")),
        "coefficient_emotion": network_figures(find_model("coefficient_emotion")),
        "face_regressor": network_figures(find_model("face_regressor")),
        "face_detail_map": network_figures(find_model("face_detail_map")),
    }


def filled(text: str) -> str:
    """The page with new tables.

    Raises:
        InputError: a mark is missing.
    """
    for name, lines in tables().items():
        text = put_between(text, name, lines)
    return text


def put_between(text: str, name: str, lines: list[str]) -> str:
    """A page with other lines between the marks of a name.

    Raises:
        InputError: a mark is missing.
    """
    before, mark, rest = text.partition(f"<!-- {name} -->\n")
    _, end, after = rest.partition(f"<!-- end of {name} -->")
    if not (mark and end):
        raise InputError(f"marks of {name} were expected")
    return before + mark + "\n".join(lines) + "\n" + end + after


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--write", type=Path, metavar="FILE")
    options = parser.parse_args(arguments)
    if options.write:
        options.write.write_text(filled(options.write.read_text(encoding="utf-8")), encoding="utf-8")
    else:
        print("\n\n".join("\n".join(lines) for lines in tables().values()))


if __name__ == "__main__":
    raise SystemExit(run_recipe(main))
