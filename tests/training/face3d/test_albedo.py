"""The albedo basis: colours come off pictures, light comes off colours, modes are found again."""

import json
import sys

import cv2
import numpy as np
import pyarrow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from emopoi.errors import InputError, ModelFileError
from emopoi.head.head_model import project
from emopoi.head.skinning import rotation_matrices
from emopoi.head.vertex_normals import vertex_normals
from emopoi.models.linear_colour import from_display, to_display, to_linear
from emopoi.models.renderer import FaceRenderer
from emopoi.models.sphere_light import light_terms
from emopoi.runtime.frozen_head import load_head
from training.face3d import albedo, skin_colours
from training.face3d.albedo import AlbedoBasis
from training.face3d.face_light import divide_light, fit_lights, shade_of
from training.face3d.robust_modes import robust_modes
from training.face3d.skin_colours import SkinColours, Unwrapping, mirror_vertices, place_camera, skin_vertices
from training.face3d.stored_faces import SolvedFaces
from training.recipe_options import run_recipe

HEAD = load_head()
SKIN = skin_vertices(HEAD)
NEUTRAL = HEAD.vertices(HEAD.neutral())


def waves(count, seed=0, frequency=2.0):
    """Colours over the skin, (S, 3, count), alike on both sides; radians in a centimetre."""
    random = np.random.default_rng(seed)
    places = HEAD.v_template[SKIN] * (1, 1, 0.3)
    places[:, 0] = np.abs(places[:, 0])
    return np.sin(places @ random.normal(0, frequency, (3, count)) + random.uniform(0, 6, count))[:, None] * (
        random.normal(0, 1, (3, count))
    )


def lights_of(count, random, strength=0.12):
    lights = random.normal(0, strength, (count, 9, 3))
    lights[:, 0] = 1
    return lights.astype(np.float32)


def made_faces(count, modes, seed=0, noise=0.004):
    """Turned faces of known albedo and light, some parts hidden or wrong: colours, truth and lights."""
    random = np.random.default_rng(seed)
    coefficients = random.normal(size=(count, modes)) * (0.05, *[0.02] * (modes - 1))
    mean = 0.55 + 0.05 * waves(1, 99)[..., 0]
    coded = np.clip(mean + np.einsum("sck,nk->nsc", waves(modes, 5), coefficients), 0.05, 0.95)
    linear = np.asarray(from_display(coded.astype(np.float32)))
    turns = rotation_matrices(random.normal(0, 0.15, (count, 3)))
    normals = vertex_normals(NEUTRAL, HEAD.f)[SKIN] @ turns.transpose(0, 2, 1)
    normals = normals.astype(np.float32)
    lights = lights_of(count, random)
    weights = (normals[..., 2] > 0.3).astype(np.float32)
    shades = np.asarray(light_terms(normals)) @ lights
    lights = lights / (
        (weights[..., None] * shades).sum(1, keepdims=True) / weights[..., None].sum(1, keepdims=True)
    )
    shades = np.asarray(light_terms(normals)) @ lights
    colours = (linear * shades + random.normal(0, noise, linear.shape)).astype(np.float32)
    # A hand before a part of each tenth face.
    for row in range(0, count, 10):
        place = NEUTRAL[SKIN[random.integers(len(SKIN))]]
        colours[row, np.linalg.norm(NEUTRAL[SKIN] - place, axis=1) < 2.5] = (0.9, 0.1, 0.6)
    return SkinColours(colours, normals, weights), linear, lights


def apart(values):
    """What faces differ from their mean by."""
    return values - values.mean(axis=0)


def away(told, truth, weights):
    """How wrong differences of faces are, in sRGB, where something is known."""
    missed = np.abs(apart(np.asarray(to_display(told))) - apart(np.asarray(to_display(truth)))).mean(axis=2)
    return (missed * weights).sum() / weights.sum()


@pytest.fixture(scope="module")
def learned():
    faces, truth, lights = made_faces(160, 4)
    return albedo.learn_albedo(HEAD, faces, 8, mode_rounds=8), faces, truth, lights


def test_learned_modes_explain_faces_that_were_not_learned_from(learned):
    basis = learned[0].basis
    faces, truth, lights = made_faces(12, 4, seed=1)
    coefficients, found = albedo.fit_faces(basis, faces)
    told = np.stack([basis.albedo(face)[SKIN] for face in coefficients])
    # The mean face's smooth part can not be told from a light that all have: compare what differs.
    assert away(told, truth, faces.weights) < 0.3 * away(np.zeros_like(truth), truth, faces.weights)
    shades = [apart(shade_of(faces, light)) for light in (found, lights)]
    seen = faces.weights > 0
    assert np.abs(shades[0] - shades[1])[seen].mean() < 0.3 * np.abs(shades[1])[seen].mean()


