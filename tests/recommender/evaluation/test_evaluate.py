import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pyarrow as pa
import pytest

from emopoi.errors import InputError
from recommender.evaluate import main
from recommender.evaluation.rivals.markov import Markov

FAST = "popularity,most_visited,markov"


class FakeRanking(Markov):
    """In the place of the learned ranking: the best that the made walks allow."""

    @classmethod
    def read(cls, file: Path) -> "FakeRanking":
        if "broken" in Path(file).read_text():
            raise InputError(f"{file}: no ranking")
        return cls()


@pytest.fixture
def learned(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    module = ModuleType("recommender.ranking.check_in_ranking")
    module.CheckInRanking = FakeRanking  # type: ignore[attr-defined]
    package = ModuleType("recommender.ranking")
    package.check_in_ranking = module  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "recommender.ranking", package)
    monkeypatch.setitem(sys.modules, "recommender.ranking.check_in_ranking", module)
    yield


@pytest.fixture
def no_learned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "recommender.ranking.check_in_ranking", None)


def arguments(made: tuple[Path, Path], *more: str) -> list[str]:
    return ["--train", str(made[0]), "--test", str(made[1]), "--draws", "50", *more]


@pytest.mark.usefixtures("no_learned")
def test_one_json_object_and_nothing_else_on_stdout(
    made_check_ins: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments(made_check_ins, "--methods", FAST, "--json")) == 0
    out, err = capsys.readouterr()
    result = json.loads(out)
    assert list(result["methods"]) == FAST.split(",")
    assert "popularity: " in err
    for row in result["methods"].values():
        for metric in ("accuracy_at_1", "accuracy_at_5", "accuracy_at_10", "mrr"):
            for view in ("all", "new", "new_visited_removed"):
                interval = row[view][metric]
                assert 0.0 <= interval["low"] <= interval["value"] <= interval["high"] <= 1.0
        assert set(row["top_10_new"]) == {"recall_at_10", "ndcg_at_10"}
    assert result["differences"] == {} and result["bars"] == []
    assert "rating" in result["columns_left_out"]


