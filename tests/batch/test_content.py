import hashlib
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emopoi.batch.content import FileStamp, content_of
from emopoi.errors import MediaError


@given(st.integers(0, 10**18), st.integers(0, 10**18))
def test_a_stamp_is_settled_only_when_both_clocks_are_two_seconds_old(modified, changed):
    stamp = FileStamp(1, modified, changed)
    newest = max(modified, changed)
    assert not stamp.is_settled(newest + 2 * 10**9)
    assert stamp.is_settled(newest + 2 * 10**9 + 1)
    assert not stamp.is_settled(newest - 5)  # a clock ahead of ours


def test_a_change_that_keeps_size_and_time_shows(tmp_path):
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"before")
    stamp, content = FileStamp.of(str(path)), content_of(str(path))
    path.write_bytes(b"behind")
    os.utime(path, ns=(stamp.modified_ns, stamp.modified_ns))
    assert FileStamp.of(str(path)) != stamp and content_of(str(path)) != content


def test_the_content_is_the_files_sha256(tmp_path):
    data = os.urandom(3_000_001)
    (tmp_path / "clip.mp4").write_bytes(data)
    assert content_of(str(tmp_path / "clip.mp4")) == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("function", [FileStamp.of, content_of])
def test_what_is_not_there_is_told(tmp_path, function):
    with pytest.raises(MediaError, match=r"gone\.mp4: No such file"):
        function(str(tmp_path / "gone.mp4"))
