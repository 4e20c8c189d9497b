"""How many inferences a second brink does with two sessions, next to LiteRT (PyPI ai-edge-litert) with two threads and two LiteRT interpreters at once.

Rounds by turns in one run; brink's figure over the better of LiteRT's two, within a round, and the median of the rounds.
"""

import argparse
import os
import pathlib
import statistics
import sys

import compare


def a_second(arguments, model, threads, sessions):
    """LiteRT's inferences a second: `sessions` interpreters of `threads` threads each."""
    return compare.measured([compare.VENV / "bin/python", compare.PEERS / "litert.py", model, str(threads), str(arguments.seconds),
                             str(sessions)])["runs_per_second"]


def one_round(arguments, model):
    ours = compare.measured([arguments.brink, "bench", model, "--threads", "1", "--sessions", str(arguments.sessions), "--seconds",
                             str(arguments.seconds), "--json", "--packed-weights", "off"])["runs_per_second"]
    return ours, a_second(arguments, model, arguments.sessions, 1), a_second(arguments, model, 1, arguments.sessions)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", type=pathlib.Path, help=".tflite files; without any, the face mask model of ../shared and our own")
    parser.add_argument("--brink", default=compare.ROOT / "build/release/brink", help=argparse.SUPPRESS)
    parser.add_argument("--sessions", type=int, default=os.cpu_count(), help="of brink; and LiteRT's threads, and its interpreters (one a CPU)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.5, help="of each measurement")
    arguments = parser.parse_args()
    compare.install(compare.VENV, compare.REQUIREMENTS, compare.ALONE)
    print(f"{'inferences a second':44}{'brink':>10}{'LiteRT':>10}{'LiteRTs':>10}{'ratio':>8}")
    for model in arguments.models or compare.default_models(False):
        rounds = [one_round(arguments, model) for _ in range(arguments.rounds)]
        ratio = statistics.median(ours / max(threads, many) for ours, threads, many in rounds)
        figures = "".join(f"{statistics.median(column):10.1f}" for column in zip(*rounds))
        print(f"{model.stem:44}{figures}{ratio:8.2f}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
