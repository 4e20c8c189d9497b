"""What `brink camera` costs beside the model, on this machine.

    python3 bench/camera.py [--brink build/release/brink] [--model FILE] [--minutes 10]

Prints, for a 1280x720 film: the stages of a frame and what they are of the inference; the share of a core that an idle camera at
10 frames a second takes (ffmpeg's own decoding apart); and, with --minutes, memory and descriptors of a camera that runs for so
long, looks at every frame, writes clips and loses its source now and then.
"""

import argparse
import json
import os
import pathlib
import signal
import statistics
import subprocess
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
FACES = ROOT / "docs/pictures/faces.png"
TICKS = os.sysconf("SC_CLK_TCK")


def ffmpeg(*arguments):
    subprocess.run(["ffmpeg", "-nostdin", "-loglevel", "error", "-y", *map(str, arguments)], check=True)


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory_kib(pid):
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def children(pid):
    return [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()] or [
        int(entry.name) for entry in pathlib.Path("/proc").iterdir()
        if entry.name.isdigit() and f"PPid:\t{pid}\n" in (entry / "status").read_text()]


def stages(arguments, folder):
    film = folder / "moving.mp4"
    ffmpeg("-loop", 1, "-framerate", 10, "-t", 10, "-i", FACES, "-vf", "scale=1600:-2,crop=1280:720:(in_w-1280)*t/10:0,noise=alls=4:allf=t",
           "-pix_fmt", "yuv420p", "-preset", "fast", film)
    command = [arguments.brink, "camera", film, "--once", "--model", arguments.model, "--threads", "1"]
    done = subprocess.run(list(map(str, command)), check=True, capture_output=True)
    frames = [json.loads(line)["ms"] for line in done.stdout.splitlines()][5:]
    middle = {stage: statistics.median(frame[stage] for frame in frames) for stage in frames[0]}
    print("ms a frame, medians:", "  ".join(f"{stage} {ms:.3f}" for stage, ms in middle.items()))
    beside = sum(ms for stage, ms in middle.items() if stage not in ("capture", "decode", "inference"))
    print(f"beside inference and the source: {beside:.3f} ms, {100 * beside / middle['inference']:.1f} % of the inference")


def idle(arguments, folder):
    film = folder / "still.mp4"
    ffmpeg("-loop", 1, "-framerate", 10, "-t", 30, "-i", FACES, "-vf", "scale=1280:720,noise=alls=4:allf=t", "-pix_fmt", "yuv420p",
           "-preset", "fast", film)
    command = [arguments.brink, "camera", film, "--model", arguments.model, "--jsonl", folder / "idle.jsonl"]
    with subprocess.Popen(list(map(str, command)), stderr=subprocess.DEVNULL) as process:
        time.sleep(5)
        spent, started = cpu_seconds(process.pid), time.monotonic()
        time.sleep(arguments.idle_seconds)
        share = (cpu_seconds(process.pid) - spent) / (time.monotonic() - started)
        process.send_signal(signal.SIGTERM)
    lines = [json.loads(line) for line in (folder / "idle.jsonl").read_text().splitlines()]
    still = sum(line.get("still", False) for line in lines)
    print(f"idle, 1280x720 at 10 frames a second: {100 * share:.1f} % of a core; {still} of {len(lines)} frames still")


def lasting(arguments, folder):
    film = folder / "moving.mp4"
    command = [arguments.brink, "camera", film, "--model", arguments.model, "--every-frame", "--jsonl", "/dev/null", "--clips",
               folder / "clips", "--clips-bytes", 20_000_000, "--max-fps", 10, "--name", "flat"]
    with subprocess.Popen(list(map(str, command)), stderr=subprocess.DEVNULL) as process:
        over = threading.Event()

        def lose_the_source():
            while not over.wait(20):
                for child in children(process.pid):
                    os.kill(child, signal.SIGKILL)
        loser = threading.Thread(target=lose_the_source)
        loser.start()
        ends = time.monotonic() + 60 * arguments.minutes
        print("minutes  RSS KiB  descriptors")
        try:
            while time.monotonic() < ends and process.poll() is None:
                time.sleep(min(60, max(ends - time.monotonic(), .1)))
                print(f"{arguments.minutes - (ends - time.monotonic()) / 60:7.1f}  {memory_kib(process.pid):7}  {descriptors(process.pid):11}",
                      flush=True)
        finally:
            over.set()
            loser.join()
            process.send_signal(signal.SIGTERM)
    print("exit status", process.returncode)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--brink", default=ROOT / "build/release/brink")
    parser.add_argument("--model", default=pathlib.Path(os.environ.get("BRINK_SHARED") or ROOT.parent / "shared") /
                        "models/face_mask_detection.tflite")
    parser.add_argument("--idle-seconds", type=float, default=30)
    parser.add_argument("--minutes", type=float, default=0, help="how long to watch memory and descriptors")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        stages(arguments, folder)
        idle(arguments, folder)
        if arguments.minutes > 0:
            lasting(arguments, folder)


if __name__ == "__main__":
    main()
