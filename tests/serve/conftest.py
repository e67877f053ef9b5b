"""What tests of the app share: the engine in Node, a server, a browser with a camera that is not there."""

import base64
import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from benchmarks.live_page import camera_flags, find_chromium, served, write_camera_clip
from tests.serve.built_pages import why_not_built

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "emopoi" / "serve" / "pages"
CHECKS = ROOT / "web" / "build" / "checks.mjs"


@pytest.fixture(scope="session")
def engine():
    """Runs checks of web/src/checks/main.ts: a list of (name, input) in, a list of answers out."""
    node = shutil.which("node")
    if node is None or not CHECKS.is_file():
        pytest.skip(why_not_built())

    def run(requests):
        text = json.dumps([{"check": name, "input": given} for name, given in requests])
        done = subprocess.run([node, str(CHECKS)], input=text, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-2000:]
        return json.loads(done.stdout)

    return run


@pytest.fixture(scope="session")
def pack():
    """A picture as the checks take it."""

    def packed(image):
        height, width = image.shape[:2]
        channels = 1 if image.ndim == 2 else image.shape[2]
        data = base64.b64encode(np.ascontiguousarray(image).tobytes()).decode()
        return {"width": width, "height": height, "channels": channels, "data": data}

    return packed


@pytest.fixture(scope="session")
def unpack():
    """uint8 out of an answer."""
    return lambda text: np.frombuffer(base64.b64decode(text), np.uint8)


@pytest.fixture(scope="session")
def chromium():
    """Path of Chromium, where it and the built pages are there."""
    found = find_chromium()
    if found is None:
        pytest.skip("no browser here: install Debian's chromium")
    if not (PAGES / "index.html").is_file():
        pytest.skip(why_not_built())
    return found


@pytest.fixture(scope="session")
def address(tmp_path_factory, chromium):
    """A running server with the built pages."""
    with served(tmp_path_factory.mktemp("app") / "data", "--max-seconds", "0.4") as found:
        yield found


@pytest.fixture(scope="session")
def camera_clip(tmp_path_factory, data_dir):
    """A real clip as the camera's picture, numbered."""
    path = tmp_path_factory.mktemp("camera") / "camera.y4m"
    write_camera_clip(data_dir / "videos" / "lp_d18.mp4", path, 216)
    return path


@pytest.fixture(scope="session")
def playwright_kit():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as kit:
        yield kit


@pytest.fixture(scope="session")
def browser(chromium, camera_clip, playwright_kit):
    """Headless Chromium whose camera shows the clip."""
    started = playwright_kit.chromium.launch(executable_path=chromium, args=camera_flags(camera_clip))
    yield started
    started.close()
