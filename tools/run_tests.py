"""Builds and runs every test: what ./dev test, and so CI, does. Standard library only.

Stages: release (build, ctest), format, armhf (engine and golden tests for 32-bit ARM under qemu-user), image (container
images of three architectures, and the pods of Seldon's operator with them), package (Debian packages of three
architectures, this machine's in a clean root), rest (without gRPC), sanitize
(AddressSanitizer and UBSan over all tests; one clang build with the fuzzers), tsan (ThreadSanitizer over the tests labelled
`concurrency`), fuzz (every fuzzer for some seconds). Without names: all but image, package and rest. Ends with "N passed, N failed";
status 1 when any failed.
"""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree
from concurrent.futures import ThreadPoolExecutor

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
LOGS = BUILD / "logs"
STAGES = ["release", "format", "armhf", "image", "package", "rest", "sanitize", "tsan", "fuzz"]
BY_NAME_ONLY = ["image", "package", "rest"]
DEFAULT_STAGES = [stage for stage in STAGES if stage not in BY_NAME_ONLY]
SANITIZER_OPTIONS = {
    "ASAN_OPTIONS": "detect_stack_use_after_return=1:strict_string_checks=1",
    "UBSAN_OPTIONS": "print_stacktrace=1",
    "TSAN_OPTIONS": "halt_on_error=1:second_deadlock_stack=1",
}


class Tally:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.failures = []

    def add(self, name, ok):
        self.passed += ok
        self.failed += not ok
        if not ok:
            self.failures.append(name)


def heading(text):
    print(f"== {text}", flush=True)


def logged(name, command, **options):
    """Whether the command succeeds, as run_logged runs it."""
    return run_logged(name, command, **options) == 0


def run_logged(name, command, **options):
    """The status of a command, run with its output in build/logs/NAME.log; on failure shows the log's end."""
    LOGS.mkdir(parents=True, exist_ok=True)
    path = LOGS / f"{name}.log"
    started = time.monotonic()
    with open(path, "wb") as log:
        status = subprocess.run(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT, **options).returncode
    took = time.monotonic() - started
    print(f"{name}: {'ok' if status == 0 else f'exit status {status}'}, {took:.0f} s", flush=True)
    if status:
        lines = path.read_text(errors="replace").splitlines()
        print("\n".join(lines[-60:]), flush=True)
    return status


def start(name, command):
    """Begins a command whose output goes to build/logs/NAME.log; finish() waits for it."""
    LOGS.mkdir(parents=True, exist_ok=True)
    with open(LOGS / f"{name}.log", "wb") as log:
        return subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)


def finish(tally, what, name, process):
    """Whether what start(name) began succeeds; nothing was to be done where it is None."""
    if process is None:
        return True
    ok = process.wait() == 0
    tally.add(what, ok)
    if not ok:
        print((LOGS / f"{name}.log").read_text(errors="replace")[-4000:], flush=True)
    return ok


def script_test(tally, name, command):
    """A test that is a program: status 77 means skipped."""
    status = run_logged(name.replace(" ", "-"), command)
    if status == 77:
        tally.skipped += 1
    else:
        tally.add(name, status == 0)


def fixed_addresses():
    """A command prefix: gcc 12's and clang 14's sanitizers crash now and then under many bits of address randomisation."""
    prefix = ["setarch", "-R"]
    works = shutil.which("setarch") and not subprocess.run(prefix + ["true"], stderr=subprocess.DEVNULL).returncode
    return prefix if works else []


def build(tally, preset, jobs, targets):
    heading(f"build {preset}")
    configured = logged(f"configure-{preset}", ["cmake", "--preset", preset])
    command = ["cmake", "--build", "--preset", preset, "-j", str(jobs), "--target", *targets]
    ok = configured and logged(f"build-{preset}", command)
    tally.add(f"build {preset}", ok)
    return ok


