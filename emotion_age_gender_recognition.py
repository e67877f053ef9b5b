"""Expressions, age range and gender from a video or camera: the main job by its name.

python emotion_age_gender_recognition.py --video clip.mp4 --out out
python emotion_age_gender_recognition.py --camera 0

A thin call of `emopoi recognize`: `--video FILE` is its INPUT, everything else goes through
(`python emotion_age_gender_recognition.py --help` lists it).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from emopoi.commands.main import main


def recognize_arguments(words: Sequence[str]) -> list[str]:
    """The words of `emopoi recognize` that mean the same.

    Args:
        words: as typed after the program's name; `--video FILE` or `--video=FILE` names the source.
    """
    if "--help" in words or "-h" in words:
        print((__doc__ or "").strip() + "\n")
        return ["recognize", "--help"]
    arguments = ["recognize"]
    remaining = iter(words)
    for word in remaining:
        if word == "--video":
            file = next(remaining, None)
            if file is not None:
                arguments.append(file)
        elif word.startswith("--video="):
            arguments.append(word.removeprefix("--video="))
        else:
            arguments.append(word)
    return arguments


if __name__ == "__main__":
    raise SystemExit(main(recognize_arguments(sys.argv[1:])))
