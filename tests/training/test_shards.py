import cv2
import numpy as np
import pandas as pd
import pytest

from emopoi.errors import InputError
from training.age_gender_faces import load_faces, sharded_faces
from training.batches import Batches
from training.shards import ShardBatches, ShardedRows, batches_of, rows_of, shard_files

SIZES = (7, 0, 12, 5, 9, 3, 11)


def write_shards(folder, sizes=SIZES):
    """Numbers from 0 on, over so many files of so many rows."""
    folder.mkdir()
    first = 0
    for place, size in enumerate(sizes):
        table = pd.DataFrame({"number": np.arange(first, first + size, dtype=np.int64)})
        table.to_parquet(folder / f"part-{place:05d}.parquet")
        first += size
    return folder


def numbers_of(folder, lost=()):
    """Shards whose inputs and targets are the numbers; those of `lost` can not be used."""

    def decode(file, table):
        usable = ~table.number.isin(lost).to_numpy()
        kept = table.number.to_numpy()[usable]
        return (kept[:, None], {"same": kept, "half": kept.astype(np.float32) / 2}), usable

    return ShardedRows(shard_files(folder), ("number",), decode)


def epoch(batches):
    return [batches[index] for index in range(len(batches))]


@pytest.fixture
def folder(tmp_path):
    return write_shards(tmp_path / "train.parquet")


def test_an_epoch_has_every_row_once(folder):
    data = numbers_of(folder)
    assert len(data) == rows_of(data) == sum(SIZES)
    batches = ShardBatches(data, 10, 1, mixed=2)
    read = epoch(batches)
    assert [len(inputs) for inputs, _ in read] == [10, 10, 10, 10, 7]
    numbers = np.concatenate([inputs[:, 0] for inputs, _ in read])
    assert sorted(numbers) == list(range(sum(SIZES)))
    for inputs, targets in read:
        np.testing.assert_array_equal(inputs[:, 0], targets["same"])
        np.testing.assert_array_equal(inputs[:, 0] / 2, targets["half"])


def test_rows_of_a_window_are_mixed_and_shards_change_places(folder):
    batches = ShardBatches(numbers_of(folder), 47, 1)
    first = batches[0][0][:, 0]
    batches.on_epoch_end()
    second = batches[0][0][:, 0]
    assert not np.array_equal(first, second) and not np.array_equal(first, np.sort(first))
    # Of neighbours in the order few are neighbours in a file.
    assert np.mean(np.abs(np.diff(first)) == 1) < 0.3


def test_order_depends_on_seed_and_epoch_alone(folder):
    whole = ShardBatches(numbers_of(folder), 10, 3, mixup=0.3)
    epoch(whole)
    whole.on_epoch_end()
    resumed = ShardBatches(numbers_of(folder), 10, 3, epoch=1, mixup=0.3, readers=1)
    for (inputs, _), (again, _) in zip(epoch(whole), epoch(resumed), strict=True):
        np.testing.assert_array_equal(inputs, again)
    # Batches may be asked for out of turn, as Keras does with the first.
    np.testing.assert_array_equal(resumed[0][0], whole[0][0])
    other = ShardBatches(numbers_of(folder), 10, 4, epoch=1, mixup=0.3)
    assert not np.array_equal(other[0][0], whole[0][0])


def test_batches_divide_among_devices(folder):
    batches = ShardBatches(numbers_of(folder), 10, 1, multiple=2)
    assert [len(inputs) for inputs, _ in epoch(batches)] == [10, 10, 10, 10, 6]


def test_a_row_that_can_not_be_used_gives_its_place_to_others(folder, capsys):
    lost = (0, 8, 9, 46)
    batches = ShardBatches(numbers_of(folder, lost), 10, 1)
    for _ in range(2):
        numbers = np.concatenate([inputs[:, 0] for inputs, _ in epoch(batches)])
        assert len(numbers) == sum(SIZES) and not set(lost) & set(numbers)
        assert len(set(numbers)) == sum(SIZES) - len(lost)
        batches.on_epoch_end()
    told = capsys.readouterr().err
    assert told.count("part-00002.parquet: 2 of 12 rows can not be used") == 1
    assert told.count("can not be used") == 3


