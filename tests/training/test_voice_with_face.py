import numpy as np
import pandas as pd

from training.voice_with_face import compared, measure, paired


def test_pairs_have_one_label():
    seen, heard = np.array([0, 0, 3, 4]), np.array([3, 0, 3, 5, 0, 0])
    chosen = paired(seen, heard, 1)
    assert chosen[3] == -1
    rest = np.delete(np.arange(6), 3)
    np.testing.assert_array_equal(seen[chosen[rest]], heard[rest])


def test_the_surer_one_decides_and_the_gain_is_over_each():
    sure, unsure = np.eye(7) * 0.93 + 0.01, np.eye(7) * 0.2 + 0.8 / 7
    labels = np.array([0, 1, 2, 3])
    face = np.stack([sure[0], sure[1], unsure[4], unsure[4]])
    voice = np.stack([unsure[5], unsure[5], sure[2], sure[3]])
    figures = compared(face, voice, labels, np.array(["a", "b", "a", "b"]))
    assert figures["face"]["accuracy"] == figures["voice"]["accuracy"] == 0.5
    assert figures["both"]["accuracy"] == 1.0
    assert figures["gain_over_face"]["accuracy"] == 0.5


def test_real_pairs(data_dir, tmp_path):
    for name, rows in (("fer2013/public_test", 60), ("voice_emotion/valid", 12)):
        file = tmp_path / f"{name}.parquet"
        file.parent.mkdir()
        pd.read_parquet(data_dir / f"{name}.parquet").head(rows).to_parquet(file)
    figures = measure(tmp_path, 24, 1)
    assert figures["n"] + figures["left_out"] == 12
    assert 0 <= figures["both"]["accuracy"] <= 1
    assert figures == measure(tmp_path, 24, 1)
