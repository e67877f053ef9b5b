import json

import cv2
import numpy as np
import pandas as pd
import pytest

from emopoi.demo_clip import portrait
from emopoi.errors import InputError, OutputError
from training.expression3d import landmark_table as module
from training.expression3d.landmark_table import (
    LandmarkTable,
    PointFinder,
    landmark_table,
    read_table,
    write_table,
)


@pytest.fixture(scope="module")
def face():
    crop = np.ascontiguousarray(portrait()[50:190, 155:295])
    return cv2.resize(crop, (48, 48), interpolation=cv2.INTER_AREA)


def encoded(picture):
    return cv2.imencode(".png", picture[:, :, ::-1])[1].tobytes()


@pytest.fixture
def labelled(tmp_path, face):
    path = tmp_path / "faces.parquet"
    tiny = np.zeros((4, 4, 3), np.uint8)
    images = [encoded(face), b"no picture", None, encoded(tiny), encoded(face[:, ::-1])]
    pd.DataFrame({"image": images}).to_parquet(path)
    return path


def test_every_picture_has_a_row_and_found_tells_which_have_points(labelled, tmp_path, capsys):
    kept = tmp_path / "kept" / "points.parquet"
    table = landmark_table(labelled, kept)
    assert table.found.tolist() == [True, False, False, False, True] and len(table) == 5
    assert (table.presence[[0, 4]] > 0.5).all() and not table.presence[1:4].any()
    assert not table.points[1:4].any() and table.points.shape == (5, 468, 3)
    # In the mirror the face lies on the other side.
    assert table.points[0, 1, 0] + table.points[4, 1, 0] == pytest.approx(47, abs=2.5)
    again = read_table(kept)
    assert np.array_equal(again.points, table.points) and np.array_equal(again.found, table.found)
    assert module.main(["faces.parquet", "--data", str(tmp_path), "--out", str(kept), "--json"]) is None
    told = json.loads(capsys.readouterr().out)
    assert (told["n"], told["points_placed"], told["face_believed"]) == (5, 2, 2)


def test_what_is_kept_is_used_unless_the_file_changed(labelled, tmp_path, monkeypatch):
    kept = tmp_path / "points.parquet"
    landmark_table(labelled, kept)
    monkeypatch.setattr(module, "PointFinder", lambda: pytest.fail("looked again"))
    landmark_table(labelled, kept)
    pd.DataFrame({"image": [b"x"]}).to_parquet(labelled)
    with pytest.raises(pytest.fail.Exception):
        landmark_table(labelled, kept)


def test_a_stopped_run_keeps_what_it_had(labelled, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_BATCH", 2)
    kept = tmp_path / "points.parquet"
    real, asked = PointFinder.find_all, []

    def stop_in_the_third_part(self, pictures):
        asked.append(1)
        if len(asked) == 3:
            raise KeyboardInterrupt
        return real(self, pictures)

    monkeypatch.setattr(PointFinder, "find_all", stop_in_the_third_part)
    with pytest.raises(KeyboardInterrupt):
        landmark_table(labelled, kept)
    assert not kept.exists()
    table = landmark_table(labelled, kept)
    assert len(asked) == 4 and table.found.tolist() == [True, False, False, False, True]
    assert not (tmp_path / "points.parts").exists()


def test_mistakes_are_told(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        landmark_table(tmp_path / "none.parquet", tmp_path / "points.parquet")
    text = tmp_path / "text.parquet"
    text.write_text("no parquet")
    with pytest.raises(InputError):
        read_table(text)
    pd.DataFrame({"found": [True]}).to_parquet(text)
    with pytest.raises(InputError, match="landmarks"):
        read_table(text)
    table = LandmarkTable(np.zeros((1, 468, 3), np.float32), np.zeros(1, np.float32), np.ones(1, bool))
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError):
        write_table(tmp_path / "file" / "points.parquet", [table], "x")
