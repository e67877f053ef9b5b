import base64
import hashlib
import math
import re
from datetime import datetime
from html.parser import HTMLParser
from itertools import combinations

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from recommender import Recommendation, Suggestion, recommend
from recommender.distance import haversine_m
from recommender.map_page import map_page
from recommender.map_page.drawing import HEIGHT, NUMBERED, PIN, WIDTH, map_svg
from recommender.map_page.free_room import Box, FreeRoom, beside
from recommender.map_page.group_marks import GROUP_MARKS, OTHER, mark_of
from recommender.map_page.plane import direction_words, length_words, on_plane, round_length
from recommender.map_page.shown_text import columns, fit_columns, shown
from recommender.map_page.style import SCRIPT, STYLE
from recommender.opening import OpenState
from recommender.place import Place
from recommender.taxonomy import TYPES

AT = (60.1710, 24.9415)
LATITUDES, LONGITUDES = st.floats(-90, 90), st.floats(-180, 180)
ANY_TEXT = st.text(st.characters(codec=None), max_size=60)  # half surrogates too

HOSTILE = [
    "<script>alert(1)</script>",
    "</title></svg></style><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "&lt;b&gt; &amp;",
    "<!-- --><![CDATA[ ]]>",
    "x" * 10_000,
    "مقهى السلام",
    "👩‍👩‍👧‍👦 Café 🍰",
    "a\u202egnp.exe",
    "Z\u0301" + "\u0301" * 5000,
    "\ud800 half",
    "\x00\x1b[31m",
    "",
]


def suggestion(
    name: str = "Park",
    lat: float = AT[0],
    lon: float = AT[1],
    *,
    kind: str = "park",
    terms: dict[str, float] | None = None,
    state: OpenState | None = None,
    reasons: tuple[str, ...] = ("5 minutes on foot",),
    attribution: str = "a map",
    name_en: str | None = None,
) -> Suggestion:
    terms = {"popularity": 0.5, "distance": -0.2} if terms is None else terms
    return Suggestion(
        place=Place("x:1", name, kind, lat, lon, name_en=name_en),
        score=sum(terms.values()),
        terms=terms,
        distance_m=float(haversine_m(AT, [lat], [lon])[0]),
        open=state or OpenState("unknown"),
        reasons=reasons,
        attribution=attribution,
    )


def answer(*places: Suggestion, notes: tuple[str, ...] = (), at: tuple[float, float] = AT) -> Recommendation:
    return Recommendation(tuple(places), "a map", notes, at)


LINK = re.compile(
    r"#place-\d+|geo:-?[\d.]+,-?[\d.]+"
    r"|https://www\.openstreetmap\.org/\?mlat=-?[\d.]+&mlon=-?[\d.]+#map=18/-?[\d.]+/-?[\d.]+"
)


