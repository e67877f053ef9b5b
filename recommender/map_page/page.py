"""The page: map and numbered list of an answer, in one HTML file that loads nothing."""

from __future__ import annotations

import base64
import hashlib
import math
from collections.abc import Mapping

from recommender.map_page.drawing import PIN, map_svg
from recommender.map_page.group_marks import mark_of, mark_svg, number_svg
from recommender.map_page.plane import direction_words, length_words, on_plane
from recommender.map_page.shown_text import html
from recommender.map_page.style import SCRIPT, STYLE
from recommender.opening import OpenState
from recommender.suggesting import Recommendation
from recommender.suggestion import Suggestion
from recommender.taxonomy import GROUPS, TYPES

_NAME, _REASON, _NOTE = 160, 300, 1500
"""Longest texts, in signs."""

_TOLD = 0.05
"""A term below this (log odds) is not told beside the bar."""

_BAR_WIDTH, _BAR_HEIGHT = 240.0, 8.0

_TERM_WORDS = {
    "popularity": "how known",
    "distance": "distance",
    "type_hour": "hour and weekday",
    "taste": "kinds you go to",
    "type_transition": "after the last place",
    "visits": "your visits",
    "recency": "your last visits",
    "emotion": "expression shown",
    "person": "age or gender",
    "feedback": "what you said",
    "opening": "opening hours",
    "diversity": "variety",
}


def map_page(answer: Recommendation, *, title: str) -> str:
    """An answer as a page for people: map on one side, the list with reasons on the other.

    The file holds the position, the notes and the places of the answer, so it is as private as they are.

    Args:
        answer: what `recommender.recommend` gave.
        title: heading of the page, any text.

    Returns:
        One HTML document, to be written as UTF-8. It loads nothing, and its content security policy
        allows no more than the style and the script that stand in it.
    """
    heading = html(title, _NAME) or "Places worth going to"
    policy = (
        f"default-src 'none'; style-src '{_digest(STYLE)}'; script-src '{_digest(SCRIPT)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    return (
        "<!doctype html>\n"
        '<html lang="en"><head><meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{heading}</title>\n"
        f"<style>{STYLE}</style></head>\n<body>\n"
        f"<h1>{heading}</h1>\n{_main(answer)}\n{_footer(answer)}\n"
        f"<script>{SCRIPT}</script>\n</body></html>\n"
    )


def _main(answer: Recommendation) -> str:
    if not answer.places:
        return "<main><section><p>No place to show.</p></section></main>"
    lat, lon = answer.at
    number = len(answer.places)
    positions = on_plane(
        answer.at, [entry.place.lat for entry in answer.places], [entry.place.lon for entry in answer.places]
    )
    largest = max(_reach(entry.terms) for entry in answer.places) or 1.0
    entries = "\n".join(
        _entry(index, entry, (float(east_m), float(north_m)), largest)
        for index, (entry, (east_m, north_m)) in enumerate(zip(answer.places, positions, strict=True), 1)
    )
    return (
        f'<p class="faint">{number} {"place" if number == 1 else "places, the best first"}. Start: '
        f"{lat:.5f}, {lon:.5f}; distances are straight lines from there.</p>\n"
        f'<main class="both">\n<section class="seen"><h2>Map</h2>{map_svg(answer.places, answer.at)}'
        f"{_legend(answer)}</section>\n"
        '<section><h2>Places</h2><p class="faint">The bars show what speaks '
        '<span class="together"><svg class="key" aria-hidden="true"><rect class="for"/></svg> for</span> a '
        'place and <span class="together"><svg class="key" aria-hidden="true"><rect class="against"/></svg> '
        "against</span> it; "
        "0.7 doubles or halves its odds.</p>"
        f'<ol class="entries" role="list">\n{entries}\n</ol></section>\n</main>'
    )


def _entry(number: int, entry: Suggestion, position_m: tuple[float, float], largest: float) -> str:
    place, mark = entry.place, mark_of(entry.place.group)
    name = f"<bdi>{html(place.name, _NAME) or 'unnamed'}</bdi>"
    if place.name_en and place.name_en != place.name:
        name += f" (<bdi>{html(place.name_en, _NAME)}</bdi>)"
    facts = [html(TYPES[place.type].words, _NAME), _way(entry.distance_m, position_m), _open(entry.open)]
    reasons = "; ".join(html(reason, _REASON) for reason in entry.reasons)
    badge = (
        f'<svg class="badge" viewBox="0 0 26 26" role="img" aria-label="{number}">'
        f"{mark_svg(mark, 13.0, 13.0, PIN)}"
        f"{number_svg(mark, 13.0, 13.0, number)}</svg>"
    )
    return (
        f'<li class="entry" id="place-{number}" data-place="{number}">{badge}<div>'
        f'<h3>{name}</h3><p class="faint">{" · ".join(fact for fact in facts if fact)}</p>'
        f"<p>{reasons}</p>{_terms(entry.terms, largest)}{_links(place.lat, place.lon)}</div></li>"
    )


