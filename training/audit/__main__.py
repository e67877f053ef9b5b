"""How far each shipped file is to be trusted, by who is seen and how well: tables for the models' cards.

python -m training.audit --data DATA [NAME ...] [--meshes DIR] [--write]

For each file of frozen_models: figures on validation data by age, gender, brightness, head pose, size and
sharpness, with 95 % intervals, through the device's own readers. --write keeps them in audit.json beside the
card and fills the card's section "By group"; without it they are printed. Face points are found once and kept
in --meshes. About five minutes for all files on one CPU core, where points are kept.

example: python -m training.audit --data DATA emotion age_gender --meshes runs/meshes
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from emopoi.errors import InputError
from emopoi.runtime.manifest import Manifest, find_model, models_folder
from training.audit.figures import figures_of
from training.audit.scored_rows import NOT_AT_HAND, AuditData, score
from training.audit.section import section, write_audit
from training.command_line import OneLineParser, run_command
from training.recipe_options import existing_folder, positive


def audit(manifest: Manifest, data: AuditData) -> dict[str, Any]:
    """Figures of one model's default file.

    Args:
        manifest: of the model.
        data: where rows come from.

    Returns:
        name, variant, sha256, command, sets (of `figures_of`) and lacking.
    """
    file = manifest.files[manifest.default]
    return {
        "name": manifest.name,
        "variant": manifest.default,
        "sha256": file.sha256,
        "command": f"python -m training.audit --data DATA {manifest.name} --write",
        "sets": [figures_of(scored) for scored in score(manifest, data)],
        "lacking": NOT_AT_HAND.get(manifest.name, []),
    }


def main(words: list[str] | None = None) -> None:
    """Command line."""
    parser = OneLineParser(description=__doc__, prog="python -m training.audit")
    add = parser.add_argument
    add("names", nargs="*", metavar="NAME", help="shipped models (default: all)")
    add("--data", type=existing_folder, required=True, help="folder of the labelled data")
    add("--meshes", type=Path, default=Path("runs/meshes"), metavar="DIR", help="default: %(default)s")
    add("--rows", type=positive, metavar="N", help="only so many rows of each file (to try it)")
    add("--write", action="store_true", help="fill the cards")
    add("--json", action="store_true", help="print JSON, a line for each model")
    options = parser.parse_args(words)
    if options.write and options.rows:
        parser.error("--write: figures of some rows are none for a card")
    names = options.names or sorted(path.parent.name for path in models_folder().glob("*/manifest.json"))
    manifests = [find_model(name) for name in names]
    data = AuditData(options.data, options.meshes, options.rows)
    for manifest in manifests:
        if manifest.folder.parent.resolve() != models_folder().resolve():
            raise InputError(f"{manifest.folder}: a shipped model was expected")
        print(f"auditing {manifest.name}", file=sys.stderr, flush=True)
        told = audit(manifest, data)
        if options.json:
            print(json.dumps(told), flush=True)
        elif options.write:
            print(write_audit(manifest, told), flush=True)
        else:
            print(f"# {manifest.name}\n\n{section(told)}\n", flush=True)


if __name__ == "__main__":
    raise SystemExit(run_command(main))
