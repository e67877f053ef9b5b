"""Cards of the networks of the voice, filled from their manifests: no figure is typed by hand."""

from __future__ import annotations

from typing import Any

from emopoi.runtime.manifest import Manifest

_VOICES = """\
RAVDESS (Livingstone & Russo 2018), spoken part: 899 clips of 15 North American actors, two sentences, eight
emotions; nEMO (Christop 2024), 2,246 clips of 5 Polish actors, 90 sentences but 15, six emotions. Both are
acted, and given out under CC BY-NC-SA 4.0; so are these weights. Valid are other speakers: 4 of RAVDESS, 2 of
nEMO. None of this speech is clinical, and none is spontaneous."""

_FACES = """\
Four recordings of one Mandarin speaker with 116 blendshape weights each (FACEGOOD's Audio2Face, MIT; about
25 of the weights ever move), and 20 s of an iPhone capture (NeuroSync). One speaker's lips are what the
network knows. No data at hand has voice, face and emotion together: what an emotion does to a face is the
mean of FER2013's training pictures of that label (for research), as coefficients of the shipped head, less
that of neutral, added to the moving mouth. The codes are those of `voice_emotion`, trained on RAVDESS and
nEMO (CC BY-NC-SA 4.0)."""

_OUT_OF_SCOPE = """\
- Telling what somebody feels, or whether somebody lies: a voice is heard, not a mind.
- Work and education (EU AI Act, Art. 5(1)(f)), medicine, policing, hiring.
- Without the consent of who is heard."""


def emotion_card(manifest: Manifest) -> str:
    """The card of the network that hears emotion."""
    figures = manifest.data["measured"]
    lines = [
        "# voice_emotion",
        "",
        "Hears how something is said: eight labels and a code of 64 numbers, from up to 3.2 s of log-mel "
        "frames whose level was removed.",
        "",
        "## Data",
        "",
        _VOICES,
        "",
        "## Figures",
        "",
        "Through the device's reader, whole clips, other speakers than in training, answers among the labels "
        "of the clip's collection; one run.",
        "",
        "| file | collection | clips | UAR | accuracy | UAR among all eight | chance |",
        "|---|---|---|---|---|---|---|",
    ]
    for variant, figure in figures.items():
        for source, own in figure["by_source"].items():
            lines.append(
                f"| {variant} | {source} | {own['n']} | {own['uar']:.3f} | {own['accuracy']:.3f} | "
                f"{own['uar_open']:.3f} | {own['chance']:.3f} |"
            )
    lines += ["", "`emopoi evaluate voice DATA/voice_emotion/valid.parquet --json` repeats them.", ""]
    lines += ["Recall by label, default file:", "", "| collection | label | recall |", "|---|---|---|"]
    for source, own in figures[manifest.default]["by_source"].items():
        confusion = own["confusion"]
        for label, row in zip(confusion["labels"], confusion["rows_true"], strict=True):
            if sum(row):
                place = confusion["labels"].index(label)
                lines.append(f"| {source} | {label} | {row[place] / sum(row):.2f} |")
    lines += [
        "",
        "## Limits",
        "",
        "- Other languages, spontaneous speech and other rooms were not measured on; expect less.",
        "- Music and noise are read as if they were a voice; silence is not read.",
        "- Calm and neutral are alike by design in RAVDESS.",
        "- The temperature of the confidence was fitted on valid itself.",
        "",
    ]
    return "\n".join(lines + _end(manifest))


def face_card(manifest: Manifest) -> str:
    """The card of the voice-driven face."""
    lines = [
        "# voice_face",
        "",
        "Moves a face by a voice: 100 ms of log-mel frames and the last second of them in, five sets of "
        "coefficients out, FACEGOOD's 116 and ARKit's 51, by an emotion code and an intensity from 0 to 2.",
        "",
        "## Data",
        "",
        _FACES,
        "",
        "## Figures",
        "",
        f"{manifest.data['held_out']}, never trained on, neutral, through the streaming form. The mean face "
        "is that clip's own.",
        "",
        "| file | jaw correlation | MAE | MAE of the mean face | below it | ms a call | real-time factor | "
        "latency ms |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for variant, figure in manifest.data["measured"].items():
        lines.append(
            f"| {variant} | {figure['jaw_correlation']:.3f} | {figure['mae']:.5f} | "
            f"{figure['mae_of_mean_face']:.5f} | {figure['mae_below_mean_face']:.1%} | "
            f"{figure['ms_a_call']:.2f} | {figure['real_time_factor']:.4f} | {figure['latency_ms']} |"
        )
    held = manifest.data["held_out"]
    lines += [
        "",
        f"`emopoi evaluate voice DATA/voice_face/pairs.parquet --face --clip {held} --json` repeats them.",
        "",
        "## Limits",
        "",
        "- The held-out clip is of the same speaker: other voices and languages were not measured on.",
        "- Tongue, gaze and blinks are not moved. How well lips close at p, b and m was not measured; "
        "mouthClose never moves.",
        "- A head needs ARKit's names.",
        "",
    ]
    return "\n".join(lines + _end(manifest))


def _end(manifest: Manifest) -> list[str]:
    licence: dict[str, Any] = manifest.data["licence"]
    rows = [
        f"| {file.path} | {variant} | {file.bytes / 1000:.0f} KB | {file.sha256[:16]} |"
        for variant, file in manifest.files.items()
    ]
    return [
        "## Files",
        "",
        "| file | variant | size | sha256 begins |",
        "|---|---|---|---|",
        *rows,
        "",
        "## Not for",
        "",
        _OUT_OF_SCOPE,
        "",
        "## Licence and origin",
        "",
        f"Code: {licence['code']}. Weights: {licence['weights']}. Made by "
        f"`{manifest.data['recipe']}` and `python -m training.voice.publish`, {manifest.data['epochs']} "
        f"epochs, seed {manifest.data['seed']}.",
        "",
    ]