def test_figures_tell_what_was_made(learned):
    figures = learned[0].figures
    shares = list(figures["explained_variance"].values())
    assert shares == sorted(shares) and shares[-1] > 0.9 and shares[0] > 0.2
    assert figures["faces"] == 160 and figures["rounds"][-1]["train_error_of_255"] < 4
    tones = list(figures["mean_tone"].values())
    assert tones == sorted(tones) and 0.3 < tones[3] < 0.8


def test_the_basis_is_alike_on_both_sides_and_bare_outside_of_the_skin(learned):
    basis, mirror = learned[0].basis, mirror_vertices(HEAD)
    mean = basis.mean[SKIN]
    assert np.abs(mean - mean[mirror]).mean() < 0.01 < mean.std()
    assert not basis.modes[~basis.skin].any() and basis.skin.sum() == len(SKIN)
    outside = basis.albedo(np.ones(8))[~basis.skin]
    np.testing.assert_array_equal(outside, basis.albedo(np.zeros(8))[~basis.skin])


def test_each_face_counts_in_a_mirror_too():
    faces = made_faces(30, 2)[0]
    mark = np.linalg.norm(NEUTRAL[SKIN] - (4.5, -1, 9), axis=1) < 2.6
    other = mirror_vertices(HEAD)[mark]
    faces.colours[:, mark] *= 0.6
    mean = albedo.learn_albedo(HEAD, faces, 4, light_rounds=1, mode_rounds=4).basis.mean[SKIN]
    assert mark.sum() > 5
    np.testing.assert_allclose(mean[mark], mean[other], atol=0.02)


def test_the_mirror_pairs_vertices_across_the_middle():
    mirror = mirror_vertices(HEAD)
    places = HEAD.v_template[SKIN]
    miss = np.linalg.norm(places[mirror] - places * (-1, 1, 1), axis=1)
    assert np.percentile(miss, 95) < 0.01 and miss.max() < 0.5
    # At the corners of the eyes two rims meet.
    assert (mirror[mirror] == np.arange(len(SKIN))).mean() > 0.98
    assert (np.sign(places[mirror, 0]) == -np.sign(places[:, 0]))[np.abs(places[:, 0]) > 0.5].all()


@settings(max_examples=15)
@given(seed=st.integers(0, 10_000))
def test_light_of_known_albedo_is_found_under_hands(seed):
    faces, truth, lights = made_faces(3, 3, seed)
    found, shades = fit_lights(faces, truth)
    _, _, found = divide_light(faces, found, shades)
    seen = faces.weights > 0
    told, known = (shade_of(faces, light)[seen] for light in (found, lights))
    assert np.abs(told - known).mean() < 0.03


@settings(max_examples=15)
@given(
    strength=st.tuples(*[st.floats(0.3, 2.0)] * 3),
    seed=st.integers(0, 1000),
)
def test_strength_and_colour_of_light_stay_in_the_albedo(strength, seed):
    faces, truth, _ = made_faces(2, 3, seed)
    found = {}
    for factor in (np.ones(3), np.array(strength)):
        tinted = SkinColours(faces.colours * factor.astype(np.float32), faces.normals, faces.weights)
        lights, shades = fit_lights(tinted, truth)
        told, known, lights = divide_light(tinted, lights, shades)
        mean = (known[..., None] * shade_of(tinted, lights)).sum(1) / known[..., None].sum(1)
        # By rule; what lies in deep shadow is believed no more, and was counted in the rule.
        np.testing.assert_allclose(mean, 1, atol=0.15)
        found[tuple(factor)] = told
    first, second = found.values()
    ratio = np.median((second / np.maximum(first, 1e-6)).reshape(-1, 3), axis=0)
    np.testing.assert_allclose(ratio, strength, rtol=0.1)


