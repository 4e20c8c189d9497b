"""What serving costs beside computing: brink next to a bare Beast server, a bare gRPC server and Seldon's Python server.

Servers run on one core, clients on another, by turns; ratios are taken within a round and their median is given. Two ratios each:
of requests a second, which the machine's other load moves, and of the server's CPU time a request, which it hardly does.
Needs wrk (Debian) and the programs of -DBRINK_BENCH=ON; Seldon's Python server where ./dev test has installed build/venv.
"""

import argparse
import base64
import contextlib
import http.client
import json
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build/release"
VENV = ROOT / "build/venv"
PREDICT = "/api/v1.0/predictions"
TINY = '{"data":{"ndarray":[[1.0,2.0,3.0,4.0]]}}'
LUA = """wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '%s'
"""
IDENTITY = "class Identity:\n    def predict(self, X, names=None, meta=None):\n        return X\n"
TICKS = os.sysconf("SC_CLK_TCK")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def await_port(port, process, seconds=60):
    deadline = time.monotonic() + seconds
    while True:
        with contextlib.suppress(OSError):
            return socket.create_connection(("127.0.0.1", port), 5).close()
        if process.poll() is not None or time.monotonic() > deadline:
            raise SystemExit(f"{process.args} does not listen")
        time.sleep(.05)


class Server:
    """A program on core 0 with its ports; its children count as it."""

    def __init__(self, command, ports, **options):
        self.ports = ports
        self.process = subprocess.Popen(["taskset", "-c", "0", *map(str, command)], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, start_new_session=True, **options)
        for port in ports:
            await_port(port, self.process)

    def cpu_seconds(self):
        total = 0
        for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                fields = stat.read_text().rsplit(")", 1)[1].split()
                if int(fields[2]) == self.process.pid:  # its process group
                    total += int(fields[11]) + int(fields[12])
        return total / TICKS

    def stop(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)  # Python's server does not end by SIGTERM
        self.process.wait()


def on_core_1(command):
    return subprocess.run(["taskset", "-c", "1", *map(str, command)], capture_output=True, text=True, check=True).stdout


def rest_round(port, script, seconds):
    text = on_core_1(["wrk", "-t1", "-c8", f"-d{seconds}s", "-s", script, f"http://127.0.0.1:{port}{PREDICT}"])
    if "Non-2xx" in text or "Socket errors: connect" in text:
        raise SystemExit(text)
    return int(re.search(r"(\d+) requests in", text).group(1)), float(re.search(r"Requests/sec: *([\d.]+)", text).group(1))


def grpc_round(port, _, seconds):
    answer = json.loads(on_core_1([BUILD / "bench/brink_grpc_load", port, 8, 0, seconds]))
    return answer["ok"], answer["per_second"]


def compare(title, ours, theirs, run, script, arguments):
    """Rounds of both servers by turns. `ours` and `theirs` are (Server, port)."""
    rates, costs, last = [], [], None
    for server, port in (ours, theirs):
        run(port, script, 1)  # warm
    for _ in range(arguments.rounds):
        measured = []
        for server, port in (ours, theirs):
            before = server.cpu_seconds()
            count, rate = run(port, script, arguments.seconds)
            measured.append((rate, (server.cpu_seconds() - before) / count * 1e6))
        rates.append(measured[0][0] / measured[1][0])
        costs.append(measured[1][1] / measured[0][1])
        last = measured
    print(f"{title}: {statistics.median(rates):.2f} of its requests/s, {statistics.median(costs):.2f} by CPU time "
          f"(last round: {last[0][0]:.0f} and {last[1][0]:.0f} requests/s, {last[0][1]:.0f} and {last[1][1]:.0f} us CPU a request)",
          flush=True)


def python_server(folder):
    """Seldon's own wrapper around an identity, or nothing where it is not installed."""
    program = VENV / "bin/python"
    if not (VENV / "requirements.txt").exists():
        print("no Seldon server in build/venv: ./dev test installs it")
        return None
    (folder / "Identity.py").write_text(IDENTITY)
    rest, grpc, metrics = free_port(), free_port(), free_port()
    environment = {**os.environ, "PREDICTIVE_UNIT_HTTP_SERVICE_PORT": str(rest), "PYTHONPATH": str(folder),
                   "PREDICTIVE_UNIT_GRPC_SERVICE_PORT": str(grpc), "PREDICTIVE_UNIT_METRICS_SERVICE_PORT": str(metrics)}
    start = "import sys; from seldon_core.microservice import main; sys.argv = ['m', 'Identity', '--service-type', 'MODEL']; main()"
    return Server([program, "-c", start], [rest, grpc], env=environment, cwd=folder)


