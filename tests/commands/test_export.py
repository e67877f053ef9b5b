import json

import cv2
import numpy as np
import pandas as pd
import pytest

keras = pytest.importorskip("keras")
pytest.importorskip("tensorflow")

from emopoi.commands.main import main  # noqa: E402


def test_weights_to_a_model_that_evaluate_takes(tmp_path, capsys):
    from emopoi.models.multi_head import build_multi_head_network

    keras.utils.set_random_seed(2)
    weights = tmp_path / "x.weights.h5"
    build_multi_head_network().save_weights(weights)
    random = np.random.default_rng(0)
    blocks = random.integers(0, 256, (24, 8, 8)).astype(np.uint8)
    images = [cv2.imencode(".png", cv2.resize(block, (48, 48)))[1].tobytes() for block in blocks]
    samples = tmp_path / "samples.parquet"
    pd.DataFrame({"image": images, "label": [i % 7 for i in range(24)]}).to_parquet(samples)
    out = tmp_path / "mine"
    words = ["export", "multi_head", str(weights), "--samples", str(samples), "--out", str(out)]
    assert main([*words, "--layout", "0.39,0.78,0.38", "--json"]) == 0
    manifest = json.loads(capsys.readouterr().out)
    assert manifest["name"] == "mine" and manifest["parity"]["int8"]["fer7"]["relative"] < 0.12
    assert main(["evaluate", "emotion", str(samples), "--model", str(out), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["n"] == 24


def test_mistakes(tmp_path, capsys):
    samples = tmp_path / "s.parquet"
    words = ["export", "emotion", str(tmp_path / "no.h5"), "--samples", str(samples), "--out", str(tmp_path)]
    assert main(words) == 2
    assert "no such file" in capsys.readouterr().err
