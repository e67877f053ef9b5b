"""A folder of pictures by label (`Images/Happy/*.jpg`) as faces that a network can learn from."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from emopoi.errors import EmopoiError, InputError, ModelFileError
from emopoi.preprocess import CropLayout, crop_face
from emopoi.progress import progress
from emopoi.runtime.manifest import Manifest
from emopoi.vision.face_detector import FaceDetector
from emopoi.vision.photo_detector import PhotoDetector
from emopoi.vision.photos import PHOTO_SUFFIXES, read_photo
from training.picture_likeness import copies, picture_bits
from training.picture_names import read_name

_SMALLEST_PX = 16
_WORKERS = 2


@dataclass(frozen=True)
class TightCrop:
    """How faces are cut for training.

    Attributes:
        layout: where eyes and mouth lie.
        side: pixels; the network sees the middle of it, so that augmentation has a margin.
    """

    layout: CropLayout
    side: int

    @classmethod
    def of(cls, manifest: Manifest) -> TightCrop:
        """The crops that the encoder of a frozen model was trained on.

        Raises:
            ModelFileError: the manifest does not tell.
        """
        if manifest.input is None or manifest.training_layout is None:
            raise ModelFileError(f"model {manifest.name}: input and training_layout were expected")
        ratio = manifest.input.layout.eye_distance / manifest.training_layout.eye_distance
        return cls(manifest.training_layout, round(manifest.input.size * ratio))


@dataclass(frozen=True)
class Skipped:
    """A file that was not used, and why."""

    path: str
    reason: str


@dataclass(frozen=True)
class LabelledPictures:
    """Faces with labels; N rows, K labels.

    Attributes:
        labels: the folders' names, sorted.
        pictures: uint8 (N, S, S, 1) grey.
        label: int64 (N,), places in `labels`.
        files: N paths, relative to the folder.
        sources: N names; rows of one source must not be torn apart.
        copies: int64 (N,), 0 for pictures, from 1 on for their changed copies.
        skipped: what was not used.
    """

    labels: tuple[str, ...]
    pictures: np.ndarray
    label: np.ndarray
    files: tuple[str, ...]
    sources: tuple[str, ...]
    copies: np.ndarray
    skipped: tuple[Skipped, ...]

    def __len__(self) -> int:
        return len(self.label)

    def counts(self) -> dict[str, int]:
        """Pictures by label, changed copies left out."""
        found = np.bincount(self.label[self.copies == 0], minlength=len(self.labels))
        return dict(zip(self.labels, found.tolist(), strict=True))

    def of_labels(self, labels: Sequence[str]) -> LabelledPictures:
        """The rows of some labels."""
        kept = tuple(label for label in self.labels if label in labels)
        places = np.array([kept.index(label) if label in kept else -1 for label in self.labels], np.int64)
        rows = np.flatnonzero(places[self.label] >= 0)
        return LabelledPictures(
            kept,
            self.pictures[rows],
            places[self.label[rows]],
            tuple(self.files[row] for row in rows),
            tuple(self.sources[row] for row in rows),
            self.copies[rows],
            self.skipped,
        )


def find_pictures(folder: Path) -> dict[str, list[Path]]:
    """The picture files of each label's folder, folders inside of it too, in the order of names.

    Raises:
        InputError: no such folder, no labels in it, or a label that is no plain text.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: a folder with a folder of pictures for each label was expected")
    found: dict[str, list[Path]] = {}
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if not entry.is_dir() or entry.name.startswith("."):
            continue
        if not entry.name.isprintable() or entry.name != entry.name.strip():
            raise InputError(
                f"label {entry.name!r}: a name without line breaks and outer spaces was expected"
            )
        found[entry.name] = sorted(
            path
            for path in entry.rglob("*")
            if path.suffix.lower() in PHOTO_SUFFIXES and not path.name.startswith(".") and path.is_file()
        )
    if not found:
        raise InputError(f"{folder}: no folders in it; one for each label was expected, such as Happy, Sad")
    return found


def faces_of(
    paths: Sequence[Path], crop: TightCrop, *, crops: bool, what: str
) -> Iterator[tuple[Path, np.ndarray | str]]:
    """Read pictures and cut the largest face out of each.

    Args:
        paths: the files.
        crop: how to cut.
        crops: the pictures are tight crops of one face each already: no face is looked for.
        what: for the progress line.

    Yields:
        Each path with uint8 (S, S, 1) grey, or with the reason why it can not be used.

    Raises:
        MissingPartError: faces shall be looked for and the detector's models are not there.
    """
    read = _ReadCrop(crop) if crops else _FindFace(crop)
    with ThreadPoolExecutor(_WORKERS) as workers:
        try:
            yield from zip(paths, progress(workers.map(read, paths), len(paths), what), strict=True)
        finally:
            workers.shutdown(cancel_futures=True)


