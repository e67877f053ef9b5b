import copy
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emopoi.errors import InputError
from emopoi.types import EMOPOI8, AgeRange
from recommender.emotion_prior import NO_WEIGHT, emotion_weight
from recommender.ranking.opening_term import CLOSED, opening_term
from recommender.ranking.person_prior import LARGEST
from recommender.ranking.place_ranking import (
    BY_MAP,
    DISLIKED,
    EMOTION,
    KIND,
    LIKED,
    SAME_GROUP,
    SAME_TYPE,
    TERMS,
    PlaceRanking,
    Ranked,
)
from recommender.ranking.ranking_file import read_ranking
from recommender.ranking.request import Request
from recommender.taxonomy import CODES, TYPES
from tests.recommender.conftest import make_profile
from tests.recommender.ranking.made_tables import (
    GROUP_OF_TYPE,
    TYPE_NAMES,
    WHEN,
    MadeCatalogue,
    catalogues,
    code,
    make_table,
    opinions_about,
    opinions_of,
    people,
    read_made_hours,
)

RANKING = PlaceRanking()
HERE = (60.0, 25.0)


def ask(catalogue: MadeCatalogue, **options: object) -> list[Ranked]:
    request = Request(HERE, WHEN, **options)
    return RANKING.rank(catalogue, catalogue.table, request, read_made_hours)[0]


def names(ranked: list[Ranked]) -> list[str]:
    return [entry.place.id for entry in ranked]


def eager(catalogue: MadeCatalogue, request: Request) -> list[tuple[str, float]]:
    """Every place looked up, then picked one by one: what the ranking is meant to give."""
    table = catalogue.table
    terms = RANKING.terms(catalogue, table, request).astype(np.float64)
    places = catalogue.places(table.row)
    scores = {}
    for index, place in enumerate(places):
        minutes = min(float(table.distance_m[index]) / 80, 60)
        state = read_made_hours(place.opening_hours, request.when + timedelta(minutes=minutes))
        if request.open_only and state.state == "closed":
            continue
        total = 0.0
        for term in terms[:, index]:
            total += term
        arrival = request.when + timedelta(minutes=minutes)
        scores[index] = total + opening_term(state, place.type, arrival)
    picked: list[tuple[str, float]] = []
    listed: list[str] = []
    while scores and len(picked) < request.top:

        def now(index: int) -> float:
            kind = places[index].type
            same_group = sum(GROUP_OF_TYPE[other] == GROUP_OF_TYPE[kind] for other in listed)
            return scores[index] + SAME_GROUP * same_group + SAME_TYPE * listed.count(kind)

        values = {index: now(index) for index in scores}
        highest = max(values.values())
        # Sums in another order differ in their last digit; those are ties.
        best = min((i for i, v in values.items() if v > highest - 1e-9), key=lambda i: table.row[i])
        picked.append((places[best].id, values[best]))
        listed.append(places[best].type)
        del scores[best]
    return picked


@st.composite
def questions(draw: st.DrawFn) -> tuple[MadeCatalogue, Request]:
    catalogue = draw(catalogues())
    request = Request(
        HERE,
        WHEN,
        person=draw(st.none() | people()),
        mode=draw(st.sampled_from(["lift", "match", "off"])),
        opinions=draw(opinions_about(catalogue)),
        top=draw(st.integers(1, 25)),
        open_only=draw(st.booleans()),
        new_only=draw(st.booleans()),
        use=draw(st.sampled_from([frozenset(), frozenset({"age"}), frozenset({"age", "gender"})])),
    )
    return catalogue, request


@settings(max_examples=60)
@given(questions())
def test_looking_up_only_what_can_win_gives_what_looking_up_all_gives(question) -> None:
    catalogue, request = question
    ranked, cut_short = RANKING.rank(catalogue, catalogue.table, request, read_made_hours)
    expected = eager(catalogue, request)
    assert not cut_short
    assert [entry.score for entry in ranked] == pytest.approx([score for _, score in expected], abs=1e-6)
    assert names(ranked) == [place_id for place_id, _ in expected]


@settings(max_examples=40)
@given(questions())
def test_score_is_the_sum_of_bounded_terms(question) -> None:
    catalogue, request = question
    ranked, _ = RANKING.rank(catalogue, catalogue.table, request, read_made_hours)
    for entry in ranked:
        assert tuple(entry.terms) == TERMS
        assert entry.score == sum(entry.terms.values())
        assert np.isfinite(entry.score)
        confidence = 0.0 if request.person is None else request.person.confidence
        assert abs(entry.terms["emotion"]) <= np.log(3) * confidence + 1e-6
        assert abs(entry.terms["person"]) <= LARGEST + 1e-6
        assert DISLIKED - KIND <= entry.terms["feedback"] <= LIKED + KIND
        assert CLOSED <= entry.terms["opening"] <= 0.0
        assert entry.terms["diversity"] <= 0.0
        if not request.use:
            assert entry.terms["person"] == 0.0
    scores = [entry.score for entry in ranked]
    assert scores == sorted(scores, reverse=True)


