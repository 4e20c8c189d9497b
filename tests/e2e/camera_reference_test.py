"""What brink camera finds in a film, held against a straight Python pipeline: ffmpeg's raw frames, numpy, LiteRT.

Needs a Python with ai-edge-litert and numpy: BRINK_LITERT_PYTHON, or build/venv, which `./dev test` makes."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

from setting import MASK_MODEL, PATIENCE, ROOT, run

FACES = ROOT / "docs/pictures/faces.png"
WIDTH, HEIGHT = 960, 540

# Runs under the other Python: raw YUV frames on standard input, a JSON list of detections a frame on standard output.
PIPELINE = r"""
import json, sys
import numpy
from ai_edge_litert.interpreter import Interpreter

MODEL, WIDTH, HEIGHT = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
SIDE, LABELS = 260, ["Mask", "NoMask"]
MAPS = [33, 17, 9, 5, 3]
SIZES = [[.04, .056], [.08, .11], [.16, .22], [.32, .45], [.64, .72]]
RATIOS = [1, .62, .42]

def anchors():
    rows = []
    for cells, sizes in zip(MAPS, SIZES):
        for y in range(cells):
            for x in range(cells):
                shapes = [(size, RATIOS[0]) for size in sizes] + [(sizes[0], ratio) for ratio in RATIOS[1:]]
                rows += [((x + .5) / cells, (y + .5) / cells, size * ratio ** .5, size / ratio ** .5) for size, ratio in shapes]
    return numpy.array(rows)

def axis(length):
    at = numpy.clip((numpy.arange(SIDE) + .5) * length / SIDE - .5, 0, length - 1)
    low = numpy.floor(at).astype(int)
    return low, numpy.minimum(low + 1, length - 1), at - low

