"""Make the README's pictures: the demo clip through the main job, its portrait in 3D, heads.

python scripts/make_pictures.py [--out docs/pictures] [--head NAME=FILE ...]

Each head given beside the shipped one leaves a picture of its expressions, NAME.jpg.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import av
import cv2
from head_pictures import write_head_pictures

from emopoi.commands.main import main as emopoi
from emopoi.runtime.frozen_head import load_head

AT_S = 7.0


def main() -> int:
    """Run the demo, take one annotated frame and the timeline, and draw heads."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=Path("docs/pictures"))
    parser.add_argument("--head", action="append", default=[], metavar="NAME=FILE")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        code = emopoi(["demo", "--out", folder])
        if code:
            return code
        with av.open(str(Path(folder) / "annotated.mp4")) as video:
            frame = next(frame for frame in video.decode(video=0) if (frame.time or 0.0) >= AT_S)
        picture = frame.to_ndarray(format="bgr24")
        cv2.imwrite(str(options.out / "annotated.jpg"), picture, [cv2.IMWRITE_JPEG_QUALITY, 85])
        (options.out / "timeline.png").write_bytes((Path(folder) / "timeline.png").read_bytes())
    others = dict(pair.split("=", 1) for pair in options.head)
    write_head_pictures(options.out, {"head": load_head()} | {n: load_head(f) for n, f in others.items()})
    print(f"pictures: {options.out}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
