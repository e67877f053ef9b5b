"""Train the networks of the voice.

python -m training.voice --dataset voice_emotion --root DATA/voice_emotion --narrow --out runs/narrow
python -m training.voice --dataset voice_emotion --root DATA/voice_emotion --beside runs/narrow [--resume]
python -m training.voice --dataset ravdess --root RAVDESS --out runs/ravdess    # official layout
python -m training.voice --dataset facegood --root DATA/voice_face --voices DATA/voice_emotion --data DATA

--root is a folder with train.parquet and valid.parquet in the columns of the data folder's README, or one in
a collection's official layout, which is brought into such files first (in RUN/data, as by
training.process_data). Voices that are
labelled train the network that hears emotion; faces that speak (pairs.parquet) train content encoder,
synthesizer and decoder, with the codes of labelled voices from a network that was trained before
(RUN/voice_emotion.weights.h5). Speakers of train and valid are never the same.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from emopoi.errors import InputError
from training.recipe_options import PRECISIONS, existing_folder, natural, positive, run_recipe
from training.voice.data_folder import DATASETS, SPEAKING, data_folder

_FACES, _VOICES = "pairs.parquet", "train.parquet"


def train_emotion(root: Path, out: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Train the network that hears emotion; leaves weights, samples and figures in the run's folder."""
    from emopoi.types.voice_labels import VOICE8
    from training.voice.encoders import encoder_of_run, label_tokens, save_encoder
    from training.voice.scoring import recall_by_source, told_by, windowed
    from training.voice.voice_clips import load_voice_clips

    clips, valid = (load_voice_clips(root / f"{part}.parquet", out / "frames") for part in ("train", "valid"))
    _check_speakers(clips.speaker, valid.speaker)
    if options.rows:
        clips = clips.rows(np.random.default_rng(options.seed).permutation(len(clips))[: options.rows])
    files = [root / "train.parquet", root / "valid.parquet"]
    encoder, config = _train_encoder(clips, valid, files, out, options)
    tokens = label_tokens(told_by(encoder, clips)["code"], clips.label, len(VOICE8))
    save_encoder(out, encoder, config, tokens, options.beside)
    network = encoder_of_run(out)
    # Few: int8's steps are as wide as the rarest value, and with 120 clips the code missed parity.
    chosen = np.random.default_rng(1).permutation(len(clips))[:40]
    np.savez(out / "emotion" / "samples.npz", **windowed(clips.rows(chosen)))
    told = told_by(network, valid)
    return {
        "uar": recall_by_source(told["voice8"], valid),
        "n": len(valid),
        "parameters": network.count_params(),
    }


def _train_encoder(clips, valid, files: list[Path], out: Path, options: argparse.Namespace):
    from emopoi.models.voice.emotion_encoder import SHIPPED, build_emotion_encoder
    from training.loop import run_loop
    from training.voice.emotion_recipe import (
        VoiceEmotionRecipe,
        inputs,
        make_training_model,
        network_of,
        targets,
    )

    recipe = VoiceEmotionRecipe(
        encoder=SHIPPED[options.narrow],
        augment=options.augment,
        noise=options.noise,
        adversary=options.adversary,
    )
    loop = replace(recipe.loop, epochs=options.epochs or recipe.loop.epochs, seed=options.seed)
    recipe = replace(recipe, loop=loop)
    model = run_loop(
        lambda _, rows: make_training_model(recipe, clips, rows),
        settings=recipe.loop,
        data=(inputs(clips), *targets(recipe, clips, training=True)),
        validation=(_as_long(inputs(valid), clips.mel.shape[1]), *targets(recipe, valid, training=False)),
        folder=out / "emotion",
        resume=options.resume,
        facts={"recipe": "training.voice", "choices": asdict(recipe)},
        files=files,
    )
    network = build_emotion_encoder(recipe.encoder)
    network.set_weights(network_of(model).get_weights())
    return network, recipe.encoder


