"""Model cards, filled from the manifest: no figure is typed by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emopoi.runtime.manifest import Manifest
from training.face3d.cards import NETWORKS_ABOUT, head_card, network_figures
from training.time_page import labelled_clips_table, made_clips_table, reason

_ABOUT = {
    "emotion": (
        "Names the expression shown on one grey face crop: FER-7 and FER+ labels. Its embedding feeds "
        "`emotion_time`.",
        "FER2013 (Goodfellow et al. 2013), training split without rows whose pixels occur in public_test, "
        "without rows voted \"not a face\" and without exact copies; FER+ votes (Barsoum et al. 2016, MIT). "
        "FER2013's pictures were found by web search; rights in them stay with their owners: research data.",
    ),
    "emotion_time": (
        "Follows the expression of one face over the frames of a video: LSTM step form, one frame and the "
        "state in, FER-7 and the state out. A track starts with zeros. It reads the outputs of `emotion`. A "
        "gate says how far each frame moves a running mean of the frame logits; it names nothing itself.",
        "Clips of two seconds made of FER2013 stills (see `emotion`): a still moves and is lit as in video, "
        "its mouth talks, frames are damaged in bursts or missing, and in half of the clips it fades into a "
        "still that looks alike and is labelled differently, or takes over its features. No real video was "
        "used, and FER2013 names nobody: alike stills stand in for one person. docs/time.md tells more.",
    ),
    "emotion_clip": (
        "The clip form of `emotion_time`, the same weights: sixteen frames at once.",
        "As `emotion_time`.",
    ),
    "age_gender": (
        "Estimates the age shown as a distribution over whole years 0 to 100, and how the presentation is "
        "read (female or male), from one colour face crop.",
        "UTKFace, 14,763 pictures (non-commercial research only). Ages were estimated by an algorithm and "
        "checked by people; gender is binary and as perceived. No identities, so the same celebrity can "
        "be in training and validation: figures are somewhat optimistic.",
    ),
    "states": (
        "Two heads on the embedding of `emotion`: how strongly boredom and frustration are shown, as "
        "log-odds at equal chances beforehand. Both are weak evidence; what they may change in a profile is "
        "bounded (docs/states.md).",
        "DAiSEE (Gupta et al. 2016), one face crop of each of 5,358 clips of 69 persons, adults from one "
        "country at webcams watching lectures. DAiSEE is for research only, and so are these weights. Its "
        "labels belong to ten seconds and were given by onlookers; boredom is no fact of a single frame. "
        "Level 1 was left out of training and scoring. The other states of EmoPOI have no labelled data "
        "here: Happy, Excited, Sad, Worried and Neutral are derived from expressions and their course, "
        "Exhausted from eyelids and yawns (PERCLOS).",
    ),
    "multi_head": (
        "One encoder for expression, age and gender from one grey crop: for the smallest devices. Coarser "
        "in age than `age_gender`.",
        "FER2013 with FER+ votes and UTKFace, as in `emotion` and `age_gender`.",
    ),
} | NETWORKS_ABOUT  # fmt: skip

_REAL_CLIPS = """\
No set of labelled real clips large enough to score is at hand. The acted clips there are, through detector,
tracker and reader, frames read as the actor meant:"""

_OUT_OF_SCOPE = """\
- Inferring emotion at work or in education (forbidden by Art. 5(1)(f) of the EU AI Act, medical and
  safety uses aside), hiring, policing, border control, insurance, credit.
