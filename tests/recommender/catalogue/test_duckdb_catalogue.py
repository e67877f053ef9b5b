import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emopoi.errors import InputError
from recommender.catalogue import JsonCatalogue, open_catalogue
from recommender.catalogue.duckdb_catalogue import DuckdbCatalogue, id_hash
from recommender.catalogue.import_places import import_places
from recommender.place import Place
from recommender.taxonomy import TYPES
from tests.recommender.catalogue.made_places import write_csv

HEADER = "id,name,lat,lon,type,prominence,wheelchair,price,min_age,opening_hours,name_en"


def made_places() -> list[Place]:
    """A town, the whole globe, both sides of the 180th meridian and both poles."""
    random = np.random.default_rng(5)
    kinds = sorted(TYPES)
    lat = np.concatenate([random.normal(60.17, 0.02, 300), random.uniform(-90, 90, 300), np.full(60, -17.0)])
    lon = np.concatenate(
        [random.normal(24.94, 0.04, 300), random.uniform(-180, 180, 300), random.uniform(179.9, 180, 60)]
    )
    lon[-30:] -= 360.0
    lon = np.maximum(lon, -180.0)
    lat[300:310], lat[310:320] = 90.0, -90.0
    lat[320:325], lat[325:330] = 89.999, -89.999
    return [
        Place(
            id=f"csv:{number}",
            name=f"{'Straße' if number % 7 == 0 else 'Plässe'} {number % 50} of {number}",
            type=kinds[number % len(kinds)],
            lat=float(lat[number]),
            lon=float(lon[number]),
            prominence=round(float(number % 101) / 100, 2),
            name_en="Town Hall" if number == 7 else None,
            opening_hours="Mo-Fr 08:00-18:00" if number % 3 == 0 else None,
            wheelchair=(None, "no", "limited", "yes", "designated")[number % 5],
            price=number % 5 or None,
            min_age=18 if number % 11 == 0 else None,
        )
        for number in range(len(lat))
    ]


def details(place: Place) -> tuple:
    return place.wheelchair, place.price, place.min_age, place.opening_hours, place.name_en


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[JsonCatalogue, DuckdbCatalogue]:
    places = made_places()
    folder = tmp_path_factory.mktemp("store")
    table = write_csv(
        folder / "made.csv",
        [(p.id[4:], p.name, repr(p.lat), repr(p.lon), p.type, p.prominence, *details(p)) for p in places],
        HEADER,
    )
    report = import_places([table], folder / "made.duckdb", name="Made")
    assert report.imported == len(places)
    catalogue = open_catalogue(folder / "made.duckdb")
    assert isinstance(catalogue, DuckdbCatalogue)
    return JsonCatalogue(places, name="Made", attribution="made"), catalogue


def test_records_come_back_as_they_went_in(both) -> None:
    memory, store = both
    ids = [place.id for place in made_places()]
    assert len(store) == len(memory)
    assert store.find(ids) == memory.find(ids) == made_places()
    assert store.find(["csv:none", ids[3], ids[3]]) == [made_places()[3]] * 2
    assert store.find([]) == []


def test_rows_come_in_the_order_asked(both) -> None:
    _, store = both
    rows = np.array([5, 0, 600, 5])
    found = store.places(rows)
    assert found[0] == found[3]
    assert len({place.id for place in found}) == 3
    for wrong in (-1, len(store)):
        with pytest.raises(InputError, match="row below"):
            store.places([wrong])
    assert store.places([]) == []


edges = st.sampled_from([-180.0, 180.0, 179.95, -179.99, 0.0, 24.94])
positions = st.tuples(
    st.one_of(st.floats(-90, 90), st.sampled_from([-90.0, 90.0, -17.0, 60.17, 89.9995])),
    st.one_of(st.floats(-180, 180), edges),
)


@settings(max_examples=60)
@given(positions, st.one_of(st.floats(0, 25_000_000), st.sampled_from([1000.0, 3000.0, 2e7])))
def test_near_is_exact_everywhere(both, position, within_m: float) -> None:
    memory, store = both
    expected, found = memory.near(position, within_m), store.near(position, within_m)
    assert {p.id for p in store.places(found.row)} == {p.id for p in memory.places(expected.row)}
    assert sorted(found.distance_m) == pytest.approx(sorted(expected.distance_m))
    assert found.type.dtype == np.int16
    assert found.row.dtype == np.int64


@settings(max_examples=25)
@given(positions, st.integers(1, 40))
def test_nearest_is_what_all_distances_say(both, position, count: int) -> None:
    memory, store = both
    found = store.nearest(position, count)
    assert len(found) == count
    assert found.distance_m == pytest.approx(memory.nearest(position, count).distance_m)