def ctest(tally, preset, jobs, *selection, prefix=()):
    heading(f"ctest {preset}")
    report = LOGS / f"ctest-{preset}.xml"
    report.unlink(missing_ok=True)
    # Counted in halves of a CPU (cmake/brink.cmake), so that tests which wait run beside those that compute.
    command = [*prefix, "ctest", "--test-dir", str(BUILD / preset), "-j", str(2 * jobs), "--output-on-failure",
               "--no-tests=ignore", "--output-junit", str(report), *selection]
    status = subprocess.run(command, cwd=ROOT, env={**SANITIZER_OPTIONS, **os.environ}).returncode
    if not report.exists():
        tally.add(f"ctest {preset}", status == 0)
        return
    for case in xml.etree.ElementTree.parse(report).getroot().iter("testcase"):
        if case.find("skipped") is not None and case.get("status") != "fail":
            tally.skipped += 1
        else:
            tally.add(f"{preset}: {case.get('name')}", case.get("status") == "run")


def start_clients_environment():
    """Begins installing what the client tests need into build/venv; a finished one is recognised by its requirements."""
    requirements = ROOT / "tests/clients/requirements.txt"
    venv = BUILD / "venv"
    stamp = venv / "requirements.txt"
    if not requirements.exists() or (stamp.exists() and stamp.read_bytes() == requirements.read_bytes()):
        return None
    script = ('rm -rf "$1" && /usr/bin/python3 -m venv "$1" && '
              '"$1/bin/pip" install --quiet --disable-pip-version-check -r "$2" && cp "$2" "$1/requirements.txt"')
    return start("clients-venv", ["bash", "-c", script, "venv", str(venv), str(requirements)])


def start_peers():
    """Begins installing the servers of others into build/peers; what cannot be had is skipped by its test."""
    return start("peers", [str(ROOT / "tests/peers/install.sh"), str(BUILD / "peers")])


def start_sysroot(target):
    """Begins making the sysroot for ARM: it waits for the network while others compile."""
    return start(f"make-sysroot-{target}", [str(ROOT / "tools/sysroot.sh"), target])


