"""The face points of a labelled file, found once and kept as parquet.

python -m training.expression3d.landmark_table fer2013/public_test.parquet --data DATA --out points.parquet

One row for each picture of the file, in its order:

    found      bool, whether points were placed; only undecodable and tiny pictures have none
    presence   float32, 0..1, how sure the landmark network is that there is a face
    points     float32 (468 * 3), pixels, depth in the same unit; zeros where nothing was found

A face in which the landmark network believes little has points all the same. A picture is looked at twice,
the second crop follows the points of the first (`crop_mesh`), and the network of lids puts lids where it sees
them (`lid_points`): about 8 ms on one CPU core. What a stopped run had found is used by the next.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pyarrow as arrow
import pyarrow.parquet as parquet

from emopoi.errors import InputError, MissingPartError, OutputError
from emopoi.evaluation.table_files import table_files
from emopoi.progress import progress
from emopoi.vision.blazeface_files import EYES, read_blazeface_files
from emopoi.vision.crop_mesh import mesh_of_crop
from emopoi.vision.eye_landmarks import EyeLandmarks
from emopoi.vision.face_landmarks import POINTS
from emopoi.vision.lid_points import refine_lids
from emopoi.vision.mesher import is_placed
from training.face3d.meshes import load_landmarks
from training.face3d.stored_faces import ENOUGH_PRESENCE
from training.pictures import decode_picture
from training.recipe_options import existing_folder, run_recipe

_BATCH = 500  # pictures between two writings
_SOURCE = b"emopoi.source"
_WAY = 0  # other than this, and kept points are found anew: raise it with a change of how they are found


@dataclass(frozen=True, eq=False)
class LandmarkTable:
    """Points of the pictures of one file, in its order.

    Attributes:
        points: float32 (N, 468, 3), pixels; zeros where nothing was found.
        presence: float32 (N,), 0..1.
        found: bool (N,).
    """

    points: np.ndarray
    presence: np.ndarray
    found: np.ndarray

    def __len__(self) -> int:
        return len(self.found)

    def rows(self, chosen: np.ndarray) -> LandmarkTable:
        """Some of them."""
        return LandmarkTable(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))


def load_eyes() -> bytes:
    """The network of lids of the installed mediapipe wheel or bundle.

    Raises:
        MissingPartError: there is none.
    """
    files = read_blazeface_files()
    if files.eyes is None:
        raise MissingPartError(f"{EYES[0]} is not in {files.origin}")
    return files.eyes


class PointFinder:
    """Finds the points of tight crops with the models that mediapipe's wheel or a bundle carries.

    Raises:
        MissingPartError: the model is not there.
    """

    def __init__(self) -> None:
        self._landmarks = load_landmarks()
        self._eyes = EyeLandmarks(load_eyes())

    def find(self, picture: np.ndarray | None) -> tuple[np.ndarray, float] | None:
        """Place the points on one tight crop.

        Args:
            picture: uint8 (H, W, 3) RGB, or None where it could not be decoded.

        Returns:
            float32 (468, 3) pixels and presence 0..1; None where no points could be placed.
        """
        if picture is None:
            return None
        seen = mesh_of_crop(self._landmarks, picture)
        if seen is None or not is_placed(seen.points):
            return None
        points = seen.points
        if seen.presence > ENOUGH_PRESENCE:
            points = refine_lids(points, picture, self._eyes).points
        return points, seen.presence

    def find_all(self, pictures: Iterable[np.ndarray | None]) -> LandmarkTable:
        """A table with a row for each picture."""
        found = [self.find(picture) for picture in pictures]
        return LandmarkTable(
            np.array([one[0] if one else np.zeros((POINTS, 3)) for one in found], np.float32),
            np.array([one[1] if one else 0.0 for one in found], np.float32),
            np.array([one is not None for one in found]),
        )


def read_table(path: Path) -> LandmarkTable:
    """Read a table that `write_table` has left.

    Raises:
        InputError: it is not there, damaged, or no such table.
    """
    try:
        stored = parquet.read_table(path)
        flat = {name: _numbers(stored[name]) for name in LandmarkTable.__dataclass_fields__}
    except (OSError, KeyError, arrow.ArrowInvalid) as error:
        raise InputError(f"{path}: a table of landmarks was expected ({error})") from error
    rows = stored.num_rows
    if flat["points"].size != rows * POINTS * 3:
        raise InputError(f"{path}: points: {POINTS} of three numbers a row were expected")
    return LandmarkTable(
        flat["points"].reshape(rows, POINTS, 3),
        flat["presence"],
        flat["found"],
    )


def write_table(path: Path, parts: Iterator[LandmarkTable] | Sequence[LandmarkTable], source: str) -> None:
    """Write a table whole or not at all.

    Args:
        path: parquet.
        parts: rows, in order.
        source: what the points were found in and how.

    Raises:
        OutputError: it can not be written.
    """
    temporary = path.with_name(f"writing.{path.name}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        writer = None
        try:
            for part in parts:
                batch = _as_arrow(part, source)
                writer = writer or parquet.ParquetWriter(temporary, batch.schema, compression="zstd")
                writer.write_table(batch)
        finally:
            if writer:
                writer.close()
        os.replace(temporary, path)
    except OSError as error:
        raise OutputError(f"{path}: can not be written ({error.strerror or error})") from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()


def landmark_table(file: Path, kept: Path) -> LandmarkTable:
    """The points of a labelled file: those that are kept, or found now and kept.

    What a killed run had found lies beside the file that is kept and is used again.

    Args:
        file: parquet with a column `image`.
        kept: parquet; made where it is missing or of another file.

    Raises:
        InputError: the file has no pictures.
        OutputError: the table can not be written.
    """
    tables = table_files(file)
    digest = hashlib.sha256()
    for table in tables:
        digest.update(table.read_bytes())
    source = f"{digest.hexdigest()} {_WAY}"
    if kept.is_file() and (parquet.read_schema(kept).metadata or {}).get(_SOURCE) == source.encode():
        return read_table(kept)
    try:
        images = [
            image
            for table in tables
            for image in parquet.read_table(table, columns=["image"])["image"].to_pylist()
        ]
    except (KeyError, arrow.ArrowInvalid) as error:
        raise InputError(f"{file}: a column `image` was expected ({error})") from error
    finder = PointFinder()
    parts = kept.with_name(f"{kept.stem}.parts")
    starts = range(0, len(images), _BATCH)
    files = {start: parts / f"{source[:12]}_{_WAY}_{start:07d}.parquet" for start in starts}
    for start in progress(starts, len(starts), f"points of {file.name}, in parts of {_BATCH}"):
        if files[start].is_file():
            continue
        write_table(files[start], [finder.find_all(map(_decoded, images[start : start + _BATCH]))], source)
    write_table(kept, map(read_table, files.values()), source)
    for part in files.values():
        part.unlink()
    if not any(parts.iterdir()):
        parts.rmdir()
    return read_table(kept)


def _decoded(image: object) -> np.ndarray | None:
    picture = decode_picture(image, cv2.IMREAD_COLOR)
    return None if picture is None else cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)


def _as_arrow(table: LandmarkTable, source: str) -> arrow.Table:
    columns = {}
    for name in LandmarkTable.__dataclass_fields__:
        values = getattr(table, name)
        if values.ndim > 1:
            flat = arrow.array(values.ravel())
            columns[name] = arrow.FixedSizeListArray.from_arrays(flat, int(np.prod(values.shape[1:])))
        else:
            columns[name] = arrow.array(values)
    return arrow.table(columns).replace_schema_metadata({_SOURCE: source.encode()})


def _numbers(column: arrow.ChunkedArray) -> np.ndarray:
    values = column.combine_chunks()
    if arrow.types.is_fixed_size_list(values.type):
        values = values.flatten()
    return values.to_numpy(zero_copy_only=False)


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path, help="parquet with a column `image`, relative to DATA")
    parser.add_argument("--data", type=existing_folder, default=Path("."), help="folder (default: here)")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="parquet")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    table = landmark_table(options.data / options.file, options.out)
    told = {
        "n": len(table),
        "points_placed": int(table.found.sum()),
        "face_believed": int((table.presence > ENOUGH_PRESENCE).sum()),
        "file": str(options.out),
    }
    print(
        json.dumps(told) if options.json else "\n".join(f"{name:15} {value}" for name, value in told.items())
    )


if __name__ == "__main__":
    raise SystemExit(run_recipe(main))
