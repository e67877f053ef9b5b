"""Let a network of its own place the lids of stored face points, so that heads close their eyes.

python -m training.face3d.refine_lid_points --data DATA --meshes DIR --out DIR [FILE ...]

The 468 points hardly follow closing eyes, `emopoi reconstruct` therefore looks at them again
(`emopoi.vision.lid_points`). This does the same to the points of pictures that networks learn from; the
folder that it writes serves `training.train_dream --meshes`. About 5 ms a picture on one CPU core.
"""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np

from emopoi.errors import MissingPartError
from emopoi.progress import progress
from emopoi.vision.blazeface_files import EYES, read_blazeface_files
from emopoi.vision.eye_landmarks import EyeLandmarks
from emopoi.vision.lid_points import refine_lids
from training.command_line import OneLineParser
from training.face3d.meshes import read_pictures
from training.face3d.stored_faces import ENOUGH_PRESENCE, points_file, stored_meshes
from training.recipe_options import existing_folder, run_recipe
from training.run_folder import replace_file

FILES = (
    "age_gender/train.parquet",
    "age_gender/valid.parquet",
    "fer2013/train.parquet",
    "fer2013/public_test.parquet",
)


def refine_file(data: Path, cache: Path, out: Path, file: str, eyes: EyeLandmarks) -> int:
    """Refine the points of one file and store them.

    Args:
        data: folder of the data.
        cache: where points are kept; found first where they are not.
        out: where the refined ones go.
        file: parquet, relative to `data`.
        eyes: the network of lids.

    Returns:
        How many faces were looked at.
    """
    points, presence = stored_meshes(data, cache, file)
    encoded = read_pictures(data / file)
    refined = points.copy()
    rows = np.flatnonzero(presence > ENOUGH_PRESENCE)
    for row in progress(rows, len(rows), f"lids of {file}"):
        picture = cv2.imdecode(np.frombuffer(encoded[row], np.uint8), cv2.IMREAD_COLOR)
        rgb = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
        refined[row] = refine_lids(points[row], rgb, eyes).points
    out.mkdir(parents=True, exist_ok=True)

    def write(temporary: Path) -> None:
        with temporary.open("wb") as stream:
            np.savez(stream, points=refined, presence=presence)

    replace_file(points_file(out, file), write)
    return len(rows)


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = OneLineParser(description=__doc__)
    add = parser.add_argument
    add(
        "files",
        nargs="*",
        metavar="FILE",
        default=list(FILES),
        help="relative to DATA (default: %(default)s)",
    )
    add("--data", type=existing_folder, required=True)
    add("--meshes", type=Path, required=True, metavar="DIR", help="where points are kept")
    add("--out", type=Path, required=True, metavar="DIR", help="where the refined points go")
    options = parser.parse_args(arguments)
    files = read_blazeface_files()
    if files.eyes is None:
        raise MissingPartError(f"{EYES[0]} is not in {files.origin}")
    eyes = EyeLandmarks(files.eyes)
    print(
        json.dumps(
            {f: refine_file(options.data, options.meshes, options.out, f, eyes) for f in options.files}
        )
    )


if __name__ == "__main__":
    raise SystemExit(run_recipe(main))
