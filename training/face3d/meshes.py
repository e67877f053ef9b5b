"""MediaPipe's 468 points of face pictures: what the head, its solver and its networks learn from.

python -m training.face3d.meshes PICTURES.parquet OUT.npz

Each picture is looked at twice, as MediaPipe does in a video: the second crop follows the points of
the first. About 6 ms a picture on one CPU core.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
import pyarrow.parquet as parquet

from emopoi.evaluation.table_files import table_files
from emopoi.progress import progress
from emopoi.vision.blazeface_files import read_blazeface_files
from emopoi.vision.crop_mesh import mesh_of_crop
from emopoi.vision.face_landmarks import POINTS, FaceLandmarks


def load_landmarks() -> FaceLandmarks:
    """The landmark network of the installed mediapipe wheel or bundle.

    Raises:
        MissingPartError: there is none.
    """
    from emopoi.errors import MissingPartError

    files = read_blazeface_files()
    if files.landmarks is None:
        raise MissingPartError(f"face_landmark.tflite is not in {files.origin}")
    return FaceLandmarks(files.landmarks)


def read_pictures(path: Path) -> list[bytes]:
    """Encoded pictures of the column `image` of a parquet file or a folder of them."""
    return [
        image
        for table in table_files(path)
        for image in parquet.read_table(table, columns=["image"])["image"].to_pylist()
    ]


def meshes_of_file(path: Path, rows: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Points of all pictures of a file.

    Args:
        path: parquet with a column `image`.
        rows: only the first so many.

    Returns:
        float32 (N, 468, 3) pixels, depth in the same unit (zeros where nothing was found), and float32
        (N,) presence 0..1.
    """
    landmarks = load_landmarks()
    encoded = read_pictures(path)[:rows]
    points = np.zeros((len(encoded), POINTS, 3), np.float32)
    presence = np.zeros(len(encoded), np.float32)
    for row, content in enumerate(progress(encoded, len(encoded), f"points of {path.name}")):
        picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
        if picture is None:
            continue
        mesh = mesh_of_crop(landmarks, cv2.cvtColor(picture, cv2.COLOR_BGR2RGB))
        if mesh is not None:
            points[row], presence[row] = mesh.points, mesh.presence
    return points, presence


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pictures", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args(arguments)
    points, presence = meshes_of_file(options.pictures)
    np.savez(options.out, points=points, presence=presence)


if __name__ == "__main__":
    main()
