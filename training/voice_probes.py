"""Ask what the two codes of a voice hold, and whether an emotion can be swapped.

python -m training.voice_probes --data DATA --run runs/voice [--judge runs/judge] [--out FILE]

For RAVDESS and nEMO each, on the speakers of valid, with ranges over drawn speakers:
- emotion from the content code: a probe of steps that votes, and one of the code pooled over the clip, both
  fitted on the speakers of train; near chance where the content code holds no emotion. Beside it the same of
  timing alone (how long the clip and its pauses are), which no code with a step every 20 ms can forget;
- speaker and sentence from the emotion code, by probes fitted on other sentences and on other speakers; near
  chance where the emotion code holds neither;
- swap: the words of clip A are told again with the emotion code of clip B, and a classifier that had no part
  in the training names the emotion: a logistic regression on statistics of log-mel frames, or with --judge
  the network of another run. It is asked about real clips too.
RUN must have been trained with the decoder (--reconstruction above 0).
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from emopoi.evaluation.voice_metrics import chance_recall, unweighted_recall
from emopoi.models.voice.emotion_encoder import FRAMES
from emopoi.preprocess.voice_level import FLOOR
from training.recipe_options import existing_folder, run_recipe
from training.run_folder import load_weights, replace_file
from training.voice.encoders import encoder_of_run
from training.voice.face_recipe import VoiceFaceRecipe
from training.voice.face_rows import past_frames, speaker_frames, stretch
from training.voice.probes import (
    PROBES,
    ProbeData,
    bootstrapped,
    frames_probe,
    make_probe,
    pooled,
    probe,
    probe_in_folds,
    timing,
    with_interval,
)
from training.voice.voice_clips import VoiceClips, load_voice_clips

_PAIRS = 400


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    from training.command_line import OneLineParser

    parser = OneLineParser(prog="python -m training.voice_probes", description=__doc__, allow_abbrev=False)
    add = parser.add_argument
    add("--data", type=existing_folder, required=True, metavar="DATA", help="holds voice_emotion/")
    add("--run", type=existing_folder, required=True, metavar="RUN", help="of training.voice, with a face")
    add("--judge", type=existing_folder, metavar="RUN", help="another run, whose network judges swaps")
    add("--clips", type=int, default=1500, metavar="N", help="training clips that probes are fitted on")
    add("--out", type=Path, metavar="FILE", help="write the figures there too")
    options = parser.parse_args(arguments)
    figures = probe_all(options)
    text = json.dumps(figures, indent=2)
    if options.out:
        replace_file(options.out, lambda temporary: temporary.write_text(text + "\n"))
    print(text)


def probe_all(options: argparse.Namespace) -> dict[str, Any]:
    """All figures by source."""
    from training.voice.scoring import told_by

    recipe = VoiceFaceRecipe()
    folder = options.data / "voice_emotion"
    train, valid = (
        load_voice_clips(folder / f"{part}.parquet", options.run / "frames") for part in ("train", "valid")
    )
    train = train.rows(np.sort(np.random.default_rng(1).permutation(len(train))[: options.clips]))
    codes = told_by(encoder_of_run(options.run), valid)["code"]
    said = {
        name: content_codes(options.run, recipe, clips)
        for name, clips in (("train", train), ("valid", valid))
    }
    result = {}
    for source in np.unique(valid.source):
        print(f"probing {source}", file=sys.stderr, flush=True)
        own, seen = valid.source == source, train.source == source
        there = valid.rows(own)
        content = [code for code, mine in zip(said["valid"], own, strict=True) if mine]
        known = [code for code, mine in zip(said["train"], seen, strict=True) if mine]
        result[str(source)] = {
            "emotion_of_content_code": _content(known, train.label[seen], content, there),
            "emotion_of_timing": _timing(train.rows(seen), there),
            "of_emotion_code": _emotion_code(codes[own], there),
            "swap": _swap(options, recipe, train.rows(seen), there, codes[own], content),
        }
    return result


def content_codes(run: Path, recipe: VoiceFaceRecipe, clips: VoiceClips) -> list[np.ndarray]:
    """Content codes of clips as a stream hears them: float32 (steps, code) each."""
    from emopoi.models.voice.content_encoder import build_content_encoder

    past = past_frames(recipe.content, recipe.face)
    frames = past + FRAMES
    network = build_content_encoder(frames, recipe.content)
    load_weights(network, run / "voice_content.weights.h5")
    given = np.stack(
        [stretch(mel[:count], 0, past, FRAMES) for mel, count in zip(clips.heard, clips.counts, strict=True)]
    )
    told = np.concatenate([np.asarray(network(given[at : at + 64])) for at in range(0, len(given), 64)])
    # Steps up to the clip's own end; those before its first frame are of silence.
    skipped = told.shape[1] - FRAMES // 2
    return [
        code[skipped : skipped + max(2, min(int(count), FRAMES) // 2)].astype(np.float32)
        for code, count in zip(told, clips.counts, strict=True)
    ]


def _content(
    known: list[np.ndarray], labels: np.ndarray, content: list[np.ndarray], there: VoiceClips
) -> dict:
    result = {}
    for kind in PROBES:
        told = frames_probe(kind, known, labels, content)
        result[f"steps_{kind}"] = with_interval(there.label, told, there.speaker)
        told = probe(kind, ProbeData(pooled(known), labels, pooled(content), there.label))
        result[f"pooled_{kind}"] = with_interval(there.label, told, there.speaker)
    return result


def _timing(train: VoiceClips, there: VoiceClips) -> dict:
    data = ProbeData(timing(train), train.label, timing(there), there.label)
    return {kind: with_interval(there.label, probe(kind, data), there.speaker) for kind in PROBES}


def _emotion_code(codes: np.ndarray, there: VoiceClips) -> dict:
    result = {}
    for kind in PROBES:
        told = probe_in_folds(kind, codes, there.speaker, there.sentence)
        result[f"speaker_{kind}"] = _plain(there.speaker, told)
        told = probe_in_folds(kind, codes, there.sentence, there.speaker)
        result[f"sentence_{kind}"] = with_interval(there.sentence, told, there.speaker)
    return result


def _plain(labels: np.ndarray, told: np.ndarray) -> dict:
    # Speakers are what is asked: drawing them would change the question.
    return {"uar": round(unweighted_recall(labels, told), 4), "chance": round(chance_recall(labels), 4)}


def _swap(
    options: argparse.Namespace,
    recipe: VoiceFaceRecipe,
    train: VoiceClips,
    there: VoiceClips,
    codes: np.ndarray,
    content: list[np.ndarray],
) -> dict:
    random = np.random.default_rng(1)
    pairs = []
    for said in random.permutation(len(there)):
        fits = np.flatnonzero((there.speaker == there.speaker[said]) & (there.label != there.label[said]))
        if len(fits):
            pairs.append((int(said), int(random.choice(fits))))
    pairs = pairs[:_PAIRS]
    told = _decoded(options.run, recipe, there, codes, content, pairs)
    same = _decoded(options.run, recipe, there, codes, content, [(said, said) for said, _ in pairs])
    judge = _network_judge(options.judge, there) if options.judge else _statistics_judge(train)
    real = judge([mel[:count].astype(np.float32) for mel, count in zip(there.mel, there.counts, strict=True)])
    asked = there.label[[felt for _, felt in pairs]]
    speakers = there.speaker[[said for said, _ in pairs]]
    named = judge(told)
    own = there.label[[said for said, _ in pairs]]
    on_real = float((real == there.label).mean())
    hits = named == asked
    return {
        "pairs": len(pairs),
        "judge": "network of another run" if options.judge else "logistic regression on frame statistics",
        "accuracy_on_real": round(on_real, 4),
        "accuracy_on_own": round(float((judge(same) == own).mean()), 4),
        "accuracy_on_swapped": bootstrapped(lambda rows: float(hits[rows].mean()), speakers, "accuracy"),
        "share_of_real": round(float(hits.mean()) / on_real, 4),
        "still_named_as_said": round(float((named == own).mean()), 4),
    }


def _decoded(
    run: Path,
    recipe: VoiceFaceRecipe,
    there: VoiceClips,
    codes: np.ndarray,
    content: list[np.ndarray],
    pairs: list[tuple[int, int]],
) -> list[np.ndarray]:
    """The words of the first with the emotion of the second: float32 (T, bands) each."""
    from emopoi.models.voice.mel_decoder import PAST_STEPS, build_mel_decoder

    steps = FRAMES // 2
    decoder = build_mel_decoder(steps + PAST_STEPS, recipe.content.code)
    load_weights(decoder, run / "voice_mel_decoder.weights.h5")
    voices = speaker_frames(there)
    given = np.zeros((len(pairs), steps + PAST_STEPS, recipe.content.code), np.float32)
    for row, (said, _) in enumerate(pairs):
        code = content[said][:steps]
        given[row, PAST_STEPS : PAST_STEPS + len(code)] = code
        given[row, :PAST_STEPS] = code[0]
    told = []
    for at in range(0, len(pairs), 64):
        part = pairs[at : at + 64]
        frames = decoder(
            {
                "content": given[at : at + 64],
                "code": np.stack([codes[felt] for _, felt in part]),
                "speaker": np.stack([voices[there.speaker[said]] for said, _ in part]),
            }
        )
        told += [
            np.asarray(frame, np.float32)[: min(int(there.counts[said]), FRAMES)]
            for frame, (said, _) in zip(frames, part, strict=True)
        ]
    return told


def _statistics_judge(train: VoiceClips):
    frames = [mel[:count].astype(np.float32) for mel, count in zip(train.mel, train.counts, strict=True)]
    model = make_probe("linear").fit(np.stack([_statistics(one) for one in frames]), train.label)
    return lambda clips: model.predict(np.stack([_statistics(one) for one in clips]))


def _statistics(frames: np.ndarray) -> np.ndarray:
    """Mean and spread of each band, and of how much it changes over 50 ms."""
    steps = frames[5:] - frames[:-5] if len(frames) > 5 else np.zeros_like(frames)
    return np.concatenate([frames.mean(0), frames.std(0), np.abs(steps).mean(0)])


def _network_judge(run: Path, there: VoiceClips):
    network = encoder_of_run(run)
    allowed = there.allowed[0]

    def judge(clips: list[np.ndarray]) -> np.ndarray:
        told = []
        for at in range(0, len(clips), 64):
            part = clips[at : at + 64]
            mel = np.full((len(part), FRAMES, part[0].shape[1]), FLOOR, np.float32)
            heard = np.zeros((len(part), FRAMES), np.float32)
            for row, one in enumerate(part):
                count = min(len(one), FRAMES)
                mel[row, :count], heard[row, :count] = np.maximum(one[:count], FLOOR), 1.0
            told.append(np.asarray(network({"mel": mel, "there": heard}, training=False)["voice8"]))
        return np.where(allowed, np.concatenate(told), -np.inf).argmax(1)

    return judge


if __name__ == "__main__":
    raise SystemExit(run_recipe(main))