def _way(distance_m: float, position_m: tuple[float, float]) -> str:
    if not math.isfinite(distance_m):
        return ""
    if distance_m < 1.0 or not all(math.isfinite(part) for part in position_m):
        return length_words(distance_m)
    return f"{length_words(distance_m)} {direction_words(*position_m)}"


def _open(state: OpenState) -> str:
    """On arrival; the reasons say until when."""
    words = {"open": "open", "closed": "closed"}.get(state.state, "hours not known")
    return f'<span class="open">{words}</span>'


def _links(lat: float, lon: float) -> str:
    """A link for a map program of the device, and one that is followed only when chosen."""
    if not (math.isfinite(lat) and math.isfinite(lon)):
        return '<p class="faint">position not known</p>'
    where = f"{lat:.6f},{lon:.6f}"
    there = f"https://www.openstreetmap.org/?mlat={lat:.6f}&amp;mlon={lon:.6f}#map=18/{lat:.6f}/{lon:.6f}"
    return (
        f'<p class="faint"><a href="geo:{where}">{lat:.5f}, {lon:.5f}</a> · '
        f'<a href="{there}" rel="noreferrer noopener">openstreetmap.org</a></p>'
    )


def _terms(terms: Mapping[str, float], largest: float) -> str:
    """A bar that grows to the right with what speaks for a place and to the left with the rest."""
    known = sorted(_finite(terms).items(), key=lambda term: -abs(term[1]))
    middle = _BAR_WIDTH / 2
    px = (middle - 1.0) / largest
    right = left = middle
    parts = []
    for name, value in known:
        width = abs(value) * px
        title = f"<title>{_term(name, value)}</title>"
        if value > 0:
            box, right, kind = right, right + width, "for"
        else:
            left -= width
            box, kind = left, "against"
        if width >= 1.0:  # a gap of half a pixel parts one term from the next
            parts.append(
                f'<rect class="{kind}" x="{box + 0.25:.2f}" width="{width - 0.5:.2f}" '
                f'height="{_BAR_HEIGHT:.0f}">{title}</rect>'
            )
    told = [_term(name, value) for name, value in known if abs(value) >= _TOLD]
    score = sum(value for _, value in known)
    return (
        f'<svg class="terms" viewBox="0 0 {_BAR_WIDTH:.0f} {_BAR_HEIGHT:.0f}" preserveAspectRatio="none" '
        f'aria-hidden="true"><rect class="track" width="{_BAR_WIDTH:.0f}" height="{_BAR_HEIGHT:.0f}"/>'
        f'{"".join(parts)}<rect class="zero" x="{middle - 0.4:.1f}" width="0.8" '
        f'height="{_BAR_HEIGHT:.0f}"/></svg>'
        f'<p class="faint">score {_number(score)}: {", ".join(told) or "nothing tells it from others"}</p>'
    )


def _term(name: str, value: float) -> str:
    return f"{_TERM_WORDS.get(name) or html(name.replace('_', ' '), 40)} {_number(value)}"


def _number(value: float) -> str:
    return f"{value:+.2f}".replace("-", "\u2212")


def _reach(terms: Mapping[str, float]) -> float:
    """How far a bar goes to its longer side."""
    values = _finite(terms).values()
    return max(sum(value for value in values if value > 0), -sum(value for value in values if value < 0))


def _finite(terms: Mapping[str, float]) -> dict[str, float]:
    return {name: float(value) for name, value in terms.items() if math.isfinite(value)}


def _legend(answer: Recommendation) -> str:
    shown = [group for group in GROUPS if any(entry.place.group == group for entry in answer.places)]
    items = "".join(
        f'<li><svg width="14" height="14" viewBox="0 0 26 26" aria-hidden="true">'
        f"{mark_svg(mark_of(group), 13.0, 13.0, PIN)}</svg>{html(GROUPS[group], _NAME)}</li>"
        for group in shown
    )
    return (
        f'<ul class="legend" role="list" aria-label="Colours of the pins">{items}</ul>'
        '<p class="faint">Drawn from positions alone: no streets, water or borders. A pin that had to '
        "move aside points to its place.</p>"
    )


def _footer(answer: Recommendation) -> str:
    notes = "".join(f"<li>{html(note, _NOTE)}</li>" for note in answer.notes)
    sources = dict.fromkeys([answer.attribution, *(entry.attribution for entry in answer.places)])
    credit = "".join(f'<p class="faint">{html(source, _NOTE)}</p>' for source in sources if source.strip())
    listed = f'<ul class="notes">{notes}</ul>' if notes else ""
    return f"<footer><section><h2>Notes</h2>{listed}{credit}</section></footer>"


def _digest(content: str) -> str:
    """How a content security policy names exactly this style or script."""
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode("ascii")
