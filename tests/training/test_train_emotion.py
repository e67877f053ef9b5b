import pytest

from emopoi.errors import InputError
from training import train_emotion
from training.run_folder import PLATEAU
from training.train_emotion import BORN_AGAIN, FROM_SCRATCH, RESULT, TEACHER_RECIPE


@pytest.fixture
def asked(monkeypatch, tmp_path):
    """What the command line asks of `train`, and the words that every call needs."""
    calls = []
    monkeypatch.setattr(
        train_emotion, "train", lambda recipe, data, out, **rest: calls.append((recipe, rest))
    )
    (tmp_path / "fer2013").mkdir()
    return calls, ["--data", str(tmp_path), "--out", str(tmp_path / "out")]


def test_from_scratch_and_the_teacher(asked):
    calls, words = asked
    train_emotion.main(words)
    train_emotion.main([*words, "--large", "--epochs", "14"])
    (plain, _), (large, _) = calls
    assert plain.loop.epochs == FROM_SCRATCH.loop.epochs and plain.start is None and plain.teacher is None
    assert large.encoder == TEACHER_RECIPE.encoder and large.loop.epochs == 14
    # Where the run is shorter, the fall of the rate is too.
    assert large.loop.fall_epochs == pytest.approx(
        TEACHER_RECIPE.loop.fall_epochs * 14 / TEACHER_RECIPE.loop.epochs
    )


def test_again_goes_on_from_a_run_taught_by_its_result(asked, tmp_path):
    calls, words = asked
    run = tmp_path / "first"
    run.mkdir()
    train_emotion.main([*words, "--again", str(run)])
    ((recipe, _),) = calls
    assert recipe.start == run / PLATEAU and recipe.teacher == run / RESULT
    assert recipe.loop.mixup == BORN_AGAIN.loop.mixup > 0 and recipe.loop.epochs == BORN_AGAIN.loop.epochs


def test_a_finished_network_is_widened_at_a_rate_that_undoes_nothing(asked, tmp_path):
    calls, words = asked
    file = tmp_path / "some.weights.h5"
    file.touch()
    train_emotion.main([*words, "--large", "--start", str(file)])
    ((recipe, _),) = calls
    assert recipe.start == recipe.teacher == file and recipe.encoder == TEACHER_RECIPE.encoder
    assert recipe.loop.learning_rate < FROM_SCRATCH.loop.learning_rate / 2


@pytest.mark.parametrize("more", [["--teacher", "FILE"], ["--start", "FILE"]])
def test_again_settles_the_rest(asked, tmp_path, more):
    calls, words = asked
    file = tmp_path / "some.weights.h5"
    file.touch()
    more = [str(file) if word == "FILE" else word for word in more]
    with pytest.raises(InputError, match="--again settles"):
        train_emotion.main([*words, "--again", str(tmp_path), *more])
    assert not calls
