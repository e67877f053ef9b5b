"""Files of the repository that are pages of the site, and the links between them.

A page is written once, where it belongs, with links that hold in the repository: `docs/faces.md`
names `../frozen_models/emotion/card.md`. On the site the card has another address, and so has
README; this file knows both.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]

NAMES = {
    "README.md": "overview.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "LICENSE": "LICENSE.txt",
    "frozen_models": "models/index.md",
    "docs/decisions": "decisions/README.md",
    "docs": "index.md",
}
"""Path in the repository -> path on the site, of those with a name of their own there."""

_PATTERNS = (
    (re.compile(r"docs/(.+)"), r"\1"),
    (re.compile(r"frozen_models/([^/]+)/card\.md"), r"models/\1.md"),
    (re.compile(r"notebooks/([^/]+)\.ipynb"), r"notebooks/\1.md"),
)
_LINK = re.compile(r"(\[(?:[^\[\]]|!?\[[^\[\]]*\](?:\([^()]*\))?)*\])\(([^()\s]+)\)")
_TWICE = re.compile(r"(`[^`\n]+`) \(\1\)")
_CODE = re.compile(r"^(```|~~~).*?^\1|`[^`\n]+`", re.S | re.M)


def site_path(path: str) -> str | None:
    """Where a file or folder of the repository is on the site; None where it is not.

    Args:
        path: from the repository's root, with slashes.
    """
    if path in NAMES:
        return NAMES[path]
    for pattern, replacement in _PATTERNS:
        if pattern.fullmatch(path):
            return pattern.sub(replacement, path)
    return None


def outside_docs() -> Iterator[tuple[Path, str]]:
    """Pages that do not lie in docs/: file, path on the site."""
    for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE"):
        yield ROOT / name, NAMES[name]
    for file in sorted((ROOT / "frozen_models").glob("*/card.md")):
        yield file, f"models/{file.parent.name}.md"
    for file in sorted((ROOT / "notebooks").glob("*.ipynb")):
        yield file, f"notebooks/{file.stem}.md"


def with_site_links(text: str, page: str) -> str:
    """A page's links as they hold on the site.

    A link to a file of the repository that is no page (code, say) becomes plain text with the
    file's path. A link that leads nowhere stays, for the build to refuse.

    Args:
        text: Markdown.
        page: path of its file in the repository.
    """
    here, there = posixpath.dirname(page), site_path(page)
    if there is None:
        raise ValueError(f"{page}: no page of the site")

    def changed(link: re.Match[str]) -> str:
        label, target = link.groups()
        if re.match(r"[a-z]+:|#|/", target):
            return link[0]
        path, _, anchor = target.partition("#")
        found = posixpath.normpath(posixpath.join(here, path))
        if found.startswith("..") or not (ROOT / found).exists():
            return link[0]
        known = site_path(found)
        if known is None:
            return f"{label[1:-1]} (`{found}`)"
        relative = os.path.relpath(known, posixpath.dirname(there) or ".")
        return f"{label}({relative}{'#' + anchor if anchor else ''})"

    return _TWICE.sub(r"\1", outside_code(text, lambda part: _LINK.sub(changed, part)))


def outside_code(text: str, change: Callable[[str], str]) -> str:
    """Change a text but for its code, in fences or in a line."""
    parts, end = [], 0
    # Code is set aside under a number, since a link's words may hold some.
    kept: list[str] = []
    for code in _CODE.finditer(text):
        parts += [text[end : code.start()], f"\0{len(kept)}\0"]
        kept.append(code[0])
        end = code.end()
    changed = change("".join([*parts, text[end:]]))
    return re.sub("\0(\\d+)\0", lambda place: kept[int(place[1])], changed)
