import json

import cv2
import numpy as np
import pandas as pd

from emopoi.commands.main import main


def test_prints_one_object(tmp_path, capsys):
    picture = cv2.imencode(".png", np.full((48, 48), 90, np.uint8))[1].tobytes()
    path = tmp_path / "faces.parquet"
    pd.DataFrame({"image": [picture] * 3, "label_name": ["happy", "sad", "fear"]}).to_parquet(path)
    assert main(["evaluate", "emotion", str(path), "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["n"] == 3 and result["model"] == "emotion" and result["variant"] == "int8"
    assert main(["evaluate", "emotion", str(path), "--model", "multi_head", "--variant", "float16"]) == 0
    text = capsys.readouterr().out
    assert "accuracy" in text and "confusion" in text


def test_mistakes(tmp_path, capsys):
    for words, message in (
        (["emotion", "none.parquet"], "no such file"),
        (["emotion", "none.parquet", "--model", "age_gender"], "is for age_gender"),
        (["age-gender", "none.parquet", "--map", "x.json"], "--map"),
        (["emotion", "none.parquet", "--model", "nothing"], "no model 'nothing'"),
    ):
        assert main(["evaluate", *words]) == 2
        assert message in capsys.readouterr().err
