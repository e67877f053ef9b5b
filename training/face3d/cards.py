"""Cards of the head and of the networks beside it, filled from their manifests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emopoi.runtime.manifest import Manifest

HEAD_ABOUT = """\
A head of which only the face is modelled, in FLAME's format: MediaPipe's 468 points are its skin, eyes
and mouth are cut open; eyeballs, teeth, the inside of the mouth and joints (neck, jaw, eyes) are made
by rule. {identity} identity modes, {expressions} expressions with ARKit's names, texture coordinates.
jawOpen is a shape; the jaw joint is there for those who pose it, and not to be used with jawOpen
together."""

HEAD_DATA = """\
Points that MediaPipe's landmark network (Apache-2.0) places on the training pictures of UTKFace and
FER2013 (both for research; rights in the pictures stay with their owners), found as
`training/face3d/meshes.py` does. ICT Face Model Light (ICT-FaceKit; Li et al. 2020; MIT licence,
Copyright (c) 2020 USC Institute for Creative Technologies) was fitted to them as a teacher: its
coefficients say which face shows which expression, its fields at the points are where learning starts,
and mean and fields then move to what explains the points best. Triangles and texture layout are those
of MediaPipe's canonical face (Apache-2.0), with eyes and mouth cut open. FLAME has no part in it."""

HEAD_NOTICES = """\
ICT Face Model Light: Copyright (c) 2020 USC Institute for Creative Technologies. Permission is hereby
granted, free of charge, to any person obtaining a copy of this software and associated documentation
files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software,
and to permit persons to whom the Software is furnished to do so, subject to the following conditions:
The above copyright notice and this permission notice shall be included in all copies or substantial
portions of the Software. THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR
PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM,
DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR
IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.

MediaPipe's canonical face: Copyright The MediaPipe Authors, Apache License 2.0 (as LICENSE of this
project); changed: places of the vertices learned anew, triangles of eyes and mouth left out, parts
added."""

HEAD_LIMITS = """\
- Depth is what MediaPipe's network guesses: a face measured with it is no scan, and no measure of health.
- Gaze (eyeLook*) and eyeWide hardly show in 468 points: see the table. MediaPipe's points follow closing
  eyelids badly; the eye network corrects them (docs/face3d.md).
- Ears, neck and skull are not modelled; teeth and tongue are the same in everybody.
- Skin of any colour takes the same shape; the pictures' pool is unbalanced in age (see `age_gender`), and
  how well faces of different groups are met was not measured apart."""

NETWORKS_ABOUT = {
    "face_coefficients": (
        "Reads the coefficients of `head` off the 468 points of one face, aligned to the mean face: "
        "identity, expressions with ARKit's names, and what alignment missed of the pose. It stands in for "
        "the solver where its few milliseconds are too many.",
        "Points that MediaPipe's landmark network places on the training pictures of UTKFace and FER2013 "
        "(for research), targets what the solver says of them; as many faces again made of one face's "
        "identity, another's expression and a third one's residual.",
    ),
    "coefficient_emotion": (
        "Names the expression (FER-7) from coefficients of `head` alone, no pixel: how much of an "
        "expression its coefficients carry. In a profile the network on pixels speaks, never this one.",
        "FER2013's training split without rows whose pixels occur in public_test, rows voted \"not a "
        "face\" and exact copies, each picture's points solved by themselves and once more as in a mirror. "
        "FER2013's pictures were found by web search; rights in them stay with their owners: research "
        "data.",
    ),
    "landmark_emotion": (
        "Names the expression (FER-7) from 468 face points alone: no pixel is read after them, so light, "
        "skin and background play no part but through the points, and pictures need not be kept. For "
        "`emopoi recognize --from landmarks` and `emopoi evaluate expression3d`.",
        "FER2013's training split without rows whose pixels occur in public_test, rows voted \"not a "
        "face\" and exact copies: points that MediaPipe's landmark network (Apache-2.0) places on them, "
        "mirrored and shaken. Targets are the labels, the votes of FER+ and the answers of `emotion`, the "
        "network of pictures, to the same faces. FER2013's pictures were found by web search; rights in them "
        "stay with their owners: research data.",
    ),
    "face_regressor": (
        "Reads the coefficients of `head` off the pixels of one face crop: identity, expressions with "
        "ARKit's names, the head's turn, the camera, colours of the skin (modes in `albedo.npz`) and light. "
        "It needs no landmark network; where that is at hand, "
        "`reconstruct` uses points, which are far more exact.",
        "Pictures of UTKFace and FER2013 (for research; rights in the pictures stay with their owners) in "
        "which MediaPipe's landmark network sees a face: where its points lie and what the landmark solver "
        "says of them. Both err, and what they get wrong was learned too. Then by looking: the drawn face "
        "should have the picture's colours, its expression to the eyes of `emotion`, and its lips to those "
        "of a mouth network that was trained on the same faces.",
    ),
    "face_detail": (
        "Reads a code of a person's folds and wrinkles off the pixels of one face, for `face_detail_map`. "
        "What it adds is slight (see there); beards, shadows and glasses become relief, too.",
        "Pictures of UTKFace (for research; rights in the pictures stay with their owners). What is "
        "compared is how the displaced head looks when it is drawn; there is no scan in it.",
    ),
    "face_detail_map": (
        "Makes of a code of `face_detail` and of expressions a map of displacements of `head`, along its "
        "normals, in its layout of textures, in outer-eye distances.",
        "As of `face_detail`: both were trained together.",
    ),
}  # fmt: skip
"""What each network is for, and its data."""


