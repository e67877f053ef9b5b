from pathlib import Path

import numpy as np

from emopoi.head.gltf_file import write_glb
from emopoi.head.head_model import PARTS
from emopoi.head.part_colours import PART_COLOURS
from tests.head.glb_content import read_glb
from tests.head.made_face import made_face


def test_every_part_has_a_colour_and_can_be_written(tmp_path: Path) -> None:
    assert tuple(PART_COLOURS) == PARTS
    head = made_face()
    head.face_parts[: len(PARTS)] = np.arange(len(PARTS))
    write_glb(tmp_path / "a.glb", head, np.zeros(2))
    materials = read_glb(tmp_path / "a.glb").document["materials"]
    assert [material["name"] for material in materials] == list(PARTS)
    for material in materials:
        linear = np.array(material["pbrMetallicRoughness"]["baseColorFactor"][:3])
        np.testing.assert_allclose(linear ** (1 / 2.2) * 255, PART_COLOURS[material["name"]], atol=1)
