from dataclasses import replace

import numpy as np

from emopoi.head.texture import TextureMap
from emopoi.head.texture_layout import textured_faces
from tests.head.made_face import made_face

HEAD = made_face()
EYES = HEAD.face_parts == 1


def test_a_layout_within_the_square_is_textured_whole() -> None:
    assert textured_faces(HEAD).all()
    assert not textured_faces(made_face(uv=False)).any()


def test_triangles_beyond_the_square_are_plain() -> None:
    uv = HEAD.uv.copy()
    uv[-4:] += (1, 0)
    textured = textured_faces(replace(HEAD, uv=uv))
    assert textured[~EYES].all() and not textured[-2:].any() and textured[EYES][:2].all()


def test_a_part_on_the_place_of_another_is_plain() -> None:
    uv = HEAD.uv.copy()
    uv[-8:] += (-0.5, 0)
    np.testing.assert_array_equal(textured_faces(replace(HEAD, uv=uv)), ~EYES)


def test_a_head_with_everything_elsewhere_still_has_a_texture_to_paint() -> None:
    elsewhere = replace(HEAD, uv=HEAD.uv + np.float32([1, 0]))
    texture = TextureMap(elsewhere, 64).paint(np.zeros((8, 8, 3), np.uint8), HEAD.v_template)
    assert len(np.unique(texture.reshape(-1, 3), axis=0)) == 1
