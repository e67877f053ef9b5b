"""MkDocs' way in: adds the pages that do not lie in docs/, and fills the navigation.

MkDocs calls the functions below by their names while it builds; mkdocs.yml names this file.
"""

from __future__ import annotations

from typing import Any

from command_page import commands_as_markdown
from mkdocs.structure.files import File
from model_list import models_as_markdown
from notebook_page import notebook_as_markdown
from repository_pages import ROOT, outside_docs, with_site_links

_sources: dict[str, str] = {}
"""Path on the site -> path in the repository, of the pages from outside docs/."""


def on_files(files: Any, *, config: Any) -> Any:
    """Add the pages that are made, then name in the navigation what nobody named."""
    _sources.clear()
    for file, uri in outside_docs():
        _sources[uri] = file.relative_to(ROOT).as_posix()
        if file.suffix == ".ipynb":
            add(files, config, uri, notebook_as_markdown(file))
            add(files, config, f"notebooks/{file.name}", file.read_text(encoding="utf-8"))
        else:
            add(files, config, uri, file.read_text(encoding="utf-8"))
    add(files, config, "models/index.md", models_as_markdown(ROOT / "frozen_models"))
    add(files, config, "commands.md", commands_as_markdown())
    pages = sorted(file.src_uri for file in files.documentation_pages())
    config.nav = filled(config.nav, pages)
    return files


def on_page_markdown(markdown: str, *, page: Any, config: Any, files: Any) -> str:
    """Links that hold in the repository become links that hold on the site."""
    uri = page.file.src_uri
    if uri in ("models/index.md", "commands.md"):
        return markdown
    return with_site_links(markdown, _sources.get(uri, f"docs/{uri}"))


def add(files: Any, config: Any, uri: str, content: str) -> None:
    """Add a file that is made."""
    files.append(File.generated(config, uri, content=content))


def filled(nav: list[Any], pages: list[str]) -> list[Any]:
    """A navigation whose "folder/..." are the pages of that folder that stand nowhere in it.

    "..." alone is what is left at the end, so that no page is without a way to it.
    """
    left = [page for page in pages if page not in set(named(nav))]
    folders = [item for item in named(nav) if item.endswith("/...")]
    found = {
        folder: [page for page in left if page.rpartition("/")[0] == folder.removesuffix("/...")]
        for folder in folders
    }
    found["..."] = [page for page in left if page not in {name for names in found.values() for name in names}]

    def fill(item: Any) -> list[Any]:
        if isinstance(item, str):
            return found.get(item, [item])
        return [
            {title: [deep for child in value for deep in fill(child)] if isinstance(value, list) else value}
            for title, value in item.items()
        ]

    return [deep for item in nav for deep in fill(item)]


def named(nav: Any) -> list[str]:
    """Every page and pattern of a navigation, in order."""
    if isinstance(nav, str):
        return [nav]
    return [name for part in (nav.values() if isinstance(nav, dict) else nav) for name in named(part)]
