import pandas as pd
import pytest

from emopoi.errors import InputError
from emopoi.evaluation.faces_of_table import read_columns
from emopoi.evaluation.table_files import is_table_folder, table_files


def test_a_folder_of_files_is_one_table(tmp_path):
    folder = tmp_path / "train.parquet"
    folder.mkdir()
    for number in (10, 2):
        table = pd.DataFrame({"image": [b"x"] * 2, "age": [number, number + 1]})
        table.to_parquet(folder / f"part-{number:05d}.parquet")
    (folder / ".part-00003.parquet.7.part").write_bytes(b"begun")
    assert [path.name for path in table_files(folder)] == ["part-00002.parquet", "part-00010.parquet"]
    assert read_columns(folder, ["image"], ["age"])["age"] == [2, 3, 10, 11]
    assert is_table_folder(folder)


def test_what_is_no_table_is_refused(tmp_path):
    (tmp_path / "Happy").mkdir()
    assert not is_table_folder(tmp_path)
    with pytest.raises(InputError, match="no parquet file"):
        table_files(tmp_path)
    with pytest.raises(InputError, match="no such file"):
        table_files(tmp_path / "none.parquet")
