"""Model cards, filled from the manifest: no figure is typed by hand."""

from __future__ import annotations

from typing import Any

from emopoi.runtime.manifest import Manifest

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
        "state in, FER-7 and the state out. A track starts with zeros. It reads the outputs of `emotion`.",
        "Clips made of FER2013 stills (see `emotion`): a still seen through new augmentations, worsened now "
        "and then (blur, darkness, compression, a covered half), then a second still. No real video was "
        "used, and the two stills of a clip show different people: what it learned is to distrust bad "
        "frames and to follow changes.",
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
    "multi_head": (
        "One encoder for expression, age and gender from one grey crop: for the smallest devices. Coarser "
        "in age than `age_gender`.",
        "FER2013 with FER+ votes and UTKFace, as in `emotion` and `age_gender`.",
    ),
}  # fmt: skip

_REAL_CLIPS = """\
No set of labelled real clips large enough to score is at hand. On the two acted clips there are, the plain
frame (`emopoi recognize --temporal none`) does better: frames read as the actor meant, happy 62 of 75 alone
and 54 of 75 with the LSTM, angry 35 of 81 alone and 19 of 81 with the LSTM, which finds disgust in 25."""

_OUT_OF_SCOPE = """\
- Inferring emotion at work or in education (forbidden by Art. 5(1)(f) of the EU AI Act, medical and
  safety uses aside), hiring, policing, border control, insurance, credit.
- Diagnosis or therapy. An expression shown is not a feeling.
- Identifying people. Reading gender identity: the output is how a presentation is read.
- Proof of age. The estimate errs by years; see the figures by group.
- Decisions about a person without that person."""


def card_text(manifest: Manifest) -> str:
    """The card as Markdown."""
    data = manifest.data
    about, training = _ABOUT[manifest.name]
    lines = [f"# {manifest.name}", "", about, "", "## Files", ""]
    lines += ["| file | variant | bytes | sha256 |", "|---|---|---|---|"]
    for variant, file in manifest.files.items():
        mark = " (default)" if variant == manifest.default else ""
        lines.append(f"| {file.path} | {variant}{mark} | {file.bytes:,} | `{file.sha256[:16]}` |")
    lines += ["", f"{data['parameters']:,} parameters. Made by `{data['recipe']}`, {data['epochs']} epochs, "
              f"seed {data['seed']}, one run.", ""]  # fmt: skip
    licence = data["licence"]
    lines += ["## Licence", "", f"Code: {licence['code']}. Weights: {licence['weights']}.", ""]
    lines += ["## Data", "", training, ""]
    lines += ["## Figures", "", *_figures(manifest), ""]
    lines += ["## Not for", "", _OUT_OF_SCOPE, ""]
    return "\n".join(lines)


def _figures(manifest: Manifest) -> list[str]:
    measured = manifest.data["measured"]
    if "made_clips_of_public_test" in measured:
        return _clip_figures(measured["made_clips_of_public_test"])
    lines = [
        "Measured on the TFLite files, single crop, on the validation split that also chose the recipe and "
        "(every second row) the temperature. Test splits are kept back.",
        "",
    ]
    default = measured[manifest.default]
    if "fer2013_public_test" in default:
        names = ("accuracy", "accuracy_no_dup", "macro_f1", "ece", "ferplus_accuracy")
        lines += _table(measured, "fer2013_public_test", names)
        lines += ["Repeat: `emopoi evaluate emotion public_test.parquet --model " + manifest.name + "`", ""]
        lines += _confusion(default["fer2013_public_test"]["confusion"])
    if "age_gender_valid" in default:
        names = ("age_mae", "age_mae_of_mean", "age_within_5", "age_coverage90", "gender_accuracy")
        lines += _table(measured, "age_gender_valid", names)
        lines += ["Repeat: `emopoi evaluate age-gender valid.parquet --model " + manifest.name + "`", ""]
        lines += _groups(default["age_gender_valid"]["by_group"])
    return lines


def _table(measured: dict[str, Any], key: str, names: tuple[str, ...]) -> list[str]:
    lines = [f"{key} ({next(iter(measured.values()))[key]['n']:,} pictures):", ""]
    lines += ["| variant | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    for variant, figures in measured.items():
        lines.append(f"| {variant} | " + " | ".join(f"{figures[key][name]:.4f}" for name in names) + " |")
    return [*lines, ""]


def _confusion(confusion: dict[str, Any]) -> list[str]:
    labels = confusion["labels"]
    lines = ["Labelled (rows) and found (columns):", "", "| | " + " | ".join(labels) + " |", "|---" * 8 + "|"]
    rows = zip(labels, confusion["rows_true"], strict=True)
    return [*lines, *(f"| {label} | " + " | ".join(map(str, row)) + " |" for label, row in rows), ""]


def _groups(groups: dict[str, Any]) -> list[str]:
    lines = [
        "By labelled gender and age:",
        "",
        "| group | n | age MAE | gender accuracy |",
        "|---|---|---|---|",
    ]
    for name, group in groups.items():
        lines.append(f"| {name} | {group['n']} | {group['age_mae']:.1f} | {group['gender_accuracy']:.3f} |")
    return [*lines, "", "Groups of fewer than 50 pictures allow no claim.", ""]


def _clip_figures(results: dict[str, Any]) -> list[str]:
    names = ("accuracy", "accuracy_worsened", "median_delay_ms", "p90_delay_ms")
    lines = [
        "On 4,000 clips of 16 frames made of public_test stills, which training left out; the TFLite files "
        "and their rivals on the same embeddings of the Keras frame network:",
        "",
        "| method | " + " | ".join(names) + " |",
        "|---" * (len(names) + 1) + "|",
    ]
    for method, figures in results.items():
        lines.append(f"| {method} | " + " | ".join(f"{figures[name]:g}" for name in names) + " |")
    lines += [
        "",
        "`accuracy_worsened` counts worsened frames alone. Delays are at 25 frames/s, over clips read right "
        "in their last frame. Repeat: `python -m training.compare_over_time --data DATA --model NAME`.",
    ]
    return [*lines, "", _REAL_CLIPS]
