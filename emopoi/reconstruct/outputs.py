"""What a reconstruction leaves in its folder: file by file, so that one that fails costs no other."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from emopoi.errors import EmopoiError
from emopoi.report import prepare_output_folder, write_text_atomically

SUMMARY = "reconstruction.json"


class ReconstructionOutputs:
    """Keeps account of what was written and what failed.

    Args:
        folder: made if missing.

    Attributes:
        folder: as given.
        failures: what could not be written, in the order in which it happened.
        files: names of what was written, within the folder.

    Raises:
        OutputError: the folder can not be made or written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = prepare_output_folder(folder)
        self.failures: list[EmopoiError] = []
        self.files: list[str] = []

    def subfolder(self, name: str) -> Path | None:
        """A folder inside; None where it can not be made, which is kept as a failure."""
        try:
            return prepare_output_folder(self.folder / name)
        except EmopoiError as error:
            self.failures.append(error)
            return None

    def write(self, writers: Iterable[Callable[[], list[Path]]]) -> list[str]:
        """Run writers one after another.

        Args:
            writers: each gives the paths that it wrote.

        Returns:
            Names of the files written, within the folder.
        """
        names = []
        for writer in writers:
            try:
                paths = writer()
            except EmopoiError as error:
                self.failures.append(error)
                continue
            names += [path.relative_to(self.folder).as_posix() for path in paths]
        self.files += names
        return names

    def finish(self, summary: dict[str, Any]) -> None:
        """Take away what an earlier run left of other people, and write reconstruction.json."""
        self._remove_stale()
        try:
            text = json.dumps(summary, indent=2) + "\n"
            write_text_atomically(self.folder / SUMMARY, text)
        except EmopoiError as error:
            self.failures.append(error)

    def _remove_stale(self) -> None:
        try:
            earlier = json.loads((self.folder / SUMMARY).read_text(encoding="utf-8"))
            names = [*earlier["files"], *(name for person in earlier["people"] for name in person["files"])]
        except (OSError, ValueError, KeyError, TypeError):
            return
        for name in names:
            path = self.folder / str(name)
            inside = path.resolve().is_relative_to(self.folder.resolve())
            if name in self.files or not inside or not path.is_file():
                continue
            with contextlib.suppress(OSError):
                path.unlink()
                if path.parent != self.folder:
                    path.parent.rmdir()  # only where it is empty now