def test_few_shards_are_in_memory(tmp_path):
    data = numbers_of(write_shards(tmp_path / "many", (4,) * 40))
    batches = ShardBatches(data, 8, 1, mixed=3)
    most = 0
    for index in range(len(batches)):
        batches[index]
        most = max(most, len(batches._reading))
    assert most == 6


@pytest.mark.parametrize("damage", ["missing", "torn", "column", "nothing"])
def test_what_is_wrong_with_a_shard_is_told(folder, tmp_path, damage):
    part = folder / "part-00003.parquet"
    if damage == "missing":
        with pytest.raises(InputError, match="a parquet file, or a folder of such files, was expected"):
            shard_files(tmp_path / "nowhere")
        return
    if damage == "torn":
        part.write_bytes(part.read_bytes()[:100])
    elif damage == "column":
        pd.DataFrame({"other": [1]}).to_parquet(part)
    data = numbers_of(folder, range(100) if damage == "nothing" else ())
    told = {
        "torn": "not a readable parquet",
        "column": r"\['number'\] are missing",
        "nothing": "none can be used",
    }
    with pytest.raises(InputError, match=told[damage]):
        epoch(ShardBatches(data, 10, 1))


def test_arrays_stay_arrays():
    data = (np.zeros((5, 2)), np.zeros(5))
    assert isinstance(batches_of(data, 2, 1), Batches) and rows_of(data) == 5


def faces_table(rows, first=0):
    random = np.random.default_rng(first)
    pictures = [random.integers(0, 256, (100, 100, 3), dtype=np.uint8) for _ in range(rows)]
    return pd.DataFrame(
        {
            "image": [cv2.imencode(".png", picture)[1].tobytes() for picture in pictures],
            "age": np.arange(first, first + rows, dtype=float),
            "gender": ["female" if index % 3 else "male" for index in range(rows)],
        }
    )


def test_faces_in_shards_are_those_of_one_file(tmp_path, capsys):
    folder = tmp_path / "train.parquet"
    folder.mkdir()
    tables = [faces_table(6), faces_table(9, 6)]
    tables[0].loc[2, "age"] = np.nan
    tables[1].at[4, "image"] = b"no picture"
    for place, table in enumerate(tables):
        table.to_parquet(folder / f"part-{place}.parquet")
    pd.concat(tables).to_parquet(tmp_path / "whole.parquet")

    whole = load_faces(tmp_path / "whole.parquet", 40)
    by_age = dict(zip(whole.age.tolist(), zip(whole.pictures, whole.female, strict=True), strict=True))
    ((pictures, targets),) = epoch(ShardBatches(sharded_faces(folder, 40), 99, 1))
    assert len(pictures) == 15 and set(targets["age"][:, 0].tolist()) == by_age.keys()
    for picture, age, female in zip(pictures, targets["age"][:, 0], targets["female"][:, 0], strict=True):
        np.testing.assert_array_equal(picture, by_age[float(age)][0])
        assert female == by_age[float(age)][1]


def test_the_middle_of_a_range_is_an_age(tmp_path):
    table = faces_table(5).assign(age=np.nan, age_min=[20.0, 30, 40, 50, 0], age_max=[29.0, 39, 49, 59, 99])
    table.to_parquet(tmp_path / "part.parquet")
    ((_, targets),) = epoch(ShardBatches(sharded_faces(tmp_path, 40), 99, 1))
    # The last row's range is too wide to learn from.
    assert set(targets["age"][:, 0].tolist()) == {24.5, 34.5, 44.5, 54.5}


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [("age", 900.0, "age 0..130 was expected"), ("gender", "no", "male or female was expected")],
)
def test_wrong_labels_are_told_before_the_training(tmp_path, column, value, told):
    table = faces_table(4)
    table.loc[3, column] = value
    table.to_parquet(tmp_path / "part.parquet")
    with pytest.raises(InputError, match=told):
        sharded_faces(tmp_path, 40)
