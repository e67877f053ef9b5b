"""Coefficients of a face over time, as npz, CSV and JSON."""

from __future__ import annotations

import json
import math
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError
from emopoi.head.expression_names import expression_names
from emopoi.head.head_model import HeadModel
from emopoi.head.skinning import rotation_matrices
from emopoi.head.turn_angles import turn_angles_deg
from emopoi.head.whole_files import write_whole
from emopoi.types.face_coefficients import JOINTS, FaceCoefficients

SCHEMA = 1
"""Of the JSON file."""

CAMERA = ("scale", "x_px", "y_px")
"""Names of `FaceCoefficients.camera` in CSV and JSON."""


@dataclass(frozen=True, slots=True, eq=False)
class CoefficientTrack:
    """What a file of coefficients tells.

    Attributes:
        times_ms: float64 (T,), ascending.
        coefficients: T of them.
    """

    times_ms: NDArray[np.float64]
    coefficients: tuple[FaceCoefficients, ...]


def write_coefficients_npz(
    path: Path, head: HeadModel, times_ms: Sequence[float], coefficients: Sequence[FaceCoefficients]
) -> None:
    """Write all there is, for `read_coefficients_npz`.

    Arrays: identity (I,), or (T, I) where it changes, expression (T, E), pose (T, 5, 3), camera (T, 3),
    times_ms (T,), expression_names (E,), joints (5,), head.

    Args:
        path: by custom it ends in .npz.
        head: that they are of.
        times_ms: T of them, ascending.
        coefficients: T of them, at least one.

    Raises:
        InputError: sizes do not fit the head or each other, or a number is not finite.
        OutputError: it can not be written.
    """
    table = _tabled(head, times_ms, coefficients)
    content = BytesIO()
    np.savez_compressed(
        content,
        identity=table.one_identity,
        expression=table.expression,
        pose=table.pose,
        camera=table.camera,
        times_ms=table.times_ms,
        expression_names=np.array(expression_names(head), dtype=np.str_),
        joints=np.array(JOINTS),
        head=np.array(head.name),
    )
    write_whole({Path(path): content.getvalue()})


def write_coefficients_csv(
    path: Path, head: HeadModel, times_ms: Sequence[float], coefficients: Sequence[FaceCoefficients]
) -> None:
    """Write a line for each moment: time_ms, the expressions by name, how the head is turned, the camera.

    Columns yaw_deg, pitch_deg and roll_deg are those of `HeadPose`, scale, x_px and y_px the camera of
    `FaceCoefficients`. Identity and the other joints stand in the npz alone.

    Args:
        path: by custom it ends in .csv.
        head: that they are of.
        times_ms: T of them, ascending.
        coefficients: T of them, at least one.

    Raises:
        InputError: sizes do not fit the head or each other, or a number is not finite.
        OutputError: it can not be written.
    """
    table = _tabled(head, times_ms, coefficients)
    names = expression_names(head)
    columns = ("time_ms", *names, "yaw_deg", "pitch_deg", "roll_deg", *CAMERA)
    rows = np.column_stack([table.times_ms, table.expression, table.angles_deg, table.camera])
    line = ",".join(["%.3f", *["%.5f"] * len(names), *["%.3f"] * 3, "%.6g", "%.3f", "%.3f"])
    text = "\n".join([",".join(columns), *(line % tuple(row) for row in rows.tolist())])
    write_whole({Path(path): f"{text}\n".encode()})


