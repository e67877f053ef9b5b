"""Faces of videos are followed without a label, and what can not be read is told and left out."""

import shutil

import numpy as np
import pytest

from emopoi.errors import InputError
from emopoi.runtime.frozen_head import load_head
from training.face3d.clip_faces import load_clip_faces


def test_two_people_are_followed(data_dir, tmp_path, capsys):
    folder = data_dir / "videos"
    shutil.copy(folder / "intel_headpose_two_people.mp4", tmp_path / "two.mp4")
    shutil.copy(folder / "pyfeat_no_face.mp4", tmp_path / "nobody.mp4")
    (tmp_path / "broken.mkv").write_bytes(b"no video")
    (tmp_path / "notes.txt").write_text("not looked at")
    tracks = load_clip_faces(load_head(), tmp_path)
    assert len(tracks) == 2 and min(map(len, tracks)) > 20
    told = capsys.readouterr().err
    assert "nobody.mp4" in told and "broken.mkv" in told and "notes.txt" not in told
    for track in tracks:
        # One identity, expressions that move, crops that are cut around the points.
        assert np.ptp(track.identity, axis=0).max() < 1e-5 < np.ptp(track.expression, axis=0).max()
        eyes = track.points[:, [33, 263], :2].mean(axis=1) / track.pictures.shape[1]
        np.testing.assert_allclose(eyes, np.tile([[0.5, 0.39]], (len(track), 1)), atol=0.12)
        assert track.pictures.dtype == np.uint8 and np.isfinite(track.points).all()


def test_a_folder_without_videos_is_refused(tmp_path):
    with pytest.raises(InputError, match="videos were expected"):
        load_clip_faces(load_head(), tmp_path)