class Page(HTMLParser):
    """Elements, attributes and text of a page, read as a browser reads them."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.content: dict[str, list[str]] = {}
        self.words: list[str] = []
        self._in: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag != "meta":
            self._in.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self._in.pop() == tag

    def handle_data(self, data):
        if self._in:
            self.content.setdefault(self._in[-1], []).append(data)
        if self._in and self._in[-1] not in ("script", "style"):
            self.words.append(data)

    @property
    def text(self) -> str:
        return "".join(self.words)

    def all(self, tag: str, kind: str | None = None) -> list[dict[str, str | None]]:
        return [a for t, a in self.elements if t == tag and (kind is None or a.get("class") == kind)]


ELEMENTS = {
    "html", "head", "meta", "title", "style", "body", "h1", "h2", "h3", "p", "main", "section", "footer",
    "svg", "desc", "rect", "g", "circle", "path", "text", "a", "ol", "ul", "li", "div", "bdi", "span",
    "script",
}  # fmt: skip


def check_harmless(page: str) -> Page:
    """Nothing is loaded, nothing runs but the script of the page, whatever the texts."""
    read = Page(page)
    assert {tag for tag, _ in read.elements} <= ELEMENTS
    assert read.content["script"] == [SCRIPT] and len(read.all("script")) == 1
    assert read.content["style"] == [STYLE] and len(read.all("style")) == 1
    for tag, attributes in read.elements:
        for name, value in attributes.items():
            assert not name.startswith("on") and name not in ("src", "style", "srcset", "xlink:href")
            if name == "href":
                assert tag == "a"
                assert LINK.fullmatch(value or "")
    page.encode("utf-8")
    return read


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_only_text(text: str) -> None:
    place = suggestion(text, name_en=text, reasons=(text,), attribution=text, terms={text: 0.5})
    read = check_harmless(map_page(answer(place, notes=(text,)), title=text))
    assert shown(text, 160) in " ".join(read.text.split())
    assert len("".join(read.words)) < 6000


@settings(max_examples=60, deadline=None)
@given(name=ANY_TEXT, reason=ANY_TEXT, note=ANY_TEXT, title=ANY_TEXT, credit=ANY_TEXT)
def test_any_text_is_only_text(name: str, reason: str, note: str, title: str, credit: str) -> None:
    place = suggestion(name, reasons=(reason, reason), attribution=credit)
    page = map_page(answer(place, notes=(note,)), title=title)
    words = " ".join(check_harmless(page).text.split())
    for text in (name, reason, note, title, credit):
        assert shown(text, 300) in words


def test_policy_allows_exactly_this_style_and_script() -> None:
    read = Page(map_page(answer(suggestion()), title="Places"))
    policy = next(a["content"] for a in read.all("meta") if a.get("http-equiv") == "Content-Security-Policy")
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    for rule, content in (("style-src", read.content["style"]), ("script-src", read.content["script"])):
        digest = base64.b64encode(hashlib.sha256("".join(content).encode()).digest()).decode()
        assert rules[rule] == f"'sha256-{digest}'"
    assert "http" not in STYLE + SCRIPT and "url(" not in STYLE and "import" not in STYLE


def test_page_of_a_real_answer() -> None:
    real = recommend(None, at=AT, when=datetime(2026, 6, 5, 15), top=12)
    page = map_page(real, title="A walk")
    read = check_harmless(page)
    words = read.text
    assert read.content["h1"] == ["A walk"] and read.content["title"][0] == "A walk"
    assert len(real.places) == 12
    for note in (*real.notes, real.attribution):
        assert note in words
    for entry in real.places:
        assert entry.place.name in words
        assert "; ".join(entry.reasons) in words
        assert f"geo:{entry.place.lat:.6f},{entry.place.lon:.6f}" in {a["href"] for a in read.all("a")}
    states = re.findall(r'<span class="open">([^<]+)<', page)
    known = {"open": "open", "closed": "closed", "unknown": "hours not known"}
    assert states == [known[entry.open.state] for entry in real.places]


def test_list_and_map_can_be_reached_without_seeing_or_pointing() -> None:
    places = [suggestion(f"Place {index}", AT[0] + index / 1000) for index in range(4)]
    read = Page(map_page(answer(*places), title="Places"))
    (picture,) = [a for a in read.all("svg") if a.get("class") == "map"]
    assert picture["role"] == "img"
    ids = {a["id"]: tag for tag, a in read.elements if "id" in a}
    assert ids[picture["aria-labelledby"]] == "title" and ids[picture["aria-describedby"]] == "desc"
    assert "4 places, 0 m to 334 m from the start" in read.content["desc"][0]
    (entries,) = read.all("ol")
    assert entries["role"] == "list"
    items = [a for a in read.all("li") if a.get("class") == "entry"]
    assert [a["id"] for a in items] == [f"place-{number}" for number in range(1, 5)]
    pins = read.all("a", "pin")
    assert sorted(a["data-place"] for a in pins) == [a["data-place"] for a in items]
    assert all(a["href"] == f"#place-{a['data-place']}" and a["tabindex"] == "-1" for a in pins)
    stops = [a["href"] for a in read.all("a") if "tabindex" not in a]
    assert len(stops) == 8 and all(not href.startswith("#") for href in stops)
    assert len(set(ids)) == len([a for _, a in read.elements if "id" in a])


def test_nothing_to_show_is_said() -> None:
    read = check_harmless(map_page(answer(notes=("nothing is open",)), title=""))
    assert "No place to show" in read.text and "nothing is open" in read.text
    assert not read.all("svg")


def test_unknown_position_and_figures_leave_the_page_whole() -> None:
    lost = suggestion("Lost", math.nan, 24.0, terms={"popularity": math.nan, "emotion": math.inf})
    page = map_page(answer(lost, suggestion("Found", 60.172)), title="Places")
    read = check_harmless(page)
    assert not re.search(r'="[^"]*(nan|inf)', page)
    assert "position not known" in read.text and "nothing tells it from others" in read.text
    assert [a["data-place"] for a in read.all("a", "pin")] == ["2"]
    assert "1 of them have no known position" in read.content["desc"][0]
    assert "none with a known position" in map_svg([lost], AT)


def test_bars_are_the_terms() -> None:
    one = suggestion(terms={"popularity": 2.0, "emotion": 1.0, "distance": -1.0, "visits": 0.0})
    two = suggestion(terms={"opening": -3.0, "popularity": 0.5})
    page = map_page(answer(one, two), title="Places")
    bars = re.findall(r'<svg class="terms".*?</svg>', page, re.S)
    found = [
        [(kind, float(x), float(width)) for kind, x, width in re.findall(
            r'<rect class="(for|against)" x="([\d.]+)" width="([\d.]+)"', bar
        )]
        for bar in bars
    ]  # fmt: skip
    unit = 119.0 / 3.0  # the longest side of all bars, 3, reaches the edge
    assert [kind for kind, _, _ in found[0]] == ["for", "for", "against"]
    for (_, _, width), value in zip(found[0] + found[1], (2.0, 1.0, 1.0, 3.0, 0.5), strict=True):
        assert width + 0.5 == pytest.approx(value * unit, abs=0.02)
    assert found[0][0][1] == pytest.approx(120.25) and found[0][1][1] == pytest.approx(
        120.25 + 2 * unit, abs=0.02
    )
    assert found[1][0][1] == pytest.approx(1.25)
    assert "score +2.00: how known +2.00, expression shown +1.00, distance −1.00" in Page(page).text
    assert "your visits" not in Page(page).text


def drawn_pins(svg: str) -> dict[int, tuple[float, float]]:
    """Number -> middle of its pin, from the number's text."""
    found = re.findall(r'<text class="number[^"]*" x="(-?[\d.]+)" y="(-?[\d.]+)"[^>]*>(\d+)<', svg)
    return {int(number): (float(x), float(y) - 4.2) for x, y, number in found}


