from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import trimesh
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emopoi.errors import InputError, OutputError
from emopoi.head.gltf_file import write_glb
from emopoi.head.head_model import HeadModel
from emopoi.head.skinning import rotation_matrices
from emopoi.head.subdivision import Subdivision
from emopoi.types.face_coefficients import FaceCoefficients
from tests.head.glb_content import GlbContent, read_glb
from tests.head.khronos_validator import faults
from tests.head.made_face import NAMES, made_face

HEAD = made_face()
IDENTITY = np.float32([0.8, -1.2])
TEXTURE = np.random.default_rng(0).integers(0, 255, (32, 32, 3), dtype=np.uint8)


def _moments(count: int, seed: int = 0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {
        "expressions": rng.random((count, len(NAMES))).astype(np.float32),
        "rotations": rotation_matrices(rng.normal(0, 0.5, (count, 3))),
        "times_s": np.cumsum(rng.uniform(0.01, 0.1, count)),
    }


def _places(content: GlbContent, weights: np.ndarray, quaternion: np.ndarray) -> np.ndarray:
    """Vertices as a player would show them, by the specification's words alone."""
    head, face = content.document["nodes"]
    assert content.document["scenes"][0]["nodes"] == [0] and head["children"] == [1]
    primitive = content.document["meshes"][face["mesh"]]["primitives"][0]
    shown = content.arrays[primitive["attributes"]["POSITION"]].astype(np.float64)
    for weight, target in zip(weights, primitive.get("targets", []), strict=True):
        shown += weight * content.arrays[target["POSITION"]]
    shown += face["translation"]
    vector, scalar = np.array(quaternion[:3]), quaternion[3]
    cross = np.cross(vector, shown)
    return shown + 2 * scalar * cross + 2 * np.cross(vector, cross) + head["translation"]


def _source(head: HeadModel) -> np.ndarray:
    """The head's vertex of each one in the file: by vertex, then by row of uv."""
    if not len(head.uv):
        return np.arange(len(head.v_template))
    return np.unique(np.stack([head.f.ravel(), head.uv_f.ravel()], axis=1), axis=0)[:, 0]


def _meant(head: HeadModel, expression: np.ndarray, turn: np.ndarray) -> np.ndarray:
    pose = np.zeros((5, 3), np.float32)
    pose[0] = turn
    return head.vertices(FaceCoefficients(IDENTITY, expression, pose))[_source(head)] * head.unit_m


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    weights=st.lists(st.floats(0, 1), min_size=len(NAMES), max_size=len(NAMES)),
    turn=st.lists(st.floats(-1.5, 1.5), min_size=3, max_size=3),
)
def test_a_player_shows_the_head_itself(tmp_path: Path, weights: list[float], turn: list[float]) -> None:
    expression, axis_angle = np.float32(weights), np.float32(turn)
    write_glb(
        tmp_path / "a.glb",
        HEAD,
        IDENTITY,
        expression[None],
        rotation_matrices(axis_angle)[None],
        texture=TEXTURE,
    )
    content = read_glb(tmp_path / "a.glb")
    assert "animations" not in content.document
    shown = _places(
        content, content.document["meshes"][0]["weights"], content.document["nodes"][0]["rotation"]
    )
    # A hundredth of a millimetre.
    np.testing.assert_allclose(shown, _meant(HEAD, expression, axis_angle), atol=1e-5)


def test_a_video_has_its_weights_and_turns_at_its_times(tmp_path: Path) -> None:
    moments = _moments(40)
    write_glb(tmp_path / "a.glb", HEAD, IDENTITY, **moments)
    content = read_glb(tmp_path / "a.glb")
    (animation,) = content.document["animations"]
    by_path = {channel["target"]["path"]: channel for channel in animation["channels"]}
    assert by_path["weights"]["target"]["node"] == 1 and by_path["rotation"]["target"]["node"] == 0
    samplers = {path: animation["samplers"][channel["sampler"]] for path, channel in by_path.items()}
    for sampler in samplers.values():
        np.testing.assert_allclose(content.arrays[sampler["input"]][:, 0], moments["times_s"], rtol=1e-6)
    weights = content.arrays[samplers["weights"]["output"]].reshape(40, -1)
    np.testing.assert_array_equal(weights, moments["expressions"])
    quaternions = content.arrays[samplers["rotation"]["output"]]
    assert (quaternions[1:] * quaternions[:-1]).sum(axis=1).min() > 0
    for moment in (0, 17, 39):
        turned = cv2.Rodrigues(moments["rotations"][moment])[0].ravel()
        np.testing.assert_allclose(
            _places(content, weights[moment], quaternions[moment]),
            _meant(HEAD, moments["expressions"][moment], turned.astype(np.float32)),
            atol=1e-5,
        )


