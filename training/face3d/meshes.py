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

from emopoi.progress import progress
from emopoi.types import Face
from emopoi.vision.blazeface_files import read_blazeface_files
from emopoi.vision.face_landmarks import POINTS, FaceLandmarks, FaceMesh

_EYES = (33, 263)  # outer corners, the person's right and left
_MARGIN = 0.2  # of the picture, added on each side: tight crops cut chin and forehead
_FIRST_LOOK_SCALE = 1.5  # the network's crop is larger than a face's box by this


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


def mesh_of_crop(landmarks: FaceLandmarks, picture: np.ndarray, looks: int = 2) -> FaceMesh | None:
    """Points of a picture that is a tight crop of one upright face.

    Args:
        landmarks: the network.
        picture: uint8 (H, W, 3) RGB.
        looks: how often; from the second on the crop follows the points.

    Returns:
        Points in pixels of the picture, with the first look's presence: later ones look at what was
        believed before. None where the picture is too small.
    """
    height, width = picture.shape[:2]
    side = max(height, width) * (1 + 2 * _MARGIN) / _FIRST_LOOK_SCALE
    centre = np.array([width / 2, height / 2])
    keypoints = np.zeros((6, 2), np.float32)
    keypoints[1, 0] = 1.0
    box = (*(centre - side / 2), *(centre + side / 2))
    mesh = None
    for look in range(looks):
        found = landmarks.mesh(picture, Face(box, 1.0, keypoints))
        if found is None:
            return mesh
        mesh = FaceMesh(found.points, found.presence if look == 0 else mesh.presence)
        low, high = found.points[:, :2].min(axis=0), found.points[:, :2].max(axis=0)
        box = (*low, *high)
        keypoints = keypoints.copy()
        keypoints[0], keypoints[1] = found.points[_EYES[0], :2], found.points[_EYES[1], :2]
    return mesh


def read_pictures(path: Path) -> list[bytes]:
    """Encoded pictures of a parquet file's column `image`."""
    return parquet.read_table(path, columns=["image"])["image"].to_pylist()


def meshes_of_file(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Points of all pictures of a file.

    Args:
        path: parquet with a column `image`.

    Returns:
        float32 (N, 468, 3) pixels, depth in the same unit (zeros where nothing was found), and float32
        (N,) presence 0..1.
    """
    landmarks = load_landmarks()
    encoded = read_pictures(path)
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