@settings(max_examples=30)
@given(questions(), st.randoms(use_true_random=False))
def test_the_order_of_rows_in_the_table_does_not_matter(question, random) -> None:
    catalogue, request = question
    order = list(range(len(catalogue)))
    random.shuffle(order)
    shuffled = catalogue.table.take(np.array(order))
    first, _ = RANKING.rank(catalogue, catalogue.table, request, read_made_hours)
    second, _ = RANKING.rank(catalogue, shuffled, request, read_made_hours)
    assert first == second


@settings(max_examples=30)
@given(questions(), st.integers(1, 25))
def test_top_is_a_prefix(question, more: int) -> None:
    catalogue, request = question
    few, _ = RANKING.rank(catalogue, catalogue.table, request, read_made_hours)
    many, _ = RANKING.rank(
        catalogue, catalogue.table, replace(request, top=request.top + more), read_made_hours
    )
    assert many[: len(few)] == few


def test_equal_places_come_in_the_order_of_rows() -> None:
    table = make_table([code("cafe")] * 300, row=np.random.default_rng(0).permutation(300))
    ranked = ask(MadeCatalogue(table, ["open"] * 300), top=20)
    assert names(ranked) == [str(row) for row in range(20)]


def test_few_places_are_looked_up_of_many() -> None:
    random = np.random.default_rng(0)
    types = random.choice([code(name) for name in ("cafe", "park", "museum", "bar")], 5000)
    table = make_table(types, distance_m=random.uniform(0, 3000, 5000), prominence=random.random(5000))
    catalogue = MadeCatalogue(table, ["open"] * 5000)
    ask(catalogue)
    assert catalogue.asked < 500
    one_kind = MadeCatalogue(make_table([code("cafe")] * 5000, distance_m=table.distance_m), ["open"] * 5000)
    ask(one_kind)
    assert one_kind.asked < 500


def test_where_all_is_closed_the_search_ends_and_says_so() -> None:
    random = np.random.default_rng(0)
    table = make_table([code("cafe")] * 9000, distance_m=random.uniform(0, 3000, 9000))
    shut = MadeCatalogue(table, ["closed"] * 9000)
    request = Request(HERE, WHEN, open_only=True)
    assert RANKING.rank(shut, table, request, read_made_hours) == ([], True)
    assert shut.asked == 2000
    # Closed places in the answer, while one that is open may lie further: that is said too.
    ranked, cut_short = RANKING.rank(shut, table, replace(request, open_only=False), read_made_hours)
    assert len(ranked) == 10 and cut_short
    few = MadeCatalogue(table.take(np.arange(1500)), ["closed"] * 1500)
    assert RANKING.rank(few, few.table, request, read_made_hours) == ([], False)


def test_ten_equal_parks_give_way_to_other_groups() -> None:
    table = make_table(
        [code("park")] * 10 + [code("cafe")] * 10, distance_m=[100.0] * 10 + [300.0] * 10, row=range(20)
    )
    groups = [entry.place.group for entry in ask(MadeCatalogue(table, ["open"] * 20))]
    assert 3 <= groups.count("cafe") <= 7


def test_an_empty_table() -> None:
    table = make_table([])
    assert RANKING.rank(MadeCatalogue(table, []), table, Request(HERE, WHEN), read_made_hours) == ([], False)
    opinions = opinions_of({"3": ("cafe", 1, 2)})
    terms = RANKING.terms(MadeCatalogue(table, []), table, Request(HERE, WHEN, opinions=opinions))
    assert terms.shape == (len(TERMS) - 2, 0)


@given(catalogues(most=60), people(), st.sampled_from(["lift", "match"]))
def test_no_confidence_ranks_as_off(catalogue: MadeCatalogue, person, mode: str) -> None:
    off = ask(catalogue, person=person, mode="off")
    for unsure in (None, replace(person, confidence=0.0), replace(person, abstained=True)):
        assert ask(catalogue, person=unsure, mode=mode) == off
    assert all(entry.emotion == NO_WEIGHT for entry in off)


@given(catalogues(most=60), st.sampled_from(["lift", "match"]))
def test_a_neutral_face_shifts_nothing(catalogue: MadeCatalogue, mode: str) -> None:
    (neutral,) = make_profile("Neutral", share=1.0, valence=0.4, arousal=0.6).people
    assert ask(catalogue, person=neutral, mode=mode) == ask(catalogue, person=None)


