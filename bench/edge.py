"""What brink costs on the device: a table of the images of build/image, by `./dev image` before. For root, on amd64.

Columns: bytes that a registry sends; bytes unpacked; milliseconds from exec until the port answers with the face mask model
(the median and the least of --starts); resident memory two seconds after 100 requests were answered, as JPEG and as Seldon's
ndarray, one at a time (brink keeps blocks of their size for a second), and what of it is brink's own: the rest are pages of
files, which other processes share and the system may take back.
ARM runs under qemu-user: its times say nothing and are left out. The memory of 32-bit ARM is an estimate: the resident pages of the
guest's own 4 GiB, without the emulator's; a 64-bit guest's cannot be told apart.
"""

import argparse
import base64
import http.client
import json
import os
import pathlib
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests/image"))

import container  # noqa: E402
import isolation  # noqa: E402

SHARED = pathlib.Path(os.environ.get("BRINK_SHARED") or ROOT.parent / "shared")
MODEL = SHARED / "models/face_mask_detection.tflite"
PICTURE = SHARED / "images/demo2.jpg"
PREDICT = "/api/v1.0/predictions"
PORT = 9000  # this has a network of its own


def await_port(process, since, seconds=120):
    """Milliseconds until the port answers."""
    while time.monotonic() < since + seconds and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", PORT), 1).close()
            return (time.monotonic() - since) * 1000
        except OSError:
            time.sleep(.0005)
    raise SystemExit(f"brink does not answer; exit status {process.poll()}")


def start(image):
    """A server of the mask model in the image's files, and when it was started."""
    command = ["chroot", "--userspec=8888:0", str(image.root), *image.emulator, "/usr/bin/brink", "run", "/mnt/models/mask.tflite"]
    since = time.monotonic()
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT,
                            env={"PATH": "/usr/bin:/usr/sbin:/bin", **image.cpu}), since


def stop(process):
    process.terminate()
    process.wait()


def start_time(image):
    process, since = start(image)
    taken = await_port(process, since)
    stop(process)
    return taken


def ask(body):
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=300)
    connection.request("POST", PREDICT, body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    if answer.status != 200:
        raise SystemExit(f"{answer.status}: {answer.read()[:300]}")
    answer.read()


def mappings(pid):
    """[(first address, last, file, resident bytes, anonymous bytes)] of a process."""
    found = []
    for line in pathlib.Path(f"/proc/{pid}/smaps").read_text().splitlines():
        head = re.match(r"([0-9a-f]+)-([0-9a-f]+) \S+ \S+ \S+ \S+ *(.*)", line)
        if head:
            found.append([int(head[1], 16), int(head[2], 16), head[3], 0, 0])
        elif line.startswith(("Rss:", "Anonymous:")):
            found[-1][3 if line[0] == "R" else 4] = int(line.split()[1]) * 1024
    return found


def memory_of(pid, emulated):
    """(resident, anonymous) bytes. Of an emulated program: of the guest's address space, the unbroken range of mappings that holds
    the program."""
    guest = mappings(pid)
    if emulated:
        guest = guest_of(guest)
    return sum(mapping[3] for mapping in guest), sum(mapping[4] for mapping in guest)


def guest_of(listed):
    ranges = [[]]
    for mapping in listed:
        if ranges[-1] and ranges[-1][-1][1] != mapping[0]:
            ranges.append([])
        ranges[-1].append(mapping)
    return next(one for one in ranges if any(mapping[2].endswith("/usr/bin/brink") for mapping in one))


def memory(image, body, requests):
    process, since = start(image)
    await_port(process, since)
    for _ in range(requests):
        ask(body)
    time.sleep(2.5)
    found = memory_of(process.pid, bool(image.cpu))
    stop(process)
    return found


def bodies():
    picture = json.dumps({"binData": base64.b64encode(PICTURE.read_bytes()).decode()})
    row = [[round(x / 260, 6), .5, .25] for x in range(260)]
    return picture, json.dumps({"data": {"ndarray": [[row] * 260]}})


def sizes(manifest):
    manifest = container.read(manifest)
    unpacked = 0
    with tempfile.TemporaryDirectory() as folder:
        for layer in manifest["layers"]:
            done = subprocess.run(["tar", "-tvzf", str(container.blob(layer))], check=True, capture_output=True, text=True)
            unpacked += sum(int(line.split()[2]) for line in done.stdout.splitlines())
    return manifest["config"]["size"] + sum(layer["size"] for layer in manifest["layers"]), unpacked


def row(name, manifest, arch, options):
    compressed, unpacked = sizes(manifest)
    cells = [name.split(":")[0], arch, f"{compressed / 1e6:.1f} MB", f"{unpacked / 1e6:.1f} MB"]
    if name.startswith("brink-camera") or arch == "arm64":
        return cells + ["", "", ""]
    with tempfile.TemporaryDirectory() as folder:
        image = container.Image(manifest, arch, folder)
        pathlib.Path(folder).chmod(0o755)
        (image.root / "mnt/models/mask.tflite").write_bytes(MODEL.read_bytes())
        emulated = bool(image.cpu)
        starts = [] if emulated else [start_time(image) for _ in range(options.starts)]
        cells.append(f"{statistics.median(starts):.0f} ms, best {min(starts):.0f}" if starts else "")
        for body in bodies():
            # One emulated inference takes seconds; memory no longer grows after the first few.
            resident, own = memory(image, body, options.emulated if emulated else 100)
            cells.append(("about " if emulated else "") + f"{resident / 1e6:.1f} MB, own {own / 1e6:.1f}")
    return cells


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("architectures", nargs="*", default=list(container.MACHINES))
    parser.add_argument("--starts", type=int, default=11)
    parser.add_argument("--emulated", type=int, default=10, help="requests to an emulated program (10)")
    options = parser.parse_args()
    isolation.enter()
    print("| image | for | compressed | unpacked | ready after | memory, JPEG | memory, ndarray |\n|---|---|---|---|---|---|---|")
    for arch in options.architectures or container.MACHINES:
        for name, manifest in container.images(arch).items():
            print("|", " | ".join(row(name, manifest, arch, options)), "|", flush=True)


if __name__ == "__main__":
    main()
