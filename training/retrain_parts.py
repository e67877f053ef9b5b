"""Which pictures teach, which choose, and which are held back for the figures."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from emopoi.errors import InputError
from training.labelled_pictures import LabelledPictures, TightCrop, bits_of, read_labelled
from training.picture_likeness import copies
from training.picture_names import read_name
from training.split_by_source import PARTS, split_by_source


def enough_pictures(pictures: LabelledPictures, least: int) -> tuple[LabelledPictures, dict[str, str]]:
    """Leave out labels with too few pictures.

    Args:
        pictures: of all labels.
        least: pictures that a label needs.

    Returns:
        The rest, and why each other label is left out.

    Raises:
        InputError: fewer than two labels are left.
    """
    counts = pictures.counts()
    left_out = {
        label: f"{count} usable pictures, at least {least} were expected"
        for label, count in counts.items()
        if count < least
    }
    kept = [label for label in pictures.labels if label not in left_out]
    if len(kept) < 2:
        told = ", ".join(f"{label} {count}" for label, count in counts.items())
        raise InputError(
            f"at least two labels with {least} usable pictures each were expected, got {told}"
            + (f"; skipped: {len(pictures.skipped)}, e.g. {pictures.skipped[0].path}: "
               f"{pictures.skipped[0].reason}" if pictures.skipped else "")
        )  # fmt: skip
    return pictures.of_labels(kept), left_out


def parts_by_source(
    pictures: LabelledPictures, seed: int, hold: bool
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Deal pictures out such that no source is in two parts.

    Args:
        pictures: those that are used.
        seed: of the dealing.
        hold: whether a part is held back for the figures; otherwise it teaches too.

    Returns:
        Rows int64 by part ("training", "validation", "held"), and the split in words and figures.
    """
    names = [read_name(Path(file)).picture for file in pictures.files]
    split = split_by_source(pictures.label, pictures.sources, names, seed=seed)
    rows = {part: split.rows(part) for part in PARTS}
    if not hold:
        rows["training"] = np.concatenate([rows["training"], rows["held"]])
        rows["held"] = rows["held"][:0]
    # Changed copies teach; only pictures as they are choose and measure.
    for part in PARTS[1:]:
        rows[part] = rows[part][pictures.copies[rows[part]] == 0]
    torn = [pictures.labels[place] for place in split.within_a_source]
    how = (
        "No source (what stands before ~ in a file's name, or pictures that are copies of one another) is in "
        "two parts."
        if not torn
        else "No source is in two parts, but for the labels told below."
    )
    return rows, {
        "by": "source",
        "how": how if hold else "The held pictures are a folder of their own.",
        "sources": len(set(pictures.sources)),
        "labels_within_a_source": torn,
        **{part: len(rows[part]) for part in PARTS},
    }


def held_part(
    pictures: LabelledPictures,
    rows: Mapping[str, np.ndarray],
    held: Path | None,
    crop: TightCrop,
    crops: bool,
    split: dict[str, Any],
) -> tuple[np.ndarray, np.ndarray]:
    """Pictures and labels that the figures are taken on.

    Args:
        pictures: those that are used.
        rows: by part, from `parts_by_source`.
        held: a folder of its own, or None for the rows held back; copies of `pictures` in it are left out.
        crop: how pictures of the folder are cut.
        crops: whether they are crops already.
        split: gets the folder's counts.

    Returns:
        uint8 (N, S, S, 1) and int64 (N,).

    Raises:
        InputError: the folder has no pictures of these labels.
    """
    if held is None:
        return pictures.pictures[rows["held"]], pictures.label[rows["held"]]
    other = read_labelled(held, crop, crops=crops).of_labels(pictures.labels)
    known = (
        {row for row, _ in copies(bits_of(other.pictures), bits_of(pictures.pictures))}
        if len(other)
        else set()
    )
    fresh = [row for row in range(len(other)) if other.copies[row] == 0 and row not in known]
    if not fresh:
        raise InputError(f"{held}: pictures with the labels {', '.join(pictures.labels)} were expected")
    split["held"] = len(fresh)
    split["held_copies_left_out"] = int((other.copies == 0).sum()) - len(fresh)
    places = np.array([pictures.labels.index(label) for label in other.labels])
    return other.pictures[fresh], places[other.label[fresh]]
