import json

import numpy as np
import pandas as pd

from training.expression3d.transfer import main


def test_feature_maps_of_another_task_name_real_faces(data_dir, tmp_path, capsys):
    (tmp_path / "fer2013").mkdir()
    for name in ("train", "public_test"):
        faces = pd.read_parquet(data_dir / "fer2013" / f"{name}.parquet").head(40)
        faces.to_parquet(tmp_path / "fer2013" / f"{name}.parquet")
    words = ["--data", str(tmp_path), "--meshes", str(tmp_path / "meshes"), "--out", str(tmp_path / "runs")]
    main(words)
    told = json.loads(capsys.readouterr().out)
    assert told["n"] == 40 and 0 <= told["accuracy"] <= 1 and told["parameters"] > 500_000
    answers = np.load(tmp_path / "runs" / "transfer" / "answers.npz")["answers"]
    np.testing.assert_allclose(answers.sum(axis=1), 1, atol=1e-4)
