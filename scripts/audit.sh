#!/usr/bin/env bash
# Known holes in the pinned packages, and a software bill of materials. The one script that asks the network.
#
#   scripts/audit.sh AUDIT_VENV OUT requirements.txt...
#
# Writes OUT/NAME.cdx.json (CycloneDX 1.6) for each file and OUT/vulnerabilities.json. The bills come first
# and need no network. Ends with 1 where a pinned package has a known hole.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
venv=$1
out=$2
shift 2
mkdir -p "$out"

arguments=()
for file in "$@"; do
  bill=$out/$(basename "$file" .txt).cdx.json
  "$venv/bin/python" -W ignore "$venv/bin/cyclonedx-py" requirements "$file" --pyproject pyproject.toml --output-reproducible \
    --spec-version 1.6 --output-format JSON --output-file "$bill"
  echo "$bill: $("$venv/bin/python" -c 'import json, sys; print(len(json.load(open(sys.argv[1]))["components"]))' "$bill") packages"
  arguments+=(--requirement "$file")
done

# Every line is an exact pin, so nothing is installed to find out what there is.
status=0
"$venv/bin/pip-audit" "${arguments[@]}" --no-deps --disable-pip --progress-spinner off \
  --format json --output "$out/vulnerabilities.json" || status=$?
[ -s "$out/vulnerabilities.json" ] || { echo "error: the database of known holes was not reached" >&2; exit 2; }
"$venv/bin/python" - "$out/vulnerabilities.json" <<'PYTHON'
import json, sys
told = json.load(open(sys.argv[1]))["dependencies"]
for one in told:
    for hole in one.get("vulns", ()):
        print(f"{one['name']} {one['version']}: {hole['id']}, mended in {', '.join(hole['fix_versions']) or 'no version'}")
print(f"{len(told)} packages looked up, {sum(bool(one.get('vulns')) for one in told)} with known holes")
PYTHON
exit "$status"
