"""Bring a collection in its official layout into the files that training reads.

python -m training.process_data NAME --root DIR --out DIR [--workers N] [--json]

DIR of --root is the collection as its authors give it out, unpacked; nothing in it is changed. --out gets a
folder of parquet files for each part (train.parquet/part-00000.parquet, ...) and processed.json with all
figures. Damaged files are skipped, counted and listed. After a kill the same call goes on where it stopped.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from training.command_line import OneLineParser, run_command
from training.datasets.processing import process, tell
from training.datasets.table import NAMES, collection
from training.recipe_options import positive

_EXAMPLES = """\
examples:
  python -m training.process_data fer2013 --root ~/fer2013 --out data/fer2013
  python -m training.fit emotion --data data
  python -m training.process_data ravdess --root ~/ravdess --out runs/ravdess --workers 4 --json
  python -m training.process_data affectnet --about

docs/data-sets.md tells of each collection: whom to ask for it, its licence, its parts, its labels.
"""
_ABOUT = ("title", "trains", "source", "licence", "layout", "split", "labels")


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = OneLineParser(
        prog="python -m training.process_data", description=__doc__, epilog=_EXAMPLES, allow_abbrev=False
    )
    add = parser.add_argument
    add("name", metavar="NAME", help=", ".join(NAMES))
    add("--root", type=Path, metavar="DIR", help="folder of the collection")
    add("--out", type=Path, metavar="DIR", help="folder for the result")
    add(
        "--workers",
        type=positive,
        default=os.cpu_count() or 1,
        metavar="N",
        help="processes (default: %(default)s)",
    )
    add("--items-a-shard", type=positive, metavar="N", help="size of one file (default: the collection's)")
    add("--about", action="store_true", help="tell about the collection and do nothing")
    add("--json", action="store_true", help="all figures as JSON")
    options = parser.parse_args(arguments)
    chosen = collection(options.name)
    if options.about:
        about = {name: getattr(chosen, name) for name in _ABOUT}
        print(
            json.dumps(about, indent=2) if options.json else "\n".join(f"{k}: {v}" for k, v in about.items())
        )
        return
    if options.root is None or options.out is None:
        parser.error("--root and --out are needed")
    result = process(
        options.name,
        options.root,
        options.out,
        workers=options.workers,
        items_a_shard=options.items_a_shard,
    )
    tell(result)
    print(json.dumps(result, indent=2) if options.json else _table(result, options.out))


def _table(result: dict[str, Any], out: Path) -> str:
    lines = []
    for split, told in result["splits"].items():
        labels = ", ".join(f"{label or 'no label'} {count}" for label, count in told["labels"].items())
        lines.append(f"{split}: {told['rows']} rows of {told['items']} items ({labels or 'empty'})")
    lines += [f"left out, {why}: {count}" for why, count in result["left_out"].items()]
    lines.append(f"skipped as damaged: {len(result['skipped'])}")
    lines.append(f"written to {out}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(run_command(main))
