"""brink next to LiteRT (PyPI ai-edge-litert) and, with --peers, OpenVINO, ONNX Runtime and ncnn: time of an inference, of load + first run, memory.

Rounds of all by turns in one run; ratios within a round, their median. Quote the ratio, not the milliseconds: the machine's load moves
both. All time the run alone, inside their own process. Memory is the most that a process held, until it had run a few times, over what it
held before it loaded the model, its library already there. `same` says whether brink's answers are LiteRT's
(`brink verify --against litert`). Needs the network once, to install the peers into build/venv-bench.
"""

import argparse
import contextlib
import json
import mmap
import os
import pathlib
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PEERS = pathlib.Path(__file__).resolve().parent / "peers"
VENV = ROOT / "build/venv-bench"
NETWORKS = {  # what makes them, in a Python of its own
    "networks": ("networks.py", ["tensorflow-cpu==2.21.0"]),
    "torch": ("torch_networks.py", ["litert-torch==0.10.0", "torchvision==0.29.0", "ai-edge-quantizer==0.10.0"]),
}
REQUIREMENTS = ["ai-edge-litert==2.3.0", "ncnn==1.0.20261020", "numpy<2.3", "onnx==1.23.2", "onnxruntime==1.32.0", "openvino==2026.4.1",
                "tflite2onnx==0.4.1"]
ALONE = ["pnnx==20261020"]  # only its program, which is whole without the gigabytes of PyTorch that its Python half wants
OTHERS = {"openvino": "openvino_peer.py", "onnxruntime": "onnxruntime_peer.py", "ncnn": "ncnn_peer.py"}
CPUS = {cpu: {"BRINK_CPU": cpu, "LITERT_CPU": cpu, "ONEDNN_MAX_CPU_ISA": onednn}  # brink's, peers/litert.py's, OpenVINO's
        for cpu, onednn in (("avx2", "AVX2"), ("avx2_vnni", "AVX2_VNNI"))}
NEAR_BYTES = 256 << 20
SHORT_MS = .05  # below, a ratio says less than the difference


