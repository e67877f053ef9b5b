from training.recipe_options import run_recipe
from training.train_emotion import main


def test_a_missing_data_folder_is_one_line(tmp_path, capsys):
    words = ["--data", str(tmp_path / "nope"), "--out", str(tmp_path / "run")]
    assert run_recipe(lambda: main([*words, "--precision", "float32"])) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ") and "public_test.parquet" in line
