"""timeline.png: what each person showed over time."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import MissingPartError
from emopoi.profile.circumplex import valence_arousal
from emopoi.profile.timeline import PersonTimeline
from emopoi.report.headline import headline, seen_words
from emopoi.report.output_folder import write_bytes_atomically
from emopoi.report.palette import FER7_COLOURS, STACKING, rgb
from emopoi.types import FER7, EmotionProfile, PersonProfile

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_PEOPLE = 6
_WIDTH_IN, _DPI = 11.0, 110
_ROWS = 420  # rows of the raster of a stacked area: about its height on the page in pixels
_CLOCK_STEPS_S = (15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)
_INK, _FAINT = "#222222", "#666666"
_VALENCE, _AROUSAL = "#222222", "#AA3377"  # neither is the colour of an expression


def draw_timeline(
    profile: EmotionProfile,
    timelines: Mapping[int, PersonTimeline],
    path: str | os.PathLike[str],
) -> None:
    """Draw expressions, valence and arousal of each person over time.

    People of a video get a stacked area of the seven expressions (paler where the reading is
    less sure, hatched where it is too unsure to name, empty where the person was away) above lines
    of valence and arousal; people in photos get bars. At most `MOST_PEOPLE`, those observed
    longest, are shown; the picture says how many are not.

    Args:
        profile: what `ProfileBuilder.build` gave.
        timelines: what `Timelines.build` gave for the same readings.
        path: the PNG file to write.

    Raises:
        MissingPartError: matplotlib is not installed.
        OutputError: the file can not be written.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingPartError("the timeline picture needs matplotlib: pip install matplotlib") from error

    known = [person for person in profile.people if person.id in timelines]
    shown = sorted(known, key=lambda person: -person.observed_s)[:MOST_PEOPLE]
    shown.sort(key=lambda person: person.id)
    stills = all(timelines[person.id].readings == 1 for person in shown)

    if not shown:
        figure = Figure(figsize=(_WIDTH_IN, 1.8), dpi=_DPI, facecolor="white")
        _say_nobody(figure, profile.source)
    elif stills:
        figure = Figure(figsize=(_WIDTH_IN, 1.2 + 1.95 * len(shown)), dpi=_DPI, facecolor="white")
        _draw_stills(figure, profile, shown)
    else:
        figure = Figure(figsize=(_WIDTH_IN, 1.75 + 2.75 * len(shown)), dpi=_DPI, facecolor="white")
        _draw_people(figure, profile, shown, timelines)
    if len(profile.people) > len(shown) > 0:
        left_out = len(profile.people) - len(shown)
        _words(
            figure,
            0.99,
            _from_top(figure, 0.50),
            f"{left_out} more not drawn; all are in profile.json",
            ha="right",
            size=9,
            color=_FAINT,
        )
    picture = io.BytesIO()
    FigureCanvasAgg(figure).print_png(picture)
    write_bytes_atomically(path, picture.getvalue())


def _draw_people(
    figure: Figure,
    profile: EmotionProfile,
    shown: list[PersonProfile],
    timelines: Mapping[int, PersonTimeline],
) -> None:
    begin_s = min(timelines[person.id].start_s for person in shown)
    end_s = max(float(timelines[person.id].edges_s[-1]) for person in shown)
    begin_s = 0.0 if 0.0 <= begin_s < 0.1 * end_s else begin_s
    _title(figure, profile.source)
    _legend(figure, with_shading=True)
    height_in = float(figure.get_size_inches()[1])
    grid = figure.add_gridspec(
        len(shown),
        1,
        left=0.075,
        right=0.975,
        top=1.0 - 1.2 / height_in,
        bottom=0.5 / height_in,
        hspace=0.2,
    )
    for place, person in enumerate(shown):
        timeline = timelines[person.id]
        if person.abstained:
            timeline = replace(timeline, abstained=timeline.seen)
        pair = grid[place].subgridspec(2, 1, height_ratios=(1.75, 1.0), hspace=0.1)
        areas, lines = figure.add_subplot(pair[0]), figure.add_subplot(pair[1])
        _draw_areas(areas, timeline)
        _draw_lines(lines, timeline)
        for axes in (areas, lines):
            axes.set_xlim(begin_s, end_s)
            _clock(axes, end_s - begin_s)
            _plain(axes)
        areas.tick_params(labelbottom=False)
        if place == len(shown) - 1:
            lines.set_xlabel("time, seconds" if end_s - begin_s < 120.0 else "time", fontsize=9, color=_FAINT)
        _person_title(areas, person, f"seen {seen_words(person, profile.source)}")


