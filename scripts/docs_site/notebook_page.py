"""A notebook as a page: its texts as they are, its code in fences; it stores no outputs."""

from __future__ import annotations

import json
from pathlib import Path


def notebook_as_markdown(file: Path) -> str:
    """The Markdown of a notebook.

    Args:
        file: .ipynb, format 4.

    Raises:
        ValueError: a cell is neither text nor code, or an output is stored.
    """
    parts = []
    for number, cell in enumerate(json.loads(file.read_text(encoding="utf-8"))["cells"]):
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            parts.append(source)
        elif cell["cell_type"] == "code" and not cell["outputs"]:
            parts.append(f"```python\n{source}\n```")
        else:
            raise ValueError(f"{file.name}: cell {number}: text, or code without outputs, was expected")
    title, first, rest = parts[0].partition("\n")
    download = f"\nNotebook to download: [{file.name}]({file.name}){{: download }}\n"
    return "\n\n".join([title + "\n" + download + first + rest, *parts[1:]]) + "\n"