# What each state asks for (or against) by the table of evidence; qualities of the types.
DIRECTIONS = {
    ("lift", "Sad"): {"restorative": 1},
    ("lift", "Worried"): {"restorative": 1, "quiet": 1},
    ("lift", "Frustrated"): {"restorative": 1, "active": 1},
    ("lift", "Exhausted"): {"restorative": 1, "quiet": 1, "sociable": -1},
    ("lift", "Bored"): {"novel": 1},
    ("lift", "Happy"): {"sociable": 1},
    ("lift", "Excited"): {"sociable": 1},
    ("match", "Sad"): {"quiet": 1, "sociable": -1},
    ("match", "Worried"): {"quiet": 1, "novel": -1},
    ("match", "Frustrated"): {"active": 1, "quiet": -1},
    ("match", "Exhausted"): {"quiet": 1, "active": -1},
    ("match", "Bored"): {"sociable": 1},
    ("match", "Happy"): {"sociable": 1},
    ("match", "Excited"): {"sociable": 1, "quiet": -1},
}


def every_kind(places_of_each: int) -> MadeCatalogue:
    """As many places of every type, all as near, known and open."""
    types = [CODES[name] for name, kind in TYPES.items() if kind.suggestible] * places_of_each
    return MadeCatalogue(make_table(types), ["open"] * len(types))


@pytest.mark.parametrize("mode", ["lift", "match"])
@pytest.mark.parametrize("state", EMOPOI8)
def test_the_state_shown_moves_the_top_in_the_direction_of_the_evidence(state: str, mode: str) -> None:
    catalogue = every_kind(3)
    (person,) = make_profile(state, share=0.9, valence=0.0, arousal=0.0, confidence=1.0).people

    def shares(ranked: list[Ranked]) -> dict[str, float]:
        kinds = [TYPES[entry.place.type] for entry in ranked]
        return {
            quality: float(np.mean([getattr(kind, quality) for kind in kinds]))
            for quality in ("restorative", "novel", "sociable", "active", "quiet")
        }

    off = shares(ask(catalogue, person=person, mode="off", top=20))
    shown = shares(ask(catalogue, person=person, mode=mode, top=20))
    if state == "Neutral":
        assert shown == off
        return
    for quality, sign in DIRECTIONS[mode, state].items():
        assert sign * (shown[quality] - off[quality]) > 0.01, (quality, off, shown)


@settings(max_examples=40)
@given(st.data())
def test_a_word_about_a_place_replaces_the_expression(data) -> None:
    catalogue = data.draw(catalogues(most=60))
    person = replace(data.draw(people()), confidence=1.0, abstained=False)
    index = data.draw(st.integers(0, len(catalogue) - 1))
    word = data.draw(st.sampled_from([-1, 1]))
    kind = TYPE_NAMES[catalogue.table.type[index]]
    said = str(catalogue.table.row[index])
    opinions = opinions_of({said: (kind, word, 0)})
    for entry in ask(catalogue, person=person, opinions=opinions, top=60):
        if entry.place.id == said:
            assert entry.terms["emotion"] == 0.0
            assert word * entry.terms["feedback"] > 0.5
        else:
            expected = EMOTION * emotion_weight(person, TYPES[entry.place.type], "lift").value
            assert entry.terms["emotion"] == pytest.approx(expected, abs=1e-6)
            assert abs(entry.terms["feedback"]) <= KIND


