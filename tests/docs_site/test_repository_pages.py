"""Links that hold in the repository, as they hold on the site."""

import subprocess
import sys

import pytest

from scripts.docs_site.notebook_page import notebook_as_markdown
from scripts.docs_site.repository_pages import ROOT, site_path, with_site_links


@pytest.mark.parametrize(
    ("page", "text", "expected"),
    [
        ("docs/emotion-study.md", "[a](../frozen_models/emotion/card.md)", "[a](models/emotion.md)"),
        ("docs/decisions/video.md", "[a](../export.md#formats)", "[a](../export.md#formats)"),
        ("README.md", "[a](docs/faces.md)", "[a](faces.md)"),
        ("README.md", "![a](docs/pictures/head.jpg)", "![a](pictures/head.jpg)"),
        ("README.md", "[a](docs/decisions/) [b](LICENSE)", "[a](decisions/README.md) [b](LICENSE.txt)"),
        ("frozen_models/emotion/card.md", "[a](../head/card.md)", "[a](head.md)"),
        ("notebooks/video_to_places.ipynb", "[a](../docs/profile.md#x)", "[a](../profile.md#x)"),
        ("docs/index.md", "[a `b`](../frozen_models/)", "[a `b`](models/index.md)"),
        # Code is no page: its path is told.
        ("docs/training.md", "see [the loop](../training/loop.py).", "see the loop (`training/loop.py`)."),
        ("docs/training.md", "see [`training/loop.py`](../training/loop.py).", "see `training/loop.py`."),
        # Left as they are: elsewhere, within the page, nowhere, code.
        ("README.md", "[a](https://example.org/docs/faces.md) [b](#figures)", None),
        ("README.md", "[a](docs/no_such_page.md) [b](../outside.md)", None),
        ("README.md", "`[a](docs/faces.md)`\n\n```md\n[a](docs/faces.md)\n```\n", None),
    ],
)
def test_links(page, text, expected):
    assert with_site_links(text, page) == (text if expected is None else expected)


def test_code_has_no_page():
    assert site_path("training/loop.py") is None
    with pytest.raises(ValueError, match="no page of the site"):
        with_site_links("", "training/loop.py")


def test_a_stored_output_is_refused(tmp_path):
    file = tmp_path / "stored.ipynb"
    file.write_text('{"cells": [{"cell_type": "code", "source": ["1"], "outputs": [{}]}]}')
    with pytest.raises(ValueError, match="code without outputs"):
        notebook_as_markdown(file)


@pytest.mark.parametrize(
    ("text", "told"),
    [("[a](nowhere.md)", "nowhere.md"), ("[a](faces.md#no-such-heading)", "no-such-heading")],
)
def test_a_link_to_nowhere_fails_the_build(tmp_path, text, told):
    """On two pages and without API, so that it takes a moment."""
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "index.md").write_text(f"# Home\n\n{text}\n")
    (docs / "faces.md").write_text("# Faces\n")
    rules = (ROOT / "mkdocs.yml").read_text().partition("validation:\n")[2].partition("\n\n")[0]
    (tmp_path / "mkdocs.yml").write_text(f"site_name: small\nstrict: true\nvalidation:\n{rules}\n")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build"], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert told in done.stderr
