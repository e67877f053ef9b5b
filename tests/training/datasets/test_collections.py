"""One contract for all collections, on small copies of their layouts: good, damaged and empty ones."""

import json
import shutil
from pathlib import Path

import pyarrow as arrow
import pytest
from pyarrow import parquet

from emopoi.errors import InputError
from emopoi.evaluation.table_files import table_files
from tests.training.datasets.made_copies import COPIES
from training import age_gender_faces, daisee, fer2013
from training.command_line import run_command
from training.datasets import processing
from training.datasets.columns import AGE_GENDER, EXPRESSION, STATES, VOICE
from training.datasets.processing import process
from training.datasets.table import NAMES, collection
from training.process_data import main
from training.voice.face_rows import load_speaking
from training.voice.voice_clips import load_voice_clips

_A_SHARD = 3


@pytest.fixture(scope="module")
def copies(tmp_path_factory):
    """Good copies by layout, each made once."""
    made = {}

    def copy(layout):
        if layout not in made:
            made[layout] = tmp_path_factory.mktemp(layout.replace(" ", "_")) / "root"
            COPIES[layout][1](made[layout])
        return made[layout]

    return copy


def read_all(out):
    """Every table of a result by name."""
    return {path.name: arrow.concat_tables(map(parquet.read_table, table_files(path))) for path in
            sorted(out.glob("*.parquet"))}  # fmt: skip


def read_as_training_does(name, out):
    """How many rows our training's own readers take from the part that is learned from."""
    columns = collection(name).columns
    if columns == EXPRESSION:
        return len(fer2013.load_faces(out / "train.parquet", leave_out=fer2013.shown_pictures(out)))
    if columns == AGE_GENDER:
        return len(age_gender_faces.load_faces(out / "train.parquet", 112, unknown_age=True))
    if columns == STATES:
        return len(daisee.load_faces(out / "train.parquet"))
    if columns == VOICE:
        return len(load_voice_clips(out / "train.parquet"))
    return len(load_speaking(out / "pairs.parquet", kinds=(f"{name}_50",)))


def test_every_collection_has_a_copy_and_tells_about_itself():
    assert {name for name, *_ in COPIES.values()} == set(NAMES)
    for name in NAMES:
        chosen = collection(name)
        told = (chosen.source, chosen.licence, chosen.split, chosen.labels, chosen.trains, chosen.layout)
        assert chosen.name == name and all(told)


def test_the_page_has_every_collection_in_both_tables():
    page = (Path(__file__).parents[3] / "docs" / "data-sets.md").read_text()
    rows = [line.split("|")[1].strip() for line in page.splitlines() if line.startswith("| ")]
    assert [row for row in rows if row in NAMES] == [*NAMES, *NAMES]


@pytest.mark.parametrize("layout", COPIES)
def test_a_good_copy(copies, tmp_path, layout):
    name, out = COPIES[layout][0], tmp_path / "out"
    result = process(name, copies(layout), out, items_a_shard=_A_SHARD)
    assert not result["skipped"] and result["persons_in_two_splits"] == 0
    assert all(told["rows"] >= told["items"] > 0 for told in result["splits"].values())
    tables = read_all(out)
    assert {f"{split}.parquet": told["rows"] for split, told in result["splits"].items()} == {
        file: table.num_rows for file, table in tables.items()
    }
    for table in tables.values():
        assert table.schema.remove_metadata().equals(collection(name).columns)
    learned = next(iter(result["splits"].values()))
    left_out = {"contempt", "frustrated"}  # labels that a collection keeps and training leaves out
    known = learned["rows"] - sum(learned["labels"].get(label, 0) for label in left_out)
    assert read_as_training_does(name, out) == known
    # A second call does nothing.
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    assert process(name, copies(layout), out, items_a_shard=_A_SHARD) == result
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} == before


@pytest.mark.parametrize("layout", COPIES)
def test_a_damaged_copy(copies, tmp_path, layout, capsys):
    name, _, damage = COPIES[layout]
    root, out = tmp_path / "root", tmp_path / "out"
    shutil.copytree(copies(layout), root)
    damaged = damage(root)
    words = [name, "--root", str(root), "--out", str(out), "--workers", "1", "--json"]
    assert run_command(main, words) == 0
    printed = capsys.readouterr()
    result = json.loads(printed.out)
    assert len(result["skipped"]) == damaged
    assert len({one["name"] for one in result["skipped"]}) == damaged
    assert printed.err.count("skipped ") == damaged  # each is told, with its reason
    assert all(one["reason"] and str(tmp_path) not in one["reason"] for one in result["skipped"])
    assert all(told["rows"] > 0 for told in result["splits"].values())
    assert read_as_training_does(name, out) > 0


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", ["empty", "foreign", "missing"])
def test_an_empty_or_wrong_folder_is_one_line(tmp_path, name, kind, capsys):
    root = tmp_path / "root"
    if kind != "missing":
        root.mkdir()
    if kind == "foreign":
        (root / "holiday").mkdir()
        (root / "holiday" / "notes.txt").write_text("sun")
    assert run_command(main, [name, "--root", str(root), "--out", str(tmp_path / "out")]) == 2
    printed = capsys.readouterr()
    assert printed.out == "" and printed.err.count("\n") == 1
    assert "expected" in printed.err or "no such folder" in printed.err
    assert not list((tmp_path / "out").rglob("*.parquet"))


@pytest.mark.parametrize("layout", COPIES)
def test_goes_on_after_a_stop_and_two_workers_give_the_same(copies, tmp_path, layout, monkeypatch):
    name, root = COPIES[layout][0], copies(layout)
    whole = process(name, root, tmp_path / "whole", items_a_shard=_A_SHARD)
    out = tmp_path / "stopped"
    make, made = processing.make_shard, []

    def make_one(shard, shared):
        if made:
            raise KeyboardInterrupt
        made.append(shard.path.name)
        make(shard, shared)

    monkeypatch.setattr(processing, "make_shard", make_one)
    with pytest.raises(KeyboardInterrupt):
        process(name, root, out, items_a_shard=_A_SHARD)
    monkeypatch.undo()
    assert not list(out.glob("*.parquet"))  # what is half done is not taken for data
    kept = {path.name: path.stat().st_mtime_ns for path in out.rglob("part-*.parquet")}
    assert len(kept) == 1
    assert process(name, root, out, workers=2, items_a_shard=_A_SHARD) == whole
    first = next(iter(whole["splits"]))
    found = {path.name: path.stat().st_mtime_ns for path in (out / f"{first}.parquet").iterdir()}
    assert all(found[part] == when for part, when in kept.items())  # done once
    assert read_all(out) == read_all(tmp_path / "whole")


def test_another_content_or_foreign_files_are_never_written_over(copies, tmp_path):
    root = tmp_path / "root"
    shutil.copytree(copies("utkface"), root)
    process("utkface", root, tmp_path / "out")
    next(root.glob("*.jpg")).unlink()
    with pytest.raises(InputError, match="another content"):
        process("utkface", root, tmp_path / "out")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "train.parquet").write_bytes(b"years of work")
    with pytest.raises(InputError, match="not from this command"):
        process("utkface", root, tmp_path / "mine")
    assert (tmp_path / "mine" / "train.parquet").read_bytes() == b"years of work"


def test_more_than_half_damaged_is_another_kind_of_folder(copies, tmp_path):
    root = tmp_path / "root"
    shutil.copytree(copies("utkface"), root)
    for path in root.glob("*.jpg"):
        path.write_bytes(b"text")
    with pytest.raises(InputError, match=r"can not be read, e\.g\. .*: no picture"):
        process("utkface", root, tmp_path / "out")
