"""Measure a head and its solver: fit, jitter, recovery, mouth. Prints one JSON object.

python -m training.face3d.measure --data DATA [--head FILE] [--meshes DIR]

fit: mean distance of the head's points from MediaPipe's in the picture over the distance of the outer eye
corners in space, faces of UTKFace valid one by one, clips with the identity of the track. jitter: second
difference of expressions over time, smoothed and not smoothed, where a face is still. mouth: correlation
over time of the distance of the inner lips of the posed head with that of the points themselves. About
two minutes on one CPU core.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from emopoi.head.head_model import HeadModel
from emopoi.head.landmark_solver import LandmarkSolver
from emopoi.head.track_solver import TrackSettings, TrackSolver
from emopoi.pipeline import RecognitionSettings, build_pipeline, load_models, profile_settings
from emopoi.reconstruct.people import People, SeenPerson
from emopoi.reconstruct.settings import ReconstructionSettings
from emopoi.runtime.frozen_head import load_head
from emopoi.types import Frame
from emopoi.vision.face_landmarks import mouth_opening
from emopoi.vision.media import open_media
from training.face3d.meshes import load_landmarks
from training.face3d.recovery import MadeFaces, recovery
from training.face3d.stored_faces import ENOUGH_PRESENCE, stored_meshes
from training.recipe_options import existing_folder, run_recipe

VALID = "age_gender/valid.parquet"
CLIPS = (
    "intel_asl_sorry.mkv", "intel_headpose_two_people.mp4", "lp_d18.mp4", "lrs3_OzA6jRYjVQs_00004.mp4",
    "mead_M030_level_3_angry_016.mp4", "mead_W036_level_3_happy_007.mp4", "pyfeat_face_noface.mov",
)  # fmt: skip
WATCHED = ("eyeBlinkLeft", "eyeBlinkRight", "jawOpen", "mouthSmileLeft", "mouthSmileRight", "mouthPucker")
STILL_FRAMES = 75


def people_of_clip(path: Path) -> list[SeenPerson]:
    """Points of everybody in a clip, found as `emopoi reconstruct` does."""
    settings = RecognitionSettings(age_gender=False, states=False)
    with open_media(path) as media:
        return _people(media, load_models(settings), profile_settings(media))


def still_clip(picture: np.ndarray, frames: int = STILL_FRAMES) -> list[SeenPerson]:
    """Points of a face that does not move: one photo with a camera's noise and compression in each frame.

    Args:
        picture: uint8 (H, W, 3) RGB.
        frames: at 25 a second.
    """
    random = np.random.default_rng(0)

    def shots():
        for index in range(frames):
            noisy = np.clip(picture + random.normal(0, 5, picture.shape), 0, 255).astype(np.uint8)
            _, packed = cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, 70])
            yield Frame(cv2.imdecode(packed, cv2.IMREAD_COLOR), 40.0 * index, index)

    return _people(shots(), load_models(RecognitionSettings(age_gender=False, states=False)), None)


def _people(frames: Any, models: Any, settings: Any) -> list[SeenPerson]:
    people = People(load_landmarks(), ReconstructionSettings(), settings)
    pipeline = build_pipeline(models)
    for frame in frames:
        people.add(pipeline.process(frame))
    return people.kept(photo=False)


def fit_of_photos(head: HeadModel, data: Path, cache: Path) -> dict[str, Any]:
    """Mean, median and 95th percentile of the error, each face by itself."""
    points, presence = stored_meshes(data, cache, VALID)
    solver = LandmarkSolver(head)
    errors = np.array([solver.solve(face).error for face in points[presence > ENOUGH_PRESENCE]])
    return {
        "n": len(errors),
        "found": round(float((presence > ENOUGH_PRESENCE).mean()), 4),
        "mean": round(float(errors.mean()), 5),
        "median": round(float(np.median(errors)), 5),
        "p95": round(float(np.percentile(errors, 95)), 5),
    }


def track_figures(head: HeadModel, person: SeenPerson) -> dict[str, Any]:
    """Error, jitter and mouth of one track."""
    solver = LandmarkSolver(head)
    told = {}
    for smooth in (True, False):
        track = TrackSolver(solver, TrackSettings(smooth=smooth))
        for points in person.points:
            track.observe(points)
        told[smooth] = [
            track.solve(points, time_ms)
            for points, time_ms in zip(person.points, person.times_ms, strict=True)
        ]
    jitter = {smooth: _jitter(np.stack([s.coefficients.expression for s in told[smooth]])) for smooth in told}
    lips = [_lips(head, solved.coefficients) for solved in told[True]]
    seen = [mouth_opening(points) for points in person.points]
    names = head.expression_names
    figures = {
        "frames": len(person.points),
        "skipped": person.skipped,
        "error": round(float(np.mean([solved.error for solved in told[False]])), 5),
        "jitter_smoothed": round(jitter[True], 5),
        "jitter_not_smoothed": round(jitter[False], 5),
        "mouth_correlation": _correlation(lips, seen),
    }
    if "jawOpen" in names:
        jaw = [float(s.coefficients.expression[names.index("jawOpen")]) for s in told[True]]
        figures["jaw_open_correlation"] = _correlation(jaw, seen)
    return figures


def _jitter(values: np.ndarray) -> float:
    """Root mean square second difference, float (T, E)."""
    return float(np.sqrt(np.mean(np.diff(values, 2, axis=0) ** 2))) if len(values) > 2 else 0.0


def _lips(head: HeadModel, coefficients: Any) -> float:
    points = head.landmark_points(head.vertices(coefficients))
    places = {int(number): place for place, number in enumerate(head.landmarks.indices)}
    inner, corners = [points[places[n]] for n in (13, 14)], [points[places[n]] for n in (78, 308)]
    return float(np.linalg.norm(inner[0] - inner[1]) / np.linalg.norm(corners[0] - corners[1]))


def _correlation(one: list[float], other: list[float]) -> float | None:
    if len(one) < 3 or np.std(one) == 0 or np.std(other) == 0:
        return None
    return round(float(np.corrcoef(one, other)[0, 1]), 4)


def measure(head: HeadModel, data: Path, cache: Path) -> dict[str, Any]:
    """All figures of a head.

    Args:
        head: with landmarks.
        data: holds age_gender/ and videos/.
        cache: where points of stills are kept.
    """
    from skimage.data import astronaut

    result: dict[str, Any] = {"head": head.name, "photos": fit_of_photos(head, data, cache)}
    result["clips"] = {}
    for name in CLIPS:
        print(f"clip {name}", file=sys.stderr, flush=True)
        tracks = [track_figures(head, person) for person in people_of_clip(data / "videos" / name)]
        result["clips"][name] = tracks
    result["still"] = [track_figures(head, person) for person in still_clip(astronaut())]
    result["recovery"] = {}
    for label, made in (("independent", MadeFaces()), ("half shared", MadeFaces(shared=0.5))):
        found = recovery(head, made)
        watched = {name: found[name] for name in WATCHED if name in found}
        worst = dict(sorted(found.items(), key=lambda item: item[1])[:10])
        result["recovery"][label] = {
            "median": round(float(np.median(list(found.values()))), 4), **watched, "worst": worst,
        }  # fmt: skip
    return result


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=existing_folder, required=True)
    parser.add_argument("--head", type=Path, metavar="FILE", help="default: the shipped one")
    parser.add_argument("--meshes", type=Path, default=Path("runs/meshes"), metavar="DIR")
    options = parser.parse_args(arguments)
    print(json.dumps(measure(load_head(options.head), options.data, options.meshes), indent=1))


if __name__ == "__main__":
    raise SystemExit(run_recipe(main))
