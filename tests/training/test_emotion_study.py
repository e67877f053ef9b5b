import numpy as np
import pytest

from emopoi.errors import InputError
from emopoi.models.emotion import build_emotion_network
from training.emotion_recipe import EmotionRecipe
from training.emotion_study import BEGIN, END, RUNS, main, score, table, write_table


def test_runs_are_named(capsys):
    main(["--list"])
    assert [line.split(":")[0] for line in capsys.readouterr().out.splitlines()] == list(RUNS)
    with pytest.raises(SystemExit):
        main(["no_such_run", "--data", "."])
    assert "no_such_run" in capsys.readouterr().err


def test_an_untrained_network_scores_near_chance(tmp_path):
    weights = tmp_path / "some.weights.h5"
    build_emotion_network().save_weights(weights)
    random = np.random.default_rng(0)
    pictures, labels = random.integers(0, 256, (280, 48, 48, 1), dtype=np.uint8), np.arange(280) % 7
    told = score(EmotionRecipe(), weights, pictures, labels)
    assert told["accuracy"] < 0.35 and 0 <= told["ece"] <= 1
    text = table([{"name": "x", "change": "y", "epochs": 1, "seconds": 2, **told}])
    assert f"{told['accuracy']:.4f}" in text and len(text.splitlines()) == 3


def test_the_table_replaces_only_what_stands_between_the_marks(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    write_table(page, "| new |\n")
    assert page.read_text() == f"before\n{BEGIN}\n| new |\n{END}\nafter\n"
    page.write_text("no marks")
    with pytest.raises(InputError, match="marks"):
        write_table(page, "x")
    assert page.read_text() == "no marks"