def test_robust_modes_find_a_plane_behind_gaps_and_lies():
    random = np.random.default_rng(0)
    basis = np.linalg.qr(random.normal(size=(90, 3)))[0]
    truth = random.normal(size=(300, 3)) * (3, 2, 1) @ basis.T + random.normal(size=90)
    values = (truth + random.normal(0, 0.01, truth.shape)).reshape(300, 30, 3)
    weights = (random.uniform(size=(300, 30)) < 0.8).astype(np.float32)
    wrong = random.uniform(size=(300, 30)) < 0.05
    values[wrong] += 5
    values[weights == 0] = 77
    found = robust_modes(values.astype(np.float32), weights, 3, 40)
    # Cosines of the angles between both planes.
    assert np.linalg.svd(found.modes.T @ basis)[1].min() > 0.999
    missed = np.abs(found.told() - truth)
    assert np.median(missed) < 0.02 and np.percentile(missed, 95) < 0.1
    assert found.believed[wrong & (weights > 0)].max() < 0.1
    # Modes in order, of unit length, deviations as given.
    np.testing.assert_allclose(found.modes.T @ found.modes, np.eye(3), atol=1e-4)
    assert list(found.deviations) == sorted(found.deviations, reverse=True)


def picture_of(pose, colours, size=112):
    """A face drawn in even light, its vertices and its camera."""
    vertices = NEUTRAL @ rotation_matrices(np.asarray(pose, float)).T
    camera = np.array([size / 18, size / 2, size / 2 + 3])
    light = np.zeros((1, 9, 3), np.float32)
    light[:, 0] = 1
    given = [np.asarray(part, np.float32)[None] for part in (vertices, camera, colours)]
    image = np.asarray(FaceRenderer.of_head(HEAD, size)(*given, light)["image"])[0]
    coded = np.rint(255 * np.asarray(to_display(image))).astype(np.uint8)
    return coded, vertices, camera


def test_colours_come_off_a_picture_where_they_are_seen():
    colours = np.full((len(NEUTRAL), 3), 0.4)
    colours[SKIN] = np.clip(0.4 + 0.1 * waves(1, 3, 0.5)[..., 0], 0.05, 0.9)
    picture, vertices, camera = picture_of((0.1, 0.5, 0), colours)
    found, normals, weights = Unwrapping(HEAD).unwrap(picture, vertices, camera)
    sure = weights > 0.9
    assert 100 < sure.sum() < 0.8 * len(SKIN)
    assert np.abs(found - colours[SKIN])[sure].mean() < 0.02 < colours[SKIN][sure].std()
    np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1, atol=1e-5)
    assert not weights[normals[:, 2] < 0.1].any()


def test_what_is_hidden_or_outside_or_glaring_is_not_believed():
    unwrapping = Unwrapping(HEAD)
    dark = np.full((112, 112, 3), 90, np.uint8)
    vertices = NEUTRAL @ rotation_matrices(np.array([0, 1.1, 0])).T
    camera = np.array([6.0, 26, 58])
    _, normals, weights = unwrapping.unwrap(dark, vertices, camera)
    # The nose stands before the far cheek: some vertices face the camera and are hidden.
    facing = normals[:, 2] > 0.55
    hidden = facing & (weights == 0)
    assert 3 < hidden.sum() < 0.3 * facing.sum()
    everything = project(vertices, camera)
    places = everything[SKIN]
    for row in np.flatnonzero(hidden):
        beside = np.linalg.norm(everything[:, :2] - places[row, :2], axis=1) < 6
        assert everything[beside, 2].max() > places[row, 2] + 1
    moved = unwrapping.unwrap(dark, vertices, camera - np.array([0, 30, 0]))[2]
    assert not moved[places[:, 0] < 30].any() and moved.any()
    assert not unwrapping.unwrap(np.full_like(dark, 255), vertices, camera)[2].any()


@settings(max_examples=20)
@given(scale=st.floats(0.5, 50), x=st.floats(-100, 100), y=st.floats(-100, 100), seed=st.integers(0, 100))
def test_a_camera_is_found_again(scale, x, y, seed):
    points = np.random.default_rng(seed).normal(size=(9, 3))
    camera = np.array([scale, x, y])
    found = place_camera(points, project(points, camera)[:, :2])
    np.testing.assert_allclose(found, camera, rtol=1e-6, atol=1e-6)


