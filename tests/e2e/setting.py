"""What the end-to-end tests share: the brink under test, models, pictures, requests, a site to fetch from."""

import base64
import contextlib
import csv
import http.server
import os
import pathlib
import socket
import struct
import subprocess
import sys
import threading
import time
import zlib

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tools"))

from brink_process import PATIENCE, BrinkFailed, BrinkProcess, free_port  # noqa: E402, F401

BRINK = os.environ["BRINK_BINARY"]
HAS_GRPC = os.environ.get("BRINK_GRPC", "1") == "1"
DIGITS = ROOT / "models/digits/digits.tflite"
SHARED = pathlib.Path(os.environ.get("BRINK_SHARED") or ROOT.parent / "shared")
MASK_MODEL = SHARED / "models/face_mask_detection.tflite"
MASK_DEPLOYMENT = ROOT / "examples/face-mask-detector/seldondeployment.yaml"
MASK_SITE = "https://github.com/AIZOOTech/FaceMaskDetection/raw/master/models/"
PREDICT = "/api/v1.0/predictions"


def run(*arguments, environment=None, stdin=b"", seconds=120 * PATIENCE):
    """The finished process of `brink ARGUMENTS`, output as text."""
    done = subprocess.run([BRINK, *map(str, arguments)], input=stdin, capture_output=True, timeout=seconds,
                          env={**os.environ, **(environment or {})})
    done.stdout, done.stderr = done.stdout.decode(), done.stderr.decode()
    return done


def wait_until(condition, seconds=30 * PATIENCE):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError("waited in vain")
        time.sleep(.01)


def serve_digits(*arguments):
    return BrinkProcess(BRINK, ["run", str(DIGITS), *arguments])


def _read_digits():
    """One handwritten example of each digit that the model knows: 64 inks, 0 for paper to 16."""
    with open(DIGITS.parent / "held_out.csv", encoding="ascii") as file:
        rows = [[int(value) for value in row] for row in csv.reader(file) if row and row[0].isdigit()]
    return {row[0]: row[1:] for row in reversed(rows)}


_INKS = _read_digits()


def digit_input(digit):
    """The digit as the model takes it, [1, 8, 8, 1]: 0 for paper to 1 for ink."""
    inks = _INKS[digit]
    return [[[[inks[8 * y + x] / 16] for x in range(8)] for y in range(8)]]


def png(width, height, data, colour_type=0):
    """A PNG whose header says width x height at 8 bits, whatever its data is."""
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    header = struct.pack(">IIBBBBB", width, height, 8, colour_type, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")


def digit_png(digit):
    """The digit as a picture, dark on light."""
    greys = bytes(255 - round(ink * 255 / 16) for ink in _INKS[digit])
    return png(8, 8, b"".join(b"\0" + greys[row:row + 8] for row in range(0, 64, 8)))


def flat(nested):
    return [number for item in nested for number in flat(item)] if isinstance(nested, list) else [nested]


def picture_message(raw):
    return {"binData": base64.b64encode(raw).decode()}


class Site:
    """A web site on loopback: `files` is {path: bytes}; `asked` lists the paths that were asked for."""

    def __init__(self, files):
        self.files, self.asked = files, []
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                site.asked.append(self.path)
                body = site.files.get(self.path)
                tag = f'"{hash(body)}"'
                same = body is not None and self.headers.get("If-None-Match") == tag
                self.send_response(404 if body is None else 304 if same else 200)
                if body is not None:
                    self.send_header("ETag", tag)
                self.send_header("Content-Length", str(0 if same else len(body or b"")))
                self.end_headers()
                if not same:
                    self.wfile.write(body or b"")

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.scheme = "http"
        self._thread = threading.Thread(target=self.server.serve_forever)

    @property
    def url(self):
        return f"{self.scheme}://localhost:{self.server.server_port}"

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self._thread.join()
        self.server.server_close()


@contextlib.contextmanager
def listener():
    """A bound and listening TCP port that nobody accepts from."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield taken.getsockname()[1]
