"""The demo: brink serves the notebook's SeldonDeployment, is sent a picture, and says what it finds. Standard library only.

The face mask model and its picture come from ../shared (or BRINK_SHARED) where they are, else from their own URLs (BRINK_MIRROR
is heeded); where neither works, our own digits model is served and asked about a digit that our script drew (tools/digits/draw.py).
"""

import argparse
import base64
import collections
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time
import urllib.request

from brink_process import BrinkFailed, BrinkProcess

ROOT = pathlib.Path(__file__).resolve().parent.parent
SITE = "https://github.com/AIZOOTech/FaceMaskDetection/raw/master/"
MODEL_URL = SITE + "models/face_mask_detection.tflite"
PICTURE_URL = SITE + "img/demo2.jpg"
MODEL_SHA256 = "d2347acf155858681619bc009368f730288aa0447d2c97209be4a26d9be4e928"
DOWNLOAD_SECONDS = 20
DEPLOYMENT = "examples/face-mask-detector/seldondeployment.yaml"
DIGITS = "models/digits/digits_int8.tflite"
DIGITS_DEPLOYMENT = "examples/digits/seldondeployment.yaml"
DIGIT_PICTURE = ROOT / "models/digits/three.png"

# What is shown: the arguments that serve it, the model as `brink predict` takes it, a picture, and words about them.
Subject = collections.namedtuple("Subject", "serve model picture title")


class Unavailable(Exception):
    """The model or the picture cannot be had this way; the message says why."""


def from_shared(shared):
    model, picture = shared / "models/face_mask_detection.tflite", shared / "images/demo2.jpg"
    for file in (model, picture):
        if not file.is_file():
            raise Unavailable(f"no {file}")
    mirror = ["--mirror", f"{SITE}models/={model.parent}/"]
    return Subject(["up", "-f", DEPLOYMENT, *mirror], [str(model)], picture, f"face masks, model and picture from {shared}")


def mirrored(url):
    """The URL after the FROM=TO pairs of BRINK_MIRROR, as brink itself rewrites them."""
    for pair in os.environ.get("BRINK_MIRROR", "").split():
        source, _, target = pair.partition("=")
        if source and url.startswith(source):
            return target + url[len(source):]
    return url


def from_internet(brink, folder):
    """brink brings the model, into its cache, with its own code; the picture comes by Python's."""
    deadline = time.monotonic() + DOWNLOAD_SECONDS
    print(f"fetching {MODEL_URL}", flush=True)
    try:
        inspected = subprocess.run([brink, "inspect", MODEL_URL, "--json"], stdout=subprocess.PIPE, timeout=DOWNLOAD_SECONDS,
                                   check=True)
        model = json.loads(inspected.stdout)
        if model["sha256"] != MODEL_SHA256:
            raise Unavailable(f"{MODEL_URL} has SHA-256 {model['sha256']}, expected {MODEL_SHA256}")
        picture = folder / "demo2.jpg"
        if not picture.is_file():
            with urllib.request.urlopen(mirrored(PICTURE_URL), timeout=max(1, deadline - time.monotonic())) as answer:
                picture.with_suffix(".part").write_bytes(answer.read(16 << 20))
            picture.with_suffix(".part").rename(picture)
    except subprocess.TimeoutExpired:
        raise Unavailable(f"{MODEL_URL}: not here after {DOWNLOAD_SECONDS} s") from None
    except subprocess.CalledProcessError:
        raise Unavailable(f"{MODEL_URL}: brink could not bring it, see above") from None
    except OSError as error:
        raise Unavailable(f"{PICTURE_URL}: {error}") from None
    return Subject(["up", "-f", DEPLOYMENT], [MODEL_URL], picture, "face masks, model and picture from the internet")


def from_ourselves():
    return Subject(["up", "-f", DIGITS_DEPLOYMENT], [DIGITS], DIGIT_PICTURE, "our own digits model, and a three that our script drew")


