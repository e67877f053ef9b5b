#!/usr/bin/env bash
# The main job as a device runs it: from a wheel, with a bundle, without TensorFlow and mediapipe.
#
#   scripts/device_test.sh FULL_ENVIRONMENT DEVICE_ENVIRONMENT
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
full=$PWD/$1/bin
device=$PWD/$2/bin
work=$PWD/build/device-test

if "$device/python" -c 'import importlib.util as u, sys; sys.exit(not any(map(u.find_spec, ("tensorflow", "keras", "mediapipe"))))'; then
  echo "error: $2 has TensorFlow, Keras or mediapipe; remove it and try again" >&2
  exit 2
fi

rm -rf "$work" build/lib
mkdir -p "$work"
"$full/python" -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir "$work/wheel" .
"$device/python" -m pip install --quiet --disable-pip-version-check --no-deps --force-reinstall "$work"/wheel/emopoi-*.whl
"$full/emopoi" bundle --out "$work/bundle"
"$full/python" -c 'import sys; from pathlib import Path; from emopoi.demo_clip import write_demo_clip; write_demo_clip(Path(sys.argv[1]))' "$work/clip.mp4"

cd "$work" # away from the checkout: nothing may be found there by chance
export EMOPOI_BUNDLE=$work/bundle
"$device/emopoi" doctor
"$device/emopoi" recognize clip.mp4 --out results --consent
"$device/python" - <<'CHECK'
import json
from pathlib import Path

run = json.loads(Path("results/run.json").read_text())
people = json.loads(Path("results/profile.json").read_text())["people"]
assert people, "nobody was found in the clip"
assert run["detector"] == "BlazeFaceDetector", run["detector"]
print(f"device test passed: {len(people)} people, {run['frames_read']} frames in {run['seconds']} s")
CHECK
