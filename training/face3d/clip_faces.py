"""Faces of videos, frame by frame: no labels, no sound, no text."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from emopoi.errors import EmopoiError, InputError
from emopoi.head.head_model import HeadModel
from emopoi.head.landmark_solver import OUTER_EYES, LandmarkSolver
from emopoi.head.skinning import rotation_matrices
from emopoi.head.track_solver import TrackSolver
from emopoi.pipeline import RecognitionSettings, build_pipeline, load_models
from emopoi.vision.media import open_media
from emopoi.vision.mesher import Mesher, is_placed
from emopoi.vision.videos import VIDEO_SUFFIXES
from training.face3d.meshes import load_landmarks
from training.face3d.regressor_faces import RegressorFaces, cut
from training.face3d.stored_faces import ENOUGH_PRESENCE

LEAST_FRAMES = 8
"""Shorter tracks are left out."""


def load_clip_faces(head: HeadModel, folder: Path) -> list[RegressorFaces]:
    """Follow faces through all videos of a folder.

    A video that can not be read, or in which nobody is followed, is told on stderr and left out.

    Args:
        head: whose coefficients the solver finds.
        folder: of the videos.

    Returns:
        One for each track of at least `LEAST_FRAMES`.

    Raises:
        InputError: the folder has no videos, or none has a face.
    """
    files = sorted(file for file in folder.iterdir() if file.suffix.lower() in VIDEO_SUFFIXES)
    if not files:
        raise InputError(f"{folder}: videos were expected, there are none")
    tracks: list[RegressorFaces] = []
    mesher = load_landmarks()
    for file in files:
        try:
            found = faces_of_clip(head, file, mesher)
        except EmopoiError as error:
            print(f"{file.name} is left out: {error}", file=sys.stderr, flush=True)
            continue
        if not found:
            print(f"{file.name} is left out: nobody is followed in it", file=sys.stderr, flush=True)
        tracks += found
    if not tracks:
        raise InputError(f"{folder}: in none of {len(files)} videos is a face followed")
    return tracks


def faces_of_clip(head: HeadModel, file: Path, mesher: Mesher) -> list[RegressorFaces]:
    """Crops, points and solutions of everybody in one video.

    Args:
        head: whose coefficients the solver finds; one identity for a track.
        file: the video.
        mesher: places the points.

    Raises:
        EmopoiError: the video can not be read.
    """
    crops: dict[int, list[tuple]] = {}
    with open_media(file) as media:
        pipeline = build_pipeline(load_models(RecognitionSettings(age_gender=False, states=False)))
        for frame in media:
            for face in pipeline.process(frame).faces:
                mesh = mesher.mesh(frame.image, face.face)
                if mesh is None or mesh.presence < ENOUGH_PRESENCE or not is_placed(mesh.points):
                    continue
                points = np.asarray(mesh.points, np.float32)
                crops.setdefault(face.id, []).append((frame.time_ms, points, *cut(frame.image, points)))
    return [_solved(head, rows) for rows in crops.values() if len(rows) >= LEAST_FRAMES]


def _solved(head: HeadModel, rows: list[tuple]) -> RegressorFaces:
    track = TrackSolver(LandmarkSolver(head))
    for _, points, *_ in rows:
        track.observe(points)
    pictures, moved, identity, expression, rotation = [], [], [], [], []
    for time_ms, points, picture, placed, turn in rows:
        told = track.solve(points, time_ms).coefficients
        pictures.append(picture)
        moved.append(placed)
        identity.append(told.identity)
        expression.append(told.expression)
        rotation.append(turn @ rotation_matrices(told.pose[0].astype(np.float64)))
    points = np.stack(moved)
    right, left = OUTER_EYES
    return RegressorFaces(
        pictures=np.stack(pictures),
        points=points,
        eye_distance_px=np.linalg.norm(points[:, right] - points[:, left], axis=1),
        identity=np.stack(identity),
        expression=np.stack(expression),
        rotation=np.stack(rotation).astype(np.float32),
    )