def write_coefficients_json(
    path: Path,
    head: HeadModel,
    times_ms: Sequence[float],
    coefficients: Sequence[FaceCoefficients],
    *,
    fps: float | None = None,
    picture_px: tuple[int, int] | None = None,
) -> None:
    """Write frames as a player of ARKit's blendshapes takes them: `blendShapes` by name and a transform.

    headTransform has four rows and is meant for columns: M (x, y, z, 1) takes a point of the head at rest,
    in metres, x to the person's left, y up, z out of the face, to where the head's turn puts it (see
    `head_transforms`); where the head is in the picture, the camera tells. What the numbers mean stands in
    the file as well.

    Args:
        path: by custom it ends in .json.
        head: that they are of.
        times_ms: T of them, ascending.
        coefficients: T of them, at least one.
        fps: frames a second; without it the median of the times tells, null for one moment.
        picture_px: width and height of the picture that the camera speaks of.

    Raises:
        InputError: sizes do not fit the head or each other, or a number is not finite.
        OutputError: it can not be written.
    """
    table = _tabled(head, times_ms, coefficients)
    if fps is None and len(table.times_ms) > 1:
        fps = 1000.0 / float(np.median(np.diff(table.times_ms)))
    if fps is not None and not (math.isfinite(fps) and fps > 0):
        raise InputError(f"fps: a number above 0 was expected, got {fps}")
    names = expression_names(head)
    frames = [
        {
            "time_ms": round(time_ms, 3),
            "blendShapes": dict(zip(names, expression, strict=True)),
            "headTransform": transform,
            "headAngles": dict(zip(("yaw_deg", "pitch_deg", "roll_deg"), angles, strict=True)),
            "joints": dict(zip(JOINTS[1:], pose[1:], strict=True)),
            "camera": dict(zip(CAMERA, camera, strict=True)),
        }
        for time_ms, expression, transform, angles, pose, camera in zip(
            table.times_ms.tolist(),
            _short(table.expression, 5),
            _short(head_transforms(head, coefficients), 6),
            _short(table.angles_deg, 3),
            _short(table.pose, 5),
            _short(table.camera, 4),
            strict=True,
        )
    ]
    document = {
        "schema": SCHEMA,
        "head": head.name,
        "fps": None if fps is None else round(fps, 4),
        "unit_m": head.unit_m,
        "picture": None if picture_px is None else {"width_px": picture_px[0], "height_px": picture_px[1]},
        "conventions": {
            "blendShapes": "0 to 1, names of ARKit, left and right are the person's own"
            if head.expression_names
            else "components of the head, in its own units",
            "headTransform": "4 rows; p' = M p for column vectors in metres, x to the person's left, y up, "
            "z out of the face",
            "joints": "axis times angle, radians",
            "camera": "weak perspective: a point (X, Y, Z) of the posed head, in its own unit, is seen at "
            "(x_px + scale X, y_px - scale Y), y down",
        },
        "blendShapeNames": list(names),
        "identity": _short(table.one_identity, 5),
        "frames": frames,
    }
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    write_whole({Path(path): f"{text}\n".encode()})


