"""Faces found in labelled photos and clips: the tables of docs/faces.md.

python benchmarks/faces.py DATA

DATA holds photos/index.csv (file, faces_min, faces_max) and videos/index.csv (file). One JSON object: for
each photo what was found and whether that is right, for each clip the frames with somebody, the ids and the
milliseconds a frame that following took (best of three readings).
"""

from __future__ import annotations

import argparse
import csv
import json
import time
from pathlib import Path

from machine import describe_machine

from emopoi.vision.blazeface_detector import BlazeFaceDetector
from emopoi.vision.face_follower import FaceFollower
from emopoi.vision.media import open_media
from emopoi.vision.photo_detector import PhotoDetector
from emopoi.vision.photos import read_photo


def rows_of(path: Path) -> list[dict[str, str]]:
    """The rows of an index."""
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def look_at_photos(folder: Path) -> dict[str, dict]:
    """Found, wanted and right by photo."""
    detector = PhotoDetector()
    result = {}
    for row in rows_of(folder / "index.csv"):
        found = len(detector.detect(read_photo(folder / row["file"])))
        low, high = int(row["faces_min"]), int(row["faces_max"]) if row["faces_max"] else None
        right = low <= found and (high is None or found <= high)
        result[row["file"]] = {"wanted": [low, high], "found": found, "right": right}
    return result


def follow(path: Path, detector: BlazeFaceDetector) -> dict[str, float | int]:
    """Read one clip once."""
    follower, ids = FaceFollower(detector), set()
    frames = with_face = 0
    seconds = 0.0
    with open_media(path) as media:
        for frame in media:
            start = time.perf_counter()
            people = follower.faces(frame)
            seconds += time.perf_counter() - start
            frames += 1
            with_face += bool(people)
            ids |= {person.id for person in people}
    return {"frames": frames, "with_face": with_face, "ids": len(ids), "ms_a_frame": 1000 * seconds / frames}


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    options = parser.parse_args()
    photos = look_at_photos(options.data / "photos")
    detector = BlazeFaceDetector()
    clips = {}
    for row in rows_of(options.data / "videos" / "index.csv"):
        turns = [follow(options.data / "videos" / row["file"], detector) for _ in range(3)]
        best = min(turns, key=lambda turn: turn["ms_a_frame"])
        clips[row["file"]] = {**best, "ms_a_frame": round(best["ms_a_frame"], 2)}
    right = sum(photo["right"] for photo in photos.values())
    result = {"machine": describe_machine(), "photos_right": f"{right} of {len(photos)}"}
    print(json.dumps({**result, "photos": photos, "clips": clips}, indent=2))


if __name__ == "__main__":
    main()