def read_labelled(folder: Path, crop: TightCrop, *, crops: bool = False) -> LabelledPictures:
    """Read a folder of pictures by label.

    Pictures of one source, told by their names (see `picture_names`) or found to be copies of one
    another by their content, share a source. Of exact copies within a label one is kept.

    Args:
        folder: holds a folder for each label.
        crop: how faces are cut.
        crops: the pictures are crops of a face already.

    Raises:
        InputError: as `find_pictures`, or not one picture can be used.
        MissingPartError: as `faces_of`.
    """
    found = find_pictures(folder)
    places = {path: place for place, label in enumerate(found) for path in found[label]}
    skipped: list[Skipped] = []
    rows: list[tuple[Path, np.ndarray]] = []
    seen: set[tuple[int, bytes]] = set()
    for path, face in faces_of(list(places), crop, crops=crops, what="reading pictures"):
        name = path.relative_to(folder).as_posix()
        if isinstance(face, str):
            skipped.append(Skipped(name, face))
            continue
        content = (places[path], face.tobytes())
        if content in seen:
            skipped.append(Skipped(name, "the same picture as another of its label"))
            continue
        seen.add(content)
        rows.append((path, face))
    if not rows:
        why = f", e.g. {skipped[0].path}: {skipped[0].reason}" if skipped else ""
        raise InputError(f"{folder}: not one of its {len(places)} pictures can be used{why}")
    pictures = np.stack([face for _, face in rows])
    names = [read_name(path) for path, _ in rows]
    return LabelledPictures(
        tuple(found),
        pictures,
        np.array([places[path] for path, _ in rows], np.int64),
        tuple(path.relative_to(folder).as_posix() for path, _ in rows),
        tuple(_joined([name.source for name in names], bits_of(pictures))),
        np.array([name.copy for name in names], np.int64),
        tuple(skipped),
    )


def bits_of(pictures: np.ndarray) -> np.ndarray:
    """What copies are known by: bool (N, 144) of uint8 (N, S, S, 1)."""
    return np.stack([picture_bits(picture[..., 0]) for picture in pictures])


def _joined(sources: list[str], bits: np.ndarray) -> list[str]:
    """Give sources that share a picture one name."""
    parent = {source: source for source in sources}

    def root(source: str) -> str:
        while parent[source] != source:
            parent[source] = source = parent[parent[source]]
        return source

    for row, other in copies(bits, bits):
        if row < other:
            ends = sorted((root(sources[row]), root(sources[other])))
            parent[ends[1]] = ends[0]
    return [root(source) for source in sources]


class _ReadCrop:
    """A crop from a file, brought to the side that is wanted."""

    def __init__(self, crop: TightCrop) -> None:
        self._side = crop.side

    def __call__(self, path: Path) -> np.ndarray | str:
        try:
            picture = read_photo(path)
        except EmopoiError as error:
            return _reason(error, path)
        if min(picture.shape[:2]) < _SMALLEST_PX:
            return f"smaller than {_SMALLEST_PX} pixels"
        grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
        if grey.shape != (self._side, self._side):
            shrinks = min(grey.shape) > self._side
            kind = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
            grey = cv2.resize(grey, (self._side, self._side), interpolation=kind)
        return grey[..., None]


class _FindFace:
    """The largest face of a picture, aligned. Each thread has a detector of its own."""

    def __init__(self, crop: TightCrop) -> None:
        self._crop = crop
        self._files = PhotoDetector().files
        self._own = threading.local()

    def __call__(self, path: Path) -> np.ndarray | str:
        try:
            picture = read_photo(path)
            faces = self._detector().detect(picture)
            if not faces:
                return "no face found"
            return crop_face(picture, faces[0], self._crop.layout, self._crop.side, grey=True)
        except EmopoiError as error:
            return _reason(error, path)

    def _detector(self) -> FaceDetector:
        if not hasattr(self._own, "detector"):
            self._own.detector = PhotoDetector(self._files)
        return self._own.detector


def _reason(error: EmopoiError, path: Path) -> str:
    """What is wrong, without the path."""
    return str(error).removeprefix(f"{path}: ")