def choose_subject(brink, folder):
    shared = pathlib.Path(os.environ.get("BRINK_SHARED") or ROOT.parent / "shared")
    try:
        return from_shared(shared.resolve())
    except Unavailable as reason:
        print(f"not from this machine: {reason}")
    try:
        return from_internet(brink, folder)
    except Unavailable as reason:
        print(f"not from the internet: {reason}")
    print("so the demo shows our own digits model instead of the face mask model")
    return from_ourselves()


def ask(server, picture):
    body = {"binData": base64.b64encode(picture.read_bytes()).decode()}
    status, raw = server.post("/api/v1.0/predictions", body)
    if status != 200:
        raise BrinkFailed(f"POST /api/v1.0/predictions: status {status}\n{raw.decode(errors='replace')}")
    return json.loads(raw)["jsonData"]


def print_table(answer):
    if "detections" in answer:
        print(f"{'label':10}{'score':>7}   box: xmin  ymin  xmax  ymax")
        for one in answer["detections"]:
            print(f"{one['label']:10}{one['score']:7.3f}        " + " ".join(f"{edge:5.3f}" for edge in one["box"]))
        print(f"{len(answer['detections'])} found")
        return
    print(f"{'label':10}{'score':>7}")
    for one in answer["classifications"]:
        print(f"{one['label']:10}{one['score']:7.3f}")


def annotate(brink, subject, folder):
    output = folder / "annotated.jpg"
    output.unlink(missing_ok=True)
    command = [brink, "predict", *subject.model, str(subject.picture), "--output", str(output)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode or not output.is_file():
        raise BrinkFailed(f"{' '.join(command)}: exit status {done.returncode}\n{done.stdout.decode(errors='replace')}")
    print(f"annotated picture: {output}")


def print_curl(server, subject):
    print(f"""
brink serves at {server.url}; Ctrl-C stops it. In another terminal:

  curl {server.url}/metadata
  curl {server.url}/api/v1.0/predictions -H 'Content-Type: application/json' \\
    -d '{{"binData": "'$(base64 -w0 {subject.picture})'"}}'
""", flush=True)


def serve_until_stopped(server):
    try:
        server.process.wait()
        raise BrinkFailed(f"brink ended by itself\n{server.log()}")
    except KeyboardInterrupt:
        print()


def show(brink, subject, folder, keep):
    command = " ".join(["brink", *subject.serve])
    print(f"\n{subject.title}\n$ {command}", flush=True)
    with BrinkProcess(brink, subject.serve) as server:
        answer = ask(server, subject.picture)
        took = time.monotonic() - server.started
        print(f"first answer {took:.2f} s after the start, {server.resident_mb():.0f} MB resident\n")
        print_table(answer)
        print()
        annotate(brink, subject, folder)
        if keep:
            print_curl(server, subject)
            serve_until_stopped(server)
        status = server.stop()
        if status:
            raise BrinkFailed(f"stopped with exit status {status}\n{server.log()}")
        print("brink stopped cleanly")


def stop_on_sigterm():
    """SIGTERM ends the script as Ctrl-C does, so that it leaves no server behind."""
    def interrupt(*_):
        raise KeyboardInterrupt
    signal.signal(signal.SIGTERM, interrupt)


def main():
    parser = argparse.ArgumentParser(prog="./dev demo", description=__doc__)
    parser.add_argument("--brink", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=pathlib.Path, default=ROOT / "build/demo", help="where pictures go")
    parser.add_argument("--keep", action="store_true", help="go on serving and print curl lines; Ctrl-C ends")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    brink = shutil.which(arguments.brink) or sys.exit(f"no program {arguments.brink}")
    brink = os.path.abspath(brink)
    os.chdir(ROOT)
    stop_on_sigterm()
    try:
        show(brink, choose_subject(brink, arguments.folder.resolve()), arguments.folder.resolve(), arguments.keep)
    except BrinkFailed as error:
        sys.exit(f"demo failed: {error}")
    except KeyboardInterrupt:
        sys.exit("demo interrupted")


if __name__ == "__main__":
    main()
