"""Draw what networks from pixels make of faces, beside their pictures: to look at, not to count.

python -m training.face3d.draw_faces --data DATA --meshes DIR --albedo FILE --out FILE.png NAME=WEIGHTS ...

A column for each network, after the picture; faces of UTKFace valid with strong expressions. A network that
learned from points alone tells no colours and is drawn grey.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from emopoi.errors import ModelFileError
from emopoi.head.head_model import HeadModel
from emopoi.models.face_regressor import build_face_regressor
from emopoi.runtime.frozen_head import load_head
from training.command_line import OneLineParser
from training.face3d.albedo import AlbedoBasis
from training.face3d.dream_figures import middle_of, read_coefficients
from training.face3d.dream_model import config_for
from training.face3d.face_drawing import FaceDrawing
from training.face3d.regressor_faces import load_regressor_faces
from training.recipe_options import existing_file, existing_folder, positive, run_recipe
from training.run_folder import load_weights, replace_file

VALID = ("age_gender/valid.parquet",)
DRAWN_PX = 192


def told_by(head: HeadModel, weights: Path, albedo: int, pictures: np.ndarray) -> dict[str, np.ndarray]:
    """What a network says; colours and light of the mean where it tells none.

    Args:
        head: whose coefficients are told.
        weights: of the network.
        albedo: modes of colour that it may tell.
        pictures: uint8 (N, S, S, 3).
    """
    network = build_face_regressor(config_for(head, albedo))
    try:
        load_weights(network, weights)
    except ModelFileError:
        network = build_face_regressor(config_for(head))
        load_weights(network, weights)
    told = read_coefficients(network, pictures)
    told["expression"] = np.clip(told["expression"], 0, 1) if head.expression_names else told["expression"]
    count = len(pictures)
    return {
        "albedo": np.zeros((count, albedo), np.float32),
        "light": np.zeros((count, 27), np.float32),
    } | told


def expressive(expressions: np.ndarray, count: int) -> np.ndarray:
    """Rows of the strongest expressions, as unlike each other as can be: farthest-first."""
    chosen = [int(np.abs(expressions).sum(axis=1).argmax())]
    while len(chosen) < min(count, len(expressions)):
        apart = np.linalg.norm(expressions[:, None] - expressions[chosen][None], axis=2).min(axis=1)
        chosen.append(int(apart.argmax()))
    return np.array(chosen)


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = OneLineParser(description=__doc__)
    add = parser.add_argument
    add("networks", nargs="+", metavar="NAME=WEIGHTS")
    add("--data", type=existing_folder, required=True, help="holds age_gender/")
    add("--meshes", type=Path, required=True, metavar="DIR", help="where points are kept")
    add("--albedo", type=existing_file, required=True, metavar="FILE")
    add("--out", type=Path, required=True, metavar="FILE.png")
    add("--faces", type=positive, default=8, metavar="N", help="default: %(default)s")
    options = parser.parse_args(arguments)
    head, basis = load_head(), AlbedoBasis.load(options.albedo)
    faces = load_regressor_faces(head, options.data, options.meshes, VALID)
    rows = expressive(faces.expression, options.faces)
    pictures = middle_of(faces.pictures[rows], config_for(head).size)
    draw = FaceDrawing(head, basis, crop_px=pictures.shape[1], size_px=DRAWN_PX)
    columns = [np.stack([cv2.resize(picture, (DRAWN_PX, DRAWN_PX)) for picture in pictures])]
    names = ["picture"]
    for word in options.networks:
        name, _, weights = word.partition("=")
        told = told_by(head, Path(weights), basis.modes.shape[-1], pictures)
        drawn = np.asarray(draw(told)["image"])
        columns.append(np.rint(255 * drawn).astype(np.uint8))
        names.append(name)
    sheet = np.concatenate([np.concatenate(list(column), axis=0) for column in columns], axis=1)
    for place, name in enumerate(names):
        at = (place * DRAWN_PX + 6, 16)
        for ink, thick in (((0, 0, 0), 3), ((255, 255, 255), 1)):
            cv2.putText(sheet, name, at, cv2.FONT_HERSHEY_SIMPLEX, 0.5, ink, thick, cv2.LINE_AA)
    _, packed = cv2.imencode(".png", cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR))
    replace_file(options.out, lambda temporary: temporary.write_bytes(packed.tobytes()))


if __name__ == "__main__":
    raise SystemExit(run_recipe(main))
