"""The live page in headless Chromium against the Python pipeline on the same frames.

python benchmarks/live_page.py CLIP [--seconds S] [--json]

A real clip becomes the picture of a camera that is not there, each frame with its number burned in. What is
told: frames a second that the page reads, milliseconds of each, the time from the click to the first reading,
how often page and Python name the same expression of the same frame, each model's difference from its golden
bytes, and the pages' weight as it goes over the network. Needs `make web` and Debian's chromium.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from emopoi.pipeline import recognize
from emopoi.types import FER7
from emopoi.vision.media import open_media

ROOT = Path(__file__).parents[1]
WIDTH, HEIGHT = 640, 480
_PATIENCE_S = 60.0
STRIP_PX, BITS = 16, 16
"""The burned-in number: black and white blocks on top of the picture, the lowest bit first."""

RECORDER = f"""
window.emopoiNumbers = [];
window.emopoiResults = [];
const real = CanvasRenderingContext2D.prototype.getImageData;
CanvasRenderingContext2D.prototype.getImageData = function (...box) {{
  const picture = real.apply(this, box);
  if (picture.width === {WIDTH} && picture.height === {HEIGHT}) {{
    let number = 0;
    for (let bit = 0; bit < {BITS}; bit++) {{
      const x = (bit + 0.5) * picture.width / {BITS};
      if (picture.data[4 * ({STRIP_PX // 2} * picture.width + Math.floor(x))] > 127) number |= 1 << bit;
    }}
    window.emopoiNumbers.push(number);
  }}
  return picture;
}};
window.addEventListener("emopoi:result", (event) => {{
  const {{ sequence, timeMs, ms, faces, profile }} = event.detail;
  const told = faces.map(({{ id, label, fer7 }}) => ({{ id, label, fer7 }}));
  window.emopoiResults.push({{ sequence, timeMs, ms, at: performance.now(), faces: told, profile }});
}});
"""


def find_chromium() -> str | None:
    """Path of a Chromium that is installed, or None."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def write_camera_clip(source: Path, target: Path, most_frames: int, *, numbered: bool = True) -> int:
    """Make an uncompressed clip of a video, fitted into the camera's size, each frame with its number.

    Args:
        source: a video.
        target: of a `.y4m` file.
        most_frames: longer videos are cut.
        numbered: burn the numbers in.

    Returns:
        Frames written.
    """
    count = 0
    with open_media(source) as media, target.open("wb") as file:
        rate = Fraction(media.fps or 25).limit_denominator(1001)
        file.write(
            f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{rate.numerator}:{rate.denominator} Ip A1:1 C420jpeg\n".encode()
        )
        for frame in media:
            picture = _with_number(frame.image, count if numbered else 0)
            file.write(b"FRAME\n" + cv2.cvtColor(picture, cv2.COLOR_RGB2YUV_I420).tobytes())
            count += 1
            if count == most_frames:
                break
    return count


def _with_number(image: np.ndarray, number: int) -> np.ndarray:
    room = HEIGHT - STRIP_PX
    scale = min(WIDTH / image.shape[1], room / image.shape[0])
    width, height = (2 * int(side * scale / 2) for side in image.shape[1::-1])
    picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    left, top = (WIDTH - width) // 4 * 2, STRIP_PX + (room - height) // 4 * 2
    picture[top : top + height, left : left + width] = cv2.resize(
        image, (width, height), interpolation=cv2.INTER_AREA
    )
    block = WIDTH // BITS
    for bit in range(BITS):
        picture[:STRIP_PX, bit * block : (bit + 1) * block] = 255 * (number >> bit & 1)
    return picture


def labels_by_python(clip: Path) -> dict[int, str]:
    """What the pipeline names in each frame in which it sees somebody: number -> label of the first one."""
    labels: dict[int, str] = {}

    def note(result: Any) -> None:
        if result.readings:
            labels[result.frame.index] = FER7[int(result.readings[0].fer7.argmax())]

    recognize(clip, on_frame=note)
    return labels


@contextmanager
def served(data: Path, *words: str) -> Iterator[str]:
    """A server of this checkout in a process of its own; its address."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    command = [sys.executable, "-m", "emopoi", "serve", "--port", "0", "--data", str(data), *words]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )
    try:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        if not address.startswith("http"):
            assert process.stderr is not None
            raise RuntimeError(f"the server did not start: {process.stderr.read()}")
        yield re.sub(r"/#.*|/$", "", address)
    finally:
        process.terminate()
        process.wait(timeout=20)
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def camera_flags(clip: Path) -> list[str]:
    """What makes Chromium take a clip for its camera, and draw WebGL without a graphics chip."""
    return [
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={clip}",
        "--enable-unsafe-swiftshader",
        "--disable-renderer-backgrounding",
        *(["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []),
    ]


def start_live(page: Any, address: str) -> float:
    """Open the live page, agree, start the camera, and wait for the first reading of a face.

    Returns:
        Seconds from the click to that.
    """
    page.goto(f"{address}/#/live")
    page.get_by_label("Everybody in view of the camera agrees").check()
    started = time.monotonic()
    page.get_by_role("button", name="Start the camera").click()
    # The pages forbid `eval`, which Playwright's own waiting needs.
    while not page.evaluate("window.emopoiResults.some((one) => one.faces.length)"):
        if time.monotonic() - started > _PATIENCE_S:
            raise RuntimeError(f"no face was read: {page.inner_text('main')}")
        page.wait_for_timeout(20)
    return time.monotonic() - started


def compared(numbers: list[int], results: list[dict[str, Any]], labels: dict[int, str]) -> dict[str, Any]:
    """How the page's readings go with those of Python, frame by frame of the burned-in number."""
    both = [
        (one["faces"][0]["label"], labels[numbers[one["sequence"]]])
        for one in results
        if one["faces"] and numbers[one["sequence"]] in labels
    ]
    at = [one["at"] for one in results]
    return {
        "frames": len(results),
        "with_a_face_in_both": len(both),
        "same_label": sum(page == python for page, python in both) / max(len(both), 1),
        "labels": len({python for _, python in both}),
        "frames_per_s": 1000 * (len(at) - 1) / (at[-1] - at[0]) if len(at) > 1 else 0.0,
        "ms_median": float(np.median([one["ms"] for one in results])),
        "ms_p95": float(np.percentile([one["ms"] for one in results], 95)),
    }


def main() -> int:
    """Measure and tell."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("clip", type=Path)
    parser.add_argument(
        "--seconds", type=float, default=20.0, help="that the page reads (default: %(default)s)"
    )
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    from machine import describe_machine
    from playwright.sync_api import sync_playwright

    chromium = find_chromium()
    if chromium is None:
        print("chromium is not installed", file=sys.stderr)
        return 2
    with (
        tempfile.TemporaryDirectory() as folder,
        served(Path(folder) / "data") as address,
        sync_playwright() as kit,
    ):
        clip = Path(folder) / "camera.y4m"
        write_camera_clip(options.clip, clip, 300)
        labels = labels_by_python(clip)
        browser = kit.chromium.launch(executable_path=chromium, args=camera_flags(clip))
        page = browser.new_page()
        page.add_init_script(RECORDER)
        first_s = start_live(page, address)
        page.wait_for_timeout(1000 * options.seconds)
        numbers, results = page.evaluate("[window.emopoiNumbers, window.emopoiResults]")
        page.get_by_text("Models and their self-tests").click()
        tests = page.locator("table tbody tr").all_inner_texts()
        figures = {
            **compared(numbers, results, labels),
            "first_reading_s": first_s,
            "page_bytes": page_weight(),
            "self_tests": [text.replace("\t", " ") for text in tests],
            "chromium": browser.version,
            "machine": describe_machine(),
            "load": os.getloadavg()[0],
        }
        browser.close()
    print(
        json.dumps(figures)
        if options.json
        else "\n".join(f"{name}: {value}" for name, value in figures.items())
    )
    return 0


def page_weight() -> int:
    """Bytes of all that the live page can load before its models, packed as they go over the network."""
    pages = ROOT / "emopoi" / "serve" / "pages"
    total = 0
    for path in pages.rglob("*"):
        # Browsers take one of the two builds of LiteRT.
        if path.is_file() and "compat" not in path.name:
            packed = path.with_name(path.name + ".gz")
            total += 0 if packed.is_file() and path.suffix != ".gz" else path.stat().st_size
    return total


if __name__ == "__main__":
    raise SystemExit(main())
