import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emopoi.batch.content import FileStamp
from emopoi.batch.job import DONE, FAILED, VideoFacts
from emopoi.batch.video_log import BEGUN, KnownVideo, VideoLog, write_failures

STATES = st.sampled_from([DONE, FAILED, BEGUN])
VIDEOS = st.builds(
    KnownVideo,
    source=st.sampled_from(["/a.mp4", "/b.mp4", "/\udcff.mp4"]),
    state=STATES,
    stamp=st.none() | st.builds(FileStamp, *[st.integers(0, 2**63)] * 3),
    settled=st.booleans(),
    content=st.sampled_from(["c1", "c2", "c3"]),
    earlier=st.none() | st.sampled_from(["c1", "c2"]),
    facts=st.none() | st.just(VideoFacts(1, 2, 3, 0.5, 0.25, (0.5,) * 7, ("cut short",))),
    reason=st.text(max_size=5),
    tries=st.integers(0, 9),
)


@settings(max_examples=30)
@given(st.lists(VIDEOS, max_size=12))
def test_what_is_written_is_known_after_it_is_opened_again(tmp_path_factory, videos):
    path = tmp_path_factory.mktemp("log") / "videos.jsonl"
    with VideoLog(path) as log:
        for video in videos:
            log.put(video)
    last = {video.source: video for video in videos}
    with VideoLog(path) as log:
        for source in ("/a.mp4", "/b.mp4", "/\udcff.mp4"):
            assert log.get(source) == last.get(source)
        for content in ("c1", "c2", "c3"):
            assert log.claimed(content) == any(video.claims == content for video in last.values())
    assert len(path.read_text().splitlines()) == len(last)


def test_half_a_line_and_rubbish_are_passed_over_and_the_next_line_is_whole(tmp_path):
    path = tmp_path / "videos.jsonl"
    with VideoLog(path) as log:
        log.put(KnownVideo("/a.mp4", DONE, content="c1"))
    whole = path.read_text()
    path.write_text(whole + "[]\n\0\n{}\n" + whole[: len(whole) // 2])
    with VideoLog(path) as log:
        log.put(KnownVideo("/b.mp4", FAILED, reason="damaged"))
    with VideoLog(path) as log:
        assert log.get("/a.mp4").content == "c1"
        assert [known.source for known in log.set_aside()] == ["/b.mp4"]


def test_the_failures_file_goes_when_nothing_is_set_aside(tmp_path):
    path = tmp_path / "failures.jsonl"
    write_failures(path, [KnownVideo("/b.mp4", FAILED, reason="damaged", tries=3)])
    assert json.loads(path.read_text()) == {
        "source": "/b.mp4", "reason": "damaged", "tries": 3, "content": None,
    }  # fmt: skip
    write_failures(path, [])
    write_failures(path, [])
    assert not path.exists()


@pytest.mark.parametrize("state", [FAILED, BEGUN])
def test_the_part_of_a_last_good_content_stays_claimed(state):
    assert KnownVideo("/a.mp4", state, content="c2", earlier="c1").claims == "c1"