@pytest.mark.parametrize("count", [2, 12, 40])
def test_pins_at_one_spot_move_apart_and_point_back(count: int) -> None:
    svg = map_svg([suggestion(f"Place {index}", 60.1720, 24.9430) for index in range(count)], AT)
    pins = drawn_pins(svg)
    assert sorted(pins) == list(range(1, count + 1))
    for (x1, y1), (x2, y2) in combinations(pins.values(), 2):
        assert max(abs(x1 - x2), abs(y1 - y2)) >= 2 * PIN
    for x, y in pins.values():
        assert PIN <= x <= WIDTH - PIN and PIN <= y <= HEIGHT - PIN
    leaders = re.findall(r'class="leader" d="M([\d.]+) ([\d.]+)L', svg)
    assert len(leaders) == count - 1 and set(leaders) == {leaders[0]}
    assert (float(leaders[0][0]), float(leaders[0][1])) == pytest.approx(pins[1], abs=0.2)


@settings(max_examples=60, deadline=None)
@given(at=st.tuples(LATITUDES, LONGITUDES), ends=st.lists(st.tuples(LATITUDES, LONGITUDES), max_size=5))
@example(at=(0.0, 180.0), ends=[(0.001, -179.999), (0.001, 179.999)])
@example(at=(90.0, 0.0), ends=[(89.999, 0.0), (89.999, 90.0), (89.999, 180.0)])
@example(at=(0.0, 0.0), ends=[(0.0, 180.0)])
def test_every_pin_is_on_the_map(at: tuple[float, float], ends: list[tuple[float, float]]) -> None:
    svg = map_svg([suggestion(f"P{index}", *end) for index, end in enumerate(ends)], at)
    pins = drawn_pins(svg)
    assert len(pins) == len(ends)
    for x, y in pins.values():
        assert 0 <= x <= WIDTH and 0 <= y <= HEIGHT
    (start,) = re.findall(r'class="start"><circle cx="([\d.]+)" cy="([\d.]+)"', svg)
    assert 0 <= float(start[0]) <= WIDTH and 0 <= float(start[1]) <= HEIGHT
    assert 'class="ring"' in svg and 'class="scale"' in svg
    assert ("north-label" in svg) == (abs(at[0]) < 89.99)


