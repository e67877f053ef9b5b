"""Measure where tight training crops have eyes and mouth, with the detector of the device.

python -m training.measure_layouts --data DATA [--count 2000] [--picture out.png]

Each picture is put into the middle of a grey canvas twice its side and enlarged, so that the
detector sees a whole head's room around it. The median layout is then widened until
`crop_face`, given the detector's keypoints, cuts the training picture's own square (median
scale 1). Prints these layouts: they stand in `training/crop_layouts.py`. With --picture, training
pictures and what `crop_face` cuts out of their canvas stand side by side.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import cv2
import numpy as np
import pandas as pd

from emopoi.preprocess import CropLayout, crop_face, crop_matrix
from emopoi.types import Face
from emopoi.vision.blazeface_detector import BlazeFaceDetector

CANVAS = 256
SETS = {"fer2013": "fer2013/public_test.parquet", "utkface": "age_gender/valid.parquet"}


def canvas_of(picture: np.ndarray) -> tuple[np.ndarray, float, float]:
    """Put a tight crop onto a grey canvas.

    Args:
        picture: uint8 (S, S, 3) RGB.

    Returns:
        canvas uint8 (256, 256, 3), the crop's offset and its side there, pixels.
    """
    side = CANVAS // 2
    canvas = np.full((CANVAS, CANVAS, 3), 127, np.uint8)
    offset = (CANVAS - side) // 2
    canvas[offset : offset + side, offset : offset + side] = cv2.resize(
        picture, (side, side), interpolation=cv2.INTER_CUBIC
    )
    return canvas, float(offset), float(side)


def measure(images, detector: BlazeFaceDetector) -> tuple[np.ndarray, list[Face]]:
    """Look for the face of every picture.

    Returns:
        One row a face found: eyes_y, mouth_y, eye_distance, centre_x (fractions of the
        picture's side), roll in degrees; and the faces, in pixels of the canvas.
    """
    rows, found = [], []
    for data in images:
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
        canvas, offset, side = canvas_of(picture)
        faces = detector.detect(canvas)
        if not faces:
            continue
        found.append(faces[0])
        points = (faces[0].keypoints - offset) / side
        right, left, mouth = points[0], points[1], points[3]
        across = left - right
        eyes = (right + left) / 2
        rows.append(
            (eyes[1], mouth[1], np.hypot(*across), (eyes[0] + mouth[0]) / 2,
             np.degrees(np.arctan2(across[1], across[0])))
        )  # fmt: skip
    return np.array(rows), found


def fit_layout(rows: np.ndarray, faces: list[Face]) -> tuple[CropLayout, np.ndarray]:
    """The layout with which `crop_face` cuts these faces at median scale 1.

    Returns:
        The layout; and for each face (scale, centre x, centre y) of the square that it cuts,
        against the training picture's own square: all (1, 0.5, 0.5) would be perfect.
    """
    eyes, mouth, distance = np.median(rows[:, :3], axis=0)
    layout, side, offset = CropLayout(eyes, mouth, distance), CANVAS / 2, CANVAS / 4
    for _ in range(3):
        cuts = np.array([_cut(crop_matrix(face, layout, int(side)), offset, side) for face in faces])
        widen = float(np.median(cuts[:, 0]))
        middle, half = (layout.eyes_y + layout.mouth_y) / 2, (layout.mouth_y - layout.eyes_y) / 2 * widen
        layout = CropLayout(middle - half, middle + half, layout.eye_distance * widen)
    return layout, np.array([_cut(crop_matrix(face, layout, int(side)), offset, side) for face in faces])


def _cut(matrix: np.ndarray, offset: float, side: float) -> tuple[float, float, float]:
    middle = offset + side / 2 - 0.5
    x, y = (matrix @ np.array([middle, middle, 1.0]) + 0.5) / side
    return 1.0 / float(np.hypot(matrix[0, 0], matrix[0, 1])), float(x), float(y)


def side_by_side(images, layout: CropLayout, detector: BlazeFaceDetector) -> np.ndarray:
    """Pairs of training picture and device crop: uint8 (288, 1152, 3) RGB."""
    pairs: list[np.ndarray] = []
    for data in images:
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
        canvas, _, _ = canvas_of(picture)
        faces = detector.detect(canvas)
        if faces and len(pairs) < 18:
            pairs.append(np.hstack([cv2.resize(picture, (96, 96)), crop_face(canvas, faces[0], layout, 96)]))
    return np.vstack([np.hstack(pairs[row : row + 6]) for row in range(0, 18, 6)])


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder that holds fer2013/ and age_gender/")
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--picture", type=Path, help="PNG to look at")
    options = parser.parse_args(arguments)
    detector = BlazeFaceDetector()
    shown = []
    for name, file in SETS.items():
        images = pd.read_parquet(options.data / file, columns=["image"]).image.iloc[: options.count]
        rows, faces = measure(images, detector)
        layout, cuts = fit_layout(rows, faces)
        shown.append(side_by_side(images, layout, detector))
        middle, spread = np.median(rows, axis=0), rows.std(axis=0)
        names = ("eyes_y", "mouth_y", "eye_distance", "centre_x", "roll_deg")
        median = {
            key: [round(float(m), 3), round(float(s), 3)]
            for key, m, s in zip(names, middle, spread, strict=True)
        }
        print(
            json.dumps(
                {
                    "set": name,
                    "looked_at": len(images),
                    "found": len(rows),
                    "median_and_spread": median,
                    "layout": {key: round(value, 3) for key, value in layout.to_dict().items()},
                    "cut_scale_x_y_median": np.median(cuts, axis=0).round(3).tolist(),
                    "cut_scale_x_y_spread": cuts.std(axis=0).round(3).tolist(),
                }
            )
        )
    if options.picture:
        cv2.imwrite(str(options.picture), np.vstack(shown)[..., ::-1])


if __name__ == "__main__":
    main()