def test_a_like_brings_forward_and_a_dislike_sets_back() -> None:
    catalogue = every_kind(1)
    count = len(catalogue)
    plain = names(ask(catalogue, top=count))
    middle = plain[count // 2]
    kind = TYPE_NAMES[catalogue.table.type[int(middle)]]
    liked = names(ask(catalogue, top=count, opinions=opinions_of({middle: (kind, 1, 0)})))
    disliked = names(ask(catalogue, top=count, opinions=opinions_of({middle: (kind, -1, 0)})))
    assert liked.index(middle) < count // 4 and disliked.index(middle) > 3 * count // 4


def test_one_person_has_one_draw_a_day() -> None:
    catalogue = every_kind(2)
    opinions = opinions_of({"3": (TYPE_NAMES[catalogue.table.type[3]], 1, 0)})

    def on(day: int) -> list[Ranked]:
        request = Request(HERE, WHEN + timedelta(days=day), opinions=opinions, top=30)
        return RANKING.rank(catalogue, catalogue.table, request, read_made_hours)[0]

    assert on(0) == on(0)
    # Seven days on it is the same part of the week, and another draw.
    assert [entry.terms["feedback"] for entry in on(0)] != [entry.terms["feedback"] for entry in on(7)]


@pytest.mark.parametrize("days", [-9000, -1, 0, 9000])
def test_visits_of_any_time_leave_the_scores_finite(days: int) -> None:
    catalogue = every_kind(1)
    opinions = opinions_of(
        {str(row): (TYPE_NAMES[catalogue.table.type[row]], 0, 60) for row in range(8)},
        when=WHEN - timedelta(days=days),
    )
    for entry in ask(catalogue, opinions=opinions, top=100):
        assert abs(entry.score) < 50.0


def test_habit_shows() -> None:
    catalogue = every_kind(2)
    chosen = int(np.flatnonzero(catalogue.table.type == code("library"))[0])
    opinions = opinions_of({str(chosen): ("library", 0, 6)})
    before = names(ask(catalogue, top=len(catalogue)))
    entries = ask(catalogue, top=len(catalogue), opinions=opinions)
    assert names(entries).index(str(chosen)) < before.index(str(chosen))
    terms = {entry.place.id: entry.terms for entry in entries}
    assert terms[str(chosen)]["visits"] + terms[str(chosen)]["recency"] > 0.0
    assert all(t["visits"] == t["recency"] == 0.0 for place_id, t in terms.items() if place_id != str(chosen))


@pytest.mark.parametrize(("use", "kind"), [("age", "concert_hall"), ("age", "theatre"), ("gender", "pitch")])
def test_each_switch_changes_the_ranking_and_only_when_it_is_on(use: str, kind: str) -> None:
    (person,) = make_profile("Neutral", share=1.0, age=AgeRange(60, 55, 65), female=0.0).people

    def pair(distance_m: float) -> MadeCatalogue:
        table = make_table([code("library"), code(kind)], distance_m=[distance_m, 400.0])
        return MadeCatalogue(table, ["open", "open"])

    def lead(catalogue: MadeCatalogue) -> float:
        library, other = RANKING.terms(catalogue, catalogue.table, Request(HERE, WHEN)).sum(axis=0)
        return float(library - other)

    # The library leads by a little: less than a switch may add.
    catalogue = next(made for made in map(pair, np.geomspace(1, 1e7, 2000)) if 0.05 < lead(made) < 0.12)
    other_switch = ({"age", "gender"} - {use}).pop()
    for off in (frozenset(), frozenset({other_switch})):
        first, _ = ask(catalogue, person=person, use=off)
        assert first.place.type == "library"
    first, _ = ask(catalogue, person=person, use=frozenset({use}))
    assert first.place.type == kind and first.terms["person"] > 0.1


@given(st.integers(0, 2**32 - 1))
def test_popularity_is_prominence_and_standing_among_ones_own_kind(seed: int) -> None:
    from recommender.ranking.place_ranking import _popularity

    random = np.random.default_rng(seed)
    size = int(random.integers(1, 60))
    prominence = random.choice([0.0, 0.1, 0.5, 1.0], size)
    table = make_table(random.integers(0, 4, size), prominence=prominence)
    for index, value in enumerate(_popularity(table)):
        kind = table.prominence[table.type == table.type[index]]
        own = table.prominence[index]
        standing = (np.sum(kind < own) + np.sum(kind <= own)) / (2 * len(kind))
        assert value == pytest.approx(BY_MAP * (own + standing) / 2, abs=1e-6)


def test_arrival_over_a_change_of_the_clocks() -> None:
    zone = ZoneInfo("Europe/Helsinki")
    table = make_table([code("cafe")], distance_m=[4800.0])
    request = Request(HERE, datetime(2024, 3, 31, 2, 30, tzinfo=zone))
    (entry,), _ = RANKING.rank(MadeCatalogue(table, ["open"]), table, request, read_made_hours)
    assert entry.arrival.isoformat() == "2024-03-31T04:30:00+03:00"
    naive = Request(HERE, datetime(2024, 3, 31, 2, 30))
    (entry,), _ = RANKING.rank(MadeCatalogue(table, ["open"]), table, naive, read_made_hours)
    assert entry.arrival == datetime(2024, 3, 31, 3, 30)
    assert WHEN.tzinfo is timezone.utc


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data.pop("places"),
        lambda data: data["places"].pop("everything"),
        lambda data: data["places"]["new"].pop("distance"),
        lambda data: data["places"]["new"].update(beauty=data["places"]["new"]["distance"]),
        lambda data: data["places"].update(type_hour=[[1.0]]),
        lambda data: data["places"].update(type_share=None),
        lambda data: data["places"]["type_share"].__setitem__(0, float("nan")),
        lambda data: data["places"].pop("types"),
        lambda data: data["places"]["types"].reverse(),
    ],
)
def test_a_ranking_of_other_terms_or_types_is_refused(damage) -> None:
    data = copy.deepcopy(read_ranking())
    damage(data)
    with pytest.raises(InputError, match="ranking"):
        PlaceRanking(data)