def test_map_lies_with_north_up_and_rings_are_true() -> None:
    places = [suggestion("north", 60.1760), suggestion("east", 60.1710, 24.9515)]
    svg = map_svg(places, AT)
    (north_x, north_y), (east_x, east_y) = (drawn_pins(svg)[number] for number in (1, 2))
    (start,) = re.findall(r'class="start"><circle cx="([\d.]+)" cy="([\d.]+)"', svg)
    x, y = float(start[0]), float(start[1])
    assert north_y < y - 100 and north_x == pytest.approx(x, abs=0.3)
    assert east_x > x + 100 and east_y == pytest.approx(y, abs=0.3)
    rings = [float(r) for r in re.findall(r'class="ring"[^>]* r="([\d.]+)"', svg)]
    labels = re.findall(r'class="ring-label"[^>]*>([^<]+)<', svg)
    assert labels == ["200 m", "400 m", "600 m"]
    px_per_m = (y - north_y) / places[0].distance_m
    assert rings == pytest.approx([200 * px_per_m, 400 * px_per_m, 600 * px_per_m], abs=0.3)
    bar = re.findall(r'class="scale" d="M[\d.]+ [\d.]+v6h([\d.]+)v', svg)
    (length,) = re.findall(r'class="scale-label"[^>]*>(\d+) m<', svg)
    assert float(bar[0]) == pytest.approx(float(length) * px_per_m, abs=0.3)


