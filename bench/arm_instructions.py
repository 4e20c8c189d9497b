"""brink next to LiteRT on 32-bit ARM: how many instructions an inference takes on one thread, under qemu-user.

LiteRT is the newest wheel of tflite-runtime for ARMv7, in Debian's Python of that architecture. A count is that of a run with --runs more
inferences less that of a run without: neither start nor load is in it. It is no time: docs/performance.md says what it is worth. `vector`
is the share of instructions on vector registers.

Before: `./dev build --target armhf`, `./dev install arm-bench`. Needs the network once, for what LiteRT runs in. For amd64.
"""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PEERS = pathlib.Path(__file__).resolve().parent / "peers"
PLUGIN_SOURCE = PEERS / "count_instructions.c"
PLUGIN = ROOT / "build/arm-bench/count_instructions.so"
WHEEL = "tflite-runtime==2.14.0"
PACKAGES = ROOT / "build/arm-bench/packages"  # the wheel, unpacked
PYTHON_ROOT = ROOT / "build/sysroot-armhf-litert"
LIBRARIES = PYTHON_ROOT / "usr/lib/arm-linux-gnueabihf"
MODELS = ["mlperf_resnet8_f32", "mlperf_resnet8_i8", "mlperf_kws_i8", "mobilenet_v1_025_128_u8", "blazeface_front_old_f32", "movenet_lightning_ptq",
          "face_mask_detection"]


def build_plugin():
    if PLUGIN.exists() and PLUGIN.stat().st_mtime > PLUGIN_SOURCE.stat().st_mtime:
        return
    PLUGIN.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["gcc", "-O2", "-Wall", "-Wextra", "-Wno-unused-parameter", "-shared", "-fPIC", "-fvisibility=hidden", "-o", PLUGIN,
                    PLUGIN_SOURCE], check=True)


def install_litert():
    subprocess.run([ROOT / "tools/sysroot.sh", "armhf", "litert"], check=True)
    stamp = PACKAGES / "wheel.txt"
    if stamp.exists() and stamp.read_text() == WHEEL:
        return
    shutil.rmtree(PACKAGES, ignore_errors=True)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:",
                        "--platform", "manylinux_2_34_armv7l", "--implementation", "cp", "--python-version", "3.11", "--dest", folder, WHEEL],
                       check=True)
        for wheel in pathlib.Path(folder).iterdir():
            zipfile.ZipFile(wheel).extractall(PACKAGES)
    stamp.write_text(WHEEL)


def counted(emulator, command):
    """(instructions, those on vector registers) that a command executes."""
    with tempfile.NamedTemporaryFile() as counts:
        done = subprocess.run([*emulator, "-plugin", f"{PLUGIN},to={counts.name}", *command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                              text=True)
        if done.returncode != 0:
            raise RuntimeError((done.stderr.strip() or f"exit status {done.returncode}").splitlines()[-1])
        return [int(number) for number in counts.read().split()]


def of_one_inference(runs, emulator, command):
    """The same, of one inference; `command` tells the command with that many of them."""
    few, many = counted(emulator, command(1)), counted(emulator, command(1 + runs))
    return [(more - less) / runs for less, more in zip(few, many)]


def brink(arguments, model):
    emulator = [arguments.qemu, "-cpu", arguments.cpu, "-L", ROOT / "build/sysroot-armhf"]
    return of_one_inference(arguments.runs, emulator, lambda runs: [
        arguments.brink, "bench", model, "--threads", "1", "--runs", str(runs), "--packed-weights", "off"])


def litert(arguments, model):
    # Debian's alternatives, which would link the two libraries into the folder above, are not set up in a root that is only unpacked.
    emulator = [arguments.qemu, "-cpu", arguments.cpu, "-L", PYTHON_ROOT, "-E", f"LD_LIBRARY_PATH={LIBRARIES}/blas:{LIBRARIES}/lapack",
                "-E", f"PYTHONPATH={PACKAGES}", "-E", "PYTHONHASHSEED=0"]
    return of_one_inference(arguments.runs, emulator, lambda runs: [
        PYTHON_ROOT / "usr/bin/python3.11", PEERS / "litert_runs.py", model, str(runs)])


def row(arguments, model):
    try:
        ours, theirs = brink(arguments, model), litert(arguments, model)
    except RuntimeError as error:
        return f"| {model.stem} | {error} |"
    return (f"| {model.stem} | {ours[0] / 1e6:.2f} | {theirs[0] / 1e6:.2f} | {theirs[0] / ours[0]:.2f} | {ours[1] / ours[0]:.0%} |"
            f" {theirs[1] / theirs[0]:.0%} |")


def main():
    shared = pathlib.Path(os.environ.get("BRINK_SHARED") or ROOT.parent / "shared")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", type=pathlib.Path, help=".tflite files; without any, " + ", ".join(MODELS))
    parser.add_argument("--runs", type=int, default=2, help="inferences to count (2)")
    parser.add_argument("--cpu", default="cortex-a7", help="that qemu-arm emulates (cortex-a7)")
    parser.add_argument("--brink", type=pathlib.Path, default=ROOT / "build/armhf/brink")
    parser.add_argument("--qemu", default="qemu-arm", help="Debian's package qemu-user; the static one takes no plugins")
    arguments = parser.parse_args()
    if not shutil.which(arguments.qemu):
        raise SystemExit(f"no {arguments.qemu} here: ./dev install arm-bench")
    build_plugin()
    install_litert()
    print("| model | brink, million | LiteRT, million | LiteRT : brink | brink's vector | LiteRT's |\n|---|---|---|---|---|---|")
    for model in arguments.models or [shared / "models" / f"{name}.tflite" for name in MODELS]:
        print(row(arguments, model), flush=True)


if __name__ == "__main__":
    main()
