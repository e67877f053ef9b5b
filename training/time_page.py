"""Figures of the temporal models in words and tables: for docs/time.md and for the models' cards."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import fill
from typing import Any

from emopoi.models.emotion_time import EmotionTimeConfig
from emopoi.pipeline import RecognitionSettings
from emopoi.runtime.expression_memory import ExponentialMemory
from training.made_clips import FRAMES_A_SECOND

Figures = Mapping[str, Mapping[str, Any]]

MARGIN = 0.03
"""By so much the LSTM must be better in damaged frames than every rival, as a share of the frames."""
LONGEST_DELAY_MS = 300.0
REAL_TOLERANCE = 0.05
"""Two short clips can not tell smaller differences, as a share of their frames."""

_COLUMNS = {
    "accuracy": ("accuracy", ".4f"),
    "accuracy_damaged": ("in damaged frames", ".4f"),
    "median_delay_ms": ("median delay, ms", ".0f"),
    "p90_delay_ms": ("p90 delay, ms", ".0f"),
    "flicker_per_s": ("flicker, 1/s", ".2f"),
    "disgust": ("said disgust", ".4f"),
}
_PAGE = """\
# Expressions over time

What is made of the readings of one face from frame to frame: `emopoi recognize --temporal lstm|ema|none`.

- `lstm`: the frozen model `emotion_time`. An LSTM sees embedding and logits of every frame and says how far
  that frame is believed: a gate from 0 to 1 moves a running mean of the frame network's logits. It has no
  labels of its own: what no frame said does not come out. One state for each track; it goes when the
  track ends.
- `ema`: a mean of the frames' distributions in which the past fades with the time passed
  (time constant {tau:g} ms), whatever the frame rate.
- `none`: every frame by itself. Photos are always read so.

{reason}

This page is written by `python -m training.compare_over_time --data DATA --write docs/time.md`; without
`--data` it takes the figures that `training.publish` left in the manifest.

## Made-up clips

{clips} clips of two seconds, 25 frames a second, made of public_test stills, which training left out;
all methods read the same outputs of the frozen frame network ({frame_file}).

{made}

Damaged frames (about a third) are blurred, moved, compressed, coarse, covered, dark or too bright, in
bursts of 200 ms on average, or missing. Delays are taken over changes that can be seen at all: the
undamaged frames before and after are, on average, read as labelled by the frame network; a change that
a method never follows counts as long as it lasted. Flicker counts changes of the answer where no label
changed in the last half second. `mean` is the fading mean of the distributions, `weighted_mean` the
same where a frame counts as much as its top probability.

{bars}

## Real clips

The clips with a label that are at hand, through detector, tracker and reader; frames read as the actor meant.

{real}

These are {real_count} clips of acted emotion while speaking: enough to notice a method that goes wrong,
not enough to tell small differences. Nobody's expression changes in them, so they reward slowness without
end; what it costs shows in the delays above. Methods are to be compared at like delays. The rule, the
pace and the time constant of `ema` were set with these clips known.

## How a clip is made

FER2013 has no videos and no names. What the clips have of a person is a stand-in:

1. A still, and from a random moment on, in four of ten clips, another one of another label that looks
   like it: one of the nearest in a thumbnail of 12 x 12 grey levels (pose, light, hair, skin). Half of
   the time only the features of the second still (brows to mouth, brightness and contrast matched) are
   put into the first, whose outline stays. The change is a cross-fade of 80 to 400 ms between two
   pictures, not a movement of muscles; the label changes half-way. The training target fades with the
   pictures and carries the doubt of FER+'s voters.
2. A quarter of the changing clips goes back. Of the others, some fade into another still of the same
   label, so that a new look alone is no sign of a new expression.
3. Talking, in two of three clips: the mouth, and with it more or less of the lower face, fades to and fro
   between the still's own and those of alike stills, one to five times a second. The label stays.
4. The crop wanders as a random walk with tremor, the light drifts and sometimes flickers, frames are
   damaged in bursts, shown twice, or left out.

Whether real faces behave so was checked only on the clips above. Nothing was trained on them, but the
pace was chosen with an eye on them: trained on clips that change so often, the gate is hasty in real ones.
In use it is multiplied by {pace:g} (`EmotionTimeConfig.pace`), which leaves the accuracy in damaged frames
as it is, makes the answers steadier and costs delay that the bar has room for.

