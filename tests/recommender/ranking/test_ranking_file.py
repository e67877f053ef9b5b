import copy
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emopoi.errors import InputError
from recommender.ranking.check_in_ranking import CheckInRanking
from recommender.ranking.check_in_statistics import LIST_TERMS, NEXT_TERMS
from recommender.ranking.place_terms import PLACE_TERMS
from recommender.ranking.ranking_file import (
    DEFAULT_RANKING,
    ContextWeights,
    context_weights,
    number_table,
    read_ranking,
)

TERMS = ("near", "known")


def good() -> dict:
    row = {"base": 0.5, "gap": [0.0, 0.1, 0.2, 0.3], "history": [1, 2, 3, 4]}
    return {"schema": 1, "next": {"near": row, "known": copy.deepcopy(row)}}


def test_the_shipped_file_has_a_number_for_every_term() -> None:
    data = read_ranking()
    for section, terms in (("next", NEXT_TERMS), ("new", NEXT_TERMS), ("list", LIST_TERMS)):
        weights = context_weights(data, section, terms)
        assert weights.at(0, 0).shape == (len(terms),)
    for section in ("places.everything", "places.new"):
        weights = context_weights(data, section, PLACE_TERMS)
        names = dict(zip(PLACE_TERMS, weights.at(0, 0).tolist(), strict=True))
        assert names["distance"] < 0.0 < names["popularity"]
    assert DEFAULT_RANKING.stat().st_size < 500_000


@given(st.integers(0, 3), st.integers(0, 3), st.integers(0, 1000))
def test_there_and_back(gap: int, history: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    weights = ContextWeights(random.normal(size=2), random.normal(size=(4, 2)), random.normal(size=(4, 2)))
    data = json.loads(json.dumps({"part": {"inner": weights.to_dict(TERMS)}}))
    again = context_weights(data, "part.inner", TERMS)
    np.testing.assert_allclose(again.at(gap, history), weights.at(gap, history), atol=2e-4)
    swapped = context_weights(data, "part.inner", TERMS[::-1])
    np.testing.assert_allclose(swapped.at(gap, history), again.at(gap, history)[::-1])


WRONG = st.sampled_from([None, "many", float("nan"), float("inf"), 1e30, 10**400, True, [], {}, [1, 2, 3]])


@given(
    st.sampled_from(["base", "gap", "history", "row", "section"]),
    WRONG,
    st.booleans(),
)
def test_whatever_is_wrong_is_an_input_error(part: str, wrong: object, inside: bool) -> None:
    data = good()
    row = data["next"]["near"]
    if part == "section":
        data["next"] = wrong
    elif part == "row":
        data["next"]["near"] = wrong
    elif part == "base" or not inside:
        row[part] = wrong
    else:
        row[part][2] = wrong
    with pytest.raises(InputError, match="ranking: next"):
        context_weights(data, "next", TERMS)


@pytest.mark.parametrize("terms", [("near",), ("near", "known", "more"), ("near", "knows")])
def test_other_terms(terms: tuple[str, ...]) -> None:
    with pytest.raises(InputError, match="were expected"):
        context_weights(good(), "next", terms)
    with pytest.raises(InputError, match="elsewhere"):
        context_weights(good(), "elsewhere.deeper", TERMS)


@given(WRONG)
def test_tables_of_numbers(wrong: object) -> None:
    assert number_table({"places": {"t": [[1, 2], [3, 4]]}}, "t", (2, 2)).dtype == np.float32
    for data in ({"places": {"t": wrong}}, {"places": {"t": [[1, 2], wrong]}}, {"places": wrong}, {}):
        with pytest.raises(InputError, match=r"places\.t"):
            number_table(data, "t", (2, 2))


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b"{}", b'{"schema": 2}', b"\xff\xfe\x00", b"[" * 100_000]
)
def test_damaged_files(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "ranking.json"
    file.write_bytes(content)
    with pytest.raises(InputError, match=r"ranking\.json"):
        read_ranking(file)


def test_files_that_are_not_there_or_have_no_weights(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="can not be read"):
        read_ranking(tmp_path / "none.json")
    with pytest.raises(InputError, match="can not be read"):
        read_ranking(tmp_path)
    file = tmp_path / "ranking.json"
    file.write_text('{"schema": 1}')
    with pytest.raises(InputError, match="next"):
        CheckInRanking.read(file)
