"""What the client tests share: the brink under test, models, digits."""

import csv
import os
import pathlib
import struct
import sys
import zlib

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tools"))

from brink_process import BrinkProcess, free_port  # noqa: E402, F401

SHARED = pathlib.Path(os.environ.get("BRINK_SHARED") or ROOT.parent / "shared")
MASK_MODEL = SHARED / "models/face_mask_detection.tflite"
DIGITS = ROOT / "models/digits"


def serve_digits(*arguments):
    return BrinkProcess(os.environ["BRINK_BINARY"], ["run", str(DIGITS / "digits.tflite"), *arguments])


def serve_mask():
    """The notebook's SeldonDeployment, its model read from ../shared."""
    mirror = f"https://github.com/AIZOOTech/FaceMaskDetection/raw/master/models/={MASK_MODEL.parent}/"
    deployment = ROOT / "examples/face-mask-detector/seldondeployment.yaml"
    return BrinkProcess(os.environ["BRINK_BINARY"], ["up", "-f", str(deployment), "--mirror", mirror])


def _read_digits():
    """One handwritten example of each digit: 64 inks, 0 for paper to 16."""
    with open(DIGITS / "held_out.csv", encoding="ascii") as file:
        rows = [[int(value) for value in row] for row in csv.reader(file) if row and row[0].isdigit()]
    return {label: pixels for label, *pixels in rows}


_DIGITS = _read_digits()


def digit_pixels(digit):
    """The digit as the model takes it: [8, 8, 1], 0 for paper to 1 for ink."""
    inks = _DIGITS[digit]
    return [[[ink / 16] for ink in inks[row:row + 8]] for row in range(0, 64, 8)]


def digit_png(digit):
    """The digit as a picture, dark on light: an 8x8 grey PNG."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    greys = bytes(255 - round(ink * 255 / 16) for ink in _DIGITS[digit])
    rows = b"".join(b"\0" + greys[row:row + 8] for row in range(0, 64, 8))
    header = struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
