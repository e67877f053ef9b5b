"""Faces cut from pictures by label, each with changed copies, as files that retraining reads.

python -m training.image_augmentation Images/ [--out Images_augmented] [--copies N]

Each face becomes NAME~copy0.png, aligned and cut as the network wants it, and NAME~copy1.png to
NAME~copyN.png: flipped, turned, shifted, relit, partly covered. Then
`python -m training.retrain --images Images_augmented --crops --out DIR` needs no detector, and keeps
copies of one picture together.
"""

from __future__ import annotations

import json
import sys
import zlib
from dataclasses import asdict, dataclass, field
from pathlib import Path

import cv2
import numpy as np

from emopoi.errors import InputError, OutputError
from emopoi.report import prepare_output_folder, write_bytes_atomically
from emopoi.runtime.manifest import find_model
from training.command_line import OneLineParser, run_command
from training.labelled_pictures import Skipped, TightCrop, faces_of, find_pictures
from training.picture_names import copy_name, plain

_EXAMPLES = """\
example:
  python -m training.image_augmentation Images --out Images_augmented --copies 4
"""
_AT_ONCE = 64


@dataclass
class AugmentationCounts:
    """What became of the pictures.

    Attributes:
        written: files by label.
        faces: pictures with a face, by label.
        skipped: pictures that were not used, and why.
    """

    written: dict[str, int] = field(default_factory=dict)
    faces: dict[str, int] = field(default_factory=dict)
    skipped: list[Skipped] = field(default_factory=list)


def augment_folder(
    images: Path, out: Path, *, copies: int = 4, crops: bool = False, seed: int = 1
) -> AugmentationCounts:
    """Write crops and changed copies.

    Args:
        images: holds a folder of pictures for each label.
        out: gets the same folders; files of the same names are replaced.
        copies: changed copies of each face, 0 for none.
        crops: the pictures are crops of a face already.
        seed: for repeatable copies.

    Raises:
        InputError: `images` is no such folder, `out` lies in it, or an argument is out of range.
        OutputError: `out` can not be written.
        MissingPartError: the detector's models are not there.
    """
    if not 0 <= copies <= 1000:
        raise InputError(f"copies: 0 to 1000 were expected, got {copies}")
    found = find_pictures(images)
    if out.resolve().is_relative_to(images.resolve()):
        raise InputError(f"{out}: a folder outside of {images} was expected, or copies would be copied")
    crop = TightCrop.of(find_model("emotion"))
    counts = AugmentationCounts()
    for place, (label, paths) in enumerate(found.items()):
        folder = prepare_output_folder(out / label)
        names = _names(images / label, paths)
        counts.written[label] = counts.faces[label] = 0
        waiting: list[tuple[Path, np.ndarray]] = []
        what = f"{label} ({place + 1} of {len(found)})"
        for path, face in faces_of(paths, crop, crops=crops, what=what):
            if isinstance(face, str):
                counts.skipped.append(Skipped(path.relative_to(images).as_posix(), face))
                continue
            waiting.append((path, face))
            if len(waiting) == _AT_ONCE:
                counts.written[label] += _write(waiting, names, folder, copies, seed)
                counts.faces[label] += len(waiting)
                waiting.clear()
        counts.written[label] += _write(waiting, names, folder, copies, seed)
        counts.faces[label] += len(waiting)
    return counts


def _names(folder: Path, paths: list[Path]) -> dict[Path, str]:
    """Distinct names: pictures of one stem (a.jpg, a.png, b/a.jpg) keep their ending or folder in it."""
    names: dict[Path, str] = {}
    taken: set[str] = set()
    for path in paths:
        source, _, rest = path.stem.partition("~")
        name = plain(source) + (f"~{plain(rest)}" if rest else "")
        if name in taken:
            name = f"{name}{'_' if rest else '~'}{zlib.crc32(str(path.relative_to(folder)).encode()):08x}"
        taken.add(name)
        names[path] = name
    return names


def _write(
    faces: list[tuple[Path, np.ndarray]], names: dict[Path, str], folder: Path, copies: int, seed: int
) -> int:
    if not faces:
        return 0
    from training.augmented_views import augmented_views

    pictures = np.stack([face for _, face in faces])
    # Other faces, other changes; the same faces again, the same ones.
    views = augmented_views(pictures, copies, seed=seed + zlib.crc32(pictures.tobytes()) % 2**24)
    for (path, face), changed in zip(faces, views, strict=True):
        for number, picture in enumerate([face, *changed]):
            written, data = cv2.imencode(".png", picture)
            if not written:
                raise OutputError(f"{path}: the crop can not be encoded")
            write_bytes_atomically(folder / f"{copy_name(names[path], number)}.png", data.tobytes())
    return len(faces) * (1 + copies)


def command(words: list[str] | None = None) -> None:
    """Parse the words and write the pictures."""
    parser = OneLineParser(
        prog="python -m training.image_augmentation", description=__doc__, epilog=_EXAMPLES
    )
    add = parser.add_argument
    add("images", type=Path, help="folder with a folder of pictures for each label")
    add("--out", type=Path, metavar="DIR", help="default: beside the images, with _augmented to its name")
    add("--copies", type=int, default=4, metavar="N", help="changed copies a face (default: %(default)s)")
    add("--crops", action="store_true", help="the pictures are crops of a face already: look for none")
    add("--seed", type=int, default=1, help="default: %(default)s")
    add("--json", action="store_true", help="print the counts as JSON")
    options = parser.parse_args(words)
    images = options.images
    out = options.out or images.resolve().with_name(f"{images.resolve().name}_augmented")
    counts = augment_folder(images, out, copies=options.copies, crops=options.crops, seed=options.seed)
    for skipped in counts.skipped:
        print(f"skipped {skipped.path}: {skipped.reason}", file=sys.stderr)
    if options.json:
        print(json.dumps(asdict(counts)))
        return
    for label, faces in counts.faces.items():
        print(f"{out / label}: {counts.written[label]} pictures of {faces} faces")
    if counts.skipped:
        print(f"{len(counts.skipped)} pictures skipped")


def main(words: list[str] | None = None) -> int:
    """Command line; gives the exit status."""
    return run_command(command, words)


if __name__ == "__main__":
    raise SystemExit(main())
