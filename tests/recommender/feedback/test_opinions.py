from datetime import date, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from recommender.feedback import PlaceOpinion, PlaceState, daily_seed, opinions_from
from recommender.feedback.event import microseconds
from tests.recommender.feedback.made_places import GROUPS_OF_TYPES as GROUPS

NOW = datetime(2026, 6, 5, 12, tzinfo=timezone.utc)
NOW_US = microseconds(NOW)


def liked(number: int, type: str, age: timedelta = timedelta()) -> PlaceState:
    said = microseconds(NOW - age)
    return PlaceState(f"osm:node/{number}", type, GROUPS.get(type, "old"), 1, said, None, 0, None)


def test_a_new_person_has_a_belief_about_everything() -> None:
    nobody = opinions_from("me", [], GROUPS, now=NOW)
    assert nobody.of_place == {}
    assert nobody.place("osm:node/1") == PlaceOpinion()
    assert {belief.mean for belief in nobody.of_type.values()} == {0.5}
    assert nobody.sample_types("a day").keys() == GROUPS.keys()


def test_places_of_one_type_add_up() -> None:
    one = opinions_from("me", [liked(1, "cafe")], GROUPS, now=NOW)
    three = opinions_from("me", [liked(number, "cafe") for number in range(3)], GROUPS, now=NOW)
    assert one.place("osm:node/1").liked
    assert three.of_type["cafe"].said == 3
    assert three.of_type["cafe"].mean > one.of_type["cafe"].mean > 0.5
    assert three.of_type["cafe"].sd < one.of_type["cafe"].sd


def test_old_words_fade() -> None:
    means = [
        opinions_from("me", [liked(1, "cafe", timedelta(days=days))], GROUPS, now=NOW).of_type["cafe"].mean
        for days in (0, 180, 3600)
    ]
    assert means[0] > means[1] > means[2] > 0.5
    assert means[2] < 0.501


def test_a_type_that_left_the_taxonomy_keeps_its_group() -> None:
    opinions = opinions_from("me", [liked(1, "internet_cafe")], GROUPS, now=NOW)
    assert opinions.of_type["internet_cafe"].mean > 0.5
    assert opinions.of_group["old"].mean > 0.5
    moved = opinions_from("me", [liked(1, "cafe")._replace(group="old")], GROUPS, now=NOW)
    assert moved.of_group.keys() == set(GROUPS.values())
    assert moved.of_group["cafe"].mean > 0.5


@given(st.integers(), st.lists(st.sampled_from(sorted(GROUPS)), max_size=20))
def test_samples_lie_within_and_repeat(seed: int, types: list[str]) -> None:
    opinions = opinions_from("me", [liked(n, name) for n, name in enumerate(types)], GROUPS, now=NOW)
    drawn = opinions.sample_types(seed)
    assert drawn == opinions.sample_types(seed)
    assert all(-1.0 <= value <= 1.0 for value in drawn.values())


def test_another_day_draws_anew_and_a_word_leaves_other_groups_alone() -> None:
    nobody = opinions_from("me", [], GROUPS, now=NOW)
    assert nobody.sample_types(1) != nobody.sample_types(2)
    somebody = opinions_from("me", [liked(1, "cafe")], GROUPS, now=NOW)
    before, after = nobody.sample_types(1), somebody.sample_types(1)
    changed = {name for name in GROUPS if before[name] != after[name]}
    assert changed == {"cafe", "tea_house"}


def test_thompson_sampling_explores_and_then_knows() -> None:
    """Share of days on which the café comes before the museum."""

    def share(count: int) -> float:
        likes = [liked(number, "cafe") for number in range(count)]
        opinions = opinions_from("me", likes, GROUPS, now=NOW)
        days = [opinions.sample_types(day) for day in range(400)]
        return sum(drawn["cafe"] > drawn["museum"] for drawn in days) / len(days)

    shares = [share(0), share(1), share(5), share(40)]
    assert 0.4 < shares[0] < 0.6
    assert shares[0] < shares[1] < shares[2] < shares[3]
    assert shares[2] > 0.85
    assert shares[3] > 0.95


def test_one_seed_for_a_person_and_a_day() -> None:
    day = date(2026, 6, 5)
    assert daily_seed("me", day) == daily_seed("me", day)
    seeds = {daily_seed(name, day + timedelta(days=n)) for name in ("me", "Anna") for n in range(50)}
    assert len(seeds) == 100