@pytest.mark.usefixtures("learned")
def test_the_learned_ranking_beside_the_best_rival(
    made_check_ins: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ranking = tmp_path / "ranking.json"
    ranking.write_text("{}")
    command = arguments(made_check_ins, "--methods", "popularity,most_visited,check_in_ranking")
    assert main([*command, "--ranking", str(ranking), "--new-first", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    own = result["methods"]["check_in_ranking"]
    assert list(own)[:3] == ["status", "top_10_new", "new_visited_removed"]
    row = result["differences"]["all"]["mrr"]
    best = max(result["methods"][name]["all"]["mrr"]["value"] for name in ("popularity", "most_visited"))
    assert row["value"] == pytest.approx(own["all"]["mrr"]["value"] - best, abs=2e-6)
    assert row["low"] > 0.0
    assert [bar["bar"] for bar in result["bars"]] == [0.185, 0.13, 0.08]
    assert result["bars"][1]["passed"]

    assert main([*command, "--ranking", str(ranking)]) == 0
    out = capsys.readouterr().out
    assert "minus the best rival" in out and "reached" in out


@pytest.mark.usefixtures("no_learned")
def test_the_table_for_people(made_check_ins: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments(made_check_ins, "--methods", "markov,popularity", "--new-first")) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].index("10 new places") < lines[0].index("all targets")
    assert [line.split()[0] for line in lines[3:]] == ["markov", "popularity"]


@pytest.mark.usefixtures("no_learned")
def test_later_columns_are_reported_apart(
    made_check_ins: tuple[Path, Path], write_table: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    pois = write_table(
        "pois.parquet", poi=[f"place{n:02d}" for n in range(12)], total_ratings=list(range(12))
    )
    command = arguments(made_check_ins, "--pois", str(pois), "--methods", "popularity", "--json")
    assert main(command) == 0
    without = json.loads(capsys.readouterr().out)
    assert "later_columns" not in without
    assert main([*command, "--later-columns"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert list(result["later_columns"]["methods"]) == ["later_popularity"]
    same, row = without["methods"]["popularity"], result["methods"]["popularity"]
    assert {**row, "seconds": None} == {**same, "seconds": None}


@pytest.mark.usefixtures("no_learned")
@pytest.mark.parametrize(
    ("more", "words"),
    [
        ([], "--train and --test were expected"),
        (["--train", "x.parquet"], "--test is missing"),
        (["--train", "x.parquet", "--test", "y.parquet"], "no such file"),
        (["--train", "x", "--test", "y", "--methods", "magic"], "'magic' is no method"),
        (["--train", "x", "--test", "y", "--methods", ","], "at least one name"),
        (["--train", "x", "--test", "y", "--methods", "check_in_ranking"], "no method is left"),
        (["--train", "x", "--test", "y", "--ranking", "r.json"], "no learned ranking"),
        (["--train", "x", "--test", "y", "--later-columns"], "--pois"),
        (["--emotion-sets", "nowhere"], "there is none"),
        (["--emotion-sets", ".", "--draws", "0"], "--draws"),
    ],
)
def test_a_users_mistake_is_one_line_and_status_2(
    more: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(more) == 2
    out, err = capsys.readouterr()
    assert out == "" and words in err and len(err.splitlines()) == 1


@pytest.mark.usefixtures("no_learned")
def test_train_and_test_the_wrong_way_round(
    made_check_ins: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments(made_check_ins[::-1], "--methods", "popularity")) == 2
    assert "must come after" in capsys.readouterr().err


@pytest.mark.usefixtures("learned")
def test_a_ranking_that_cannot_be_read_is_told_at_once(
    made_check_ins: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments(made_check_ins, "--ranking", str(tmp_path / "none.json"))) == 2
    broken = tmp_path / "broken.json"
    broken.write_text("broken")
    assert main(arguments(made_check_ins, "--ranking", str(broken))) == 2
    assert "no such file" in (err := capsys.readouterr().err) and "no ranking" in err


def test_the_list_of_methods(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list", "--json"]) == 0
    methods = json.loads(capsys.readouterr().out)["methods"]
    assert {"popularity", "ease", "als", "bpr", "check_in_ranking"} <= set(methods)


@pytest.mark.usefixtures("no_learned")
def test_emotion_sets_in_words(write_table: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> None:
    count = 40
    file = write_table(
        "tripadvisor_hotels_train.parquet",
        UserID=[row % 8 for row in range(count)],
        ItemID=[row % 5 for row in range(count)],
        Rating=[1 + row % 5 for row in range(count)],
        TripType=pa.array(["SOLO" if row % 2 else None for row in range(count)]),
        fold=[row % 5 for row in range(count)],
    )
    assert main(["--emotion-sets", str(file.parent), "--draws", "20"]) == 0
    out = capsys.readouterr().out
    assert "tripadvisor_hotels: 40 ratings by 8 users, 0 with emotion" in out
    assert "sts_train.parquet is not in the folder" in out


@pytest.mark.usefixtures("no_learned")
def test_the_figures_that_come_with_the_check_ins(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = data_dir / "poi"
    files = [folder / f"checkins_kl_{part}.parquet" for part in ("train", "valid")]
    command = ["--train", str(files[0]), "--test", str(files[1]), "--pois", str(folder / "pois_kl.parquet")]
    assert main([*command, "--methods", "popularity,markov", "--draws", "200", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    data = result["data"]
    assert (data["list_users"], data["targets"], data["places_known"]) == (2465, 15326, 14890)
    assert (round(data["share_of_repeats"], 3), round(data["share_with_history"], 3)) == (0.235, 0.927)
    expected = {
        ("popularity", "all", "accuracy_at_1"): 0.020,
        ("popularity", "all", "accuracy_at_5"): 0.083,
        ("popularity", "all", "accuracy_at_10"): 0.127,
        ("popularity", "all", "mrr"): 0.056,
        ("popularity", "new", "mrr"): 0.047,
        ("popularity", "top_10_new", "recall_at_10"): 0.160,
        ("popularity", "top_10_new", "ndcg_at_10"): 0.103,
        ("markov", "all", "accuracy_at_1"): 0.044,
        ("markov", "all", "accuracy_at_5"): 0.113,
        ("markov", "all", "accuracy_at_10"): 0.159,
        ("markov", "all", "mrr"): 0.084,
        ("markov", "new", "mrr"): 0.064,
    }
    for (method, view, metric), value in expected.items():
        assert round(result["methods"][method][view][metric]["value"], 3) == value, (method, view, metric)
