import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emopoi.errors import InputError, OutputError
from emopoi.head.coefficient_files import (
    head_transforms,
    read_coefficients_npz,
    write_coefficients_csv,
    write_coefficients_json,
    write_coefficients_npz,
)
from emopoi.types.face_coefficients import FaceCoefficients
from emopoi.vision.head_pose import LAYOUT, head_pose
from tests.head.made_face import NAMES, made_face

HEAD = made_face()
WRITERS = (write_coefficients_npz, write_coefficients_csv, write_coefficients_json)


def _coefficients(count: int, seed: int = 0, *, one_person: bool = True) -> list[FaceCoefficients]:
    rng = np.random.default_rng(seed)
    person = rng.normal(size=2).astype(np.float32)
    return [
        FaceCoefficients(
            identity=person if one_person else rng.normal(size=2).astype(np.float32),
            expression=rng.random(len(NAMES)).astype(np.float32),
            pose=rng.normal(0, 0.3, (5, 3)).astype(np.float32),
            camera=rng.uniform(1, 400, 3).astype(np.float32),
        )
        for _ in range(count)
    ]


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(count=st.integers(1, 5), seed=st.integers(0, 99), one_person=st.booleans())
def test_npz_comes_back_unchanged(tmp_path: Path, count: int, seed: int, one_person: bool) -> None:
    written = _coefficients(count, seed, one_person=one_person)
    times = np.cumsum(np.random.default_rng(seed).uniform(0.001, 50, count))
    write_coefficients_npz(tmp_path / "a.npz", HEAD, times.tolist(), written)
    track = read_coefficients_npz(tmp_path / "a.npz", HEAD)
    np.testing.assert_array_equal(track.times_ms, times)
    assert len(track.coefficients) == count
    for one, other in zip(written, track.coefficients, strict=True):
        for name in ("identity", "expression", "pose", "camera"):
            assert getattr(other, name).dtype == np.float32
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    with np.load(tmp_path / "a.npz") as stored:
        assert stored["identity"].shape == ((2,) if one_person or count == 1 else (count, 2))
        assert stored["expression_names"].tolist() == list(NAMES)