def test_very_many_places_are_drawn_in_reasonable_time_and_size() -> None:
    places = [suggestion(f"P{i}", AT[0] + (i % 40) / 4000, AT[1] + (i // 40) / 3000) for i in range(600)]
    svg = map_svg(places, AT)
    assert len(drawn_pins(svg)) == NUMBERED
    assert svg.count('class="pin"') == 600
    assert len(svg) < 250_000


@given(at=st.tuples(LATITUDES, LONGITUDES), end=st.tuples(LATITUDES, LONGITUDES))
def test_plane_keeps_distances(at: tuple[float, float], end: tuple[float, float]) -> None:
    spot = on_plane(at, [end[0]], [end[1]])[0]
    true_m = float(haversine_m(at, [end[0]], [end[1]])[0])
    assert math.hypot(*spot) == pytest.approx(true_m, rel=1e-9, abs=1e-6)


@given(lat=st.floats(-85, 85), lon=LONGITUDES, north=st.floats(-0.01, 0.01), east=st.floats(-0.01, 0.01))
@example(lat=0.0, lon=180.0, north=0.0, east=0.01)
@example(lat=70.0, lon=-180.0, north=0.005, east=-0.01)
def test_plane_keeps_directions_across_the_date_line(
    lat: float, lon: float, north: float, east: float
) -> None:
    assume(abs(north) > 1e-5 or abs(east) > 1e-5)
    there = (lon + east + 180.0) % 360.0 - 180.0
    spot = on_plane((lat, lon), [lat + north], [there])[0]
    metres = math.radians(1.0) * 6_371_008.8
    assert spot[1] == pytest.approx(north * metres, abs=12.0)
    assert spot[0] == pytest.approx(east * metres * math.cos(math.radians(lat)), abs=12.0)


@pytest.mark.parametrize(
    ("east", "north", "words"),
    [(0, 1, "north"), (1, 0, "east"), (0, -1, "south"), (-1, 0, "west"), (1, 1, "north-east"),
     (-1, -1, "south-west"), (-0.1, 1, "north"), (-1, 1.1, "north-west")],
)  # fmt: skip
def test_directions(east: float, north: float, words: str) -> None:
    assert direction_words(east, north) == words


@given(st.floats(0.01, 4e7))
def test_round_lengths(limit: float) -> None:
    length = round_length(limit)
    assert length <= limit < 2.51 * length
    first = length / 10 ** math.floor(math.log10(length) + 1e-9)
    assert min(abs(first - digit) for digit in (1, 2, 5, 10)) < 1e-6


@pytest.mark.parametrize(
    ("metres", "words"),
    [(0.5, "0.5 m"), (0, "0 m"), (250, "250 m"), (999, "1 km"), (1500, "1.5 km"), (12_000_000, "12,000 km")],
)
def test_length_words(metres: float, words: str) -> None:
    assert length_words(metres) == words


@given(ANY_TEXT, st.integers(2, 30))
def test_shown_text_is_short_and_writable(text: str, longest: int) -> None:
    line = shown(text, longest)
    assert len(line) <= longest
    assert not any(
        ord(sign) < 32 or 0x202A <= ord(sign) <= 0x202E or 0x2066 <= ord(sign) <= 0x2069 for sign in line
    )
    line.encode("utf-8")
    assert shown(line, longest) == line


def test_shown_text_keeps_what_is_meant() -> None:
    assert shown("Café  Ängel\n", 50) == "Café Ängel"
    assert shown("👩‍👩‍👧‍👦", 50) == "👩‍👩‍👧‍👦"
    assert shown("שָׁלוֹם", 50) == "שָׁלוֹם"
    assert shown("👩\u200d👩👩", 3) == "👩…"
    assert shown("o" + "\u0301" * 50, 50) == "o" + "\u0301" * 4


@given(st.text(max_size=40), st.floats(2.0, 30.0))
def test_fitted_text_fits(text: str, most: float) -> None:
    fitted = fit_columns(text, most)
    assert columns(fitted) <= most
    if columns(text) <= most:
        assert fitted == text


@given(st.lists(st.tuples(st.floats(-10, 110), st.floats(-10, 110)), max_size=25))
def test_boxes_that_found_room_touch_nothing(points: list[tuple[float, float]]) -> None:
    room = FreeRoom(100.0, 100.0)
    found = [room.take_first(beside(x, y, 4.0, 20.0, 8.0)) for x, y in points]
    placed = [box for box in found if box is not None]
    assert placed == room.taken
    for one, other in combinations(placed, 2):
        assert not one.overlaps(other)
    for box in placed:
        assert 0 <= box.left < box.right <= 100 and 0 <= box.top < box.bottom <= 100


def test_a_full_picture_has_no_room() -> None:
    room = FreeRoom(100.0, 100.0)
    room.take(Box(0.0, 0.0, 100.0, 60.0))
    assert room.take_first([Box.around(50.0, 50.0, 5.0, 5.0)]) is None
    assert room.take_first([Box.around(50.0, 50.0, 5.0, 5.0), Box(0.0, 60.0, 9.0, 70.0)]) == (
        0.0,
        60.0,
        9.0,
        70.0,
    )


def luminance(colour: str) -> float:
    parts = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_every_suggested_group_has_a_mark_of_its_own_with_a_readable_number() -> None:
    groups = {kind.group for kind in TYPES.values() if kind.suggestible}
    assert groups == set(GROUP_MARKS)
    looks = [(mark.colour, mark.shape) for mark in (*GROUP_MARKS.values(), OTHER)]
    assert len(set(looks)) == len(looks)
    for mark in (*GROUP_MARKS.values(), OTHER):
        dark, light = sorted([luminance(mark.colour), luminance(mark.ink)])
        assert (light + 0.05) / (dark + 0.05) >= 4.5
    assert mark_of("health") is OTHER