def train_face(root: Path, out: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Train content encoder, synthesizer and decoder; leaves weights, samples and figures."""
    from training.loop import run_loop
    from training.run_folder import save_weights
    from training.voice import face_recipe, face_rows
    from training.voice.encoders import WEIGHTS, encoder_of_run, listener_of_run, shares_of
    from training.voice.expression_means import expression_offsets
    from training.voice.face_figures import face_figures, streaming_network
    from training.voice.scoring import told_by
    from training.voice.voice_clips import load_voice_clips

    if options.voices is None or options.data is None:
        raise InputError(
            "faces that speak need --voices (labelled voices) and --data (holds fer2013/) beside them"
        )
    recipe = face_recipe.VoiceFaceRecipe(
        adversary=options.adversary, agreement=options.agreement, reconstruction=options.reconstruction
    )
    loop = replace(recipe.loop, epochs=options.epochs or recipe.loop.epochs, seed=options.seed)
    recipe = replace(recipe, loop=loop)
    encoder = encoder_of_run(out)
    voices = load_voice_clips(options.voices / _VOICES, out / "frames")
    voices = voices.rows(_fewer(voices, options.voice_rows, options.seed))
    told = told_by(encoder, voices)
    codes, felt = told["code"], shares_of(encoder, told["voice8"])
    faces = face_rows.load_speaking(root / _FACES)
    names = face_rows.coefficient_names(root / "coeff_names.json")
    kept = out / "expression_offsets.npy"
    if not kept.is_file():
        np.save(kept, expression_offsets(options.data, options.meshes))
    offsets = np.load(kept)
    trained = [clip for clip in faces if clip.clip != face_rows.HELD_OUT]
    rows = face_rows.speaking_rows(
        trained, names, codes, felt @ offsets, recipe.past, copies=options.copies, seed=options.seed
    )
    if recipe.reconstruction:
        pairs = face_rows.voice_rows(voices, codes, recipe.past, seed=options.seed)
        rows = face_rows.joined([rows, pairs])
    held = [clip for clip in faces if clip.clip == face_rows.HELD_OUT] or faces[-1:]
    valid = face_rows.speaking_rows(held, names, codes[:1], felt[:1] @ offsets, recipe.past, copies=1)
    folder = out / "face"
    listener = bool(recipe.named and recipe.reconstruction)

    def make_model(_, count: int):
        heard_by = listener_of_run(out, face_rows.FRAMES_OUT) if listener else None
        model = face_recipe.make_training_model(recipe, count, heard_by)
        if options.start:
            face_recipe.load_networks(model, options.start)
        return model

    model = run_loop(
        make_model,
        settings=recipe.loop,
        data=face_recipe.data(recipe, rows, listener=listener),
        validation=face_recipe.data(recipe, valid, listener=listener),
        folder=folder,
        resume=options.resume,
        facts={"recipe": "training.voice", "choices": asdict(recipe), "held_out": face_rows.HELD_OUT}
        | ({"start": str(options.start)} if options.start else {}),
        files=[root / _FACES, options.voices / _VOICES, out / WEIGHTS],
    )
    for name in face_recipe.NETWORKS:
        if recipe.reconstruction or name != "voice_mel_decoder":
            save_weights(face_recipe.network_of(model, name), out / f"{name}.weights.h5")
    stream = streaming_network(out, recipe)
    save_weights(stream, out / "voice_face.weights.h5")
    np.savez(folder / "samples.npz", **_stream_samples(rows, recipe.past))
    (folder / "names.json").write_text(json.dumps({"facegood": names["facegood_116"]}))
    return {clip.clip: face_figures(stream, clip, names) for clip in held}


def _stream_samples(rows: dict[str, np.ndarray], past: int) -> dict[str, np.ndarray]:
    """Calls of the streaming form out of rows: of labelled voices where there are any, which differ more."""
    random = np.random.default_rng(1)
    places = np.flatnonzero(rows["voice_weight"])
    # Few, as for the network that hears emotion.
    chosen = random.permutation(places if len(places) else len(rows["mel"]))[:60]
    starts = random.integers(0, rows["mel"].shape[1] - past - 9, len(chosen))
    whole = np.stack([rows["mel"][row, at : at + past + 10] for row, at in zip(chosen, starts, strict=True)])
    whole = whole.astype(np.float32)
    code = rows["code"][chosen]
    intensity = random.uniform(0.0, 1.5, (len(chosen), 1)).astype(np.float32)
    return {"mel": whole[:, past:], "past": whole[:, :past], "code": code, "intensity": intensity}


def _fewer(voices, count: int | None, seed: int) -> np.ndarray:
    """Places of so many voices, all sources alike."""
    if not count or count >= len(voices):
        return np.arange(len(voices))
    random = np.random.default_rng(seed)
    sources = np.unique(voices.source)
    # Whole groups of one speaker and sentence, so that pairs stay pairs.
    keys = np.char.add(np.char.add(voices.speaker, "|"), voices.sentence)
    chosen: list[int] = []
    for source in sources:
        taken = 0
        for key in random.permutation(np.unique(keys[voices.source == source])):
            group = np.flatnonzero(keys == key)
            chosen += group.tolist()
            taken += len(group)
            if taken >= count / len(sources):
                break
    return np.sort(np.array(chosen))


def _as_long(given: dict[str, np.ndarray], frames: int) -> dict[str, np.ndarray]:
    """Validation clips cut or filled to the length of the training clips."""
    from emopoi.preprocess.voice_level import FLOOR

    mel = given["mel"][:, :frames]
    mel = np.pad(mel, ((0, 0), (0, frames - mel.shape[1]), (0, 0)), constant_values=FLOOR)
    return {"mel": mel, "counts": np.minimum(given["counts"], frames)}


def _check_speakers(train: np.ndarray, valid: np.ndarray) -> None:
    both = sorted(set(train) & set(valid))
    if both:
        raise InputError(f"speakers of train and valid must differ, both have {', '.join(both[:5])}")


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    from training.command_line import OneLineParser
    from training.voice.emotion_recipe import VoiceEmotionRecipe

    parser = OneLineParser(prog="python -m training.voice", description=__doc__, allow_abbrev=False)
    add = parser.add_argument
    add("--dataset", required=True, choices=sorted(DATASETS), help="what --root holds")
    add("--root", type=existing_folder, required=True, metavar="DIR", help="folder of the data")
    add("--out", type=Path, default=Path("runs/voice"), metavar="RUN", help="default: %(default)s")
    add("--voices", type=existing_folder, metavar="DIR", help="for faces: folder of labelled voices")
    add("--data", type=existing_folder, metavar="DATA", help="for faces: holds fer2013/")
    add("--meshes", type=Path, default=Path("runs/meshes"), metavar="DIR", help="for faces: solved pictures")
    add("--epochs", type=positive, metavar="N", help="default: the recipe's")
    add("--rows", type=positive, metavar="N", help="use only so many training clips (to try the recipe)")
    add("--voice-rows", type=positive, default=1800, metavar="N", help="for faces: default %(default)s pairs")
    add("--copies", type=positive, default=2, metavar="N", help="for faces: rows of each stretch")
    add(
        "--beside", type=existing_folder, metavar="RUN", help="the answer is the mean with that run's network"
    )
    add("--start", type=existing_folder, metavar="RUN", help="for faces: begin with the networks of a run")
    add("--narrow", action="store_true", help="the smaller of the two encoders")
    usual = VoiceEmotionRecipe()
    add("--augment", type=float, default=usual.augment, metavar="X", help="strength of what changes a voice")
    add("--noise", type=float, default=usual.noise, metavar="P", help="chance of noise")
    add("--adversary", type=float, default=None, metavar="W", help="weight of what the codes shall not tell")
    add(
        "--agreement",
        type=float,
        default=3.0,
        metavar="W",
        help="for faces: weight of how far the codes of the same words in two emotions are apart",
    )
    add(
        "--reconstruction",
        type=float,
        default=1.0,
        metavar="W",
        help="for faces: weight of the frames told; 0: no rows of voices",
    )
    add("--precision", choices=PRECISIONS, default=PRECISIONS[0])
    add("--seed", type=natural, default=1, metavar="N")
    add("--resume", action="store_true", help="go on where the run stopped")
    options = parser.parse_args(arguments)

    import keras

    keras.mixed_precision.set_global_policy(options.precision)
    root = data_folder(options.dataset, options.root, options.out / "data")
    options.out.mkdir(parents=True, exist_ok=True)
    faces = (root / _FACES).exists()
    if not faces and not (root / _VOICES).exists():
        raise InputError(f"{root}: {_VOICES} and valid.parquet, or {_FACES}, were expected")
    if options.dataset in SPEAKING:
        raise InputError(
            f"{root / _FACES} has the coefficients of {options.dataset}, for which the network of the face "
            "that speaks has no head: nothing to train"
        )
    if options.adversary is None:
        options.adversary = 2.0 if faces else 0.0
    figures = (train_face if faces else train_emotion)(root, options.out, options)
    print(json.dumps(figures))


if __name__ == "__main__":
    sys.exit(run_recipe(main))