def test_csv_has_a_line_for_each_moment(tmp_path: Path) -> None:
    written = _coefficients(4)
    write_coefficients_csv(tmp_path / "a.csv", HEAD, [0, 40, 80, 121.5], written)
    with open(tmp_path / "a.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["time_ms", *NAMES, "yaw_deg", "pitch_deg", "roll_deg", "scale", "x_px", "y_px"]
    assert [float(row["time_ms"]) for row in rows] == [0, 40, 80, 121.5]
    for row, one in zip(rows, written, strict=True):
        np.testing.assert_allclose([float(row[name]) for name in NAMES], one.expression, atol=1e-5)
        camera = [float(row[name]) for name in ("scale", "x_px", "y_px")]
        np.testing.assert_allclose(camera, one.camera, rtol=1e-4)


@given(turn=st.lists(st.floats(-0.5, 0.5), min_size=3, max_size=3))
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_angles_are_those_that_the_main_job_reads_off_a_picture(tmp_path: Path, turn: list[float]) -> None:
    one = _coefficients(1)[0]
    one.pose[0] = turn
    write_coefficients_csv(tmp_path / "a.csv", HEAD, [0.0], [one])
    with open(tmp_path / "a.csv", newline="") as file:
        row = next(csv.DictReader(file))
    rotation = head_transforms(HEAD, [one])[0, :3, :3]
    pictured = (LAYOUT @ rotation.T)[:, :2] * (100, -100) + 500
    seen = head_pose(pictured)
    assert seen is not None
    for name in ("yaw_deg", "pitch_deg", "roll_deg"):
        assert float(row[name]) == pytest.approx(getattr(seen, name), abs=0.01)


def test_json_tells_a_player_what_to_show(tmp_path: Path) -> None:
    written = _coefficients(3)
    write_coefficients_json(tmp_path / "a.json", HEAD, [0, 40, 80], written, picture_px=(640, 480))
    document = json.loads((tmp_path / "a.json").read_text())
    assert document["fps"] == 25 and document["schema"] == 1 and document["head"] == "made face"
    assert document["picture"] == {"width_px": 640, "height_px": 480}
    assert document["blendShapeNames"] == list(NAMES)
    np.testing.assert_allclose(document["identity"], written[0].identity, atol=1e-5)
    for frame, one in zip(document["frames"], written, strict=True):
        np.testing.assert_allclose([frame["blendShapes"][name] for name in NAMES], one.expression, atol=1e-5)
        np.testing.assert_allclose(frame["joints"]["jaw"], one.pose[2], atol=1e-5)
        np.testing.assert_allclose(list(frame["camera"].values()), one.camera, atol=1e-3)
        # The transform takes the face at rest to where the head itself puts it.
        turned = FaceCoefficients(one.identity, one.expression)
        turned.pose[0] = one.pose[0]
        resting = HEAD.shaped(one.identity, one.expression) * HEAD.unit_m
        transform = np.array(frame["headTransform"])
        np.testing.assert_allclose(
            resting @ transform[:3, :3].T + transform[:3, 3], HEAD.vertices(turned) * HEAD.unit_m, atol=1e-5
        )
        np.testing.assert_array_equal(transform[3], (0, 0, 0, 1))


def test_frames_a_second_are_told_or_found(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    for count, told, found in ((1, None, None), (1, 30.0, 30.0), (3, 12.5, 12.5), (3, None, 10.0)):
        write_coefficients_json(path, HEAD, np.arange(count) * 100.0, _coefficients(count), fps=told)
        assert json.loads(path.read_text())["fps"] == found
    for wrong in (0.0, -5.0, float("nan")):
        with pytest.raises(InputError, match="fps"):
            write_coefficients_json(path, HEAD, [0.0], _coefficients(1), fps=wrong)


def test_a_head_whose_expressions_have_no_names_has_numbers(tmp_path: Path) -> None:
    nameless = replace(HEAD, expression_names=())
    write_coefficients_csv(tmp_path / "a.csv", nameless, [0.0], _coefficients(1))
    assert (tmp_path / "a.csv").read_text().startswith("time_ms,expression_000,expression_001,")
    write_coefficients_npz(tmp_path / "a.npz", nameless, [0.0], _coefficients(1))
    assert len(read_coefficients_npz(tmp_path / "a.npz", nameless).coefficients) == 1
    with pytest.raises(InputError, match="expressions of head made face"):
        read_coefficients_npz(tmp_path / "a.npz", HEAD)


@pytest.mark.parametrize("write", WRITERS)
def test_what_does_not_fit_is_refused_and_nothing_is_written(tmp_path: Path, write) -> None:
    good = _coefficients(2)
    wrong = [
        ([0.0], good, "times_ms"),
        ([], [], "times_ms"),
        ([1.0, 1.0], good, "ascending"),
        ([0.0, float("nan")], good, "ascending"),
        (
            [0.0, 1.0],
            [good[0], replace(good[1], expression=np.zeros(3, np.float32))],
            r"expression at 1 ms: .*\(4,\)",
        ),
        ([0.0, 1.0], [good[0], replace(good[1], identity=np.zeros(3, np.float32))], "identity at 1 ms"),
        ([0.0, 1.0], [replace(good[0], pose=np.zeros((4, 3), np.float32)), good[1]], "pose at 0 ms"),
        (
            [0.0, 1.0],
            [replace(good[0], camera=np.float32([1, np.nan, 2])), good[1]],
            "camera at 0 ms: finite",
        ),
    ]
    for times, coefficients, words in wrong:
        with pytest.raises(InputError, match=words):
            write(tmp_path / "a", HEAD, times, coefficients)
    assert not list(tmp_path.iterdir())
    with pytest.raises(OutputError, match="can not be written"):
        write(tmp_path / "nowhere" / "a", HEAD, [0.0, 1.0], good)


def _changed(tmp_path: Path, **changes: np.ndarray | None) -> Path:
    write_coefficients_npz(tmp_path / "good.npz", HEAD, [0.0, 1.0], _coefficients(2))
    with np.load(tmp_path / "good.npz") as stored:
        arrays = {**stored, **changes}
    np.savez(tmp_path / "bad.npz", **{name: array for name, array in arrays.items() if array is not None})
    return tmp_path / "bad.npz"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"camera": None}, "no camera"),
        ({"expression_names": None}, "no expression_names"),
        ({"expression_names": np.array(["jawOpen", "a", "b", "c"])}, "got 4 for its 4: a, b, c"),
        ({"expression_names": np.array(NAMES[::-1])}, "another order"),
        ({"expression_names": np.array(NAMES[:2])}, "got 2 for its 4"),
        ({"expression": np.zeros((2, 5))}, r"expression at 0 ms: finite \(4,\)"),
        ({"expression": np.full((2, 4), np.nan)}, "finite"),
        ({"expression": np.full((2, 4), "a")}, "numbers were expected"),
        ({"identity": np.zeros((3, 2))}, "as many moments"),
        ({"identity": np.zeros(3)}, "identity at 0 ms"),
        ({"pose": np.zeros((2, 15))}, "pose at 0 ms"),
        ({"pose": np.zeros((3, 5, 3))}, "as many moments"),
        ({"times_ms": np.zeros(2)}, "ascending"),
        ({"times_ms": np.array(5.0)}, "as many moments"),
        ({"times_ms": np.zeros(0)}, "as many moments"),
        ({"camera": np.array([[1, 2, np.inf]] * 2)}, "camera at 0 ms"),
        ({"camera": np.array([[None] * 3] * 2)}, "no npz of coefficients"),
    ],
)
def test_a_file_of_something_else_is_refused(tmp_path: Path, changes: dict, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        read_coefficients_npz(_changed(tmp_path, **changes), HEAD)
    assert str(caught.value).startswith(f"{tmp_path / 'bad.npz'}: ")


@pytest.mark.parametrize("content", [b"", b"words", b"PK\x03\x04cut", b"\x93NUMPY"])
def test_a_damaged_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(InputError, match="no npz"):
        read_coefficients_npz(tmp_path / "a.npz", HEAD)
    with pytest.raises(InputError, match="no such file"):
        read_coefficients_npz(tmp_path / "b.npz", HEAD)
    write_coefficients_npz(tmp_path / "c.npz", HEAD, [0.0], _coefficients(1))
    whole = (tmp_path / "c.npz").read_bytes()
    for end in range(0, len(whole) - 1, 97):
        (tmp_path / "a.npz").write_bytes(whole[:end])
        with pytest.raises(InputError, match="no npz"):
            read_coefficients_npz(tmp_path / "a.npz", HEAD)