def network_figures(manifest: Manifest) -> list[str]:
    """Figures of a network beside the head, as Markdown lines."""
    measured = manifest.data["measured"]
    if manifest.name == "face_regressor":
        return _pixel_figures(measured)
    if manifest.name in ("face_detail", "face_detail_map"):
        return _detail_figures(measured)
    if manifest.name == "face_coefficients":
        names = ("expression_correlation", "identity_correlation", "turn_error_deg")
        first = (
            "Against the solver, on faces of UTKFace valid: median correlation over expressions and over "
            "identity modes, and the mean error of the head's turn in degrees."
        )
    else:
        names = ("accuracy", "n_found", "accuracy_found", "macro_f1")
        first = (
            "FER2013 public_test, each picture by itself. Accuracy counts all pictures, also those in which "
            "the landmark network sees no face (it places points all the same); accuracy_found those in "
            "which it does. Repeat: `emopoi evaluate expression3d public_test.parquet --json"
            + ("`." if manifest.name == "landmark_emotion" else " --method solver`.")
        )
    lines = [first, "", "| file | n | " + " | ".join(names) + " |", "|---" * (len(names) + 2) + "|"]
    for variant, figures in measured.items():
        cells = " | ".join(_cell(name, figures[name]) for name in names)
        lines.append(f"| {variant} | {figures['n']:,} | {cells} |")
    return lines


def _pixel_figures(measured: Mapping[str, Any]) -> list[str]:
    watched = list(next(iter(measured.values()))["correlation"])
    lines = [
        "UTKFace valid, each face by itself, against MediaPipe's points and the landmark solver: mean error "
        "over the distance of the outer eye corners, median angle between the two heads, and correlation of "
        "expressions over faces (of two sides the lower). Inner lips: mean error of their opening, over the "
        "same distance.",
        "",
        "| file | n | error | turn, degrees | inner lips | " + " | ".join(watched) + " |",
        "|---" * (len(watched) + 5) + "|",
    ]
    for variant, figures in measured.items():
        cells = " | ".join(f"{figures['correlation'][name]:.3f}" for name in watched)
        lines.append(
            f"| {variant} | {figures['n']:,} | {figures['error']:.2%} | {figures['turn_median_deg']:.2f} | "
            f"{figures['lips']:.2%} | {cells} |"
        )
    return lines


def _detail_figures(measured: Mapping[str, Any]) -> list[str]:
    if not measured:
        return ["What it adds stands in the card of `face_detail_map`."]
    lines = [
        "UTKFace valid: mean error of the drawn skin's colours over their range, without and with detail. A "
        "head with folds as `reconstruct --detail` makes it adds up what single expressions add.",
        "",
        "| file | n | without | with detail | lower by |",
        "|---|---|---|---|---|",
    ]
    for variant, figures in measured.items():
        lines.append(
            f"| {variant} | {figures['n']:,} | {figures['without']:.4f} | {figures['with_detail']:.4f} | "
            f"{1 - figures['with_detail'] / figures['without']:.1%} |"
        )
    return lines


