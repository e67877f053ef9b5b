#!/usr/bin/env bash
# Makes a virtual environment with Python 3.11, pinned packages and this project in it.
#
#   scripts/make_environment.sh [--no-project] FOLDER REQUIREMENTS.txt...
#
# A requirements file that is installed already is not installed again; a stamp in FOLDER keeps its
# checksum. PYTHON names the interpreter; without it python3.11, python3 and python are tried.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

project=yes
if [ "$1" = --no-project ]; then
  project=no
  shift
fi
folder=$1
shift

is_311() { "$1" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' >/dev/null 2>&1; }

fail() {
  echo "error: $*" >&2
  exit 2
}

find_python() {
  local name
  if [ -n "${PYTHON:-}" ]; then
    is_311 "$PYTHON" || fail "Python 3.11 is needed, but PYTHON=$PYTHON is $("$PYTHON" --version 2>&1 | head -n 1)"
    echo "$PYTHON"
    return
  fi
  for name in python3.11 python3 python; do
    if is_311 "$name"; then
      command -v "$name"
      return
    fi
  done
  fail "Python 3.11 is needed and was not found: install python3.11 and python3.11-venv, or call make PYTHON=/path/to/python3.11"
}

python=$(find_python)
"$python" scripts/check_system.py

if ! is_311 "$folder/bin/python" || ! "$folder/bin/python" -m pip --version >/dev/null 2>&1; then
  "$python" -c 'import ensurepip, venv' 2>/dev/null || fail "Python's venv is missing: sudo apt-get install python3.11-venv"
  echo "making $folder with $("$python" --version)" >&2
  "$python" -m venv --clear "$folder"
fi

# Two callers at once would install over each other.
if command -v flock >/dev/null 2>&1; then
  exec 9>"$folder/.lock"
  flock 9
fi

checksum() { "$folder/bin/python" -c 'import hashlib, sys; print(hashlib.sha256(b"".join(open(f, "rb").read() for f in sys.argv[1:])).hexdigest())' "$@"; }

install_once() { # STAMP CHECKSUM pip arguments...
  local stamp_name=$1 stamp="$folder/.installed-$1" sum=$2
  shift 2
  if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$sum" ]; then
    return
  fi
  echo "installing $stamp_name into $folder ..." >&2
  "$folder/bin/python" -m pip install --disable-pip-version-check "$@"
  echo "$sum" >"$stamp"
}

for file in "$@"; do
  install_once "$(basename "$file")" "$(checksum "$file")" --requirement "$file"
done

[ "$project" = yes ] || exit 0
# An editable install points at this folder: a moved checkout is installed again.
here=$(printf '%s' "$PWD" | "$folder/bin/python" -c 'import hashlib, sys; print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest())')
install_once emopoi "$here $(checksum pyproject.toml emopoi/__init__.py)" --no-deps --no-build-isolation --editable .
