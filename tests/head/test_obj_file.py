from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import trimesh

from emopoi.errors import InputError, OutputError
from emopoi.head.obj_file import write_obj
from emopoi.head.subdivision import Subdivision
from tests.head.made_face import made_face

HEAD = made_face()
VERTICES = HEAD.shaped(np.float32([1, 1]), np.float32([0.5]))
TEXTURE = np.random.default_rng(0).integers(0, 255, (32, 48, 3), dtype=np.uint8)


def _numbers(path: Path, start: str) -> np.ndarray:
    lines = [line.split()[1:] for line in path.read_text().splitlines() if line.startswith(start + " ")]
    return np.array(lines, float)


def _in_order(triangles: np.ndarray) -> np.ndarray:
    """Triangles in an order that does not depend on that of the file: trimesh sorts by material."""
    rows = triangles.reshape(len(triangles), -1)
    return rows[np.lexsort(rows.round(5).T)]


def test_trimesh_opens_it_with_its_texture(tmp_path: Path) -> None:
    files = write_obj(tmp_path / "face.obj", HEAD, VERTICES, TEXTURE)
    assert [path.name for path in files] == ["face.obj", "face.mtl", "face.png"]
    assert sorted(tmp_path.iterdir()) == sorted(files)
    scene = trimesh.load(tmp_path / "face.obj", process=False, split_object=False, group_material=False)
    parts = scene.geometry.values() if isinstance(scene, trimesh.Scene) else [scene]
    for part in parts:
        assert part.visual.material.image.size == (48, 32)
    uv = np.concatenate([part.visual.uv[part.faces] for part in parts])
    places = np.concatenate([part.triangles for part in parts])
    shown = np.concatenate([places, uv], axis=2)
    meant = np.concatenate([VERTICES[HEAD.f] * 0.01, HEAD.uv[HEAD.uv_f]], axis=2)
    np.testing.assert_allclose(_in_order(shown), _in_order(meant), atol=1e-6)


def test_triangles_stand_in_groups_by_part(tmp_path: Path) -> None:
    write_obj(tmp_path / "face.obj", HEAD, VERTICES)
    lines = (tmp_path / "face.obj").read_text().splitlines()
    kinds = [line for line in lines if line[:1] in "gfu"]
    assert kinds[:2] == ["g skin", "usemtl skin"] and kinds.index("g eyes") == 2 + len(HEAD.f) - 4
    corners = np.array(
        [[corner.split("/") for corner in line.split()[1:]] for line in kinds if line[0] == "f"], int
    )
    np.testing.assert_array_equal(corners[..., 0] - 1, HEAD.f)
    np.testing.assert_array_equal(corners[..., 1] - 1, HEAD.uv_f)
    np.testing.assert_array_equal(corners[..., 2] - 1, HEAD.f)
    materials = (tmp_path / "face.mtl").read_text()
    assert materials.count("newmtl") == 2 and "map_Kd" not in materials
    assert not (tmp_path / "face.png").exists()


def test_the_picture_keeps_its_colours(tmp_path: Path) -> None:
    write_obj(tmp_path / "face.obj", HEAD, VERTICES, TEXTURE)
    np.testing.assert_array_equal(cv2.imread(str(tmp_path / "face.png"))[..., ::-1], TEXTURE)


def test_units_are_metres_or_the_heads_own(tmp_path: Path) -> None:
    for metres, factor in ((True, 0.01), (False, 1.0)):
        write_obj(tmp_path / "face.obj", HEAD, VERTICES, metres=metres)
        np.testing.assert_allclose(
            _numbers(tmp_path / "face.obj", "v"), VERTICES * factor, rtol=1e-6, atol=1e-9
        )
    normals = _numbers(tmp_path / "face.obj", "vn")
    np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1, atol=1e-3)


def test_names_with_blanks_find_their_materials(tmp_path: Path) -> None:
    files = write_obj(tmp_path / "my face 1.obj", HEAD, VERTICES, TEXTURE)
    assert [path.name for path in files] == ["my face 1.obj", "my_face_1.mtl", "my_face_1.png"]
    assert "mtllib my_face_1.mtl" in files[0].read_text() and "map_Kd my_face_1.png" in files[1].read_text()


def test_triangles_that_the_layout_leaves_out_are_plain(tmp_path: Path) -> None:
    uv = HEAD.uv.copy()
    uv[:20] += (1, 0)
    texture = np.full((8, 8, 3), (51, 102, 204), np.uint8)
    write_obj(tmp_path / "face.obj", replace(HEAD, uv=uv), VERTICES, texture)
    blocks = (tmp_path / "face.mtl").read_text().split("newmtl ")[1:]
    shown = {block.split()[0]: block for block in blocks}
    assert list(shown) == ["skin", "skin_plain", "eyes"]
    assert "map_Kd" in shown["skin"] and "map_Kd" not in shown["skin_plain"]
    assert "Kd 0.2000 0.4000 0.8000" in shown["skin_plain"]


def test_a_subdivided_head_and_one_without_layout(tmp_path: Path) -> None:
    division = Subdivision(HEAD.f, len(HEAD.v_template), 1, HEAD.uv_f)
    write_obj(tmp_path / "face.obj", HEAD, VERTICES, TEXTURE, subdivision=division)
    np.testing.assert_allclose(
        _numbers(tmp_path / "face.obj", "v"), division.apply(VERTICES) * 0.01, rtol=1e-5, atol=1e-8
    )
    write_obj(tmp_path / "face.obj", made_face(uv=False), VERTICES)
    mesh = trimesh.load(tmp_path / "face.obj", process=False, force="mesh")
    np.testing.assert_allclose(_in_order(mesh.triangles), _in_order(VERTICES[HEAD.f] * 0.01), atol=1e-6)


@pytest.mark.parametrize(
    ("vertices", "texture", "name", "words"),
    [
        (VERTICES[:-1], None, "a.obj", r"\(233, 3\)"),
        (np.full_like(VERTICES, np.inf), None, "a.obj", "not finite"),
        (VERTICES, TEXTURE[..., 0], "a.obj", "a texture is"),
        (VERTICES, None, "a.stl", r"\.obj"),
    ],
)
def test_what_does_not_fit_is_refused(
    tmp_path: Path, vertices: np.ndarray, texture: np.ndarray | None, name: str, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        write_obj(tmp_path / name, HEAD, vertices, texture)
    assert not list(tmp_path.iterdir())


def test_all_or_nothing(tmp_path: Path) -> None:
    (tmp_path / "face.png").mkdir()
    with pytest.raises(OutputError, match="can not be written"):
        write_obj(tmp_path / "face.obj", HEAD, VERTICES, TEXTURE)
    assert [path.name for path in tmp_path.iterdir()] == ["face.png"]
