import json

import cv2
import keras
import numpy as np
import pandas as pd

from emopoi.commands.main import main
from emopoi.runtime.model_metadata import read_metadata


def test_weights_to_a_model_that_evaluate_takes(tmp_path, capsys):
    from emopoi.models.multi_head import build_multi_head_network

    keras.utils.set_random_seed(3)
    weights = tmp_path / "x.weights.h5"
    network = build_multi_head_network()
    random = np.random.default_rng(0)
    for name in ("fer7", "ferplus8", "age", "female"):
        # Fresh heads say nearly always the same: nothing could be compared.
        kernel = network.get_layer(name).kernel
        kernel.assign(4 * kernel)
    network.save_weights(weights)
    blocks = random.integers(0, 256, (24, 4, 4)).astype(np.uint8)
    images = [cv2.imencode(".png", cv2.resize(block, (48, 48)))[1].tobytes() for block in blocks]
    samples = tmp_path / "samples.parquet"
    pd.DataFrame({"image": images, "label": [i % 7 for i in range(24)]}).to_parquet(samples)
    out = tmp_path / "mine"
    words = ["export", "multi_head", str(weights), "--samples", str(samples), "--out", str(out)]
    words += ["--layout", "0.39,0.78,0.38", "--variants", "dynamic,int8", "--data", str(samples)]
    assert main([*words, "--json"]) == 0
    manifest = json.loads(capsys.readouterr().out)
    assert manifest["name"] == "mine" and manifest["parity"]["int8"]["fer7"]["relative"] < 0.12
    assert set(manifest["files"]) == {"int8", "dynamic"} and manifest["default"] == "dynamic"
    assert {"ai_edge_litert", "tflite_runtime"} <= set(manifest["runtimes"])
    assert 0 <= manifest["keras"]["accuracy"] <= 1 and set(manifest["measured"]) == {"int8", "dynamic"}
    for variant, file in manifest["files"].items():
        told = read_metadata((out / file["path"]).read_bytes())
        assert told["variant"] == variant and told["outputs"] == manifest["outputs"]
    assert main(["evaluate", "emotion", str(samples), "--model", str(out), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["n"] == 24


def test_mistakes(tmp_path, capsys):
    samples = tmp_path / "s.parquet"
    weights = tmp_path / "junk.weights.h5"
    weights.write_bytes(b"junk")
    (tmp_path / "file").write_text("mine")
    out = ["--out", str(tmp_path / "out")]
    for file, more, message in (
        ("no.h5", out, "no such file"),
        ("junk.weights.h5", [*out, "--count", "0"], "--count: at least 1"),
        ("junk.weights.h5", [*out, "--std", "0"], "--std"),
        ("junk.weights.h5", [*out, "--mean", "nan"], "--mean"),
        ("junk.weights.h5", ["--out", str(tmp_path / "file")], "a folder was expected"),
        ("junk.weights.h5", [*out, "--layout", "1,2"], "--layout"),
        ("junk.weights.h5", [*out, "--variants", "int4"], "--variants: some of int8"),
    ):
        words = ["export", "emotion", str(tmp_path / file), "--samples", str(samples), *more]
        assert main(words) == 2
        err = capsys.readouterr().err
        assert message in err and err.count("\n") == 1
    assert (tmp_path / "file").read_text() == "mine" and not (tmp_path / "out").exists()


def test_names_and_samples_are_asked_for(tmp_path, capsys):
    (tmp_path / "junk.weights.h5").write_bytes(b"junk")
    (tmp_path / "multi_head.weights.h5").write_bytes(b"junk")
    junk, out = str(tmp_path / "junk.weights.h5"), ["--out", str(tmp_path / "out")]
    samples = ["--samples", str(tmp_path / "samples.npz")]
    for words, message in (
        (["multi_head", *samples], "no weights of 'multi_head' lie here"),
        (["emotion", junk], "--samples FILE (real inputs) or --data FILE"),
        ([junk, *samples], "no network 'junk' (known: emotion, "),
        (["emotion_time", junk, *samples], "samples.npz: an npz file"),
        (["emotion_time", junk, "--data", "faces.parquet"], "--data: only networks that read faces"),
        ([str(tmp_path / "multi_head.weights.h5"), *samples, "--layout", "0.4,0.8,0.4"], "samples.npz"),
    ):
        assert main(["export", *words, *out]) == 2
        err = capsys.readouterr().err
        assert message in err and err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_junk_is_no_weights(tmp_path, capsys):
    picture = cv2.imencode(".png", np.full((48, 48), 90, np.uint8))[1].tobytes()
    samples, weights = tmp_path / "samples.parquet", tmp_path / "junk.weights.h5"
    pd.DataFrame({"image": [picture]}).to_parquet(samples)
    weights.write_bytes(b"junk")
    words = ["export", "emotion", str(weights), "--samples", str(samples), "--out", str(tmp_path / "out")]
    assert main([*words, "--layout", "0.39,0.78,0.38", "--variants", "int8"]) == 2
    err = capsys.readouterr().err
    assert "no weights of the emotion network" in err and err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_layout_is_asked_for_where_no_model_tells_one(tmp_path, monkeypatch, capsys):
    manifest = {
        "name": "emotion",
        "task": "emotion",
        "files": {},
        "default": "int8",
        "inputs": {},
        "outputs": {},
    }
    (tmp_path / "models" / "emotion").mkdir(parents=True)
    (tmp_path / "models" / "emotion" / "manifest.json").write_text(json.dumps(manifest))
    monkeypatch.setenv("EMOPOI_MODELS", str(tmp_path / "models"))
    (tmp_path / "x.weights.h5").write_bytes(b"")
    words = [str(tmp_path / "x.weights.h5"), "--samples", "none.parquet", "--out", str(tmp_path / "out")]
    assert main(["export", "emotion", *words]) == 2
    assert "give --layout" in capsys.readouterr().err


def test_a_head_is_named_by_its_fingerprint(tmp_path, capsys):
    from emopoi.export.kinds import KINDS
    from emopoi.head.fingerprint import head_fingerprint
    from emopoi.head.head_file import write_head_npz
    from tests.head.made_heads import small_head

    head = small_head()
    write_head_npz(head, tmp_path / "head.npz")
    kind = f"coefficient_emotion-{head.n_identity}-{head.n_expressions}"
    keras.utils.set_random_seed(0)
    network = KINDS[kind].build()
    for layer in network.layers:
        if layer.name == "fer7":
            layer.kernel.assign(4 * layer.kernel)
    network.save_weights(tmp_path / "own.weights.h5")
    size = network.input.shape[1]
    samples = np.random.default_rng(0).normal(size=(40, size)).astype(np.float32)
    np.savez(tmp_path / "samples.npz", coefficients=samples)
    words = ["export", kind, str(tmp_path / "own.weights.h5"), "--samples", str(tmp_path / "samples.npz")]
    words += [
        "--variants",
        "float16",
        "--head",
        str(tmp_path / "head.npz"),
        "--out",
        str(tmp_path / "own"),
        "--json",
    ]
    assert main(words) == 0
    assert json.loads(capsys.readouterr().out)["head_fingerprint"] == head_fingerprint(head)
