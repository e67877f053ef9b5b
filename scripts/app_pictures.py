"""Make the README's pictures of the app, and its icons: the demo's clip, live and as a job's results.

python scripts/app_pictures.py [--out docs/pictures] [--all FOLDER]

With --all every page is kept too, at the size of a phone and of a desktop, light and dark. Needs `make web`
and Debian's chromium.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.live_page import (  # noqa: E402
    RECORDER,
    camera_flags,
    find_chromium,
    served,
    start_live,
    write_camera_clip,
)
from emopoi.demo_clip import write_demo_clip  # noqa: E402

SIZES = {"desktop": (1280, 860, "light"), "phone": (390, 844, "dark")}
CLIP_S, READ_MS = 4.0, 7000
ICONS_PX = (192, 512)


def main() -> int:
    """Start a server and a browser, and look."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "pictures")
    parser.add_argument("--all", type=Path, metavar="FOLDER", help="every page at both sizes")
    options = parser.parse_args()
    chromium = find_chromium()
    if chromium is None:
        print("chromium is not installed", file=sys.stderr)
        return 2
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as kit:
        clip, camera = Path(folder) / "portrait.mp4", Path(folder) / "camera.y4m"
        write_demo_clip(clip, CLIP_S)
        write_camera_clip(clip, camera, 200, numbered=False)
        browser = kit.chromium.launch(executable_path=chromium, args=camera_flags(camera))
        make_icons(browser)
        with served(Path(folder) / "data", "--max-seconds", str(CLIP_S)) as address:
            with opened(browser, "desktop") as page:
                result = run_job(page, address, clip)
                show_result(page, result)
                page.screenshot(path=options.out / "app-result.png")
                start_live(page, address)
                page.get_by_label("Points on the face").check()
                page.wait_for_timeout(READ_MS)
                wait_for_a_face(page)
                page.screenshot(path=options.out / "app-live.png")
            if options.all:
                options.all.mkdir(parents=True, exist_ok=True)
                for size in SIZES:
                    with opened(browser, size) as page:
                        keep_all(page, address, result, options.all, size)
        browser.close()
    return 0


@contextmanager
def opened(browser: Any, size: str) -> Iterator[Any]:
    """A page of one of the sizes."""
    width, height, scheme = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    page = context.new_page()
    page.add_init_script(RECORDER)
    yield page
    context.close()


def make_icons(browser: Any) -> None:
    """Turn the drawn icon into the sizes that phones ask for."""
    drawing = (ROOT / "web" / "public" / "icon.svg").read_text(encoding="utf-8")
    for side in ICONS_PX:
        page = browser.new_page(viewport={"width": side, "height": side})
        page.set_content(
            f"<style>body{{margin:0}}svg{{width:{side}px;height:{side}px;display:block}}</style>{drawing}"
        )
        page.screenshot(path=ROOT / "web" / "public" / f"icon-{side}.png", omit_background=True)
        page.close()


def run_job(page: Any, address: str, clip: Path) -> str:
    """Upload a clip and wait; the address of its results."""
    page.goto(f"{address}/#/analyse")
    page.locator("input[type=file]").set_input_files(clip)
    page.get_by_label("Everybody shown agrees to this").check()
    page.get_by_role("button", name="Start").click()
    link = page.get_by_role("link", name=re.compile("^Open the results"))
    link.wait_for(timeout=900_000)
    return f"{address}/{link.get_attribute('href')}"


def show_result(page: Any, result: str) -> None:
    """Open results, everything drawn."""
    page.goto(result)
    page.locator(".viewer canvas").wait_for(timeout=60_000)
    page.locator("video").evaluate("video => { video.currentTime = 2; }")
    page.wait_for_timeout(3000)


def wait_for_a_face(page: Any) -> None:
    """Until the newest reading shows somebody, for a while."""
    for _ in range(200):
        if page.evaluate(
            "window.emopoiResults.at(-1).faces.length > 0 && document.querySelector('.big') !== null"
        ):
            return
        page.wait_for_timeout(50)


def keep_all(page: Any, address: str, result: str, folder: Path, size: str) -> None:
    """Every page as it is when somebody uses it."""

    def keep(name: str) -> None:
        page.screenshot(path=folder / f"{name}-{size}.png", full_page=True)

    for name in ("", "analyse", "live", "diary", "kept", "api", "token", "nowhere"):
        page.goto(f"{address}/#/{name}")
        page.wait_for_timeout(800)
        keep(name or "start")
    show_result(page, result)
    page.get_by_role("button", name="Find places").click()
    page.locator(".map .pin").last.wait_for(timeout=30_000)
    keep("result")
    start_live(page, address)
    page.wait_for_timeout(READ_MS)
    wait_for_a_face(page)
    keep("live-running")


if __name__ == "__main__":
    raise SystemExit(main())