- Diagnosis or therapy. An expression shown is not a feeling.
- Identifying people. Reading gender identity: the output is how a presentation is read.
- Proof of age. The estimate errs by years; see the figures by group.
- Decisions about a person without that person."""


def card_text(manifest: Manifest) -> str:
    """The card as Markdown."""
    if manifest.task == "head":
        return head_card(manifest, _OUT_OF_SCOPE)
    data = manifest.data
    about, training = _ABOUT[manifest.name]
    lines = [f"# {manifest.name}", "", about, "", "## Files", ""]
    lines += ["| file | variant | bytes | sha256 |", "|---|---|---|---|"]
    for variant, file in manifest.files.items():
        mark = " (default)" if variant == manifest.default else ""
        lines.append(f"| {file.path} | {variant}{mark} | {file.bytes:,} | `{file.sha256[:16]}` |")
    lines += ["", *_inside(manifest)]
    lines += [f"{data['parameters']:,} parameters. Made by `{data['recipe']}`, {_length(data)}, "
              f"seed {data['seed']}, one run{_note(data)}.", ""]  # fmt: skip
    licence = data["licence"]
    lines += ["## Licence", "", f"Code: {licence['code']}. Weights: {licence['weights']}.", ""]
    lines += ["## Data", "", training, ""]
    lines += ["## Figures", "", *_figures(manifest), ""]
    lines += ["## Not for", "", _OUT_OF_SCOPE, ""]
    return "\n".join(lines)


def _note(data: Mapping[str, Any]) -> str:
    """What else there is to say about the run."""
    return f" ({data['note']})" if "note" in data else ""


def _length(data: Mapping[str, Any]) -> str:
    return f"{data['epochs']} epochs" if data["epochs"] else "solved in one go"


def _inside(manifest: Manifest) -> list[str]:
    runtimes = manifest.data.get("runtimes")
    if not runtimes:
        return []
    return [
        f"Each file was compared with the Keras network on {', '.join(runtimes)}, uses TFLite's own "
        "operators alone and says what it is: `unzip -p model.tflite metadata.json`.",
        "",
    ]


def _figures(manifest: Manifest) -> list[str]:
    measured = manifest.data["measured"]
    if manifest.name == "states":
        return _state_figures(manifest)
    if manifest.name in NETWORKS_ABOUT:
        return network_figures(manifest)
    if "made_clips_of_public_test" in measured:
        return _clip_figures(measured)
    lines = [
        "Measured on the TFLite files, single crop, on the validation split that also chose the recipe and "
        "the temperatures. Test splits are kept back. `keras` is the network that the files were made of.",
        "",
    ]
    default = measured[manifest.default]
    if "fer2013_public_test" in default:
        names = ("accuracy", "accuracy_no_dup", "macro_f1", "ece", "ferplus_accuracy")
        lines += _table(manifest, "fer2013_public_test", names)
        lines += ["Repeat: `emopoi evaluate emotion public_test.parquet --model " + manifest.name + "`", ""]
        lines += _abstention(default["fer2013_public_test"].get("abstention", []))
        lines += _confusion(default["fer2013_public_test"]["confusion"])
    if "age_gender_valid" in default:
        names = (
            "age_mae", "age_mae_of_mean", "age_bias", "age_within_5", "age_coverage90", "gender_accuracy",
        )  # fmt: skip
        lines += _table(manifest, "age_gender_valid", names)
        lines += ["Repeat: `emopoi evaluate age-gender valid.parquet --model " + manifest.name + "`", ""]
        lines += _age_range(manifest, default["age_gender_valid"])
        lines += _groups("age", default["age_gender_valid"].get("by_age", {}))
        lines += _groups("gender and age", default["age_gender_valid"]["by_group"])
        lines += ["Groups of fewer than 50 pictures allow no claim.", ""]
    return lines + _robustness(manifest.data.get("robustness", {}))


def _state_figures(manifest: Manifest) -> list[str]:
    left_out = manifest.data["heads"]
    lines = [
        "Balanced accuracy of level 2 and 3 against level 0, single crop. Penalty, scale and threshold were "
        "chosen on persons of train left out in turn; validation (19 other persons) was looked at while the "
        "form of the heads was sought, but sets no number. The official test part is kept back.",
        "",
        "| file | boredom | n | frustration | n |",
        "|---|---|---|---|---|",
    ]
    for variant, figures in manifest.data["measured"].items():
        for name, how in (
            ("daisee_validation", "faces found and aligned, as on the device"),
            ("daisee_validation_not_aligned", "pictures as they are"),
        ):
            cells = [
                f"{figures[name][state]['balanced_accuracy']:.4f} | {figures[name][state]['n']}"
                for state in ("boredom", "frustration")
            ]
            lines.append(f"| {variant}, validation, {how} | {' | '.join(cells)} |")
    chosen = [
        f"{head['balanced_accuracy_left_out_persons'][format(head['penalty'], 'g')]:.4f} | "
        for head in (left_out["boredom"], left_out["frustration"])
    ]
    lines.append(f"| Keras, persons of train left out, pictures as they are | {' | '.join(chosen)} |")
    repeat = "`emopoi evaluate states validation.parquet --model states --json`"
    return [*lines, "", f"A guess has 0.5. Repeat: {repeat}", ""]


def _table(manifest: Manifest, key: str, names: tuple[str, ...]) -> list[str]:
    measured = manifest.data["measured"]
    lines = [f"{key} ({measured[manifest.default][key]['n']:,} pictures):", ""]
    lines += ["| variant | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    rows = measured | ({"keras": manifest.data["keras"]} if manifest.data.get("keras") else {})
    for variant, figures in rows.items():
        lines.append(f"| {variant} | " + " | ".join(_number(figures[key].get(name)) for name in names) + " |")
    return [*lines, ""]


def _number(value: float | None, digits: int = 4) -> str:
    return "" if value is None else f"{value:.{digits}f}"


def _abstention(curve: list[dict[str, Any]]) -> list[str]:
    if not curve:
        return []
    lines = [
        "Saying nothing where it is unsure: the share of faces answered, the confidence that this asks for, "
        "and the accuracy of the answers:",
        "",
        "| answered | confidence | accuracy |",
        "|---|---|---|",
    ]
    lines += [
        f"| {point['coverage']:.0%} | {point['threshold']:.3f} | {point['accuracy']:.4f} |" for point in curve
    ]
    return [*lines, ""]


def _confusion(confusion: dict[str, Any]) -> list[str]:
    labels = confusion["labels"]
    lines = ["Labelled (rows) and found (columns):", "", "| | " + " | ".join(labels) + " |", "|---" * 8 + "|"]
    rows = zip(labels, confusion["rows_true"], strict=True)
    return [*lines, *(f"| {label} | " + " | ".join(map(str, row)) + " |" for label, row in rows), ""]


def _age_range(manifest: Manifest, figures: dict[str, Any]) -> list[str]:
    lines = []
    held = manifest.data.get("age_coverage90_of_other_half")
    if held:
        lines += [
            f"The 90 % range holds {figures['age_coverage90']:.1%} of the labelled ages. Its width was "
            "fitted on each half of the rows (every second one) and scored on the other: "
            f"{held[0]:.1%} and {held[1]:.1%}, {sum(held) / len(held):.1%} together; the temperature is the "
            "mean of the two.",
            "",
        ]
    if "children_n" in figures:
        lines += [
            f"Of {figures['children_n']} children under 13, {figures['children_read_as_adults']:.1%} "
            "are read as 18 or older.",
            "",
        ]
    return lines


def _groups(name: str, groups: dict[str, Any]) -> list[str]:
    if not groups:
        return []
    columns = {
        "age_mae": ("age MAE", 1), "age_bias": ("bias", 1), "age_within_5": ("within 5", 3),
        "age_coverage90": ("in the 90 % range", 3), "gender_accuracy": ("gender accuracy", 3),
    }  # fmt: skip
    shown = [key for key in columns if any(key in group for group in groups.values())]
    lines = [
        f"By labelled {name}:",
        "",
        "| group | n | " + " | ".join(columns[key][0] for key in shown) + " |",
    ]
    lines.append("|---" * (len(shown) + 2) + "|")
    for band, group in groups.items():
        figures = " | ".join(_number(group.get(key), columns[key][1]) for key in shown)
        lines.append(f"| {band} | {group['n']} | {figures} |")
    return [*lines, ""]


def _robustness(figures: dict[str, Any]) -> list[str]:
    if not figures:
        return []
    said = []
    if "accuracy" in figures:
        said.append(f"accuracy {figures['accuracy']:.4f} ({100 * figures['accuracy_drop']:.1f} points lower)")
    if "age_mae" in figures:
        said.append(f"age MAE {figures['age_mae']:.2f} ({figures['age_mae_rise']:+.2f} years)")
        said.append(
            f"gender accuracy {figures['gender_accuracy']:.4f} "
            f"({100 * figures['gender_accuracy_drop']:.1f} points lower)"
        )
    return [
        f"Cut with a wrong scale (up to {figures['scale']:.0%} either way) and place (up to "
        f"{figures['position']:.0%} of the side, at random; where the square leaves the tight crop its "
        f"edge is repeated): {', '.join(said)}. Repeat with "
        f"`--shake {figures['scale']:g},{figures['position']:g}`.",
        "",
    ]


def _clip_figures(measured: dict[str, Any]) -> list[str]:
    lines = [
        "On made-up clips of public_test stills, which training left out; the TFLite files and their rivals "
        "on the same outputs of the frozen `emotion`:",
        "",
        *made_clips_table(measured["made_clips_of_public_test"]),
        "",
        "A change that is never followed counts as long as it lasted. Repeat: `python -m "
        "training.compare_over_time --data DATA --model NAME`; docs/time.md explains the columns.",
    ]
    if "labelled_clips" not in measured:
        return lines
    real = labelled_clips_table(measured["labelled_clips"])
    return [*lines, "", _REAL_CLIPS, "", *real, "", reason(measured)]