def test_weights_or_turns_alone_are_an_animation_too(tmp_path: Path) -> None:
    moments = _moments(3)
    for left_out, path in (("expressions", "rotation"), ("rotations", "weights")):
        write_glb(tmp_path / "a.glb", HEAD, IDENTITY, **{**moments, left_out: None})
        (animation,) = read_glb(tmp_path / "a.glb").document["animations"]
        assert [channel["target"]["path"] for channel in animation["channels"]] == [path]


def test_names_parts_and_the_face_at_rest(tmp_path: Path) -> None:
    write_glb(tmp_path / "a.glb", HEAD, IDENTITY)
    document = read_glb(tmp_path / "a.glb").document
    (mesh,) = document["meshes"]
    assert mesh["extras"]["targetNames"] == list(NAMES) and mesh["weights"] == [0, 0, 0, 0]
    assert [material["name"] for material in document["materials"]] == ["skin", "eyes"]
    counts = [document["accessors"][one["indices"]]["count"] // 3 for one in mesh["primitives"]]
    assert counts == np.bincount(HEAD.face_parts).tolist()
    assert document["asset"]["copyright"] == "made for tests"
    assert "rotation" not in document["nodes"][0] and "images" not in document


def test_an_expression_that_moves_little_is_stored_small(tmp_path: Path) -> None:
    write_glb(tmp_path / "a.glb", HEAD, IDENTITY)
    content = read_glb(tmp_path / "a.glb")
    targets = content.document["meshes"][0]["primitives"][0]["targets"]
    blink, still = (content.document["accessors"][targets[number]["POSITION"]] for number in (1, 3))
    assert 0 < blink["sparse"]["count"] < 60 and "bufferView" not in blink
    assert "sparse" not in still and "bufferView" not in still and still["max"] == [0, 0, 0]


def test_normals_of_a_target_lead_to_those_of_the_moved_face(tmp_path: Path) -> None:
    write_glb(tmp_path / "a.glb", HEAD, IDENTITY)
    content = read_glb(tmp_path / "a.glb")
    primitive = content.document["meshes"][0]["primitives"][0]
    moved = HEAD.shaped(IDENTITY, np.float32([1, 0, 0, 0]))
    meant = trimesh.Trimesh(moved, HEAD.f, process=False)
    normals = content.arrays[primitive["attributes"]["NORMAL"]]
    turned = normals + content.arrays[primitive["targets"][0]["NORMAL"]]
    agreement = [(one * meant.vertex_normals[_source(HEAD)]).sum(axis=1) for one in (normals, turned)]
    # trimesh weighs by angle, not by area: the same up to a few degrees.
    assert agreement[1].min() > 0.99 > agreement[0].min()


def test_the_texture_is_where_the_layout_says(tmp_path: Path) -> None:
    top_left = np.zeros((64, 64, 3), np.uint8)
    top_left[:32, :32] = (250, 0, 0)
    write_glb(tmp_path / "a.glb", HEAD, IDENTITY, texture=top_left)
    content = read_glb(tmp_path / "a.glb")
    (image,) = content.document["images"]
    assert image["mimeType"] == "image/jpeg"
    stored = cv2.imdecode(np.frombuffer(content.views[image["bufferView"]], np.uint8), cv2.IMREAD_COLOR)
    assert np.abs(stored[..., ::-1].astype(int) - top_left).mean() < 4
    uv = content.arrays[content.document["meshes"][0]["primitives"][0]["attributes"]["TEXCOORD_0"]]
    # Rows count from the top here, from the bottom in the head; the first vertex is at the top left.
    np.testing.assert_allclose(uv[0], HEAD.uv[0] * (1, -1) + (0, 1), atol=1e-6)
    assert uv[0, 1] < 0.1


def test_trimesh_opens_it_with_names_texture_and_places(tmp_path: Path) -> None:
    write_glb(tmp_path / "a.glb", HEAD, IDENTITY, texture=TEXTURE)
    scene = trimesh.load(tmp_path / "a.glb", process=False)
    skin = next(iter(scene.geometry.values()))
    assert skin.metadata["targetNames"] == list(NAMES)
    meant = HEAD.shaped(IDENTITY, np.zeros(0, np.float32))[_source(HEAD)] * HEAD.unit_m
    np.testing.assert_allclose(skin.vertices, meant, atol=1e-6)
    assert skin.visual.material.baseColorTexture.size == (32, 32)
    np.testing.assert_allclose(scene.bounds, [meant.min(axis=0), meant.max(axis=0)], atol=1e-6)
    # Triangles look outwards, along +z.
    assert (skin.face_normals[:, 2] > 0).all()


def test_a_subdivided_head_is_the_same_head_finer(tmp_path: Path) -> None:
    division = Subdivision(HEAD.f, len(HEAD.v_template), 1, HEAD.uv_f)
    moments = _moments(3)
    write_glb(tmp_path / "a.glb", HEAD, IDENTITY, **moments, texture=TEXTURE, subdivision=division)
    content = read_glb(tmp_path / "a.glb")
    pairs = np.unique(np.stack([division.f.ravel(), division.uv_f.ravel()], axis=1), axis=0)[:, 0]
    shaped = division.apply(HEAD.shaped(IDENTITY, moments["expressions"][0])) * HEAD.unit_m
    still = np.array([0, 0, 0, 1])
    np.testing.assert_allclose(_places(content, moments["expressions"][0], still), shaped[pairs], atol=1e-5)


def test_heads_without_layout_without_names_and_without_expressions(tmp_path: Path) -> None:
    bare = made_face(uv=False)
    write_glb(tmp_path / "a.glb", bare, IDENTITY, **_moments(2))
    content = read_glb(tmp_path / "a.glb")
    assert "TEXCOORD_0" not in content.document["meshes"][0]["primitives"][0]["attributes"]
    write_glb(tmp_path / "a.glb", replace(HEAD, expression_names=()), IDENTITY)
    names = read_glb(tmp_path / "a.glb").document["meshes"][0]["extras"]["targetNames"]
    assert names == ["expression_000", "expression_001", "expression_002", "expression_003"]
    mute = made_face(names=())
    write_glb(tmp_path / "a.glb", mute, IDENTITY, **{**_moments(2), "expressions": np.zeros((2, 0))})
    document = read_glb(tmp_path / "a.glb").document
    assert "targets" not in document["meshes"][0]["primitives"][0] and len(document["animations"]) == 1


def test_more_than_65535_vertices_are_counted_in_32_bits(tmp_path: Path) -> None:
    many = np.arange(3 * 21_846)
    grid = replace(
        made_face(names=(), uv=False),
        v_template=np.random.default_rng(0).normal(size=(len(many), 3)).astype(np.float32),
        f=many.reshape(-1, 3).astype(np.int32),
        shapedirs=np.zeros((len(many), 3, 2), np.float32),
        posedirs=np.zeros((len(many), 3, 36), np.float32),
        J_regressor=np.zeros((5, len(many)), np.float32),
        weights=np.tile(np.float32([1, 0, 0, 0, 0]), (len(many), 1)),
        face_parts=np.zeros(len(many) // 3, np.uint8),
    )
    write_glb(tmp_path / "a.glb", grid, IDENTITY)
    content = read_glb(tmp_path / "a.glb")
    assert content.arrays[-1].dtype == np.uint32
    np.testing.assert_array_equal(content.arrays[-1][:, 0], many)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"expressions": np.zeros((2, 3))}, r"\(T, 4\)"),
        ({"expressions": np.full((2, 4), np.nan)}, "finite"),
        ({"rotations": np.zeros((2, 3))}, r"\(T, 3, 3\)"),
        ({"rotations": np.zeros((2, 3, 3))}, "matrices that turn"),
        ({"rotations": np.tile(np.diag([1.0, 1, -1]), (2, 1, 1))}, "matrices that turn"),
        ({"rotations": np.full((2, 3, 3), np.nan)}, "matrices that turn"),
        ({"rotations": _moments(3)["rotations"]}, "one length"),
        ({"times_s": np.arange(3.0)}, "one length"),
        ({"times_s": None}, "2 times"),
        ({"times_s": np.array([1.0, 1.0])}, "ascending"),
        ({"times_s": np.array([-1.0, 1.0])}, "ascending"),
        ({"times_s": np.array([0.0, np.nan])}, "ascending"),
        ({"identity": np.zeros(3, np.float32)}, "identity"),
        ({"identity": np.float32([np.nan])}, "identity"),
        ({"texture": np.zeros((4, 4, 4), np.uint8)}, "texture"),
        ({"texture": np.zeros((4, 4, 3))}, "texture"),
        ({"subdivision": Subdivision(HEAD.f[:4], 250)}, "subdivision"),
        ({"subdivision": Subdivision(HEAD.f, len(HEAD.v_template))}, "f and uv_f"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_written(tmp_path: Path, wrong: dict, words: str) -> None:
    arguments = {"identity": IDENTITY, **_moments(2), **wrong}
    with pytest.raises(InputError, match=words):
        write_glb(tmp_path / "a.glb", HEAD, **arguments)
    assert not list(tmp_path.iterdir())


def test_a_texture_needs_a_layout_and_a_file_a_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="uv was expected"):
        write_glb(tmp_path / "a.glb", made_face(uv=False), IDENTITY, texture=TEXTURE)
    with pytest.raises(OutputError, match="can not be written"):
        write_glb(tmp_path / "nowhere" / "a.glb", HEAD, IDENTITY)


def test_khronos_validator_finds_no_fault(tmp_path: Path) -> None:
    write_glb(tmp_path / "a.glb", HEAD, IDENTITY, **_moments(5), texture=TEXTURE)
    write_glb(tmp_path / "b.glb", HEAD, IDENTITY)
    assert faults(tmp_path / "a.glb", tmp_path / "b.glb") == []
    content = bytearray((tmp_path / "b.glb").read_bytes())
    place = content.index(b'"VEC3"')
    content[place : place + 6] = b'"VEC2"'
    (tmp_path / "c.glb").write_bytes(content)
    assert faults(tmp_path / "c.glb")