def _cell(name: str, value: float) -> str:
    return f"{value:,}" if name.startswith("n_") else f"{value:.4f}"


def head_card(manifest: Manifest, out_of_scope: str) -> str:
    """The head's card as Markdown.

    Args:
        manifest: of the head.
        out_of_scope: lines of what no model here is for.
    """
    data = manifest.data
    file = manifest.files[manifest.default]
    about = HEAD_ABOUT.format(identity=data["identity"], expressions=len(data["expressions"]))
    lines = [f"# {manifest.name}", "", about, "", "## Files", ""]
    lines += ["| file | variant | bytes | sha256 |", "|---|---|---|---|"]
    lines += [f"| {file.path} | npz (default) | {file.bytes:,} | `{file.sha256[:16]}` |", ""]
    lines += [
        f"{data['vertices']:,} vertices, {data['triangles']:,} triangles, a unit is {data['unit_m']} m. "
        f"Made by `{data['recipe']}`, seed {data['seed']}. golden.npz: a face by formula, its vertices.",
        "",
        "## Licence",
        "",
        f"Code: {data['licence']['code']}. Head: {data['licence']['weights']}.",
        "",
        "Notices:",
        "",
        HEAD_NOTICES,
        "",
        "## Data",
        "",
        HEAD_DATA,
        "",
        "## Figures",
        "",
        *head_figures(data["measured"]),
        "",
        "## Limits",
        "",
        HEAD_LIMITS,
        "",
        "## Not for",
        "",
        out_of_scope,
    ]
    return "\n".join(lines) + "\n"


def head_figures(measured: Mapping[str, Any]) -> list[str]:
    """Tables of `measure`, as Markdown lines."""
    photos = measured["photos"]
    lines = [
        "Error: mean distance of the head's points from MediaPipe's in the picture, over the distance of the "
        "outer eye corners. It tells how well the head can take the form of what the network sees, not how "
        "right the network is. Repeat: `python -m training.face3d.measure --data DATA`.",
        "",
        "| pictures | n | mean error | median | 95th percentile |",
        "|---|---|---|---|---|",
        f"| UTKFace valid, each face by itself | {photos['n']} | {photos['mean']:.2%} | "
        f"{photos['median']:.2%} | {photos['p95']:.2%} |",
        "",
        "| clip | frames | error | jitter, smoothed | not smoothed | lips against points, r | jawOpen, r |",
        "|---|---|---|---|---|---|---|",
    ]
    tracks = [(name, track) for name, told in measured["clips"].items() for track in told]
    tracks += [("a photo with a camera's noise", track) for track in measured["still"]]
    for name, track in tracks:
        lines.append(
            f"| {name} | {track['frames']} | {track['error']:.2%} | {track['jitter_smoothed']:.4f} | "
            f"{track['jitter_not_smoothed']:.4f} | {_number(track['mouth_correlation'])} | "
            f"{_number(track.get('jaw_open_correlation'))} |"
        )
    lines += [
        "",
        "Jitter: root mean square second difference of the expressions, frame to frame. Lips: the distance "
        "of the inner lips of the posed head over time against that of the points. Where a mouth hardly "
        "moves, r says little.",
        "",
        "Recovery: 400 faces made of known coefficients, points off by 1.3 % of the eye distance on the "
        "mean; correlation of each expression's coefficient with the true one.",
        "",
        "| error of the points | median | eyeBlink | jawOpen | mouthSmile | mouthPucker | weakest |",
        "|---|---|---|---|---|---|---|",
    ]
    for label, told in measured["recovery"].items():
        weakest = ", ".join(f"{name} {value:.2f}" for name, value in list(told["worst"].items())[:4])
        pairs = [min(told[f"{name}Left"], told[f"{name}Right"]) for name in ("eyeBlink", "mouthSmile")]
        lines.append(
            f"| {label} | {told['median']:.3f} | {pairs[0]:.3f} | {told['jawOpen']:.3f} | {pairs[1]:.3f} | "
            f"{told['mouthPucker']:.3f} | {weakest} |"
        )
    return lines


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
