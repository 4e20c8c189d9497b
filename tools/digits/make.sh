#!/bin/bash
# Trains and writes models/digits again, measures it with LiteRT, and says whether anything changed.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.."
work=build/digits
mkdir -p "$work"
[[ -x $work/venv/bin/python ]] || python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check -r tools/digits/requirements.txt
"$work/venv/bin/python" tools/digits/train.py models/digits --all-held-out "$work/held_out.csv"
"$work/venv/bin/python" tools/digits/draw.py models/digits/three.png
cmake --preset release >"$work/cmake.log"
cmake --build --preset release --target write_digits
build/release/tools/write_digits models/digits
"$work/venv/bin/python" tools/digits/measure.py "$work/held_out.csv" models/digits/*.tflite
git status --short models/digits
