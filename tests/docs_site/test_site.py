"""The site holds every page, asks no other host for anything, and opens from a folder."""

import html
import importlib
import re
from html.parser import HTMLParser

import pytest

from benchmarks.live_page import find_chromium
from emopoi.commands.main import COMMANDS
from tests.docs_site.conftest import ROOT


class Addresses(HTMLParser):
    """What a page names: to fetch it, and to go there when somebody clicks."""

    def __init__(self, text):
        super().__init__()
        self.fetched, self.linked = [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name in ("src", "href", "srcset", "data", "action", "poster") and value:
                (self.linked if (tag, name) == ("a", "href") else self.fetched).append(value)


@pytest.fixture(scope="module")
def pages(site):
    return {path.relative_to(site).as_posix(): path.read_text() for path in site.rglob("*.html")}


def test_every_document_is_a_page(pages):
    expected = {path.relative_to(ROOT / "docs") for path in (ROOT / "docs").rglob("*.md")}
    names = {path.as_posix().removesuffix(".md").replace("README", "index") + ".html" for path in expected}
    names |= {f"models/{path.parent.name}.html" for path in (ROOT / "frozen_models").glob("*/card.md")}
    names |= {f"notebooks/{path.stem}.html" for path in (ROOT / "notebooks").glob("*.ipynb")}
    names |= {"overview.html", "contributing.html", "changelog.html", "commands.html", "models/index.html"}
    assert names <= pages.keys()


def test_every_page_is_in_the_navigation(site, pages):
    for name, text in pages.items():
        folder = (site / name).parent
        listed = {
            (folder / link).resolve() for link in re.findall(r'href="([^"#]+)"[^>]*class="md-nav__link', text)
        }
        if name != "404.html":
            assert (site / name).resolve() in listed or "md-nav__link--active" in text, name


def test_pages_fetch_nothing_from_elsewhere(site):
    for path in [*site.rglob("*.html"), *site.rglob("*.css")]:
        text = path.read_text()
        found = Addresses(text).fetched if path.suffix == ".html" else []
        found += (
            re.findall(r"url\(['\"]?([^'\")]+)|@import ['\"]([^'\"]+)", text) if path.suffix == ".css" else []
        )
        away = [name for name in found if re.match(r"(https?:)?//", "".join(name))]
        assert not away, (path, away)


def test_links_lead_to_files_and_places_of_the_site(site, pages):
    """MkDocs checks those of Markdown; this also those of docstrings, HTML and the theme."""
    ids = {name: set(re.findall(r'\bid="([^"]+)"', text)) for name, text in pages.items()}
    for name, text in pages.items():
        if name == "404.html":  # is shown for any address, so that its links can not be relative
            continue
        for link in Addresses(text).linked:
            path, _, anchor = html.unescape(link).partition("#")
            if re.match(r"[a-z]+:|//", path):
                continue
            target = ((site / name).parent / path).resolve() if path else site / name
            assert target.exists(), (name, link)
            if anchor and target.suffix == ".html":
                assert anchor in ids[target.relative_to(site).as_posix()], (name, link)


def test_lists_and_tables_are_lists_and_tables(pages):
    """Markdown of the repository's page that this one's reader takes for plain text."""
    for name, text in pages.items():
        for paragraph in re.findall(r"<p>(.*?)</p>", text, re.S):
            assert not re.search(r"(^|\n)(- |\* |1\. |\||#+ |```)", re.sub("<[^>]+>", "", paragraph)), (
                name,
                paragraph[:200],
            )


def test_commands_and_docstrings_are_there(pages):
    for name in COMMANDS:
        assert f'id="{name}"' in pages["commands.html"]
    assert "--at LAT,LON" in pages["commands.html"] and "emopoi head convert" in pages["commands.html"]
    text = html.unescape(re.sub("<[^>]+>", "", pages["api/recognition.html"]))
    assert "video, photo, folder of photos, or the number of a camera." in text
    assert 'id="recommender.suggest"' in pages["api/places.html"]


@pytest.mark.parametrize(
    ("package", "page"),
    [
        ("emopoi.types", "recognition"),
        ("emopoi.profile", "recognition"),
        ("emopoi.preprocess", "recognition"),
        ("recommender", "places"),
        ("recommender.map_page", "places"),
    ],
)
def test_every_public_name_is_told(pages, package, page):
    told = {name.rpartition(".")[2] for name in re.findall(r'\bid="([\w.]+)"', pages[f"api/{page}.html"])}
    assert set(importlib.import_module(package).__all__) <= told


def test_pages_open_from_a_folder_and_search_finds(site):
    from playwright.sync_api import sync_playwright

    chromium = find_chromium()
    if chromium is None:
        pytest.skip("no browser here: install Debian's chromium")
    asked, errors = [], []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("requestfailed", lambda request: errors.append(request.url))
        for name in ("api/recognition.html", "models/emotion.html", "index.html"):
            page.goto((site / name).as_uri())
            page.wait_for_function("document.documentElement.classList.contains('js')")
        page.locator("[data-md-component=search-query]").click()
        page.keyboard.type("photo")
        page.locator(".md-search-result__item").first.wait_for(timeout=20_000)
        assert page.locator(".md-search-result__item").count() > 2
        assert page.locator("article img").first.evaluate("image => image.naturalWidth") > 100
        browser.close()
    assert not errors
    assert all(address.startswith(("file:", "data:", "about:", "blob:")) for address in asked), asked
