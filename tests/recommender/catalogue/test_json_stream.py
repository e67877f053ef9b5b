import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emopoi.errors import InputError
from recommender.catalogue.json_stream import JsonListFile

values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=20)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=6), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=40)
@given(
    st.lists(values, max_size=12),
    st.dictionaries(st.text(max_size=6).filter(lambda key: key != "elements"), values, max_size=3),
    st.integers(1, 40),
    st.sampled_from([None, 1]),
    st.booleans(),
)
def test_reads_what_json_reads(tmp_path_factory, entries, others, chunk: int, indent, first: bool) -> None:
    data = {"elements": entries, **others} if first else {**others, "elements": entries}
    path = tmp_path_factory.mktemp("json") / "list.json"
    path.write_text(json.dumps(data, indent=indent, ensure_ascii=True), encoding="utf-8")
    file = JsonListFile(path, "elements", chunk_characters=chunk)
    read = [entry for part in file.chunks() for entry in part]
    assert read == entries
    assert file.head == others


def test_memory_does_not_grow_with_the_list(tmp_path: Path) -> None:
    path = tmp_path / "long.json"
    path.write_text(json.dumps({"elements": [{"id": n, "text": "x" * 1000} for n in range(5000)]}))
    parts = [len(part) for part in JsonListFile(path, "elements").chunks()]
    assert sum(parts) == 5000
    assert len(parts) >= 4


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"features": []}',
        '{"elements": 7}',
        '{"elements": [1, 2',
        '{"elements": [1 2]}',
        '{"elements": [{"a": }]}',
        '{"elements": ["cut',
        '{"elements": [' + "[" * 100_000,
    ],
)
def test_what_is_no_such_json(tmp_path: Path, text: str) -> None:
    path = tmp_path / "bad.json"
    path.write_text(text)
    with pytest.raises(InputError, match=r"bad\.json") as caught:
        list(JsonListFile(path, "elements").chunks())
    assert len(str(caught.value)) < 300


def test_other_encodings_and_missing_files(tmp_path: Path) -> None:
    (tmp_path / "marked.json").write_bytes(b"\xef\xbb\xbf" + b'{"elements": [1]}')
    assert list(JsonListFile(tmp_path / "marked.json", "elements").chunks()) == [[1]]
    (tmp_path / "wide.json").write_text('{"elements": []}', encoding="utf-16")
    for name in ("wide.json", "none.json"):
        with pytest.raises(InputError, match=name):
            list(JsonListFile(tmp_path / name, "elements").chunks())