def install(venv, requirements, alone=()):
    stamp = venv / "requirements.txt"
    wanted = "\n".join([*requirements, *alone])
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print("installing " + " ".join([*requirements, *alone]), flush=True)
    subprocess.run(["/usr/bin/python3", "-m", "venv", "--clear", venv], check=True)
    pip = [venv / "bin/pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, *requirements], check=True)
    if alone:
        subprocess.run([*pip, "--no-deps", *alone], check=True)
    stamp.write_text(wanted)


def shared():
    return pathlib.Path(os.environ.get("BRINK_SHARED") or ROOT.parent / "shared")


def default_models(everything):
    models = sorted((shared() / "models").glob("*.tflite"))
    if not everything:
        models = [model for model in models if model.stem == "face_mask_detection"]
    return models + sorted((ROOT / "models").rglob("*.tflite"))


def operator_models():
    """Models of one operator each, written by bench/write_operator_models.cc."""
    writer = ROOT / "build/release/bench/write_operator_models"
    if not writer.exists():
        sys.exit("build first: cmake --preset release -DBRINK_BENCH=ON && cmake --build build/release --target write_operator_models")
    folder = ROOT / "build/operators"
    folder.mkdir(exist_ok=True)
    subprocess.run([writer, folder], check=True)
    return sorted(folder.glob("*.tflite"))


def network_models(name):
    """Whole networks with random weights, made by bench/networks.py or bench/torch_networks.py."""
    maker, requirements = NETWORKS[name]
    venv, folder = ROOT / f"build/venv-{name}", ROOT / "build" / name
    install(venv, requirements)
    subprocess.run([venv / "bin/python", ROOT / "bench" / maker, folder], stderr=subprocess.DEVNULL, check=True)
    return sorted(folder.glob("*.tflite"))


def kinds():
    """{model: "float" or "8-bit" ...} of the shared ones."""
    zoo = shared() / "zoo.json"
    entries = json.loads(zoo.read_text(encoding="utf-8")) if zoo.exists() else []
    def kind(text):
        if text.startswith(("i8", "u8")):
            return "8-bit"
        return "float" if text.startswith(("f32", "f16")) else "other"
    found = {entry["name"]: kind(entry["graph"]["kind"]) for entry in entries}
    return found | {model.stem: kind(model.stem) for folder in ("operators", *NETWORKS) for model in (ROOT / "build" / folder).glob("*.tflite")}


def bring_memory_near():
    """Uses memory and gives it back, for the next process to find. A virtual machine may give pages that lay idle to its host, and get them
    again slowly: whoever was measured first would wait for it, and leave the pages to the others."""
    for _ in range(4):  # the system need not give the pages of the turn before
        with mmap.mmap(-1, NEAR_BYTES, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as memory:
            with contextlib.suppress(OSError):  # a system without large pages
                memory.madvise(mmap.MADV_HUGEPAGE)
            for page in range(0, NEAR_BYTES, mmap.PAGESIZE):
                memory[page] = 1


def measured(command):
    """The JSON that a command prints; its own words when it fails."""
    bring_memory_near()
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=600)
    if result.returncode != 0:
        raise RuntimeError((result.stderr.strip() or f"exit code {result.returncode}").splitlines()[-1])
    text = result.stdout
    return json.loads(text[text.index("{"):])


def brink_run(arguments, model, threads):
    return measured([arguments.brink, "bench", str(model), "--threads", str(threads), "--seconds", str(arguments.seconds), "--json",
                     "--packed-weights", arguments.packed_weights])


def peer_run(arguments, program, model, threads):
    return measured([VENV / "bin/python", PEERS / program, str(model), str(threads), str(arguments.seconds)])


def answers_alike(arguments, model):
    """Whether `brink verify` finds brink's answers to be LiteRT's."""
    done = subprocess.run([arguments.brink, "verify", str(model), "--against", "litert", "--python", VENV / "bin/python"],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=600)
    return done.returncode == 0


def ready_ms(run):
    return run["load_ms"] + run["first_run_ms"]


def memory(run):
    return max(run["peak_bytes"] - run["idle_bytes"], 1)


def compare(arguments, model, threads, kind):
    """One row: medians of brink's and LiteRT's, medians of the rounds' ratios (above 1: brink is better); or why there is none."""
    row = {"model": model.stem, "threads": threads, "kind": kind}
    model.read_bytes()  # into the system's cache, for whoever is first
    programs = {"litert": "litert.py"} | {name: OTHERS[name] for name in arguments.peers}
    rounds = []
    try:
        for _ in range(arguments.rounds):
            rounds.append({"brink": brink_run(arguments, model, threads)})
            for name, program in programs.items():
                try:
                    rounds[-1][name] = peer_run(arguments, program, model, threads)
                except (RuntimeError, subprocess.TimeoutExpired) as error:
                    if name == "litert":
                        raise
                    row.setdefault("cannot", {})[name] = str(error)[:200]
    except (RuntimeError, subprocess.TimeoutExpired) as error:
        return row | {"error": str(error)}

    def ratio(name, figure):
        pairs = [(one["brink"], one[name]) for one in rounds if name in one]
        return statistics.median(figure(theirs) / figure(ours) for ours, theirs in pairs) if pairs else None
    for name in ("brink", *programs):
        runs = [one[name] for one in rounds if name in one]
        if runs:
            row[name] = {"median_ms": statistics.median(run["median_ms"] for run in runs), "min_ms": min(run["min_ms"] for run in runs),
                         "ready_ms": statistics.median(ready_ms(run) for run in runs), "bytes": statistics.median(memory(run) for run in runs)}
    row |= {"ratio": ratio("litert", lambda run: run["median_ms"]), "least": row["litert"]["min_ms"] / row["brink"]["min_ms"],
            "ready": ratio("litert", ready_ms), "memory": ratio("litert", memory),
            "others": {name: ratio(name, lambda run: run["median_ms"]) for name in arguments.peers}, "same": answers_alike(arguments, model)}
    return row


def print_row(row):
    if "error" in row:
        figures = row["error"][:90]
    else:
        others = "".join(f"{'-':>12}" if ratio is None else f"{ratio:12.2f}" for ratio in row["others"].values())
        figures = (f"{row['brink']['median_ms']:10.3f}{row['litert']['median_ms']:11.3f}{row['ratio']:8.2f}{row['least']:8.2f}{row['ready']:8.1f}"
                   f"{row['memory']:8.1f}  {'yes' if row['same'] else 'NO':4}{others}")
    print(f"{row['model']:44}{row['threads']:3} {figures}", flush=True)


def print_means(rows):
    good = [row for row in rows if "ratio" in row]
    for threads in sorted({row["threads"] for row in good}):
        for kind in sorted({row["kind"] for row in good}):
            long = [row for row in good if (row["threads"], row["kind"]) == (threads, kind) and row["litert"]["median_ms"] >= SHORT_MS]
            if len(long) > 1:
                mean = statistics.geometric_mean(row["ratio"] for row in long)
                worst = min(long, key=lambda row: row["ratio"])
                print(f"{threads} threads, {len(long)} {kind} models over {SHORT_MS * 1000:.0f} us: geometric mean {mean:.2f}, worst {worst['ratio']:.2f} ({worst['model']})")
        lost = [(row["brink"]["median_ms"] - row["litert"]["median_ms"], row["model"]) for row in good
                if row["threads"] == threads and row["litert"]["median_ms"] < SHORT_MS]
        if lost:
            print(f"{threads} threads, {len(lost)} shorter ones: at most {max(lost)[0] * 1000:.1f} us lost ({max(lost)[1]})")


def main():
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", type=pathlib.Path, help=".tflite files; without any, the face mask model of ../shared and our own")
    parser.add_argument("--all", action="store_true", help="every model of ../shared")
    parser.add_argument("--operators", action="store_true", help="models of one operator each, at sizes that models have")
    parser.add_argument("--networks", action="store_true", help="whole networks with random weights, made with TensorFlow")
    parser.add_argument("--torch", action="store_true", help="the same made with PyTorch, some gigabytes to install")
    parser.add_argument("--peers", nargs="*", choices=OTHERS, default=[], help="who else")
    parser.add_argument("--brink", default=ROOT / "build/release/brink", help="another program than build/release/brink")
    parser.add_argument("--cpu", choices=CPUS, help="all of them as on a lesser CPU: with AVX2 alone, or with AVX-VNNI too")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, os.cpu_count()])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.5, help="of each measurement")
    parser.add_argument("--packed-weights", default="off", help="off, or a folder: then load means what a second start does")
    parser.add_argument("--json", metavar="FILE", help="write every round there")
    arguments = parser.parse_args()
    if arguments.cpu:
        if set(arguments.peers) - {"openvino"}:
            parser.error("--cpu: of the peers only LiteRT and OpenVINO can be made to take the CPU for another")
        os.environ |= CPUS[arguments.cpu]
    install(VENV, REQUIREMENTS, ALONE)
    arguments.brink = os.path.abspath(arguments.brink)
    print(f"{'model':44}{'thr':>3} {'brink ms':>10}{'LiteRT ms':>11}{'ratio':>8}{'least':>8}{'ready':>8}{'memory':>8}  same" +
          "".join(f"{name[:11]:>12}" for name in arguments.peers))
    models = arguments.models or (operator_models() if arguments.operators else network_models("networks") if arguments.networks
                                  else network_models("torch") if arguments.torch else default_models(arguments.all))
    rows, known = [], kinds()
    for model in models:
        for threads in sorted(set(arguments.threads)):
            rows.append(compare(arguments, model, threads, known.get(model.stem, "other")))
            print_row(rows[-1])
    print_means(rows)
    if arguments.json:
        pathlib.Path(arguments.json).write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
