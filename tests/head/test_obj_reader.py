import pytest

from emopoi.errors import ModelFileError
from emopoi.head.obj_reader import read_obj, read_obj_vertices

SQUARE = """\
# a square with a roof
mtllib none.mtl
o thing
v 0 0 0
v 1 0 0 1.0
v 1 1 0
v 0 1 0
v 0.5 0.5 1e0
vt 0 0
vt 1 0 0
vt 1 1
vt 0 1
vn 0 0 1
s off
usemtl skin
"""


def written(tmp_path, text):
    path = tmp_path / "mesh.obj"
    path.write_text(text)
    return path


def test_polygons_become_fans_and_texture_goes_with_them(tmp_path):
    square = SQUARE.replace(" 1.0\n", "\n").replace("vt 1 0 0", "vt 1 0")
    mesh = read_obj(written(tmp_path, square + "f 1/1 2/2 3/3 4/4\nf 1/1/1 2/2/1 5/3/1\n"))
    assert mesh.faces.tolist() == [[0, 1, 2], [0, 2, 3], [0, 1, 4]]
    assert mesh.uv_faces.tolist() == [[0, 1, 2], [0, 2, 3], [0, 1, 2]]
    assert mesh.vertices[4].tolist() == [0.5, 0.5, 1.0]
    assert mesh.uv[2].tolist() == [1, 1]


@pytest.mark.parametrize(
    ("face", "expected"),
    [
        ("f 1 2 3", [0, 1, 2]),
        ("f 1//1 2//1 3//1", [0, 1, 2]),
        ("f -1 -2 -3", [4, 3, 2]),
        ("f\t2 3 1 ", [1, 2, 0]),
    ],
)
def test_every_way_to_write_a_face(tmp_path, face, expected):
    square = SQUARE.replace(" 1.0\n", "\n").replace("vt 1 0 0", "vt 1 0")
    mesh = read_obj(written(tmp_path, square + face.replace("\t", " ") + "\r\n"))
    assert mesh.faces.tolist() == [expected]
    assert mesh.uv.shape == (0, 2) and mesh.uv_faces.shape == (0, 3)


def test_colours_behind_the_coordinates_are_passed_over(tmp_path):
    path = written(tmp_path, "v 1 2 3 .5 .5 .5\nv 4 5 6 .1 .1 .1\n")
    assert read_obj_vertices(path).tolist() == [[1, 2, 3], [4, 5, 6]]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "no OBJ file"),
        ("v 1 2\n", "3 finite numbers"),
        ("v 1 2 3\nv 4 5\n", "3 finite numbers"),
        ("v 1 2 x\n", "3 finite numbers"),
        ("v 1 2 nan\n", "3 finite numbers"),
        ("v 1 2 3\nf 1 2 3\n", "does not have"),
        ("v 1 2 3\nf 1 1 0\n", "does not have"),
        ("v 1 2 3\nf a b c\n", "no list of numbers"),
        ("v 1 2 3\nf 1 1 99999999999999999999\n", "no list of numbers"),
    ],
)
def test_damaged_files_are_told(tmp_path, text, told):
    path = written(tmp_path, text)
    with pytest.raises(ModelFileError, match=told) as caught:
        read_obj(path)
    assert str(path) in str(caught.value)


def test_missing_file_is_told(tmp_path):
    with pytest.raises(ModelFileError, match="no such file"):
        read_obj(tmp_path / "none.obj")
    with pytest.raises(ModelFileError, match="can not be read"):
        read_obj_vertices(tmp_path)