def rgb(frame):  # YUV 4:2:0, BT.601; a pixel takes its nearest chroma
    size = WIDTH * HEIGHT
    y = frame[:size].reshape(HEIGHT, WIDTH).astype(float)
    u, v = (numpy.repeat(numpy.repeat(frame[size + at:size + at + size // 4].reshape(HEIGHT // 2, WIDTH // 2), 2, 0), 2, 1) - 128.
            for at in (0, size // 4))
    light = (y - 16) * 255 / 219
    return numpy.clip(numpy.stack([light + 1.596027 * v, light - .391762 * u - .812968 * v, light + 2.017232 * u], 2), 0, 255)

def resized(frame):
    top, bottom, v = axis(HEIGHT)
    left, right, h = axis(WIDTH)
    h, v = h[None, :, None], v[:, None, None]
    rows = frame.astype(float)
    upper = rows[top][:, left] * (1 - h) + rows[top][:, right] * h
    lower = rows[bottom][:, left] * (1 - h) + rows[bottom][:, right] * h
    return upper * (1 - v) + lower * v

def overlap(a, b):
    common = max(0, min(a[2], b[2]) - max(a[0], b[0])) * max(0, min(a[3], b[3]) - max(a[1], b[1]))
    return common / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - common)

def decoded(offsets, scores, places):
    middle = places[:, :2] + offsets[:, :2] * .1 * places[:, 2:]
    half = places[:, 2:] * numpy.exp(offsets[:, 2:] * .2) / 2
    boxes = numpy.hstack([middle - half, middle + half])
    kept = []
    for k in numpy.argsort(-scores.max(axis=1), kind="stable"):
        if scores[k].max() <= .5:
            break
        if all(overlap(boxes[k], boxes[other]) <= .4 for other in kept):
            kept.append(k)
    return [{"label": LABELS[scores[k].argmax()], "score": float(scores[k].max()), "box": numpy.clip(boxes[k], 0, 1).tolist()}
            for k in kept]

model = Interpreter(MODEL)
model.allocate_tensors()
place = {detail["shape"][-1]: detail["index"] for detail in model.get_output_details()}
places = anchors()
while frame := sys.stdin.buffer.read(WIDTH * HEIGHT * 3 // 2):
    pixels = rgb(numpy.frombuffer(frame, numpy.uint8))
    model.set_tensor(model.get_input_details()[0]["index"], (resized(pixels)[None] / 255).astype(numpy.float32))
    model.invoke()
    print(json.dumps(decoded(model.get_tensor(place[4])[0], model.get_tensor(place[2])[0], places)))
"""


def litert_python():
    for python in (os.environ.get("BRINK_LITERT_PYTHON"), ROOT / "build/venv/bin/python"):
        if python and pathlib.Path(python).exists():
            works = subprocess.run([str(python), "-c", "import numpy, ai_edge_litert"], capture_output=True, check=False)
            if works.returncode == 0:
                return str(python)
    return None


def overlap(a, b):
    common = max(0, min(a[2], b[2]) - max(a[0], b[0])) * max(0, min(a[3], b[3]) - max(a[1], b[1]))
    return common / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - common)


class Reference(unittest.TestCase):
    def film(self, folder):
        """A pan, a zoom, a cut to nothing and back, with noise."""
        film = pathlib.Path(folder) / "film.mp4"
        still = ["-loop", "1", "-framerate", "5", "-t", "1.2", "-i", str(FACES)]
        end = f"scale={WIDTH}:{HEIGHT},setsar=1,noise=alls=6:allf=t,format=yuv420p"
        filters = (f"[0:v]scale=1280:-2,crop=960:540:(in_w-960)*t/1.2:(in_h-540)/2,{end}[pan];"
                   f"[1:v]scale=w='2*trunc(480*(1+t/2))':h=-2:eval=frame,pad=1500:1200:0:0,crop=960:540:0:0,{end}[zoom];"
                   f"[2:v]{end}[cut];[3:v]{end}[back];[pan][zoom][cut][back]concat=n=4:v=1[out]")
        black = ["-f", "lavfi", "-t", "0.4", "-i", f"color=black:size={WIDTH}x{HEIGHT}:rate=5"]
        subprocess.run(["ffmpeg", "-nostdin", "-loglevel", "error", "-y", *still, *still, *black, *still, "-filter_complex", filters,
                        "-map", "[out]", "-r", "5", "-c:v", "libx264", "-crf", "14", str(film)], check=True, timeout=120 * PATIENCE)
        return film

    def reference(self, python, film):
        frames = subprocess.run(["ffmpeg", "-nostdin", "-loglevel", "error", "-i", str(film), "-f", "rawvideo", "-pix_fmt", "yuv420p",
                                 "-fps_mode", "passthrough", "-"], check=True, capture_output=True, timeout=120 * PATIENCE).stdout
        done = subprocess.run([python, "-c", PIPELINE, str(MASK_MODEL), str(WIDTH), str(HEIGHT)], input=frames, check=True,
                              capture_output=True, timeout=300 * PATIENCE)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def assert_seen(self, wanted, got):
        """Each clear detection of one side is on the other."""
        for one in (item for item in wanted if item["score"] > .52):
            best = max(got, key=lambda other: overlap(one["box"], other["box"]), default=None)
            self.assertIsNotNone(best, wanted)
            self.assertGreater(overlap(one["box"], best["box"]), .97, (one, best))
            self.assertEqual(one["label"], best["label"], (one, best))
            self.assertAlmostEqual(one["score"], best["score"], delta=.01)

    def test_a_film_is_seen_as_a_python_pipeline_sees_it(self):
        with tempfile.TemporaryDirectory() as folder:
            film = self.film(folder)
            done = run("camera", film, "--once", "--model", MASK_MODEL)
            self.assertEqual(0, done.returncode, done.stderr)
            ours = [json.loads(line)["detections"] for line in done.stdout.splitlines()]
            theirs = self.reference(PYTHON, film)
        self.assertEqual(len(theirs), len(ours))
        self.assertGreaterEqual(len(ours), 18)
        for wanted, got in zip(theirs, ours):
            self.assert_seen(wanted, got)
            self.assert_seen(got, wanted)
        self.assertGreaterEqual(sum(map(len, theirs)), 20, "the film shows faces")
        self.assertIn([], theirs, "and its cut shows none")


if __name__ == "__main__":
    PYTHON = litert_python()
    if PYTHON is None or not MASK_MODEL.is_file():
        print(f"skipped: no {MASK_MODEL}" if PYTHON else "skipped: no Python with ai-edge-litert; ./dev test makes build/venv")
        sys.exit(77)
    unittest.main()
