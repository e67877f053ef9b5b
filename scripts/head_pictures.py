"""Pictures of heads for the README: a portrait in 3D, and what named expressions look like."""

from __future__ import annotations

import tempfile
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from emopoi.commands.main import main as emopoi
from emopoi.demo_clip import portrait
from emopoi.head.head_model import HeadModel
from emopoi.render.head_renderer import HeadRenderer
from emopoi.render.head_surface import HeadSurface
from emopoi.render.stage import Stage
from emopoi.types import FaceCoefficients

SHOWN = (
    (), ("jawOpen",), ("mouthSmileLeft", "mouthSmileRight"), ("mouthPucker",),
    ("eyeBlinkLeft", "eyeBlinkRight"), ("browDownLeft", "browDownRight", "noseSneerLeft", "noseSneerRight"),
    ("browInnerUp", "eyeWideLeft", "eyeWideRight"),
)  # fmt: skip
_SIDE_PX = 300
_PORTRAIT = slice(0, 260), slice(92, 352)  # rows and columns of the portrait's face


def portrait_in_3d() -> NDArray[np.uint8]:
    """The demo's portrait, the head over it, from the front, and turned: uint8 (H, W, 3) RGB.

    Raises:
        RuntimeError: `emopoi reconstruct` failed.
    """
    with tempfile.TemporaryDirectory() as folder:
        picture = portrait()
        photo = Path(folder) / "portrait.png"
        cv2.imwrite(str(photo), picture[..., ::-1])
        if emopoi(["reconstruct", str(photo), "--out", folder, "--consent"]):
            raise RuntimeError("emopoi reconstruct failed")

        def made(name: str) -> NDArray[np.uint8]:
            return cv2.imread(str(Path(folder) / name))[..., ::-1]

        turned = made("turned.jpg")
        half = turned.shape[1] // 2
        views = [picture[_PORTRAIT], made("overlay.jpg")[_PORTRAIT], made("frontal.jpg"), turned[:, :half]]
        return np.hstack(
            [cv2.resize(view, (_SIDE_PX, _SIDE_PX), interpolation=cv2.INTER_AREA) for view in views]
        )


def expression_sheet(head: HeadModel) -> NDArray[np.uint8]:
    """One head with several expressions, front and side: uint8 (H, W, 3) RGB."""
    surface = HeadSurface(head)
    stage = Stage.for_head(head.v_template, _SIDE_PX, _SIDE_PX)
    rows = []
    with HeadRenderer(_SIDE_PX, _SIDE_PX) as renderer:
        for yaw_deg in (0.0, 35.0):
            row = []
            for names in SHOWN:
                expression = np.zeros(head.n_expressions, np.float32)
                expression[head.expression_indices(names)] = 0.9
                face = FaceCoefficients(np.zeros(head.n_identity, np.float32), expression)
                turn = np.array([0.0, np.radians(yaw_deg), 0.0])
                rendering = renderer.render(surface, stage.turned(head.vertices(face), turn), stage.camera)
                row.append(rendering.over(np.full((_SIDE_PX, _SIDE_PX, 3), 48, np.uint8)))
            rows.append(np.hstack(row))
    return np.vstack(rows)


def write_head_pictures(out: Path, heads: dict[str, HeadModel]) -> None:
    """Write portrait-3d.jpg, and NAME.jpg for each head.

    Args:
        out: folder.
        heads: by name of the file.
    """
    pictures = {"portrait-3d": portrait_in_3d()} | {
        name: expression_sheet(head) for name, head in heads.items()
    }
    for name, picture in pictures.items():
        small = cv2.resize(picture, None, fx=0.75, fy=0.75, interpolation=cv2.INTER_AREA)
        cv2.imwrite(str(out / f"{name}.jpg"), small[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 85])