The LSTM learned at 25 frames a second with some left out, and knows no clock. Where frames come more slowly
(`--fps 5`), each is taken in as often as it would have been seen at that pace, twelve times at most.
"""


def page(measured: Mapping[str, Any], *, frame_file: str, clips: int) -> str:
    """docs/time.md.

    Args:
        measured: from `training.compare_over_time.measure_over_time`, step form.
        frame_file: name and variant of the frame network.
        clips: how many made-up clips there were.
    """
    made, real = measured["made_clips_of_public_test"], measured["labelled_clips"]
    return _PAGE.format(
        tau=ExponentialMemory.TIME_CONSTANT_MS,
        pace=EmotionTimeConfig().pace,
        fps=FRAMES_A_SECOND,
        reason=fill(f"**Default: `{RecognitionSettings().temporal}`.** {reason(measured)}", 110),
        clips=clips,
        frame_file=frame_file,
        made="\n".join(made_clips_table(made)),
        bars="\n".join(bars(made)),
        real="\n".join(labelled_clips_table(real)),
        real_count=len(real),
    )


def made_clips_table(results: Figures) -> list[str]:
    """Lines of Markdown: one row for each method."""
    lines = ["| method | " + " | ".join(title for title, _ in _COLUMNS.values()) + " |"]
    lines.append("|---" * (len(_COLUMNS) + 1) + "|")
    for method, figures in results.items():
        cells = (f"{figures[name]:{form}}" for name, (_, form) in _COLUMNS.items())
        lines.append(f"| {method} | " + " | ".join(cells) + " |")
    return lines


def labelled_clips_table(results: Figures) -> list[str]:
    """Lines of Markdown: one row for each kind of memory, one column for each clip."""
    titles = (f"{clip} ({told['label']}): right, changes/s, instead" for clip, told in results.items())
    lines = ["| memory | " + " | ".join(titles) + " |", "|---" * (len(results) + 1) + "|"]
    kinds = next(iter(results.values()))["methods"] if results else {}
    for kind in kinds:
        cells = []
        for told in results.values():
            figures = told["methods"][kind]
            instead = "{} {}".format(*figures["instead"]) if figures["instead"] else "-"
            cells.append(
                f"{figures['right']} of {figures['frames']}, {figures['changes_per_s']:.1f}, {instead}"
            )
        lines.append(f"| {kind} | " + " | ".join(cells) + " |")
    return lines


def best_fading_mean(made: Figures) -> str:
    """The fading mean that is best in damaged frames among those quick enough."""
    quick = [
        name
        for name, figures in made.items()
        if "mean_" in name and name.endswith("_ms") and figures["median_delay_ms"] <= LONGEST_DELAY_MS
    ]
    return max(quick, key=lambda name: made[name]["accuracy_damaged"])


def bars(made: Figures) -> list[str]:
    """Lines of Markdown: what was asked of the LSTM, and whether it is so."""
    rivals = ("frame", "running_mean", best_fading_mean(made))
    lines = [
        f"Asked of the LSTM: {100 * MARGIN:g} points more in damaged frames than each rival, "
        f"and a median delay of {LONGEST_DELAY_MS:g} ms at most.",
        "",
    ]
    for name in (name for name in made if name.startswith("lstm")):
        own = made[name]
        gains = ", ".join(
            f"{100 * (own['accuracy_damaged'] - made[rival]['accuracy_damaged']):+.1f} points over `{rival}`"
            for rival in rivals
        )
        met = "met" if meets_bars(made, name) else "missed"
        lines.append(f"- `{name}`: {gains}; median delay {own['median_delay_ms']:.0f} ms. **{met}**")
    return lines


def meets_bars(made: Figures, method: str) -> bool:
    """Whether a method is better in damaged frames than every rival by MARGIN, and quick enough."""
    own = made[method]
    rivals = ("frame", "running_mean", best_fading_mean(made))
    margins = [own["accuracy_damaged"] - made[rival]["accuracy_damaged"] for rival in rivals]
    return min(margins) >= MARGIN and own["median_delay_ms"] <= LONGEST_DELAY_MS


def winner(measured: Mapping[str, Any]) -> str:
    """Which kind of memory the figures speak for, of `emopoi.pipeline.settings.TEMPORAL`.

    Whoever reads a labelled real clip worse than the plain frame is out. The LSTM must meet its bars on
    made-up clips and be no more than REAL_TOLERANCE behind the fading mean on the real ones; else the
    fading mean is simpler and stays.
    """
    made, real = measured["made_clips_of_public_test"], measured["labelled_clips"]
    names = {"lstm": lstm_name(made), "ema": ema_name()}
    methods = [told["methods"] for told in real.values()]

    def harmless(kind: str) -> bool:
        return all(found[names[kind]]["right"] >= found["none"]["right"] for found in methods)

    behind = sum(found[names["ema"]]["right"] - found[names["lstm"]]["right"] for found in methods)
    close = behind <= REAL_TOLERANCE * sum(found["none"]["frames"] for found in methods)
    if meets_bars(made, names["lstm"]) and harmless("lstm") and close:
        return "lstm"
    return "ema" if harmless("ema") else "none"


def reason(measured: Mapping[str, Any]) -> str:
    """Why the default is what it is, in one paragraph of figures."""
    made, real = measured["made_clips_of_public_test"], measured["labelled_clips"]
    lstm, ema, best = lstm_name(made), ema_name(), best_fading_mean(made)
    right = {
        kind: sum(told["methods"][kind]["right"] for told in real.values()) for kind in ("none", ema, lstm)
    }
    frames = sum(told["methods"]["none"]["frames"] for told in real.values())
    best_kind = winner(measured)
    text = (
        f"In damaged frames of made-up clips the LSTM reads {made[lstm]['accuracy_damaged']:.1%} right, the "
        f"best fading mean that is quick enough (`{best}`) {made[best]['accuracy_damaged']:.1%}, the plain "
        f"frame {made['frame']['accuracy_damaged']:.1%}; over all frames {made[lstm]['accuracy']:.1%}, "
        f"{made[best]['accuracy']:.1%} and {made['frame']['accuracy']:.1%}. Of the {frames} frames of the "
        f"labelled real clips the LSTM reads {right[lstm]} as the actor meant, `ema` {right[ema]}, the plain "
        f"frame {right['none']}. The rule: no labelled real clip read worse than by the plain frame; the "
        f"LSTM meets the bars below and is at most {100 * REAL_TOLERANCE:g} points behind `ema` on the real "
        f"clips, else `ema` is simpler. By it these figures speak for `{best_kind}`."
    )
    if best_kind != RecognitionSettings().temporal:
        text += " **The default is another: it was chosen on earlier figures.**"
    return text


def lstm_name(made: Figures) -> str:
    """The LSTM's variant that comes first: the default one."""
    return next(name for name in made if name.startswith("lstm"))


def ema_name() -> str:
    """What the fading mean that ships is called among the labelled clips' methods."""
    return f"ema {ExponentialMemory.TIME_CONSTANT_MS:g} ms"