def test_a_file_becomes_colours_of_its_faces_that_will_do(tmp_path, monkeypatch):
    colours = np.full((len(NEUTRAL), 3), (0.5, 0.35, 0.3))
    poses = np.array([(0, 0, 0), (0, 0.3, 0), (0, 1.0, 0), (0, 0.1, 0), (0.1, 0, 0)])
    pictures, points = [], []
    for row, pose in enumerate(poses):
        picture, vertices, camera = picture_of(pose, colours)
        if row == 3:
            picture = np.repeat(picture.mean(axis=2, keepdims=True).astype(np.uint8), 3, axis=2)
        pictures.append(cv2.imencode(".png", picture[..., ::-1])[1].tobytes())
        points.append(project(HEAD.landmark_points(vertices), camera))
    pictures.append(b"no picture")
    points.append(points[0])
    poses = np.concatenate([poses, poses[:1]])
    parquet.write_table(pyarrow.table({"image": pictures}), tmp_path / "faces.parquet")
    count = len(poses)
    solved = SolvedFaces(
        np.zeros((count, 1)), np.zeros((count, 30), np.float32), np.zeros((count, 51), np.float32),
        np.zeros((count, 7)), poses.astype(np.float32), np.zeros(count),
    )  # fmt: skip
    monkeypatch.setattr(skin_colours, "stored_meshes", lambda *_: (np.array(points), np.ones(count)))
    monkeypatch.setattr(skin_colours, "stored_solutions", lambda *_: solved)
    faces, rows = skin_colours.unwrap_file(HEAD, HEAD, tmp_path, tmp_path, "faces.parquet", None)
    # One is turned too far, one is grey, one is none.
    assert sorted(rows) == [0, 1, 4]
    sure = faces.weights > 0.9
    np.testing.assert_allclose(faces.colours[sure].mean(axis=0), (0.5, 0.35, 0.3), atol=0.02)
    few = skin_colours.unwrap_file(HEAD, HEAD, tmp_path, tmp_path, "faces.parquet", 2)[1]
    assert len(few) == 2
    solved.error[:] = 1.0
    with pytest.raises(InputError, match="no coloured face"):
        skin_colours.unwrap_file(HEAD, HEAD, tmp_path, tmp_path, "faces.parquet", None)


def test_the_file_is_small_and_comes_back(learned, tmp_path):
    basis = learned[0].basis
    basis.save(tmp_path / "albedo.npz")
    assert (tmp_path / "albedo.npz").stat().st_size < 60_000
    back = AlbedoBasis.load(tmp_path / "albedo.npz")
    for name, value in vars(basis).items():
        np.testing.assert_allclose(getattr(back, name), value, atol=2e-3)
        assert getattr(back, name).dtype == (bool if name == "skin" else np.float32)
    for content in (None, b"nothing", b"PK\x03\x04"):
        file = tmp_path / "other.npz"
        if content is not None:
            file.write_bytes(content)
        with pytest.raises(ModelFileError, match="albedo basis"):
            AlbedoBasis.load(file)


def test_fewer_faces_than_modes_are_refused():
    faces = SkinColours(*(part[:2] for part in vars(made_faces(2, 2)[0]).values()))
    with pytest.raises(InputError, match="modes"):
        albedo.learn_albedo(HEAD, faces, 8)


def test_the_command_leaves_the_basis_and_tells_figures(tmp_path, monkeypatch, capsys):
    told = {albedo.TRAIN: made_faces(24, 3)[0], albedo.VALID: made_faces(4, 3, 1)[0]}
    asked = []

    def unwrap(solved_for, head, data, cache, file, count, seed):
        asked.append((file, count, len(head.f)))
        return told[file], np.arange(len(told[file]))

    monkeypatch.setattr(albedo, "unwrap_file", unwrap)
    out = tmp_path / "new" / "albedo.npz"
    albedo.main(
        ["--data", str(tmp_path), "--out", str(out), "--faces", "24", "--modes", "5", "--levels", "0"]
    )
    figures = json.loads(capsys.readouterr().out)
    assert asked == [(albedo.TRAIN, 24, len(HEAD.f)), (albedo.VALID, 400, len(HEAD.f))]
    assert AlbedoBasis.load(out).modes.shape == (len(NEUTRAL), 3, 5)
    errors = figures["valid_error_of_255"]
    tones = [part["mean_tone"] for part in figures["valid_error_by_tone"]]
    assert tones == sorted(tones) and len(tones) == 4
    assert errors["5"] < errors["0"] and figures["bytes"] == out.stat().st_size


def test_a_folder_that_is_not_there_is_one_line(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["albedo", "--data", str(tmp_path / "none"), "--out", "x.npz"])
    assert run_recipe(albedo.main) == 2
    assert capsys.readouterr().err.startswith("error: argument --data: no such folder")


def test_to_linear_takes_pictures_as_they_are_drawn():
    picture = picture_of((0, 0, 0), np.full((len(NEUTRAL), 3), 0.25))[0]
    assert to_linear(picture)[60, 56] == pytest.approx(0.25, abs=0.01)
