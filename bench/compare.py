"""Milliseconds an inference, brink next to LiteRT (PyPI ai-edge-litert), in one run: rounds of both by turns, medians, ratios.

Quote the ratio, not the milliseconds: the machine's load moves both. Both time the run alone, inside their own process; what Python
adds to a call of LiteRT's (some microseconds) flatters brink for models under 50 us. Needs the network once, to install LiteRT into
build/venv-litert.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
VENV = ROOT / "build/venv-litert"
REQUIREMENTS = ["ai-edge-litert==2.3.0"]
MEASURE = """
import sys, time
import numpy as np
from ai_edge_litert.interpreter import Interpreter
model, threads, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
interpreter = Interpreter(model, num_threads=threads)
interpreter.allocate_tensors()
random = np.random.default_rng(1)
for detail in interpreter.get_input_details():
    kind, shape = np.dtype(detail["dtype"]), detail["shape"]
    if kind.kind == "f":
        values = random.random(shape)
    elif kind.itemsize <= 2 and kind.kind in "iu":
        values = random.integers(np.iinfo(kind).min, np.iinfo(kind).max + 1, shape)
    else:
        values = random.integers(0, 2 if kind.kind == "b" else 8, shape)
    interpreter.set_tensor(detail["index"], values.astype(kind))
times, end = [], time.perf_counter() + seconds
while time.perf_counter() < end or len(times) < 3:
    start = time.perf_counter()
    interpreter.invoke()
    times.append((time.perf_counter() - start) * 1e3)
times.sort()
print(times[len(times) // 2])
"""


def install():
    if not (VENV / "done").exists():
        print("installing " + " ".join(REQUIREMENTS), flush=True)
        subprocess.run(["/usr/bin/python3", "-m", "venv", "--clear", VENV], check=True)
        subprocess.run([VENV / "bin/pip", "install", "--quiet", "--disable-pip-version-check", *REQUIREMENTS], check=True)
        (VENV / "done").touch()


def default_models():
    shared = pathlib.Path(os.environ.get("BRINK_SHARED") or ROOT.parent / "shared")
    mask = shared / "models/face_mask_detection.tflite"
    return ([mask] if mask.is_file() else []) + sorted((ROOT / "models").rglob("*.tflite"))


def output_of(command):
    """What a command prints; its own words when it fails."""
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if result.returncode != 0:
        raise RuntimeError((result.stderr.strip() or f"exit code {result.returncode}").splitlines()[-1])
    return result.stdout


def brink_ms(brink, model, threads, seconds):
    return json.loads(output_of([brink, "bench", str(model), "--threads", str(threads), "--seconds", str(seconds), "--json"]))["median_ms"]


def litert_ms(model, threads, seconds):
    return float(output_of([VENV / "bin/python", "-c", MEASURE, str(model), str(threads), str(seconds)]).split()[-1])


def compare(brink, model, threads, arguments):
    """One row: the medians and the median of the rounds' ratios, above 1 when brink is faster; or why there is none."""
    row = {"model": pathlib.Path(model).stem, "threads": threads}
    try:
        pairs = [(brink_ms(brink, model, threads, arguments.seconds), litert_ms(model, threads, arguments.seconds))
                 for _ in range(arguments.rounds)]
    except RuntimeError as error:
        return row | {"error": str(error)}
    ours, theirs = (statistics.median(column) for column in zip(*pairs))
    return row | {"brink_ms": ours, "litert_ms": theirs, "ratio": statistics.median(b / a for a, b in pairs), "rounds": pairs}


def print_row(row):
    figures = row["error"][:90] if "error" in row else f"{row['brink_ms']:10.3f}{row['litert_ms']:11.3f}{row['ratio']:16.2f}"
    print(f"{row['model']:44}{row['threads']:8}  {figures}", flush=True)


def print_means(rows):
    for threads in sorted({row["threads"] for row in rows}):
        ratios = [row["ratio"] for row in rows if row["threads"] == threads and "ratio" in row]
        if len(ratios) > 1:
            print(f"{'geometric mean':44}{threads:8}{statistics.geometric_mean(ratios):39.2f}")


def main():
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", help=".tflite files; without any, the face mask model of ../shared and our own")
    parser.add_argument("--brink", default=ROOT / "build/release/brink", help=argparse.SUPPRESS)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, os.cpu_count()])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.5, help="of each measurement")
    parser.add_argument("--json", metavar="FILE", help="write every round there")
    arguments = parser.parse_args()
    install()
    brink = os.path.abspath(arguments.brink)
    print(f"{'model':44}{'threads':>8}  {'brink ms':>10}{'LiteRT ms':>11}{'LiteRT / brink':>16}")
    rows = []
    for model in arguments.models or default_models():
        for threads in sorted(set(arguments.threads)):
            rows.append(compare(brink, model, threads, arguments))
            print_row(rows[-1])
    print_means(rows)
    if arguments.json:
        pathlib.Path(arguments.json).write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