def _draw_areas(axes: Axes, timeline: PersonTimeline) -> None:
    axes.imshow(
        _raster(timeline),
        extent=(float(timeline.edges_s[0]), float(timeline.edges_s[-1]), 0.0, 100.0),
        origin="lower",
        aspect="auto",
        interpolation="nearest",
    )
    # Hatched and not only grey: neutral is grey too.
    axes.broken_barh(
        [(start_s, timeline.bin_s) for start_s in timeline.edges_s[:-1][timeline.abstained]],
        (0.0, 100.0),
        facecolor="none",
        edgecolor="#9A9A9A",
        hatch="////",
        linewidth=0.0,
    )
    axes.set_ylim(0.0, 100.0)
    axes.set_yticks([0, 50, 100], ["0", "50", "100 %"])


def _raster(timeline: PersonTimeline) -> NDArray[np.uint8]:
    """Stacked shares as pixels: uint8 (rows, N, 4) RGBA, first row at the bottom."""
    order = [FER7.index(label) for label in STACKING]
    colours = np.array([rgb(FER7_COLOURS[label]) for label in STACKING], dtype=np.float64)
    tops = np.cumsum(np.nan_to_num(timeline.fer7[:, order]), axis=1)
    heights = (np.arange(_ROWS) + 0.5) / _ROWS
    layer = (tops[None, :, :] <= heights[:, None, None]).sum(axis=2).clip(max=len(order) - 1)
    sure = (0.35 + 0.65 * np.nan_to_num(timeline.confidence))[None, :, None]
    pixels = 255.0 + sure * (colours[layer] - 255.0)
    picture = np.empty((*layer.shape, 4), dtype=np.uint8)
    picture[..., :3] = pixels.round()
    picture[..., 3] = np.where(timeline.abstained, 60, np.where(timeline.seen, 255, 0))
    return picture


def _draw_lines(axes: Axes, timeline: PersonTimeline) -> None:
    middle_s = (timeline.edges_s[:-1] + timeline.edges_s[1:]) / 2.0
    trusted = np.where(timeline.abstained[:, None], np.nan, timeline.fer7)
    axes.axhline(0.0, color="#999999", linewidth=0.7)
    values = zip(valence_arousal(trusted), ((_VALENCE, "-"), (_AROUSAL, (0, (4, 1.5)))), strict=True)
    for line, (colour, dashes) in values:
        axes.plot(middle_s, line, color=colour, linestyle=dashes, linewidth=1.5)
        # A line needs two points: a bin that stands alone gets a dot.
        there = np.concatenate(([False], ~np.isnan(line), [False]))
        alone = there[1:-1] & ~there[:-2] & ~there[2:]
        axes.plot(middle_s[alone], line[alone], ".", color=colour, markersize=4)
    axes.set_ylim(-1.0, 1.0)
    axes.set_yticks([-1, 0, 1], ["−1", "0", "+1"])


