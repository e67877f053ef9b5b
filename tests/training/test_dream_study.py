from pathlib import Path

import pytest

from emopoi.errors import InputError
from training.dream_study import ARMS, main, recipe_of, table
from training.face3d.dream_recipe import LOOK_WEIGHTS
from training.loop import LoopSettings


def line(arm: str, seed: int, emotion: float, lips: float) -> dict:
    return {"arm": arm, "seed": seed, "emotion": emotion, "lips": lips}


@pytest.mark.parametrize("arm", ARMS)
def test_an_arm_differs_in_the_losses_that_are_studied_alone(arm):
    recipe = recipe_of(arm, LoopSettings(epochs=1), Path("start"), Path("albedo"), Path("mouth"))
    others = {name: weight for name, weight in recipe.looks.items() if name not in ("emotion", "lips")}
    assert others == {name: LOOK_WEIGHTS[name] for name in others}
    assert set(LOOK_WEIGHTS) - set(others) == {"emotion", "lips"}
    assert recipe.lip_distances == ("lips" in recipe.looks)


def test_arms_are_compared_within_a_seed():
    lines = [line("neither", 1, 0.5, 0.04), line("neither", 2, 0.6, 0.04)]
    lines += [line("emotion", 1, 0.52, 0.04), line("emotion", 2, 0.61, 0.04)]
    lines += [line("emotion", 3, 0.9, 0.04), line("lips", 2, 0.6, 0.03)]
    text = table(lines)
    assert (
        "`emotion`, 2 seeds: changes seven-class emotion from coefficients by +1.5 points (+2.0, +1.0)"
        in text
    )
    assert "`lips`, 1 seed: lowers the error of the inner lips by 25 %" in text
    assert "emotion_strong" not in text


def test_an_unknown_arm_is_one_line(tmp_path):
    file = tmp_path / "file"
    file.touch()
    given = ["--data", tmp_path, "--start", tmp_path, "--albedo", file, "--mouth", file, "eyes"]
    with pytest.raises(InputError, match="got eyes"):
        main([str(word) for word in given])
