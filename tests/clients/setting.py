"""What the client tests share: the brink under test, models, pictures."""

import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tools"))

import draw_digit  # noqa: E402
from brink_process import BrinkProcess  # noqa: E402

SHARED = pathlib.Path(os.environ.get("BRINK_SHARED") or ROOT.parent / "shared")
MASK_MODEL = SHARED / "models/face_mask_detection.tflite"
DIGITS = ROOT / "models/digits/digits_f32.tflite"


def serve_digits():
    return BrinkProcess(os.environ["BRINK_BINARY"], ["run", str(DIGITS)])


def serve_mask():
    """The notebook's SeldonDeployment, its model read from ../shared."""
    mirror = f"https://github.com/AIZOOTech/FaceMaskDetection/raw/master/models/={MASK_MODEL.parent}/"
    deployment = ROOT / "examples/face-mask-detector/seldondeployment.yaml"
    return BrinkProcess(os.environ["BRINK_BINARY"], ["up", "-f", str(deployment), "--mirror", mirror])


def digit_png(digit):
    return draw_digit.png(draw_digit.digit_rows(digit))


def digit_pixels(digit):
    """The drawn digit as the digits model takes it: [8, 8] greys in 0..1, the means of 16x16 blocks of the picture."""
    rows, block = draw_digit.digit_rows(digit), draw_digit.SIDE // 8
    return [[sum(sum(row[i * block:(i + 1) * block]) for row in rows[j * block:(j + 1) * block]) / (255 * block * block)
             for i in range(8)] for j in range(8)]
