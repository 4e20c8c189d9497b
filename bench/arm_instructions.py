"""brink next to LiteRT on ARM: how many instructions an inference takes on one thread, under qemu-user.

For 32-bit ARM LiteRT is the newest wheel of tflite-runtime for ARMv7, for 64-bit ARM (--target arm64) ai-edge-litert's, in Debian's Python
of that architecture. A count is that of a run with --runs more inferences less that of a run without: neither start nor load is in it. It is
no time: docs/performance.md says what it is worth. `vector` is the share of instructions on vector registers.

Before: `./dev build --target TARGET`, `./dev install arm-bench`. Needs the network once, for what LiteRT runs in. For amd64.
"""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from typing import NamedTuple

ROOT = pathlib.Path(__file__).resolve().parent.parent
PEERS = pathlib.Path(__file__).resolve().parent / "peers"
PLUGIN_SOURCE = PEERS / "count_instructions.c"
PLUGIN = ROOT / "build/arm-bench/count_instructions.so"
MODELS = ["mlperf_resnet8_f32", "mlperf_resnet8_i8", "mlperf_kws_i8", "mobilenet_v1_025_128_u8", "blazeface_front_old_f32", "movenet_lightning_ptq",
          "face_mask_detection"]


class Target(NamedTuple):
    name: str
    qemu: str  # Debian's package qemu-user has it; the static one takes no plugins
    triplet: str
    wheel: str
    platform: str
    cpu: str

    @property
    def packages(self):
        """Where the wheel is unpacked."""
        return ROOT / f"build/arm-bench/packages-{self.name}"

    @property
    def python_root(self):
        return ROOT / f"build/sysroot-{self.name}-litert"

    @property
    def libraries(self):
        return self.python_root / "usr/lib" / self.triplet


TARGETS = {target.name: target for target in (
    Target("armhf", "qemu-arm", "arm-linux-gnueabihf", "tflite-runtime==2.14.0", "manylinux_2_34_armv7l", "cortex-a7"),
    Target("arm64", "qemu-aarch64", "aarch64-linux-gnu", "ai-edge-litert==2.3.0", "manylinux_2_27_aarch64", "cortex-a76"))}
# LiteRT's XNNPACK asks /proc/cpuinfo, where qemu-user shows this machine's unless the root has one.
CPUINFO = {"cortex-a72": ("0xd08", ""), "cortex-a76": ("0xd0b", " atomics fphp asimdhp cpuid asimdrdm lrcpc dcpop asimddp")}


def build_plugin():
    if PLUGIN.exists() and PLUGIN.stat().st_mtime > PLUGIN_SOURCE.stat().st_mtime:
        return
    PLUGIN.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["gcc", "-O2", "-Wall", "-Wextra", "-Wno-unused-parameter", "-shared", "-fPIC", "-fvisibility=hidden", "-o", PLUGIN,
                    PLUGIN_SOURCE], check=True)


def install_litert(target, cpu):
    subprocess.run([ROOT / "tools/sysroot.sh", target.name, "litert"], check=True)
    if cpu in CPUINFO:
        part, features = CPUINFO[cpu]
        (target.python_root / "proc").mkdir(exist_ok=True)
        (target.python_root / "proc/cpuinfo").write_text(
            f"processor\t: 0\nFeatures\t: fp asimd evtstrm aes pmull sha1 sha2 crc32{features}\nCPU implementer\t: 0x41\nCPU architecture: 8\n"
            f"CPU variant\t: 0x0\nCPU part\t: {part}\nCPU revision\t: 1\n", encoding="ascii")
    stamp = target.packages / "wheel.txt"
    if stamp.exists() and stamp.read_text() == target.wheel:
        return
    shutil.rmtree(target.packages, ignore_errors=True)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:",
                        "--platform", target.platform, "--implementation", "cp", "--python-version", "3.11", "--dest", folder, target.wheel],
                       check=True)
        for wheel in pathlib.Path(folder).iterdir():
            zipfile.ZipFile(wheel).extractall(target.packages)
    stamp.write_text(target.wheel)


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


def brink(arguments, target, model):
    emulator = [target.qemu, "-cpu", arguments.cpu, "-L", ROOT / f"build/sysroot-{target.name}"]
    return of_one_inference(arguments.runs, emulator, lambda runs: [
        arguments.brink, "bench", model, "--threads", "1", "--runs", str(runs), "--packed-weights", "off"])


def litert(arguments, target, model):
    # Debian's alternatives, which would link the two libraries into the folder above, are not set up in a root that is only unpacked.
    emulator = [target.qemu, "-cpu", arguments.cpu, "-L", target.python_root,
                "-E", f"LD_LIBRARY_PATH={target.libraries}/blas:{target.libraries}/lapack", "-E", f"PYTHONPATH={target.packages}",
                "-E", "PYTHONHASHSEED=0"]
    return of_one_inference(arguments.runs, emulator, lambda runs: [
        target.python_root / "usr/bin/python3.11", PEERS / "litert_runs.py", model, str(runs)])


def row(arguments, target, model):
    try:
        ours, theirs = brink(arguments, target, model), litert(arguments, target, model)
    except RuntimeError as error:
        return f"| {model.stem} | {error} |"
    return (f"| {model.stem} | {ours[0] / 1e6:.2f} | {theirs[0] / 1e6:.2f} | {theirs[0] / ours[0]:.2f} | {ours[1] / ours[0]:.0%} |"
            f" {theirs[1] / theirs[0]:.0%} |")


def main():
    shared = pathlib.Path(os.environ.get("BRINK_SHARED") or ROOT.parent / "shared")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", type=pathlib.Path, help=".tflite files; without any, " + ", ".join(MODELS))
    parser.add_argument("--runs", type=int, default=2, help="inferences to count (2)")
    parser.add_argument("--target", choices=TARGETS, default="armhf")
    parser.add_argument("--cpu", help="that qemu emulates (cortex-a7, and cortex-a76 for arm64, which has the dot product; cortex-a72 has not)")
    parser.add_argument("--brink", type=pathlib.Path, help="another program than build/TARGET/brink")
    arguments = parser.parse_args()
    target = TARGETS[arguments.target]
    arguments.cpu = arguments.cpu or target.cpu
    arguments.brink = arguments.brink or ROOT / "build" / target.name / "brink"
    if not shutil.which(target.qemu):
        raise SystemExit(f"no {target.qemu} here: ./dev install arm-bench")
    build_plugin()
    install_litert(target, arguments.cpu)
    print("| model | brink, million | LiteRT, million | LiteRT : brink | brink's vector | LiteRT's |\n|---|---|---|---|---|---|")
    for model in arguments.models or [shared / "models" / f"{name}.tflite" for name in MODELS]:
        print(row(arguments, target, model), flush=True)


if __name__ == "__main__":
    main()
