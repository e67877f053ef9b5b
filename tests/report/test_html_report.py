import base64
import re
from html.parser import HTMLParser

import pytest

from emopoi.errors import InputError, OutputError
from emopoi.report.html_report import write_report
from emopoi.types import EmotionProfile

VOID = {"meta", "img", "br", "link", "input", "hr"}
PNG = b"\x89PNG\r\n\x1a\nnot really a picture"
HOSTILE = "<script>alert('x')</script>\"><img src=x onerror=alert(1)>&amp;.mp4"


class Page(HTMLParser):
    """Reads a page strictly: every element is closed in its turn."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.words, self._open = [], [], [], []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag):
        assert self._open and self._open.pop() == tag, tag

    def handle_data(self, data):
        if self._open[-1:] != ["style"]:
            self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


def page(tmp_path, profile, **parts):
    path = tmp_path / "report.html"
    write_report(path, profile, **parts)
    text = path.read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>")
    return Page(text)


def check_that_nothing_is_loaded(read):
    assert set(read.tags).isdisjoint({"script", "link", "iframe", "object", "embed", "base", "form"})
    for tag, name, value in read.attributes:
        assert not name.startswith("on"), (tag, name)
        if name in ("src", "href"):
            assert value.startswith(("data:image/png;base64,", "./", "geo:")), (tag, name, value)


def test_the_whole_page(tmp_path, make_person):
    picture = tmp_path / "timeline.png"
    picture.write_bytes(PNG)
    people = (make_person("happy"), make_person("angry", id=2, abstained=True, age=None, female=None))
    read = page(
        tmp_path,
        EmotionProfile(source="clip.mp4", people=people),
        timeline_png=picture,
        video="annotated.mp4",
        places=[
            {
                "name": "Malta",
                "group": "park",
                "distance_m": 1830,
                "score": 0.71,
                "reasons": ["green", "quiet"],
                "open": {"state": "open", "until": "2026-06-05T20:00+03:00", "hours": "Mo-Su"},
                "lat": 52.4,
                "lon": 16.97,
            }
        ],
        notes=["Places: © OpenStreetMap contributors, ODbL", "2 damaged frames were skipped"],
        run={"models": [{"name": "emotion", "sha256": "ab" * 32}], "version": "0.1.0"},
    )
    check_that_nothing_is_loaded(read)
    for words in (
        "Expression shown: mostly happy; looks 24 to 45 years old.",
        "Person 2 Too little could be seen to name an expression.",
        "weak evidence",
        "2 people",
        "71 %",
        "+0.42, clearly pleasant",
        "Malta",
        "1.8 km",
        "green; quiet",
        "OpenStreetMap contributors, ODbL",
        "2 damaged frames were skipped",
        "EU AI Act",
        "does not tell what somebody felt",
        "ab" * 32,
        "0.1.0",
    ):
        assert words in read.text
    sources = {tag: value for tag, name, value in read.attributes if name == "src"}
    assert sources["video"] == "./annotated.mp4"
    assert base64.b64decode(sources["img"].split(",")[1]) == PNG
    assert ("a", "href", "geo:52.40000,16.97000") in read.attributes


def test_nobody_and_nothing_else(tmp_path):
    read = page(tmp_path, EmotionProfile(source="clip.mp4"))
    check_that_nothing_is_loaded(read)
    assert "Nobody was seen" in read.text and "Responsible use" in read.text
    assert not {"video", "img", "ol"} & set(read.tags)


def test_hostile_texts_are_harmless_everywhere(tmp_path, make_person):
    person = make_person(fer7={HOSTILE: 1.0}, emopoi8={HOSTILE: 1.0})
    place = dict.fromkeys(("name", "group", "distance_m", "score", "open", "lat", "lon"), HOSTILE)
    read = page(
        tmp_path,
        EmotionProfile(source=HOSTILE, people=(person,), modalities=(HOSTILE,)),
        video=HOSTILE,
        places=[{**place, "reasons": [HOSTILE]}, {**place, "reasons": HOSTILE}],
        notes=[HOSTILE, HOSTILE + " ODbL"],
        run={HOSTILE: {HOSTILE: [HOSTILE]}},
    )
    check_that_nothing_is_loaded(read)
    assert "img" not in read.tags
    assert read.text.count("<script>alert('x')</script>") > 10


@pytest.mark.parametrize(
    ("video", "address"),
    [
        ("<script>.mp4", "./%3Cscript%3E.mp4"),
        ("my clip #1?.mp4", "./my%20clip%20%231%3F.mp4"),
        ("/somewhere/else/annotated.mp4", "./annotated.mp4"),
        ("C:\\films\\annotated.mp4", "./annotated.mp4"),
        ("javascript:alert(1)", "./javascript%3Aalert%281%29"),
        ("https://example.org/a.mp4", "./a.mp4"),
        ("wesoły.mp4", "./weso%C5%82y.mp4"),
        ("clip\udcff.mp4", "./clip%FF.mp4"),
    ],
)
def test_the_video_is_a_file_beside_the_page(tmp_path, video, address):
    read = page(tmp_path, EmotionProfile(source="a.mp4"), video=video)
    assert ("video", "src", address) in read.attributes


@pytest.mark.parametrize(
    "place",
    [
        {},
        {"name": None, "reasons": None, "open": None},
        {"name": "A", "reasons": [], "distance_m": "far", "lat": "x", "lon": None},
        {"name": "A", "score": float("nan"), "distance_m": float("inf"), "lat": True, "lon": 3.0},
        {"name": 5, "reasons": [1, 2], "open": "until 20:00"},
    ],
)
def test_places_may_lack_anything(tmp_path, place):
    read = page(tmp_path, EmotionProfile(source="a.mp4"), places=[place])
    assert "ol" in read.tags
    for words in ("nan", "inf"):
        assert not re.search(rf"\b{words}\b", read.text)
    assert not any(value.startswith("geo:") for _, name, value in read.attributes if name == "href")


def test_the_attribution_stands_with_the_places_and_without_them_in_the_notes(tmp_path):
    note = "© OpenStreetMap contributors (ODbL)"
    profile = EmotionProfile(source="a.mp4")
    with_places = page(tmp_path, profile, places=[{"name": "A"}], notes=[note]).text
    without = page(tmp_path, profile, notes=[note]).text
    assert with_places.count(note) == without.count(note) == 1
    assert (
        with_places.index("Places worth going to")
        < with_places.index(note)
        < with_places.index("How to read it")
    )


def test_a_photo_has_no_variability(tmp_path, make_person):
    read = page(tmp_path, EmotionProfile(source="face.jpg", people=(make_person(),)))
    assert "one picture" in read.text and "0.12" not in read.text


def test_bars_are_as_wide_as_their_shares(tmp_path, make_person):
    person = make_person([0.5, 0.25, 0.25, 0, 0, 0, 0])
    read = page(tmp_path, EmotionProfile(source="a.mp4", people=(person,)))
    widths = [value.split(";")[0] for _, name, value in read.attributes if name == "style"]
    assert widths[:3] == ["width:50.0%", "width:25.0%", "width:25.0%"]


def test_what_can_not_be_read_or_written_is_told(tmp_path):
    profile = EmotionProfile(source="a.mp4")
    with pytest.raises(InputError, match="timeline"):
        write_report(tmp_path / "report.html", profile, timeline_png=tmp_path / "timeline.png")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(OutputError, match="absent"):
        write_report(tmp_path / "absent" / "report.html", profile)
