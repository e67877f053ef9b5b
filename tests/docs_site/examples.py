"""What README and the guides tell people to type: commands and Python, and where they stand."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
PROGRAMS = ("emopoi", "python", "python3", "make", "pip", "source", "curl", "unzip", "export")
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.S | re.M)
_SETTING = re.compile(r"[A-Z_]+=\S+")


@dataclass(frozen=True)
class Command:
    """A line to type: `text` as it stands, `words` as a shell splits it; `page` of the first place."""

    page: str
    text: str

    @property
    def words(self) -> list[str]:
        """Without environment variables in front, and without the dots of "and so on"."""
        words = [word for word in shlex.split(self.text) if word != "..."]
        while words and _SETTING.fullmatch(words[0]):
            words = words[1:]
        return words


@dataclass(frozen=True)
class Snippet:
    """A block of Python; `number` counts those of its page from 0."""

    page: str
    number: int
    code: str


def blocks(page: Path) -> list[tuple[str, str]]:
    """(language, content) of every fenced block."""
    return _FENCE.findall(page.read_text(encoding="utf-8"))


def commands() -> list[Command]:
    """Every command of every page, each once, in order."""
    found: dict[str, Command] = {}
    for page in PAGES:
        for kind, block in blocks(page):
            if kind not in ("", "sh"):
                continue
            for line in re.sub(r"\\\n\s*", "", block).splitlines():
                text = re.split(r"\s#", line)[0].strip()
                first = re.sub(r"^([A-Z_]+=\S+ )+", "", text).split(" ")[0]
                # A synopsis, with its brackets, is no command.
                if first in PROGRAMS and not re.search(r" \[-|\|", text):
                    for part in text.split(" && "):
                        found.setdefault(part, Command(page.relative_to(ROOT).as_posix(), part))
    return list(found.values())


def snippets() -> list[Snippet]:
    """Every block of Python."""
    found = []
    for page in PAGES:
        code = [block for kind, block in blocks(page) if kind == "python"]
        found += [
            Snippet(page.relative_to(ROOT).as_posix(), number, block) for number, block in enumerate(code)
        ]
    return found
