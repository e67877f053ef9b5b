"""Put a learned head where it ships: file, manifest, golden numbers, card.

python -m training.face3d.publish_head --data DATA --run runs/head [--out frozen_models]

Measures it first (`training.face3d.measure`); the figures stand in the manifest.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np

from emopoi.export.freeze import write_json
from emopoi.head.head_file import read_head_npz
from emopoi.head.head_model import HeadModel
from emopoi.runtime.frozen_head import SHIPPED
from emopoi.runtime.manifest import Manifest
from emopoi.types import FaceCoefficients
from training.audit.section import card_with_audit
from training.cards import card_text
from training.face3d.measure import measure
from training.face3d.train_head import RESULT
from training.recipe_options import existing_folder, run_recipe

LICENCE = {
    "code": "Apache-2.0",
    "weights": "CC-BY-NC-4.0: learned from pictures given out for research (see card.md)",
}


def golden_coefficients(head: HeadModel) -> FaceCoefficients:
    """A made-up face by formula: every coefficient and joint moves."""
    pose = 0.2 * np.sin(np.arange(15, dtype=np.float32)).reshape(5, 3)
    return FaceCoefficients(
        np.sin(1 + np.arange(head.n_identity, dtype=np.float32)),
        (0.5 + 0.5 * np.sin(0.7 * np.arange(head.n_expressions, dtype=np.float32))),
        pose.astype(np.float32),
        np.array([20, 320, 240], np.float32),
    )


def publish_head(run: Path, out: Path, measured: dict[str, Any]) -> Manifest:
    """Write the head's folder.

    Args:
        run: folder of `training.face3d.train_head`.
        out: holds the folders of frozen models.
        measured: figures, of `measure`.

    Returns:
        The manifest, read back.

    Raises:
        ModelFileError: the run has no head.
    """
    head = read_head_npz(run / RESULT)
    folder = out / SHIPPED
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(run / RESULT, folder / RESULT)
    content = (folder / RESULT).read_bytes()
    coefficients = golden_coefficients(head)
    vertices = head.vertices(coefficients)
    np.savez_compressed(
        folder / "golden.npz",
        identity=coefficients.identity,
        expression=coefficients.expression,
        pose=coefficients.pose,
        vertices=vertices.astype(np.float32),
        landmarks=head.landmark_points(vertices).astype(np.float32),
    )
    manifest = {
        "name": SHIPPED,
        "task": "head",
        "default": "npz",
        "files": {
            "npz": {"path": RESULT, "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
        },
        "input": None,
        "inputs": {},
        "outputs": {},
        "vertices": len(head.v_template),
        "triangles": len(head.f),
        "identity": head.n_identity,
        "expressions": list(head.expression_names),
        "unit_m": head.unit_m,
        "licence": LICENCE,
        "recipe": "python -m training.face3d.train_head",
        "seed": 0,
        "rounds": json.loads((run / "history.json").read_text()),
        "measured": measured,
    }
    write_json(folder / "manifest.json", manifest)
    told = Manifest.read(folder)
    (folder / "card.md").write_text(card_with_audit(card_text(told), told), encoding="utf-8")
    return told


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=existing_folder, required=True)
    parser.add_argument("--run", type=existing_folder, default=Path("runs/head"))
    parser.add_argument("--out", type=Path, default=Path("frozen_models"))
    parser.add_argument("--meshes", type=Path, help="where points are kept (default: RUN/meshes)")
    options = parser.parse_args(arguments)
    head = read_head_npz(options.run / RESULT)
    figures = measure(head, options.data, options.meshes or options.run / "meshes")
    manifest = publish_head(options.run, options.out, figures)
    print(json.dumps({"file": str(manifest.folder / RESULT), "measured": figures}))


if __name__ == "__main__":
    raise SystemExit(run_recipe(main))