def _draw_stills(figure: Figure, profile: EmotionProfile, shown: list[PersonProfile]) -> None:
    _title(figure, profile.source)
    height_in = float(figure.get_size_inches()[1])
    grid = figure.add_gridspec(
        len(shown),
        1,
        left=0.1,
        right=0.985,
        top=1.0 - (0.95 if len(shown) < len(profile.people) else 0.75) / height_in,
        bottom=0.25 / height_in,
        hspace=0.24,
    )
    labels = list(reversed(STACKING))
    for place, person in enumerate(shown):
        axes = figure.add_subplot(grid[place])
        shares = [100.0 * person.fer7.get(label, 0.0) for label in labels]
        colours = ["#DDDDDD" if person.abstained else FER7_COLOURS[label] for label in labels]
        axes.barh(labels, shares, color=colours, height=0.74)
        for row, share in enumerate(shares):
            axes.text(share + 0.7, row, f"{share:.0f} %", va="center", fontsize=8.5, color=_INK)
        axes.set_xlim(0.0, 107.0)
        axes.set_xticks([])
        _plain(axes)
        axes.spines["bottom"].set_visible(False)
        axes.tick_params(axis="y", length=0)
        place_words = f"valence {person.valence:+.2f}, arousal {person.arousal:+.2f}"
        _person_title(axes, person, f"confidence {person.confidence:.2f}, {place_words}")


def _say_nobody(figure: Figure, source: str) -> None:
    _title(figure, source)
    _words(
        figure,
        0.5,
        0.35,
        "Nobody was seen long enough for a timeline.",
        ha="center",
        size=12,
        color=_FAINT,
    )


def _title(figure: Figure, source: str) -> None:
    _words(
        figure,
        0.012,
        _from_top(figure, 0.25),
        f"Expression shown: {_drawable(source, 80)}",
        size=13,
        weight="bold",
        color=_INK,
    )


def _legend(figure: Figure, *, with_shading: bool) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles: list[Any] = [Patch(color=FER7_COLOURS[label], label=label) for label in STACKING]
    handles += [
        Line2D([], [], color=_VALENCE, label="valence (pleasant +)"),
        Line2D([], [], color=_AROUSAL, linestyle=(0, (4, 1.5)), label="arousal (activated +)"),
    ]
    figure.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(0.0085, _from_top(figure, 0.64)),
        ncols=len(handles),
        frameon=False,
        fontsize=8.5,
        handlelength=1.4,
        columnspacing=1.1,
        handletextpad=0.5,
        borderaxespad=0.0,
    )
    if with_shading:
        _words(
            figure,
            0.012,
            _from_top(figure, 0.50),
            "paler: less sure    hatched: too unsure to name    empty: away",
            size=9,
            color=_FAINT,
        )


def _person_title(axes: Axes, person: PersonProfile, words: str) -> None:
    sentence = headline(person).removeprefix("Expression shown: ")  # the title above says so
    axes.set_title(
        f"Person {person.id}  ·  {sentence}  ·  {words}",
        loc="left",
        fontsize=9.5,
        color=_INK,
        pad=4,
        parse_math=False,
    )


def _plain(axes: Axes) -> None:
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color("#AAAAAA")
    axes.tick_params(labelsize=8.5, colors=_FAINT, length=3)


def _words(figure: Figure, x: float, y: float, text: str, **style: Any) -> None:
    figure.text(x, y, text, va="center", parse_math=False, **style)


def _from_top(figure: Figure, inches: float) -> float:
    return 1.0 - inches / float(figure.get_size_inches()[1])


def _clock(axes: Axes, span_s: float) -> None:
    """Label a time axis in seconds, or in minutes and hours with ticks on full ones."""
    if span_s < 120.0:
        return
    from matplotlib.ticker import FuncFormatter, MultipleLocator

    def label(seconds: float, _: int | None) -> str:
        minutes, rest = divmod(round(seconds), 60)
        return (
            f"{minutes}:{rest:02d}" if span_s < 3600.0 else f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"
        )

    step_s = next((step for step in _CLOCK_STEPS_S if span_s / step <= 10), span_s / 10.0)
    axes.xaxis.set_major_locator(MultipleLocator(step_s))
    axes.xaxis.set_major_formatter(FuncFormatter(label))


def _drawable(text: str, longest: int) -> str:
    """Shorten in the middle, and put `?` for what the font has no sign for."""
    from matplotlib import font_manager

    font = font_manager.get_font(font_manager.findfont("DejaVu Sans"))
    if len(text) > longest:
        text = f"{text[: longest // 2]}…{text[-longest // 2 :]}"
    return "".join(
        character if character.isprintable() and font.get_char_index(ord(character)) else "?"
        for character in text
    )