def fuzz_one(fuzzer, seconds, seed, prefix):
    """Runs one fuzzer from its seeds (tests/fuzz/NAME, kept) and what earlier runs found (build/fuzz/corpus/NAME). With a `seed`
    other than 0 a first run finds what any other first run finds."""
    corpus = BUILD / "fuzz/corpus" / fuzzer.name
    crashes = BUILD / "fuzz/crashes" / fuzzer.name
    for folder in (corpus, crashes):
        folder.mkdir(parents=True, exist_ok=True)
    seeds = ROOT / "tests/fuzz" / fuzzer.name
    command = [*prefix, str(fuzzer), f"-max_total_time={seconds}", f"-seed={seed}", "-timeout=10", "-rss_limit_mb=2048",
               "-print_final_stats=1", f"-artifact_prefix={crashes}/", str(corpus)]
    command += [str(seeds)] if seeds.is_dir() else []
    run = subprocess.run(command, cwd=ROOT, env={**SANITIZER_OPTIONS, **os.environ}, stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    lines = run.stdout.decode(errors="replace").splitlines()
    (LOGS / f"fuzz-{fuzzer.name}.log").write_text("\n".join(lines))
    runs = [line.split()[-1] for line in lines if "number_of_executed_units" in line]
    verdict = f"ok, {runs[0] if runs else '?'} runs" if run.returncode == 0 else f"exit status {run.returncode}"
    print(f"{fuzzer.name}: {verdict}", flush=True)
    if run.returncode:
        print("\n".join(lines[-60:]), flush=True)
    return run.returncode == 0


def fuzz(tally, jobs, seconds, seed, prefix):
    if not build(tally, "sanitize", jobs, ["fuzzers"]):
        return
    fuzzers = sorted(path for path in (BUILD / "sanitize/fuzz").glob("brink_*") if os.access(path, os.X_OK))
    heading(f"fuzz {len(fuzzers)} programs, {seconds} s each")
    with ThreadPoolExecutor(max_workers=2) as pool:
        for fuzzer, ok in zip(fuzzers, pool.map(lambda f: fuzz_one(f, seconds, seed, prefix), fuzzers)):
            tally.add(f"fuzz {fuzzer.name}", ok)


def check_format(tally):
    heading("format")
    tally.add("format", logged("format", ["./dev", "format", "--check"]))


def cross(tally, target, jobs, label, targets, sysroot):
    """Builds `targets` for ARM in its sysroot and runs the tests of that label under qemu-user."""
    heading(f"sysroot {target}")
    made = finish(tally, f"sysroot {target}", f"make-sysroot-{target}", sysroot)
    if made and build(tally, target, jobs, targets):
        ctest(tally, target, jobs, "-L", label)


def images(tally):
    """Builds the images of three architectures, twice, pushes and pulls them, and runs the pods of Seldon's operator with them."""
    heading("image")
    made = logged("make-image", ["./dev", "image"])
    tally.add("image", made)
    if not made:
        return
    first = (BUILD / "image/index.json").read_bytes()  # holds the digest of everything
    again = logged("make-image-again", ["./dev", "image"])
    tally.add("the same image again", again and (BUILD / "image/index.json").read_bytes() == first)
    for name in ("registry", "pod"):
        command = ["/usr/bin/python3", "tests/clients/run.py", f"../image/{name}_test.py", "amd64", "arm64", "armhf"]
        script_test(tally, f"image {name}", command)


def packages(tally):
    """Builds Debian packages of three architectures; installs, starts and removes this machine's in a clean root."""
    heading("package")
    made = logged("make-package", ["./dev", "package"])
    tally.add("package", made)
    if made:
        script_test(tally, "package in a clean root", ["/usr/bin/python3", "tests/package/deb_test.py"])


def run(arguments):
    tally = Tally()
    jobs = arguments.jobs
    if arguments.target:
        cross(tally, arguments.target, jobs, "^(unit|golden|protocol|e2e|engine)$", ["all"], start_sysroot(arguments.target))
        return tally
    stages = arguments.stages or DEFAULT_STAGES
    prefix = fixed_addresses()
    environment = start_clients_environment() if {"release", "sanitize", "image"} & set(stages) else None
    peers = start_peers() if {"release", "sanitize"} & set(stages) else None
    sysroot = start_sysroot("armhf") if "armhf" in stages else None
    built = {}
    if "release" in stages:
        built["release"] = build(tally, "release", jobs, ["all", "all_verify_interface_header_sets"])
    finish(tally, "install the Python clients", "clients-venv", environment)
    if peers is not None:
        peers.wait()
    if built.get("release"):
        ctest(tally, "release", jobs)
    if "format" in stages:
        check_format(tally)
    if "armhf" in stages:
        cross(tally, "armhf", jobs, "^engine$", ["engine_tests"], sysroot)
    if "image" in stages:
        images(tally)
    if "package" in stages:
        packages(tally)
    if "rest" in stages and build(tally, "rest", jobs, ["all"]):
        ctest(tally, "rest", jobs, "-L", "protocol|e2e|clients|house")
    if "sanitize" in stages and build(tally, "sanitize", jobs, ["all"]):
        ctest(tally, "sanitize", jobs, prefix=prefix)
    if "tsan" in stages and build(tally, "tsan", jobs, ["concurrency_tests"]):
        ctest(tally, "tsan", jobs, "-L", "^concurrency$", prefix=prefix)
    if "fuzz" in stages:
        fuzz(tally, jobs, arguments.fuzz_seconds, arguments.fuzz_seed, prefix)
    return tally


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stages", nargs="*", metavar="STAGE", help=f"which of {', '.join(STAGES)}; all but {' and '.join(BY_NAME_ONLY)} when none is named")
    parser.add_argument("--target", choices=["armhf", "arm64"],
                        help="instead of stages: build everything for this ARM and test it under qemu-user")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--fuzz-seconds", type=int, default=20)
    parser.add_argument("--fuzz-seed", type=int, default=1, help="0: another one each time")
    arguments = parser.parse_args()
    unknown = [stage for stage in arguments.stages if stage not in STAGES]
    if unknown:
        parser.error(f"no stage '{unknown[0]}'; there are {', '.join(STAGES)}")
    started = time.monotonic()
    tally = run(arguments)
    print(f"\n{(time.monotonic() - started) / 60:.1f} minutes")
    for name in tally.failures:
        print(f"failed: {name}")
    skipped = f", {tally.skipped} skipped" if tally.skipped else ""
    print(f"{tally.passed} passed, {tally.failed} failed{skipped}", flush=True)
    sys.exit(1 if tally.failed or not tally.passed else 0)


if __name__ == "__main__":
    main()
