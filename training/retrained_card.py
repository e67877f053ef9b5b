"""The card of a retrained model, filled from its manifest: no figure is typed by hand."""

from __future__ import annotations

from typing import Any

from emopoi.runtime.manifest import Manifest

_WAYS = {
    "head": "its encoder with a new head",
    "last stage": "its encoder's last stage and a new head trained",
}


def retrained_card(manifest: Manifest) -> str:
    """The card as Markdown.

    Args:
        manifest: of a retrained model, with its figures.
    """
    data = manifest.data
    split, held = data["split"], data["measured"]["held"]
    file = manifest.files[manifest.default]
    lines = [
        f"# {_plain(manifest.name)}",
        "",
        f"Tells {len(data['label_map'])} labels of one's own on one grey face crop. Made of `emotion` by "
        f"`{data['recipe']}`: {_WAYS[data['way']]}.",
        "",
        "## File",
        "",
        f"{file.path}: {manifest.default}, {file.bytes:,} bytes, sha256 `{file.sha256[:16]}`; "
        f"{data['parameters']:,} parameters, seed {data['seed']}.",
        "",
        "Use: `emopoi recognize clip.mp4 --model DIR`",
        "",
        "## Labels",
        "",
        "| label | means | pictures | held | right of those |",
        "|---|---|---|---|---|",
    ]
    for label, meaning in data["label_map"].items():
        row = held["by_label"][label]
        right = "-" if row["recall"] is None else f"{row['recall']:.2f}"
        lines.append(
            f"| {_plain(label)} | {meaning or 'nothing that places know'} | {data['pictures'][label]} | "
            f"{row['n']} | {right} |"
        )
    for label, reason in data["left_out"].items():
        lines += ["", f"Left out: {_plain(label)} ({reason})."]
    lines += ["", "## Figures", "", *_figures(held, split, data), "", "## Licence", ""]
    licence = data["licence"]
    lines += [f"Code: {licence['code']}. Weights: {licence['weights']}.", "", "## Not for", ""]
    lines += [
        "- What the card of `emotion` rules out: inferring emotion at work or in education, decisions about",
        "  people, diagnosis, identifying people.",
        "- People and cameras unlike those of the pictures: nothing is known about them.",
        "",
    ]
    return "\n".join(lines)


def _figures(held: dict[str, Any], split: dict[str, Any], data: Any) -> list[str]:
    low, high = wilson_interval(held["accuracy"], held["n"])
    ways = ", ".join(f"{way['way']} {way['validation_loss']:.3f}" for way in data["ways"])
    lines = [
        f"{split['training']} pictures trained, {split['validation']} chose (validation loss: {ways}) and "
        f"{split['held']} were held back. {split['how']}",
        "",
        "| on the held part, by the file | model | chance |",
        "|---|---|---|",
        f"| accuracy | {held['accuracy']:.3f} | {held['chance']:.3f} (always the most frequent label) |",
        f"| mean recall of the labels | {held['balanced_accuracy']:.3f} | {held['balanced_chance']:.3f} |",
        f"| macro F1 | {held['macro_f1']:.3f} | |",
        f"| calibration error | {held['ece']:.3f} | |",
        "",
        f"One run. Chance alone leaves {low:.2f} to {high:.2f} open for an accuracy on {held['n']} pictures "
        "(95 %, Wilson 1927).",
    ]
    if split["labels_within_a_source"]:
        names = ", ".join(_plain(label) for label in split["labels_within_a_source"])
        lines += ["", f"{names}: too few sources; the held pictures come from sources that were trained on, "
                  "and the figures flatter."]  # fmt: skip
    return lines


def wilson_interval(share: float, count: int, z: float = 1.96) -> tuple[float, float]:
    """Where the true share lies, from a share of so many trials.

    Wilson (1927), "Probable inference, the law of succession, and statistical inference".

    Args:
        share: 0..1.
        count: trials, at least 1.
        z: quantile of the normal distribution, 1.96 for 95 %.
    """
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z * (share * (1 - share) / count + z * z / (4 * count * count)) ** 0.5 / (1 + z * z / count)
    return max(0.0, middle - half), min(1.0, middle + half)


def _plain(text: str) -> str:
    """Without what Markdown would obey."""
    return "".join(f"\\{sign}" if sign in "\\`*_|[]<>#" else sign for sign in text)
