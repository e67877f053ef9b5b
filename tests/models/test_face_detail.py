"""Detail starts from nothing, stays on the skin, and follows the expression."""

import dataclasses

import numpy as np
import pytest

from emopoi.errors import InputError
from emopoi.head.detail_places import DetailPlaces, moved_by_detail
from emopoi.head.head_model import PARTS
from emopoi.models.face_detail import (
    DetailAtVertices,
    FaceDetailConfig,
    build_detail_decoder,
    build_detail_encoder,
)
from emopoi.runtime.frozen_head import load_head


@pytest.fixture(scope="module")
def head():
    return load_head()


def test_places_read_a_slope_off_the_map(head):
    side = 64
    places = DetailPlaces.of_head(head, side)
    across = np.tile((np.arange(side) + 0.5) / side, (side, 1))
    moved = moved_by_detail(head)
    uv = np.zeros((len(head.v_template), 2))
    uv[head.f.ravel()] = head.uv[head.uv_f.ravel()]
    inside = moved & (uv[:, 0] > 1 / side) & (uv[:, 0] < 1 - 1 / side)
    np.testing.assert_allclose(places.apply(across)[inside], uv[inside, 0], atol=1e-5)
    np.testing.assert_allclose(places.apply(across.T)[inside], 1 - uv[inside, 1], atol=1.01 / side)
    assert (places.apply(across)[~moved] == 0).all()


def test_eyes_and_teeth_stay(head):
    moved = moved_by_detail(head)
    for part in ("eyes", "teeth", "mouth", "iris"):
        assert not moved[head.f[head.face_parts == PARTS.index(part)]].any()
    assert moved.mean() > 0.5


def test_the_layer_does_what_numpy_does(head):
    places = DetailPlaces.of_head(head, 32)
    maps = np.random.default_rng(0).normal(size=(3, 32, 32, 1)).astype(np.float32)
    found = np.asarray(DetailAtVertices(places)(maps))
    for row in range(3):
        np.testing.assert_allclose(found[row], places.apply(maps[row, ..., 0]), atol=1e-5)


def test_a_fresh_network_hardly_moves_anything_and_keeps_within_its_limit():
    config = FaceDetailConfig()
    encoder, decoder = build_detail_encoder(config), build_detail_decoder(config)
    faces = np.random.default_rng(0).normal(size=(2, 96, 96, 3)).astype(np.float32)
    code = np.asarray(encoder(faces)["code"])
    assert code.shape == (2, config.code) and np.abs(code).max() <= 1
    flat = decoder({"code": code, "expression": np.zeros((2, 51), np.float32)})["displacement"]
    assert flat.shape == (2, 64, 64, 1) and np.abs(flat).max() < 0.05 * config.limit
    decoder.get_layer("shape").kernel.assign(decoder.get_layer("shape").kernel * 1e4)
    calm, moved = (
        np.asarray(decoder({"code": code, "expression": np.full((2, 51), value, np.float32)})["displacement"])
        for value in (0.0, 1.0)
    )
    assert np.abs(moved).max() <= config.limit and np.abs(moved - calm).max() > 0.1 * config.limit


def test_a_head_without_a_layout_is_refused(head):
    bare = dataclasses.replace(head, uv=np.zeros((0, 2), np.float32), uv_f=np.zeros((0, 3), np.int32))
    with pytest.raises(InputError, match="uv"):
        DetailPlaces.of_head(bare, 32)
