from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emopoi.errors import InputError
from recommender import GROUPS, Place
from recommender.emotion_prior import EmotionWeight
from recommender.opening import OpenState
from recommender.ranking import AdditiveRanker, Candidate

OPINION = st.sampled_from([-1, 0, 1])


@st.composite
def candidates(draw: st.DrawFn) -> list[Candidate]:
    size = draw(st.integers(0, 12))
    made = []
    for index in range(size):
        group = draw(st.sampled_from(sorted(GROUPS)))
        place = Place(
            f"id{index}", draw(st.sampled_from("abc")), group, group, 60.0, 25.0, draw(st.floats(0, 1))
        )
        made.append(
            Candidate(
                place=place,
                distance_m=draw(st.floats(0, 20_000_000)),
                arrival=datetime(2024, 6, 5, draw(st.integers(0, 23))),
                open=OpenState(draw(st.sampled_from(["open", "closed", "unknown"]))),
                emotion=EmotionWeight(draw(st.floats(-1, 1))),
                place_opinion=draw(OPINION),
                group_opinion=draw(OPINION),
            )
        )
    return made


@given(candidates(), st.integers(1, 15))
def test_score_is_the_sum_of_bounded_terms(made: list[Candidate], top: int) -> None:
    ranker = AdditiveRanker()
    ranked = ranker.rank(made, top)
    assert len(ranked) == min(top, len(made))
    for entry in ranked:
        assert entry.score == pytest.approx(sum(entry.terms.values()))
        assert abs(entry.terms["emotion"]) <= ranker.emotion
        assert 0.0 <= entry.terms["prominence"] <= ranker.prominence
        assert 0.0 <= entry.terms["distance"] <= ranker.distance
        assert -ranker.closed <= entry.terms["opening"] <= ranker.open
        assert entry.terms["diversity"] <= 0.0
    scores = [entry.score for entry in ranked]
    assert scores == sorted(scores, reverse=True)


@given(candidates(), st.randoms())
def test_the_order_of_input_does_not_matter(made: list[Candidate], random) -> None:
    shuffled = list(made)
    random.shuffle(shuffled)
    order = [entry.candidate.place.id for entry in AdditiveRanker().rank(made, 12)]
    assert order == [entry.candidate.place.id for entry in AdditiveRanker().rank(shuffled, 12)]


@given(candidates())
def test_top_is_a_prefix(made: list[Candidate]) -> None:
    whole = AdditiveRanker().rank(made, 12)
    assert AdditiveRanker().rank(made, 4) == whole[:4]


@given(candidates())
def test_the_persons_word_replaces_the_expression(made: list[Candidate]) -> None:
    for entry in AdditiveRanker().rank(made, 12):
        said = entry.candidate.place_opinion or entry.candidate.group_opinion
        if said:
            assert entry.terms["emotion"] == 0.0
            assert entry.terms["feedback"] * said > AdditiveRanker().emotion
        else:
            assert entry.terms["feedback"] == 0.0


def test_ten_equal_parks_give_way_to_other_groups() -> None:
    def candidate(index: int, group: str, prominence: float) -> Candidate:
        place = Place(f"{group}{index}", f"{index}", group, group, 60.0, 25.0, prominence)
        return Candidate(place, 100.0, datetime(2024, 6, 5, 12), OpenState("open"), EmotionWeight(0.0))

    made = [candidate(index, "park", 0.9) for index in range(10)]
    made += [candidate(index, "cafe", 0.5) for index in range(10)]
    groups = [entry.candidate.place.group for entry in AdditiveRanker().rank(made, 10)]
    assert groups[0] == "park"
    assert groups.count("cafe") >= 3


@pytest.mark.parametrize("weights", [{"distance": -1.0}, {"group_opinion": 0.1}, {"decay_m": 0.0}])
def test_weights_are_checked(weights: dict[str, float]) -> None:
    with pytest.raises(InputError):
        AdditiveRanker(**weights)
