"""Milliseconds an inference, brink next to LiteRT (PyPI ai-edge-litert), in one run: rounds of both by turns, medians, ratios.

Quote the ratio, not the milliseconds: the machine's load moves both. Needs the network once, to install LiteRT into build/venv-litert.
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
    values = random.random(shape) if kind.kind == "f" else random.integers(0, 8, shape)
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


def brink_ms(brink, model, threads, seconds):
    command = [brink, "bench", str(model), "--threads", str(threads), "--seconds", str(seconds), "--json"]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)["median_ms"]


def litert_ms(model, threads, seconds):
    command = [VENV / "bin/python", "-c", MEASURE, str(model), str(threads), str(seconds)]
    return float(subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout.split()[-1])


def main():
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", help=".tflite files; without any, the face mask model of ../shared and our own")
    parser.add_argument("--brink", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, os.cpu_count()])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.5, help="of each measurement")
    arguments = parser.parse_args()
    install()
    brink = os.path.abspath(arguments.brink)
    print(f"{'model':40}{'threads':>8}{'brink ms':>10}{'LiteRT ms':>11}{'LiteRT / brink':>16}")
    for model in arguments.models or default_models():
        for threads in sorted(set(arguments.threads)):
            pairs = [(brink_ms(brink, model, threads, arguments.seconds), litert_ms(model, threads, arguments.seconds))
                     for _ in range(arguments.rounds)]
            ours, theirs = (statistics.median(column) for column in zip(*pairs))
            ratio = statistics.median(b / a for a, b in pairs)
            print(f"{pathlib.Path(model).name:40}{threads:8}{ours:10.3f}{theirs:11.3f}{ratio:16.2f}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
