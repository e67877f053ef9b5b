"""A confusion table as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from emopoi.errors import OutputError

_LONGEST_NAME = 18


def draw_confusion(confusion: np.ndarray, labels: Sequence[str], title: str, path: Path) -> None:
    """Write a confusion table: rows the true label, columns the one found, coloured by share of the row.

    Args:
        confusion: int (K, K).
        labels: K names.
        title: above the table.
        path: the PNG file.

    Raises:
        OutputError: it can not be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    count = len(labels)
    totals = confusion.sum(axis=1, keepdims=True)
    shares = np.divide(confusion, totals, out=np.zeros(confusion.shape), where=totals > 0)
    side = 2.6 + 0.62 * count
    figure = Figure(figsize=(side + 0.8, side), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.imshow(shares, cmap="Blues", vmin=0.0, vmax=1.0)
    # A user's own names: a dollar sign is no formula.
    names = [
        (name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…").replace("$", r"\$")
        for name in labels
    ]
    axes.set_xticks(range(count), names, rotation=40, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(count), names)
    axes.set_xlabel("found")
    axes.set_ylabel("labelled")
    axes.set_title(title, fontsize=10)
    for row in range(count):
        for column in range(count):
            share = shares[row, column]
            text = f"{confusion[row, column]}\n{100 * share:.0f} %" if totals[row, 0] else "–"
            axes.text(column, row, text, ha="center", va="center", fontsize=8,
                      color="white" if share > 0.55 else "#1a1a1a")  # fmt: skip
    axes.set_xticks(np.arange(count + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(count + 1) - 0.5, minor=True)
    axes.grid(which="minor", color="white", linewidth=1.5)
    axes.tick_params(which="both", length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    try:
        figure.savefig(path, format="png")
    except OSError as error:
        raise OutputError(f"{path}: can not be written ({error.strerror or error})") from error