def test_columns_agree_with_records(both) -> None:
    _, store = both
    table = store.near((60.17, 24.94), 5000.0)
    assert len(table) > 100
    codes = {None: 0, "no": 1, "limited": 2, "yes": 3, "designated": 3}
    for number, place in enumerate(store.places(table.row)):
        assert list(TYPES)[table.type[number]] == place.type
        assert TYPES[place.type].suggestible
        assert table.price[number] == (place.price or 0)
        assert table.min_age[number] == (place.min_age or 0)
        assert table.wheelchair[number] == codes[place.wheelchair]
        assert table.prominence[number] == pytest.approx(place.prominence)
        assert (table.lat[number], table.lon[number]) == (place.lat, place.lon)


def test_search_agrees_with_the_one_in_memory(both) -> None:
    memory, store = both
    for text in (
        "PLASSE 8",
        "plässe 49 of 99",
        "of 12",
        "town",
        "straße 4",
        "STRASSE 14",
        "%",
        "_",
        "'",
        "nothing like it",
    ):
        assert store.search(text, 5) == memory.search(text, 5)
    assert store.search("  ", 5) == store.search("plasse", 0) == []
    assert len(store.search("plasse", 30)) == 30


def test_centre_and_facts_agree(both) -> None:
    memory, store = both
    assert store.centre() == pytest.approx(memory.centre())
    assert store.name == "Made"
    facts, expected = store.facts(), memory.facts()
    for name in ("places", "suggestible", "types", "with_opening_hours", "with_wheelchair"):
        assert facts[name] == expected[name]
    assert facts["sources"][0]["key"] == "csv"


def test_several_threads_ask_at_once(both) -> None:
    _, store = both
    with ThreadPoolExecutor(8) as pool:
        counts = list(pool.map(lambda _: len(store.near((60.17, 24.94), 4000.0)), range(64)))
    assert len(set(counts)) == 1


def test_several_processes_read_while_an_import_replaces_the_file(both, tmp_path: Path) -> None:
    _, store = both
    path = tmp_path / "shared.duckdb"
    shutil.copy(store.path, path)
    program = (
        "import sys; from recommender.catalogue import open_catalogue; c = open_catalogue(sys.argv[1]); "
        "print(len(c), flush=True); sys.stdin.readline(); print(len(c.near((60.17, 24.94), 1e9)))"
    )
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    try:
        before = [int(reader.stdout.readline()) for reader in readers]
        own = open_catalogue(path)
        import_places([write_csv(tmp_path / "more.csv", [("new", "New", 60.17, 24.94, "park")])], path)
        after = [int(reader.communicate("\n", timeout=60)[0]) for reader in readers]
    finally:
        for reader in readers:
            reader.kill()
    assert before == [len(store)] * 2
    assert after == [len(store.near((0, 0), 1e9))] * 2
    assert len(own) == len(store)
    assert len(open_catalogue(path)) == len(store) + 1


def test_files_that_are_no_catalogue(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        DuckdbCatalogue(tmp_path / "nothing.duckdb")
    (tmp_path / "text.duckdb").write_text("hello " * 100)
    (tmp_path / "cut.duckdb").write_bytes(b"\0" * 8 + b"DUCK" + b"\0" * 50)
    duckdb.connect(str(tmp_path / "other.duckdb")).execute("CREATE TABLE t AS SELECT 1").close()
    for name in ("text", "cut", "other"):
        with pytest.raises(InputError, match=name):
            open_catalogue(tmp_path / f"{name}.duckdb")
        with pytest.raises(InputError, match=name):
            DuckdbCatalogue(tmp_path / f"{name}.duckdb")


def test_catalogue_of_another_schema_is_refused(both, tmp_path: Path) -> None:
    path = tmp_path / "later.duckdb"
    shutil.copy(both[1].path, path)
    with duckdb.connect(str(path)) as connection:
        connection.execute("UPDATE meta SET value = '99' WHERE key = 'schema'")
    with pytest.raises(InputError, match="schema '99'"):
        open_catalogue(path)


def test_types_of_an_older_table_are_translated(both, tmp_path: Path) -> None:
    """A file made when the table of types was in another order, with a type that is no more."""
    path = tmp_path / "older.duckdb"
    shutil.copy(both[1].path, path)
    names = list(TYPES)
    with duckdb.connect(str(path)) as connection:
        turned = [*names[::-1], "phone_box"]
        connection.execute(f"UPDATE places SET type = {len(names) - 1} - type")
        connection.execute(f"UPDATE places SET type = {len(names)} WHERE id = 'csv:1'")
        connection.execute("UPDATE meta SET value = ? WHERE key = 'types'", [str(turned).replace("'", '"')])
    again, first = open_catalogue(path), both[1]
    ids = ["csv:0", "csv:2", "csv:40"]
    assert again.find(ids) == first.find(ids)
    assert len(again.near((0, 0), 1e9)) in (len(first.near((0, 0), 1e9)), len(first.near((0, 0), 1e9)) - 1)


def test_hash_of_ids_is_that_of_the_store() -> None:
    for text in ("osm:node/1", "csv:ä", ""):
        (hashed,) = duckdb.execute("SELECT ('0x' || left(md5(?), 15))::BIGINT", [text]).fetchone()
        assert hashed == id_hash(text)
