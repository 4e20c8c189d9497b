"""What every peer's program does: start, load, run once, run for some seconds; prints one JSON object as `brink bench --json` does.

Memory is that of this process: `idle_bytes` with the peer's library in it and no model, `peak_bytes` when it has
run a few times: before the record of times, which grows with a model's speed.
"""

import concurrent.futures
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


def copier(pairs):
    """A function that copies the second array of each pair into the first."""
    def fill():
        for to, values in pairs:
            np.copyto(to, values)
    return fill


def timed_runs(fill, run, seconds):
    """Milliseconds of each run in that time, ten at least. Each begins with new inputs, as in use: they lie in one core's cache."""
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 10:
        fill()
        start = time.perf_counter()
        run()
        times.append(ms_since(start))
    return times


def loaded(steps):
    """What a peer's load() ends with, the inputs written."""
    *_, (fill, run) = steps
    fill()
    return fill, run


def main(load):
    """`load(model, threads)` loads and yields; then it makes inputs up, which is not timed, and yields two functions: one writes them where
    the other, which runs the model once, reads them.

    A fourth argument: how many of them at once.
    """
    model, threads, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    sessions = int(sys.argv[4]) if len(sys.argv) > 4 else 1
    idle = memory("VmRSS")
    start = time.perf_counter()
    steps = load(model, threads)
    next(steps)
    load_ms = ms_since(start)
    fill, run = loaded(steps)
    start = time.perf_counter()
    run()
    first = ms_since(start)
    runs = [(fill, run), *(loaded(load(model, threads)) for _ in range(sessions - 1))]
    for _, one in runs:
        one()
        one()
    peak = memory("VmHWM")
    start = time.perf_counter()
    if sessions == 1:  # a thread of its own may cost
        times = timed_runs(fill, run, seconds)
    else:
        with concurrent.futures.ThreadPoolExecutor(sessions) as pool:
            times = [ms for one in pool.map(lambda one: timed_runs(*one, seconds), runs) for ms in one]
    elapsed = ms_since(start) / 1e3
    times.sort()
    print(json.dumps({"load_ms": load_ms, "first_run_ms": first, "min_ms": times[0], "median_ms": times[len(times) // 2],
                      "runs_per_second": len(times) / elapsed, "idle_bytes": idle, "peak_bytes": peak}))
