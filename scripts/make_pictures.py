"""Make the README's pictures: the demo clip through the main job.

python scripts/make_pictures.py [--out docs/pictures]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import av
import cv2

from emopoi.commands.main import main as emopoi

AT_S = 7.0


def main() -> int:
    """Run the demo and take one annotated frame and the timeline."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=Path("docs/pictures"))
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
    print(f"pictures: {options.out}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