def tiny(folder, arguments):
    script = folder / "tiny.lua"
    script.write_text(LUA % TINY)
    rest, grpc, bare_rest, bare_grpc = (free_port() for _ in range(4))
    with contextlib.ExitStack() as stack:
        def start(command, ports):
            server = Server(command, ports)
            stack.callback(server.stop)
            return server
        brink = start([BUILD / "brink", "run", folder / "tiny.tflite", "--http-port", rest, "--grpc-port", grpc,
                       "--threads", 1, "--sessions", 1], [rest, grpc])
        beast = start([BUILD / "bench/brink_echo_http", bare_rest], [bare_rest])
        echo = start([BUILD / "bench/brink_echo_grpc", bare_grpc], [bare_grpc])
        compare("REST 1x4 to bare Beast", (brink, rest), (beast, bare_rest), rest_round, script, arguments)
        compare("gRPC 1x4 to bare gRPC", (brink, grpc), (echo, bare_grpc), grpc_round, script, arguments)
        python = python_server(folder)
        if python:
            stack.callback(python.stop)
            compare("REST 1x4 to Python's", (brink, rest), (python, python.ports[0]), rest_round, script, arguments)
            compare("gRPC 1x4 to Python's", (brink, grpc), (python, python.ports[1]), grpc_round, script, arguments)


def picture_bodies():
    random.seed(1)
    numbers = [struct.unpack("f", struct.pack("f", random.random()))[0] for _ in range(260 * 260 * 3)]
    pixels = [numbers[at:at + 3] for at in range(0, len(numbers), 3)]
    rows = [pixels[at:at + 260] for at in range(0, len(pixels), 260)]
    dims = [{"size": str(size)} for size in (1, 260, 260, 3)]
    content = base64.b64encode(struct.pack(f"{len(numbers)}f", *numbers)).decode()
    return {"ndarray": {"ndarray": [rows]}, "tensor": {"tensor": {"shape": [1, 260, 260, 3], "values": numbers}},
            "tftensor": {"tftensor": {"dtype": "DT_FLOAT", "tensorShape": {"dim": dims}, "tensorContent": content}}}


def pictures(folder, arguments):
    """[1, 260, 260, 3] to a model that computes its maxima only: what a request costs beside inference."""
    port = free_port()
    server = Server([BUILD / "brink", "run", folder / "pixels.tflite", "--http-port", port, "--threads", 1, "--sessions", 1],
                    [port])
    try:
        os.sched_setaffinity(0, {1})
        connection = http.client.HTTPConnection("127.0.0.1", port)
        for name, data in picture_bodies().items():
            body = json.dumps({"data": data}).encode()
            times, count = [], 20 * arguments.rounds
            before = server.cpu_seconds()
            for _ in range(count):
                began = time.perf_counter()
                connection.request("POST", PREDICT, body, {"Content-Type": "application/json"})
                answer = connection.getresponse()
                answer.read()
                times.append((time.perf_counter() - began) * 1e3)
                if answer.status != 200:
                    raise SystemExit(f"{name}: status {answer.status}")
            cpu = (server.cpu_seconds() - before) / count * 1e3
            print(f"REST {name} of {len(body) / 1e6:.1f} MB: server CPU {cpu:.2f} ms a request, seen by the client "
                  f"{statistics.median(times):.2f} ms (least {min(times):.2f})", flush=True)
    finally:
        server.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2)
    arguments = parser.parse_args()
    if not (BUILD / "bench/brink_grpc_load").exists():
        sys.exit("build first: cmake --preset release -DBRINK_BENCH=ON && cmake --build build/release")
    if not shutil.which("wrk"):
        sys.exit("wrk is missing: apt-get install wrk")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        subprocess.run([BUILD / "bench/write_bench_models", folder], check=True)
        tiny(folder, arguments)
        pictures(folder, arguments)
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} CPUs")


if __name__ == "__main__":
    main()
