"""What every peer's program does: start, load, run once, run for some seconds; prints one JSON object as `brink bench --json` does.

Memory is that of this process: `idle_bytes` with the peer's library in it and no model, `peak_bytes` when it has measured.
"""

import json
import sys
import time

import numpy as np

RANDOM = np.random.default_rng(1)


def made_up(shape, dtype):
    """As brink's: floats in [0, 1), 8- and 16-bit integers over their range, wider ones below 8."""
    kind = np.dtype(dtype)
    if kind.kind == "f":
        values = RANDOM.random(shape)
    elif kind.itemsize <= 2 and kind.kind in "iu":
        values = RANDOM.integers(np.iinfo(kind).min, np.iinfo(kind).max + 1, shape)
    else:
        values = RANDOM.integers(0, 2 if kind.kind == "b" else 8, shape)
    return values.astype(kind)


def memory(name):
    with open("/proc/self/status", encoding="ascii") as file:
        return int(next(line.split()[1] for line in file if line.startswith(name))) * 1024


def ms_since(start):
    return (time.perf_counter() - start) * 1e3


def main(load):
    """`load(model, threads)` gives a function that runs the model once, its inputs set."""
    model, threads, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    idle = memory("VmRSS")
    start = time.perf_counter()
    run = load(model, threads)
    loaded = ms_since(start)
    start = time.perf_counter()
    run()
    first = ms_since(start)
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 10:
        start = time.perf_counter()
        run()
        times.append(ms_since(start))
    times.sort()
    print(json.dumps({"load_ms": loaded, "first_run_ms": first, "min_ms": times[0], "median_ms": times[len(times) // 2],
                      "idle_bytes": idle, "peak_bytes": memory("VmHWM")}))