def read_coefficients_npz(path: Path, head: HeadModel) -> CoefficientTrack:
    """Read what `write_coefficients_npz` wrote.

    Args:
        path: the file.
        head: that the coefficients should be of.

    Raises:
        InputError: no such file, another kind of file, coefficients of a head with other names or sizes, or
            numbers that are not finite.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, TypeError, AttributeError) as error:
        reason = str(error).strip().split("\n", 1)[0]
        raise InputError(f"{path}: no npz of coefficients ({reason})") from error
    wanted = ("identity", "expression", "pose", "camera", "times_ms")
    missing = [name for name in (*wanted, "expression_names") if name not in arrays]
    if missing:
        raise InputError(f"{path}: no coefficients, it has no {', '.join(missing)}")
    if any(arrays[name].dtype.kind not in "fiu" for name in wanted):
        raise InputError(f"{path}: numbers were expected in {', '.join(wanted)}")
    names = tuple(str(name) for name in arrays["expression_names"].ravel())
    if names != expression_names(head):
        different = [name for name in names if name not in expression_names(head)] or [
            "the same in another order"
        ]
        raise InputError(
            f"{path}: expressions of head {head.name} were expected, got {len(names)} for its "
            f"{head.n_expressions}: {', '.join(different[:3])}"
        )
    times = arrays["times_ms"]
    count = len(times) if times.ndim == 1 else 0
    if arrays["identity"].ndim == 1:
        arrays["identity"] = np.tile(arrays["identity"], (count, 1))
    if not count or any(arrays[name].shape[:1] != (count,) for name in wanted):
        shapes = ", ".join(f"{name} {arrays[name].shape}" for name in wanted)
        raise InputError(f"{path}: arrays for as many moments as times_ms has were expected, got {shapes}")
    rows = zip(*(arrays[name].astype(np.float32) for name in wanted[:4]), strict=True)
    coefficients = tuple(FaceCoefficients(*row) for row in rows)
    try:
        table = _tabled(head, times, coefficients)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    return CoefficientTrack(table.times_ms, coefficients)


def head_transforms(head: HeadModel, coefficients: Sequence[FaceCoefficients]) -> NDArray[np.float64]:
    """How the head's turn moves its points at rest.

    Args:
        head: the head.
        coefficients: T of them; only the first joint of their pose counts.

    Returns:
        float64 (T, 4, 4) for column vectors (x, y, z, 1) in metres: a turn about the root joint.
    """
    rows = head.J_regressor[0].astype(np.float64)
    resting = rows @ head.v_template
    directions = np.einsum("v,vcm->cm", rows, head.shapedirs)
    transforms = np.tile(np.eye(4), (len(coefficients), 1, 1))
    for transform, one in zip(transforms, coefficients, strict=True):
        root = resting + directions[:, : len(one.identity)] @ one.identity
        root += directions[:, head.n_identity : head.n_identity + len(one.expression)] @ one.expression
        transform[:3, :3] = rotation_matrices(np.asarray(one.pose[0], np.float64))
        transform[:3, 3] = (root - transform[:3, :3] @ root) * head.unit_m
    return transforms


@dataclass(frozen=True, slots=True, eq=False)
class _Table:
    """Checked coefficients as arrays: float64 times, float32 all else."""

    times_ms: NDArray[np.float64]
    identity: NDArray[np.float32]
    expression: NDArray[np.float32]
    pose: NDArray[np.float32]
    camera: NDArray[np.float32]

    @property
    def one_identity(self) -> NDArray[np.float32]:
        """(I,), or (T, I) where it changes."""
        same = (self.identity == self.identity[0]).all()
        return self.identity[0] if same else self.identity

    @property
    def angles_deg(self) -> NDArray[np.float64]:
        """(T, 3) yaw, pitch and roll in the sense of `HeadPose`."""
        return turn_angles_deg(self.pose[:, 0])


def _tabled(
    head: HeadModel, times_ms: Sequence[float] | NDArray, coefficients: Sequence[FaceCoefficients]
) -> _Table:
    times = np.asarray(times_ms, np.float64)
    if times.shape != (len(coefficients),) or not len(times):
        raise InputError(
            f"times_ms: one for each of {max(len(coefficients), 1)} coefficients was expected, "
            f"got {times.shape}"
        )
    if not np.isfinite(times).all() or not (np.diff(times) > 0).all():
        raise InputError("times_ms: ascending finite numbers were expected")
    shapes = {
        "identity": (head.n_identity,),
        "expression": (head.n_expressions,),
        "pose": (len(JOINTS), 3),
        "camera": (3,),
    }
    columns: dict[str, NDArray[np.float32]] = {}
    for name, shape in shapes.items():
        rows = [np.asarray(getattr(one, name), np.float32) for one in coefficients]
        for row, time_ms in zip(rows, times, strict=True):
            if row.shape != shape or not np.isfinite(row).all():
                raise InputError(f"{name} at {time_ms:g} ms: finite {shape} was expected, got {row.shape}")
        columns[name] = np.stack(rows)
    return _Table(times, **columns)


def _short(values: NDArray[np.floating], digits: int) -> list:
    return np.asarray(values, np.float64).round(digits).tolist()
