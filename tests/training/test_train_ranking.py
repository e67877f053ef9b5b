from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from emopoi.errors import InputError
from recommender.check_ins import read_pois, read_visits
from recommender.ranking.check_in_ranking import CheckInRanking
from recommender.ranking.place_ranking import PlaceRanking
from recommender.ranking.place_terms import PLACE_TERMS
from recommender.ranking.ranking_file import ContextWeights, read_ranking
from tests.recommender.ranking.made_region import DAY_S, START_S
from training import check_in_choices, place_choices, train_ranking

PLACES = 90


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A region of ninety places is enough, one network and few passes."""
    monkeypatch.setattr(check_in_choices, "FIRST", 30)
    monkeypatch.setattr(check_in_choices, "DRAWN", 15)
    monkeypatch.setattr(place_choices, "DRAWN", 40)
    monkeypatch.setattr(train_ranking, "NETWORKS", 1)
    fit = train_ranking.fit_choices
    monkeypatch.setattr(
        train_ranking, "fit_choices", lambda choices, **options: fit(choices, **{**options, "epochs": 2})
    )


@pytest.fixture
def check_ins(tmp_path: Path) -> Path:
    """Forty people who go to what is near and much visited, and back to where they were."""
    random = np.random.default_rng(0)
    lat, lon = 3.15 + random.normal(0, 0.03, PLACES), 101.7 + random.normal(0, 0.03, PLACES)
    worth = 1.5 * random.normal(size=PLACES)
    rows = []
    for user in range(40):
        here, now_s = int(random.integers(PLACES)), START_S + int(random.integers(5 * DAY_S))
        been = np.zeros(PLACES)
        for _ in range(40):
            way = 111 * np.hypot(lat - lat[here], lon - lon[here])
            score = worth + been - way + random.gumbel(size=PLACES)
            score[here] = -np.inf
            here = int(score.argmax())
            been[here] = 2.0
            rows.append((user, f"p{here}", now_s, lat[here], lon[here], here % 2))
            now_s += int(random.choice([1800, 4 * 3600, DAY_S]))
    rows.sort(key=lambda row: row[2])
    columns = list(zip(*rows, strict=True))
    table = pa.table(
        {
            "user": columns[0],
            "poi": columns[1],
            "utc_time": pa.array(columns[2], type=pa.timestamp("s", tz="UTC")),
            "lat": columns[3],
            "lon": columns[4],
            "category_leaf": ["Café" if even else "Park" for even in columns[5]],
        }
    )
    file = tmp_path / "check_ins.parquet"
    parquet.write_table(table, file)
    return file


def test_a_ranking_is_learned_and_can_be_used(small, check_ins: Path, tmp_path: Path) -> None:
    out = tmp_path / "ranking.json"
    train_ranking.main(["--check-ins", str(check_ins), "--pois", str(check_ins), "--out", str(out)])
    data = read_ranking(out)
    assert data["made"]["check_ins"]["rows"] == 1600 and len(data["made"]["check_ins"]["sha256"]) == 64
    for name, loss in data["made"]["loss"].items():
        assert loss["last"] < loss["first"], name
    PlaceRanking(data)
    ranking = CheckInRanking.read(out)
    pois = read_pois(check_ins)
    visits = read_visits(check_ins, pois)
    ranking.fit(visits, pois)
    own = visits.take(np.flatnonzero(visits.user == 3))
    assert np.isfinite(ranking.next_scores(own, 0, 12, int(own.time_s[-1]) + 600)).all()
    # People go to what is near and known: the weights say so.
    assert data["next"]["distance"]["base"] + data["next"]["distance"]["gap"][0] < 0.0
    everything = data["places"]["everything"]
    assert everything["distance"]["base"] < 0.0 < everything["popularity"]["base"]
    assert everything["distance"]["gap"] == [0.0] * 4
    assert list(tmp_path.glob("*.json")) == [out]


def test_distance_has_one_weight_for_any_catalogue() -> None:
    random = np.random.default_rng(1)
    learned = ContextWeights(
        random.normal(size=len(PLACE_TERMS)),
        random.normal(size=(4, len(PLACE_TERMS))),
        random.normal(size=(4, len(PLACE_TERMS))),
    )
    made = train_ranking._for_any_catalogue(learned)
    distance = PLACE_TERMS.index("distance")
    others = np.arange(len(PLACE_TERMS)) != distance
    for gap in range(4):
        for history in range(4):
            assert made.at(gap, history)[distance] == pytest.approx(learned.at(0, 0)[distance])
            np.testing.assert_allclose(made.at(gap, history)[others], learned.at(gap, 0)[others])


def test_too_few_places_are_said(check_ins: Path) -> None:
    with pytest.raises(InputError, match="more than 300 places"):
        train_ranking.learn(check_ins, check_ins)
