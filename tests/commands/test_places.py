import json
from pathlib import Path

import pytest

from emopoi.commands.main import main
from tests.recommender.catalogue.made_places import node, write_csv, write_osm

ROWS = [
    (1, "Kulma Café", 60.17, 24.94, "cafe"),
    (2, "Museum of Mirrors", 60.171, 24.941, "museum"),
    (3, "", 60.17, 24.94, "bar"),
    (4, "City Bank", 60.17, 24.94, "bank"),
]


@pytest.fixture
def catalogue(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    path = tmp_path / "town.duckdb"
    words = ["--name", "Town", "--timezone", "Europe/Helsinki", "--country", "FI", "--dated", "2026-05-01"]
    table = write_csv(tmp_path / "town.csv", ROWS)
    assert main(["places", "import", str(table), "--into", str(path), *words]) == 0
    capsys.readouterr()
    return path


def test_import_tells_what_came_in_and_what_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table, path = write_csv(tmp_path / "town.csv", ROWS), tmp_path / "town.duckdb"
    assert main(["places", "import", str(table), "--into", str(path)]) == 0
    out, err = capsys.readouterr()
    assert "4 entries read, 3 places imported (3 new, 0 replaced" in out
    assert "left out: 1 - no name" in out
    assert err == ""
    assert main(["places", "import", str(table), "--into", str(path), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["read"], report["replaced"], report["total"]) == (4, 3, 3)
    assert report["skipped"]["no_name"] == {"count": 1, "what": "no name", "examples": ["csv:3"]}


def test_info(catalogue: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["places", "info", str(catalogue)]) == 0
    out = capsys.readouterr().out
    assert out.startswith("Town: 3 places, 2 of types that are suggested")
    assert "town.csv" in out.splitlines()[-1]
    assert main(["places", "info", str(catalogue), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["types"] == {"museum": 1, "cafe": 1, "bank": 1}
    assert (facts["country"], facts["dated"], facts["timezone"]) == ("FI", "2026-05-01", "Europe/Helsinki")


def test_info_of_the_shipped_catalogue(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["places", "info", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["sources"][0]["licence"] == "ODbL-1.0"
    assert sum(facts["types"].values()) == facts["places"]


def test_search(catalogue: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["places", "search", "CAFE", "--catalogue", str(catalogue)]) == 0
    out = capsys.readouterr().out
    assert out.startswith("Kulma Café: cafe, 60.17000,24.94000")
    assert main(["places", "search", "museum", "--catalogue", str(catalogue), "--json"]) == 0
    (place,) = json.loads(capsys.readouterr().out)["places"]
    assert (place["id"], place["group"]) == ("csv:2", "museum")
    assert main(["places", "search", "nowhere", "--catalogue", str(catalogue)]) == 0
    out, err = capsys.readouterr()
    assert (out, "no place is called" in err) == ("", True)


def test_an_import_of_nothing_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    extract = write_osm(tmp_path / "a.json", [node(1, highway="bus_route")])
    assert main(["places", "import", str(extract), "--into", str(tmp_path / "a.duckdb")]) == 0
    out, err = capsys.readouterr()
    assert "0 places imported" in out
    assert "no place came in" in err


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["places"], "import, info, search"),
        (["places", "import", "a.csv"], "--into"),
        (["places", "import", "none.csv", "--into", "x.duckdb"], "none.csv"),
        (["places", "import", "a.csv", "--into", "x.duckdb", "--format", "shapefile"], "shapefile"),
        (["places", "import", "a.csv", "--into", "x.duckdb", "--memory", "1"], "--memory"),
        (["places", "import", "a.csv", "--into", "x.duckdb", "--threads", "0"], "--threads"),
        (["places", "info", "none.duckdb"], "none.duckdb"),
        (["places", "search", "x", "--catalogue", "none.duckdb"], "none.duckdb"),
        (["places", "search", "x", "--limit", "0"], "--limit"),
    ],
)
def test_mistakes_are_one_line_and_status_2(
    words: list[str], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("emopoi: error: ")
    assert err.count("\n") == 1
    assert named in err
